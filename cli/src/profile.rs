//! `amorsize show --profile`: what the last profiled run of a function did.

use std::fs;
use std::path::Path;

use amorsize_store::profile::Profile;
use amorsize_store::store::Store;
use amorsize_store::view::functions::is_called;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::since;
use crate::output::STRONG;
use crate::show::SHORTEST_ID;
use crate::words::{ago, clean, line, wrap};

/// A profile, and where its picture is.
#[derive(Debug, Serialize)]
pub(crate) struct Profiled {
    cache_dir: String,
    profile: Profile,
    svg: Option<String>,
}

/// The last profile of the function that a person means by `name`, drawn to a file if one is named.
///
/// # Errors
/// If there is none, or it cannot be drawn there.
pub(crate) fn profile(store: &Store, name: &str, svg: Option<&Path>) -> Result<Profiled, Failure> {
    let all = store.profiles()?;
    let digits = name.to_ascii_lowercase();
    let found = all.iter().find(|(id, profile)| is_called(&profile.function, *id, name));
    let by_digits = || all.iter().find(|(id, _)| name.len() >= SHORTEST_ID && id.to_string().starts_with(&digits));
    let Some((_, profile)) = found.or_else(by_digits) else {
        let names: Vec<_> = all.iter().take(5).map(|(_, profile)| clean(&profile.function)).collect();
        let hint = if names.is_empty() {
            "a program keeps one by `f::on(..).profile()`".to_owned()
        } else {
            format!("there are profiles of {}", names.join(", "))
        };
        return Err(Failure::new(format!("no profile of a function {:?} is kept; {hint}", clean(name))));
    };
    if let Some(file) = svg {
        let unwritable = |error| Failure::new(format!("{} cannot be written: {error}", file.display()));
        fs::write(file, profile.svg()).map_err(unwritable)?;
    }
    let mut profile = profile.clone();
    profile.function = clean(&profile.function);
    Ok(Profiled {
        cache_dir: store.path().display().to_string(),
        profile,
        svg: svg.map(|file| file.display().to_string()),
    })
}

impl Answer for Profiled {
    fn text(&self, width: usize) -> String {
        let text = self.profile.text(width);
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let drawn = self.svg.as_ref().map_or(String::new(), |file| format!("\nIt is drawn in {file}.\n"));
        // Of the timeline and the table nothing is wrapped: where they are too wide, so is the terminal for any of them.
        let is_sentence = |line: &str| line.ends_with('.');
        let rest = rest.lines().map(|line| if is_sentence(line) { wrap(line, width) } else { line.to_owned() } + "\n");
        let taken = format!("\nIt was taken {}.\n", ago(since(self.profile.taken)));
        line(STRONG, first) + &rest.collect::<String>() + &taken + &drawn
    }
}
