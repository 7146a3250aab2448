//! The command `amorsize`: what programs with `#[amorsize::auto]` functions have learned and keep on disk, to be looked
//! at and looked after.

#![forbid(unsafe_code)]

mod answer;
mod args;
#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "bench")]
mod bench_help;
mod check;
mod doctor;
mod failure;
mod figures;
#[cfg(any(feature = "bench", feature = "dashboard"))]
mod folder;
mod gains;
mod health;
mod help;
mod limits;
mod list;
#[cfg(feature = "dashboard")]
mod live_help;
mod manage;
mod output;
mod profile;
mod schema;
#[cfg(feature = "dashboard")]
mod serve;
mod shared;
mod show;
mod stats;
mod table;
#[cfg(feature = "dashboard")]
mod top;
mod tried;
mod words;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use amorsize_store::config::{NO_FOLDER, config};
use amorsize_store::store::Store;
use clap::{CommandFactory, FromArgMatches};

use crate::args::{Args, Command};
use crate::check::Wanted;
use crate::failure::Failure;
use crate::output::{Color, Output};

fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().collect();
    let mut command = Args::command().after_long_help(help::program()).term_width(output::help_width());
    let args = match command.try_get_matches_from_mut(&words).and_then(|matches| Args::from_arg_matches(&matches)) {
        Ok(args) => args,
        Err(error) => return misunderstood(&words, &error),
    };
    if let Command::Help { topic } = &args.command
        && topic.as_deref() != Some("json")
    {
        return say_help(command, topic.as_deref(), args.options.color);
    }
    let mut output = Output::new(args.options.json, args.options.color);
    match answer(&args, &mut output) {
        Ok(code) => code,
        Err(failure) => output.fail(&failure),
    }
}

fn answer(args: &Args, output: &mut Output) -> Result<ExitCode, Failure> {
    match &args.command {
        Command::List { pattern, sort, limit } => {
            output.say(&list::list(&store(args)?, pattern.as_deref(), *sort, *limit)?)
        }
        Command::Show { function, profile: true, svg } => {
            output.say(&profile::profile(&store(args)?, function, svg.as_deref())?)
        }
        Command::Show { function, .. } => output.say(&show::show(&store(args)?, function)?),
        Command::Stats { all } => output.say(&stats::stats(&store(args)?, *all)?),
        Command::Clear { function, yes, redis } => {
            let asks = !args.options.json && output::is_attended();
            if *redis {
                manage::check_environment()?;
                return output.say(&shared::clear(function.as_deref(), *yes, asks)?);
            }
            output.say(&manage::clear(&store(args)?, function.as_deref(), *yes, asks)?)
        }
        Command::Prune { ttl, redis } => {
            if ttl.is_none() || *redis {
                manage::check_environment()?;
            }
            if *redis {
                return output.say(&shared::prune(*ttl)?);
            }
            output.say(&manage::prune(&store(args)?, *ttl)?)
        }
        Command::Export { file, functions } => output.say(&manage::export(&store(args)?, file, functions)?),
        Command::Check { file, baseline, factor, build } => {
            let wanted = Wanted { baseline: baseline.as_deref(), factor: *factor, build: *build };
            output.say(&check::check(file, wanted)?)
        }
        Command::Import { file, merge } => output.say(&manage::import(&store(args)?, file, (*merge).into())?),
        Command::Verify { limit } => output.say(&health::verify(&store(args)?, *limit, args.options.json)?),
        Command::Repair { apply: false } => output.say(&health::preview_repair(&store(args)?)?),
        Command::Repair { apply: true } => output.say(&health::repair(&store(args)?)?),
        #[cfg(feature = "dashboard")]
        Command::Serve { listen, token_file, allow_host } => {
            match serve::serve(store(args)?, listen, token_file.as_deref(), allow_host, output)? {}
        }
        #[cfg(feature = "dashboard")]
        Command::Top { address, once } => top::top(|| store(args), address.as_deref(), *once, output),
        #[cfg(feature = "bench")]
        Command::Bench { measure: Some(words), .. } => bench::measure(words, output),
        #[cfg(feature = "bench")]
        Command::Bench { queries, out, measure: None } => {
            let is_named = args.options.cache_dir.is_some();
            let wanted =
                bench::Wanted { queries: (*queries).into(), out: out.as_deref(), json: args.options.json, is_named };
            bench::bench(folder(args), &wanted, output)
        }
        Command::Dir => output.say(&manage::dir(&store(args)?)),
        Command::Doctor => output.say(&doctor::doctor(folder(args), args.options.cache_dir.is_some())),
        Command::Completions { shell } => output.say(&manage::completions(*shell, Args::command())),
        Command::Help { .. } => output.say(&schema::Schema::default()),
    }
}

/// The cache folder: as asked for, or as configured.
fn folder(args: &Args) -> Option<PathBuf> {
    let folder = args.options.cache_dir.clone().or_else(|| config().folder())?;
    (!folder.as_os_str().is_empty()).then(|| std::path::absolute(&folder).unwrap_or(folder))
}

fn store(args: &Args) -> Result<Store, Failure> {
    let folder = folder(args);
    let open = |folder| Store::open(folder).on_wait(output::say_that_we_wait);
    folder.map(open).ok_or_else(|| Failure::new(format!("{NO_FOLDER}, or say --cache-dir DIR")))
}

/// What `--help` says, of the program or of one of its commands.
fn say_help(mut command: clap::Command, topic: Option<&str>, color: Color) -> ExitCode {
    let words = ["amorsize"].into_iter().chain(topic).chain(["--help"]);
    if let Err(help) = command.try_get_matches_from_mut(words) {
        output::say_plainly(&help, color);
    }
    ExitCode::SUCCESS
}

/// Help and the version, or what is wrong with the command line.
fn misunderstood(words: &[OsString], error: &clap::Error) -> ExitCode {
    if error.use_stderr() && before_the_rest(words).any(|word| word == "--json") {
        let message = error.render().to_string();
        let message = message.strip_prefix("error: ").unwrap_or(&message).trim_end();
        return Output::new(true, Color::Never).fail(&Failure::wrong_use(message));
    }
    output::say_plainly(error, asked_color(words));
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// What `--color` says, for the messages that come before the command line is understood.
fn asked_color(words: &[OsString]) -> Color {
    let mut words = before_the_rest(words).filter_map(|word| word.to_str());
    let mut asked = Color::Auto;
    while let Some(word) = words.next() {
        let value = if word == "--color" { words.next() } else { word.strip_prefix("--color=") };
        match value {
            Some("always") => asked = Color::Always,
            Some("never") => asked = Color::Never,
            _ => {}
        }
    }
    asked
}

/// The words that may be options.
fn before_the_rest(words: &[OsString]) -> impl Iterator<Item = &OsString> {
    words.iter().skip(1).take_while(|word| *word != "--")
}
