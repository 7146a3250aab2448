//! What the sources of the packages must keep to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::names::{Kind, Name};
use super::packages::{File, Package};
use super::table::Rooms;

/// A file is one idea.
const LONGEST: usize = 450;
/// Half of the files of a package are no longer than that.
const MEDIAN: usize = 180;
/// The most files that stand beside the rooms of a package, where there is a limit.
const BESIDE: (&str, usize) = ("runtime", 8);

/// The command shows and manages plans, and needs no executor and no pool for that. Only what measures does.
const WALL: Wall = Wall { package: "cli", other: "runtime", room: "bench/" };

/// A package that only one room of another one may name.
struct Wall {
    package: &'static str,
    other: &'static str,
    room: &'static str,
}

/// The room that expansions may name wherever they are written.
const EXPANSIONS: &str = "private";

type Packages<'a> = [(&'a Rooms, Package)];

/// `packages`: lowest first.
pub(super) fn check(packages: &Packages<'_>, faults: &mut Vec<String>) {
    for (rooms, package) in packages {
        check_rooms(rooms, package, faults);
        check_sizes(package, faults);
    }
    for at in 0..packages.len() {
        check_names(packages, at, faults);
    }
}

fn check_rooms(rooms: &Rooms, package: &Package, faults: &mut Vec<String>) {
    let on_disk: BTreeSet<&String> = package.files.iter().map(|file| &file.room).collect();
    let folder = &package.folder;
    for name in rooms.names.iter().filter(|name| !on_disk.contains(name)) {
        faults.push(format!("The table names {name} of {folder}, and no source is there: strike it, or correct it."));
    }
    for room in on_disk.into_iter().filter(|room| rooms.height(room).is_none()) {
        faults.push(format!("{folder}/src has {room}, which the table does not name: add it after all that it uses."));
    }
}

fn check_sizes(package: &Package, faults: &mut Vec<String>) {
    for File { path, lines, .. } in package.files.iter().filter(|file| file.lines > LONGEST) {
        faults.push(format!("{path} has {lines} lines, and {LONGEST} are the most: it is more than one idea."));
    }
    let mut lines: Vec<usize> = package.files.iter().map(|file| file.lines).collect();
    lines.sort_unstable();
    let median = usize::midpoint(lines[(lines.len() - 1) / 2], lines[lines.len() / 2]);
    let folder = &package.folder;
    if median > MEDIAN {
        faults
            .push(format!("{folder}/src: half of its files have more than {median} lines, and {MEDIAN} are the most."));
    }
    let beside = package.files.iter().filter(|file| file.path.matches('/').count() == 2).count();
    if *folder == BESIDE.0 && beside > BESIDE.1 {
        faults.push(format!("{folder}/src has {beside} files beside its rooms, and {} are the most.", BESIDE.1));
    }
}

/// Where a room says which others it may use, these are the ones that it uses.
fn check_lists(package: &Package, below: &[BTreeMap<usize, usize>], faults: &mut Vec<String>) {
    for File { path, room, may_use, .. } in &package.files {
        let Some(may_use) = may_use else { continue };
        let own = package.files.iter().zip(below).filter(|(file, _)| file.room == *room);
        let used = own.flat_map(|(_, below)| below.keys().map(|&to| &package.files[to].room)).filter(|to| *to != room);
        let used: BTreeSet<&String> = used.collect();
        for to in used.iter().filter(|to| !may_use.contains(**to)) {
            faults.push(format!("{path} does not say that {room} may use {to}, which it does: correct one of them."));
        }
        for to in may_use.iter().filter(|to| !used.contains(to)) {
            faults.push(format!("{path} says that {room} may use {to}, and nothing in it does: strike it."));
        }
    }
}

/// What one file says of another, or of a package: the first path, and the lines.
struct Uses {
    path: String,
    lines: BTreeSet<usize>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Package(usize),
    /// An item of lib.rs or main.rs, by its name.
    Root(String),
    File(usize),
}

fn check_names(packages: &Packages<'_>, at: usize, faults: &mut Vec<String>) {
    let package = &packages[at].1;
    // For each file, those that it names, and in which line first.
    let mut below: Vec<BTreeMap<usize, usize>> = Vec::new();
    for from in 0..package.files.len() {
        let uses = uses(packages, at, from);
        faults.extend(uses.iter().filter_map(|(named, uses)| fault(packages, at, from, named, uses)));
        let files = uses.iter().filter_map(|(named, uses)| match named {
            Named::File(to) if *to != from => Some((*to, *uses.lines.first()?)),
            _ => None,
        });
        below.push(files.collect());
    }
    check_lists(package, &below, faults);
    for circle in circles(&below) {
        let steps = circle.iter().zip(circle.iter().cycle().skip(1)).map(|(from, to)| {
            format!("{}:{} names {}", package.files[*from].path, below[*from][to], package.files[*to].path)
        });
        faults.push(format!("A circle: {}.", steps.collect::<Vec<_>>().join(", ")));
    }
}

/// Whether the file `from` may not name that.
fn fault(packages: &Packages<'_>, at: usize, from: usize, named: &Named, uses: &Uses) -> Option<String> {
    let (rooms, package) = &packages[at];
    let file = &package.files[from];
    let lines: Vec<String> = uses.lines.iter().map(ToString::to_string).collect();
    let (place, path) = (format!("{}:{}", file.path, lines.join(",")), &uses.path);
    match named {
        Named::Package(other) if *other > at => {
            let (other, own) = (&packages[*other].1.folder, &package.folder);
            Some(format!("{place} names {path}: the package {other} stands above {own}."))
        }
        Named::Package(other)
            if package.folder == WALL.package && packages[*other].1.folder == WALL.other && file.room != WALL.room =>
        {
            Some(format!("{place} names {path}: of {}, only {} may name {}.", WALL.package, WALL.room, WALL.other))
        }
        Named::Root(item) if from != 0 => {
            let top = &package.files[0];
            let origin = top.named.aliases.get(item).map(|&import| top.named.names[import].segments.join("::"));
            let advice = origin.map_or("name the module that has it".to_owned(), |origin| format!("it is {origin}"));
            Some(format!("{place} names {path} by way of {}: {advice}.", top.path))
        }
        Named::File(to) => {
            let (own, other) = (&file.room, &package.files[*to].room);
            let upward = rooms.height(own).is_some_and(|own| rooms.height(other).is_some_and(|other| own < other));
            upward.then(|| format!("{place} (room {own}) names {path} of {other}, which stands above it."))
        }
        _ => None,
    }
}

/// What the file `from` of the package `at` names, by what it is.
fn uses(packages: &Packages<'_>, at: usize, from: usize) -> BTreeMap<Named, Uses> {
    let package = &packages[at].1;
    let mut uses: BTreeMap<Named, Uses> = BTreeMap::new();
    for name in &package.files[from].named.names {
        for named in meant(packages, at, from, name) {
            let path = name.segments.join("::");
            uses.entry(named).or_insert_with(|| Uses { path, lines: BTreeSet::new() }).lines.insert(name.line);
        }
    }
    uses
}

fn meant(packages: &Packages<'_>, at: usize, from: usize, name: &Name) -> Vec<Named> {
    let package = &packages[at].1;
    let Some(path) = package.absolute(from, name) else {
        let other = packages.iter().position(|(_, package)| name.segments.first() == Some(&package.library));
        return other.map(Named::Package).into_iter().collect();
    };
    let files = package.holders(&path);
    // What a macro writes stands in the user's program and not in this file. It may name what is made for that, and
    // nothing else.
    if name.kind == Kind::Expansion && files.iter().any(|&file| package.files[file].room == EXPANSIONS) {
        return Vec::new();
    }
    let item = || Named::Root(path.first().cloned().unwrap_or_default());
    if files.is_empty() { vec![item()] } else { files.into_iter().map(Named::File).collect() }
}

/// A shortest circle for each set of files that can all be reached from each other.
fn circles(below: &[BTreeMap<usize, usize>]) -> Vec<Vec<usize>> {
    let shortest: Vec<Vec<Option<usize>>> = (0..below.len()).map(|from| steps(below, from)).collect();
    let mut circles: Vec<Vec<usize>> = Vec::new();
    let mut known = BTreeSet::new();
    for from in 0..below.len() {
        if shortest[from][from].is_none() || known.contains(&from) {
            continue;
        }
        let together: Vec<usize> =
            (0..below.len()).filter(|&to| shortest[from][to].is_some() && shortest[to][from].is_some()).collect();
        let circle = together.iter().map(|&from| circle(&shortest[from], from)).min_by_key(Vec::len);
        circles.extend(circle);
        known.extend(together);
    }
    circles
}

/// For each file that can be reached from one, the one before it on a shortest way.
fn steps(below: &[BTreeMap<usize, usize>], from: usize) -> Vec<Option<usize>> {
    let mut before = vec![None; below.len()];
    let mut next = VecDeque::from([from]);
    while let Some(at) = next.pop_front() {
        for &to in below[at].keys().filter(|&&to| to != at) {
            if before[to].is_none() {
                before[to] = Some(at);
                next.push_back(to);
            }
        }
    }
    before
}

/// The files on the shortest way from one back to itself, in order.
fn circle(before: &[Option<usize>], from: usize) -> Vec<usize> {
    let mut circle = vec![from];
    let mut at = before[from];
    while let Some(file) = at.filter(|&file| file != from) {
        circle.push(file);
        at = before[file];
    }
    circle[1..].reverse();
    circle
}
