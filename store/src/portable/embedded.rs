//! Plans that are part of the program: exports that were embedded when it was compiled.

use std::collections::BTreeMap;
use std::io;

use super::format::OLDEST;
use super::read::parse;
use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::envelope::{Damage, Kind, check_header};
use crate::record::plans::Plans;
use crate::tier::{Lookup, Tier};

/// The bytes of an export, of which the header was checked while the program was compiled.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedExport(&'static [u8]);

impl EmbeddedExport {
    /// The export in these bytes.
    ///
    /// # Panics
    /// If they are no export of a format that is read. In a constant that is an error of the compiler.
    #[must_use]
    #[track_caller]
    pub const fn new(bytes: &'static [u8]) -> Self {
        match check_header(Kind::Export, bytes) {
            Ok(()) => Self(bytes),
            Err(Damage::Version(version)) if OLDEST <= version && version < Kind::Export.version() => Self(bytes),
            Err(Damage::Version(version)) if version > Kind::Export.version() => panic!(
                "this export is of a newer format than this version of amorsize reads: export the plans anew, or update \
                 amorsize"
            ),
            Err(Damage::Version(_)) => {
                panic!(
                    "this export is of a format that this version of amorsize no longer reads: export the plans anew"
                )
            }
            Err(Damage::Corrupt) => {
                panic!("this file is damaged, or is no export: `amorsize export FILE` writes one")
            }
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn size(self) -> usize {
        self.0.len()
    }
}

/// The tier of embedded plans. It is read-only: what is put into it or removed from it stays as it was.
#[derive(Debug, Default)]
pub struct Embedded {
    plans: BTreeMap<(FunctionId, FingerprintId), Plans>,
}

impl Embedded {
    /// The plans of these exports, and what is wrong with those that cannot be used.
    pub fn read(exports: impl IntoIterator<Item = EmbeddedExport>) -> (Self, Vec<String>) {
        let (mut all, mut faults) = (Self::default(), Vec::new());
        for EmbeddedExport(bytes) in exports {
            let export = match parse(bytes) {
                Ok(export) => export,
                Err(why) => {
                    faults.push(format!("plans that are embedded in the program are not used: {why}"));
                    continue;
                }
            };
            for plans in export.fingerprints.into_iter().flat_map(|group| group.plans) {
                let key = (plans.id, plans.fingerprint);
                match all.plans.get_mut(&key) {
                    Some(known) => known.merge(plans, export.exported),
                    None => drop(all.plans.insert(key, plans)),
                }
            }
        }
        (all, faults)
    }

    /// Whether there are plans of this function, for whatever machine and build.
    #[must_use]
    pub fn knows(&self, function: FunctionId) -> bool {
        let first = (function, FingerprintId::from_u64(0));
        self.plans.range(first..).next().is_some_and(|((id, _), _)| *id == function)
    }
}

impl Tier for Embedded {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn get(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> Vec<Lookup> {
        functions.iter().map(|id| Ok(self.plans.get(&(*id, fingerprint)).cloned())).collect()
    }

    fn put(&self, _: &Fingerprint, plans: &[Plans], _: u64) -> Vec<io::Result<()>> {
        plans.iter().map(|_| Ok(())).collect()
    }

    fn remove(&self, _: FingerprintId, _: &[FunctionId]) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{Export, FingerprintPlans};
    use super::*;
    use crate::record::entry::tests::entry;
    use crate::record::envelope::{self, tests::of_version};

    const PRINT: FingerprintId = FingerprintId::from_u64(7);

    fn export(functions: &[(u64, u8)]) -> EmbeddedExport {
        let plans = functions.iter().map(|&(id, bucket)| Plans {
            fingerprint: PRINT,
            id: FunctionId::from_u64(id),
            entries: vec![entry(bucket, 5)],
            ..Plans::default()
        });
        let group = FingerprintPlans { id: PRINT, fingerprint: None, plans: plans.collect() };
        let bytes = envelope::write(Kind::Export, &Export { exported: 9, fingerprints: vec![group] });
        EmbeddedExport::new(bytes.leak())
    }

    #[test]
    fn what_is_embedded_is_found_and_stays() {
        let (embedded, faults) = Embedded::read([export(&[(1, 3), (2, 3)]), export(&[(2, 4)])]);
        assert_eq!(faults, [""; 0]);
        let [one, two, three] = [1, 2, 3].map(FunctionId::from_u64);
        assert!(embedded.knows(one) && embedded.knows(two) && !embedded.knows(three));
        assert!(!embedded.knows(FunctionId::from_u64(0)));
        embedded.remove(PRINT, &[one]).unwrap();
        let found = |print| {
            let all = embedded.get(print, &[one, two, three]).into_iter();
            all.map(|found| found.unwrap().map_or(0, |plans| plans.entries.len())).collect::<Vec<_>>()
        };
        assert_eq!(found(PRINT), [1, 2, 0]);
        assert_eq!(found(FingerprintId::from_u64(8)), [0, 0, 0]);
    }

    #[test]
    fn one_that_is_damaged_stops_no_other() {
        let mut bytes = export(&[(1, 3)]).0.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        let (embedded, faults) = Embedded::read([EmbeddedExport::new(bytes.leak()), export(&[(2, 4)])]);
        assert!(faults.len() == 1 && faults[0].contains("damaged"), "{faults:?}");
        assert!(embedded.knows(FunctionId::from_u64(2)));
    }

    #[test]
    #[should_panic = "newer format"]
    fn a_newer_format_is_seen_early() {
        let _ = EmbeddedExport::new(of_version(Kind::Export, 9, &0u8).leak());
    }

    #[test]
    #[should_panic = "is no export"]
    fn what_was_cut_is_seen_early() {
        let bytes = export(&[(1, 3)]).0;
        let _ = EmbeddedExport::new(&bytes[..bytes.len() - 1]);
    }
}
