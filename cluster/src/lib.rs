#![cfg_attr(feature = "mpi", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "mpi"),
    doc = "The tuned map of amorsize over many machines. Only the model of the batches is here: MPI needs the feature `mpi`."
)]
#![forbid(unsafe_code)]

pub mod schedule;
pub mod simulation;

#[cfg(feature = "mpi")]
mod across;
#[cfg(feature = "mpi")]
mod cluster;
#[cfg(feature = "mpi")]
mod compute;
#[cfg(feature = "mpi")]
mod cores;
#[cfg(feature = "mpi")]
mod fault;
#[cfg(feature = "mpi")]
mod item;
#[cfg(feature = "mpi")]
mod learned;
#[cfg(feature = "mpi")]
mod local;
#[cfg(feature = "mpi")]
mod member;
#[cfg(feature = "mpi")]
mod pause;
#[cfg(feature = "mpi")]
mod plan;
#[cfg(feature = "mpi")]
mod root;
#[cfg(feature = "mpi")]
mod transport;
#[cfg(feature = "mpi")]
mod wire;

#[cfg(feature = "mpi")]
pub use across::{Across, RunAcross, Tried};
#[cfg(feature = "mpi")]
pub use cluster::Cluster;
#[cfg(feature = "mpi")]
pub use fault::Failed;
#[cfg(feature = "mpi")]
pub use item::{Item, Kept};
#[cfg(feature = "mpi")]
pub use local::Local;
#[cfg(feature = "mpi")]
pub use plan::Plan;
#[cfg(feature = "mpi")]
pub use transport::Traffic;

/// Lets functions that take a type of yours by value have it as an item across ranks. It has to be `Serialize`, `DeserializeOwned`
/// and `Send`.
///
/// ```
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Job { seed: u64 }
///
/// amorsize_mpi::by_value!(Job);
/// ```
#[cfg(feature = "mpi")]
#[macro_export]
macro_rules! by_value {
    ($($type:ty),* $(,)?) => {$(
        impl<'x> $crate::Item<'x> for $type {
            type Owned = Self;

            fn lend(batch: ::std::vec::Vec<Self>, _: &'x $crate::Kept) -> ::std::vec::Vec<Self> {
                batch
            }
        }
    )*};
}
