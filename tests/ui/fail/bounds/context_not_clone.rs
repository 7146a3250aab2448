struct Config;

#[amorsize::auto]
fn score(line: &str, config: Config) -> usize {
    let Config = config;
    line.len()
}

fn main() {}
