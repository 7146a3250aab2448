//! Runs a piece of work on the calling thread and on helpers from the current rayon pool.
//!
//! Nothing here decides whether a run is worth sharing: that is in its [`RunSpec`](work::RunSpec), or follows from the
//! time of its first items and from a [`SharingPolicy`](policy::SharingPolicy) that rooms above implement.
//!
//! May use the tuner's cost model and what it says of CPU time, the clock, locks, and the parts of a profile. Knows no function, no site and no cache. From the bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `unwind` | panics that must not go further |
//! | `chunk_policy`, `chunk`, `buffers`, `pulled`, `chunk_queue` | ranges of indices handed out once each, and what is read and written by them |
//! | `cpu_time` | for how long a thread had a processor |
//! | `start_thread` | threads of our own |
//! | `cores`, `memory` | how many cores the quota leaves; how many items there is memory for |
//! | `wake_costs`, `pool` | what calling helpers costs; the rayon pool they come from |
//! | `wide_pool`, `pools` | a pool with more threads than cores, for functions that wait; which of the two a run uses |
//! | `sync`, `join` | helpers join a caller that does not wait for those who come too late |
//! | `work`, `policy` | the interface of a run |
//! | `recording` | work that is measured chunk by chunk |
//! | `rate`, `probe`, `shared_run`, `caller` | what the threads of a run do |
//! | `map_fn`, `scratch`, `progress` | the function of a run |
//! | `adaptor` | what is made of its results on the thread that made them |
//! | `failure`, `map`, `ordered` | the two kinds of work: values by place, and values in order |

pub(crate) mod adaptor;
pub(crate) mod buffers;
pub(crate) mod caller;
pub(crate) mod chunk;
pub(crate) mod chunk_policy;
pub(crate) mod chunk_queue;
pub(crate) mod cores;
pub(crate) mod cpu_time;
pub(crate) mod failure;
pub(crate) mod join;
pub(crate) mod map;
pub(crate) mod map_fn;
pub(crate) mod memory;
pub(crate) mod ordered;
pub(crate) mod policy;
pub(crate) mod pool;
pub(crate) mod pools;
mod probe;
pub(crate) mod progress;
pub(crate) mod pulled;
mod rate;
pub(crate) mod recording;
pub(crate) mod scratch;
pub(crate) mod shared_run;
#[cfg(test)]
mod simulation;
pub(crate) mod start_thread;
mod sync;
pub(crate) mod unwind;
pub(crate) mod wake_costs;
mod wide_pool;
pub(crate) mod work;
