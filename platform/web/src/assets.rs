//! Styles, scripts and icons, built into the binary and served under a prefix that changes with
//! their content, so they may be kept by the browser for ever.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

macro_rules! texts {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../assets/", $folder, "/", $name)))),*]
    };
}

/// In name order: the layers first.
const STYLES: &[(&str, &str)] = texts!["css":
    "00-layers.css",
    "badge.css",
    "base.css",
    "button.css",
    "card.css",
    "details.css",
    "dialog.css",
    "due.css",
    "emergency.css",
    "empty.css",
    "facts.css",
    "field.css",
    "forced.css",
    "form.css",
    "icon.css",
    "layout.css",
    "list.css",
    "notice.css",
    "pager.css",
    "person.css",
    "photos.css",
    "picture.css",
    "print.css",
    "progress.css",
    "rows.css",
    "shell.css",
    "slip.css",
    "stat.css",
    "tabs.css",
    "timeline.css",
    "toast.css",
    "tokens.css",
    "versions.css",
];

const SCRIPTS: &[(&str, &str)] = texts!["js":
    "app.js",
    "away.js",
    "combobox.js",
    "draft.js",
    "keys.js",
    "live.js",
    "offline.js",
    "once.js",
    "page.js",
    "photo.js",
    "picture.js",
    "places.js",
    "print.js",
    "similar.js",
    "people.js",
    "count.js",
    "turbo.min.js",
];

const ICONS: &str = include_str!("../assets/icons.svg");
/// Served at the root, because a service worker sees only what lies below its own address.
const WORKER: &str = include_str!("../assets/sw.js");
const FAVICON: &str = include_str!("../assets/favicon.svg");

/// All styles in one, without the comments: a phone on a weak line need not wait for them.
static STYLE: LazyLock<String> =
    LazyLock::new(|| STYLES.iter().map(|(_, text)| style_without_comments(text)).collect());

/// The scripts by name, without the comments that stand on lines of their own.
static SCRIPT: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
    let bare = |text: &str| -> String {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.flat_map(|line| [line, "\n"]).collect()
    };
    SCRIPTS.iter().map(|(name, text)| (*name, bare(text))).collect()
});

fn style_without_comments(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((code, comment)) = rest.split_once("/*") {
        bare.push_str(code);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    bare + rest + "\n"
}

static PREFIX: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    hash.update(STYLE.as_bytes());
    SCRIPTS.iter().for_each(|(_, text)| hash.update(text.as_bytes()));
    hash.update(ICONS.as_bytes());
    let digest = hash.finalize();
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("/assets/{short}")
});

/// `/assets/{hash of everything}`.
pub fn prefix() -> &'static str {
    &PREFIX
}

/// Serves the service worker; the browser asks for it anew at every visit.
pub(crate) async fn worker() -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    ([kind, (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], WORKER).into_response()
}

/// Serves one file. The hash in the address is for the browser; any is answered, so an open page
/// survives an update of the program.
pub(crate) async fn serve(Path((_, name)): Path<(String, String)>) -> Response {
    let found = match name.as_str() {
        "app.css" => Some((STYLE.as_str(), "text/css; charset=utf-8")),
        "icons.svg" => Some((ICONS, "image/svg+xml")),
        "favicon.svg" => Some((FAVICON, "image/svg+xml")),
        name => name.strip_prefix("js/").and_then(|script| {
            let known = SCRIPT.get(script);
            known.map(|text| (text.as_str(), "text/javascript; charset=utf-8"))
        }),
    };
    match found {
        Some((text, kind)) => {
            let cache = HeaderValue::from_static("public, max-age=31536000, immutable");
            let kind = HeaderValue::from_static(kind);
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], text).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stay_with_the_sources() {
        let bare = style_without_comments("/* why */a { b: c } /* more\n lines */d { e: f }");
        assert_eq!(bare.replace('\n', ""), "a { b: c } d { e: f }");
        assert!(!STYLE.contains("/*") && STYLE.contains(".slip"));
        let module = &SCRIPT["page.js"];
        assert!(
            module.trim_start().starts_with("export function onPage")
                && !module.contains("// Calls")
        );
    }
}
