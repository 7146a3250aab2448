//! What this process learned, kept for the next one, and what others learned, found again.
//!
//! May use `site`, `executor`, `tuner` and `amorsize_store`. Calls come here by few ways: [`recall`] while a first call is
//! running, [`mark_learned`] after a call that was recorded. Everything else happens on the background thread, at the end
//! of the process, or for who asks (`admin`). From the bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `location` | the cache folder and the machine, found out once |
//! | `function` | what is known of one function's plans on disk |
//! | `load` | plans of other processes, taken over |
//! | `collect` | what is new, for each build of the program |
//! | `save` | what is new, written |
//! | `background` | when that happens |
//!
//! Without the feature `disk`, `disabled` stands for all of it: nothing is known and nothing is kept.

#[cfg(feature = "disk")]
mod background;
#[cfg(feature = "disk")]
mod collect;
#[cfg(not(feature = "disk"))]
mod disabled;
#[cfg(feature = "disk")]
mod function;
#[cfg(feature = "disk")]
mod load;
#[cfg(feature = "disk")]
mod location;
#[cfg(feature = "disk")]
mod save;

#[cfg(feature = "disk")]
pub(crate) use self::{
    background::{flush, mark_learned},
    load::{entry_key, forget, is_loaded, recall, recall_all, warm},
    location::{locate, tiers},
    save::while_nobody_saves,
};

#[cfg(not(feature = "disk"))]
pub(crate) use self::disabled::{
    flush, forget, is_loaded, mark_learned, recall, recall_all, tiers, warm, while_nobody_saves,
};
