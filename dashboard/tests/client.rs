//! A client that says exactly what a test wants it to say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use amorsize_dashboard::{Dashboard, Server};
use amorsize_store::view::snapshot::Snapshot;
use serde_json::Value;

/// No answer takes longer on any machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header, which is there once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().filter_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        });
        let value = values.next();
        assert!(values.next().is_none(), "{name} is there twice: {}", self.head);
        value
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A server of what `snapshot` returns.
pub(crate) fn serve(snapshot: impl Fn() -> Snapshot + Send + Sync + 'static) -> Server {
    start(Dashboard::new(snapshot))
}

pub(crate) fn start(dashboard: Dashboard) -> Server {
    dashboard.serve("127.0.0.1:0").expect("a free port")
}

pub(crate) fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends these bytes, and reads until the other side closes. It may do so before it has read all.
pub(crate) fn send(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(addr);
    let _ = stream.write_all(bytes);
    read(&mut stream)
}

/// Asks for `path`, and for nothing after it.
pub(crate) fn write_request(stream: &mut TcpStream, path: &str) {
    let addr = stream.peer_addr().unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n").unwrap();
}

pub(crate) fn read(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// One request with these headers beside `Host`.
pub(crate) fn ask(server: &Server, method: &str, path: &str, headers: &str) -> Answer {
    let addr = server.local_addr();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n{headers}\r\n");
    parse(&send(addr, request.as_bytes()))
}

pub(crate) fn get(server: &Server, path: &str) -> Answer {
    ask(server, "GET", path, "")
}

#[track_caller]
pub(crate) fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.into(), body: body.into() }
}
