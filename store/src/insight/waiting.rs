//! Functions whose items wait.

use crate::view::functions::PlanInfo;
use crate::words::percent;

/// Items that wait for this part of the plain loop or more gain much by more threads than there are cores.
const MOSTLY: f64 = 0.7;

/// What to do about a function with these plans whose items wait for most of their time. `None` if they do not, or if it has been
/// done: there are plans for the option `blocking`.
#[must_use]
pub fn advice(plans: &[PlanInfo]) -> Option<String> {
    if plans.iter().any(|plan| plan.blocking) {
        return None;
    }
    // What was measured last, because items may have waited for a cache that is full by now.
    let measured = plans.iter().filter_map(|plan| Some((plan.measured, plan.blocking_share?)));
    let (_, share) = measured.max_by_key(|(measured, _)| *measured)?;
    let waited = percent((share * 1000.0).round() as u64, 1000);
    (share >= MOSTLY).then(|| {
        format!(
            "An item waits for {waited} of its time, as for a disk or a network, and no more of them wait at once than there \
             are cores: the option `blocking` of #[amorsize::auto] or amorsize::map! gives them more threads."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(measured: u64, blocking_share: Option<f64>) -> PlanInfo {
        PlanInfo { blocking_share, measured, ..PlanInfo::default() }
    }

    #[test]
    fn what_mostly_waits_is_named_until_it_has_the_option() {
        assert_eq!(advice(&[]), None);
        assert_eq!(advice(&[plan(1, None), plan(2, Some(0.69))]), None);
        let said = advice(&[plan(1, Some(0.1)), plan(2, Some(0.882)), plan(3, None)]).unwrap();
        assert!(said.starts_with("An item waits for 88.2% of its time"), "{said}");
        assert_eq!(advice(&[plan(2, Some(0.1)), plan(1, Some(0.9))]), None, "it does no longer");
        let marked = PlanInfo { blocking: true, ..plan(3, Some(0.9)) };
        assert_eq!(advice(&[plan(4, Some(0.9)), marked]), None);
    }
}
