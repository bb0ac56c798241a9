//! Who gets through which door. Every route of every capability is asked by everybody, about a thing
//! of their own, about somebody else's and about one that is not there; what came of it is compared
//! with the committed table `matrix.txt`, which is made to be read.
//!
//! A new route appears in the table by itself, so it cannot be added unseen; a route whose path or
//! body names a kind of thing that [`things`] has no example of fails the test.

mod body;
mod map;
mod things;

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::http::StatusCode;
use db::Engine;
use harness::{Place, Reply, Rig};
use serde_json::Value as Json;

use things::{Asker, Whose, World};

const TABLE: &str = include_str!("matrix.txt");
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix/matrix.txt");

/// What somebody is told at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// It is shown or done; or a rule, not the policy, says why not.
    Through,
    /// A field is wrong. The API's bodies parse, so there it is a rule's word; a form that is read by
    /// hand may say so before it asks who it is.
    Mistyped,
    /// It exists, and this is not for them.
    Forbidden,
    /// There is no such thing, for all they may know.
    NotThere,
    /// Who are you?
    SignIn,
    /// Anything else: the table shows the number.
    Other(u16),
}

impl Told {
    fn of(reply: &Reply) -> Told {
        let to_sign_in = reply.header("location").starts_with("/sign-in");
        match reply.status {
            StatusCode::UNAUTHORIZED => Told::SignIn,
            StatusCode::SEE_OTHER if to_sign_in => Told::SignIn,
            StatusCode::FORBIDDEN => Told::Forbidden,
            StatusCode::NOT_FOUND => Told::NotThere,
            StatusCode::OK | StatusCode::CREATED | StatusCode::SEE_OTHER | StatusCode::CONFLICT => {
                Told::Through
            }
            StatusCode::UNPROCESSABLE_ENTITY => Told::Mistyped,
            other => Told::Other(other.as_u16()),
        }
    }

    fn word(self) -> String {
        match self {
            Told::Through => "through".to_owned(),
            Told::Mistyped => "mistyped".to_owned(),
            Told::Forbidden => "forbidden".to_owned(),
            Told::NotThere => "not there".to_owned(),
            Told::SignIn => "sign in".to_owned(),
            Told::Other(status) => status.to_string(),
        }
    }
}

/// A route as it was laid.
struct Door {
    method: &'static str,
    path: String,
}

impl Door {
    /// The names in braces.
    fn names(&self) -> Vec<&str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    /// The address with examples in place of the names.
    fn address(&self, examples: &BTreeMap<String, String>) -> String {
        examples.iter().fold(self.path.clone(), |path, (name, example)| {
            path.replace(&format!("{{{name}}}"), example)
        })
    }
}

/// One line of answers: everybody, about things of one kind.
type Line = BTreeMap<Told, Vec<&'static str>>;

async fn ask(
    world: &World<'_>,
    door: &Door,
    bodies: &BTreeMap<String, Json>,
    (asker, whose): (&Asker, Whose),
) -> Reply {
    let mut examples = BTreeMap::new();
    for name in door.names() {
        let example = world.example(name, asker, whose, &examples).await;
        examples.insert(name.to_owned(), example);
    }
    let address = door.address(&examples);
    let session = world.session(asker).await;
    if door.method == "GET" && door.path.starts_with("/api/") {
        return world.rig.get(&session, &address).await;
    }
    let cookie = format!("{}={session}", web::COOKIE);
    if door.method == "GET" {
        return world.rig.page(&cookie, &address).await;
    }
    // A form takes the fields of the act that the API has under the same path.
    let twin = door.path.strip_prefix("/api").unwrap_or(&door.path);
    let body = bodies.get(twin).cloned().unwrap_or_else(|| Json::Object(serde_json::Map::new()));
    let body = world.filled(body, asker, whose).await;
    if door.path.starts_with("/api/") {
        return world.rig.post(&session, &address, body).await;
    }
    let fields = body::fields(&body);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    world.rig.form(&cookie, &address, &fields).await
}

/// What is told, with what differs by itself taken out: ids, numbers and the words typed.
fn same_words(reply: &Reply) -> String {
    let text = reply.text();
    let body = text.split("<main").nth(1).unwrap_or(&text);
    body.chars().filter(|sign| !sign.is_ascii_hexdigit() && *sign != '-').collect()
}

#[test]
fn every_door_is_asked_by_everybody() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts");
    let place = Place::new(Engine::Sqlite);
    let rig = Rig::new(&place, crate::compose::MODULES, std::sync::Arc::new(access::Access));
    let now = runtime.block_on(table(&rig));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(PATH, &now).expect("the table is written");
        return;
    }
    assert_eq!(now, TABLE, "run with UPDATE_SNAPSHOTS=1 and read the difference");
}

async fn table(rig: &Rig) -> String {
    let world = World::settle(rig).await;
    let bodies = body::samples(rig).await;
    let mut doors: Vec<Door> = rig.house.paths.iter().map(door).collect();
    doors.sort_by(|one, other| (key(&one.path), one.method).cmp(&(key(&other.path), other.method)));
    let mut table = String::from(HEADER);
    for door in &doors {
        writeln!(table, "\n{} {}", door.method, door.path).expect("a string grows");
        let kinds: &[Whose] = if door.names().is_empty() { &[Whose::None] } else { &Whose::ALL };
        for whose in kinds {
            let line = line(&world, door, &bodies, *whose).await;
            writeln!(table, "  {}{}", whose.word(), spell(&line)).expect("a string grows");
        }
        looks_like_nothing(&world, door, &bodies).await;
    }
    table
}

fn door((method, path): &(&'static str, String)) -> Door {
    Door { method, path: path.clone() }
}

/// Pages stand beside the operations that do the same.
fn key(path: &str) -> String {
    path.strip_prefix("/api").unwrap_or(path).to_owned()
}

async fn line(
    world: &World<'_>,
    door: &Door,
    bodies: &BTreeMap<String, Json>,
    whose: Whose,
) -> Line {
    let mut line = Line::new();
    for asker in &world.askers {
        let reply = ask(world, door, bodies, (asker, whose)).await;
        assert!(
            !reply.status.is_server_error(),
            "{} {} by {}: {}",
            door.method,
            door.path,
            asker.word,
            reply.text()
        );
        line.entry(Told::of(&reply)).or_default().push(asker.word);
    }
    line
}

fn spell(line: &Line) -> String {
    let parts: Vec<String> =
        line.iter().map(|(told, who)| format!("{}: {}", told.word(), who.join(" "))).collect();
    parts.join(" | ")
}

/// Whoever is told that somebody else's thing is not there, or asked who they are, is told so in the words
/// in which they are told it of what was never there: otherwise the answer says that it exists.
async fn looks_like_nothing(world: &World<'_>, door: &Door, bodies: &BTreeMap<String, Json>) {
    if door.names().is_empty() {
        return;
    }
    for asker in &world.askers {
        let hidden = ask(world, door, bodies, (asker, Whose::Foreign)).await;
        let told = Told::of(&hidden);
        if matches!(told, Told::NotThere | Told::SignIn) {
            let absent = ask(world, door, bodies, (asker, Whose::Absent)).await;
            let at = format!("{} {} by {}", door.method, door.path, asker.word);
            assert_eq!(told, Told::of(&absent), "{at}");
            assert_eq!(same_words(&hidden), same_words(&absent), "{at}");
        }
    }
}

const HEADER: &str = "\
Who gets through which door; generated, see mod.rs.

  own      a thing of one's own: a household one is the rep of, a request one recorded, one's account
  foreign  somebody else's: another rep's household, a complaint about oneself, a colleague's account
  absent   a thing that was never there

  through    it is shown or done, or a rule says why not now
  mistyped   a field is wrong: a rule says so to who may, a form read by hand to everybody
  forbidden  one may know of it, and this act is somebody else's
  not there  one is told what everybody is told of things that do not exist
  sign in    one is asked who one is
  a number   the HTTP status of any other answer
";
