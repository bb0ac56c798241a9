//! The forms of intake: the one that may bring photos along, and the pasted chat of which only
//! the ticked parts are taken.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::{StatusCode, header};
use axum::response::Response;
use gate::{Action, Declared, Refusal, View};
use web::{Answer, App, Caller, Coercion, FormState, Given, Operation, Page, Routes, Shell};

use crate::actions::filing::{File, FileMany};
use crate::forms;
use crate::photos::{self, Upload};
use crate::views::new::{FindPeople, FindSimilar, ShowNew, ShowPaste, SplitPaste};

/// Body of a paste: its text and the parts made of it, both as long as they may be and in the
/// longest way to write them in a form (nine bytes a character), and their wrapping. Larger than
/// the rule allows, so that a text that is too long comes back to whoever pasted it.
const PASTE_BODY_MAX: usize = 1024 * 1024;

pub(crate) fn routes(routes: &mut Routes) {
    let files = [Declared { name: File::NAME, resource: File::RESOURCE }];
    let limit = DefaultBodyLimit::max(photos::UPLOAD_MAX);
    // The page's own address, so that a reload after a refusal shows the form again.
    for path in ["/requests", "/requests/new"] {
        routes.raw("POST", path, &files, file.layer(limit));
    }
    let people = [Declared { name: FindPeople::NAME, resource: FindPeople::RESOURCE }];
    routes.raw("POST", "/requests/new/people", &people, with_people.layer(limit));
    routes.raw("POST", "/requests/people", &people, fragment::<FindPeople>);
    let pastes = [Declared { name: FileMany::NAME, resource: FileMany::RESOURCE }];
    let limit = DefaultBodyLimit::max(PASTE_BODY_MAX);
    routes.raw("POST", "/requests/paste", &pastes, file_many.layer(limit));
    let splits = [Declared { name: SplitPaste::NAME, resource: SplitPaste::RESOURCE }];
    let path = "/requests/paste/parts";
    // Whoever reloads the parts by their address begins anew.
    routes.raw("GET", path, &splits, paste_page);
    routes.raw("POST", path, &splits, split.layer(limit));
    routes.raw("POST", "/api/requests/paste/parts", &splits, asked_json::<SplitPaste>.layer(limit));
    routes.describe(Operation::asked_by_post::<SplitPaste>(path));
    // Asked while a resident's words are being typed: in the body, for addresses are logged.
    let similar = [Declared { name: FindSimilar::NAME, resource: FindSimilar::RESOURCE }];
    let path = "/requests/similar";
    routes.raw("POST", path, &similar, fragment::<FindSimilar>);
    routes.raw("POST", "/api/requests/similar", &similar, asked_json::<FindSimilar>);
    routes.describe(Operation::asked_by_post::<FindSimilar>(path));
}

async fn file(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let upload = match read(&caller, request).await {
        Ok(upload) => upload,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let given = Given::of_pairs(BTreeMap::new(), upload.fields.clone());
    let filed = file_with_photos(&app, &caller, &given, &upload).await;
    forms::answer(&app, &caller, File::NAME, &given, filed, as_chosen(&given)).await
}

/// The form again with the people of the household that was chosen, where no script fills them in.
/// Nothing is filed, and everything typed still stands there.
async fn with_people(State(app): State<App>, caller: Caller, request: Request) -> Response {
    match read(&caller, request).await {
        Ok(upload) => {
            let given = Given::of_pairs(BTreeMap::new(), upload.fields);
            let form = FormState::begun(File::NAME, &given);
            forms::render(&app, &caller, as_chosen(&given), form, StatusCode::OK).await
        }
        Err(refusal) => Answer::new(&app, &caller).refusal_page(&refusal),
    }
}

/// The form's page for the place that was chosen in it; a place that is none is complained about
/// by the form itself.
fn as_chosen(given: &Given) -> ShowNew {
    let spot = given.typed().get("spot").and_then(|typed| typed.parse().ok());
    ShowNew { spot }
}

/// Photos are decoded before anything is kept: a bad one leaves the form as it was.
async fn file_with_photos(
    app: &App,
    caller: &Caller,
    given: &Given,
    upload: &Upload,
) -> Result<String, Refusal> {
    let action = web::parse::<File>(given, &Coercion::of::<File>())?;
    // Whoever may not file is told so before their files are looked at.
    app.gate().look(caller.credential(app)?, ShowNew::default()).await?;
    let prepared = photos::prepare(upload).await?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    let filed = app.gate().perform(caller.credential(app)?, receipt, action).await?;
    photos::keep(app, caller, filed.id, prepared, receipt).await?;
    Ok(format!("/requests/{}", filed.id))
}

async fn read(caller: &Caller, request: Request) -> Result<Upload, Refusal> {
    caller.same_origin()?;
    let kind = request.headers().get(header::CONTENT_TYPE);
    let with_files = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    if with_files {
        return Upload::read(request).await;
    }
    let given = Given::of_form(BTreeMap::new(), request).await?;
    Ok(Upload::without_files(given.typed().into_iter().collect()))
}

async fn paste_page(State(app): State<App>, caller: Caller) -> Response {
    forms::show(&app, &caller, ShowPaste {}).await
}

/// The first step of a paste: shows the parts for confirmation, or the form again with the whole
/// text and what is wrong with it.
async fn split(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let given = match forms::sent(&caller, request).await {
        Ok(given) => given,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    let text = given.typed().remove("text").unwrap_or_default();
    let answer = Answer::new(&app, &caller);
    let credential = match caller.credential(&app) {
        Ok(credential) => credential,
        Err(refusal) => return answer.refusal_page(&refusal),
    };
    match app.gate().look(credential, SplitPaste { text }).await {
        Ok(looked) => {
            let shell = Shell::new(&app, &caller, Some(looked.actor), FormState::none());
            answer.html(SplitPaste::render(&looked.body, &shell), StatusCode::OK)
        }
        Err(refusal) => {
            let refused = Err(refusal);
            forms::answer(&app, &caller, SplitPaste::NAME, &given, refused, ShowPaste {}).await
        }
    }
}

/// Part of the intake form, asked for while it is being filled.
async fn fragment<P: Page>(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let shown = async {
        let given = forms::sent(&caller, request).await?;
        let view = web::parse::<P>(&given, &Coercion::of::<P>())?;
        app.gate().look(caller.credential(&app)?, view).await
    };
    let answer = Answer::new(&app, &caller);
    match shown.await {
        Ok(looked) => {
            let shell = Shell::new(&app, &caller, Some(looked.actor), FormState::none());
            answer.html(P::render(&looked.body, &shell), StatusCode::OK)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}

async fn asked_json<V: gate::View>(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Response {
    let shown = async {
        let given = Given::of_json(BTreeMap::new(), request).await?;
        let view = web::parse::<V>(&given, &Coercion::of::<V>())?;
        Ok(app.gate().look(caller.credential(&app)?, view).await?.body)
    };
    let shown = shown.await;
    Answer::new(&app, &caller).json(shown, StatusCode::OK)
}

async fn file_many(State(app): State<App>, caller: Caller, request: Request) -> Response {
    let given = match forms::sent(&caller, request).await {
        Ok(given) => given,
        Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
    };
    match file_ticked(&app, &caller, &given).await {
        Ok(count) => {
            let notice = format!("{}:{count}", FileMany::NAME);
            Answer::new(&app, &caller).see_other("/requests", &notice)
        }
        Err(refusal) => {
            let text = given.context().remove("text").unwrap_or_default();
            let page = SplitPaste { text };
            forms::answer(&app, &caller, FileMany::NAME, &given, Err(refusal), page).await
        }
    }
}

/// How many were written down.
async fn file_ticked(app: &App, caller: &Caller, given: &Given) -> Result<usize, Refusal> {
    let ticked = Given::of_pairs(BTreeMap::new(), ticked(given.typed()));
    let as_typed = |refusal| ticked.named_as_typed(refusal);
    let action = web::parse::<FileMany>(&ticked, &Coercion::of::<FileMany>()).map_err(as_typed)?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    let filed = app.gate().perform(caller.credential(app)?, receipt, action).await;
    Ok(filed.map_err(as_typed)?.items.len())
}

/// The fields of ticked parts; the tick itself is the page's.
fn ticked(typed: BTreeMap<String, String>) -> Vec<(String, String)> {
    let part = |name: &str| name.split('.').nth(1).map(str::to_owned);
    let taken: BTreeSet<String> =
        typed.keys().filter(|name| name.ends_with(".take")).filter_map(|name| part(name)).collect();
    typed
        .into_iter()
        .filter(|(name, _)| {
            let is_taken = part(name).is_some_and(|part| taken.contains(&part));
            is_taken && !name.ends_with(".take")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ticked_parts_are_taken() {
        let typed = [
            ("parts.0.text", "路灯坏了"),
            ("parts.0.take", "true"),
            ("parts.1.text", "谢谢"),
            ("_receipt", "7"),
        ];
        let typed = typed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let taken = ticked(BTreeMap::from(typed));
        assert_eq!(taken, [("parts.0.text".to_owned(), "路灯坏了".to_owned())]);
    }
}
