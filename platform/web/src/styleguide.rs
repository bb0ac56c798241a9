//! `/styleguide`: every component in every state, in the reader's own language and mode.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::answer::Answer;
use crate::app::App;
use crate::shell::{FormState, Shell, qr_svg};
use crate::who::Caller;

#[derive(Template)]
#[template(path = "styleguide.html")]
struct Guide<'a> {
    shell: &'a Shell<'a>,
    qr: String,
}

pub(crate) async fn page(State(app): State<App>, caller: Caller) -> Response {
    let shell = Shell::new(&app, &caller, None, FormState::none());
    let page = Guide { shell: &shell, qr: qr_svg("https://lianhu.example/q") }.render();
    Answer::new(&app, &caller).html(page, StatusCode::OK)
}
