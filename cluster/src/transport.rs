//! Bytes between ranks: every call of MPI but those that set up is here.

use std::collections::{HashMap, VecDeque};
use std::thread;

use mpi::collective::{CommunicatorCollectives, Root};
use mpi::environment::Universe;
use mpi::point_to_point::{Destination, MatchedReceiveVec, Source};
use mpi::request;
use mpi::topology::{Communicator, SimpleCommunicator};
use mpi::{Rank, Tag, Threading};

/// The rank that has the items and gets the results.
pub(crate) const ROOT: usize = 0;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Kind {
    /// Items, from the root.
    Batch = 1,
    /// What became of a batch.
    Result = 2,
    /// The call is over, from the root: how it ended.
    End = 3,
    /// The rank has ended the call, too.
    Ended = 4,
    /// The share of a rank in what is combined on the root.
    Share = 5,
    /// Measures the network.
    Ping = 6,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Batch, Self::Result, Self::End, Self::Ended, Self::Share, Self::Ping];
}

/// Added to the tag of a message where more of the same follows.
const MORE: Tag = 16;
/// The longest message, bytes: MPI counts by `int`.
const LONGEST: usize = 1 << 30;

/// What a process has sent to other ranks and received from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Messages: batches of items, their results, and what is said around them.
    pub messages: u64,
    /// Bytes of all messages.
    pub bytes: u64,
}

impl Traffic {
    fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes as u64;
    }
}

/// A message that has arrived.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) from: usize,
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
}

/// This process among the others.
pub(crate) struct Transport {
    /// A communicator of our own, so that messages of the program are never taken for ours.
    world: SimpleCommunicator,
    /// Those that arrived while something was being sent.
    inbox: VecDeque<Message>,
    /// The beginnings of messages in several parts, by rank and kind.
    begun: HashMap<(Rank, Tag), Vec<u8>>,
    /// What was sent and received.
    pub(crate) traffic: Traffic,
    /// Ends MPI when it is dropped, if it was started here.
    _universe: Option<Universe>,
}

impl Transport {
    /// Starts MPI, if the program has not done so.
    pub(crate) fn start() -> Self {
        let universe = mpi::initialize_with_threading(Threading::Funneled).map(|(universe, _)| universe);
        let world = SimpleCommunicator::world().duplicate();
        Self { world, inbox: VecDeque::new(), begun: HashMap::new(), traffic: Traffic::default(), _universe: universe }
    }

    pub(crate) fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    pub(crate) fn size(&self) -> usize {
        self.world.size() as usize
    }

    /// Sends, and receives meanwhile, so that two that send to each other do not wait for each other.
    pub(crate) fn send(&mut self, to: usize, kind: Kind, bytes: &[u8]) {
        self.traffic.add(bytes.len());
        let mut parts = bytes.chunks(LONGEST).peekable();
        loop {
            let part = parts.next().unwrap_or_default();
            let more = parts.peek().is_some();
            let tag = kind as Tag + if more { MORE } else { 0 };
            self.send_part(to, tag, part);
            if !more {
                return;
            }
        }
    }

    fn send_part(&mut self, to: usize, tag: Tag, part: &[u8]) {
        let to = Rank::try_from(to).expect("MPI counts ranks by int");
        request::scope(|scope| {
            let mut request = self.world.process_at_rank(to).immediate_send_with_tag(scope, part, tag);
            loop {
                match request.test() {
                    Ok(_) => return,
                    Err(unfinished) => request = unfinished,
                }
                let arrived = arrived(&self.world);
                match arrived {
                    Some(part) => self.inbox.extend(whole(&mut self.begun, &mut self.traffic, part)),
                    None => thread::yield_now(),
                }
            }
        });
    }

    /// A message, if there is one. Those of one rank come in the order in which they were sent.
    pub(crate) fn receive(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.inbox.pop_front() {
                return Some(message);
            }
            let part = arrived(&self.world)?;
            self.inbox.extend(whole(&mut self.begun, &mut self.traffic, part));
        }
    }

    /// The bytes that the root gives, on every rank.
    pub(crate) fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        let root = self.world.process_at_rank(0);
        let mut len = bytes.len() as u64;
        root.broadcast_into(&mut len);
        let mut bytes = if self.rank() == ROOT { bytes } else { vec![0; len as usize] };
        for part in bytes.chunks_mut(LONGEST) {
            root.broadcast_into(part);
        }
        bytes
    }

    /// As many numbers of each rank, one rank after the other, on every rank.
    pub(crate) fn gather_numbers(&self, own: &[u64]) -> Vec<u64> {
        let mut all = vec![0; own.len() * self.size()];
        self.world.all_gather_into(own, &mut all[..]);
        all
    }

    /// The numbers of those ranks that run on this host, one rank after the other.
    pub(crate) fn gather_on_host(&self, own: &[u64]) -> Vec<u64> {
        let host = self.world.split_shared(self.world.rank());
        let mut all = vec![0; own.len() * host.size() as usize];
        host.all_gather_into(own, &mut all[..]);
        all
    }

    /// Waits until every rank is here.
    pub(crate) fn barrier(&self) {
        self.world.barrier();
    }

    /// Ends every rank at once: for those that cannot know that this one goes no further.
    pub(crate) fn abort(&self) -> ! {
        self.world.abort(101)
    }
}

/// A part of a message: whose, its tag, and its bytes.
type Part = (Rank, Tag, Vec<u8>);

fn arrived(world: &SimpleCommunicator) -> Option<Part> {
    let (bytes, status) = world.any_process().immediate_matched_probe()?.matched_receive_vec::<u8>();
    Some((status.source_rank(), status.tag(), bytes))
}

/// The message that ends with this part, if one does.
fn whole(
    begun: &mut HashMap<(Rank, Tag), Vec<u8>>,
    traffic: &mut Traffic,
    (rank, tag, bytes): Part,
) -> Option<Message> {
    let kind = Kind::ALL.into_iter().find(|kind| *kind as Tag == tag % MORE)?;
    let key = (rank, kind as Tag);
    if tag >= MORE {
        traffic.bytes += bytes.len() as u64;
        begun.entry(key).or_default().extend(bytes);
        return None;
    }
    traffic.add(bytes.len());
    let bytes = match begun.remove(&key) {
        Some(mut before) => {
            before.extend(bytes);
            before
        }
        None => bytes,
    };
    Some(Message { from: rank as usize, kind, bytes })
}
