//! What to say of a snapshot, unless the program says it itself.

use amorsize_store::insight::{Severity, insight};
use amorsize_store::view::snapshot::{Snapshot, TierState};

/// What the figures advise, a sentence each; what matters most comes first.
pub(crate) fn recommendations(snapshot: &Snapshot) -> Vec<String> {
    // That a tier cannot be reached is part of what the figures advise.
    let faults = snapshot
        .tiers
        .iter()
        .filter(|tier| tier.state != TierState::Disconnected)
        .filter_map(|tier| Some(format!("The tier {} fails: {}", tier.tier, tier.fault.as_ref()?)));
    let mut advice = insight(snapshot);
    // Where all is well there is nothing to do.
    advice.retain(|advice| advice.severity > Severity::Fine);
    let advice = advice.into_iter().map(|advice| match advice.function {
        Some(function) => format!("{function}: {}", advice.text),
        None => advice.text,
    });
    faults.chain(advice).collect()
}
