//! Keeps the last profile of each function, for people to look at.

use std::time::Duration;

use super::location::locate;
use crate::site::site::Site;
use amorsize_store::config::config;
use amorsize_store::disk::{fingerprints, profiles};
use amorsize_store::faults;
use amorsize_store::profile::Profile;

/// How long is waited for another thread that opens the folder.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Keeps the profile of a function in the cache folder, on this thread. What goes wrong is counted and said once.
pub(crate) fn keep_profile(site: &'static Site, profile: &Profile) {
    if !config().writes() {
        return;
    }
    let Ok(Some(location)) = locate(TIMEOUT) else { return };
    let fingerprint = location.fingerprint(site.build());
    let folder = &location.folder;
    let saved = fingerprints::save(folder, &fingerprint);
    let saved = saved.and_then(|()| profiles::save(folder, fingerprint.id(), site.id(), profile));
    if let Err(error) = saved {
        faults::report(format!("a profile could not be kept in {}: {error}", folder.root().display()));
    }
}
