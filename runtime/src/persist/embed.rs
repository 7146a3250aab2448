//! The macro by which a program makes plans part of itself.

use amorsize_store::portable::EmbeddedExport;

/// An export that is part of the program.
#[derive(Debug)]
pub struct Embed(pub EmbeddedExport);

inventory::collect!(Embed);

/// Makes the plans of an export part of the program: `amorsize::embed!("plans.amorsize");`, outside of any function.
///
/// The file is one that `amorsize export` or `amorsize::export_cache` wrote; its path is relative to the file of
/// the source. Calls use its plans on machines of the kind that they were learned on, for functions whose code has not changed
/// since, without touching a file: the first call of a fresh process begins with them. They do not expire, and are read-only. What
/// this process measures takes their place, and so does what is found on disk. `AMORSIZE_CACHE=off` concerns disk and Redis, and
/// leaves them in use; under `AMORSIZE=off` no plan is used. They are a tier of their own in `amorsize::stats()`, called
/// `embedded`.
///
/// If there are several, in this crate or in those it depends on, all of them are used.
///
/// # Errors
/// A file that is damaged, no export or of a newer format is an error of the compiler, as far as its header shows it. What only
/// its checksum shows is a fault, which is counted, and the plans are not used.
///
/// This needs the feature `disk`, which is on by default.
///
/// # Examples
///
/// ```ignore
/// amorsize::embed!("plans.amorsize");
/// ```
#[macro_export]
macro_rules! embed {
    ($file:expr $(,)?) => {
        const _: () = {
            const PLANS: $crate::__private::EmbeddedExport =
                $crate::__private::EmbeddedExport::new(::core::include_bytes!($file));
            $crate::__private::inventory::submit! { $crate::__private::Embed(PLANS) }
        };
    };
}
