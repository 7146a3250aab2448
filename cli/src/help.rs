//! What `--help` says beside the options: paragraphs, and lists as [`layout`] expects them.

use amorsize_store::config::VARIABLES;

use crate::output::help_width;
use crate::words::layout;

/// What a command is for, and what comes after its options.
pub(crate) struct Help {
    pub(crate) about: &'static str,
    pub(crate) rest: &'static str,
}

impl Help {
    /// What comes after the options, in lines that fit.
    pub(crate) fn rest(&self) -> String {
        layout(self.rest, help_width())
    }
}

pub(crate) const SHORT: &str = "`amorsize help` and `amorsize help COMMAND` say more, with examples.";

/// What `amorsize --help` says after the options.
pub(crate) fn program() -> String {
    let own = [
        ("NO_COLOR", "no colours, unless --color always is given".to_owned()),
        ("COLUMNS", "width of the text where it goes to no terminal [80]".to_owned()),
    ];
    let read = VARIABLES.iter().map(|it| (it.name, format!("{}: {} [{}]", it.meaning, it.values, it.default)));
    let lines = read.chain(own).map(|(name, text)| format!("  {name}\t{text}"));
    let environment = lines.collect::<Vec<_>>().join("\n");
    let text = format!(
        "{EXIT_CODES}Environment:\n{environment}\n  A value that makes no sense is reported on standard error, and the \
         default is used; `amorsize doctor` finds it.\n\n{FILES}"
    );
    layout(&text, help_width())
}

const EXIT_CODES: &str = "\
Exit codes:
  0\tFine, also where there is nothing to show.
  1\tProblems were found, there is no such function, or something failed.
  2\tWrong use: an unknown option, a value that makes no sense, or nobody to ask whether a removal is meant.

";

const FILES: &str = "\
Files:
  The cache folder is the one of AMORSIZE_CACHE_DIR, or else amorsize/optimization_cache in $XDG_CACHE_HOME or \
~/.cache on Linux, in ~/Library/Caches on macOS, in the local application data on Windows.
    FINGERPRINT/ID.plans\tthe plans of one function, on one machine and of one kind of build
    FINGERPRINT/fingerprint\twhat that machine and build are
    FINGERPRINT/statistics\tcounts of hits, misses and time saved
    machines/*.machine\twhat asking the system about a machine gave
    lock\theld by whoever changes something
    CACHEDIR.TAG\thas programs that make backups pass it over
  It is for its owner alone. It may be removed at any time; programs make a new one.

JSON:
  With --json every command answers with one object on standard output, and if it fails with {\"error\": \"why\"}. \
`amorsize help json` says what the answers hold.

Examples:
  amorsize list\tWhat is remembered?
  amorsize show score\tWhy does `score` run as it does?
  amorsize stats --json | jq .saved_ns\tWhat has it brought?
  amorsize export plans && scp plans host:\tTake the plans elsewhere.
  amorsize doctor\tIs anything wrong here?";

pub(crate) const LIST: Help = Help {
    about: "\
Lists the functions that something is remembered of, by their paths.

A function has a line for each machine and kind of build whose plans are kept: \
`here` for this machine, or how its pool or limits were otherwise (`pool of 3`), \
else the first digits of the other machine's fingerprint, and `debug` where \
debug assertions were on.

The best plan is the one with the greatest gain over the plain loop, for any \
size of input. What was measured counts before what is only predicted, and \
predictions say so; a gain is measured if both the plan and the plain loop \
were. Plans that are too old do not count. Hits are the calls, over all runs, \
whose plan was known. Where the terminal has no room for them, ids and sizes \
are left out, or rows become cards.",
    rest: "\
Exit codes:
  0\tFine, also if nothing is remembered yet.
  1\tThe folder cannot be read.

JSON:
  cache_dir, functions, matching, places, unusable: see `amorsize help json`

Examples:
  amorsize list
  amorsize list text:: --sort gain --limit 10
  amorsize list --cache-dir /srv/shared/plans
  amorsize list --json | jq -r '.functions[] | select(.here) | .function'",
};

pub(crate) const SHOW: Help = Help {
    about: "\
Shows all plans of a function, and whether they are used here.

A function goes by its path (crate::text::score), the end of its path (score, \
text::score), its id, or the first digits of its id, four at least. If several \
match, all are shown.

There is a plan for each instantiation, key and size of input. Sizes are powers \
of two. Each plan says what to do while rayon's threads are awake and while \
they sleep, which differ as waking them takes time; what an item is expected to \
take then, and how many times as fast as the plain loop that is; and what it \
takes in the plain loop. Each of these says whether it was measured, and where \
only calls with a pool of the other kind were, that is said, too (`while awake`). \
Otherwise it is predicted, or estimated from what items took in other calls. \
`still learning` means that there are other plans worth a try.",
    rest: "\
A plan that is not used here says why:
  expired\tit was last measured too long ago: AMORSIZE_TTL. An attribute with a `ttl` of its own may say otherwise.
  fingerprint\tit belongs to another machine, or to this one with another pool or other limits; what differs is \
named. Builds count too: plans of debug builds serve debug builds. A `format` that differs: an earlier version of \
Amorsize kept it.
  clock\tit claims to be from the future
  bounds\tit asks for more threads than there are, or for nonsense

Exit codes:
  0\tFine.
  1\tNothing is remembered of such a function, or the folder cannot be read.

JSON:
  cache_dir, functions, places, as of `amorsize list`: see `amorsize help json`

A profile:
  A program that calls `f::on(..).profile()` measures that run chunk by chunk, and the last such run of a function is \
kept. With --profile it is shown: when each thread worked, what it waited for, and what the plain loop, the cost model and \
the plan that was learned would take. With --svg it is drawn, too. Of each thread it is said how long it was busy with \
items, how long it took to come once it was called (~), how long it was between chunks, and how long it was idle at the \
end, while others were still at work.

Examples:
  amorsize show score
  amorsize show my_crate::text::score
  amorsize show 64ffc906
  amorsize show score --profile --svg score.svg
  amorsize show score --json | jq '.functions[].plans[].awake.n_jobs'",
};

pub(crate) const STATS: Help = Help {
    about: "\
Shows hits, misses and time saved, over all runs of all programs and on all \
machines that share the folder.

A hit is a call whose plan was known, a miss one whose plan was not. Hits from \
disk are first calls of a process that used what an earlier one had learned. \
Errors are faults of the cache or of the configuration; they never stop a call. \
Time saved is what shared runs took less than the plain loop would have, by what \
is known of their items. A drift alarm is a plan that no longer agreed with what \
calls took. Finding a plan is timed in few hits, because that takes longer than \
most of them. The ten functions that saved most and the last seven days are shown, \
with --all all of them; JSON has all in any case. `on disk` is what the plans take, \
of the most that they may.

What the figures advise stands at the end, once there are enough calls.

`amorsize clear` leaves these numbers alone.",
    rest: "\
Exit codes:
  0\tFine, also if nothing was counted yet.
  1\tThe folder cannot be read.

JSON:
  cache_dir, since, until, processes, hit_rate_percent, rejected, functions, days, recommendations, disk_usage, \
max_size, and the counts hits, recalled, misses, errors, saved_ns and more: see `amorsize help json`

Examples:
  amorsize stats
  amorsize stats --json | jq '.hit_rate_percent'",
};

pub(crate) const CLEAR: Help = Help {
    about: "\
Removes the plans of a function, or all there are, of all machines and builds.

Asks before it does. Where nobody can be asked (standard input or standard \
error is no terminal, or --json is given) nothing is removed without --yes. A \
name that several functions end in is an error; the whole path is not.

Programs that are running keep what they know, and write what they learn.

With --redis the plans in the Redis are meant that AMORSIZE_REDIS_URL names, \
and not those in the folder. Keys of other programs are left alone; machines \
that have copied a plan to their disk keep it.",
    rest: "\
Exit codes:
  0\tRemoved, or nothing was there, or the answer was no.
  1\tThere is no such function, several are called that, or something failed.
  2\tNobody could be asked, and --yes was not given.

JSON:
  cache_dir, or with --redis: redis; removed (plans)

Examples:
  amorsize clear score
  amorsize clear --yes
  amorsize clear --redis score",
};

pub(crate) const PRUNE: Help = Help {
    about: "\
Removes the plans that were last measured too long ago, of all functions, \
machines and builds.

Without --ttl these are the plans that programs no longer believe: as long as \
their functions say (#[auto(ttl = \"30d\")]), or else AMORSIZE_TTL, or 7 days. \
Programs never use them, and replace them when they measure again, so there is \
no need to do this regularly. With --redis the plans in the Redis are meant that \
AMORSIZE_REDIS_URL names; it removes them by itself when their time is over.",
    rest: "\
Exit codes:
  0\tFine, also if there was nothing to remove.
  1\tThe folder cannot be changed.
  2\tThe time makes no sense.

JSON:
  cache_dir, or with --redis: redis; removed (plans)

Examples:
  amorsize prune
  amorsize prune --ttl 3d
  amorsize prune --ttl '1h 30m' --json",
};

pub(crate) const EXPORT: Help = Help {
    about: "\
Writes all plans to one file, of all machines and builds: to keep them, or to \
take them to where a program runs on machines of the same kind.

With --for only the plans of the functions that are named, which go by the same \
names as with `amorsize show`. The file appears whole or not at all. Statistics \
are not part of it.

A program can have the file embedded (amorsize::embed!), and so bring its plans \
along.",
    rest: "\
Exit codes:
  0\tFine, also if there was nothing to write.
  1\tThere is no such function, the folder cannot be read, or the file not be written.

JSON:
  cache_dir, file, plans (how many)

Examples:
  amorsize export plans.amorsize
  amorsize export src/plans.amorsize --for my_crate::text::score digest
  amorsize export /mnt/backup/plans-2026-01.amorsize",
};

pub(crate) const IMPORT: Help = Help {
    about: "\
Adds the plans of an export to the cache folder: all of them, or none if \
anything in it is wrong. Plans that are there already do not count as used by that.

Plans are used where machine and build are those that they were learned on; \
others are kept for the machines that share the folder. How many of the plans \
count on this machine is said. A file that is damaged, \
of a newer format, or holds what is out of bounds is refused whole, and nothing \
is ever written outside the cache folder.",
    rest: "\
Exit codes:
  0\tImported.
  1\tThe file cannot be read or is refused, or the folder cannot be changed.

JSON:
  cache_dir, file, added, replaced, skipped, here, elsewhere (plans)

Examples:
  amorsize import plans.amorsize
  amorsize import plans.amorsize --merge skip",
};

pub(crate) const CHECK: Help = Help {
    about: "\
Checks an export, as in a pull request that changes it: whether each of its \
functions has a plan for this machine, and with --baseline, whether any plan \
expects an item to take longer than that of another export, by more than the \
factor. The cache folder is not looked at.

Plans are compared if function, instantiation, key, size of input, machine and \
build are the same. Functions go by their paths, as their ids change with their \
code; of several versions the one that was measured last counts. What was \
measured is not compared with what is only predicted. How many plans of the \
baseline could not be compared is said, and why; that alone is no problem. A \
function that only the baseline has is one: check against a baseline without \
it if it was removed on purpose.

Run it on a machine of the kind that the plans are for.",
    rest: "\
Exit codes:
  0\tEach function has a plan for this machine, and none is slower.
  1\tSome have none, are only in the baseline, or are slower; or a file cannot be read.
  2\tThe factor makes no sense.

JSON:
  file, baseline, factor, functions, missing, slower, compared, not_compared, not_compared_why: see `amorsize help json`

Examples:
  amorsize check src/plans.amorsize --build release
  git show main:src/plans.amorsize > before.amorsize &&
    amorsize check src/plans.amorsize --baseline before.amorsize
  amorsize check new.amorsize --baseline old.amorsize --factor 1.5 --json",
};

pub(crate) const VERIFY: Help = Help {
    about: "\
Looks at every file of the cache folder and says what is wrong. Changes \
nothing.

Health is 100 where nothing is wrong. Damaged and unreadable files take away \
their share of all files, and each other kind of problem takes 10: rights of \
others, files that are not Amorsize's, files that a killed process left behind, \
more bytes than are allowed. Expired plans are no problem. Of many problems of \
one kind the first 20 are named; --limit says otherwise, and JSON names all \
without it.

Programs are safe from all of this: a plan that cannot be used is a miss.",
    rest: "\
Exit codes:
  0\tNothing is wrong, also if there is no folder yet.
  1\tProblems were found, or the folder cannot be looked at.

JSON:
  cache_dir, score, problems, found, files, plans, expired, bytes, disk_usage: see `amorsize help json`

Examples:
  amorsize verify
  amorsize verify --json | jq -e '.score >= 90'",
};

pub(crate) const REPAIR: Help = Help {
    about: "\
Repairs what `amorsize verify` finds; without --apply only says what it would do.

Damaged files and what a killed process left behind are removed, rights of \
others are taken away, and too large a folder loses its least recently used \
plans. Files that are not Amorsize's, and those that the system does not let it \
read, are left to you. What it could not repair is listed with the reason.",
    rest: "\
Exit codes:
  0\tNothing is wrong any more.
  1\tSomething is still wrong, or would be repaired if --apply were given.

JSON:
  cache_dir, applied, mended, left: see `amorsize help json`

Examples:
  amorsize repair
  amorsize repair --apply",
};

pub(crate) const DIR: Help = Help {
    about: "\
Prints the cache folder, whether it exists or not.",
    rest: "\
Exit codes:
  0\tFine.
  1\tThere is no home folder, and no other folder was named.

JSON:
  cache_dir, exists

Examples:
  amorsize dir
  du -sh \"$(amorsize dir)\"",
};

pub(crate) const DOCTOR: Help = Help {
    about: "\
Shows what plans depend on here: the machine, what of it a process may use, the \
size of rayon's pool, the cache folder and its rights, whether the Redis answers \
that plans are shared by, and the variables that are set, without passwords. \
Says what of it is wrong.

Run it where and as the program runs: in the same container, by the same user.

A fingerprint is made of the processor's model, the usable cores, the system, \
the size of the pool, and the build of the program: its opt-level, debug \
assertions and target features. Other cores and memory are only shown. Those of \
this machine for which there are plans are listed.",
    rest: "\
Exit codes:
  0\tNo problem was found.
  1\tProblems were found: a variable that makes no sense or that nothing looks at, a Redis that does not answer, a \
folder that cannot be written to, what `amorsize verify` finds, no room on the disk.

JSON:
  version, fingerprint, limits, known_here, known_elsewhere, known_otherwise, cache, redis, settings, environment, \
problems: see `amorsize help json`

Examples:
  amorsize doctor
  docker run --cpus 2 IMAGE amorsize doctor
  amorsize doctor --json | jq -r '.problems[]'",
};

pub(crate) const COMPLETIONS: Help = Help {
    about: "\
Prints a script that completes this command in a shell.",
    rest: "\
Exit codes:
  0\tFine.
  2\tThere is no script for such a shell.

JSON:
  shell, script

Examples:
  amorsize completions bash > ~/.local/share/bash-completion/completions/amorsize
  amorsize completions zsh > ~/.zfunc/_amorsize
  amorsize completions fish > ~/.config/fish/completions/amorsize.fish",
};

pub(crate) const HELP: Help = Help {
    about: "\
Says more about a command, as COMMAND --help does, or about what the answers in \
JSON hold.",
    rest: "\
Exit codes:
  0\tFine.
  2\tThere is no such command.

JSON:
  help (the text; of `amorsize help json` alone)

Examples:
  amorsize help
  amorsize help list
  amorsize help json",
};
