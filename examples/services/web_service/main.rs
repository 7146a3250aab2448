//! A web service that searches texts: its handler maps an annotated function, and the dashboard is one of its pages.
//!
//! ```sh
//! cargo run --release --example web_service [--seconds N] [--listen ADDRESS] [--stay]
//! ```
//!
//! It asks itself, so that one sees the figures move: open the page that it names. In the end it says what it has seen.

#![forbid(unsafe_code)]

mod index;
mod load;
mod service;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use amorsize_examples::counts::counts;
use amorsize_examples::program::{Arguments, Failure, run, unknown, warn_of_debug};
use amorsize_examples::show::{counted, thousands, time};
use amorsize_examples_services::Interrupt;

use index::{Document, Query, made_up, query, score};
use load::{Load, Seen};
use service::Service;

const USAGE: &str = "\
Usage: cargo run --release --example web_service [OPTION ..]

Serves searches in made-up texts (GET /search/WORDS), and a page that shows what
Amorsize measures of them (GET /amorsize/). Some clients of its own keep it busy.

  --seconds N        for how long, 1 to 86400 (10)
  --listen ADDRESS   where it listens (127.0.0.1:0: any free port)
  --stay             goes on without its own clients after that, until Ctrl-C
  --texts N          how many there are, 64 to 1000000 (4096)
  --clients N        how many ask at once, 1 to 64 (2)

Exit code: 0 if all went well, 1 if requests failed, 2 if it could not be started.";

struct Choices {
    seconds: u64,
    listen: String,
    stay: bool,
    texts: u32,
    clients: usize,
}

fn main() -> ExitCode {
    run("web_service", USAGE, |arguments| web_service(&choices(arguments)?))
}

fn choices(mut arguments: Arguments) -> Result<Choices, Failure> {
    let mut choices = Choices { seconds: 10, listen: "127.0.0.1:0".into(), stay: false, texts: 4096, clients: 2 };
    while let Some(word) = arguments.word()? {
        match word.to_str() {
            Some("--seconds") => choices.seconds = arguments.number("--seconds", 1..=86_400)?,
            Some("--listen") => choices.listen = arguments.text("--listen")?,
            Some("--stay") => choices.stay = true,
            Some("--texts") => choices.texts = arguments.number("--texts", 64..=1_000_000)?,
            Some("--clients") => choices.clients = arguments.number("--clients", 1..=64)?,
            _ => return Err(unknown(&word)),
        }
    }
    Ok(choices)
}

fn web_service(choices: &Choices) -> Result<(), Failure> {
    let mut out = io::stdout();
    let interrupt =
        Interrupt::listen().map_err(|error| Failure::Missing(format!("Ctrl-C cannot be waited for: {error}")))?;
    let documents = Arc::new(made_up(choices.texts));
    let service = Service::start(&choices.listen, Arc::clone(&documents))
        .map_err(|error| Failure::Missing(format!("{} cannot be listened at: {error}", choices.listen)))?;
    warn_of_debug(&mut out)?;
    writeln!(
        out,
        "{} can be searched: http://{}/search/silver-river",
        counted(choices.texts.into(), "text"),
        service.addr
    )?;
    writeln!(out, "The dashboard: http://{}/amorsize/", service.addr)?;

    let load = Load::start(service.addr, choices.clients);
    let interrupted = watch(choices.seconds, &load, &interrupt, &mut out);
    let seen = load.end();
    let interrupted = interrupted?;
    summary(&seen, &documents, &mut out)?;
    if choices.stay && !interrupted {
        writeln!(out, "\nIt goes on until Ctrl-C.")?;
        out.flush()?;
        while !interrupt.within(Duration::from_secs(3600)) {}
    }
    service.end().map_err(|error| Failure::Wrong(format!("the service ended: {error}")))?;
    if seen.failed > 0 {
        return Err(Failure::Wrong(format!("{} failed", counted(seen.failed, "request"))));
    }
    Ok(())
}

/// Says every second how it goes. Returns whether that was interrupted.
fn watch(seconds: u64, load: &Load, interrupt: &Interrupt, out: &mut impl Write) -> io::Result<bool> {
    let (began, mut before) = (Instant::now(), 0);
    for second in 1..=seconds {
        let next = Duration::from_secs(second);
        if interrupt.within(next.saturating_sub(began.elapsed())) {
            return Ok(true);
        }
        let seen = load.seen();
        let stats = amorsize::stats();
        let median = time(percentile(&seen.times[before..], 50));
        let (searches, saved) = (seen.times.len() - before, Duration::from_nanos(stats.saved_ns.max(0).unsigned_abs()));
        before = seen.times.len();
        writeln!(
            out,
            "{second:>4} s  {searches:>5} searches  {median:>8} median  {:>6} hits  {:>8} saved",
            thousands(stats.hits),
            time(saved)
        )?;
        out.flush()?;
    }
    Ok(false)
}

/// What was seen, and what Amorsize decided for queries of each length. Nobody else searches now, so the times of a plain
/// loop and of a tuned call can be compared.
fn summary(seen: &Seen, documents: &[Document], out: &mut impl Write) -> io::Result<()> {
    let Seen { times, failed } = seen;
    writeln!(out)?;
    writeln!(
        out,
        "{}, {failed} failed: median {}, 99% within {}.",
        counted(times.len() as u64, "answer"),
        time(percentile(times, 50)),
        time(percentile(times, 99)),
    )?;
    for words in 0..4 {
        let query = Query::new(&query(words));
        let plan = score::on(documents, &query).plan();
        writeln!(out, "{}: {plan}", counted(words as u64 + 1, "word"))?;
    }
    let query = Query::new(&query(3));
    let timed = |work: &dyn Fn() -> f64| {
        let mut times = Vec::new();
        for _ in 0..15 {
            let began = Instant::now();
            std::hint::black_box(work());
            times.push(began.elapsed());
        }
        percentile(&times, 50)
    };
    let plain = timed(&|| documents.iter().map(|document| score(document, &query)).sum());
    let tuned = timed(&|| score::on(documents, &query).sum());
    let gain = plain.as_secs_f64() / tuned.as_secs_f64().max(1e-9);
    writeln!(out, "4 words, nobody else asking: {} plain loop, {} tuned, {gain:.2}x.", time(plain), time(tuned))?;
    writeln!(out, "Amorsize's cache: {}.", counts(&amorsize::stats()))?;
    out.flush()
}

/// The time within which so many of a hundred are; 0 if there are none.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}
