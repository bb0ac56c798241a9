//! The register of purposes, read once from `data/purposes.toml`: what is kept for what, on which
//! ground, how long, and who gets it.

use std::sync::LazyLock;

use serde::Deserialize;

/// The whole register.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purposes {
    /// Changes with every edit.
    pub edition: String,
    #[serde(rename = "purpose")]
    pub all: Vec<Purpose>,
}

/// One purpose.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    pub code: String,
    pub zh: String,
    pub en: String,
    pub zh_text: String,
    pub en_text: String,
    pub zh_items: String,
    pub en_items: String,
    pub zh_recipients: String,
    pub en_recipients: String,
    pub ground: Lawful,
    /// Health and the like: wants a consent of its own with what proves it (PIPL art. 29).
    #[serde(default)]
    pub sensitive: bool,
    /// Makes something public: wants a consent of its own (art. 25).
    #[serde(default)]
    pub publishes: bool,
    pub after: After,
    /// How long it is kept after that.
    pub months: u32,
}

kernel::words! {
    /// On what ground (PIPL art. 13).
    Lawful {
        /// To do what the resident asked for.
        Contract = "contract",
        /// What the law gives the community to do.
        Duty = "duty",
        /// The resident said yes.
        Consent = "consent",
    }
}

kernel::words! {
    /// From when on the time runs.
    After {
        /// They moved away or died.
        Left = "left",
        /// Their request was closed.
        Closed = "closed",
        /// They took their consent back.
        Withdrawn = "withdrawn",
    }
}

static REGISTER: LazyLock<Purposes> = LazyLock::new(|| {
    // A test reads the file, so a broken one never leaves the house.
    toml::from_str(include_str!("../data/purposes.toml")).expect("the register of purposes is read")
});

/// The register in force.
pub fn register() -> &'static Purposes {
    &REGISTER
}

impl Purposes {
    /// The purpose with this code.
    pub fn find(&self, code: &str) -> Option<&Purpose> {
        self.all.iter().find(|purpose| purpose.code == code)
    }
}

impl Purpose {
    /// Whether a resident is asked for it.
    pub fn is_asked(&self) -> bool {
        self.ground == Lawful::Consent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_register_says_everything_of_every_purpose_in_both_languages() {
        let register = register();
        let mut codes: Vec<&str> = register.all.iter().map(|one| one.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), register.all.len(), "two purposes share a code");
        for one in &register.all {
            let texts = [&one.zh, &one.en, &one.zh_text, &one.en_text, &one.zh_items];
            let more = [&one.en_items, &one.zh_recipients, &one.en_recipients];
            assert!(texts.iter().chain(&more).all(|text| !text.is_empty()), "{}", one.code);
        }
    }

    #[test]
    fn s2_what_is_sensitive_or_published_is_asked_for_by_itself() {
        for one in register().all.iter().filter(|one| one.sensitive || one.publishes) {
            assert!(one.is_asked(), "{}", one.code);
            assert_eq!(one.after, After::Withdrawn, "{}", one.code);
        }
    }
}
