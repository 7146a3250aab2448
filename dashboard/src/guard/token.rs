//! The token that whoever changes something has to show.

use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

/// A secret. It is shown to nobody, and comparing it takes as long whichever part of it is right.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// `None` if it is empty: that is no secret.
    pub(crate) fn new(token: String) -> Option<Self> {
        (!token.is_empty()).then_some(Self(token))
    }

    /// Whether the request shows it, as `Authorization: Bearer TOKEN`.
    pub(crate) fn is_shown_in(&self, headers: &HeaderMap) -> bool {
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (shown.next(), shown.next()) else { return false };
        let (scheme, token) = value.as_bytes().split_at(value.len().min(BEARER.len()));
        scheme.eq_ignore_ascii_case(BEARER) && bool::from(token.ct_eq(self.0.as_bytes()))
    }
}

const BEARER: &[u8] = b"Bearer ";

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_will_do() {
        assert!(Token::new(String::new()).is_none());
        let token = Token::new("secret".into()).unwrap();
        let is_shown = |values: &[&'static str]| {
            let headers = values.iter().map(|value| (AUTHORIZATION, value.parse().unwrap())).collect();
            token.is_shown_in(&headers)
        };
        assert!(is_shown(&["Bearer secret"]) && is_shown(&["bearer secret"]));
        for wrong in ["Bearer secre", "Bearer secrets", "Bearer ", "Bearer", "secret", "Basic secret", ""] {
            assert!(!is_shown(&[wrong]), "{wrong}");
        }
        assert!(!is_shown(&[]) && !is_shown(&["Bearer secret", "Bearer secret"]));
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
