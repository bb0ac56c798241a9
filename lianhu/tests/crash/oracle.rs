//! What must hold after a kill, read from the tables themselves while no client is at work.

use std::collections::HashMap;

use db::{Config, Db, Error, Sql, Tx, Url};
use uuid::Uuid;

use crate::client::{Client, Matter};

db::sql! { module "crash";
    ACTS = "select receipt from events where part = 0 and action like 'request.%'";
    FILED = "select receipt, object_id from events where part = 0 and action = 'request.file'";
    REQUESTS = "select id, version, words, year, serial from requests";
    NUMBERS = "select count(*), count(distinct serial), coalesce(min(serial), 1), \
               coalesce(max(serial), 0) from requests";
    LAST_NUMBER = "select coalesce(max(last), 0) from request_counters";
}

/// Rows that stand for nothing, and rows that lack their companion.
const ORPHANS: [(&str, &str); 7] = [
    (
        "promises without request",
        "select count(*) from promises p where not exists (select 1 from \
      requests r where r.community_id = p.community_id and r.id = p.request_id)",
    ),
    (
        "query codes without request",
        "select count(*) from query_codes c where not exists (select \
      1 from requests r where r.community_id = c.community_id and r.id = c.object_id)",
    ),
    (
        "requests without query code",
        "select count(*) from requests r where not exists (select 1 \
      from query_codes c where c.community_id = r.community_id and c.object_id = r.id)",
    ),
    (
        "search entries without request",
        "select count(*) from request_doc d where not exists \
      (select 1 from requests r where r.community_id = d.community_id and r.id = d.id)",
    ),
    (
        "requests without search entry",
        "select count(*) from requests r where not exists (select 1 \
      from request_doc d where d.community_id = r.community_id and d.id = r.id)",
    ),
    (
        "events without request",
        "select count(*) from events e where e.action like 'request.%' and \
      not exists (select 1 from requests r where r.community_id = e.community_id and r.id = \
      e.object_id)",
    ),
    (
        "requests without event",
        "select count(*) from requests r where not exists (select 1 from \
      events e where e.community_id = r.community_id and e.object_id = r.id and e.action = \
      'request.file')",
    ),
];

pub struct Oracle {
    url: Url,
}

/// The tables as they are.
struct State {
    /// How often each receipt was honoured.
    acts: HashMap<Uuid, u32>,
    /// Which request each filing made.
    filed: HashMap<Uuid, Uuid>,
    requests: HashMap<Uuid, Row>,
}

struct Row {
    version: i64,
    words: String,
    number: String,
}

impl Oracle {
    pub fn new(url: Url) -> Oracle {
        Oracle { url }
    }

    /// Every acknowledged act is there exactly once, nothing else is, and no row stands alone.
    ///
    /// # Panics
    /// When it is not so.
    pub fn check(&self, clients: &[Client]) {
        let mut config = Config::new(self.url.clone());
        (config.readers, config.writers) = (1, 1);
        let db = Db::open(&config).expect("the database opens");
        let state = db.read_blocking(State::read).expect("the tables are read");
        db.close();
        for key in clients.iter().flat_map(|client| &client.keys) {
            assert_eq!(state.acts.get(key), Some(&1), "acknowledged under {key}, and done once");
        }
        for client in clients {
            for matter in &client.matters {
                let in_doubt = client.in_doubt().is_some_and(|doubted| doubted.key == matter.key);
                state.check(matter, in_doubt);
            }
        }
        let known = clients.iter().map(|client| client.matters.len()).sum::<usize>();
        assert!(state.requests.len() <= known, "requests that nobody filed");
    }
}

impl State {
    fn read(tx: &mut Tx<'_>) -> Result<State, Error> {
        let mut state =
            State { acts: HashMap::new(), filed: HashMap::new(), requests: HashMap::new() };
        for row in tx.rows(&ACTS, &[])? {
            *state.acts.entry(row.id(0)?).or_default() += 1;
        }
        for row in tx.rows(&FILED, &[])? {
            state.filed.insert(row.id(0)?, row.id(1)?);
        }
        for row in tx.rows(&REQUESTS, &[])? {
            let number = format!("{}-{:06}", row.int(3)?, row.int(4)?);
            let request = Row { version: row.int(1)?, words: row.text(2)?.to_owned(), number };
            state.requests.insert(row.id(0)?, request);
        }
        for (what, text) in ORPHANS {
            assert_eq!(count(tx, &Sql { name: "crash.ORPHANS", text })?, 0, "{what}");
        }
        check_numbers(tx)?;
        Ok(state)
    }

    fn check(&self, matter: &Matter, in_doubt: bool) {
        let made = self.filed.get(&matter.key).and_then(|id| self.requests.get(id));
        let Some(row) = made else {
            assert!(matter.acknowledged == 0, "{} was acknowledged and is lost", matter.words);
            return;
        };
        assert_eq!(row.words, matter.words);
        // Each act is one version: done twice would be one too many.
        let ahead = row.version - matter.acknowledged;
        assert!(ahead == 0 || (ahead == 1 && in_doubt), "{}: {ahead} acts ahead", matter.words);
        if let Some(number) = &matter.number {
            assert_eq!(&row.number, number);
            assert_eq!(self.filed.get(&matter.key), matter.id.as_ref());
        }
    }
}

/// Numbers run from 1 to the counter, each once.
fn check_numbers(tx: &mut Tx<'_>) -> Result<(), Error> {
    let row = tx.row(&NUMBERS, &[])?.expect("an aggregate has a row");
    let (count, distinct, first, last) = (row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?);
    assert_eq!((distinct, first, last), (count, 1, count), "numbers without gap or double");
    let counter = tx.row(&LAST_NUMBER, &[])?.expect("an aggregate has a row").int(0)?;
    assert_eq!(counter, count, "the counter stands at the last number");
    Ok(())
}

fn count(tx: &mut Tx<'_>, sql: &Sql) -> Result<i64, Error> {
    tx.row(sql, &[])?.expect("an aggregate has a row").int(0)
}
