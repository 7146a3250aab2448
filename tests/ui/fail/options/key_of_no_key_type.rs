struct Config {
    depth: u32,
}

#[amorsize::auto(key(config.depth, config))]
fn score(line: &str, config: &Config) -> usize {
    line.len() * config.depth as usize
}

fn main() {}
