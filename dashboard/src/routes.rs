//! What is at which path, and who may ask for it.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde_json::json;

use crate::answers::{Answers, Change, Document, NoAnswer};
use crate::guard::hosts::Hosts;
use crate::guard::precautions::take_precautions;
use crate::guard::token::Token;
use crate::page::{ICON, STYLE};
use crate::refusal::refusal;

/// What the routes have in common.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) answers: Arc<Answers>,
    pub(crate) token: Option<Token>,
    pub(crate) clear: Option<Arc<Change>>,
    pub(crate) prune: Option<Arc<Change>>,
}

/// Everything below `prefix`, which is empty or begins with a slash and does not end with one.
pub(crate) fn below(prefix: &str, shared: Shared) -> Router {
    let at = |path: &str| format!("{prefix}{path}");
    let mut router = Router::new()
        .route(&at("/"), reading(get(show_page)))
        .route(&at("/style.css"), reading(get(|| async { file("text/css; charset=utf-8", STYLE) })))
        .route(&at("/icon.svg"), reading(get(|| async { file("image/svg+xml", ICON) })))
        .route(&at("/cache/stats"), document(Document::Stats))
        .route(&at("/cache/metrics"), document(Document::Metrics))
        .route(&at("/cache/status"), document(Document::Status))
        .route(&at("/analytics/dashboard"), document(Document::Analytics))
        .route(&at("/metrics"), document(Document::Exposition))
        .route(&at("/healthz"), reading(get(is_well)))
        .route(&at("/cache/clear"), changing(|shared| shared.clear))
        .route(&at("/cache/prune"), changing(|shared| shared.prune))
        .route(&at("/{*unknown}"), MethodRouter::new().fallback(unknown));
    if !prefix.is_empty() {
        router = router.route(prefix, reading(get(add_slash)));
    }
    router.with_state(shared)
}

/// What monitoring looks for at the root, where the server is the dashboard's own.
pub(crate) fn at_the_root(prefix: &str, shared: Shared) -> Router {
    let page = format!("{prefix}/");
    let mut router = Router::new().route("/", reading(get(async move || moved(&page)))).fallback(unknown);
    for (path, method) in [("/metrics", document(Document::Exposition)), ("/healthz", reading(get(is_well)))] {
        // Below this prefix there is the page, and the prefix itself leads there.
        if path != prefix {
            router = router.route(path, method);
        }
    }
    router.with_state(shared)
}

/// The routes, and what is done before each of them is asked.
pub(crate) fn guarded(routes: Router, hosts: Hosts) -> Router {
    routes.layer(from_fn_with_state(Arc::new(hosts), take_precautions))
}

fn reading(method: MethodRouter<Shared>) -> MethodRouter<Shared> {
    method.fallback(|| async { refusal(StatusCode::METHOD_NOT_ALLOWED, "this can only be read: GET") })
}

fn document(document: Document) -> MethodRouter<Shared> {
    reading(get(move |State(shared): State<Shared>| async move { answer(&shared, document).await }))
}

async fn show_page(State(shared): State<Shared>, uri: Uri) -> Response {
    let is_still = uri.query() == Some("refresh=off");
    answer(&shared, if is_still { Document::StillPage } else { Document::Page }).await
}

async fn answer(shared: &Shared, document: Document) -> Response {
    match shared.answers.get(document).await {
        Ok(body) => said(content_type(document), body),
        Err(why) => no_answer(why, "the snapshot"),
    }
}

fn content_type(document: Document) -> &'static str {
    match document {
        Document::Page | Document::StillPage => "text/html; charset=utf-8",
        Document::Exposition => "text/plain; version=0.0.4; charset=utf-8",
        _ => "application/json",
    }
}

fn said(content_type: &'static str, body: impl Into<Bytes>) -> Response {
    ([(CONTENT_TYPE, content_type)], body.into()).into_response()
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "max-age=3600")], text).into_response()
}

/// The server answers, whatever becomes of a snapshot.
async fn is_well() -> Response {
    said("application/json", r#"{"status":"ok"}"#)
}

/// To where the links of the page hold. Only the last part is named, so it holds also if the routes are nested in others.
async fn add_slash(uri: Uri) -> Response {
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    moved(&format!("{last}/"))
}

fn moved(to: &str) -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]).into_response()
}

async fn unknown() -> Response {
    refusal(StatusCode::NOT_FOUND, "there is nothing here")
}

fn changing(change: fn(Shared) -> Option<Arc<Change>>) -> MethodRouter<Shared> {
    let handler = async move |State(shared): State<Shared>, headers: HeaderMap| {
        let Some(token) = &shared.token else {
            return refusal(StatusCode::FORBIDDEN, "nothing can be changed here: no token is set");
        };
        if !token.is_shown_in(&headers) {
            let why = refusal(StatusCode::UNAUTHORIZED, "the token is missing or wrong: Authorization: Bearer TOKEN");
            return ([(WWW_AUTHENTICATE, "Bearer")], why).into_response();
        }
        match change(shared.clone()) {
            Some(change) => changed(&shared.answers, change).await,
            None => refusal(StatusCode::FORBIDDEN, "this cannot be changed here"),
        }
    };
    post(handler).fallback(|| async { refusal(StatusCode::METHOD_NOT_ALLOWED, "this changes something: POST") })
}

async fn changed(answers: &Arc<Answers>, change: Arc<Change>) -> Response {
    match answers.change(change).await {
        Ok(Ok(removed)) => said("application/json", json!({ "removed": removed }).to_string()),
        Ok(Err(why)) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &why),
        Err(why) => no_answer(why, "the change"),
    }
}

fn no_answer(why: NoAnswer, what: &str) -> Response {
    match why {
        NoAnswer::Failed => refusal(StatusCode::INTERNAL_SERVER_ERROR, &format!("{what} failed: the program panicked")),
        NoAnswer::Late => refusal(StatusCode::SERVICE_UNAVAILABLE, &format!("{what} takes too long")),
    }
}
