//! Live refresh: a stream that says "look again" and nothing else.
//!
//! It carries no data, so it needs no permission beyond a known community; the page asks the
//! gate again. Lagging listeners are told to look again at everything.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::answer::Answer;
use crate::app::App;
use crate::who::Caller;

/// Changes that come closer together than this are told once.
const GATHER: Duration = Duration::from_millis(400);

#[derive(Deserialize)]
pub(crate) struct Topic {
    /// One thing's id, or nothing for every change of the community.
    topic: Option<Uuid>,
}

pub(crate) async fn live(
    State(app): State<App>,
    Query(topic): Query<Topic>,
    caller: Caller,
) -> Response {
    let community = match caller.credential(&app) {
        Ok(credential) => credential.community(),
        Err(refusal) => return Answer::new(&app, &caller).refusal_json(&refusal),
    };
    let changes = app.gate().changes();
    let refreshes = stream::unfold(changes, move |mut changes| async move {
        loop {
            match changes.recv().await {
                Ok(change) if change.community != community => {}
                Ok(change) if topic.topic.is_some_and(|only| only != change.object) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return None,
            }
        }
        tokio::time::sleep(GATHER).await;
        while changes.try_recv().is_ok() {}
        // A browser drops an event without data.
        Some((Ok::<_, Infallible>(Event::default().event("refresh").data("again")), changes))
    });
    Sse::new(refreshes)
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
        .into_response()
}
