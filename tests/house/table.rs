//! The table of rooms: the first one below the heading "The house".

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

const HEADING: &str = "The house";

/// The rooms of one package.
pub(super) struct Rooms {
    pub(super) package: String,
    /// Bottom first: `tuner/` for a folder, `error` for a file beside the folders.
    pub(super) names: Vec<String>,
}

impl Rooms {
    /// How high a room stands.
    pub(super) fn height(&self, room: &str) -> Option<usize> {
        self.names.iter().position(|name| name == room)
    }
}

/// The packages, lowest first, and what is wrong with the table.
pub(super) fn read(guide: &str) -> (Vec<Rooms>, Vec<String>) {
    let mut table: Vec<Rooms> = Vec::new();
    let mut faults = Vec::new();
    for (number, row) in rows(guide).iter().enumerate() {
        let number = number + 1;
        let [Some([package]), Some(names @ [_, ..])] = [row.first(), row.get(1)].map(|cell| cell.map(Vec::as_slice))
        else {
            faults.push(format!(
                "Row {number} of the table should begin: | `package` | `room/` or `file`, as many as stand there | .."
            ));
            continue;
        };
        match table.iter().position(|rooms| rooms.package == *package) {
            None => table.push(Rooms { package: package.clone(), names: names.to_vec() }),
            Some(at) if at + 1 == table.len() => table[at].names.extend_from_slice(names),
            Some(_) => faults.push(format!(
                "Row {number} of the table is about {package}, whose rows stand further up: put them together."
            )),
        }
    }
    if table.is_empty() {
        faults.push(format!("CONTRIBUTING.md has no table of rooms below the heading \"{HEADING}\"."));
    }
    for rooms in &table {
        for (at, name) in rooms.names.iter().enumerate() {
            if rooms.names[..at].contains(name) {
                faults.push(format!("The table names {name} of {} twice.", rooms.package));
            }
        }
    }
    (table, faults)
}

/// For each row, for each cell, what stands in it as code.
fn rows(guide: &str) -> Vec<Vec<Vec<String>>> {
    let mut rows: Vec<Vec<Vec<String>>> = Vec::new();
    let mut heading = None;
    let mut below = false;
    for event in Parser::new_ext(guide, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => below = heading.take().is_some_and(|heading| heading == HEADING),
            Event::Text(text) => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
            Event::Start(Tag::TableRow) if below => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) if below => rows.last_mut().into_iter().for_each(|row| row.push(Vec::new())),
            Event::Code(code) if below => {
                if let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) {
                    cell.push(code.into_string());
                }
            }
            Event::End(TagEnd::Table) if below => break,
            _ => {}
        }
    }
    rows
}
