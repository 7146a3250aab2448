//! The report as people read it.

use amorsize_store::insight::Severity;

use super::figures::{Average, Figures, OfWorkload, With};
use super::statistics::{ENOUGH, Times, Verdict};
use crate::output::STRONG;
use crate::table::{Cell, Column, Table, pairs};
use crate::words::{clean, counted, gain, line, moment, paragraph, percent, thousands, time, wrap};

impl Figures {
    /// All of it, in lines of at most `width` characters.
    pub(super) fn report(&self, width: usize) -> String {
        let mut out = line(STRONG, "Amorsize cache performance report") + "\n";
        out += &pairs(&self.surroundings(), width);
        if self.build == "debug" {
            out += "\n";
            out += &paragraph("This command was built for debugging: its figures say little.", width);
        }
        let parts = [
            ("Tiers", self.tiers(width)),
            ("First call of a process, without the cache and with its plan on disk", self.first_calls(width)),
            ("Averages", self.averages(width)),
            ("Memory, disk and Redis side by side", self.side_by_side(width)),
            ("Your folder now", self.folder(width)),
            ("Recommendations", self.recommendations(width)),
            ("Summary", self.summary(width)),
        ];
        for (title, text) in parts {
            let title: String = wrap(title, width).lines().map(|title| line(STRONG, title)).collect();
            out += &["\n", &title, &text].concat();
        }
        out
    }

    fn surroundings(&self) -> Vec<(&'static str, Cell)> {
        let machine = &self.fingerprint.machine;
        let cpu = if machine.cpu.is_empty() { "unknown" } else { &machine.cpu };
        let cores = counted(u64::from(machine.usable_cores), "usable core");
        let threads = counted(u64::from(self.fingerprint.pool), "thread");
        let how = format!(
            "{} of each kind, a process each, in random order, {} apart",
            counted(self.queries as u64, "measurement"),
            time(self.pause_ns as f64)
        );
        vec![
            ("made", Cell::new(moment(self.taken.saturating_mul(1_000_000)))),
            ("amorsize", Cell::new(format!("{}, {} build", self.version, self.build))),
            ("machine", Cell::new(format!("{cpu}, {cores}, {}, {}", machine.os, machine.arch))),
            ("pool", Cell::new(threads)),
            ("measured", Cell::new(how)),
        ]
    }

    fn tiers(&self, width: usize) -> String {
        let cache = &self.cache;
        let disk = match &cache.dir {
            None => "there is no folder".to_owned(),
            Some(dir) => {
                let state = if cache.exists { "is there" } else { "is not there yet" };
                let rights = if cache.writable { "can be written to" } else { "CANNOT be written to" };
                format!("{dir} {state} and {rights}")
            }
        };
        let redis = match &self.redis {
            None => "none is named (AMORSIZE_REDIS_URL), so none was measured".to_owned(),
            Some(redis) => match redis.ping_ns {
                Some(ping) => format!("{} answers in {}", redis.url, time(ping as f64)),
                None => format!("{} DOES NOT ANSWER, so it was not measured", redis.url),
            },
        };
        let rows = [("memory", Cell::new("of each process")), ("disk", Cell::new(disk)), ("Redis", Cell::new(redis))];
        let problems = self.problems.iter().map(|problem| paragraph(&format!("  {}", clean(problem)), width));
        pairs(&rows, width) + &problems.collect::<String>()
    }

    fn first_calls(&self, width: usize) -> String {
        let numbers = ["first call", "+-", "cached call", "+- ", "speed-up", "95% range"];
        let numbers = numbers.map(|head| (head, Column::Number));
        let mut table = Table::new([("workload", Column::Whole)].into_iter().chain(numbers));
        for it in &self.workloads {
            let (before, after) = (&it.without_cache, &it.disk.times);
            let (ratio, range) = it.disk.speedup.as_ref().map_or_else(
                || ("-".into(), "-".into()),
                |speedup| {
                    let range = speedup.low.zip(speedup.high).map(|(low, high)| format!("{low:.2}-{high:.2}"));
                    (gain(speedup.ratio), range.unwrap_or_else(|| "-".into()))
                },
            );
            let times = [before, after]
                .map(|times| [time(times.median_ns), times.std_dev_ns.map_or_else(|| "-".into(), time)])
                .concat();
            table.row([it.workload.to_owned()].into_iter().chain(times).chain([ratio, range]).map(Cell::new));
        }
        let verdicts = verdicts(&self.workloads, |it| Some(&it.disk));
        let what = self.workloads.iter().map(|it| {
            let items = thousands(it.items as u64);
            paragraph(&format!("  {}: {items} x {}", it.workload, it.what), width)
        });
        let how = "Times are medians, +- is the standard deviation. The range is where 95 of 100 such measurements would put \
                   the speed-up; if it holds 1, no difference was shown.";
        [table.text(width), "\n".into(), paragraph(&verdicts, width), paragraph(how, width), what.collect()].concat()
    }

    fn averages(&self, width: usize) -> String {
        let mean = |average: &Average| {
            let [speedup, least, greatest] =
                [average.speedup, average.speedup_least, average.speedup_greatest].map(gain);
            format!("{}: {speedup} ({least} to {greatest})", time(average.mean_ns))
        };
        let all = &self.averages;
        let mut rows = vec![
            ("plain loop", Cell::new(time(all.plain_loop_ns))),
            ("first call, no cache", Cell::new(time(all.without_cache_ns))),
            ("first call, disk", Cell::new(mean(&all.disk))),
        ];
        rows.extend(all.from_redis.as_ref().map(|redis| ("first call, Redis", Cell::new(mean(redis)))));
        rows.push(("later calls, memory", Cell::new(mean(&all.memory))));
        let how = "Means over the workloads; geometric means of their speed-ups over the first call without the cache, and \
                   in brackets the least and the greatest of them.";
        pairs(&rows, width) + &paragraph(how, width)
    }

    fn side_by_side(&self, width: usize) -> String {
        let heads = ["plain loop", "no cache", "memory", "disk", "Redis"];
        let heads = &heads[..if self.averages.from_redis.is_some() { 5 } else { 4 }];
        let heads = heads.iter().map(|head| (*head, Column::Number));
        let mut table = Table::new([("workload", Column::Whole)].into_iter().chain(heads));
        for it in &self.workloads {
            let cell = |with: &With| {
                let speedup = with.speedup.as_ref().map_or_else(|| "-".into(), |speedup| gain(speedup.ratio));
                format!("{}\n{speedup}", time(with.times.median_ns))
            };
            let median = |times: &Times| time(times.median_ns);
            let cells = [
                it.workload.to_owned(),
                median(&it.plain_loop),
                median(&it.without_cache),
                cell(&it.memory),
                cell(&it.disk),
            ];
            table.row(cells.into_iter().chain(it.from_redis.as_ref().map(cell)).map(Cell::new));
        }
        let found = |average: &Average| {
            let (found, of) = (average.found as u64, average.processes as u64);
            format!("in {} of {} ({})", thousands(found), counted(of, "process"), percent(found, of))
        };
        let took = |nanos: Option<f64>| nanos.map_or_else(String::new, |nanos| format!(", asked for {}", time(nanos)));
        let mut rows = vec![
            ("memory", Cell::new("always: no call asks for it")),
            ("disk", Cell::new(found(&self.averages.disk) + &took(self.look_ups.disk_ns))),
        ];
        rows.extend(
            self.averages
                .from_redis
                .as_ref()
                .map(|redis| ("Redis", Cell::new(found(redis) + &took(self.look_ups.redis_ns)))),
        );
        let how = "Disk and Redis are first calls of a process, memory the calls after one with its plan on disk: their \
                   threads are awake already, which is a part of the gain. Redis is what a machine with an empty disk begins with. \
                   A call that finds none learns afresh, and counts all the same. Plans were found:";
        [table.text(width), "\n".into(), paragraph(how, width), pairs(&rows, width)].concat()
    }

    fn folder(&self, width: usize) -> String {
        let Some(folder) = &self.folder else { return paragraph("There is none.", width) };
        let counts = &folder.counts;
        if let Some(fault) = folder.faults.first() {
            return paragraph(&clean(fault), width);
        }
        let plans = folder.tiers.iter().find(|tier| tier.tier == "disk").and_then(|tier| tier.entries);
        let functions = counted(folder.functions as u64, "function");
        let mut rows = vec![
            ("folder", Cell::new(&folder.cache_dir)),
            ("in it", Cell::new(format!("{functions}, {} for this machine", counted(plans.unwrap_or(0), "plan")))),
        ];
        if counts.requests() == 0 {
            rows.push(("calls", Cell::new("none was counted yet")));
        } else {
            let hits = percent(counts.hits, counts.requests());
            rows.push(("calls", Cell::new(format!("{}, {hits} of them hits", thousands(counts.requests())))));
            rows.push(("from disk or Redis", Cell::new(thousands(counts.recalled))));
            rows.push(("errors", Cell::new(thousands(counts.errors))));
            rows.push(("time saved", Cell::new(time(counts.saved_ns as f64))));
        }
        pairs(&rows, width)
    }

    fn recommendations(&self, width: usize) -> String {
        let all = self.recommendations.iter().filter(|it| it.severity > Severity::Fine);
        let text: String = all
            .map(|it| {
                let about = it.function.as_ref().map_or_else(String::new, |function| format!("{}: ", clean(function)));
                paragraph(&format!("  {about}{}", clean(&it.text)), width)
            })
            .collect();
        let none = "The figures of your folder give no reason to change anything.";
        if text.is_empty() { paragraph(none, width) } else { text }
    }

    /// What was measured, in a few sentences.
    pub(super) fn summary(&self, width: usize) -> String {
        let all = &self.averages;
        let tier = |name: &str, average: &Average, with: fn(&OfWorkload) -> Option<&With>| {
            let speedup = gain(average.speedup);
            let head = format!("{name}: {speedup} the speed of a first call without a cache, on average. ");
            paragraph(&(head + &verdicts(&self.workloads, with)), width)
        };
        let mut out = tier("Plan on disk", &all.disk, |it| Some(&it.disk));
        if let Some(redis) = &all.from_redis {
            out += &tier("Plan in Redis", redis, |it| it.from_redis.as_ref());
        }
        out += &tier("Plan in memory", &all.memory, |it| Some(&it.memory));
        let loops = all.plain_loop_ns / all.memory.mean_ns.max(1.0);
        let tuned = format!(
            "Later calls take {}, the plain loop {}: {}.",
            time(all.memory.mean_ns),
            time(all.plain_loop_ns),
            gain(loops)
        );
        out + &paragraph(&tuned, width)
    }
}

/// Which workloads became faster, and for which nothing of the kind was shown.
fn verdicts(workloads: &[OfWorkload], with: fn(&OfWorkload) -> Option<&With>) -> String {
    let few = format!("Fewer than {ENOUGH} measurements show nothing");
    let kinds = [
        (Verdict::Faster, "Faster"),
        (Verdict::Slower, "Slower"),
        (Verdict::NoDifference, "No difference was shown"),
        (Verdict::TooFew, &few),
    ];
    let mut said = Vec::new();
    for (kind, words) in kinds {
        let is_so = |it: &&OfWorkload| {
            with(it).and_then(|with| with.speedup.as_ref()).is_some_and(|speedup| speedup.verdict == kind)
        };
        let names: Vec<&str> = workloads.iter().filter(is_so).map(|it| it.workload).collect();
        if !names.is_empty() {
            said.push(format!("{words}: {}.", names.join(", ")));
        }
    }
    said.join(" ")
}
