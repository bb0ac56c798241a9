//! The rig for stories: the real router on a real database, time in the test's hand, and the
//! same story told on SQLite and on PostgreSQL. Used by tests only.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use db::private_postgres::Server;
use db::{Config, Db, Engine, Url};
use gate::{Chance, Gate, Identify};
use http_body_util::BodyExt;
use kernel::{Clock, CommunityId, Instant, SetClock};
use serde_json::Value as Json;
use tower::ServiceExt;
use vault::master::{Master, Ring};
use vault::{Suite, Vault};
use web::{House, Module, Plan};

/// A Monday morning, a working day, in the year of the first promises.
pub const MORNING: &str = "2026-11-16T09:00:00+08:00";

/// The name a test's pages are asked under.
const HOST: &str = "lianhu.test";

/// One composed program on one database.
pub struct Rig {
    pub house: House,
    pub db: Db,
    pub clock: Arc<SetClock>,
    pub engine: Engine,
}

/// What must live as long as the story: the place of its database.
pub enum Place {
    Folder(tempfile::TempDir),
    Database(db::private_postgres::Database),
}

impl Place {
    /// A place of its own for a database.
    ///
    /// # Panics
    /// When there is no room or no PostgreSQL server.
    pub fn new(engine: Engine) -> Place {
        match engine {
            Engine::Sqlite => Place::Folder(tempfile::tempdir().expect("a folder")),
            Engine::Postgres => {
                let server = Server::shared().unwrap_or_else(|error| panic!("{error}"));
                Place::Database(server.fresh_database().expect("a fresh database"))
            }
        }
    }

    pub fn url(&self) -> Url {
        match self {
            Place::Folder(folder) => Url::Sqlite(folder.path().join("lianhu.db")),
            Place::Database(database) => Url::Postgres(database.url.clone()),
        }
    }
}

/// Tells a story on both engines. `identify` is the access capability's.
///
/// # Panics
/// When the story does; the engine's name is in the message.
pub fn each_engine<F, T>(
    modules: &'static [&'static Module],
    identify: fn() -> Arc<dyn Identify>,
    story: F,
) where
    F: Fn(Rig) -> T,
    T: Future<Output = ()>,
{
    for engine in [Engine::Sqlite, Engine::Postgres] {
        eprintln!("telling the story on {engine:?}");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let place = Place::new(engine);
        runtime.block_on(story(Rig::new(&place, modules, identify())));
    }
}

impl Rig {
    /// A migrated, empty database with the whole program around it.
    ///
    /// # Panics
    /// When the database cannot be made or the modules do not fit together.
    pub fn new(place: &Place, modules: &[&'static Module], identify: Arc<dyn Identify>) -> Rig {
        let mut config = Config::new(place.url());
        (config.readers, config.writers) = (2, 4);
        let db = Db::open(&config).expect("the database opens");
        db.migrate(&web::house::migrations(modules)).expect("migrations apply");
        attach_vault(&db);
        let clock = Arc::new(SetClock::new(Instant::parse(MORNING).expect("a time")));
        let house = House::build(Plan {
            modules,
            db: db.clone(),
            identify,
            clock: clock.clone(),
            chance: Chance::system(),
            home: None,
            behind_proxy: false,
            demo_links: Vec::new(),
            metrics: web::house::silent_metrics(),
        });
        let house = house.unwrap_or_else(|error| panic!("{error}"));
        let engine = db.engine();
        Rig { house, db, clock, engine }
    }

    pub fn gate(&self) -> &Gate {
        &self.house.gate
    }

    pub fn router(&self) -> &Router {
        &self.house.router
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Names the community whose pages open to those who are not signed in.
    pub fn at_home(&self, community: CommunityId, name: &str) {
        let home = web::Home { community, name: name.to_owned(), phone: "0737-0000000".to_owned() };
        self.house.app.set_home(home);
    }

    /// `GET` with a bearer token (or none).
    pub async fn get(&self, token: &str, path: &str) -> Reply {
        self.send(request("GET", path, token, &[], Body::empty())).await
    }

    /// `POST` of JSON with a bearer token.
    pub async fn post(&self, token: &str, path: &str, body: Json) -> Reply {
        self.post_keyed(token, path, body, None).await
    }

    /// The same under an `Idempotency-Key`.
    pub async fn post_keyed(
        &self,
        token: &str,
        path: &str,
        body: Json,
        key: Option<&str>,
    ) -> Reply {
        let mut headers = vec![(header::CONTENT_TYPE.as_str(), "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.send(request("POST", path, token, &headers, Body::from(body.to_string()))).await
    }

    /// `POST` of a form from our own page, with a cookie header instead of a token.
    pub async fn form(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let origin = format!("http://{HOST}");
        let headers = [
            (header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded"),
            (header::ORIGIN.as_str(), origin.as_str()),
            (header::COOKIE.as_str(), cookie),
        ];
        let body = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect::<Vec<_>>()
            .join("&");
        self.send(request("POST", path, "", &headers, Body::from(body))).await
    }

    /// `GET` of a page with a cookie header.
    pub async fn page(&self, cookie: &str, path: &str) -> Reply {
        let headers = [(header::COOKIE.as_str(), cookie)];
        self.send(request("GET", path, "", &headers, Body::empty())).await
    }

    /// Any request.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.house.router.clone().oneshot(request).await.expect("a router answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body arrives").to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }
}

/// Gives a database a vault with a key that every test has: a story told twice on one database finds
/// it again.
///
/// # Panics
/// When the data were sealed under another key.
pub fn attach_vault(db: &Db) {
    attach_vault_with(db, Chance::system());
}

/// The same with the caller's randomness: the same is sealed alike.
///
/// # Panics
/// When the data were sealed under another key.
pub fn attach_vault_with(db: &Db, chance: Chance) {
    let ring = Ring::of(Master::new(&|bytes: &mut [u8]| bytes.fill(7)));
    let vault = Vault::new(ring, None, Suite::International, move |bytes| chance.fill(bytes));
    vault.attach(db).expect("a test's data are sealed with a test's key");
}

/// A request to the test's host.
pub fn request(
    method: &str,
    path: &str,
    token: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path).header(header::HOST, HOST);
    if !token.is_empty() {
        builder = builder.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body).expect("a request is made")
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// # Panics
    /// When the body is no JSON; the body is in the message.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error} in {} {}", self.status, self.text()))
    }

    /// Asserts the status with the body in the message.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `name=value` of a cookie that was set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .filter_map(|line| line.split(';').next())
            .find(|pair| pair.split('=').next() == Some(name))
            .map(str::to_owned)
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
