//! The option `memory` and the choice `max_memory`: no more items are in flight than there is memory for.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use amorsize::{Plan, Why};

use crate::cases::spin;

/// How many are worked on, and the most that were at once.
#[derive(Default)]
struct Flight {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Flight {
    fn work(&self) {
        let now = self.now.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(now, Relaxed);
        spin(200_000);
        self.now.fetch_sub(1, Relaxed);
    }
}

#[amorsize::auto(memory = "1MiB")]
fn light(_item: u32, flight: &Flight) {
    flight.work();
}

#[amorsize::auto(memory = "900TiB")]
fn giant(item: u32, flight: &Flight) -> u32 {
    flight.work();
    item
}

#[test]
fn as_many_at_once_as_there_is_memory_for() {
    for (bytes, most) in [(1, 1), (1 << 20, 1), ((2 << 20) - 1, 1)] {
        let flight = Flight::default();
        light::on(0..40, &flight).n_jobs(4).chunksize(1).max_memory(bytes).for_each();
        assert_eq!(flight.most.into_inner(), most, "{bytes} bytes");
    }
    let flight = Flight::default();
    light::on(0..200, &flight).n_jobs(4).chunksize(1).max_memory(2 << 20).for_each();
    assert!(flight.most.into_inner() <= 2);
}

#[test]
fn learned_plans_are_limited_too() {
    let plan = |bytes| light::on(0..400, &Flight::default()).max_memory(bytes).plan();
    for _ in 0..6 {
        let flight = Flight::default();
        light::on(0..400, &flight).max_memory(1 << 20).for_each();
        assert_eq!(flight.most.into_inner(), 1);
    }
    assert_eq!((plan(1 << 20).plan, plan(1 << 20).why), (Plan::Serial, Why::Memory));
    assert!(plan(1 << 20).to_string().contains("memory for one item"));
    assert_ne!(plan(1 << 30).why, Why::Memory);
}

#[cfg(target_os = "linux")]
#[test]
fn no_machine_works_on_two_giants_at_once() {
    let flight = Flight::default();
    assert_eq!(giant::on(0..20, &flight).n_jobs(4).map(), (0..20).collect::<Vec<_>>());
    assert_eq!(amorsize::map!(0..20_u32, memory = "900TiB", |item| giant(item, &flight)).len(), 20);
    assert_eq!(flight.most.into_inner(), 1);
}

#[test]
#[should_panic(expected = "max_memory(0)")]
fn no_memory_at_all_is_a_mistake() {
    let _ = light::on(0..4, &Flight::default()).max_memory(0);
}
