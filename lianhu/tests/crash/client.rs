//! A client of the crash test: writes down what residents say and works on it, one call after
//! the other, and keeps a ledger of what was acknowledged. What was not is sent again under the
//! same key, by the same client, before anything else.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::http::{self, Call, Reply};

/// What dies in this test, and so how its clients learn of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Killed {
    /// Connections break.
    Program,
    /// The program answers 503 and recovers by itself.
    Database,
}

/// How long what was not acknowledged is tried again.
const TRIES_MAX: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// One call in this many is sent a second time after it was acknowledged.
const REPEATED_ONE_IN: usize = 8;

/// Steps after filing: what, which of the two clerks, and the body. Whoever answered does not
/// verify (R12).
const STEPS: [(&str, usize, &str); 4] = [
    ("triage", 0, r#"{"mode": "assisted", "helper": "网格员陪着去"}"#),
    ("answer", 0, r#"{"text": "已经修好，请您看看。"}"#),
    ("verification", 1, r#"{"contacted": true, "solved": true, "satisfied": true}"#),
    ("closure", 1, "{}"),
];

/// A request as its client knows it.
pub struct Matter {
    pub words: String,
    /// The key it was filed under.
    pub key: Uuid,
    pub id: Option<Uuid>,
    pub number: Option<String>,
    /// Acts that were acknowledged, the filing included; also its version then.
    pub acknowledged: i64,
}

/// A call that was, or will be, sent.
#[derive(Clone)]
struct Sent {
    matter: usize,
    path: String,
    clerk: usize,
    key: Uuid,
    body: Json,
    status: u16,
}

pub struct Client {
    number: usize,
    tokens: [String; 2],
    killed: Killed,
    chance: fastrand::Rng,
    pub matters: Vec<Matter>,
    /// Keys of everything that was acknowledged.
    pub keys: Vec<Uuid>,
    /// Sent without an answer: may have been done or not.
    pending: Option<Sent>,
}

pub fn acknowledged(clients: &[Client]) -> usize {
    clients.iter().map(|client| client.keys.len()).sum()
}

/// The search finds every request by the words that only it has.
pub async fn find_all(clients: &[Client], server: SocketAddr) {
    let mut line = http::Client::new(server);
    for client in clients {
        for matter in &client.matters {
            let unique = matter.words.split('，').next().expect("words before a comma");
            let path = format!("/api/requests?q={}", encoded(unique));
            let reply = line.call(&Call::get(&client.tokens[0], &path)).await.expect("an answer");
            let found = reply.json(200).unwrap_or_else(|error| panic!("{error}"));
            let found = found["items"].as_array().expect("items");
            assert_eq!(found.len(), 1, "searching {unique}");
            assert_eq!(found[0]["number"].as_str(), matter.number.as_deref());
        }
    }
}

impl Client {
    pub fn new(
        number: usize,
        tokens: [String; 2],
        killed: Killed,
        chance: fastrand::Rng,
    ) -> Client {
        let (matters, keys) = (Vec::new(), Vec::new());
        Client { number, tokens, killed, chance, matters, keys, pending: None }
    }

    /// The matter whose last call may have been done or not.
    pub fn in_doubt(&self) -> Option<&Matter> {
        self.pending.as_ref().map(|sent| &self.matters[sent.matter])
    }

    /// Works until told to stop, or until the program is gone.
    pub async fn work(&mut self, server: SocketAddr, stop: &AtomicBool) {
        let mut line = http::Client::new(server);
        while !stop.load(Ordering::Relaxed) {
            let sent = self.pending.take().unwrap_or_else(|| self.next());
            let reply = match line.call(&self.call(&sent)).await {
                Ok(reply) => reply,
                Err(error) => {
                    assert!(self.killed == Killed::Program, "the program went: {error:#}");
                    self.pending = Some(sent);
                    return;
                }
            };
            if is_busy(&reply) {
                self.pending = Some(sent);
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let answer = self.acknowledge(&sent, &reply);
            if self.chance.usize(..REPEATED_ONE_IN) == 0
                && let Ok(again) = line.call(&self.call(&sent)).await
                && !is_busy(&again)
            {
                let again = again.json(sent.status).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(again, answer, "a repeated key has its first answer");
            }
        }
    }

    /// Sends what is in doubt until it is acknowledged.
    pub async fn settle(&mut self, server: SocketAddr) {
        let mut line = http::Client::new(server);
        let Some(sent) = self.pending.take() else { return };
        for _ in 0..TRIES_MAX {
            match line.call(&self.call(&sent)).await {
                Ok(reply) if !is_busy(&reply) => {
                    self.acknowledge(&sent, &reply);
                    return;
                }
                Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        panic!("{} is never answered", sent.path);
    }

    fn call<'a>(&'a self, sent: &'a Sent) -> Call<'a> {
        Call::post(&self.tokens[sent.clerk], &sent.path, sent.key, &sent.body)
    }

    /// The next step of the matter at hand, or a new matter.
    fn next(&mut self) -> Sent {
        let key = Uuid::from_u128(self.chance.u128(..));
        let at_hand = self.matters.last().filter(|matter| matter.acknowledged > 0);
        let steps = usize::try_from(at_hand.map_or(0, |matter| matter.acknowledged - 1));
        let steps = steps.expect("a small number");
        // Half of what is said stays with its filing, so that both kinds of write are killed.
        let goes_on = steps > 0 || self.chance.bool();
        match (at_hand.and_then(|matter| matter.id), STEPS.get(steps)) {
            (Some(id), Some((act, clerk, body))) if goes_on => Sent {
                matter: self.matters.len() - 1,
                path: format!("/api/requests/{id}/{act}"),
                clerk: *clerk,
                key,
                body: serde_json::from_str(body).expect("a body of ours"),
                status: 200,
            },
            _ => self.file(key),
        }
    }

    fn file(&mut self, key: Uuid) -> Sent {
        let mark = format!("z{}z{}", letters(self.number), letters(self.matters.len()));
        let words = format!("{mark}，楼道的灯坏了，晚上老人下楼看不见路");
        let body = json!({ "text": words });
        self.matters.push(Matter { words, key, id: None, number: None, acknowledged: 0 });
        Sent {
            matter: self.matters.len() - 1,
            path: "/api/requests".to_owned(),
            clerk: 0,
            key,
            body,
            status: 201,
        }
    }

    fn acknowledge(&mut self, sent: &Sent, reply: &Reply) -> Json {
        let answer = reply
            .json(sent.status)
            .unwrap_or_else(|error| panic!("{} under {}: {error:#}", sent.path, sent.key));
        let matter = &mut self.matters[sent.matter];
        matter.acknowledged += 1;
        let id = answer["id"].as_str().and_then(|id| id.parse().ok());
        let number = answer["number"].as_str().map(str::to_owned);
        assert!(id.is_some() && number.is_some(), "{answer}");
        assert_eq!(answer["version"].as_i64(), Some(matter.acknowledged), "{}", sent.path);
        if matter.acknowledged > 1 {
            assert_eq!((matter.id, &matter.number), (id, &number), "{}", sent.path);
        }
        (matter.id, matter.number) = (id, number);
        self.keys.push(sent.key);
        answer
    }
}

/// Come again: not done, or not known whether it was.
fn is_busy(reply: &Reply) -> bool {
    let busy = reply.status == 503;
    assert!(!busy || reply.retry_after.is_some(), "503 says when to come again");
    busy
}

/// A number as a word: the search takes letters and digits apart.
fn letters(number: usize) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
