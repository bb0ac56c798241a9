//! Keys as their keeper meets them: what is sealed is nowhere readable, a key that is lost, wrong or
//! open to others is told with what to do, and replacing keys interrupts nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::*;

/// Invented, and found nowhere else: names, what neighbours say, telephones, a birth date.
const CANARIES: [&str; 8] = [
    "缪金丝雀",
    "缪爹爹",
    "13900007351",
    "1931-07-09",
    "缪改名雀",
    "Miaojinsique",
    "139 0000 7351",
    "mjsq",
];

/// A server whose log and temporary files can be read afterwards.
struct Watched {
    child: Child,
    server: Client,
}

impl Watched {
    fn start(place: &Place, log: &Path, temporary: &Path) -> Watched {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--data", place.path()])
            .env("LIANHU_LOG", "trace")
            .env("TMPDIR", temporary)
            .stdout(Stdio::piped())
            .stderr(File::create(log).expect("a log"))
            .spawn()
            .expect("the program runs");
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let address = said.lines().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("listening http://").and_then(|address| address.parse().ok())
        });
        Watched { child, server: Client::new(address.expect("it listens")) }
    }

    fn ask(&mut self, call: &Call<'_>, status: u16) -> Json {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let reply = runtime.block_on(self.server.call(call)).expect("an answer");
        reply.json(status).unwrap_or_else(|error| panic!("{error:#}"))
    }

    fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(asked.expect("it is asked").success());
        assert!(self.child.wait().expect("it ends").success());
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found
}

/// Which file holds which canary.
fn sung(folder: &Path) -> Vec<String> {
    let holds = |bytes: &[u8], text: &str| {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    let mut sung = Vec::new();
    for (path, bytes) in files(folder) {
        for canary in CANARIES.iter().filter(|canary| holds(&bytes, canary)) {
            sung.push(format!("{canary} in {}", path.display()));
        }
    }
    sung
}

fn household(watched: &mut Watched, token: &str) -> String {
    let door = json!({ "compound": "化肥厂小区", "building": "3栋", "room": "401" });
    let call = Call::post(token, "/api/households", Uuid::new_v4(), &door);
    watched.ask(&call, 201)["household"].as_str().expect("an id").to_owned()
}

#[test]
fn a_resident_is_readable_in_no_file() {
    let place = Place::founded();
    let token = place.token();
    let aside = tempfile::tempdir().expect("a folder");
    let (log, temporary) = (aside.path().join("log"), aside.path().join("temporary"));
    fs::create_dir(&temporary).expect("a folder");
    let mut watched = Watched::start(&place, &log, &temporary);
    let household = household(&mut watched, &token);
    let people = format!("/api/households/{household}/people");
    let key = Uuid::new_v4();
    let person = json!({
        "name": CANARIES[0], "form_of_address": CANARIES[1], "phone": CANARIES[6],
        "born_on": CANARIES[3]
    });
    let added = watched.ask(&Call::post(&token, &people, key, &person), 201);
    // The same receipt again: what was sealed is known to be the same, and another is refused.
    assert_eq!(watched.ask(&Call::post(&token, &people, key, &person), 201), added);
    let other = json!({ "name": CANARIES[4] });
    watched.ask(&Call::post(&token, &people, key, &other), 422);
    watched.ask(&Call::post(&token, &people, Uuid::new_v4(), &other), 201);
    let shown = watched.ask(&Call::get(&token, &format!("/api/households/{household}")), 200);
    assert_eq!(shown["people"][0]["name"], CANARIES[0]);
    for search in ["mjsq", "7351", "13900007351", "%E7%BC%AA%E9%87%91"] {
        let found = watched.ask(&Call::get(&token, &format!("/api/households?q={search}")), 200);
        assert_eq!(found["households"][0]["household"], household.as_str(), "{search}");
    }
    // Beside the running server: its log is not yet moved into the file.
    let copy = place.file("copy.lianhu");
    place.run(&["backup", "--to", &copy]).expect(0);
    assert_eq!(sung(place.0.path()), Vec::<String>::new());
    watched.stop();
    assert_eq!(sung(place.0.path()), Vec::<String>::new());
    assert_eq!(sung(aside.path()), Vec::<String>::new());
    // The canaries are found where they are: a search that finds nothing proves nothing.
    fs::write(aside.path().join("cage"), CANARIES[0]).expect("written");
    assert_eq!(sung(aside.path()).len(), 1);
    place.run(&["journal", "verify"]).expect(0);
}

#[test]
fn a_key_that_is_lost_wrong_or_open_to_others_is_told_with_what_to_do() {
    let place = Place::founded();
    let key = place.file("vault.key");
    let kept = fs::read(&key).expect("the first start made it");
    let refused = |said: &str| {
        let ended = place.run(&["vault", "status"]).expect(1);
        assert!(ended.complained.contains(said), "{}", ended.complained);
        let serves = Server::start(Path::new(PROGRAM), &["--data", place.path()]);
        assert!(serves.is_err(), "{said}: it serves");
    };
    fs::remove_file(&key).expect("removed");
    refused("is missing");
    assert!(!Path::new(&key).exists(), "a new key would be of no use");
    let other = Place::founded();
    fs::copy(other.file("vault.key"), &key).expect("copied");
    refused("is not the one");
    fs::write(&key, &kept[..40]).expect("written");
    refused("damaged");
    fs::write(&key, &kept).expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("set");
    refused("chmod 600");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("set");
    place.run(&["vault", "status"]).expect(0);
}

#[test]
fn keys_are_replaced_beside_the_server_and_the_old_ones_open_nothing() {
    let place = Place::founded();
    let token = place.token();
    let server = place.serve();
    let door = json!({ "compound": "化肥厂小区", "building": "3栋", "room": "401" });
    let door = Call::post(&token, "/api/households", Uuid::new_v4(), &door);
    let household = ask(&server, &door, 201)["household"].as_str().expect("an id").to_owned();
    let people = format!("/api/households/{household}/people");
    let enter = |name: &str| {
        let person = json!({ "name": name });
        ask(&server, &Call::post(&token, &people, Uuid::new_v4(), &person), 201);
    };
    let names = || {
        let shown = ask(&server, &Call::get(&token, &format!("/api/households/{household}")), 200);
        let people = shown["people"].as_array().expect("people").clone();
        let names = people.iter().map(|person| person["name"].as_str().expect("a name").to_owned());
        names.collect::<std::collections::BTreeSet<String>>()
    };
    enter("夏爹");
    let old = place.read("vault.key");
    let ended = place.run(&["vault", "rotate", "--master"]).expect(0);
    assert!(ended.said.contains("apart from the backups"), "{}", ended.said);
    assert_ne!(old, place.read("vault.key"));
    enter("曾娭毑");
    let ended = place.run(&["vault", "rotate", "--suite", "sm"]).expect(0);
    assert!(ended.said.contains("suite sm, key 2 wraps 2, 0 still"), "{}", ended.said);
    enter("罗明");
    assert_eq!(names(), ["夏爹", "曾娭毑", "罗明"].map(str::to_owned).into());
    drop(server);
    let new = place.read("vault.key");
    fs::write(place.file("vault.key"), &old).expect("written");
    place.run(&["vault", "status"]).expect(1);
    fs::write(place.file("vault.key"), &new).expect("written");
    place.run(&["journal", "verify"]).expect(0);
}

#[test]
fn a_backup_is_tried_with_the_key_and_without() {
    let place = Place::founded();
    place.file_requests(&["路灯坏了"]);
    let copy = place.file("copy.lianhu");
    place.run(&["backup", "--to", &copy]).expect(0);
    let secret = place.read("vault.key");
    let held = place.read("copy.lianhu");
    assert!(!held.windows(64).any(|window| window == &secret[30..94]), "the key is in the backup");
    let without = run(&["verify", "--from", &copy]).expect(0);
    assert!(without.said.contains("--vault-key"), "{}", without.said);
    let key = place.file("vault.key");
    let with = run(&["verify", "--from", &copy, "--vault-key", &key]).expect(0);
    assert!(with.said.contains("0 people open"), "{}", with.said);
    let other = Place::founded();
    let wrong = other.file("vault.key");
    run(&["verify", "--from", &copy, "--vault-key", &wrong]).expect(1);
    let new = Place::new();
    let restored = new.run(&["restore", "--from", &copy]).expect(0);
    assert!(restored.said.contains("vault.key, mode 600"), "{}", restored.said);
    assert!(Server::start(Path::new(PROGRAM), &["--data", new.path()]).is_err());
    fs::copy(&key, new.file("vault.key")).expect("copied");
    new.serve();
}

#[test]
fn a_key_may_come_from_a_variable_or_a_passphrase() {
    let with = |place: &Place, variables: &[(&str, &str)], arguments: &[&str]| {
        let output = Command::new(PROGRAM)
            .args([arguments, &["--data", place.path()]].concat())
            .envs(variables.iter().copied())
            .output()
            .expect("the program runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (one, two) = (run(&["vault", "new-key"]).expect(0), run(&["vault", "new-key"]).expect(0));
    let (one, two) = (one.last_line(), two.last_line());
    let words = [
        "老樟树下三点开会自带板凳和一壶热茶不见不散",
        "新樟树下四点开会自带板凳和一壶凉茶不见不散",
    ];
    for (variable, next, [old, new]) in [
        ("LIANHU_VAULT_KEY", "LIANHU_VAULT_KEY_NEXT", [one.as_str(), two.as_str()]),
        ("LIANHU_VAULT_PASSPHRASE", "LIANHU_VAULT_PASSPHRASE_NEXT", words),
    ] {
        let place = Place::new();
        let init = ["init", "--name", "石狮社区"];
        let status = ["vault", "status"];
        assert!(with(&place, &[(variable, old)], &init).0, "{variable}");
        assert!(!Path::new(&place.file("vault.key")).exists(), "{variable}");
        assert!(with(&place, &[(variable, old)], &status).0, "{variable}");
        assert!(!with(&place, &[(variable, new)], &status).0, "{variable}");
        let rotate = ["vault", "rotate", "--master"];
        let (done, said) = with(&place, &[(variable, old)], &rotate);
        assert!(!done && said.contains(next), "{said}");
        assert!(with(&place, &[(variable, old), (next, new)], &rotate).0, "{variable}");
        assert!(with(&place, &[(variable, new)], &status).0, "{variable}");
        assert!(!with(&place, &[(variable, old)], &status).0, "{variable}");
    }
}
