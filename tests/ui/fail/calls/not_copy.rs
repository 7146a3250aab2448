#[amorsize::auto]
fn shout(text: String) -> String {
    text + "!"
}

fn use_it(texts: &[String]) -> Vec<String> {
    shout::map(texts)
}

fn main() {}
