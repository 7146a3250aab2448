//! The snapshot of a folder, also of one that cannot be read.

use amorsize_store::clock::unix_micros;
use amorsize_store::store::Store;
use amorsize_store::view::settings::settings;
use amorsize_store::view::snapshot::{Scope, Snapshot, TierState, TierStats};

use crate::shared;

/// What is known of the folder now. If it cannot be read, the snapshot says so and has nothing else.
pub(crate) fn folder_snapshot(store: &Store) -> Snapshot {
    let mut all = store.snapshot().unwrap_or_else(|error| {
        let (mut all, mut disk) = (Snapshot::default(), TierStats::default());
        (disk.tier, disk.state, disk.fault) = ("disk", TierState::Disconnected, Some(error.to_string()));
        (all.scope, all.settings, all.faults) = (Scope::Folder, settings(), vec![error.to_string()]);
        all.taken_us = unix_micros();
        all.tiers.push(disk);
        all
    });
    all.tiers.push(shared::tier());
    all
}
