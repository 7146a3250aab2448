//! The answer to a request that is refused.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// `{"error": "why"}`.
pub(crate) fn refusal(status: StatusCode, why: &str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], json!({ "error": why }).to_string()).into_response()
}
