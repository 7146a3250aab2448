//! A collection of texts, and how well each fits a query.

use std::cmp::Ordering;

use fastrand::Rng;
use serde::Serialize;

/// One text.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) title: String,
    text: String,
}

/// The words that are looked for, in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    words: Vec<String>,
}

/// A document that fits a query.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Hit {
    pub(crate) title: String,
    pub(crate) score: f64,
}

/// More words than this are not looked for.
const MOST_WORDS: usize = 8;
/// How many hits there are in an answer.
const BEST: usize = 5;
/// With this many words a document counts for half of what one without any other words would.
const HALF: f64 = 200.0;

impl Query {
    pub(crate) fn new(text: &str) -> Self {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Self { words: words.take(MOST_WORDS).map(str::to_lowercase).collect() }
    }
}

/// How well a document fits: how often it has each of the words, where the second time counts less than the first, and
/// longer texts count less than short ones. A query of more words costs more, so each number of words has a plan of its own.
#[amorsize::auto(key(query.words.len()))]
pub(crate) fn score(document: &Document, query: &Query) -> f64 {
    let mut found = [0_u32; MOST_WORDS];
    let mut length = 0_u32;
    for word in document.text.split_ascii_whitespace() {
        length += 1;
        for (times, wanted) in found.iter_mut().zip(&query.words) {
            *times += u32::from(word == wanted);
        }
    }
    let fit: f64 = found.iter().map(|times| f64::from(*times).sqrt()).sum();
    fit * HALF / (HALF + f64::from(length))
}

/// The documents that fit best, the best first.
pub(crate) fn search(documents: &[Document], query: &Query) -> Vec<Hit> {
    let scores = score::map(documents, query);
    let mut hits: Vec<(usize, f64)> = scores.into_iter().enumerate().filter(|(_, score)| *score > 0.0).collect();
    hits.sort_by(|(_, a), (_, b)| b.partial_cmp(a).unwrap_or(Ordering::Equal));
    hits.truncate(BEST);
    hits.into_iter().map(|(at, score)| Hit { title: documents[at].title.clone(), score }).collect()
}

/// Words of made-up texts; the front ones come most often.
const VOCABULARY: [&str; 32] = [
    "the",
    "of",
    "and",
    "a",
    "in",
    "to",
    "is",
    "for",
    "with",
    "on",
    "ship",
    "water",
    "engine",
    "road",
    "letter",
    "garden",
    "winter",
    "music",
    "paper",
    "river",
    "bread",
    "silver",
    "market",
    "bridge",
    "castle",
    "forest",
    "lantern",
    "harbour",
    "compass",
    "thunder",
    "orchard",
    "telescope",
];

/// Made-up texts, the same in every run. Their lengths differ: 40 to 400 words.
pub(crate) fn made_up(count: u32) -> Vec<Document> {
    let mut random = Rng::with_seed(1);
    let document = |number: u32| {
        let length = random.usize(40..=400);
        let words = (0..length).map(|_| {
            // Of two random places, the one further in front.
            let place = random.usize(..VOCABULARY.len()).min(random.usize(..VOCABULARY.len()));
            VOCABULARY[place]
        });
        let text = words.collect::<Vec<_>>().join(" ");
        Document { title: format!("Text {number}"), text }
    };
    (1..=count).map(document).collect()
}

/// Queries of one to four words, in turn.
pub(crate) fn query(number: usize) -> String {
    let words = (0..=number % 4).map(|nth| VOCABULARY[(number * 7 + nth * 5) % VOCABULARY.len()]);
    words.collect::<Vec<_>>().join("-")
}
