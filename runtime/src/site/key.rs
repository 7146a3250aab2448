//! Values of the context that change what an item costs: `key(expr, ..)`.

use amorsize_store::id::Mix;

/// A value that can be part of a cache key: `#[auto(key(expr))]` asks it of `expr`.
///
/// Equal values must give equal keys. Floats are compared by their bits, so that `0.0` and `-0.0` are two keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "`key(..)` takes integers, floats, `bool`, `char`, text, durations, and options, slices, tuples and references of those",
    note = "name the part of it that changes what an item costs, for example `key(context.len())`, or implement `amorsize::KeyPart`"
)]
pub trait KeyPart {
    /// Feeds the value to the key, one or more 64-bit words at a time.
    fn feed(&self, word: &mut dyn FnMut(u64));
}

/// Mixes the parts of a key into 64 bits.
#[must_use]
pub fn key(parts: &[&dyn KeyPart]) -> u64 {
    let mut mix = Mix::new(parts.len() as u64);
    for part in parts {
        part.feed(&mut |word| mix = mix.word(word));
    }
    mix.finish()
}

macro_rules! as_words {
    ($($t:ty),*) => {$(
        impl KeyPart for $t {
            fn feed(&self, word: &mut dyn FnMut(u64)) {
                // The cast keeps different values of one type different: it extends the sign, or adds zeros.
                #[allow(clippy::cast_lossless, clippy::cast_possible_wrap, clippy::unnecessary_cast)]
                word(*self as u64);
            }
        }
    )*};
}
as_words!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, bool, char);

impl KeyPart for u128 {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        word(*self as u64);
        word((*self >> 64) as u64);
    }
}

impl KeyPart for i128 {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        self.cast_unsigned().feed(word);
    }
}

impl KeyPart for f32 {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        word(u64::from(self.to_bits()));
    }
}

impl KeyPart for f64 {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        word(self.to_bits());
    }
}

impl KeyPart for str {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        word(Mix::new(0).bytes(self.as_bytes()).finish());
    }
}

impl KeyPart for String {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        self.as_str().feed(word);
    }
}

impl KeyPart for std::time::Duration {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        self.as_nanos().feed(word);
    }
}

impl KeyPart for () {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        word(0);
    }
}

impl<T: KeyPart + ?Sized> KeyPart for &T {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        (**self).feed(word);
    }
}

impl<T: KeyPart> KeyPart for Option<T> {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        word(u64::from(self.is_some()));
        if let Some(value) = self {
            value.feed(word);
        }
    }
}

impl<T: KeyPart> KeyPart for [T] {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        word(self.len() as u64);
        for value in self {
            value.feed(word);
        }
    }
}

impl<T: KeyPart> KeyPart for Vec<T> {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        self.as_slice().feed(word);
    }
}

impl<T: KeyPart, const N: usize> KeyPart for [T; N] {
    fn feed(&self, word: &mut dyn FnMut(u64)) {
        self.as_slice().feed(word);
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: KeyPart),*> KeyPart for ($($name,)*) {
            fn feed(&self, word: &mut dyn FnMut(u64)) {
                #[allow(non_snake_case)]
                let ($($name,)*) = self;
                $($name.feed(word);)*
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart() {
        let keys = [
            key(&[]),
            key(&[&0u8]),
            key(&[&0u8, &0u8]),
            key(&[&-1i32]),
            key(&[&-0.0f64]),
            key(&[&"ab", &"c"]),
            key(&[&"a", &"bc"]),
            key(&[&Some(0u8)]),
            key(&[&vec![1u8, 2], &vec![3u8]]),
            key(&[&vec![1u8], &vec![2u8, 3]]),
            key(&[&(1u128 << 64)]),
        ];
        for (i, a) in keys.iter().enumerate() {
            for b in &keys[i + 1..] {
                assert_ne!(a, b);
            }
        }
        assert_eq!(key(&[&"text"]), key(&[&String::from("text")]));
        assert_ne!(key(&[&0.0f64]), key(&[&-0.0f64]));
        assert_eq!(key(&[&f64::NAN]), key(&[&f64::NAN]));
    }
}
