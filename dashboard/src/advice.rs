//! What to say of a snapshot, unless the program says it itself.

use amorsize_store::view::snapshot::Snapshot;

/// What the figures advise, a sentence each.
pub(crate) fn recommendations(snapshot: &Snapshot) -> Vec<String> {
    snapshot.tiers.iter().filter_map(|tier| tier.fault.as_ref()).map(|fault| format!("A tier fails: {fault}")).collect()
}
