//! How the thread that sends and receives waits: shortly at first, and then longer, so that it takes no core from those that compute.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// The shortest and the longest pause. The longest one delays a message by as much, while another batch is being computed.
const SHORTEST: Duration = Duration::from_micros(20);
const LONGEST: Duration = Duration::from_micros(200);

/// The pauses between looks at the network.
pub(crate) struct Pause(Duration);

impl Pause {
    pub(crate) fn new() -> Self {
        Self(SHORTEST)
    }

    /// Something has happened: the next pause is a short one.
    pub(crate) fn reset(&mut self) {
        self.0 = SHORTEST;
    }

    /// Waits for a while, or until something comes from the thread that computes.
    pub(crate) fn wait<D>(&mut self, computed: &Receiver<D>) -> Option<D> {
        let pause = self.0;
        self.0 = (pause * 2).min(LONGEST);
        match computed.recv_timeout(pause) {
            Ok(done) => Some(done),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => unreachable!("it computes until it is told no more"),
        }
    }

    /// Waits for a while.
    pub(crate) fn sleep(&mut self) {
        std::thread::sleep(self.0);
        self.0 = (self.0 * 2).min(LONGEST);
    }
}
