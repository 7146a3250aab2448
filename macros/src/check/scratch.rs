//! The option `scratch(..)`: parameters that are `&mut`, and of which each thread has one of its own.

use syn::visit::Visit;
use syn::{Error, PatType, Signature, Type, TypeImplTrait, TypeReference};

use crate::check::key::refuse_variable;
use crate::check::signature::{plain_name, reference};
use crate::parse::options::{Options, ScratchOption};

/// What the option makes of this parameter, if it names it.
pub(crate) fn scratch_of<'a>(parameter: &PatType, options: &'a Options) -> Option<&'a ScratchOption> {
    let name = plain_name(&parameter.pat)?;
    options.scratch.iter().find(|scratch| scratch.name == *name)
}

/// Refuses scratches that are none of the `&mut` parameters behind the first.
pub(crate) fn refuse(sig: &Signature, first: &PatType, rest: &[&PatType], options: &Options, errors: &mut Vec<Error>) {
    for (index, scratch) in options.scratch.iter().enumerate() {
        let name = &scratch.name;
        let mut refuse = |message: String| errors.push(Error::new(name.span(), message));
        let has_name = |parameter: &PatType| plain_name(&parameter.pat) == Some(name);
        if options.scratch[..index].iter().any(|other| other.name == *name) {
            refuse(format!("`{name}` is given twice: keep one"));
        } else if let Some(parameter) = rest.iter().find(|parameter| has_name(parameter)) {
            match reference(&parameter.ty) {
                Some(TypeReference { mutability: Some(_), elem, .. }) => impl_trait(elem, errors),
                _ => refuse(format!(
                    "`{name}` is not `&mut`, so it is context, which all threads share: leave it out of `scratch(..)`, or take `{name}: &mut ..`"
                )),
            }
        } else if has_name(first) {
            refuse(format!("`{name}` is the item: a scratch is a parameter behind it"));
        } else {
            refuse(format!(
                "`{}` has no parameter `{name}`: `scratch(..)` names the parameters that are `&mut`",
                sig.ident
            ));
        }
        let is_item = "a scratch is made for each thread, before there is an item";
        refuse_variable(&scratch.new, first, rest, is_item, errors);
    }
}

/// Refuses an `impl Trait` in the type of a scratch, as nothing that the wrappers are given tells what it stands for.
fn impl_trait(ty: &Type, errors: &mut Vec<Error>) {
    struct Refuse<'a>(&'a mut Vec<Error>);
    impl Visit<'_> for Refuse<'_> {
        fn visit_type_impl_trait(&mut self, found: &TypeImplTrait) {
            let message = "the wrapper cannot tell which type this is: write the type of the scratch";
            self.0.push(Error::new_spanned(found, message));
        }
    }
    Refuse(errors).visit_type(ty);
}
