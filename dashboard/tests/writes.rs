//! What changes something, and who may.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use amorsize_dashboard::Dashboard;
use serde_json::json;

use crate::client::{ask, get, start};
use crate::made;

const PATHS: [&str; 2] = ["/amorsize/cache/clear", "/amorsize/cache/prune"];

#[test]
fn nothing_changes_without_a_token() {
    for dashboard in [Dashboard::new(made::plausible), Dashboard::new(made::plausible).token("")] {
        let server =
            start(dashboard.on_clear(|| -> usize { panic!("cleared") }).on_prune(|| -> usize { panic!("pruned") }));
        for path in PATHS {
            for headers in ["", "Authorization: Bearer \r\n", "Authorization: Bearer x\r\n"] {
                assert_eq!(ask(&server, "POST", path, headers).status, 403, "{path} {headers}");
            }
        }
        server.shutdown();
    }
}

#[test]
fn nothing_changes_with_a_wrong_token() {
    let dashboard = Dashboard::new(made::plausible).token("secret");
    let server =
        start(dashboard.on_clear(|| -> usize { panic!("cleared") }).on_prune(|| -> usize { panic!("pruned") }));
    for path in PATHS {
        for headers in [
            "",
            "Authorization: Bearer wrong\r\n",
            "Authorization: Bearer secret2\r\n",
            "Authorization: Basic secret\r\n",
            "Authorization: Bearer secret\r\nAuthorization: Bearer secret\r\n",
            "Cookie: token=secret\r\n",
        ] {
            let answer = ask(&server, "POST", path, headers);
            assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{path} {headers}");
            assert!(!answer.body.contains("secret"));
        }
        assert_eq!(ask(&server, "POST", &format!("{path}?token=secret"), "").status, 401);
        let read = ask(&server, "GET", path, "Authorization: Bearer secret\r\n");
        assert_eq!((read.status, read.header("allow")), (405, Some("POST")));
    }
    server.shutdown();
}

#[test]
fn the_token_changes_what_is_seen_next() {
    let entries = Arc::new(AtomicUsize::new(13));
    let (seen, cleared) = (Arc::clone(&entries), Arc::clone(&entries));
    let dashboard = Dashboard::new(move || {
        let mut all = made::plausible();
        all.tiers[0].entries = Some(seen.load(Ordering::Relaxed) as u64);
        all
    });
    let dashboard = dashboard.token("secret").on_clear(move || cleared.swap(0, Ordering::Relaxed));
    let server = start(dashboard.on_prune(|| Err::<usize, _>("the folder is gone")));
    let token = "Authorization: Bearer secret\r\n";
    assert_eq!(get(&server, "/amorsize/cache/stats").json()["entries"], 13);
    let answer = ask(&server, "POST", PATHS[0], token);
    assert_eq!((answer.status, answer.json()), (200, json!({ "removed": 13 })));
    assert_eq!(get(&server, "/amorsize/cache/stats").json()["entries"], 0, "no answer from before");
    let answer = ask(&server, "POST", PATHS[1], token);
    assert_eq!((answer.status, answer.json()), (500, json!({ "error": "the folder is gone" })));
    server.shutdown();
}

#[test]
fn what_cannot_be_changed_is_said() {
    let server = start(Dashboard::new(made::plausible).token("secret").on_prune(|| -> usize { panic!("of the test") }));
    let token = "Authorization: Bearer secret\r\n";
    assert_eq!(ask(&server, "POST", PATHS[0], token).status, 403);
    assert_eq!(ask(&server, "POST", PATHS[1], token).status, 500);
    assert_eq!(get(&server, "/healthz").status, 200);
    server.shutdown();
}
