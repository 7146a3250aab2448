//! A number that tells whether this is still the machine that was asked about last time.

/// A label of this machine and of the part of it that this process may use, from what takes some microseconds to ask: host
/// name, kernel, memory, the number of processors in the affinity mask, the control groups and their limits. `None` where
/// there is no such quick way.
#[cfg(target_os = "linux")]
#[must_use]
pub fn label() -> Option<u64> {
    use std::io::Read;

    use crate::id::Mix;

    let system = rustix::system::uname();
    let mut mix = Mix::new(1);
    for text in [system.nodename(), system.release(), system.version(), system.machine()] {
        mix = mix.bytes(text.to_bytes());
    }
    let usable = rustix::thread::sched_getaffinity(None).map_or(0, |set| set.count());
    mix = mix.word(rustix::system::sysinfo().totalram).word(u64::from(usable));
    // One read gives all of such a file. To ask for its length first would cost more than to read it.
    let mut text = [0; 4096];
    // In a container the name of the group may be the same whatever its limits are, so the limits count as well.
    for path in ["/proc/self/cgroup", "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/memory.max"] {
        let length = std::fs::File::open(path).and_then(|mut file| file.read(&mut text)).unwrap_or(0);
        mix = mix.bytes(&text[..length]);
    }
    Some(mix.finish())
}

/// A label of this machine. `None`: there is no quick way to make one here.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn label() -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_label_stays() {
        assert!(label().is_some());
        assert_eq!(label(), label());
    }
}
