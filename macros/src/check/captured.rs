//! Closures that change a variable outside of them, as `|n| sum += n` does.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{BinOp, Error, Expr, ExprAssign, ExprBinary, ExprClosure, ExprUnsafe, Ident, Macro, PatIdent, Result};

/// Refuses a closure that assigns to a variable that it does not declare. rustc refuses it, too, but cannot say what to do
/// instead.
pub(crate) fn refuse(closure: &Expr) -> Result<()> {
    let Expr::Closure(closure) = closure else { return Ok(()) };
    let Some(variable) = changed(closure) else { return Ok(()) };
    let message = format!(
        "several threads call this closure at once, so it cannot change `{variable}`, which is outside of it: return what is to be combined, and use a terminal, as in `amorsize::on!(&words, |word| word.len()).sum::<usize>()`, or `.fold(..)`"
    );
    Err(Error::new(variable.span(), message))
}

fn changed(closure: &ExprClosure) -> Option<&Ident> {
    let mut reader = Reader::default();
    reader.visit_expr_closure(closure);
    let is_outside = |variable: &&Ident| !reader.declared.contains(&variable.to_string());
    reader.assigned.into_iter().find(is_outside)
}

#[derive(Default)]
struct Reader<'c> {
    assigned: Vec<&'c Ident>,
    /// What patterns bind, and all that is named in macros, which may do so as well.
    declared: Vec<String>,
}

impl<'c> Reader<'c> {
    fn assigned(&mut self, to: &'c Expr) {
        let Expr::Path(path) = to else { return };
        // In capitals, it may be a `static mut`, in an unsafe block around the closure.
        let is_variable = |name: &&Ident| name.to_string().contains(char::is_lowercase);
        self.assigned.extend(path.path.get_ident().filter(is_variable));
    }

    fn declare_all(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => self.declared.push(name.to_string()),
                TokenTree::Group(group) => self.declare_all(group.stream()),
                _ => {}
            }
        }
    }
}

impl<'c> Visit<'c> for Reader<'c> {
    fn visit_expr_assign(&mut self, assign: &'c ExprAssign) {
        self.assigned(&assign.left);
        visit::visit_expr_assign(self, assign);
    }

    fn visit_expr_binary(&mut self, binary: &'c ExprBinary) {
        use BinOp::{
            AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, DivAssign, MulAssign, RemAssign, ShlAssign, ShrAssign,
            SubAssign,
        };
        if matches!(
            binary.op,
            AddAssign(_)
                | SubAssign(_)
                | MulAssign(_)
                | DivAssign(_)
                | RemAssign(_)
                | BitXorAssign(_)
                | BitAndAssign(_)
                | BitOrAssign(_)
                | ShlAssign(_)
                | ShrAssign(_)
        ) {
            self.assigned(&binary.left);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_pat_ident(&mut self, pattern: &'c PatIdent) {
        self.declared.push(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, called: &'c Macro) {
        self.declare_all(called.tokens.clone());
    }

    fn visit_expr_unsafe(&mut self, _: &'c ExprUnsafe) {}
}
