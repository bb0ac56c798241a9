//! The whole router: capabilities' routes, the shell's own, and the layers around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::answer::{self, Answer, problem};
use crate::app::App;
use crate::module::Routes;
use crate::who::Caller;
use crate::{assets, live, styleguide};

/// Requests in work at once; more are told to come back. Each holds at most a body of
/// [`crate::given::BODY_MAX`], so memory stays bounded.
const IN_WORK_MAX: usize = 1024;

/// No page may take longer; a slow client is cut off.
const REQUEST_SECONDS_MAX: u64 = 30;

/// Puts everything together.
pub fn router(routes: Routes, app: App) -> Router {
    let in_work = Arc::new(Semaphore::new(IN_WORK_MAX));
    let compress =
        CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest).compress_when(
            SizeAbove::new(1024)
                .and(NotForContentType::new("text/event-stream"))
                .and(NotForContentType::IMAGES),
        );
    let timeout = tower_http::timeout::TimeoutLayer::with_status_code(
        StatusCode::SERVICE_UNAVAILABLE,
        Duration::from_secs(REQUEST_SECONDS_MAX),
    );
    let served = routes
        .router
        .route("/api/openapi.json", get(openapi))
        .route("/preferences", post(preferences))
        .route("/styleguide", get(styleguide::page))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::extract::DefaultBodyLimit::max(crate::given::BODY_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), answer::at_home))
        .layer(timeout)
        .layer(middleware::from_fn_with_state((app.clone(), in_work), shed))
        .layer(compress);
    Router::new()
        .route("/assets/{hash}/{*name}", get(assets::serve).layer(CompressionLayer::new()))
        .route("/sw.js", get(assets::worker))
        .route("/live", get(live::live))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(measures))
        .merge(served)
        .layer(middleware::from_fn(guard))
        .with_state(app)
}

/// Beyond capacity the answer is 503 with Retry-After at once, so that what is in work finishes.
async fn shed(
    State((app, in_work)): State<(App, Arc<Semaphore>)>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(_place) = in_work.try_acquire() else {
        metrics::counter!("lianhu_http_shed_total").increment(1);
        let busy = gate::Refusal::Db(db::Error::Overloaded);
        return problem(&app, &Caller::default(), &busy);
    };
    next.run(request).await
}

/// Headers that every answer carries (ASVS 3.4): nothing from elsewhere, nothing framed. Our own
/// styles and scripts go without those that speak of pages: a first visit takes a dozen of them.
async fn guard(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 5] = [
        (
            header::CONTENT_SECURITY_POLICY,
            // The hash is that of the one style element Turbo puts into the head (LICENSES.md).
            "default-src 'self'; \
             style-src 'self' 'sha256-WAyOw4V+FqDc35lQPyRADLBWbuNK8ahvYEaQIYF1+Ps='; \
             img-src 'self' data: blob:; object-src 'none'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let wanted = |name: &HeaderName| !is_asset || name == header::X_CONTENT_TYPE_OPTIONS;
    for (name, value) in fixed.into_iter().filter(|(name, _)| wanted(name)) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn openapi(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], app.openapi().to_owned()).into_response()
}

/// Ready when the database answers.
async fn ready(State(app): State<App>) -> Response {
    match app.gate().db().read(|_| Ok::<(), db::Error>(())).await {
        Ok(()) => "ready".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database").into_response(),
    }
}

async fn measures(State(app): State<App>) -> Response {
    measure_database(&app.gate().db().metrics());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics()).into_response()
}

/// The database counts for itself; its numbers join the others when somebody asks.
fn measure_database(now: &db::Metrics) {
    metrics::gauge!("lianhu_db_write_queue").set(now.write_queue as f64);
    metrics::gauge!("lianhu_db_read_queue").set(now.read_queue as f64);
    metrics::counter!("lianhu_db_batches_total").absolute(now.batches);
    metrics::counter!("lianhu_db_writes_total").absolute(now.writes);
    metrics::counter!("lianhu_db_reads_total").absolute(now.reads);
    metrics::counter!("lianhu_db_restarts_total").absolute(now.restarts);
    metrics::counter!("lianhu_db_shed_total").absolute(now.shed);
    metrics::counter!("lianhu_db_commit_micros_total").absolute(now.commit_micros);
}

/// The address exists, and not for this method (`Allow` names those there are).
async fn wrong_method(State(app): State<App>, caller: Caller) -> Response {
    let answer = Answer::new(&app, &caller);
    if caller.path.starts_with("/api/") {
        answer.refusal_json(&gate::Refusal::Method)
    } else {
        answer.refusal_page(&gate::Refusal::Method)
    }
}

async fn unknown(State(app): State<App>, caller: Caller) -> Response {
    let answer = Answer::new(&app, &caller);
    if caller.path.starts_with("/api/") {
        answer.refusal_json(&gate::Refusal::NotFound)
    } else {
        answer.refusal_page(&gate::Refusal::NotFound)
    }
}

/// How the reader wants their pages.
#[derive(Deserialize)]
struct Wanted {
    lang: Option<String>,
    mode: Option<String>,
    theme: Option<String>,
    back: Option<String>,
}

async fn preferences(
    State(app): State<App>,
    caller: Caller,
    Form(wanted): Form<Wanted>,
) -> Response {
    if let Err(refusal) = caller.same_origin() {
        return Answer::new(&app, &caller).refusal_page(&refusal);
    }
    // Only a path of ours: never a way to send somebody elsewhere.
    let back = wanted.back.filter(|path| path.starts_with('/') && !path.starts_with("//"));
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(back.as_deref().unwrap_or("/"));
    let location = location.unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    let choices = [
        ("lang", wanted.lang.as_deref(), &["zh", "en"][..]),
        ("mode", wanted.mode.as_deref(), &["elder", "normal"][..]),
        ("theme", wanted.theme.as_deref(), &["dark", "light", "auto"][..]),
    ];
    for (name, value, known) in choices {
        if let Some(value) = value.filter(|value| known.contains(value)) {
            let line = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
            if let Ok(line) = HeaderValue::from_str(&line) {
                response.headers_mut().append(header::SET_COOKIE, line);
            }
        }
    }
    response
}
