//! The page a browser keeps for when there is no network: whom to call, and room to write down a
//! request until it can be sent. It is the same for everybody and holds nobody's data.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use web::{Answer, App, Caller, Routes};

use crate::pages;

pub(crate) fn routes(routes: &mut Routes) {
    routes.raw("GET", "/requests/away", &[], page);
}

async fn page(State(app): State<App>, caller: Caller) -> Response {
    // Kept on the device: whoever is signed in must not stand on it, nor what they just did.
    let anybody = caller.anybody();
    Answer::new(&app, &anybody).html(pages::away(&app, &anybody), StatusCode::OK)
}
