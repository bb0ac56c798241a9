//! Pages: each is the body of its view, laid into a template of the same name.
//!
//! [`look`] says how states and acts look; the partial templates say it in HTML.

pub mod look;
mod terms;
mod versions;

use askama::Template;
use gate::Refusal;
use web::{App, Caller, FormState, Page, Shell};

use crate::model;
use crate::rules::workflow::Act;
use crate::views::clocks::{ClocksBody, ShowClocks};
use crate::views::inbox::{ShowHome, ShowInbox};
use crate::views::list::ListRequests;
use crate::views::new::{FindPeople, FindSimilar, ShowNew, ShowPaste, SplitPaste};
use crate::views::progress::ShowProgress;
use crate::views::read::ReadRequest;
use crate::views::slip::{Paper, PrintSlip};
use crate::views::{Home, Inbox, NewRequest, PasteBody, PeoplePage, Progress, RequestBody};
use crate::views::{RequestPage, SimilarPage, Slip};

/// Declares the page of a view: a template that sees the `shell` and the view's `body`.
macro_rules! page {
    ($view:ident shows $body:ident in $page:ident = $template:literal) => {
        #[derive(Template)]
        #[template(path = $template)]
        struct $page<'a> {
            shell: &'a Shell<'a>,
            body: &'a $body,
        }

        impl Page for $view {
            fn render(body: &$body, shell: &Shell<'_>) -> Result<String, askama::Error> {
                $page { shell, body }.render()
            }
        }
    };
}

page!(ShowHome shows Home in HomePage = "home.html");
page!(ShowClocks shows ClocksBody in ClocksPage = "clocks.html");
page!(ShowInbox shows Inbox in InboxPage = "inbox.html");
page!(ListRequests shows RequestPage in ListPage = "list.html");
page!(ReadRequest shows RequestBody in ShowPage = "show.html");
page!(ShowNew shows NewRequest in NewPage = "new.html");
page!(SplitPaste shows PasteBody in PastePage = "paste.html");
page!(PrintSlip shows Slip in SlipPage = "slip.html");
page!(ShowProgress shows Progress in ProgressPage = "progress.html");

/// The same page, before there is anything to split.
impl Page for ShowPaste {
    fn render(body: &PasteBody, shell: &Shell<'_>) -> Result<String, askama::Error> {
        SplitPaste::render(body, shell)
    }
}

// Not a whole page: what `people.js` puts into the intake form.
page!(FindPeople shows PeoplePage in PeopleFragment = "people.html");

// Not a whole page: what `similar.js` puts into the intake form.
page!(FindSimilar shows SimilarPage in SimilarFragment = "similar.html");

#[derive(Template)]
#[template(path = "away.html")]
struct AwayPage<'a> {
    shell: &'a Shell<'a>,
}

/// The page for when there is no network.
pub(crate) fn away(app: &App, caller: &Caller) -> Result<String, askama::Error> {
    AwayPage { shell: &Shell::new(app, caller, None, FormState::none()) }.render()
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    shell: &'a Shell<'a>,
    /// What was typed and did not open anything.
    typed: &'a str,
    /// Why not, as a word of the page; empty before anything was typed.
    refused: &'static str,
    /// What to do about it, in words.
    hint: String,
}

/// The page where a resident types the code of a slip; what was typed in vain still stands there.
pub(crate) fn enter_code(
    app: &App,
    caller: &Caller,
    vain: Option<(&str, &Refusal)>,
) -> Result<String, askama::Error> {
    let shell = &Shell::new(app, caller, None, FormState::none());
    let (refused, hint) = match vain {
        None => ("", String::new()),
        Some((_, Refusal::TooMany { retry_after_seconds })) => {
            ("too_often", shell.t1("code.too_often_hint", "n", retry_after_seconds))
        }
        Some((_, Refusal::Invalid(_))) => ("missing", shell.t("code.missing_hint").to_owned()),
        Some(_) => ("wrong", shell.t("code.wrong_hint").to_owned()),
    };
    CodePage { shell, typed: vain.map_or("", |(typed, _)| typed), refused, hint }.render()
}
