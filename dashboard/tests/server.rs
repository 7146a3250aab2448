//! The server itself: where it listens, which connections it takes, and how it ends.

use std::io::Write;
use std::net::Shutdown;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use amorsize_dashboard::Dashboard;
use amorsize_store::view::snapshot::Snapshot;

use crate::client::{PATIENCE, connect, parse, read, serve, start, write_request};
use crate::made;

#[test]
fn what_is_being_answered_is_answered() {
    let (tell, begun) = mpsc::channel();
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let shown = Arc::new(made::plausible());
    let kept = Arc::clone(&shown);
    let server = serve(move || {
        tell.send(()).unwrap();
        held.lock().unwrap().recv().unwrap();
        Snapshot::clone(&kept)
    });
    let addr = server.local_addr();
    let mut idle = connect(addr);
    idle.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {addr}\r\n\r\n").as_bytes()).unwrap();
    let mut waiting = connect(addr);
    waiting.write_all(format!("GET /metrics HTTP/1.1\r\nHost: {addr}\r\n\r\n").as_bytes()).unwrap();
    begun.recv_timeout(PATIENCE).unwrap();
    let ending = thread::spawn(|| server.shutdown());
    // A connection on which nothing is asked ends at once, so the server knows by then that it is to end.
    assert_eq!(parse(&read(&mut idle)).status, 200);
    assert!(!ending.is_finished(), "somebody waits for an answer");
    release.send(()).unwrap();
    assert_eq!(parse(&read(&mut waiting)).status, 200);
    ending.join().unwrap();
    // What is shown belongs to the routes, and these to the thread that listened: all of it is gone. Whether somebody
    // listens at the port says less, because another program may have got it since.
    assert_eq!(Arc::strong_count(&shown), 1);
}

/// As `nc -N` does: it closes its side after the request, and still reads the answer.
#[test]
fn a_client_that_has_said_all_is_answered() {
    let server = serve(|| {
        thread::sleep(Duration::from_millis(200));
        made::plausible()
    });
    let mut stream = connect(server.local_addr());
    write_request(&mut stream, "/metrics");
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(parse(&read(&mut stream)).status, 200);
    server.shutdown();
}

#[test]
fn it_goes_on_without_its_handle() {
    let server = serve(made::plausible);
    let addr = server.local_addr();
    drop(server);
    thread::sleep(Duration::from_millis(50));
    let mut stream = connect(addr);
    write_request(&mut stream, "/healthz");
    assert_eq!(parse(&read(&mut stream)).status, 200);
}

#[test]
fn other_machines_are_let_in_on_purpose() {
    for addr in ["0.0.0.0:0", "[::]:0"] {
        let error = Dashboard::new(made::plausible).serve(addr).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("on_any_address"), "{error}");
    }
    let server = Dashboard::new(made::plausible).on_any_address().serve("0.0.0.0:0").unwrap();
    assert!(server.local_addr().ip().is_unspecified());
    server.shutdown();
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let server = start(Dashboard::new(made::plausible));
    let error = amorsize_dashboard::serve(server.local_addr(), made::plausible).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    server.shutdown();
}
