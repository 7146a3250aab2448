//! The snapshot of a folder, also of one that cannot be read.

use amorsize_store::clock::unix_micros;
use amorsize_store::store::Store;
use amorsize_store::view::settings::settings;
use amorsize_store::view::snapshot::{Scope, Snapshot, TierState, TierStats};

/// What is known of the folder now; Redis is left out. If it cannot be read, the snapshot says so and has nothing else.
pub(crate) fn folder_snapshot(store: &Store) -> Snapshot {
    store.snapshot().unwrap_or_else(|error| {
        let (mut all, mut disk) = (Snapshot::default(), TierStats::default());
        (disk.tier, disk.state, disk.fault) = ("disk", TierState::Disconnected, Some(error.to_string()));
        (all.scope, all.settings, all.faults) = (Scope::Folder, settings(), vec![error.to_string()]);
        all.taken_us = unix_micros();
        all.tiers.push(disk);
        all
    })
}
