//! What the README and the guide list is what there is.

use std::fs;
use std::path::{Path, PathBuf};

use amorsize_store::config::VARIABLES;

/// The pages of the guide: path and text.
fn pages() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pages: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_guide_names_every_environment_variable_with_its_default() {
    let settings = include_str!("../docs/src/settings.md");
    let rows = settings.lines().filter_map(|line| line.strip_prefix("| `AMORSIZE"));
    let listed: Vec<(String, String)> = rows
        .map(|row| {
            let (name, rest) = row.split_once("` |").expect("a name, then other cells");
            let default = rest.trim_end_matches(" |").rsplit('|').next().unwrap_or_default();
            (format!("AMORSIZE{name}"), default.trim().trim_matches('`').to_owned())
        })
        .collect();
    let known = VARIABLES.iter().filter(|variable| variable.name.starts_with("AMORSIZE"));
    let known: Vec<(String, String)> = known
        .map(|variable| {
            let default = if variable.default.contains(' ') { "see above" } else { variable.default };
            (variable.name.to_owned(), default.to_owned())
        })
        .collect();
    assert_eq!(listed, known, "the table of docs/src/settings.md, and `VARIABLES` of store/src/config.rs");
}

#[test]
fn the_readme_is_short() {
    let lines = include_str!("../README.md").lines().count();
    assert!(lines <= 200, "the README has {lines} lines: what is over 200 goes into the guide");
}

#[test]
fn the_code_of_every_page_is_compiled() {
    let compiled = concat!(include_str!("lib.rs"), include_str!("../examples/services/lib.rs"));
    for (path, text) in pages() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let blocks = text.lines().filter(|line| line.starts_with("```rust")).count();
        assert!(
            blocks == 0 || compiled.contains(&format!("/docs/src/{name}\"")),
            "{name} has code in Rust: name the page in tests/lib.rs"
        );
        // The file that is embedded is made by an export of the program itself; tests/embedded.rs does that.
        let ignored: Vec<&str> =
            text.split("```rust,ignore\n").skip(1).map(|code| code.lines().next().unwrap_or_default()).collect();
        assert!(ignored.iter().all(|code| code.starts_with("amorsize::embed!")), "{name}: {ignored:?} is not compiled");
    }
}

/// What rayon 1.12 has: adaptors, terminals, slices, strings, sources.
const RAYON: &str = "
    for_each for_each_with for_each_init try_for_each try_for_each_with try_for_each_init count map map_with map_init cloned
    copied inspect update filter filter_map flat_map flat_map_iter flatten flatten_iter reduce reduce_with try_reduce
    try_reduce_with fold fold_with try_fold try_fold_with sum product min min_by min_by_key max max_by max_by_key chain
    find_any find_first find_last find_map_any find_map_first find_map_last find any all while_some panic_fuse collect unzip
    partition partition_map intersperse take_any skip_any take_any_while skip_any_while collect_vec_list drive_unindexed
    opt_len by_exponential_blocks by_uniform_blocks collect_into_vec unzip_into_vecs zip zip_eq interleave
    interleave_shortest chunks fold_chunks fold_chunks_with cmp partial_cmp eq ne lt le gt ge enumerate step_by skip take
    position_any position_first position_last position positions rev with_min_len with_max_len len drive with_producer
    as_parallel_slice par_split par_split_inclusive par_windows par_array_windows par_chunks par_chunks_exact par_rchunks
    par_rchunks_exact par_chunk_by as_parallel_slice_mut par_split_mut par_split_inclusive_mut par_chunks_mut
    par_chunks_exact_mut par_rchunks_mut par_rchunks_exact_mut par_sort par_sort_by par_sort_by_key par_sort_by_cached_key
    par_sort_unstable par_sort_unstable_by par_sort_unstable_by_key par_chunk_by_mut as_parallel_string par_chars
    par_char_indices par_bytes par_encode_utf16 par_split_terminator par_lines par_split_whitespace
    par_split_ascii_whitespace par_matches par_match_indices par_iter par_iter_mut into_par_iter par_bridge par_drain
    par_extend once empty repeat repeat_n repeatn split walk_tree walk_tree_prefix walk_tree_postfix join join_context scope
    scope_fifo in_place_scope in_place_scope_fifo spawn spawn_fifo broadcast spawn_broadcast current_num_threads
    current_thread_index max_num_threads yield_now yield_local";

#[test]
fn each_name_of_rayon_has_a_counterpart_or_a_reason() {
    let rows = include_str!("../docs/src/rayon.md").lines().filter_map(|line| line.strip_prefix("| "));
    // A `\|` is part of a cell.
    let rows: Vec<Vec<String>> = rows
        .map(|row| row.replace("\\|", "\0").trim_end_matches(" |").split(" | ").map(str::to_owned).collect())
        .collect();
    for row in &rows {
        assert!(row.len() == 2 && row.iter().all(|cell| !cell.trim().is_empty()), "{row:?}: two cells, none empty");
        assert!(!row[1].starts_with("none") || row[1].starts_with("none: "), "{row:?}: why is there none?");
    }
    let words = rows.iter().flat_map(|row| row[0].split(|c: char| !c.is_alphanumeric() && c != '_'));
    let listed: std::collections::HashSet<&str> = words.collect();
    let missing: Vec<&str> = RAYON.split_whitespace().filter(|name| !listed.contains(name)).collect();
    assert!(missing.is_empty(), "no row of docs/src/rayon.md names {missing:?}");
}
