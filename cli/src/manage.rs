//! What changes the cache folder or takes from it: `clear`, `prune`, `export`, `import`; and what only names things:
//! `dir`, `completions`.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use amorsize_store::config::Config;
use amorsize_store::error::Error;
use amorsize_store::portable::{Imported, Merge};
use amorsize_store::store::Store;
use amorsize_store::view::functions::Function;
use amorsize_store::view::settings::settings;
use clap_complete::Shell;
use serde::{Serialize, Serializer};

use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::{nothing_yet, paths};
use crate::output::confirm;
use crate::show::matching;
use crate::words::{clean, counted, duration, paragraph, thousands};

/// What was removed.
#[derive(Debug, Serialize)]
pub(crate) struct Removal {
    cache_dir: String,
    removed: usize,
    #[serde(skip)]
    text: String,
}

impl Answer for Removal {
    fn text(&self, width: usize) -> String {
        paragraph(&self.text, width)
    }
}

/// Removes the plans of a function, or all there are, if someone says that this is meant.
pub(crate) fn clear(store: &Store, function: Option<&str>, yes: bool, asks: bool) -> Result<Removal, Failure> {
    let removed = |removed, text| Removal { cache_dir: store.path().display().to_string(), removed, text };
    let functions = match function {
        Some(name) => one_path(matching(store, name)?.functions)?,
        None => store.functions()?,
    };
    let plans: usize = functions.iter().map(|function| function.plans.len()).sum();
    if plans == 0 {
        return Ok(removed(0, nothing_yet(store.path())));
    }
    let what = match function {
        Some(_) => format!("{} of {}", counted(plans as u64, "plan"), clean(&functions[0].function)),
        None => format!(
            "all {} of {} in {}",
            counted(plans as u64, "plan"),
            counted(paths(&functions).len() as u64, "function"),
            store.path().display()
        ),
    };
    if !is_meant(&what, yes, asks)? {
        return Ok(removed(0, NOTHING_REMOVED.into()));
    }
    let count = match function {
        Some(_) => functions
            .iter()
            .map(|it| &it.id)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .try_fold(0, |sum, id| Ok::<_, Error>(sum + store.clear(Some(&id.to_string()))?))?,
        None => store.clear(None)?,
    };
    Ok(removed(count, format!("{} removed. The next calls measure afresh.", counted(count as u64, "plan"))))
}

/// What is said where the answer was no.
pub(crate) const NOTHING_REMOVED: &str = "Nothing was removed.";

/// Whether somebody says that `what` is to be removed.
///
/// # Errors
/// If nobody can be asked.
pub(crate) fn is_meant(what: &str, yes: bool, asks: bool) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !asks {
        return Err(Failure::wrong_use(format!("this would remove {what}: say --yes if that is meant")));
    }
    confirm(&format!("Remove {what}?"))
        .map_err(|error| Failure::new(format!("cannot ask whether that is meant: {error}")))
}

/// Refuses a name that several functions have, so that the wrong one is not removed.
fn one_path(functions: Vec<Function>) -> Result<Vec<Function>, Failure> {
    let paths = paths(&functions);
    if paths.len() > 1 {
        let paths: Vec<_> = paths.into_iter().map(clean).collect();
        return Err(Failure::new(format!("several functions are called that, name one of them: {}", paths.join(", "))));
    }
    Ok(functions)
}

/// Refuses an environment with mistakes, so that no plans are removed because of a wrong TTL.
///
/// To be called before the settings are first used. Otherwise each mistake is printed twice, once as a warning.
///
/// # Errors
/// If there is a mistake in the environment.
pub(crate) fn check_environment() -> Result<(), Failure> {
    Config::from_env().map(drop).map_err(|error| Failure::wrong_use(error.to_string()))
}

/// Removes the plans that were last measured longer ago than `asked`, or without it, longer ago than their TTL.
///
/// # Errors
/// If the folder cannot be changed.
pub(crate) fn prune(store: &Store, asked: Option<Duration>) -> Result<Removal, Failure> {
    let (count, age) = if let Some(ttl) = asked {
        (store.prune(ttl)?, format!("more than {} ago", duration(ttl.as_secs())))
    } else {
        let ttl = duration(settings().ttl);
        (store.prune_expired()?, format!("more than {ttl} ago, or longer ago than its function says"))
    };
    let text = match count {
        0 => format!("No plan was last measured {age}."),
        _ => format!("{} removed, last measured {age}.", counted(count as u64, "plan")),
    };
    Ok(Removal { cache_dir: store.path().display().to_string(), removed: count, text })
}

/// What was exported.
#[derive(Debug, Serialize)]
pub(crate) struct Exported {
    cache_dir: String,
    file: String,
    plans: usize,
}

/// Exports the plans of these functions; of all, if none is named.
///
/// # Errors
/// If there is no such function, the folder cannot be read or the file not be written.
pub(crate) fn export(store: &Store, file: &Path, functions: &[String]) -> Result<Exported, Failure> {
    let mut wanted = BTreeSet::new();
    for name in functions {
        wanted.extend(matching(store, name)?.functions.into_iter().map(|function| function.id));
    }
    let plans = store.export_of(file, |id, _| functions.is_empty() || wanted.contains(&id))?;
    Ok(Exported { cache_dir: store.path().display().to_string(), file: file.display().to_string(), plans })
}

impl Answer for Exported {
    fn text(&self, width: usize) -> String {
        let text = match self.plans {
            0 => format!("{} The export in {} is empty.", nothing_yet(Path::new(&self.cache_dir)), self.file),
            plans => format!("{} written to {}.", counted(plans as u64, "plan"), self.file),
        };
        paragraph(&text, width)
    }
}

/// What was imported.
#[derive(Debug, Serialize)]
pub(crate) struct Added {
    cache_dir: String,
    file: String,
    #[serde(flatten)]
    imported: Imported,
}

pub(crate) fn import(store: &Store, file: &Path, merge: Merge) -> Result<Added, Failure> {
    let imported = store.import(file, merge)?;
    Ok(Added { cache_dir: store.path().display().to_string(), file: file.display().to_string(), imported })
}

impl Answer for Added {
    fn text(&self, width: usize) -> String {
        let Imported { added, replaced, skipped, here, elsewhere, .. } = self.imported;
        let text = format!(
            "{} added, {replaced} replaced, {skipped} left as they were, in {}.",
            counted(added as u64, "plan"),
            self.cache_dir
        );
        let whose = match (here, elsewhere) {
            (0, 0) => "The file is empty.".into(),
            (_, 0) => "All of them count on this machine.".into(),
            (0, _) => "None of them counts on this machine: see `amorsize list`.".into(),
            _ => format!("{} on this machine, {} on others.", count(here), thousands(elsewhere as u64)),
        };
        paragraph(&text, width) + &paragraph(&whose, width)
    }
}

fn count(plans: usize) -> String {
    let verb = if plans == 1 { "counts" } else { "count" };
    format!("{} of them {verb}", thousands(plans as u64))
}

/// The cache folder.
#[derive(Debug, Serialize)]
pub(crate) struct Dir<'a> {
    #[serde(serialize_with = "lossy")]
    cache_dir: &'a Path,
    exists: bool,
}

pub(crate) fn dir(store: &Store) -> Dir<'_> {
    Dir { cache_dir: store.path(), exists: store.path().is_dir() }
}

impl Answer for Dir<'_> {
    fn text(&self, _: usize) -> String {
        format!("{}\n", self.cache_dir.display())
    }

    /// A path need not be text, and is for programs too.
    fn raw(&self) -> Option<Vec<u8>> {
        Some([self.cache_dir.as_os_str().as_encoded_bytes(), b"\n"].concat())
    }
}

fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// A script for a shell.
#[derive(Debug, Serialize)]
pub(crate) struct Completions {
    shell: String,
    script: String,
}

pub(crate) fn completions(shell: Shell, mut command: clap::Command) -> Completions {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "amorsize", &mut script);
    Completions { shell: shell.to_string(), script: String::from_utf8_lossy(&script).into_owned() }
}

impl Answer for Completions {
    fn text(&self, _: usize) -> String {
        self.script.clone()
    }
}
