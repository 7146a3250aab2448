//! What lies where: in a server of its own, and in an application that is there already.

use std::collections::BTreeSet;
use std::{fs, thread};

use amorsize_dashboard::Dashboard;
use axum::Router;
use axum::routing::get as route;

use crate::client::{ask, get, parse, send, serve, start};
use crate::made;

#[test]
fn everything_is_below_the_prefix() {
    let server = serve(made::plausible);
    for path in [
        "/amorsize/",
        "/amorsize/cache/stats",
        "/amorsize/cache/metrics",
        "/amorsize/cache/status",
        "/amorsize/analytics/dashboard",
        "/amorsize/metrics",
        "/amorsize/healthz",
        "/metrics",
        "/healthz",
    ] {
        assert_eq!(get(&server, path).status, 200, "{path}");
        let head = ask(&server, "HEAD", path, "");
        assert!(head.status == 200 && head.body.is_empty(), "{path}");
        let post = ask(&server, "POST", path, "");
        assert_eq!((post.status, post.header("allow")), (405, Some("GET,HEAD")), "{path}");
        assert!(post.json()["error"].is_string());
    }
    for (path, to) in [("/", "/amorsize/"), ("/amorsize", "amorsize/")] {
        let moved = get(&server, path);
        assert_eq!((moved.status, moved.header("location")), (307, Some(to)), "{path}");
    }
    for path in
        ["/nowhere", "/amorsize/nowhere", "/amorsize/cache", "/amorsize/cache/stats/", "/cache/stats", "/amorsize2"]
    {
        let answer = get(&server, path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.json()["error"].is_string(), "{path}");
    }
    server.shutdown();
}

/// The rows of a table of routes: `GET /path` for each that its first column names.
fn listed(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter_map(|line| line.trim_start_matches("//! ").strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split('|').next());
    let words = cells.flat_map(|cell| cell.split('`').step_by(2).map(str::to_owned).collect::<Vec<_>>());
    words.filter(|word| word.starts_with("GET /") || word.starts_with("POST /")).collect()
}

#[test]
fn the_documents_list_all_routes() {
    let dashboard = || Dashboard::new(made::plausible);
    // What axum shows of a router are the paths that it knows.
    let shown = format!("{:?}", dashboard().router());
    let paths: BTreeSet<&str> = shown.split('"').filter_map(|text| text.strip_prefix("/amorsize/")).collect();
    let server = start(dashboard());
    let routes = paths.into_iter().filter(|path| !path.starts_with('{')).map(|path| {
        let method = if get(&server, &format!("/amorsize/{path}")).status == 405 { "POST" } else { "GET" };
        format!("{method} /{path}")
    });
    let routes: BTreeSet<String> = routes.collect();
    assert!(routes.contains("POST /cache/clear") && routes.contains("GET /cache/stats"), "{shown}");
    assert_eq!(listed(include_str!("../src/lib.rs")), routes, "the table of the crate");
    // It is not part of the package.
    if let Ok(guide) = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/watching.md")) {
        assert_eq!(listed(&guide), routes, "the table of the guide");
    }
    server.shutdown();
}

#[test]
fn the_prefix_is_a_choice() {
    for (prefix, page) in [("/a/b", "/a/b/"), ("stats/", "/stats/"), ("", "/")] {
        let server = start(Dashboard::new(made::plausible).prefix(prefix));
        assert_eq!(get(&server, page).status, 200, "{prefix}");
        assert_eq!(get(&server, &format!("{page}cache/stats")).status, 200, "{prefix}");
        assert_eq!(get(&server, "/healthz").status, 200, "{prefix}");
        server.shutdown();
    }
    // What would be at the root besides gives way to the prefix.
    for (prefix, to, other) in [("/metrics", "metrics/", "/healthz"), ("/healthz", "healthz/", "/metrics")] {
        let server = start(Dashboard::new(made::plausible).prefix(prefix));
        assert_eq!(get(&server, prefix).header("location"), Some(to), "{prefix}");
        for path in ["", "metrics", "healthz"].map(|path| format!("{prefix}/{path}")) {
            assert_eq!(get(&server, &path).status, 200, "{path}");
        }
        assert_eq!(get(&server, other).status, 200, "{prefix}");
        server.shutdown();
    }
    assert!(std::panic::catch_unwind(|| Dashboard::new(made::plausible).prefix("/{all}")).is_err());
}

/// Merged, and nested below something else: its own routes and those of the application go on as they were.
#[test]
fn it_joins_an_application() {
    let dashboard = || Dashboard::new(made::plausible).router();
    let app = Router::new()
        .route("/", route(|| async { "the application" }))
        .merge(dashboard())
        .nest("/admin", dashboard())
        .nest("/stats/", Dashboard::new(made::plausible).prefix("").router())
        .fallback(|| async { (axum::http::StatusCode::NOT_FOUND, "the application has no such page") });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let addr = listener.local_addr().unwrap();
    // It ends with the process.
    thread::spawn(move || {
        runtime.block_on(async {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = hyper_util::service::TowerToHyperService::new(app.clone());
                let stream = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(stream, service));
            }
        });
    });
    let get = |path: &str| {
        parse(&send(addr, format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n").as_bytes()))
    };
    assert_eq!(get("/").body, "the application");
    assert_eq!(get("/nowhere").body, "the application has no such page");
    assert_eq!(get("/").header("content-security-policy"), None);
    for below in ["", "/admin"] {
        for path in ["/amorsize/", "/amorsize/cache/stats", "/amorsize/metrics", "/amorsize/healthz"] {
            assert_eq!(get(&format!("{below}{path}")).status, 200, "{below}{path}");
        }
        assert_eq!(get(&format!("{below}/amorsize")).header("location"), Some("amorsize/"));
        assert_eq!(get(&format!("{below}/amorsize/nowhere")).status, 404);
    }
    let page = get("/stats/");
    let links: Vec<&str> = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.contains(&"style.css") && links.contains(&"analytics/dashboard"), "{links:?}");
    for link in links {
        assert_eq!(get(&format!("/stats/{link}")).status, 200, "{link}");
    }
    assert_eq!(get("/stats/nowhere").status, 404);
    assert_eq!(get("/metrics").status, 404, "the root is the application's");
}
