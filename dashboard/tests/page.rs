//! The page: without scripts, with everything said in words too, and with nothing of the program's in the markup.

use std::collections::BTreeSet;

use amorsize_store::view::snapshot::Snapshot;

use crate::client::{get, serve, start};
use crate::made;

fn page(snapshot: impl Fn() -> Snapshot + Send + Sync + 'static) -> String {
    let server = serve(snapshot);
    let answer = get(&server, "/amorsize/");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    server.shutdown();
    answer.body
}

/// All values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    page.split(&begin).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn names_stay_names() {
    let evil = "<script>alert(1)</script>::\"onload='x' <img src=x>&amp;\u{1b}[2J";
    let dashboard = amorsize_dashboard::Dashboard::new(move || {
        let mut all = made::plausible();
        all.functions[0].function = evil.into();
        all.functions[0].plans[0].instantiation = Some(evil.into());
        all.functions[0].plans[0].key = Some(evil.into());
        (all.tiers[0].tier, all.tiers[0].fault) = (evil, Some(evil.into()));
        all.faults = vec![evil.into()];
        all.rejected = vec![(evil.into(), 1)];
        all
    });
    let server = start(dashboard.recommend(move |_| vec![evil.into()]));
    let page = get(&server, "/amorsize/").body;
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{1b}'), "{page}");
    assert!(page.matches("&lt;script&gt;").count() >= 6);
    assert_eq!(get(&server, "/amorsize/analytics/dashboard").json()["analytics"]["functions"][0]["function"], evil);
    server.shutdown();
}

#[test]
fn it_loads_nothing_from_elsewhere_and_runs_nothing() {
    for page in [page(made::plausible), page(made::nothing), page(Snapshot::default)] {
        for absent in ["<script", "javascript:", " style=\"", "//", " onload", "<iframe", "<form"] {
            let found = page.replace("redis://plans.internal:6379", "");
            assert!(!found.contains(absent), "{absent}: {page}");
        }
        let links: BTreeSet<_> = values(&page, "href").into_iter().collect();
        let server = serve(made::plausible);
        for link in links.into_iter().filter(|link| !link.starts_with('#')) {
            assert_eq!(get(&server, &format!("/amorsize/{link}")).status, 200, "{link}");
        }
        server.shutdown();
    }
}

#[test]
fn it_can_be_listened_to() {
    let page = page(made::plausible);
    let ids: Vec<_> = values(&page, "id");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    for named in values(&page, "aria-labelledby").into_iter().flat_map(|ids| ids.split(' ')) {
        assert!(ids.contains(&named), "{named}");
    }
    let charts = page.matches("role=\"img\"").count();
    assert_eq!((charts, page.matches("<desc ").count()), (3, 3));
    assert_eq!(page.matches("<svg").count(), charts + page.matches("aria-hidden=\"true\"").count());
    assert_eq!(page.matches("<table").count(), page.matches("<caption").count());
    assert!(page.contains("<html lang=\"en\">") && page.matches("<h1>").count() == 1);
    for tag in page.split('<').skip(1).filter(|tag| !tag.starts_with('!')) {
        let tag = tag.split('>').next().unwrap();
        assert_eq!(tag.matches(" class=").count(), usize::from(tag.contains(" class=")), "{tag}");
    }
    for element in ["div", "span", "section", "svg", "table", "tbody", "tr", "td", "p", "figure", "small"] {
        let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
    }
}

#[test]
fn it_says_what_is_predicted() {
    let page = page(made::plausible);
    assert!(page.contains("3.41x") && page.contains("99.7%") && page.contains("2 drift alarms"), "{page}");
    let row = |gain: &str| page.split("<tr>").find(|row| row.contains(gain)).unwrap().to_owned();
    assert!(row(">1.48x<").contains("predicted") && row(">1.48x<").contains("still learning"));
    assert!(!row(">3.41x<").contains("predicted"));
    assert!(row(">3.05x<").contains("asleep: plain loop"));
}

#[test]
fn it_refreshes_itself_unless_told_not_to() {
    let server = serve(made::nothing);
    let refreshes = |path| get(&server, path).body.contains("http-equiv=\"refresh\"");
    assert!(refreshes("/amorsize/") && refreshes("/amorsize/?") && !refreshes("/amorsize/?refresh=off"));
    let empty = get(&server, "/amorsize/").body;
    assert!(empty.contains("Nothing was counted yet") && empty.contains("There is no plan yet."), "{empty}");
    server.shutdown();
}

#[test]
fn figures_may_be_nonsense() {
    let page = page(|| {
        let mut all = made::plausible();
        for (at, value) in [f64::NAN, f64::INFINITY, -1.0, 1e300, 0.0].into_iter().enumerate() {
            let plan = &mut all.functions[at].plans[0];
            (plan.awake.gain, plan.awake.expected_ns, plan.serial_ns) = (value, value, value);
            plan.items = (u64::MAX, u64::MAX);
        }
        all.days[3].day = u32::MAX;
        all.days[4].counts.hit_ns = u64::MAX;
        all.taken_us = u64::MAX;
        all.uptime_seconds = f64::NAN;
        all
    });
    for number in ["cx", "cy", "x1", "y1", "width"].iter().flat_map(|name| values(&page, name)) {
        let number = number.strip_prefix("device-").unwrap_or(number);
        assert!(number.parse::<f64>().is_ok_and(f64::is_finite), "{number}");
    }
}
