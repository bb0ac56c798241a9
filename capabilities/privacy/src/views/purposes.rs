//! What residents' data are kept for: public, and made to hang on the notice board.

use askama::Template;
use gate::{Facts, Looking, Refusal, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Page, Shell};

use crate::purposes::register;

/// Asks for the register of purposes.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PurposeList {}

/// The register, in both languages.
#[derive(Serialize, JsonSchema)]
pub struct PurposesShown {
    pub edition: String,
    pub purposes: Vec<PurposeRow>,
}

/// One purpose.
#[derive(Serialize, JsonSchema)]
pub struct PurposeRow {
    pub code: String,
    pub zh: Said,
    pub en: Said,
    /// `contract`, `duty` or `consent`.
    pub ground: &'static str,
    pub sensitive: bool,
    pub publishes: bool,
    /// `left`, `closed` or `withdrawn`.
    pub after: &'static str,
    pub months: u32,
}

/// What is said of a purpose.
#[derive(Serialize, JsonSchema)]
pub struct Said {
    pub name: String,
    pub text: String,
    pub items: String,
    pub recipients: String,
}

impl View for PurposeList {
    const NAME: &'static str = "purpose.list";
    const RESOURCE: &'static str = "Community";
    type Body = PurposesShown;

    fn load(&self, look: &mut Looking<'_, '_>) -> Result<PurposesShown, Refusal> {
        look.permit(Self::NAME, &Facts::of(look.actor.community.uuid()))?;
        let register = register();
        let row = |one: &crate::purposes::Purpose| PurposeRow {
            code: one.code.clone(),
            zh: Said {
                name: one.zh.clone(),
                text: one.zh_text.clone(),
                items: one.zh_items.clone(),
                recipients: one.zh_recipients.clone(),
            },
            en: Said {
                name: one.en.clone(),
                text: one.en_text.clone(),
                items: one.en_items.clone(),
                recipients: one.en_recipients.clone(),
            },
            ground: one.ground.word(),
            sensitive: one.sensitive,
            publishes: one.publishes,
            after: one.after.word(),
            months: one.months,
        };
        let purposes = register.all.iter().map(row).collect();
        Ok(PurposesShown { edition: register.edition.clone(), purposes })
    }
}

#[derive(Template)]
#[template(path = "purposes.html")]
struct PurposesPage<'a> {
    body: &'a PurposesShown,
    shell: &'a Shell<'a>,
}

impl Page for PurposeList {
    fn render(body: &PurposesShown, shell: &Shell<'_>) -> Result<String, askama::Error> {
        PurposesPage { body, shell }.render()
    }
}
