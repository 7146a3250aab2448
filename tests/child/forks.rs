//! Children of this process, and libraries that come and go.

use std::ffi::CString;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::{say, wait};

#[amorsize::auto(key(key))]
fn keyed(x: u64, key: u64) -> u64 {
    (0..200).fold(x ^ key, |sum, i| (sum ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}

/// Runs `child` in a child process. False if it has not ended well after ten seconds.
fn forked(child: impl FnOnce()) -> bool {
    // SAFETY: the child runs what a forked child may run here: that is what is tested.
    let id = match unsafe { libc::fork() } {
        0 => {
            child();
            exit(0)
        }
        id => id,
    };
    let start = Instant::now();
    let mut status = 0;
    // SAFETY: `status` may be written to.
    while unsafe { libc::waitpid(id, &raw mut status, libc::WNOHANG) } != id {
        if start.elapsed() > Duration::from_secs(10) {
            // SAFETY: it is a child of this process, which has not been waited for.
            unsafe { libc::kill(id, libc::SIGKILL) };
            return false;
        }
        sleep(Duration::from_micros(200));
    }
    libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
}

/// Children that end at once.
pub(crate) fn fork(children: usize) {
    assert!((0..children).all(|_| forked(|| ())));
}

/// Children that make calls, while other threads of this process make calls with new keys. Says how many ended well.
pub(crate) fn fork_busy(children: u64) {
    static IS_OVER: AtomicBool = AtomicBool::new(false);
    let threads = [1, 2].map(|thread| {
        thread::spawn(move || {
            for key in (0..).take_while(|_| !IS_OVER.load(Relaxed)) {
                keyed::map(0..400, 2 * key + thread);
            }
        })
    });
    let ended = (0..children).filter(|&child| {
        forked(|| {
            let right = |key| keyed::map(0..400, key).into_iter().eq((0..400).map(|x| keyed(x, key)));
            assert!(right(1) && right(u64::MAX - child));
            assert!(keyed::stream(0..4_000, child).n_jobs(2).eq((0..4_000).map(|x| keyed(x, child))));
            let _ = (amorsize::stats(), amorsize::warm(), amorsize::flush(), amorsize::clear_cache());
        })
    });
    say(&format!("ended={}", ended.count()));
    IS_OVER.store(true, Relaxed);
    for thread in threads {
        thread.join().expect("calls do not panic");
    }
}

/// Children that make calls of a function that waits, on threads that their parent has and they have not.
pub(crate) fn fork_waits(children: u64) {
    let is_right = || wait::map([1; 64]).into_iter().eq([wait(1); 64]);
    let waited = (0..children).filter(|_| forked(|| assert!(is_right())));
    say(&format!("waited={}", waited.count()));
}

/// Loads a library again and again, calls it on threads that end, and unloads it.
pub(crate) fn plugin(path: &str) {
    let path = CString::new(path).expect("a path");
    for _ in 0..200 {
        // SAFETY: nothing is done when it is loaded.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!library.is_null());
        // SAFETY: the library is loaded.
        let function = unsafe { libc::dlsym(library, c"amorsize_plugin_run".as_ptr()) };
        assert!(!function.is_null());
        // SAFETY: that is its type.
        let run: extern "C" fn(u64) -> bool = unsafe { std::mem::transmute(function) };
        let threads = [(); 3].map(|()| thread::spawn(move || run(300) && run(300)));
        assert!(threads.into_iter().all(|thread| thread.join().expect("it does not panic")));
        // SAFETY: nothing of it is used after this.
        unsafe { libc::dlclose(library) };
    }
    say("loaded and unloaded");
}
