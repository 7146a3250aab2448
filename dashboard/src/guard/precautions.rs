//! What every request has to be like, and what every answer says to a browser.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::hosts::Hosts;
use crate::refusal::refusal;

/// The longest body that a request may have. Nothing here needs one.
const LONGEST_BODY: u64 = 16 * 1024;

/// Nothing is loaded but the page's own style and icon, nothing runs, and no other page shows it in a frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// Refuses what must not be answered, and adds the headers to what is.
pub(crate) async fn take_precautions(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    let mut response = match refused(&hosts, &request) {
        Some(refused) => refused,
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn refused(hosts: &Hosts, request: &Request) -> Option<Response> {
    let mut named: Vec<Option<&str>> = request.headers().get_all(HOST).iter().map(|it| it.to_str().ok()).collect();
    if named.len() > 1 {
        return Some(refusal(StatusCode::BAD_REQUEST, "a request names one Host"));
    }
    // HTTP/2 names it here, and HTTP/1 may do so, too.
    named.extend(request.uri().authority().map(|authority| Some(authority.as_str())));
    if named.is_empty() {
        return Some(refusal(StatusCode::BAD_REQUEST, "a request names its Host"));
    }
    if !named.iter().all(|host| host.is_some_and(|host| hosts.allow(host))) {
        return Some(refusal(
            StatusCode::FORBIDDEN,
            "this Host is not allowed here: see Dashboard::allow_host, or --allow-host",
        ));
    }
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    (length > Some(LONGEST_BODY)).then(|| refusal(StatusCode::PAYLOAD_TOO_LARGE, "no request here needs a body"))
}
