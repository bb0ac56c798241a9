//! How an answer is written: JSON, problem+json, page, redirect. The one mapping from a refusal
//! to HTTP.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gate::Refusal;
use kernel::Fault;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::shell::{FormState, Shell};
use crate::who::Caller;

/// Seconds after which a shed caller may try again: a full queue empties in well under one.
const RETRY_AFTER_SECONDS: u32 = 1;

/// Writes answers for one caller.
pub struct Answer<'a> {
    app: &'a App,
    caller: &'a Caller,
}

/// What a refusal is in HTTP: status, and the word key of its sentence.
struct Verdict {
    status: StatusCode,
    fault: Fault,
    retry_after: Option<u32>,
}

impl<'a> Answer<'a> {
    pub fn new(app: &'a App, caller: &'a Caller) -> Answer<'a> {
        Answer { app, caller }
    }

    pub fn json<T: Serialize>(&self, result: Result<T, Refusal>, made: StatusCode) -> Response {
        match result.map(|body| serde_json::to_vec(&body)) {
            Ok(Ok(bytes)) => {
                let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                (made, [kind, no_store()], bytes).into_response()
            }
            Ok(Err(error)) => self.refusal_json(&Refusal::Defect(error.to_string())),
            Err(refusal) => self.refusal_json(&refusal),
        }
    }

    /// The same with the address at which what was made is shown.
    pub(crate) fn json_at<T: Serialize>(
        &self,
        result: Result<T, Refusal>,
        made: StatusCode,
        address: Option<&str>,
    ) -> Response {
        let mut response = self.json(result, made);
        if let Some(address) = address.and_then(|path| HeaderValue::from_str(path).ok()) {
            response.headers_mut().insert(header::LOCATION, address);
        }
        response
    }

    /// `application/problem+json` (RFC 9457) with the faults of fields under `errors`.
    pub fn refusal_json(&self, refusal: &Refusal) -> Response {
        problem(self.app, self.caller, refusal)
    }

    /// The page that says what went wrong and what to do next; 401 goes to the sign-in page.
    pub fn refusal_page(&self, refusal: &Refusal) -> Response {
        page_refusal(self.app, self.caller, refusal)
    }

    pub fn html(&self, page: Result<String, askama::Error>, status: StatusCode) -> Response {
        match page {
            Ok(page) => {
                let kind = HeaderValue::from_static("text/html; charset=utf-8");
                let mut response =
                    (status, [(header::CONTENT_TYPE, kind), no_store()], page).into_response();
                if self.caller.notice.is_some() {
                    append_cookie(&mut response, "notice=; Path=/; Max-Age=0; SameSite=Lax");
                }
                response
            }
            Err(error) => self.refusal_page(&Refusal::Defect(format!("template: {error}"))),
        }
    }

    /// 303 to where the result is shown; the action's name becomes the notice there.
    pub fn see_other(&self, path: &str, notice: &str) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let Ok(location) = HeaderValue::from_str(path) else {
            return self.refusal_page(&Refusal::Defect("a redirect to no address".to_owned()));
        };
        response.headers_mut().insert(header::LOCATION, location);
        // Sixty seconds are enough to follow a redirect on a weak line.
        append_cookie(&mut response, &format!("notice={notice}; Path=/; Max-Age=60; SameSite=Lax"));
        response
    }
}

/// A refusal as problem+json.
pub fn problem(app: &App, caller: &Caller, refusal: &Refusal) -> Response {
    let mut verdict = verdict(refusal);
    if matches!(refusal, Refusal::Method) {
        // A program is told of the header that comes along, not of pages.
        verdict.fault = Fault::new("problem.detail.method_of_api");
    }
    let lang = caller.preferences.lang;
    let words = app.words();
    let errors: Vec<_> = refusal
        .field_faults()
        .iter()
        .map(|one| {
            json!({
                "field": one.field,
                "key": one.fault.key,
                "message": words.fault(lang, &one.fault),
            })
        })
        .collect();
    let mut body = json!({
        "type": format!("/problems/{}", refusal.class()),
        "title": words.fill(lang, &format!("problem.{}", refusal.class()), &[]),
        "status": verdict.status.as_u16(),
        "detail": words.fault(lang, &verdict.fault),
        "key": verdict.fault.key,
        "errors": errors,
    });
    if let Refusal::Stale { current } = refusal {
        body["current_version"] = json!(current);
    }
    log_defect(app, refusal, &mut body);
    let kind = HeaderValue::from_static("application/problem+json");
    let headers = [(header::CONTENT_TYPE, kind), no_store()];
    let mut response = (verdict.status, headers, body.to_string()).into_response();
    retry_after(&mut response, verdict.retry_after);
    if verdict.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// A refusal as a page.
pub fn page_refusal(app: &App, caller: &Caller, refusal: &Refusal) -> Response {
    if matches!(refusal, Refusal::SignIn) {
        let next =
            percent_encoding::utf8_percent_encode(&caller.path, percent_encoding::NON_ALPHANUMERIC);
        let target = format!("/sign-in?next={next}");
        let mut response = StatusCode::SEE_OTHER.into_response();
        // Percent-encoded text is always a valid header value.
        let location =
            HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("/sign-in"));
        response.headers_mut().insert(header::LOCATION, location);
        return response;
    }
    if matches!(refusal, Refusal::Prove) {
        return ask_to_prove(caller);
    }
    let verdict = verdict(refusal);
    let mut body = json!({});
    log_defect(app, refusal, &mut body);
    let shell = Shell::new(app, caller, None, FormState::none());
    let told = shell.told(&refusal.field_faults());
    let general = || app.words().fault(caller.preferences.lang, &verdict.fault);
    // There is no form on this page whose fields could be marked.
    let sentence = if told.is_empty() { general() } else { told };
    let quote = body["instance"].as_str().unwrap_or_default().to_owned();
    let refused = Refused { caller: caller.clone(), class: refusal.class(), sentence, quote };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, kind), no_store()];
    let mut response = (verdict.status, headers, refused.page(&shell)).into_response();
    retry_after(&mut response, verdict.retry_after);
    if verdict.status.is_client_error() {
        response.extensions_mut().insert(refused);
    }
    response
}

/// Where somebody proves again who they are before a sensitive act. The form goes there as it is
/// (307 keeps method and body) and comes back the same way: nothing typed is lost.
pub const PROOF: &str = "/proof";

fn ask_to_prove(caller: &Caller) -> Response {
    let to =
        percent_encoding::utf8_percent_encode(&caller.path, percent_encoding::NON_ALPHANUMERIC);
    let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
    // Percent-encoded text is always a valid header value.
    let location = HeaderValue::from_str(&format!("{PROOF}?to={to}"))
        .unwrap_or(HeaderValue::from_static(PROOF));
    response.headers_mut().insert(header::LOCATION, location);
    let (name, value) = no_store();
    response.headers_mut().insert(name, value);
    response
}

/// What an error page says, and to whom.
#[derive(Clone)]
struct Refused {
    caller: Caller,
    class: &'static str,
    sentence: String,
    quote: String,
}

impl Refused {
    fn page(&self, shell: &Shell<'_>) -> String {
        let page = shell.error_page(self.class, &self.sentence, &self.quote);
        page.unwrap_or_else(|_| self.sentence.clone())
    }
}

/// An error page keeps the menu and the name of whoever is signed in, so that they can go on. Who
/// that is must be asked for, which those who refuse cannot: it happens here, on the way out, and
/// not while the server is too busy.
pub(crate) async fn at_home(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(refused) = response.extensions_mut().remove::<Refused>() else { return response };
    if !refused.caller.signed_in() || response.status() == StatusCode::TOO_MANY_REQUESTS {
        return response;
    }
    let Ok(credential) = refused.caller.credential(&app) else { return response };
    if let Ok(actor) = app.gate().identify(credential).await {
        let shell = Shell::new(&app, &refused.caller, Some(actor), FormState::none());
        *response.body_mut() = Body::from(refused.page(&shell));
    }
    response
}

/// Internal errors get an id to quote and are logged once, here, with their cause.
fn log_defect(app: &App, refusal: &Refusal, body: &mut serde_json::Value) {
    let internal = match refusal {
        Refusal::Defect(_) => true,
        Refusal::Db(error) => !matches!(error, db::Error::Overloaded | db::Error::Conflict),
        _ => false,
    };
    if internal {
        let id = app.gate().chance().id(app.gate().now());
        tracing::error!(%id, cause = %refusal, "internal error");
        body["instance"] = json!(id.to_string());
    }
}

fn verdict(refusal: &Refusal) -> Verdict {
    let plain = |status: StatusCode| Verdict {
        status,
        fault: Fault::new(detail_key(refusal)),
        retry_after: None,
    };
    match refusal {
        Refusal::Invalid(_) | Refusal::ReceiptReused => plain(StatusCode::UNPROCESSABLE_ENTITY),
        Refusal::Rule(fault) => {
            Verdict { status: StatusCode::CONFLICT, fault: fault.clone(), retry_after: None }
        }
        Refusal::Unsupported(fault) => Verdict {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            fault: fault.clone(),
            retry_after: None,
        },
        Refusal::NotFound => plain(StatusCode::NOT_FOUND),
        Refusal::Method => plain(StatusCode::METHOD_NOT_ALLOWED),
        Refusal::Forbidden => plain(StatusCode::FORBIDDEN),
        Refusal::Stale { .. } | Refusal::Db(db::Error::Conflict) => plain(StatusCode::CONFLICT),
        Refusal::SignIn => plain(StatusCode::UNAUTHORIZED),
        Refusal::Prove => plain(StatusCode::FORBIDDEN),
        Refusal::TooMany { retry_after_seconds } => Verdict {
            retry_after: Some(*retry_after_seconds),
            ..plain(StatusCode::TOO_MANY_REQUESTS)
        },
        Refusal::Db(db::Error::Full) => plain(StatusCode::INSUFFICIENT_STORAGE),
        Refusal::Db(
            db::Error::Overloaded | db::Error::Serialization | db::Error::Unavailable(_),
        ) => Verdict {
            retry_after: Some(RETRY_AFTER_SECONDS),
            ..plain(StatusCode::SERVICE_UNAVAILABLE)
        },
        Refusal::Db(_) | Refusal::Defect(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

pub(crate) fn detail_key(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Invalid(_) => "problem.detail.invalid",
        Refusal::Rule(_) | Refusal::Unsupported(_) => "problem.detail.rule",
        Refusal::NotFound => "problem.detail.not_found",
        Refusal::Method => "problem.detail.method",
        Refusal::Forbidden => "problem.detail.forbidden",
        Refusal::Stale { .. } | Refusal::Db(db::Error::Conflict) => "problem.detail.stale",
        Refusal::ReceiptReused => "problem.detail.receipt_reused",
        Refusal::SignIn => "problem.detail.sign_in",
        Refusal::Prove => "problem.detail.prove",
        Refusal::TooMany { .. } => "problem.detail.too_many",
        Refusal::Db(db::Error::Full) => "problem.detail.full",
        Refusal::Db(
            db::Error::Overloaded | db::Error::Serialization | db::Error::Unavailable(_),
        ) => "problem.detail.overloaded",
        Refusal::Db(_) | Refusal::Defect(_) => "problem.detail.defect",
    }
}

fn retry_after(response: &mut Response<Body>, seconds: Option<u32>) {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

fn append_cookie(response: &mut Response<Body>, line: &str) {
    // Made of our own action names and fixed words: always a valid header value.
    if let Ok(line) = HeaderValue::from_str(line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

fn no_store() -> (header::HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}
