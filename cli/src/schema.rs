//! `amorsize help json`: what the answers in JSON hold. One thing has one form, in whatever answer it stands.

use serde::Serialize;

use crate::answer::Answer;
use crate::output::{WIDEST_HELP, WIDTH};
use crate::words::layout;

/// What the answers in JSON hold.
#[derive(Debug, Serialize)]
pub(crate) struct Schema {
    help: String,
}

impl Default for Schema {
    fn default() -> Self {
        Self { help: layout(TEXT, WIDTH) }
    }
}

impl Answer for Schema {
    fn text(&self, width: usize) -> String {
        layout(TEXT, width.min(WIDEST_HELP))
    }
}

/// As [`layout`] expects it.
const TEXT: &str = "\
With --json every command answers with one object on standard output, also where problems were found. Fields may be \
added, none is renamed. If a command fails, the object is {\"error\": \"why\"}.

Times of day are seconds since 1970. `age` and `ttl` are in seconds, `bytes`, `disk_usage`, `max_size`, `memory` and \
`free_bytes` in bytes, names that end in _ns in nanoseconds. Ids are 16 hexadecimal digits. [T] is a list of such \
objects, and T? may be null.

Answers:
  list\tcache_dir, functions: [function], matching (without --limit), places: [place], unusable (files of plans that \
are damaged or cannot be read)
  show\tcache_dir, functions: [function], places: [place]
  show --profile\tcache_dir, profile, svg? (the file)
  stats\tcache_dir, since, until, processes, all of counts, hit_rate_percent? (null without calls), rejected: \
{reason: count}, functions: [{function (its path), id, all of counts}], days: [{day (days since 1970-01-01, UTC), \
counts}], disk_usage, max_size, recommendations: [recommendation]
  clear\tcache_dir, removed (plans); with --redis: redis (its URL without passwords), removed
  prune\tcache_dir, removed (plans); with --redis: redis, removed
  export\tcache_dir, file, plans (how many)
  import\tcache_dir, file, added, replaced, skipped, here (those that count on this machine), elsewhere (plans)
  check\tfile, baseline?, factor, functions (how many), missing: [{function, elsewhere (machines and builds that it \
has plans for), gone (it is only in the baseline)}], slower: [slower], compared and not_compared (plans of the \
baseline), not_compared_why: {no_counterpart, elsewhere (of other machines or builds), measured_in_one (and predicted \
in the other)} (plans)
  verify\tcache_dir, all of health, found: {trouble: count}
  repair\tcache_dir, applied, mended: [problem], left: [problem]
  serve\tcache_dir, url, writable (whether a token is set)
  top\tsource (folder or URL), hits, misses, saved_ns, functions: [live]
  bench\tversion, build, taken (when), queries, pause_ns, fingerprint, cache and redis? as in doctor, workloads: \
[workload], averages: {plain_loop_ns, without_cache_ns, memory: average, disk: average, from_redis?: average}, \
look_ups: {disk_ns?, redis_ns?} (what asking for a plan takes), folder?: {cache_dir, functions (how many), all of \
counts in counts, hit_rate_percent?, tiers: [tier], faults: [\"..\"]}, recommendations: [recommendation], problems: \
[\"..\"], report? (the file)
  dir\tcache_dir, exists
  doctor\tversion, fingerprint: {machine, pool, pool_is_set}, limits: {affinity?, cpu_quota?, memory?}, known_here: \
[place], known_elsewhere (other fingerprints), known_otherwise (of these, the ones of this machine with another pool \
or other limits), cache: {dir?, source, exists, mode?, writable, free_bytes?, health?}, redis?: {url, ping_ns?}, \
settings: {enabled, cache, ttl, max_size, learn}, environment: [{name, value, what}], problems: [\"..\"]
  completions\tshell, script
  help json\thelp (this text)

Things:
  function\tfunction (its path), id, fingerprint (id of its place), here, bytes, used, hits, plans: [plan]
  plan\tinstantiation?, key?, blocking (whether it is for that option), items: [first, last], size, time, serial_ns \
(an item in the plain loop), serial_basis: basis, blocking_share? (the part of it that an item waits), awake: schedule, \
asleep: schedule, tried: [tried], pool (threads), samples, measured (when), age, ttl, expired, rejected? (why it is not used here: \
expired, clock, fingerprint, bounds)
  tried\tn_jobs (1: the plain loop), awake?, asleep?: {ns (an item), calls}
  slower\tfunction, id, instantiation?, key?, items: [first, last], awake (or asleep: the pool), expected_ns (an \
item), baseline_ns, ratio
  schedule\tn_jobs, chunksize, settled, expected_ns (an item), basis, gain (serial_ns by expected_ns), gain_basis: \
basis
  basis\t\"measured\"; \"measured_at_other\": while the pool was awake instead of asleep, or asleep instead of \
awake; \"predicted\": by the cost model, from what items took in other calls. A gain is measured only if the plain \
loop was, too.
  place\tid, fingerprint?: {machine, pool, build}, build? (in words), same_machine, differences: [{part, there, \
here}], functions (how many)
  machine\tcpu, physical_cores, logical_cores, usable_cores, memory_log2, os, arch
  counts\thits, recalled (hits whose plan came from disk or Redis), misses, errors, shared (calls that threads shared), \
drift_alarms, serial_ns (what shared calls would have taken as plain loops, by what is known of their items), wall_ns \
(what they took), saved_ns, timed_hits, hit_ns (what finding the plan took in those), timed_misses, miss_ns (what \
choosing one took in those)
  recommendation\tfunction? (null: all of them), kind (hit_rate, over_caching, no_gain, waiting, evictions, expires_too_soon, \
expires_too_late, tier_down, slow_tier), severity (fine, watch, act), text
  workload\tworkload (its name), what, items, plain_loop: times, without_cache: times (first calls), disk: with \
(first calls), memory: with (the calls after these), from_redis?: with (first calls)
  times\tmeasurements, median_ns, mean_ns, std_dev_ns?
  with\tall of times, found (measurements whose plan was found there), speedup?: {ratio (of the medians: \
without_cache by this), low?, high? (where 95 of 100 would be), verdict (faster, slower, no_difference, too_few)}
  average\tover the workloads: mean_ns, speedup (geometric mean), speedup_least, speedup_greatest, found, processes
  tier\ttier (memory, embedded, disk, redis), state (active, connected, disconnected, disabled), hits, misses, \
errors, lookups, latency_ns, evictions, entries?, bytes?, fault?
  live\tfunction (its path), hits, misses, saved_ns, drift_alarms, best?: {n_jobs, chunksize, gain, gain_basis} \
(null if nothing is better than the plain loop)
  health\tscore, problems: [problem], files, plans, expired, bytes, disk_usage
  problem\tpath, trouble (damaged, unreadable, rights, owner, hard_link, foreign, abandoned, oversized), what, cure, \
not_repaired? (why a repair did not help)

Examples:
  amorsize list --json | jq -r '.functions[] | select(.here) | .function'
  amorsize show score --json | jq '.functions[].plans[].awake.n_jobs'
  amorsize stats --json | jq '.hit_rate_percent'
  amorsize verify --json | jq -e '.score >= 90'
";
