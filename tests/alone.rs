//! Tests that need a process of their own: they count what it allocates, or want another environment.

use std::alloc::{GlobalAlloc, Layout, System};
use std::any::type_name;
use std::env;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::watchdog::patience;

/// Runs `body`, a closure written in the test itself, in a process that runs nothing else.
#[track_caller]
pub(crate) fn alone<F: FnOnce()>(seconds: u64, environment: &[(&str, &str)], body: F) {
    const MARK: &str = "AMORSIZE_TEST_ALONE";
    if env::var_os(MARK).is_some() {
        return body();
    }
    // `integration::deadlocks::a_test::{{closure}}`: the name of the test is in the type of its closure.
    let name = type_name::<F>().split_once("::").and_then(|(_, path)| path.strip_suffix("::{{closure}}"));
    let name = name.expect("the closure is in the test");
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args([name, "--exact", "--nocapture"]).env(MARK, "1").envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("this program can be run");
    let (out, err) = (listen(child.stdout.take()), listen(child.stderr.take()));
    let limit = Duration::from_secs(seconds * patience());
    let start = Instant::now();
    while child.try_wait().expect("a child can be waited for").is_none() {
        if start.elapsed() > limit {
            let _ = child.kill();
            panic!("{name} hangs: not over after {limit:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
    let status = child.wait().expect("a child can be waited for");
    let [out, err] = [out, err].map(|said| said.join().expect("it only listens"));
    assert!(status.success() && out.contains("1 passed"), "{name} in a process of its own: {status}\n{out}{err}");
}

/// All that a child says.
fn listen(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    let mut pipe = pipe.expect("it was asked for");
    thread::spawn(move || {
        let mut said = Vec::new();
        let _ = pipe.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    })
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
