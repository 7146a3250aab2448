//! `clear --redis`, `prune --redis`, and what `doctor` says of a Redis.

#[allow(dead_code)]
#[path = "../../tests/redis/server.rs"]
pub(crate) mod server;

use serde_json::Value;

use self::server::{Server, free_port};
use crate::cache::{Cache, Said, learn_for};

/// What the command says with that Redis.
fn run(url: &str, arguments: &[&str]) -> Said {
    let cache = Cache::none();
    Said::of(cache.command(arguments).env("AMORSIZE_REDIS_URL", url).output().unwrap())
}

fn json(url: &str, arguments: &[&str]) -> Value {
    serde_json::from_str(&run(url, &[arguments, &["--json"]].concat()).well()).unwrap()
}

/// Keys of others, and one that looks like ours at the beginning.
const FOREIGN: [&str; 3] = ["amorsize:v2:notes", "amorsize:v9:000000000000000a:00000000000000ff", "session:1"];

fn with_plans() -> Option<Server> {
    let server = Server::start(&[])?;
    learn_for(&server.url());
    for key in FOREIGN {
        let () = server.ask(&["SET", key, "mine"]);
    }
    assert_eq!(server.keys().len(), 3 + FOREIGN.len(), "{:?}", server.keys());
    Some(server)
}

#[test]
fn nothing_but_our_plans_is_removed() {
    let Some(server) = with_plans() else { return };
    let url = server.url();
    let err = run(&url, &["clear", "--redis"]).failed(2);
    assert!(err.contains("6 plans of 3 functions") && err.contains("--yes"), "{err}");
    let err = run(&url, &["clear", "--redis", "score", "--yes"]).failed(1);
    assert!(err.contains("text::score") && err.contains("image::score"), "{err}");
    run(&url, &["clear", "--redis", "nothing", "--yes"]).failed(1);
    assert_eq!(json(&url, &["clear", "--redis", "text::score", "--yes"])["removed"], 2);
    assert_eq!(server.keys().len(), 2 + FOREIGN.len());
    let answer = json(&url, &["clear", "--redis", "--yes"]);
    assert_eq!((&answer["removed"], &answer["redis"]), (&4.into(), &url.as_str().into()));
    assert_eq!(server.keys(), FOREIGN);
    assert_eq!((server.calls("flushdb"), server.calls("flushall")), (0, 0));
    assert!(run(&url, &["clear", "--redis", "--yes"]).well().contains("0 plans removed"));
}

#[test]
fn old_plans_go_and_what_cannot_be_read() {
    let Some(server) = with_plans() else { return };
    let url = server.url();
    assert!(run(&url, &["prune", "--redis"]).well().contains("No plan"));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let () = server.ask(&["SET", "amorsize:v2:000000000000000a:00000000000000ff", "garbage"]);
    assert_eq!(json(&url, &["prune", "--redis", "--ttl", "0s"])["removed"], 6);
    assert_eq!(server.keys(), FOREIGN);
}

#[test]
fn the_doctor_asks_whether_it_answers_and_tells_no_password() {
    let Some(server) = Server::start(&["--requirepass", "secret"]) else { return };
    let url = |password: &str| format!("redis://:{password}@127.0.0.1:{}/1", server.port());
    let doctor = run(&url("secret"), &["doctor"]).well();
    assert!(
        doctor.contains("answers") && doctor.contains(&format!("redis://127.0.0.1:{}/1", server.port())),
        "{doctor}"
    );
    assert!(!doctor.contains("secret"), "{doctor}");
    assert!(json(&url("secret"), &["doctor"])["redis"]["ping_ns"].as_u64().unwrap() > 0);
    let said = run(&url("wrongpass"), &["doctor", "--json"]);
    assert!(said.out.contains("Redis cannot be used") && !said.out.contains("wrongpass"), "{}", said.out);
    let nobody = format!("redis://127.0.0.1:{}", free_port());
    assert!(run(&nobody, &["doctor", "--json"]).out.contains("refused"));
    let cache = Cache::none();
    let mut command = cache.command(&["doctor"]);
    let said = Said::of(command.env("REDIS_PASSWORD", "secret").env("REDIS_HOST", "there").output().unwrap()).well();
    assert!(said.contains("REDIS_HOST") && !said.contains("secret"), "{said}");
}

#[test]
fn without_a_redis_there_is_nothing_to_clear() {
    let cache = Cache::none();
    assert!(cache.run(&["clear", "--redis", "--yes"]).failed(2).contains("AMORSIZE_REDIS_URL"));
    assert!(run("http://host", &["prune", "--redis"]).failed(2).contains("makes no sense"));
    let nobody = format!("redis://127.0.0.1:{}", free_port());
    assert!(run(&nobody, &["prune", "--redis"]).failed(1).contains("refused"));
}
