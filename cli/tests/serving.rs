//! `amorsize serve` and `amorsize top`: real servers, real sockets, and a terminal where the system can make one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::cache::Cache;
use crate::made;

/// A running `amorsize serve`, which ends with the test.
struct Served {
    child: Child,
    addr: SocketAddr,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn serve(cache: &Cache, more: &[&str]) -> Served {
    started(&mut cache.command(&[&["serve", "--listen", "127.0.0.1:0"], more].concat()))
}

/// A server that says where it listens.
fn started(command: &mut Command) -> Served {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix("/amorsize/"));
    let addr = addr.unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
    Served { child, addr }
}

impl Served {
    fn ask(&self, method: &str, path: &str, headers: &str) -> String {
        let addr = self.addr;
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn scored() -> Cache {
    let plans = vec![made::measured_awake(50.0), made::predicted()];
    Cache::counting(
        made::function(7, "crate::text::score", plans),
        made::counts(7, "crate::text::score", 41, 5_000_000),
    )
}

#[test]
fn a_folder_is_served() {
    let cache = scored();
    let served = serve(&cache, &[]);
    let page = served.ask("GET", "/amorsize/", "");
    assert!(page.contains("All processes that share a folder") && page.contains("41 hits"), "{page}");
    assert!(page.contains("2.00x") && page.contains("predicted"), "{page}");
    let metrics = served.ask("GET", "/metrics", "");
    assert!(metrics.contains("amorsize_hits_total{function=\"crate::text::score\"} 41"), "{metrics}");
    assert!(served.ask("POST", "/amorsize/cache/clear", "Authorization: Bearer x\r\n").starts_with("HTTP/1.1 403"));
}

#[test]
fn the_token_of_a_file_removes_plans() {
    let cache = scored();
    cache.put("token", b"s3cret\n");
    let file = cache.dir().join("token");
    let served = serve(&cache, &["--token-file", file.to_str().unwrap()]);
    let path = "/amorsize/cache/clear";
    assert!(served.ask("POST", path, "Authorization: Bearer wrong\r\n").starts_with("HTTP/1.1 401"));
    let answer = served.ask("POST", path, "Authorization: Bearer s3cret\r\n");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("{\"removed\":2}"), "{answer}");
    cache.put("empty", b" \n");
    for file in ["empty", "nowhere"] {
        let file = cache.dir().join(file);
        cache.run(&["serve", "--listen", "127.0.0.1:0", "--token-file", file.to_str().unwrap()]).failed(1);
    }
}

#[test]
fn what_cannot_be_listened_at_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    for listen in [addr.as_str(), "nonsense", "127.0.0.1:99999"] {
        let said = Cache::none().run(&["serve", "--listen", listen]).failed(1);
        assert!(said.contains("cannot listen at"), "{said}");
    }
}

#[test]
fn an_address_is_no_host() {
    for host in ["http://stats.example/", "", "*.example"] {
        let said = Cache::none().run(&["serve", "--listen", "127.0.0.1:0", "--allow-host", host]).failed(2);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("is not the name of a host: write one such as \"stats.example\""), "{said}");
    }
}

#[test]
fn the_folder_and_its_server_say_the_same() {
    let cache = scored();
    let of_folder = cache.json(0, &["top"]);
    let served = serve(&cache, &[]);
    let mut of_server = cache.json(0, &["top", &served.addr.to_string()]);
    assert_eq!(of_server["source"], format!("http://{}/amorsize", served.addr));
    of_server["source"] = of_folder["source"].clone();
    assert_eq!(of_folder, of_server);
    assert_eq!((of_folder["hits"].as_u64(), of_folder["saved_ns"].as_i64()), (Some(41), Some(5_000_000)));
    assert_eq!(of_folder["functions"][0]["best"]["n_jobs"], 2);
    let text = cache.run(&["top", &served.addr.to_string(), "--once"]).well();
    assert!(text.contains("crate::text::score") && text.contains("41 calls"), "{text}");
}

#[test]
fn the_folder_and_its_server_choose_the_same_plan() {
    let mut predicted_and_loss = made::measured_awake(125.0);
    predicted_and_loss.asleep.n_jobs = 1;
    let all = [
        // Nothing but a loss, and nothing else to choose.
        vec![made::measured_awake(125.0)],
        vec![predicted_and_loss, made::predicted()],
        vec![made::measured_awake(80.0), made::predicted()],
    ];
    for (plans, gain) in all.into_iter().zip([0.8, 2.0, 1.25]) {
        let cache = Cache::counting(made::function(7, "crate::f", plans), made::counts(7, "crate::f", 41, 5_000_000));
        let best = cache.json(0, &["top"])["functions"][0]["best"].clone();
        assert_eq!(best["gain"], gain, "{best}");
        let served = serve(&cache, &[]);
        assert_eq!(cache.json(0, &["top", &served.addr.to_string()])["functions"][0]["best"], best);
    }
}

#[cfg(all(unix, feature = "redis"))]
mod redis {
    use super::*;
    use crate::cache::learn_for;
    use crate::redis::server::Server;

    /// `amorsize serve` with that Redis.
    fn serve_with(cache: &Cache, server: &Server) -> Served {
        let mut command = cache.command(&["serve", "--listen", "127.0.0.1:0"]);
        started(command.env("AMORSIZE_REDIS_URL", server.url()))
    }

    #[test]
    fn what_redis_holds_is_measured_without_reading_it() {
        let Some(server) = Server::start(&[]) else { return };
        learn_for(&server.url());
        let keys = server.keys();
        let bytes: u64 = keys.iter().map(|key| server.ask::<u64>(&["STRLEN", key])).sum();
        // Somebody else's, which looks like ours.
        let () = server.ask(&["RPUSH", "amorsize:v2:000000000000000a:00000000000000ff", "mine"]);
        let (reads, lengths) = (server.calls("mget") + server.calls("get"), server.calls("strlen"));
        let cache = scored();
        let dashboard = serve_with(&cache, &server);
        let line = format!("amorsize_tier_bytes{{tier=\"redis\"}} {bytes}");
        let mut metrics = String::new();
        while !metrics.contains(&line) {
            assert!(!metrics.contains("amorsize_tier_bytes{tier=\"redis\"}"), "{line}: {metrics}");
            thread::sleep(Duration::from_millis(20));
            metrics = dashboard.ask("GET", "/metrics", "");
        }
        assert_eq!(server.calls("mget") + server.calls("get"), reads);
        assert_eq!(server.calls("strlen"), lengths + keys.len() as u64 + 1);
    }

    #[test]
    fn nobody_waits_for_a_redis_that_does_not_answer() {
        let Some(server) = Server::start(&[]) else { return };
        server.pause();
        let cache = scored();
        // The page comes before it is known that there is no answer, unless this machine stands still for seconds.
        let comes_at_once = || {
            let page = serve_with(&cache, &server).ask("GET", "/amorsize/", "");
            assert!(page.contains("disconnected"), "{page}");
            !page.contains("no answer in time")
        };
        assert!((0..3).any(|_| comes_at_once()));
        server.resume();
    }
}

#[test]
fn wrong_addresses_are_said() {
    let cache = Cache::none();
    cache.run(&["top", "https://localhost"]).failed(2);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    // Somebody else's server.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        }
    });
    let said = cache.run(&["top", &addr]).failed(1);
    assert!(said.replace('\n', " ").contains("no dashboard of Amorsize"), "{said}");
    let said = cache.run(&["top", "127.0.0.1:1"]).failed(1);
    assert!(said.contains("cannot read http://127.0.0.1:1/") && !said.contains("io:"), "{said}");
}

/// What `amorsize top` writes to a terminal of this size, which the program `script` makes, and what is said of the terminal
/// afterwards. Once it is drawn, `end` is called with the keyboard and the id of the process. `None` without `script`.
#[cfg(target_os = "linux")]
fn in_a_terminal(cache: &Cache, size: [u32; 2], end: impl Fn(&mut dyn Write, &str)) -> Option<String> {
    let inner = cache.command(&["top"]);
    let program = inner.get_program().to_str().unwrap();
    let [columns, rows] = size;
    let top = format!("sh -c 'echo process $$.; exec \"$0\" top' '{program}'; echo code $?.");
    let mut script = Command::new("script");
    script.args(["-qec", &format!("stty rows {rows} cols {columns}; {top}; stty cols 80; stty -a"), "/dev/null"]);
    script.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = script.spawn() else {
        eprintln!("`script` is missing, so nobody has looked at a terminal");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut said = Vec::new();
    let mut part = [0; 4096];
    let mut is_ended = false;
    while let Ok(length @ 1..) = stdout.read(&mut part) {
        said.extend_from_slice(&part[..length]);
        let said = String::from_utf8_lossy(&said);
        // Before that, the terminal itself makes a signal of Ctrl-C.
        if !is_ended && said.contains("q ends it") && said.contains("score") {
            let process = said.split("process ").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
            end(&mut stdin, process);
            is_ended = true;
        }
    }
    child.wait().unwrap();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(is_ended, "it ended by itself: {said}");
    let at = |what: &str| said.rfind(what).unwrap_or_else(|| panic!("{what:?}: {said}"));
    assert!(at("\u{1b}[?1049h") < at("\u{1b}[?1049l") && at("\u{1b}[?25l") < at("\u{1b}[?25h"), "{said}");
    let settings = &said[at("\u{1b}[?1049l")..];
    assert!(settings.contains(" icanon") && settings.contains(" echo "), "{settings}");
    Some(said)
}

#[test]
#[cfg(target_os = "linux")]
fn the_live_table_leaves_the_terminal_as_it_was() {
    let cache = scored();
    for key in ["q", "\u{3}"] {
        let said = in_a_terminal(&cache, [60, 24], |keyboard, _| keyboard.write_all(key.as_bytes()).unwrap());
        assert!(said.is_none_or(|said| said.contains("code 0.")));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn signals_leave_the_terminal_as_it_was() {
    let cache = scored();
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let said = in_a_terminal(&cache, [60, 24], |_, process| {
            assert!(Command::new("kill").args(["-s", signal, process]).status().unwrap().success());
        });
        let ended = format!("code {code}.");
        assert!(said.as_ref().is_none_or(|said| said.contains(&ended)), "{signal}: {said:?}");
    }
}

/// A window that is closed, a connection that breaks.
#[test]
#[cfg(target_os = "linux")]
fn the_live_table_ends_with_its_terminal() {
    let cache = scored();
    let inner = cache.command(&["top"]);
    let program = inner.get_program().to_str().unwrap();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("echo process $$.; exec '{program}' top"), "/dev/null"]);
    script.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = script.spawn() else { return };
    let mut stdout = child.stdout.take().unwrap();
    let (mut said, mut part) = (String::new(), [0; 4096]);
    while !said.contains("score") {
        let length = stdout.read(&mut part).unwrap();
        assert!(length > 0, "{said}");
        said += &String::from_utf8_lossy(&part[..length]);
    }
    let process = said.split("process ").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
    let status = format!("/proc/{process}/status");
    assert!(std::fs::exists(&status).unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    // Nobody may have waited for it.
    let is_over = || std::fs::read_to_string(&status).map_or(true, |status| status.contains("State:\tZ"));
    let begun = std::time::Instant::now();
    while !is_over() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it goes on without a terminal");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn small_terminals_show_the_live_table() {
    let cache = scored();
    for size in [[10, 5], [15, 4], [40, 10]] {
        let said = in_a_terminal(&cache, size, |keyboard, _| keyboard.write_all(b"q").unwrap());
        assert!(said.is_none_or(|said| said.contains("code 0.")));
    }
}

#[test]
fn passwords_are_not_shown() {
    let said = Cache::none().run(&["top", "http://u:TOPSECRET@127.0.0.1:1/"]).failed(1);
    assert!(said.contains("cannot read http://127.0.0.1:1/") && !said.contains("TOPSECRET"), "{said}");
    let cache = scored();
    let served = serve(&cache, &[]);
    let of_server = cache.json(0, &["top", &format!("u:TOPSECRET@{}", served.addr)]);
    assert_eq!(of_server["source"], format!("http://{}/amorsize", served.addr));
}
