//! What a capability hands over, and how its routes are laid.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodRouter;
use db::{Migration, Sql};
use gate::{Action, Declared, Gate, Looked, States, View};

use crate::answer::Answer;
use crate::app::App;
use crate::given::{self, Coercion, Given};
use crate::openapi::Operation;
use crate::shell::{FormState, Shell};
use crate::who::Caller;
use crate::words;

/// Everything the platform needs to know of a capability.
pub struct Module {
    pub name: &'static str,
    pub migrations: &'static [Migration],
    pub statements: &'static [&'static [Sql]],
    /// The things whose state its acts leave in their events; see [`gate::left`].
    pub states: &'static [States],
    /// The text of `policy.cedar`.
    pub policy: &'static str,
    pub words: words::Source,
    pub routes: fn(&mut Routes),
    pub jobs: &'static [Job],
    pub menu: &'static [MenuItem],
}

/// Work that happens by itself, again and again, whoever is awake.
pub struct Job {
    /// `request.escalate`: the same string in metrics.
    pub name: &'static str,
    pub every_seconds: u64,
    /// Does one round; returns how many things it changed: the next follows at once, until one
    /// changes nothing. Errors are logged and retried at the next round, so a round must be safe
    /// to repeat.
    pub run: fn(&Gate) -> Result<u64, gate::Refusal>,
}

/// An entry of the menu, shown to those who have one of the roles.
pub struct MenuItem {
    pub path: &'static str,
    pub icon: &'static str,
    pub word: &'static str,
    pub roles: &'static [&'static str],
    /// Wanted now and then by who looks after the program: stands behind everybody's daily work.
    pub upkeep: bool,
}

/// A view that is also a page.
pub trait Page: View {
    /// Writes the page.
    ///
    /// # Errors
    /// Only when the template itself fails.
    fn render(body: &Self::Body, shell: &Shell) -> Result<String, askama::Error>;
}

type Params = Path<std::collections::BTreeMap<String, String>>;
type Asked = Query<std::collections::BTreeMap<String, String>>;

/// Collects routes together with what the API document and the policy need to know of them.
pub struct Routes {
    pub(crate) router: Router<App>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) declared: Vec<Declared>,
    pub(crate) paths: Vec<(&'static str, String)>,
}

impl Routes {
    pub fn new() -> Routes {
        Routes {
            router: Router::new(),
            operations: Vec::new(),
            declared: Vec::new(),
            paths: Vec::new(),
        }
    }

    /// The actions and views laid so far.
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    /// Method and path of every route, as laid.
    pub fn paths(&self) -> &[(&'static str, String)] {
        &self.paths
    }

    /// `GET /api{path}` answers with the view as JSON.
    pub fn view<V: View>(&mut self, path: &'static str) {
        self.declare(V::NAME, V::RESOURCE);
        self.operations.push(Operation::view::<V>(path));
        let coercion = Coercion::of::<V>();
        let answer = move |State(app): State<App>,
                           Path(params): Params,
                           Query(query): Asked,
                           caller: Caller| async move {
            let shown = see::<V>(&app, &caller, Given::of_query(params, query), &coercion).await;
            Answer::new(&app, &caller).json(shown.map(|looked| looked.body), StatusCode::OK)
        };
        self.lay("GET", format!("/api{path}"), axum::routing::get(answer));
    }

    /// `GET {path}` answers with the view as a page, `GET /api{path}` as JSON.
    pub fn page<V: Page>(&mut self, path: &'static str) {
        self.view::<V>(path);
        self.page_only::<V>(path);
    }

    /// `GET {path}` answers with the view as a page; the API has it elsewhere or not at all.
    pub fn page_only<V: Page>(&mut self, path: &'static str) {
        self.declare(V::NAME, V::RESOURCE);
        let coercion = Coercion::of::<V>();
        let answer = move |State(app): State<App>,
                           Path(params): Params,
                           Query(query): Asked,
                           caller: Caller| async move {
            let shown = see::<V>(&app, &caller, Given::of_address(params, query), &coercion).await;
            render::<V>(&app, &caller, shown, FormState::none(), StatusCode::OK)
        };
        self.lay("GET", path.to_owned(), axum::routing::get(answer));
    }

    /// `POST /api{path}` does the action; `made` is 201 for what creates something.
    pub fn act<A: Action>(&mut self, path: &'static str, made: StatusCode) {
        self.declare(A::NAME, A::RESOURCE);
        self.operations.push(Operation::act::<A>(path, made));
        let coercion = Coercion::of::<A>();
        let shown = self.shows_what_is_made_at(path);
        let answer = move |State(app): State<App>,
                           Path(params): Params,
                           caller: Caller,
                           request: Request| async move {
            let answer = Answer::new(&app, &caller);
            let given = match Given::of_json(params, request).await {
                Ok(given) => given,
                Err(refusal) => return answer.refusal_json(&refusal),
            };
            let done = perform::<A>(&app, &caller, &given, &coercion).await;
            let id = done.as_ref().ok().and_then(A::made).filter(|_| shown);
            let address = id.map(|id| format!("/api{path}/{id}"));
            answer.json_at(done, made, address.as_deref())
        };
        self.lay("POST", format!("/api{path}"), axum::routing::post(answer));
    }

    /// Whether a view of one thing was laid below this path before: what is made there has an
    /// address.
    fn shows_what_is_made_at(&self, path: &str) -> bool {
        let below = format!("/api{path}/{{");
        let is_one = |rest: &str| rest.ends_with('}') && !rest.contains('/');
        let mut views = self.paths.iter().filter(|(method, _)| *method == "GET");
        !path.contains('{') && views.any(|(_, at)| at.strip_prefix(&below).is_some_and(is_one))
    }

    /// `POST {path}` takes the form of an action. Done: 303 to `next`. Refused: the page `P`
    /// again, with what was typed and what is wrong with it.
    pub fn form<A: Action, P: Page>(&mut self, path: &'static str, next: fn(&A::Done) -> String) {
        self.form_told::<A, P>(path, next, |_| A::NAME.to_owned());
    }

    /// The same where the notice names what it is about: `request.return:2026-000123`.
    pub fn form_told<A: Action, P: Page>(
        &mut self,
        path: &'static str,
        next: fn(&A::Done) -> String,
        notice: fn(&A::Done) -> String,
    ) {
        self.declare(A::NAME, A::RESOURCE);
        let coercion = Coercion::of::<A>();
        let page_coercion = Coercion::of::<P>();
        let answer = move |State(app): State<App>,
                           Path(params): Params,
                           caller: Caller,
                           request: Request| async move {
            let given = match Given::of_form(params.clone(), request).await {
                Ok(given) => given,
                Err(refusal) => return Answer::new(&app, &caller).refusal_page(&refusal),
            };
            if let Err(refusal) = caller.same_origin() {
                return Answer::new(&app, &caller).refusal_page(&refusal);
            }
            match perform::<A>(&app, &caller, &given, &coercion).await {
                Ok(done) => Answer::new(&app, &caller).see_other(&next(&done), &notice(&done)),
                Err(refusal) => {
                    let form = FormState::refused(A::NAME, &given, refusal);
                    let status = form.status();
                    if !form.keeps_page() {
                        return Answer::new(&app, &caller).refusal_page(form.refusal());
                    }
                    let given = Given::of_address(params, given.context());
                    let shown = see::<P>(&app, &caller, given, &page_coercion).await;
                    render::<P>(&app, &caller, shown, form, status)
                }
            }
        };
        self.lay("POST", path.to_owned(), axum::routing::post(answer));
    }

    /// A route that is neither view nor action in shape: pictures, streams, cookies. The handler
    /// still goes through the gate; `declared` names what it does there.
    pub fn raw<H, T>(
        &mut self,
        method: &'static str,
        path: &'static str,
        declared: &[Declared],
        handler: H,
    ) where
        H: Handler<T, App>,
        T: 'static,
    {
        self.declared.extend_from_slice(declared);
        let route = match method {
            "GET" => axum::routing::get(handler),
            "POST" => axum::routing::post(handler),
            other => panic!("no raw route for method {other}"),
        };
        self.lay(method, path.to_owned(), route);
    }

    /// Describes a raw route in the API document.
    pub fn describe(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// Makes a name known to the policy that has no route of its own: an act of jobs only, or a
    /// permission a view asks about besides its own.
    pub fn declare(&mut self, name: &'static str, resource: &'static str) {
        let one = Declared { name, resource };
        if !self.declared.contains(&one) {
            self.declared.push(one);
        }
    }

    fn lay(&mut self, method: &'static str, path: String, route: MethodRouter<App>) {
        self.paths.push((method, path.clone()));
        self.router = std::mem::take(&mut self.router).route(&path, route);
    }
}

impl Default for Routes {
    fn default() -> Routes {
        Routes::new()
    }
}

/// Parses and shows a view.
pub(crate) async fn see<V: View>(
    app: &App,
    caller: &Caller,
    given: Given,
    coercion: &Arc<Coercion>,
) -> Result<Looked<V>, gate::Refusal> {
    let view = given::parse::<V>(&given, coercion)?;
    let credential = caller.credential(app)?;
    let looked = app.gate().look(credential.clone(), view).await?;
    if looked.actor.renews
        && !caller.by_itself
        && let Err(error) = app.gate().renew(credential).await
    {
        // What was asked for is there; the next look tries again.
        tracing::warn!(cause = %error, "a session could not be renewed");
    }
    Ok(looked)
}

async fn perform<A: Action>(
    app: &App,
    caller: &Caller,
    given: &Given,
    coercion: &Arc<Coercion>,
) -> Result<A::Done, gate::Refusal> {
    let action = given::parse::<A>(given, coercion)?;
    let receipt = given.receipt(caller, app.gate().chance())?;
    app.gate().perform(caller.credential(app)?, receipt, action).await
}

fn render<V: Page>(
    app: &App,
    caller: &Caller,
    shown: Result<Looked<V>, gate::Refusal>,
    form: FormState,
    status: StatusCode,
) -> Response {
    let answer = Answer::new(app, caller);
    match shown {
        Ok(looked) => {
            let shell = Shell::new(app, caller, Some(looked.actor), form);
            answer.html(V::render(&looked.body, &shell), status)
        }
        Err(refusal) => answer.refusal_page(&refusal),
    }
}
