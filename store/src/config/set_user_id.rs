//! Programs that run with the rights of somebody else.

/// Whether this program runs with the rights of another user or group than the one who started it. Then the environment,
/// which says where the folder is, is that of somebody with fewer rights, and the disk is left alone.
#[cfg(all(unix, feature = "disk"))]
pub(super) fn is_set_user_id() -> bool {
    use std::sync::OnceLock;

    use rustix::process::{getegid, geteuid, getgid, getuid};

    static IS_SET: OnceLock<bool> = OnceLock::new();
    *IS_SET.get_or_init(|| getuid() != geteuid() || getgid() != getegid())
}

#[cfg(not(all(unix, feature = "disk")))]
pub(super) fn is_set_user_id() -> bool {
    false
}
