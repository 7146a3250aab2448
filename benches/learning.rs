//! `cargo bench -p benches --bench learning -- --simulate`: what is settled on within forty calls on machines of 2 to 128
//! threads, what finding out costs, and how soon a change is noticed. Nothing is timed: machines and time are made up.

use std::env;

use benches::options::is_bench_run;
use benches::simulation::figures::Figures;
use benches::simulation::tables::Tables;

/// Games for each cell of a table, unless `--games` says otherwise.
const GAMES: u64 = 60;

fn main() {
    if !is_bench_run() {
        return;
    }
    let words: Vec<String> = env::args().collect();
    if !words.iter().any(|word| word == "--simulate") {
        println!(
            "nothing simulated: run this with `-- --simulate`, and `--games 200` for more games than {GAMES} a cell"
        );
        return;
    }
    let named = words.iter().skip_while(|word| *word != "--games").nth(1).and_then(|word| word.parse().ok());
    let games = named.unwrap_or(GAMES);
    let tables = Tables::play(games);
    tables.print();
    Figures::of(&tables).print();
}
