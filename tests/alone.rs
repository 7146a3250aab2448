//! Tests that need a process of their own: they count what it allocates, or want another environment.

use std::alloc::{GlobalAlloc, Layout, System};
use std::any::type_name;
use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

use amorsize::{CacheMode, Config};

use crate::children::Running;

/// Says that a process was started for one test, which knows what environment it wants.
pub(crate) const MARK: &str = "AMORSIZE_TEST_ALONE";

ctor::declarative::ctor! {
    /// What the tests of this process learn dies with it, and nothing is known from earlier runs.
    #[ctor(unsafe)]
    fn remember_nothing() {
        if env::var_os(MARK).is_none() {
            let _ = Config::from_env().unwrap_or_default().cache(CacheMode::Off).install();
        }
    }
}

/// Runs `body`, a closure written in the test itself, in a process that runs nothing else. It remembers nothing, unless
/// the environment says so.
#[track_caller]
pub(crate) fn alone<F: FnOnce()>(seconds: u64, environment: &[(&str, &str)], body: F) {
    said_alone(seconds, environment, body);
}

/// The same. What the process said on standard error, or nothing in that process itself.
#[track_caller]
pub(crate) fn said_alone<F: FnOnce()>(seconds: u64, environment: &[(&str, &str)], body: F) -> Option<String> {
    if env::var_os(MARK).is_some() {
        body();
        return None;
    }
    // `integration::deadlocks::a_test::{{closure}}`: the name of the test is in the type of its closure.
    let name = type_name::<F>().split_once("::").and_then(|(_, path)| path.strip_suffix("::{{closure}}"));
    let name = name.expect("the closure is in the test");
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args([name, "--exact", "--nocapture"]).env(MARK, "1").env("AMORSIZE_CACHE", "off");
    command.envs(environment.iter().copied());
    let said = Running::start(command).said_within(seconds);
    let well = said.status.success() && said.out.contains("1 passed");
    assert!(well, "{name} in a process of its own: {}\n{}{}", said.status, said.out, said.err);
    Some(said.err)
}

/// Bytes that this process holds now.
pub(crate) fn allocated() -> isize {
    ALLOCATED.load(Relaxed)
}

/// The largest piece of memory that this process ever got, in bytes.
pub(crate) fn largest() -> usize {
    LARGEST.load(Relaxed)
}

static ALLOCATED: AtomicIsize = AtomicIsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let pointer = unsafe { System.alloc(layout) };
        if !pointer.is_null() {
            ALLOCATED.fetch_add(layout.size().cast_signed(), Relaxed);
            LARGEST.fetch_max(layout.size(), Relaxed);
        }
        pointer
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size().cast_signed(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}
