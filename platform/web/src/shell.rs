//! What every page is wrapped in, and what templates ask for: words, icons, times, the state of
//! a form, the menu.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use gate::{Actor, FieldFault, Refusal};
use kernel::{Day, Instant};
use qrcode::QrCode;
use qrcode::render::svg;

use crate::answer::detail_key;
use crate::app::App;
use crate::given::Given;
use crate::module::MenuItem;
use crate::when;
use crate::who::Caller;

/// The state of the form that was sent last, if one was.
#[derive(Debug, Default)]
pub struct FormState {
    action: &'static str,
    typed: BTreeMap<String, String>,
    refusal: Option<Refusal>,
}

impl FormState {
    pub fn none() -> FormState {
        FormState::default()
    }

    pub fn refused(action: &'static str, given: &Given, refusal: Refusal) -> FormState {
        let refusal = given.named_as_typed(refusal);
        FormState { action, typed: given.typed(), refusal: Some(refusal) }
    }

    /// A form that was sent to be shown again with more in it: as typed, and nothing is wrong.
    pub fn begun(action: &'static str, given: &Given) -> FormState {
        FormState { action, typed: given.typed(), refusal: None }
    }

    /// Whether the page with the form is shown again (and not an error page instead).
    pub fn keeps_page(&self) -> bool {
        matches!(
            self.refusal,
            Some(
                Refusal::Invalid(_)
                    | Refusal::Rule(_)
                    | Refusal::Stale { .. }
                    | Refusal::Unsupported(_)
                    // Passed on to somebody else while it was being written.
                    | Refusal::Forbidden
                    | Refusal::Db(db::Error::Conflict)
            )
        )
    }

    pub fn refusal(&self) -> &Refusal {
        self.refusal.as_ref().unwrap_or(&Refusal::NotFound)
    }

    pub fn status(&self) -> StatusCode {
        match self.refusal {
            None => StatusCode::OK,
            Some(Refusal::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(Refusal::Forbidden) => StatusCode::FORBIDDEN,
            Some(_) => StatusCode::CONFLICT,
        }
    }
}

/// Faults that an error page tells, and characters of a name that nobody here gave: a reader
/// needs no more to see what is meant.
const FAULTS_TOLD_MAX: usize = 5;
const NAME_SHOWN_MAX: usize = 40;
/// Signs of the number that a notice tells: `2026-000123` of a community with a busy year.
const TOLD_SIGNS_MAX: usize = 14;

/// Entries in the bar of a phone: at 375 px a sixth would be too narrow for a thumb.
const BAR_MAX: usize = 5;

/// One fault of the form, ready to be shown.
#[derive(Default)]
pub struct Complaint {
    pub field: String,
    /// What the field is called, where the catalogue has a word for it.
    pub label: String,
    pub message: String,
}

/// What templates see as `shell`.
pub struct Shell<'a> {
    app: &'a App,
    caller: &'a Caller,
    actor: Option<Actor>,
    form: FormState,
    pub now: Instant,
    /// Fresh for every page, so each form on it is applied once however often it is sent.
    receipt: uuid::Uuid,
}

impl<'a> Shell<'a> {
    pub fn new(
        app: &'a App,
        caller: &'a Caller,
        actor: Option<Actor>,
        form: FormState,
    ) -> Shell<'a> {
        let receipt = uuid::Uuid::from_bytes(app.gate().chance().bytes());
        Shell { app, caller, actor, form, now: app.gate().now(), receipt }
    }

    /// The words for a key.
    pub fn t<'k>(&'k self, key: &'k str) -> &'k str {
        self.app.words().get(self.caller.preferences.lang, key)
    }

    /// The words for `prefix.word`, where the word comes from data: a stage, a topic.
    pub fn tw(&self, prefix: &str, word: &str) -> String {
        self.t(&format!("{prefix}.{word}")).to_owned()
    }

    /// The words for a key with one argument.
    pub fn t1(&self, key: &str, name: &str, value: impl ToString) -> String {
        self.app.words().fill(self.caller.preferences.lang, key, &[(name, &value.to_string())])
    }

    /// The words for a key with two arguments.
    pub fn t2(
        &self,
        key: &str,
        one: &str,
        first: impl ToString,
        two: &str,
        second: impl ToString,
    ) -> String {
        let (first, second) = (first.to_string(), second.to_string());
        let args = [(one, first.as_str()), (two, second.as_str())];
        self.app.words().fill(self.caller.preferences.lang, key, &args)
    }

    /// In the reader's language: the Chinese or the English of a name that has both.
    pub fn either<'b>(&self, zh: &'b str, en: &'b str) -> &'b str {
        if self.english() { en } else { zh }
    }

    pub fn english(&self) -> bool {
        self.caller.preferences.lang == crate::words::Lang::En
    }

    pub fn lang(&self) -> &'static str {
        self.caller.preferences.lang.tag()
    }

    pub fn elder(&self) -> bool {
        self.caller.preferences.elder
    }

    /// `dark`, `light` or nothing.
    pub fn theme(&self) -> &'static str {
        match self.caller.preferences.dark {
            Some(true) => "dark",
            Some(false) => "light",
            None => "",
        }
    }

    pub fn assets(&self) -> &'static str {
        crate::assets::prefix()
    }

    /// An icon of the sprite; always beside a word. Names are constants of templates.
    pub fn icon(&self, name: &str) -> String {
        let file = self.assets();
        format!(
            "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"{file}/icons.svg#{name}\"></use></svg>"
        )
    }

    pub fn community_name(&self) -> String {
        self.app.home_page().map(|home| home.name).unwrap_or_else(|| self.t("app.name").to_owned())
    }

    pub fn community_phone(&self) -> String {
        self.app.home_page().map(|home| home.phone).unwrap_or_default()
    }

    pub fn demo_links(&self) -> &[(String, String)] {
        self.app.demo_links()
    }

    /// The page's own address, for the forms that lead back to it.
    pub fn here(&self) -> String {
        match self.caller.query.as_str() {
            "" => self.caller.path.clone(),
            query => format!("{}?{query}", self.caller.path),
        }
    }

    /// Scheme and host as the caller asked for them: for addresses that are printed.
    pub fn origin(&self) -> &str {
        &self.caller.origin
    }

    pub fn path(&self) -> &str {
        &self.caller.path
    }

    pub fn signed_in(&self) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.account().is_some())
    }

    pub fn actor_name(&self) -> &str {
        self.actor.as_ref().map_or("", |actor| &actor.name)
    }

    pub fn has_role(&self, role: &str) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.has(role))
    }

    /// The entries of the menu for this actor: as many as a phone's bar holds.
    pub fn menu(&self) -> Vec<&'static MenuItem> {
        self.entries().take(BAR_MAX).collect()
    }

    /// The entries that the bar has no room for: somebody with several roles has more.
    pub fn more_menu(&self) -> Vec<&'static MenuItem> {
        self.entries().skip(BAR_MAX).collect()
    }

    /// The entries of the menu by which this actor keeps the program in order: accounts, clocks.
    pub fn upkeep(&self) -> Vec<&'static MenuItem> {
        self.entries().filter(|item| item.upkeep).collect()
    }

    fn entries(&self) -> impl Iterator<Item = &'static MenuItem> {
        let may = |role: &&str| self.actor.as_ref().is_some_and(|actor| actor.has(role));
        self.app.menu().iter().copied().filter(move |item| item.roles.iter().any(&may))
    }

    /// What is open to whoever comes along, without an account: the menu's entries for `anyone`.
    pub fn open_doors(&self) -> Vec<&'static MenuItem> {
        let open = |item: &&&MenuItem| item.roles.contains(&"anyone");
        self.app.menu().iter().filter(open).copied().collect()
    }

    pub fn is_here(&self, path: &str) -> bool {
        self.caller.path == path
    }

    /// What was just done, as words, and how often or to which where the notice says it
    /// (`request.file_many:3`, `request.return:2026-000123`); empty when nothing was.
    pub fn notice(&self) -> String {
        let Some(notice) = &self.caller.notice else { return String::new() };
        let (action, told) = notice.split_once(':').unwrap_or((notice, ""));
        let key = format!("done.{action}");
        // A cookie is the caller's own, and may hold anything.
        let is_number = |sign: u8| sign.is_ascii_digit() || sign == b'-';
        let is_told = told.len() <= TOLD_SIGNS_MAX && told.bytes().all(is_number);
        if !is_told || !self.app.words().has(&key) {
            return String::new();
        }
        self.t1(&key, "n", told)
    }

    /// The hidden fields every form carries.
    pub fn receipt(&self) -> String {
        self.receipt.to_string()
    }

    /// Whether this action's form was just refused.
    pub fn refused(&self, action: &str) -> bool {
        self.form.refusal.is_some() && self.form.action == action
    }

    /// The action whose form was just refused; empty when none was.
    pub fn refused_action(&self) -> &str {
        if self.form.refusal.is_some() { self.form.action } else { "" }
    }

    /// What was typed into a field of the form that came back, else the given value.
    pub fn value(&self, action: &str, field: &str, otherwise: &str) -> String {
        if self.form.action != action {
            return otherwise.to_owned();
        }
        self.form.typed.get(field).cloned().unwrap_or_default()
    }

    /// Whether a choice of the refused form was taken, else whether it is the given one.
    pub fn chosen(&self, action: &str, field: &str, choice: &str, otherwise: &str) -> bool {
        self.value(action, field, otherwise) == choice
    }

    /// How long a field of this action may be, as the form says it; nothing where there is no limit.
    pub fn limit(&self, action: &str, field: &str) -> Option<u64> {
        self.app.limits().of(action, field)
    }

    /// The sentence about a field of the refused form; empty when it is in order.
    pub fn fault(&self, action: &str, field: &str) -> String {
        if !self.refused(action) {
            return String::new();
        }
        let faults = self.complaints(action);
        faults.into_iter().find(|one| one.field == field).map(|one| one.message).unwrap_or_default()
    }

    /// Everything wrong with the refused form, for the summary above it.
    pub fn complaints(&self, action: &str) -> Vec<Complaint> {
        if !self.refused(action) {
            return Vec::new();
        }
        let say =
            |fault: &kernel::Fault| self.app.words().fault(self.caller.preferences.lang, fault);
        let faults = self.form.refusal().field_faults();
        if !faults.is_empty() {
            let told = |FieldFault { field, fault }| Complaint {
                label: self.label(action, &field),
                message: say(&fault),
                field,
            };
            return faults.into_iter().map(told).collect();
        }
        match self.form.refusal() {
            Refusal::Rule(fault) | Refusal::Unsupported(fault) => {
                vec![Complaint { message: say(fault), ..Complaint::default() }]
            }
            refusal => vec![Complaint {
                message: self.t(detail_key(refusal)).to_owned(),
                ..Complaint::default()
            }],
        }
    }

    /// What is wrong with which field, for a page without the form: an address typed by hand.
    pub(crate) fn told(&self, faults: &[FieldFault]) -> String {
        let lang = self.caller.preferences.lang;
        let one = |FieldFault { field, fault }: &FieldFault| {
            let message = self.app.words().fault(lang, fault);
            match (self.label("", field), field.as_str()) {
                (_, "") => message,
                (label, field) if label.is_empty() => {
                    let field: String = field.chars().take(NAME_SHOWN_MAX).collect();
                    self.t2("form.complaint", "field", field, "message", message)
                }
                (label, _) => self.t2("form.complaint", "field", label, "message", message),
            }
        };
        faults.iter().take(FAULTS_TOLD_MAX).map(one).collect::<Vec<_>>().join(" ")
    }

    /// A field by the name it has on its form, `act.answer.text`, else `field.text`; a part of a
    /// list also by its number: `parts[1].text` is "内容 2". Empty where there is no word.
    pub fn label(&self, action: &str, field: &str) -> String {
        let last = field.rsplit('.').next().unwrap_or_default();
        let act = action.split_once('.').map_or(action, |(_, act)| act);
        let keys = [format!("act.{act}.{last}"), format!("field.{last}")];
        let Some(key) = keys.into_iter().find(|key| self.app.words().has(key)) else {
            return String::new();
        };
        let place = field.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
        match place.and_then(|(place, _)| place.parse::<usize>().ok()) {
            Some(place) => format!("{} {}", self.t(&key), place + 1),
            None => self.t(&key).to_owned(),
        }
    }

    /// Whether somebody changed the thing while this form was being filled.
    pub fn stale(&self, action: &str) -> bool {
        self.refused(action) && matches!(self.form.refusal, Some(Refusal::Stale { .. }))
    }

    /// What was typed, field by field, to stand beside what is stored now.
    pub fn typed(&self) -> Vec<(&str, &str)> {
        let all = self.form.typed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(name, _)| !name.starts_with('_') && *name != "version").collect()
    }

    /// What was typed into one field of the refused form, whichever act it was.
    pub fn typed_in(&self, field: &str) -> Option<&str> {
        self.form.typed.get(field).map(String::as_str)
    }

    /// A moment, as short as it can be said today.
    pub fn when(&self, at: &Instant) -> String {
        when::moment(self, *at)
    }

    /// A day.
    pub fn day(&self, day: &Day) -> String {
        when::day(self, *day)
    }

    /// The same with its year, always.
    pub fn day_of_year(&self, day: &Day) -> String {
        when::day_of_year(self, *day)
    }

    /// How long until a promise is due, or for how long it is late, in words.
    pub fn due(&self, due: &Instant) -> String {
        when::due(self, *due)
    }

    /// `late`, `soon` (within a day) or nothing: the class of a deadline.
    pub fn due_class(&self, due: &Instant) -> &'static str {
        when::due_class(self.now, *due)
    }

    pub(crate) fn error_page(
        &self,
        class: &str,
        sentence: &str,
        quote: &str,
    ) -> Result<String, askama::Error> {
        ErrorPage { shell: self, title: self.tw("problem", class), sentence, quote }.render()
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    shell: &'a Shell<'a>,
    title: String,
    sentence: &'a str,
    quote: &'a str,
}

/// A QR code as an SVG text with a quiet zone, black on white in every theme.
pub fn qr_svg(text: &str) -> String {
    match QrCode::new(text.as_bytes()) {
        Ok(code) => {
            let svg = code.render::<svg::Color>().min_dimensions(180, 180).build();
            // The XML declaration has no place inside a page.
            svg.split_once("?>").map_or(svg.clone(), |(_, rest)| rest.to_owned())
        }
        Err(_) => String::new(),
    }
}
