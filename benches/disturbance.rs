//! How much the rest of the machine did meanwhile: on a busy machine the figures say little.

use std::fs;

/// A moment from which on the others are watched. Linux only; elsewhere nothing is known.
#[derive(Clone, Copy, Debug)]
pub struct Watch(Option<Ticks>);

/// Ticks of processor time since the start of the machine.
#[derive(Clone, Copy, Debug)]
struct Ticks {
    everybody: f64,
    this_process: f64,
    available: f64,
}

impl Watch {
    /// Begins to watch.
    #[must_use]
    pub fn begin() -> Self {
        Self(now())
    }

    /// The share of the machine's processor time that went to other processes since then; children count as this one.
    #[must_use]
    pub fn others(&self) -> Option<f64> {
        let (before, after) = (self.0?, now()?);
        let busy = (after.everybody - before.everybody) - (after.this_process - before.this_process);
        Some(busy.max(0.0) / (after.available - before.available).max(1.0))
    }
}

fn now() -> Option<Ticks> {
    let machine = fs::read_to_string("/proc/stat").ok()?;
    let all = numbers(machine.lines().next()?.strip_prefix("cpu ")?);
    // user, nice, system, idle, iowait, irq, softirq, steal
    let idle = all.get(3)? + all.get(4)?;
    let available = all.iter().take(8).sum::<f64>();
    let process = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the name, is in brackets and may hold spaces. utime to cstime are fields 14 to 17.
    let fields = numbers(process.rsplit_once(") ")?.1.split_once(' ')?.1);
    let this_process = fields.get(10..14)?.iter().sum();
    Some(Ticks { everybody: available - idle, this_process, available })
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map_while(|word| word.parse().ok()).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::time::{Duration, Instant};

    #[test]
    fn own_work_does_not_count() {
        let watch = Watch::begin();
        let before = now().expect("Linux tells").this_process;
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(200) {
            black_box(0);
        }
        assert!(now().expect("Linux tells").this_process >= before + 5.0);
        assert!((0.0..=1.0).contains(&watch.others().expect("Linux tells")));
    }
}
