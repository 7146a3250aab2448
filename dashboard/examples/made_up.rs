//! Serves made-up figures, to look at the page: `cargo run -p amorsize-dashboard --example made_up -- [ADDRESS] [empty|many]`.

#![forbid(unsafe_code)]

#[path = "../tests/made.rs"]
mod made;

use std::{env, io, thread};

use amorsize_dashboard::Dashboard;
use amorsize_store::view::snapshot::Snapshot;

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let address = words.first().map_or("127.0.0.1:9184", String::as_str);
    let snapshot: fn() -> Snapshot = match words.get(1).map(String::as_str) {
        Some("empty") => made::nothing,
        Some("many") => many,
        _ => made::plausible,
    };
    let server = Dashboard::new(snapshot).recommend(advise).serve(address)?;
    println!("http://{}/amorsize/", server.local_addr());
    loop {
        thread::park();
    }
}

fn advise(snapshot: &Snapshot) -> Vec<String> {
    if snapshot.functions.is_empty() {
        return Vec::new();
    }
    vec![
        "geo::simplify::shorten: 61% of its calls knew their plan. Do its inputs differ in size from call to call? A key(..) \
         may tell them apart."
            .into(),
        "redis: not reached; plans of other machines are not used until it answers.".into(),
    ]
}

/// 500 functions with long paths.
fn many() -> Snapshot {
    let mut all = made::plausible();
    for n in 0..500_u32 {
        let path = format!(
            "application::services::long_names::module_with_a_very_long_name_{}::<impl Trait<Vec<Option<u64>>> for Handler<T>>::process_all_of_the_things_{n}",
            n / 10
        );
        let mut function = made::function(n.into(), &path);
        function.plans = (3..18)
            .map(|log2| made::plan((log2, 700.0 + f64::from(n), 4, 1.0 + f64::from(log2 * n % 29) / 10.0)))
            .collect();
        function.counts.saved_ns = i64::from(n) * 1_000_000;
        all.functions.push(function);
    }
    all
}
