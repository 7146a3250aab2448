//! The terminal `profile()`: the same results, and who did what.

use std::panic::catch_unwind;

use amorsize::profile::Thread;

use crate::cases::spin;

#[amorsize::auto]
fn slow(n: u64) -> u64 {
    spin(20_000);
    n + 1
}

#[amorsize::auto]
fn fails(n: u64) -> u64 {
    assert!(n != 500 && n != 700, "no {n}");
    n
}

#[test]
fn results_are_those_of_a_map_and_every_item_is_accounted_for() {
    let (results, profile) = slow::on(0..1000).n_jobs(2).chunksize(1).profile();
    assert_eq!(results, (1..=1000).collect::<Vec<_>>());
    assert_eq!((profile.items, profile.threads.iter().map(Thread::items).sum::<u64>()), (1000, 1000));
    assert!(profile.called.is_some_and(|called| called < profile.wall), "{profile:?}");
    assert!(profile.function.ends_with("profiles::slow"), "{}", profile.function);
    for thread in 0..profile.threads.len() {
        let spent = profile.spent(thread);
        let all = spent.uncalled + spent.coming + spent.items + spent.between + spent.finished;
        // The run ends a little after what its threads note.
        assert!(all.abs_diff(profile.wall) <= profile.wall / 10, "{spent:?}: {}", profile.wall);
    }
    let text = profile.to_string();
    assert!(text.contains("1,000 items in ") && text.contains("The plain loop "), "{text}");
    assert!(profile.svg().ends_with("</svg>\n"));
}

#[test]
fn nothing_is_learned_of_it() {
    #[amorsize::auto]
    fn only_profiled(n: u64) -> u64 {
        spin(2_000);
        n
    }
    for _ in 0..3 {
        only_profiled::on(0..300).profile();
    }
    let stats = amorsize::stats();
    let own = stats.functions.iter().find(|function| function.id == only_profiled::ID);
    assert!(own.is_none_or(|own| own.entries == 0 && own.counts.hits + own.counts.misses == 0), "{own:?}");
}

#[test]
fn what_was_learned_is_compared() {
    #[amorsize::auto]
    fn known(n: u64) -> u64 {
        spin(20_000);
        n
    }
    for _ in 0..8 {
        known::map(0..200);
    }
    let (_, profile) = known::on(0..200).profile();
    assert_eq!(profile.others.len(), 3, "{profile}");
}

#[test]
fn runs_that_cannot_be_shared_have_one_thread() {
    for len in [0, 1] {
        let (results, profile) = slow::on(0..len).profile();
        assert_eq!((results.len() as u64, profile.items, profile.threads.len()), (len, len, 1));
        assert!(profile.to_string().contains("caller"));
    }
    let (_, profile) = slow::on(0..20).n_jobs(1).profile();
    assert_eq!((profile.threads.len(), profile.called), (1, None));
}

#[test]
fn a_panic_goes_through() {
    let panic = catch_unwind(|| fails::on(0..1000).n_jobs(2).chunksize(1).profile()).unwrap_err();
    assert_eq!(panic.downcast_ref::<String>().unwrap(), "no 500");
}
