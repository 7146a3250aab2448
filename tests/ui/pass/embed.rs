//! Plans of another machine, and plans that only their checksum shows to be damaged: answers stay what they are.

use std::time::Duration;

amorsize::embed!("../../../store/format/v2/export");
amorsize::embed!(concat!("../../../store/format/", "v1", "/export"),);

mod damaged {
    ::amorsize::embed!("../embedded/damaged.amorsize");
}

#[amorsize::auto]
fn slow(x: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(2));
    x + 1
}

fn main() {
    for _ in 0..3 {
        assert_eq!(slow::map(0..12), (1..13).collect::<Vec<_>>());
    }
    let stats = amorsize::stats();
    assert_eq!((stats.misses, stats.errors), (1, 1), "{stats:?}");
    assert!(stats.faults[0].contains("embedded in the program"), "{stats:?}");
    assert!(stats.tiers.iter().all(|tier| tier.hits == 0), "{stats:?}");
}
