//! Those who mean no good: slow clients, other hosts, and requests that are none.

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use amorsize_dashboard::Dashboard;

use crate::client::{ask, connect, get, parse, read, send, serve, start, write_request};
use crate::made;

#[test]
fn slow_clients_do_not_keep_others_out() {
    let server = serve(made::plausible);
    let addr = server.local_addr();
    // More than there may be at once, each with a head that never ends.
    let mut slow: Vec<_> = (0..100).map(|_| connect(addr)).collect();
    for stream in &mut slow {
        stream.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {addr}\r\nX-").as_bytes()).unwrap();
    }
    let waiting = std::thread::scope(|scope| {
        let asked = scope.spawn(|| get(&server, "/healthz"));
        // A byte now and then does not give them more time.
        for _ in 0..8 {
            sleep(Duration::from_secs(1));
            for stream in &mut slow {
                let _ = stream.write_all(b"a");
            }
        }
        asked.join().unwrap()
    });
    assert_eq!(waiting.status, 200);
    for stream in slow.iter_mut().take(64) {
        let said = read(stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    assert_eq!(get(&server, "/healthz").status, 200);
    server.shutdown();
}

/// Answers that fit no buffer of the system, to clients that read nothing of them.
#[test]
fn clients_that_never_read_do_not_keep_others_out() {
    let mut large = made::plausible();
    large.functions[0].function = "x".repeat(8 << 20);
    let server = serve(move || large.clone());
    let addr = server.local_addr();
    // More than there may be at once.
    let mut deaf: Vec<_> = (0..100).map(|_| connect(addr)).collect();
    for stream in &mut deaf {
        write_request(stream, "/amorsize/analytics/dashboard");
    }
    // It waits until some of these are over, and no longer than a client is ready to.
    assert_eq!(get(&server, "/healthz").status, 200);
    // What was on its way can still be read, and it is not all of it.
    let said = read(&mut deaf[0]);
    assert!(said.starts_with("HTTP/1.1 200") && said.len() < 8 << 20, "{}", said.len());
    server.shutdown();
}

#[test]
fn requests_that_are_none_do_no_harm() {
    let server = serve(made::plausible);
    let addr = server.local_addr();
    let host = format!("Host: {addr}\r\n");
    let long = "x".repeat(40_000);
    let headers = "X: y\r\n".repeat(300);
    let (clear, close) = ("POST /amorsize/cache/clear HTTP/1.1\r\n", "Connection: close\r\n");
    // What the server reads to its end gets a status. Where it stops reading and closes, the system may tell the client of
    // what was not read instead of the status: that is a connection that ends without an answer.
    let (answered, answered_or_closed) = (false, true);
    let requests = [
        (400, answered, "\0\u{1}\u{2}nonsense\r\n\r\n".to_owned()),
        (400, answered, "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}".into()),
        (400, answered, "GET\r\n\r\n".into()),
        (400, answered, "GET /healthz\r\n\r\n".into()),
        (400, answered, format!("GET /healthz HTTP/9.9\r\n{host}\r\n")),
        (400, answered, format!("GET /healthz HTTP/1.1\r\n{host}X Y: z\r\n\r\n")),
        (431, answered, format!("GET /healthz HTTP/1.1\r\n{host}{headers}\r\n")),
        (431, answered_or_closed, format!("GET /healthz HTTP/1.1\r\n{host}X: {long}\r\n\r\n")),
        (431, answered_or_closed, format!("GET /{long} HTTP/1.1\r\n{host}\r\n")),
        (413, answered_or_closed, format!("{clear}{host}Content-Length: 1000000000\r\n\r\n{long}")),
        (413, answered, format!("GET /amorsize/ HTTP/1.1\r\n{host}Content-Length: 20000\r\n\r\n")),
        (400, answered, format!("{clear}{host}Content-Length: -1\r\n\r\n")),
        (400, answered, format!("{clear}{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n")),
        (403, answered, format!("{clear}{host}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")),
        (404, answered, format!("CONNECT {addr} HTTP/1.1\r\n{host}\r\n")),
        (404, answered, format!("GET /%00/../../etc/passwd HTTP/1.1\r\n{host}{close}\r\n")),
        (404, answered, format!("GET /amorsize/cache/%2e%2e/stats HTTP/1.1\r\n{host}{close}\r\n")),
    ];
    for (status, may_be_silent, request) in requests {
        let mut stream = connect(addr);
        let written = stream.write_all(request.as_bytes());
        assert!(written.is_ok() || may_be_silent, "{written:?}");
        stream.shutdown(std::net::Shutdown::Write).ok();
        let said = read(&mut stream);
        if !(may_be_silent && said.is_empty()) {
            let start = &request[..request.len().min(120)];
            assert_eq!(parse(&said).status, status, "{start:?}: {said}");
        }
    }
    // A client that says everything at once and goes.
    for _ in 0..50 {
        drop(connect(addr));
    }
    assert_eq!(get(&server, "/amorsize/cache/stats").status, 200);
    server.shutdown();
}

/// As a request names it.
fn named(server: &amorsize_dashboard::Server, host: &str) -> u16 {
    let request = format!("GET /amorsize/cache/stats HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    parse(&send(server.local_addr(), request.as_bytes())).status
}

#[test]
fn other_hosts_are_not_answered() {
    let server = serve(made::plausible);
    let addr = server.local_addr();
    for host in ["localhost", "127.0.0.1", "LocalHost:9184", "[::1]:1"] {
        assert_eq!(named(&server, host), 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example:80", "10.0.0.1", "127.0.0.1.evil.example", "a@localhost", " "]
    {
        assert!(named(&server, host) == 403, "{host}");
    }
    for path in
        ["/", "/healthz", "/metrics", "/amorsize/", "/amorsize", "/amorsize/style.css", "/nowhere", "/amorsize/nowhere"]
    {
        let request = format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        assert_eq!(parse(&send(addr, request.as_bytes())).status, 403, "{path}");
    }
    for (request, status) in [
        ("GET /healthz HTTP/1.1\r\n\r\n", 400),
        ("GET /healthz HTTP/1.0\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
        ("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 403),
        ("GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200),
    ] {
        let mut stream = connect(addr);
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).ok();
        assert_eq!(parse(&read(&mut stream)).status, status, "{request}");
    }
    server.shutdown();
}

#[test]
fn hosts_can_be_allowed() {
    let server = start(Dashboard::new(made::plausible).allow_host("Stats.Example:443"));
    assert_eq!((named(&server, "stats.example"), named(&server, "other.example")), (200, 403));
    server.shutdown();
    let server = start(Dashboard::new(made::plausible).allow_any_host());
    assert_eq!(named(&server, "other.example"), 200);
    server.shutdown();
    let server = start(Dashboard::new(made::plausible).on_any_address());
    assert_eq!((named(&server, "10.0.0.1:9184"), named(&server, "other.example")), (200, 403));
    server.shutdown();
}

#[test]
#[should_panic(
    expected = "\"http://stats.example:443/\" is not the name of a host: write one such as \"stats.example\""
)]
fn an_address_is_no_host() {
    let _ = Dashboard::new(made::plausible).allow_host("http://stats.example:443/");
}

#[test]
fn answers_say_what_browsers_must_not_do() {
    let server = serve(made::plausible);
    for path in
        ["/amorsize/", "/amorsize/cache/stats", "/metrics", "/nowhere", "/amorsize/nowhere", "/amorsize/style.css"]
    {
        let answer = get(&server, path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let is_file = path.contains("style");
        assert_eq!(answer.header("cache-control"), Some(if is_file { "max-age=3600" } else { "no-store" }), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let wrong = ask(&server, "DELETE", "/amorsize/cache/stats", "");
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET,HEAD")));
    assert_eq!(wrong.header("x-content-type-options"), Some("nosniff"));
    server.shutdown();
}
