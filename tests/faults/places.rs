//! Something else where a file or a folder of the cache should be, and places that cannot be written to.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::*;

/// Makes something where a file or a folder of ours should be; the last path is outside of the cache.
type Stands = fn(&Path, &Path);

const THINGS: [(&str, Stands); 7] = [
    ("a link to what was there", |at, outside| symlink(outside.join("moved"), at).unwrap()),
    ("a file", |at, _| fs::write(at, "something else").unwrap()),
    ("a folder", |at, _| fs::create_dir(at).unwrap()),
    ("a pipe", |at, _| assert!(Command::new("mkfifo").arg(at).status().unwrap().success())),
    ("a link to a file", |at, outside| symlink(outside.join("file"), at).unwrap()),
    ("a link to a folder", |at, outside| symlink(outside, at).unwrap()),
    ("a link to nothing", |at, outside| symlink(outside.join("nothing"), at).unwrap()),
];

/// What stands where something of ours should be: nothing waits for it, nothing outside is touched, and the answer
/// is right.
#[test]
fn anything_in_the_place_of_anything() {
    let example = Cache::with_a_plan();
    let root = example.folder();
    let all = files(root);
    let plans = example.plan_files().remove(0);
    let way = plans.strip_prefix(root).unwrap();
    let mut places = vec![root.to_owned(), root.join("machines")];
    places.extend(plans.parent().map(Path::to_owned));
    places.extend(all);
    for place in places {
        let place = place.strip_prefix(root).unwrap();
        // At once: they sleep for most of the time.
        std::thread::scope(|scope| {
            for (thing, stands) in THINGS {
                scope.spawn(move || {
                    let cache = Cache::with_a_plan();
                    let outside = cache.beside("outside");
                    fs::create_dir(&outside).unwrap();
                    fs::write(outside.join("file"), "not ours").unwrap();
                    // Join with nothing adds a slash.
                    let at =
                        if place == Path::new("") { cache.folder().to_owned() } else { cache.folder().join(place) };
                    fs::rename(&at, outside.join("moved")).unwrap();
                    let before = contents(&outside);
                    stands(&at, &outside);
                    let what = format!("{thing} in the place of {}", at.display());
                    let trouble = match place.extension().or(place.file_name()).and_then(|name| name.to_str()) {
                        Some("plans" | "fingerprint" | "statistics") => thing != "a file",
                        // Nobody waits for it, and what can be done later needs it; or nobody reads it.
                        Some("lock" | "TAG") => false,
                        // What is not read is replaced; but not a folder.
                        Some("machine") => thing == "a folder",
                        _ => thing != "a folder",
                    };
                    for _ in 0..2 {
                        let said = cache.run(&["calls=1", "flush="]);
                        assert_unharmed(&said, &what);
                        assert_eq!(said.count("errors") + said.count("failed") > 0, trouble, "{what}: {said:?}");
                        if thing.starts_with("a link") && way.starts_with(place) {
                            assert_eq!(said.count("recalled"), 0, "{what} was followed: {said:?}");
                        }
                    }
                    assert_eq!(contents(&outside), before, "{what}");
                });
            }
        });
    }
}

/// What is in all files below a folder.
fn contents(folder: &Path) -> Vec<Vec<u8>> {
    files(folder).into_iter().map(|path| fs::read(path).unwrap()).collect()
}

// ---- Whose files they are ------------------------------------------------------------------------------------

/// What others may change, or have made, is neither read nor written; `verify` says so, and `repair` mends what it can.
#[test]
fn what_is_not_ours_alone_is_not_used() {
    type Change<'a> = (&'a str, &'a dyn Fn(&Cache));
    let permit = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let changes: [Change<'_>; 4] = [
        ("a folder for all", &|cache| permit(cache.folder(), 0o777)),
        ("a place for all", &|cache| permit(cache.plan_files()[0].parent().unwrap(), 0o770)),
        ("plans for all", &|cache| permit(&cache.plan_files()[0], 0o666)),
        ("plans with two names", &|cache| fs::hard_link(&cache.plan_files()[0], cache.beside("other")).unwrap()),
    ];
    for (what, change) in changes {
        let cache = Cache::with_a_plan();
        change(&cache);
        let before = fs::read(&cache.plan_files()[0]).unwrap();
        let said = cache.run(&[]);
        assert_unharmed(&said, what);
        assert_eq!(said.count("recalled"), 0, "{what}: {said:?}");
        assert!(said.count("errors") > 0, "{what}: {said:?}");
        assert_eq!(fs::read(&cache.plan_files()[0]).unwrap(), before, "{what}");
        assert_ne!(cache.store().verify().unwrap().score, 100, "{what}");
        let (_, left) = cache.store().repair().unwrap();
        assert_eq!(left, [], "{what}");
        assert_healthy(&cache, what);
        cache.run(&[]);
        assert_eq!(cache.run(&[]).count("recalled"), 1, "{what}: it is used again");
    }
}

/// `ulimit -f`: a write beyond it would end the process by a signal.
#[test]
fn a_limit_for_files_ends_no_process() {
    for blocks in ["0", "1"] {
        let cache = Cache::new();
        let mut command = program(Path::new("sh"));
        let script = "ulimit -f \"$1\" && exec \"$2\" keys=0..40 flush=";
        command.args(["-c", script, "sh", blocks, env!("CARGO_BIN_EXE_child")]);
        let said = Running::start({
            command.env("AMORSIZE_CACHE_DIR", cache.folder());
            command
        });
        let said = said.said();
        assert!(said.status.success() && said.err.is_empty(), "{blocks}: {said:?}");
        assert!(said.count("errors") + said.count("failed") > 0, "{blocks}: {said:?}");
        assert!(cache.store().verify().unwrap().problems.is_empty(), "{blocks}");
    }
}

// ---- Folders that cannot be used -----------------------------------------------------------------------------

/// Runs a script in which mounts can be made: they go with it. `$1` is a folder, `$2` is `child`. What it says.
fn with_mounts(cache: &Cache, script: &str) -> Option<Said> {
    let namespaces = [&["-m"][..], &["-r", "-m"]];
    let allowed = namespaces.into_iter().find(|options| {
        let mut probe = Command::new("unshare");
        probe.args(*options).args(["sh", "-c", "mount -t tmpfs tmpfs \"$1\"", "sh"]).arg(cache.beside(""));
        probe.output().is_ok_and(|output| output.status.success())
    })?;
    let mut command = program(Path::new("unshare"));
    command.args(allowed).args(["sh", "-c", script, "sh"]).arg(cache.folder()).arg(env!("CARGO_BIN_EXE_child"));
    command.env("AMORSIZE_CACHE_DIR", cache.folder());
    Some(Running::start(command).said())
}

const NO_MOUNTS: &str = "this user may not mount anything, not even in a namespace";

#[test]
fn a_read_only_folder() {
    let cache = Cache::with_a_plan();
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && exec \"$2\" calls=3";
    if let Some(said) = with_mounts(&cache, script) {
        assert!(said.status.success() && said.err.is_empty(), "{said:?}");
        assert_eq!((said.count("recalled"), said.count("hits")), (1, 3), "{said:?}");
        // Once, or once more when the process ends.
        assert!(said.count("errors") <= 1, "{said:?}");
    } else {
        skipped("a read-only file system", NO_MOUNTS);
    }
}

#[test]
fn folders_without_rights() {
    let cache = Cache::with_a_plan();
    let closed = cache.beside("closed");
    fs::create_dir(&closed).unwrap();
    let permit = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    permit(&closed, 0o500);
    // The superuser is stopped by them only without these capabilities.
    let bounded = |program: &Path| {
        let mut command = crate::children::program(Path::new("setpriv"));
        command.arg("--bounding-set=-dac_override,-dac_read_search").arg(program);
        command
    };
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let as_anybody = |path: &Path| if root { bounded(path) } else { program(path) };
    if as_anybody(Path::new("touch")).arg(closed.join("probe")).output().is_ok_and(|touched| touched.status.success()) {
        return skipped("folders without rights", "they do not stop this user");
    }
    let run = |folder: &Path| {
        let mut command = as_anybody(Path::new(env!("CARGO_BIN_EXE_child")));
        command.args(["calls=1", "flush="]).env("AMORSIZE_CACHE_DIR", folder);
        Running::start(command).said()
    };
    let place = cache.plan_files()[0].parent().unwrap().to_owned();
    for (path, mode) in [(cache.folder(), 0o500), (cache.folder(), 0o000), (&place, 0o500), (&place, 0o000)] {
        permit(path, mode);
        let said = run(cache.folder());
        permit(path, 0o700);
        let what = format!("mode {mode:o} of {}", path.display());
        assert_unharmed(&said, &what);
        assert_eq!(said.count("recalled"), u64::from(mode != 0), "{what}: {said:?}");
        assert!(mode != 0 || said.count("errors") + said.count("failed") > 0, "{what}: {said:?}");
    }
    let said = run(&closed.join("deep").join("cache"));
    permit(&closed, 0o700);
    assert_unharmed(&said, "an unwritable parent");
    assert_eq!(said.count("failed"), 1, "{said:?}");
}

/// Where not even the superuser can make anything.
#[cfg(target_os = "linux")]
#[test]
fn a_parent_that_cannot_be_written_to() {
    let cache = Cache::new();
    for folder in ["/proc/amorsize/cache", "/dev/null/cache", "/proc/self/fd"] {
        let said = cache.run_in(&[("AMORSIZE_CACHE_DIR", folder)], &["calls=1", "flush="]);
        assert_unharmed(&said, folder);
        assert_eq!((said.count("misses"), said.count("failed")), (1, 1), "{folder}: {said:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    for pages in 0..8 {
        let cache = Cache::new();
        fs::create_dir(cache.folder()).unwrap();
        // A tmpfs of size 0 has no limit.
        let script = format!(
            "mount -t tmpfs -o size=64k,mode=0700 tmpfs \"$1\" || exit 9
            head -c {} /dev/zero >\"$1\"/filled
            \"$2\" keys=0..30 calls=1 || exit 1
            \"$2\" keys=20..60 calls=1 || exit 2
            rm \"$1\"/filled
            \"$2\" keys=0..60 calls=1 || exit 3
            exec \"$2\" calls=1 verify=\"$1\"",
            65_536 - 4096 * pages
        );
        let Some(said) = with_mounts(&cache, &script) else { return skipped("a full disk", NO_MOUNTS) };
        assert!(said.status.success() && said.err.is_empty(), "{pages}: {said:?}");
        assert!(pages > 0 || said.out.contains("No space left"), "it is not full: {said:?}");
        assert_eq!((said.count("recalled"), said.count("score")), (1, 100), "{pages}: {said:?}");
    }
}
