//! What `--help` says of the benchmark.

use crate::help::Help;

pub(crate) const BENCH: Help = Help {
    about: "\
Measures what the cache brings on this machine, and writes a report of it.

Four workloads (text, hashes, floats, and items that differ much) are called as \
programs would call them: first calls without the cache, first calls whose plan \
is on disk, or in the Redis of AMORSIZE_REDIS_URL, and the calls after one from \
disk, whose plan is in memory then. Each measurement is a process of its own; they take turns in random \
order, with a pause between two. A speed-up that the measurements do not show is \
called that.

The report says whether the tiers can be used, compares them, shows the current \
figures of your folder, and what these advise. Your plans are not touched: the \
workloads have folders of their own, and their plans in Redis are removed in the \
end, or expire by themselves if it is killed. Let nothing else run meanwhile, and no second \
benchmark with the same Redis.",
    rest: "\
Exit codes:
  0\tFine, also if there is no gain.
  1\tA tier cannot be used, or something failed.
  130\tIt was interrupted by Ctrl-C.

JSON:
  queries, workloads, averages, folder, recommendations and more: see `amorsize help json`. With --json a report is \
written only if --out says where.

Examples:
  amorsize bench
  amorsize bench --queries 100 --out -
  amorsize bench --json | jq '.workloads[] | {workload, s: .disk.speedup}'",
};
