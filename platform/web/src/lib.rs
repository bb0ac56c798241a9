//! The shell around every capability: routes, pages, forms, errors, words in two languages,
//! assets and live refresh.
//!
//! A capability hands over a [`Module`]; from it come HTTP routes, the OpenAPI document, the
//! policy's actions, the migrations and the menu. Pages and the JSON API share one path: both
//! parse into the same typed action or view and differ only in how the answer is written.

mod answer;
mod app;
pub mod assets;
mod given;
pub mod house;
mod limits;
mod live;
mod module;
mod openapi;
mod rate;
mod server;
mod shell;
mod styleguide;
mod when;
mod who;
pub mod words;

pub use answer::{Answer, PROOF, page_refusal, problem};
pub use app::{App, Home, Preferences};
pub use given::{BODY_MAX, Coercion, Given, parse};
pub use house::{House, Plan};
pub use module::{Job, MenuItem, Module, Page, Routes};
pub use openapi::Operation;
pub use rate::Limiter;
pub use shell::{FormState, Shell, qr_svg};
pub use who::{COOKIE, Caller, Secret, session_cookie};

/// The web's own words; capabilities bring theirs.
pub const WORDS: words::Source =
    words::Source { zh: include_str!("../words/zh.toml"), en: include_str!("../words/en.toml") };
