//! The paths that documentation links to.

use pulldown_cmark::{BrokenLink, CowStr, Event, Options, Parser, Tag};

/// A path in a link, and in which line of the text it stands, from 0.
pub(super) struct Link {
    pub(super) line: usize,
    pub(super) global: bool,
    pub(super) segments: Vec<String>,
}

/// All links that could be to items: `` [`a::b`] ``, `[text](a::b)`, `[text][a::b]` and `[text]: a::b`.
pub(super) fn links(text: &str) -> Vec<Link> {
    // Where Markdown knows no such link, rustdoc looks for an item of that name.
    let item = |link: BrokenLink<'_>| Some((CowStr::from(link.reference.into_string()), CowStr::from("")));
    Parser::new_with_broken_link_callback(text, Options::ENABLE_TABLES, Some(item))
        .into_offset_iter()
        .filter_map(|(event, place)| {
            let Event::Start(Tag::Link { dest_url, .. }) = event else { return None };
            let (global, segments) = path(&dest_url)?;
            Some(Link { line: text[..place.start].matches('\n').count(), global, segments })
        })
        .collect()
}

/// The path that is meant by the target of a link, if it is one, and whether it begins with `::`.
fn path(target: &str) -> Option<(bool, Vec<String>)> {
    let target = target.trim().trim_matches('`');
    let target = target.split('#').next().unwrap_or_default();
    // What kind of item it is: `struct@`, `fn@`.
    let target = target.split_once('@').map_or(target, |(_, path)| path);
    let path = target.trim_end_matches("()").trim_end_matches('!');
    let called = path.len() < target.len();
    let path = path.split('<').next().unwrap_or_default().trim_end_matches("::");
    let (global, path) = path.strip_prefix("::").map_or((false, path), |path| (true, path));
    let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
    // One word that is called is a function, and no module.
    (segments.iter().all(|word| syn::parse_str::<syn::PathSegment>(word).is_ok()) && !(called && segments.len() == 1))
        .then_some((global, segments))
}
