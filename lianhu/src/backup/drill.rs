//! What rows of restored data must not look like: rows that belong to a request that is not
//! there, and requests that lack what every request has. Whether requests themselves are as their
//! events left them is the journal's to say.

use anyhow::Result;
use db::{Db, Sql};

/// What `verify` exits with when rows do not fit together; 6 and 8 are the journal's.
pub const EXIT_CODE: u8 = 7;

db::sql! { module "backup.drill";
    PROMISES = "select count(*) from promises p where not exists (select 1 from requests r \
                where r.community_id = p.community_id and r.id = p.request_id)";
    PHOTOS = "select count(*) from photos p where not exists (select 1 from requests r \
              where r.community_id = p.community_id and r.id = p.request_id)";
    CODES = "select count(*) from query_codes c where not exists (select 1 from requests r \
             where r.community_id = c.community_id and r.id = c.object_id)";
    INDEXED = "select count(*) from request_doc d where not exists (select 1 from requests r \
               where r.community_id = d.community_id and r.id = d.id)";
    UNINDEXED = "select count(*) from requests r where not exists (select 1 from request_doc d \
                 where d.community_id = r.community_id and d.id = r.id)";
    UNSEALED = "select count(*) from journal_unsealed u where not exists (select 1 from events e \
                where e.community_id = u.community_id and e.object_id = u.object_id \
                and e.id = u.event_id)";
}

const CHECKS: [(&Sql, &str); 6] = [
    (&PROMISES, "promises without a request"),
    (&PHOTOS, "photos without a request"),
    (&CODES, "query codes without a request"),
    (&INDEXED, "search entries without a request"),
    (&UNINDEXED, "requests that no search finds"),
    (&UNSEALED, "events that wait for the journal and are gone"),
];

/// What does not fit, with how often; nothing when all is well.
pub fn orphans(db: &Db) -> Result<Vec<(&'static str, i64)>> {
    let mut found = Vec::new();
    for (sql, what) in CHECKS {
        let rows = db.read_blocking(move |tx| {
            let row = tx.row(sql, &[])?;
            row.map(|row| row.int(0)).transpose()
        })?;
        found.extend(rows.filter(|rows| *rows > 0).map(|rows| (what, rows)));
    }
    Ok(found)
}
