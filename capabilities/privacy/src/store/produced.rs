//! How many rows each table has that names a registered person, and how many requests say who asks.

use db::Tx;
use gate::Refusal;
use kernel::CommunityId;
use registry::PersonId;

use super::strange;

/// One statement for each of these tables: its rows, and those about one person.
macro_rules! counted {
    ($($all:ident, $one:ident: $table:literal by $column:literal;)*) => {
        db::sql! { module "privacy.produced";
            $(
                $all = concat!("select count(*) from ", $table, " where community_id = $1");
                $one = concat!("select count(*) from ", $table, " where community_id = $1 and ",
                    $column, " = $2");
            )*
            ASKING = "select count(*), count(petitioner_id), count(petitioner_name), \
                      count(petitioner_phone) from requests where community_id = $1";
        }

        /// The tables that are counted, and the column by which.
        pub const TABLES: &[(&str, &str)] = &[$(($table, $column)),*];

        /// Rows of each of them: all, and those about the person.
        ///
        /// # Errors
        /// Those of the database.
        pub fn counts(
            tx: &mut Tx<'_>,
            community: CommunityId,
            person: Option<PersonId>,
        ) -> Result<Vec<(&'static str, i64, Option<i64>)>, Refusal> {
            let mut counts = Vec::with_capacity(TABLES.len());
            $(
                let all = count(tx, &$all, &db::params![community.uuid()])?;
                let one = match person {
                    Some(person) => {
                        Some(count(tx, &$one, &db::params![community.uuid(), person.uuid()])?)
                    }
                    None => None,
                };
                counts.push(($table, all, one));
            )*
            Ok(counts)
        }
    };
}

counted! {
    LINES, LINES_OF: "access_lines" by "subject_id";
    ACCOUNTS, ACCOUNTS_OF: "accounts" by "person_id";
    EVENTS, EVENTS_OF: "events" by "object_id";
    MEMBERS, MEMBERS_OF: "household_members" by "person_id";
    IMPORTED, IMPORTED_OF: "import_lines" by "person_id";
    CORRECTED, CORRECTED_OF: "person_corrections" by "person_id";
    PERSONS, PERSONS_OF: "persons" by "id";
    CLEAR, CLEAR_OF: "persons_clear" by "id";
    CONSENTS, CONSENTS_OF: "privacy_consents" by "person_id";
    COPIES, COPIES_OF: "privacy_copies" by "person_id";
    ERASURES, ERASURES_OF: "privacy_erasures" by "person_id";
    CODES, CODES_OF: "query_codes" by "object_id";
    REQUESTS, REQUESTS_OF: "requests" by "petitioner_id";
    KEYS, KEYS_OF: "vault_subject_keys" by "subject_id";
}

/// Requests: all, those that name a registered person, those with a name, those with a telephone.
///
/// # Errors
/// Those of the database.
pub fn asking(tx: &mut Tx<'_>, community: CommunityId) -> Result<[i64; 4], Refusal> {
    let row = tx.row(&ASKING, &db::params![community.uuid()])?.ok_or_else(|| strange("count"))?;
    Ok([row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?])
}

fn count(tx: &mut Tx<'_>, sql: &db::Sql, key: &[db::Value]) -> Result<i64, Refusal> {
    Ok(tx.row(sql, key)?.ok_or_else(|| strange("count"))?.int(0)?)
}
