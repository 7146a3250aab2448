//! Saves what this process learned, and loads what other processes learned.
//!
//! May use `site`, `executor`, `tuner` and `amorsize_store`. A call uses [`recall_embedded`] and [`recall`]
//! while a first call is running, what ends in `_later` before the next ones, and [`mark_learned`] after a call was
//! recorded. Everything else runs on background threads, in the exit handler, or for `admin`. From the bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `location` | the cache folder, the machine and the tiers |
//! | `takeover` | takes plans of others over into memory |
//! | `embed` | the macro that makes plans part of the program |
//! | `embedded` | plans that are part of the program |
//! | `function` | what this process knows of one function's plans on disk |
//! | `load` | loads plans of other processes |
//! | `entries` | what is known of one size, as it is stored and shown |
//! | `collect` | collects what was not saved yet, for each fingerprint |
//! | `outbox` | writes to the far tiers that are pending |
//! | `save` | writes what was collected to disk, and to the outbox |
//! | `profile` | keeps the last profile of a function |
//! | `history` | what the folder says of the days before |
//! | `delivery` | sends what waits in the outbox |
//! | `far` | asks the far tiers and has pending writes sent, on a thread of its own |
//! | `background` | decides when: the background thread, `flush()` and the exit handler |
//!
//! Without the feature `disk`, `disabled` takes the place of these files, and nothing is loaded or saved.

#[cfg(feature = "disk")]
mod background;
#[cfg(feature = "disk")]
mod collect;
#[cfg(feature = "disk")]
mod delivery;
#[cfg(not(feature = "disk"))]
mod disabled;
#[cfg(feature = "disk")]
pub(crate) mod embed;
#[cfg(feature = "disk")]
mod embedded;
#[cfg(feature = "disk")]
mod entries;
#[cfg(feature = "disk")]
mod far;
#[cfg(feature = "disk")]
mod function;
#[cfg(feature = "disk")]
mod history;
#[cfg(feature = "disk")]
mod load;
#[cfg(feature = "disk")]
mod location;
#[cfg(feature = "disk")]
mod outbox;
#[cfg(feature = "disk")]
mod profile;
#[cfg(feature = "disk")]
mod save;
#[cfg(feature = "disk")]
mod takeover;

#[cfg(feature = "disk")]
pub(crate) use self::{
    background::{flush, mark_learned, recall_later},
    embedded::{embedded_cost, forget_embedded, recall_embedded, recall_embedded_later},
    entries::plans,
    far::{drain as drain_far, recall, recall_all, remove_far, warm},
    history::history,
    load::{forget, is_loaded, recall_cost, source, tiers},
    location::{Location, locate},
    profile::keep_profile,
    save::while_nobody_saves,
    takeover::entry_key,
};

#[cfg(not(feature = "disk"))]
pub(crate) use self::disabled::{
    embedded_cost, flush, forget, is_loaded, keep_profile, mark_learned, recall, recall_all, recall_cost,
    recall_embedded, recall_embedded_later, recall_later, source, tiers, warm,
};
