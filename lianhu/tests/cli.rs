//! The command line as its users meet it: each story runs the real program in a folder of its
//! own, and reads what it prints and how it ends.

#[path = "../src/bench/http.rs"]
#[allow(dead_code, reason = "the bench and the crash test are sent away and come again")]
mod http;
#[path = "cli/privacy.rs"]
mod privacy;
#[path = "cli/register.rs"]
mod register;
#[path = "../src/bench/server.rs"]
#[allow(dead_code, reason = "the bench measures memory and readiness too")]
mod server;
#[path = "cli/vault.rs"]
mod vault;

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

use age::secrecy::ExposeSecret;
use db::private_postgres::{Options, Server as PostgresServer};
use http::{Call, Client};
use serde_json::{Value as Json, json};
use server::Server;
use tempfile::TempDir;
use uuid::Uuid;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lianhu");

/// A folder in which the program keeps its data.
struct Place(TempDir);

/// How a command ended.
struct Ended {
    code: Option<i32>,
    said: String,
    complained: String,
}

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().expect("a folder"))
    }

    /// With a community in it.
    fn founded() -> Place {
        let place = Place::new();
        place.run(&["init", "--name", "石狮社区"]).expect(0);
        place
    }

    fn path(&self) -> &str {
        self.0.path().to_str().expect("a path of letters")
    }

    fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.path())
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(name)).expect("a file")
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run(&[arguments, &["--data", self.path()]].concat())
    }

    fn serve(&self) -> Server {
        Server::start(Path::new(PROGRAM), &["--data", self.path()]).expect("it serves")
    }

    /// A clerk's token.
    fn token(&self) -> String {
        self.run(&["token", "--role", "clerk"]).expect(0).last_line()
    }

    /// Serves just long enough to file requests, whose ids are answered.
    fn file_requests(&self, texts: &[&str]) -> Vec<String> {
        let token = self.token();
        let mut server = self.serve();
        let filed = texts.iter().map(|text| {
            let body = json!({ "text": text });
            let call = Call::post(&token, "/api/requests", Uuid::new_v4(), &body);
            let filed = ask(&server, &call, 201);
            filed["id"].as_str().expect("an id").to_owned()
        });
        let filed = filed.collect();
        server.stop().expect("it stops when asked");
        filed
    }

    /// Changes the database behind the program's back.
    fn tamper(&self, sql: &str) {
        let file = rusqlite::Connection::open(self.file("lianhu.db")).expect("the file opens");
        assert!(file.execute(sql, []).expect("it is tampered with") > 0, "{sql}");
    }
}

impl Ended {
    #[track_caller]
    fn expect(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{}{}", self.said, self.complained);
        self
    }

    fn last_line(&self) -> String {
        self.said.lines().last().unwrap_or_default().to_owned()
    }
}

fn run(arguments: &[&str]) -> Ended {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .env("LIANHU_LOG", "warn")
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended {
        code: output.status.code(),
        said: text(&output.stdout),
        complained: text(&output.stderr),
    }
}

fn ask(server: &Server, call: &Call<'_>, status: u16) -> Json {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let reply = runtime.block_on(Client::new(server.address).call(call)).expect("an answer");
    reply.json(status).unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn calendar_due_prints_the_instant() {
    for (from, within, working, due) in [
        ("2026-09-30T15:00:00+08:00", "2h", false, "2026-09-30T17:00:00+08:00"),
        ("2026-09-30T07:00:00Z", "7d", false, "2026-10-07T15:00:00+08:00"),
        // The National Day holidays stand still, the make-up workdays count.
        ("2026-09-30T15:00:00+08:00", "7d", true, "2026-10-15T15:00:00+08:00"),
        // Friday 15:00 and one working day is Monday 15:00.
        ("2026-11-20T15:00:00+08:00", "1d", true, "2026-11-23T15:00:00+08:00"),
    ] {
        let mut arguments = vec!["calendar", "due", "--from", from, "--within", within];
        arguments.extend(working.then_some("--working"));
        assert_eq!(run(&arguments).expect(0).said, format!("{due}\n"), "{from} {within}");
    }
    for wrong in [
        ["--from", "yesterday", "--within", "7d"],
        ["--from", "2026-09-30T15:00:00Z", "--within", "7"],
        ["--from", "2026-09-30T15:00:00Z", "--within", "-3d"],
        ["--from", "2026-09-30T15:00:00Z", "--within", "0h"],
    ] {
        let ended = run(&[&["calendar", "due"][..], &wrong].concat()).expect(1);
        assert_eq!(ended.said, "");
        assert!(ended.complained.contains("--from") || ended.complained.contains("--within"));
    }
}

#[test]
fn calendar_due_asks_the_calendar_of_the_community() {
    let place = Place::founded();
    let ask = ["calendar", "due", "--from", "2026-11-20T15:00:00+08:00", "--within", "1d"];
    let said = place.run(&[&ask[..], &["--working"]].concat()).expect(0).said;
    assert_eq!(said, "2026-11-23T15:00:00+08:00\n");
    // A year whose holidays nobody has published is counted without them, and that is said.
    let far = ["calendar", "due", "--from", "2031-03-03T15:00:00+08:00", "--within", "1d"];
    let ended = place.run(&[&far[..], &["--working"]].concat()).expect(0);
    assert!(ended.complained.contains("no holidays of 2031 are known"), "{}", ended.complained);
}

#[test]
fn what_is_wrong_is_said_in_words() {
    for (wrong, said) in [
        (["init", "--name", ""], "Please fill this in"),
        (["init", "--name", "石\u{202e}狮"], "--name"),
    ] {
        let ended = Place::new().run(&wrong).expect(1);
        assert!(ended.complained.contains(said), "{}", ended.complained);
        assert!(!ended.complained.contains("fault."), "{}", ended.complained);
    }
    let ended = Place::new().run(&["init", "--name", "石狮社区", "--phone", "abc"]).expect(1);
    assert!(ended.complained.contains("--phone"), "{}", ended.complained);
}

#[test]
fn a_proof_is_checked_with_the_public_key_alone() {
    let place = Place::founded();
    place.file_requests(&["三栋的路灯坏了"]);
    let proof = place.run(&["journal", "proof", "--entry", "0"]).expect(0).said;
    std::fs::write(place.file("proof.txt"), &proof).expect("written");
    let check = |file: &str, key: &str| {
        run(&["journal", "check", &place.file(file), "--key", &place.file(key)])
    };
    let ended = check("proof.txt", "journal.pub").expect(0);
    assert!(ended.said.starts_with("proven: entry 0 ("), "{}", ended.said);
    let other = Place::founded();
    other.file_requests(&["三栋的路灯坏了"]);
    std::fs::copy(other.file("journal.pub"), place.file("other.pub")).expect("copied");
    let ended = check("proof.txt", "other.pub").expect(1);
    assert!(ended.said.starts_with("NOT PROVEN"), "{}", ended.said);
    std::fs::write(place.file("cut.txt"), &proof[..40]).expect("written");
    check("cut.txt", "journal.pub").expect(5);
}

#[test]
fn words_alone_are_enough_for_a_request() {
    let place = Place::founded();
    let token = place.token();
    let server = place.serve();
    let body = json!({ "text": "三栋二单元的路灯坏了，晚上看不见" });
    let key = Uuid::new_v4();
    let call = Call::post(&token, "/api/requests", key, &body);
    let filed = ask(&server, &call, 201);
    let text = |name: &str| filed[name].as_str().unwrap_or_else(|| panic!("{name} in {filed}"));
    assert!(text("id").parse::<Uuid>().is_ok());
    assert!(text("number").ends_with("-000001"), "{filed}");
    assert!(!text("query_code").is_empty());
    // Sent twice, done once.
    assert_eq!(ask(&server, &call, 201), filed);
    let path = format!("/api/requests/{}", text("id"));
    ask(&server, &Call::get(&token, &path), 200);
    ask(&server, &Call::get("", &path), 401);
}

#[test]
fn a_token_is_made_beside_a_running_server() {
    let place = Place::founded();
    let server = place.serve();
    let token = place.token();
    ask(&server, &Call::get(&token, "/api/requests"), 200);
}

/// The status of a page asked for by a proxy that says whom it asks for.
fn status_through_proxy(server: &Server, path: &str, caller: &str) -> u16 {
    let mut stream = std::net::TcpStream::connect(server.address).expect("it listens");
    let lines = "HTTP/1.1\r\nHost: lianhu.test\r\nConnection: close\r\nX-Forwarded-For: ";
    write!(stream, "GET {path} {lines}{caller}\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no status in {answer}"))
}

#[test]
fn the_address_a_proxy_names_is_taken_only_behind_one() {
    let place = Place::founded();
    for (option, other_caller) in [(&[][..], 429), (&["--behind-proxy"][..], 404)] {
        let arguments = [&["--data", place.path()][..], option].concat();
        let server = Server::start(Path::new(PROGRAM), &arguments).expect("it serves");
        let guess = |caller: &str| status_through_proxy(&server, "/q/1-00000-00000", caller);
        let guesses: Vec<u16> = (0..21).map(|_| guess("192.0.2.1")).collect();
        assert_eq!(guesses.last(), Some(&429), "{guesses:?}");
        assert_eq!(guess("192.0.2.1, 198.51.100.7"), other_caller, "{option:?}");
    }
}

#[test]
fn one_directory_has_one_server() {
    let place = Place::founded();
    let _server = place.serve();
    let second = place.run(&["serve", "--listen", "127.0.0.1:0"]).expect(1);
    assert!(
        second.complained.contains("already served by another process"),
        "{}",
        second.complained
    );
    // Founding beside it is refused just so: the server would not know of it.
    place.run(&["init", "--name", "又一个社区"]).expect(1);
}

#[test]
fn there_is_one_community_and_it_comes_first() {
    let place = Place::new();
    let early = place.run(&["token", "--role", "clerk"]).expect(1);
    assert!(early.complained.contains("lianhu init"), "{}", early.complained);
    assert_eq!(std::fs::read_dir(place.path()).expect("a folder").count(), 0, "nothing was made");
    let card = place.run(&["init", "--name", "石狮社区"]).expect(0).last_line();
    assert!(card.starts_with("/enter/"), "{card}");
    let again = place.run(&["init", "--name", "又一个社区"]).expect(1);
    assert!(again.complained.contains("石狮社区"), "{}", again.complained);
    for wrong in ["", " ", "a\u{202e}b"] {
        Place::new().run(&["init", "--name", wrong]).expect(1);
    }
}

#[test]
fn only_who_has_codes_can_lose_the_phone_with_them() {
    let place = Place::founded();
    let none = place.run(&["lost-phone", "--name", "chunmei"]).expect(1);
    assert!(none.complained.contains("nobody signs in as chunmei"), "{}", none.complained);
    place.run(&["lost-phone"]).expect(2);
}

#[test]
fn an_empty_directory_prints_a_link_that_founds_the_community() {
    let place = Place::new();
    let mut program = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--data", place.path()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it serves");
    let output = program.stdout.take().expect("a pipe");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(output));
    let mut line = || lines.next().expect("a line").expect("text");
    let base = line().replace("listening ", "");
    let link = line().replace("set-up link, valid once: ", "");
    program.kill().and_then(|()| program.wait()).expect("it ends");
    assert!(link.starts_with(&format!("{base}/set-up/lh_")), "{link}");
}

/// Changes behind the program's back, the exit code that names each, and what is said.
const TAMPERINGS: [(Option<&str>, i32, &str); 15] = [
    (None, 0, "whole"),
    (None, 0, "3 requests with promises are as their events left them"),
    (Some("update events set detail = replace(detail, '路灯', '水管')"), 1, "first bad entry"),
    (Some("update events set at = at + 1"), 1, "first bad entry"),
    (Some("update events set left_digest = salt where left_version = 1"), 8, "first bad entry"),
    (Some("delete from events where rowid = (select max(rowid) from events)"), 8, "EVENT REMOVED"),
    (
        Some("delete from journal_entries where seq = (select max(seq) from journal_entries)"),
        2,
        "ROLLED BACK",
    ),
    (
        Some("update journal_entries set entry = zeroblob(length(entry)) where seq = 1"),
        1,
        "first bad entry",
    ),
    (Some("update journal_heads set size = size - 1"), 1, "the head says 2 entries, there are 3"),
    (Some("delete from journal_heads"), 1, "the head is gone, there are 3 entries"),
    (
        Some("delete from journal_checkpoints"),
        1,
        "the head was signed 1 times, 0 checkpoints are kept",
    ),
    (
        Some(
            "insert into events select community_id, object_id, other, other, 0, 'request.close', \
             actor_id, origin, at, digest, salt, detail, outcome, null, null, null from \
             (select *, substr(salt, 1, 16) as other from events limit 1)",
        ),
        1,
        "request.close of ",
    ),
    (Some("update requests set stage = 'closed' where serial = 2"), 8, "-000002 is not as"),
    (Some("update promises set due_at = due_at + 1"), 8, "-000003 is not as"),
    (Some("delete from requests where serial = 1"), 8, "MISSING"),
];

#[test]
fn journal_verify_names_what_was_tampered_with() {
    for (sql, code, said) in TAMPERINGS {
        let place = Place::founded();
        place.file_requests(&["路灯坏了", "水管漏水", "噪声扰民"]);
        if let Some(sql) = sql {
            place.tamper(sql);
        }
        let ended = place.run(&["journal", "verify"]).expect(code);
        assert!(ended.said.contains(said), "{sql:?}: {}", ended.said);
    }
}

#[test]
fn journal_verify_names_what_was_tampered_with_on_postgres() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = PostgresServer::start_with(folder.path(), Options { fsync: false });
    let server = server.unwrap_or_else(|error| panic!("{error}"));
    let database = server.fresh_database().expect("a fresh database");
    let place = Place::new();
    let at = |arguments: &[&str]| {
        place.run(&[arguments, &["--database", database.url.as_str()]].concat())
    };
    at(&["init", "--name", "石狮社区"]).expect(0);
    let token = at(&["token", "--role", "clerk"]).expect(0).last_line();
    let arguments = ["--data", place.path(), "--database", database.url.as_str()];
    let mut running = Server::start(Path::new(PROGRAM), &arguments).expect("it serves");
    for text in ["路灯坏了", "水管漏水"] {
        let body = json!({ "text": text });
        let call = Call::post(&token, "/api/requests", Uuid::new_v4(), &body);
        ask(&running, &call, 201);
    }
    running.stop().expect("it stops when asked");
    at(&["journal", "verify"]).expect(0);
    let url = database.url.parse().expect("an address");
    let db = db::Db::open(&db::Config::new(url)).expect("the database opens");
    for (sql, code, said) in [
        ("update requests set answer = 'x' where serial = 2", 8, "-000002 is not as"),
        ("update requests set answer = null where serial = 2", 0, "whole"),
        ("update promises set due_at = due_at + 1", 8, "-000001 is not as"),
        ("update promises set due_at = due_at - 1", 0, "whole"),
        ("update journal_heads set size = 1", 1, "the head says 1 entries, there are 2"),
        ("update journal_heads set size = 2", 0, "whole"),
        ("delete from requests where serial = 1", 8, "MISSING"),
    ] {
        let statement = db::Sql::interned("test.tamper", sql);
        let changed = db.write_blocking(move |tx| tx.exec(&statement, &[]));
        assert!(changed.expect("it is tampered with") > 0, "{sql}");
        let ended = at(&["journal", "verify"]).expect(code);
        assert!(ended.said.contains(said), "{sql}: {}", ended.said);
    }
}

#[test]
fn a_backup_made_beside_the_server_comes_back_whole() {
    let place = Place::founded();
    let filed = place.file_requests(&["路灯坏了", "水管漏水"]);
    let file = place.file("copy.lianhu");
    let server = place.serve();
    place.run(&["backup", "--to", &file]).expect(0);
    // Never over what is there already.
    place.run(&["backup", "--to", &file]).expect(1);
    drop(server);
    run(&["verify", "--from", &file]).expect(0);
    let new = Place::new();
    new.run(&["restore", "--from", &file]).expect(0);
    new.run(&["journal", "verify"]).expect(0);
    // As somebody brings it who has kept it apart from the backups.
    std::fs::copy(place.file("vault.key"), new.file("vault.key")).expect("a key is brought");
    let token = new.token();
    let server = new.serve();
    for id in filed {
        ask(&server, &Call::get(&token, &format!("/api/requests/{id}")), 200);
    }
    drop(server);
    // The key that signs stayed on the old machine; what it signed and what the new one signs
    // are one journal.
    new.file_requests(&["垃圾没有清运"]);
    assert_ne!(place.read("journal.key"), new.read("journal.key"));
    let verified = new.run(&["journal", "verify"]).expect(0);
    assert!(verified.said.contains("whole, 3 entries, 3 covered"), "{}", verified.said);
    // And never over a community.
    place.run(&["restore", "--from", &file]).expect(1);
}

#[test]
fn an_encrypted_backup_needs_its_key_and_keeps_the_signing_key() {
    let place = Place::founded();
    place.file_requests(&["路灯坏了"]);
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let keys = place.file("key.txt");
    std::fs::write(&keys, identity.to_string().expose_secret()).expect("a key is kept");
    let file = place.file("copy.age");
    // As the office sets it up once: every backup from then on is encrypted.
    std::fs::write(place.file("backup.recipient"), &recipient).expect("a recipient is kept");
    place.run(&["backup", "--to", &file]).expect(0);
    let bytes = place.read("copy.age");
    assert!(!bytes.windows(6).any(|bytes| bytes == "SQLite".as_bytes()), "it is not encrypted");
    run(&["verify", "--from", &file]).expect(1);
    run(&["verify", "--from", &file, "--identity", &keys]).expect(0);
    let new = Place::new();
    new.run(&["restore", "--from", &file, "--identity", &keys]).expect(0);
    for name in ["journal.key", "deployment", "backup.recipient"] {
        assert_eq!(place.read(name), new.read(name), "{name}");
    }
    new.run(&["journal", "verify"]).expect(0);
}

#[test]
fn a_damaged_backup_is_refused_and_changes_nothing() {
    let place = Place::founded();
    place.file_requests(&["路灯坏了", "水管漏水"]);
    let file = place.file("copy.lianhu");
    place.run(&["backup", "--to", &file]).expect(0);
    let whole = place.read("copy.lianhu");
    let mut bent = whole.clone();
    let middle = bent.len() / 2;
    bent[middle] ^= 1;
    for (what, bytes) in [
        ("cut in the middle", &whole[..middle]),
        ("cut at the end", &whole[..whole.len() - 1]),
        ("bent", bent.as_slice()),
        ("empty", &[]),
        ("something else", b"no backup of ours at all"),
    ] {
        let damaged = place.file("damaged");
        std::fs::write(&damaged, bytes).expect("a file");
        let new = Place::new();
        let ended = new.run(&["restore", "--from", &damaged]).expect(1);
        assert!(ended.complained.contains("backup"), "{what}: {}", ended.complained);
        assert_eq!(std::fs::read_dir(new.path()).expect("a folder").count(), 0, "{what}");
        run(&["verify", "--from", &damaged]).expect(1);
    }
}

#[test]
fn a_backup_of_broken_data_fails_its_drill() {
    for (sql, code) in [
        ("update events set detail = replace(detail, '路灯', '水管')", 1),
        ("delete from requests", 8),
        ("update requests set words = '水管坏了'", 8),
        ("delete from request_doc", 7),
    ] {
        let place = Place::founded();
        place.file_requests(&["路灯坏了"]);
        place.tamper(sql);
        let file = place.file("copy.lianhu");
        place.run(&["backup", "--to", &file]).expect(0);
        run(&["verify", "--from", &file]).expect(code);
    }
}
