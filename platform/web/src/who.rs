//! What a request carries of its caller: session cookie or bearer token, language, display mode,
//! receipt, origin. Secrets are hashed here and never go further.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gate::{Chance, Credential, Refusal};
use kernel::CommunityId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::{App, Preferences};

/// The session cookie's name.
pub const COOKIE: &str = "lianhu";

/// The header by which a page that refreshes itself says so. Whoever leaves it out only keeps
/// their own session alive.
const BY_ITSELF: &str = "lianhu-refresh";

/// The longest secret that is looked at: community id, 32 random bytes and a prefix.
const SECRET_LENGTH_MAX: usize = 128;

/// A secret that names its community, so that every look-up carries the community's key.
/// Text form: `lh_` and 64 characters.
#[derive(Clone, Copy)]
pub struct Secret {
    pub community: CommunityId,
    bytes: [u8; 32],
}

impl Secret {
    pub fn new(community: CommunityId, chance: &Chance) -> Secret {
        Secret { community, bytes: chance.bytes() }
    }

    pub fn parse(text: &str) -> Option<Secret> {
        if text.len() > SECRET_LENGTH_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("lh_")?).ok()?;
        let (community, secret) = bytes.split_at_checked(16)?;
        Some(Secret {
            community: CommunityId::from_uuid(Uuid::from_slice(community).ok()?),
            bytes: secret.try_into().ok()?,
        })
    }

    /// What is kept of it. The secret has 256 random bits, so a plain hash is enough.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.bytes).into()
    }

    /// The text given to its owner, once.
    pub fn reveal(&self) -> String {
        let mut bytes = self.community.uuid().as_bytes().to_vec();
        bytes.extend_from_slice(&self.bytes);
        format!("lh_{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    pub fn credential(&self) -> Credential {
        Credential::Secret { community: self.community, hash: self.hash() }
    }
}

/// The caller of one HTTP request.
#[derive(Clone, Default)]
pub struct Caller {
    secret: Option<Secret>,
    code: Option<(CommunityId, [u8; 32])>,
    /// Sent with a bearer token: then no cookie is looked at and no origin is asked for.
    bearer: bool,
    bad_bearer: bool,
    origin_matches: bool,
    pub idempotency_key: Option<String>,
    pub preferences: Preferences,
    /// `https://host` as the caller asked for it; shown on printed slips, trusted for nothing.
    pub origin: String,
    pub path: String,
    pub query: String,
    /// A notice carried over a redirect, as word key.
    pub notice: Option<String>,
    /// The peer's address, or the one a proxy of ours saw; for limits only, never stored.
    pub address: String,
    pub user_agent: String,
    /// The page asks for itself again because something changed; nobody needs to sit before it.
    pub by_itself: bool,
}

impl Caller {
    /// What the caller holds, as the gate takes it.
    ///
    /// # Errors
    /// [`Refusal::SignIn`] when the bearer token is malformed or no community exists yet.
    pub fn credential(&self, app: &App) -> Result<Credential, Refusal> {
        if let Some((community, hash)) = self.code {
            return Ok(Credential::Code { community, hash });
        }
        if self.bad_bearer {
            return Err(Refusal::SignIn);
        }
        match (&self.secret, app.home()) {
            (Some(secret), _) => Ok(secret.credential()),
            (None, Some(community)) => Ok(Credential::Nothing(community)),
            (None, None) => Err(Refusal::SignIn),
        }
    }

    /// The same caller holding the query code of one request.
    pub fn with_code(&self, community: CommunityId, hash: [u8; 32]) -> Caller {
        Caller { code: Some((community, hash)), ..self.clone() }
    }

    /// The same language and print, and nobody in particular: for what is kept on the device.
    pub fn anybody(&self) -> Caller {
        Caller { secret: None, code: None, notice: None, ..self.clone() }
    }

    pub fn signed_in(&self) -> bool {
        self.secret.is_some()
    }

    /// Forms are taken from our own pages only: the browser's own words on where they came from
    /// must match. Needs no token in the page and works without scripts.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for a form from elsewhere.
    pub fn same_origin(&self) -> Result<(), Refusal> {
        if self.bearer || self.origin_matches { Ok(()) } else { Err(Refusal::Forbidden) }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Infallible> {
        let headers = &parts.headers;
        let text =
            |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer =
            text(header::AUTHORIZATION).map(|value| value.strip_prefix("Bearer ").unwrap_or(""));
        let secret = match bearer {
            Some(token) => Secret::parse(token.trim()),
            None => cookie(headers, COOKIE).and_then(Secret::parse),
        };
        let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()));
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let forwarded = if app.behind_proxy() { forwarded_for(headers) } else { None };
        Ok(Caller {
            secret,
            code: None,
            bearer: bearer.is_some(),
            bad_bearer: bearer.is_some() && secret.is_none(),
            origin_matches: origin_matches(headers),
            idempotency_key: key.map(std::borrow::Cow::into_owned),
            preferences: Preferences::read(headers),
            origin: origin(headers),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            notice: cookie(headers, "notice").map(str::to_owned),
            address: forwarded.or(peer).map(|address| address.to_string()).unwrap_or_default(),
            user_agent: text(header::USER_AGENT).unwrap_or_default().chars().take(200).collect(),
            by_itself: headers.contains_key(BY_ITSELF),
        })
    }
}

/// `Origin` (or, in browsers that leave it out, `Referer`) must name the host that was asked.
fn origin_matches(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(header::HOST) else { return false };
    let Some(from) = text(header::ORIGIN).or_else(|| text(header::REFERER)) else { return false };
    let authority = from.split("://").nth(1).and_then(|rest| rest.split('/').next());
    authority == Some(host)
}

/// The address that our own proxy saw: the last one, which it appended itself. Everything before
/// it is what the caller claims.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = line.rsplit(',').next()?.trim();
    // Some proxies name the port too.
    let with_port = || last.parse().map(|address: SocketAddr| address.ip());
    last.parse().or_else(|_| with_port()).ok()
}

/// The scheme is the proxy's word, else plain.
fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    format!("{scheme}://{}", text("host").unwrap_or_default())
}

/// One cookie by name.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok()).find_map(|line| {
        line.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    })
}

/// The `Set-Cookie` line of a session; `None` ends it. Secure is set by the proxy's word that
/// the page came over TLS.
pub fn session_cookie(secret: Option<&Secret>, over_tls: bool) -> String {
    let secure = if over_tls { "; Secure" } else { "" };
    match secret {
        // 180 days: a rep's phone stays signed in; the session itself ends earlier when idle.
        Some(secret) => format!(
            "{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=15552000{secure}",
            secret.reveal()
        ),
        None => format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, axum::http::HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_secret_is_read_back_and_anything_else_is_not() {
        let community = CommunityId::from_uuid(Uuid::from_u128(7));
        let secret = Secret::new(community, &Chance::system());
        let read = Secret::parse(&secret.reveal()).expect("read back");
        assert_eq!((read.community, read.hash()), (community, secret.hash()));
        for text in ["", "lh_", "lh_AAAA", "lh_!!!!", &secret.reveal()[3..], &"lh_A".repeat(99)] {
            assert!(Secret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_form_is_ours_only_when_the_browser_says_so() {
        let ours = [("host", "a.test:80"), ("origin", "http://a.test:80")];
        assert!(origin_matches(&headers(&ours)));
        let referred = [("host", "a.test"), ("referer", "https://a.test/requests/new")];
        assert!(origin_matches(&headers(&referred)));
        for foreign in [
            vec![("host", "a.test"), ("origin", "http://b.test")],
            vec![("host", "a.test"), ("origin", "http://a.test.b.test")],
            vec![("host", "a.test"), ("origin", "null")],
            vec![("host", "a.test"), ("origin", "http://b.test"), ("referer", "http://a.test/")],
            vec![("host", "a.test")],
            vec![("origin", "http://a.test")],
        ] {
            assert!(!origin_matches(&headers(&foreign)), "{foreign:?}");
        }
    }

    #[test]
    fn the_proxys_own_word_is_the_last_one() {
        for (lines, address) in [
            (&["198.51.100.7"][..], Some("198.51.100.7")),
            (&["203.0.113.9, 10.0.0.1 ,198.51.100.7"], Some("198.51.100.7")),
            (&["203.0.113.9", "198.51.100.7"], Some("198.51.100.7")),
            (&["198.51.100.7:4711"], Some("198.51.100.7")),
            (&["2001:db8::7"], Some("2001:db8::7")),
            (&["[2001:db8::7]:4711"], Some("2001:db8::7")),
            (&["198.51.100.7, unknown"], None),
            (&["198.51.100.7,"], None),
            (&[], None),
        ] {
            let pairs: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
            let read = forwarded_for(&headers(&pairs)).map(|address| address.to_string());
            assert_eq!(read.as_deref(), address, "{lines:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let map = headers(&[("cookie", "xlang=en; lang=zh; mode=elder")]);
        assert_eq!(cookie(&map, "lang"), Some("zh"));
        assert_eq!(cookie(&map, "lan"), None);
    }
}
