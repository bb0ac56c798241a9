//! What every handler shares: the gate, the words, the menu, and the home community.

use std::sync::{Arc, PoisonError, RwLock};

use axum::http::{HeaderMap, header};
use gate::Gate;
use kernel::CommunityId;

use crate::limits::Limits;
use crate::module::MenuItem;
use crate::rate::Limiter;
use crate::who::cookie;
use crate::words::{Catalogue, Lang};

/// What an [`App`] is made of.
pub struct AppParts {
    pub gate: Gate,
    pub words: Catalogue,
    pub menu: Vec<&'static MenuItem>,
    pub home: Option<Home>,
    /// Whether `X-Forwarded-For` is a proxy's word and not the caller's own.
    pub behind_proxy: bool,
    /// Shown on the first page of a demo: role and sign-in link.
    pub demo_links: Vec<(String, String)>,
    /// The OpenAPI document.
    pub openapi: String,
    /// How long what is typed may be.
    pub limits: Limits,
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
}

/// The community whose pages open to those who are not signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    pub community: CommunityId,
    pub name: String,
    pub phone: String,
}

struct Inner {
    parts: AppParts,
    home: RwLock<Option<Home>>,
    limiter: Limiter,
}

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl App {
    pub fn new(mut parts: AppParts) -> App {
        let home = RwLock::new(parts.home.take());
        App(Arc::new(Inner { parts, home, limiter: Limiter::default() }))
    }

    pub fn gate(&self) -> &Gate {
        &self.0.parts.gate
    }

    pub fn words(&self) -> &Catalogue {
        &self.0.parts.words
    }

    pub fn menu(&self) -> &[&'static MenuItem] {
        &self.0.parts.menu
    }

    /// Whether the caller's address is the proxy's word.
    pub fn behind_proxy(&self) -> bool {
        self.0.parts.behind_proxy
    }

    pub fn demo_links(&self) -> &[(String, String)] {
        &self.0.parts.demo_links
    }

    pub fn openapi(&self) -> &str {
        &self.0.parts.openapi
    }

    pub fn limits(&self) -> &Limits {
        &self.0.parts.limits
    }

    pub fn metrics(&self) -> String {
        self.0.parts.metrics.render()
    }

    /// Limits on guesses, per caller.
    pub fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    pub fn home(&self) -> Option<CommunityId> {
        self.home_page().map(|home| home.community)
    }

    pub fn home_page(&self) -> Option<Home> {
        self.0.home.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first community was set up, or its name changed.
    pub fn set_home(&self, home: Home) {
        *self.0.home.write().unwrap_or_else(PoisonError::into_inner) = Some(home);
    }
}

/// How somebody wants their pages. Kept in a cookie, so it works without an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preferences {
    pub lang: Lang,
    pub elder: bool,
    /// `None`: as the device decides.
    pub dark: Option<bool>,
}

impl Preferences {
    /// From cookies; the language of a first visit from `Accept-Language`, Chinese first.
    pub fn read(headers: &HeaderMap) -> Preferences {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = match cookie(headers, "lang") {
            Some("en") => Lang::En,
            Some(_) => Lang::Zh,
            None if accepted.is_some_and(|list| list.trim_start().starts_with("en")) => Lang::En,
            None => Lang::Zh,
        };
        let dark = match cookie(headers, "theme") {
            Some("dark") => Some(true),
            Some("light") => Some(false),
            _ => None,
        };
        Preferences { lang, elder: cookie(headers, "mode") == Some("elder"), dark }
    }
}
