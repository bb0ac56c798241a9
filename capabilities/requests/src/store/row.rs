//! The row of a request: every column once, read and written in one order.
//!
//! Columns that never change after filing come first, so that an update names only the others
//! and leaves the indexes over the first ones alone.

use db::{Row, Tx, Value};
use gate::Refusal;
use kernel::{CommunityId, Day, Instant};
use uuid::Uuid;

use super::strange;
use crate::model::{
    Answer, AnswerKind, AssertedBy, Channel, Clock, ClockClass, Extension, Layer, Lines, Mode,
    Nature, Outcome, Pause, PauseReason, Petitioner, Request, RequestId, Stage, Verification,
};

macro_rules! filed_once {
    () => {
        filed_once!("spot_label", "petitioner_name, petitioner_phone, behalf")
    };
    ($spot:literal, $petitioner:literal) => {
        concat!(
            "id, year, serial, channel, household_id, place_id, ",
            $spot,
            ", grid_id, petitioner_id, ",
            $petitioner,
            ", recorder_id, accused_id, parent_id, received_at"
        )
    };
}

macro_rules! changing {
    () => {
        changing!("words", "duty", "answer", "answer_kind, redirect_to, redirect_contact")
    };
    ($words:literal, $duty:literal, $answer:literal, $kind:literal) => {
        concat!(
            "version, stage, outcome, asserted_by, nature, topic, mode, layer, clock_class, ",
            $words,
            ", lead_id, offered_to_id, handler_id, confidential, merged_into_id, children_open, ",
            $duty,
            ", follow_up_on, ",
            $answer,
            ", ",
            $kind,
            ", contacted, solved, satisfied, \
             contact_attempts, pause_reason, paused_until_at, extension_asked_by_id, \
             extension_until_at, extensions, reopenings, photos, escalations, next_clock, \
             next_due_at, dispatched_at, answered_at, closed_at, changed_at, emergency, \
             called"
        )
    };
}

/// All columns of a request, in the order of [`read`].
macro_rules! columns {
    () => {
        concat!(filed_once!(), ", ", changing!(), ", open")
    };
}

/// The same with the long texts cut to what a line of a list shows.
macro_rules! brief_columns {
    () => {
        concat!(
            filed_once!(),
            ", ",
            changing!(
                "substr(words, 1, 80)",
                "duty",
                "substr(answer, 1, 1)",
                "answer_kind, redirect_to, redirect_contact"
            ),
            ", open"
        )
    };
}

/// The same without anything that somebody said: what is enough to decide on a thousand.
macro_rules! outline_columns {
    () => {
        concat!(
            filed_once!("''", "null, null, null"),
            ", ",
            changing!("''", "null", "null", "null, null, null"),
            ", open"
        )
    };
}

// The latter two are named by the former where those are written out.
pub(super) use {brief_columns, changing, columns, filed_once, outline_columns};

db::sql! { module "requests.row";
    FIND = concat!("select ", columns!(), " from requests where community_id = $1 and id = $2");
    NUMBERED = concat!("select ", columns!(), " from requests \
                where community_id = $1 and year = $2 and serial = $3");
    OF_PETITIONER = concat!("select ", columns!(), " from requests \
                     where community_id = $1 and petitioner_id = $2 order by id limit 500");
    ADD = concat!("insert into requests (community_id, ", columns!(), ") values \
           ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,\
           $24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,$44,\
           $45,$46,$47,$48,$49,$50,$51,$52,$53,$54,$55,$56,$57,$58,$59,$60)");
    SET = concat!("update requests set (", changing!(), ") = \
           ($4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,\
           $26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,$44,$45) \
           where community_id = $1 and id = $2 and version = $3");
    OPEN = "update requests set open = $3 where community_id = $1 and id = $2";
    LAST = "select last from request_counters where community_id = $1 and year = $2";
    COUNT_FROM = "insert into request_counters (community_id, year, last) values ($1, $2, 0) \
                  on conflict do nothing";
    COUNT = "update request_counters set last = last + 1 where community_id = $1 and year = $2";
}

/// One request, if the community has it.
///
/// # Errors
/// Those of the database.
pub fn find(
    tx: &mut Tx<'_>,
    community: CommunityId,
    id: RequestId,
) -> Result<Option<Request>, Refusal> {
    tx.row(&FIND, &db::params![community.uuid(), id.uuid()])?.as_ref().map(read).transpose()
}

/// Those in which a registered person is the one who asks, the oldest first, at most
/// [`crate::personal::ASKED_MAX`].
///
/// # Errors
/// Those of the database.
pub fn of_petitioner(
    tx: &mut Tx<'_>,
    community: CommunityId,
    person: Uuid,
) -> Result<Vec<Request>, Refusal> {
    tx.rows(&OF_PETITIONER, &db::params![community.uuid(), person])?.iter().map(read).collect()
}

/// The request with this printed number.
///
/// # Errors
/// Those of the database.
pub fn numbered(
    tx: &mut Tx<'_>,
    community: CommunityId,
    year: i64,
    serial: i64,
) -> Result<Option<Request>, Refusal> {
    let key = db::params![community.uuid(), year, serial];
    tx.row(&NUMBERED, &key)?.as_ref().map(read).transpose()
}

/// The next number of the year; numbers begin with 1 and leave no gaps that were ever seen.
///
/// Without `returning`: SQLite opens a savepoint around such an update, and each of those makes
/// the search index write out what it has gathered for the whole batch. On PostgreSQL the counter
/// is locked from here to the commit: ask for it last.
///
/// # Errors
/// Those of the database.
pub fn next_serial(tx: &mut Tx<'_>, community: CommunityId, year: i64) -> Result<i64, Refusal> {
    let of_year = db::params![community.uuid(), year];
    if tx.row(&LAST, &of_year)?.is_none() {
        tx.exec(&COUNT_FROM, &of_year)?;
    }
    tx.contended();
    tx.later(&COUNT, &of_year)?;
    let row = tx.row(&LAST, &of_year)?;
    Ok(row.ok_or_else(|| strange("counter"))?.int(0)?)
}

/// Adds a new request.
///
/// # Errors
/// Those of the database.
pub(super) fn add(
    tx: &mut Tx<'_>,
    community: CommunityId,
    request: &Request,
) -> Result<(), Refusal> {
    let mut values = vec![Value::from(community.uuid())];
    values.extend(filed_values(request));
    values.extend(changing_values(request));
    values.push(Value::from(is_open(request)));
    Ok(tx.later(&ADD, &values)?)
}

/// Keeps a changed request, if nobody changed it since it was as `before`. If somebody did, the
/// act starts over and sees what they made of it.
///
/// # Errors
/// Those of the database.
pub(super) fn set(
    tx: &mut Tx<'_>,
    community: CommunityId,
    before: &Request,
    request: &Request,
) -> Result<(), Refusal> {
    let mut values = db::params![community.uuid(), request.id.uuid(), before.version].to_vec();
    values.extend(changing_values(request));
    tx.later(&SET, &values)?;
    if is_open(before) != is_open(request) {
        let open = db::params![community.uuid(), request.id.uuid(), is_open(request)];
        tx.later(&OPEN, &open)?;
    }
    Ok(())
}

/// As it stands in its column, which is for the index of what is open alone: it changes seldom,
/// and an update that does not name it leaves that index as it is.
pub(super) fn is_open(request: &Request) -> bool {
    request.stage != Stage::Closed
}

/// How many columns there are of each kind.
const FILED: usize = 16;
const CHANGING: usize = 42;
/// How many there are of a request, in the order of [`columns`].
pub(super) const WIDTH: usize = FILED + CHANGING + 1;
/// Where the version stands among them.
pub(super) const VERSION: usize = FILED;

pub(super) fn filed_values(request: &Request) -> [Value; FILED] {
    db::params![
        request.id.uuid(),
        request.year,
        request.serial,
        request.channel.word(),
        request.household,
        request.place,
        request.spot_label.as_str(),
        request.grid,
        request.petitioner.person,
        request.petitioner.name.as_deref(),
        request.petitioner.phone.as_deref(),
        request.behalf.as_deref(),
        request.recorder,
        request.accused,
        request.parent.map(RequestId::uuid),
        request.received_at.micros()
    ]
}

pub(super) fn changing_values(request: &Request) -> [Value; CHANGING] {
    let answer = request.answer.as_ref();
    let redirect = answer.and_then(|answer| answer.redirect.as_ref());
    let verification = request.verification;
    let extension = request.extension.as_ref();
    let pause = request.pause.as_ref();
    db::params![
        request.version,
        request.stage.word(),
        request.outcome.map(Outcome::word),
        request.asserted_by.map(AssertedBy::word),
        request.nature.word(),
        request.topic.as_str(),
        request.mode.map(Mode::word),
        request.layer.word(),
        request.clock_class.word(),
        request.words.as_str(),
        request.lead,
        request.offered_to,
        request.handler,
        request.confidential,
        request.merged_into.map(RequestId::uuid),
        request.children_open,
        request.duty.as_deref(),
        request.follow_up_on.map(|day| day.to_string()),
        answer.map(|answer| answer.words.as_str()),
        answer.map(|answer| answer.kind.word()),
        redirect.map(|(who, _)| who.as_str()),
        redirect.map(|(_, how)| how.as_str()),
        verification.map(|said| said.contacted),
        verification.and_then(|said| said.solved),
        verification.and_then(|said| said.satisfied),
        request.contact_attempts,
        pause.map(|pause| pause.reason.word()),
        pause.and_then(|pause| pause.until_at).map(Instant::micros),
        extension.map(|extension| extension.asked_by),
        extension.map(|extension| extension.until_at.micros()),
        request.extensions,
        request.reopenings,
        request.photos,
        request.escalations,
        request.next_clock.map(Clock::word),
        request.next_due_at.map(Instant::micros),
        request.dispatched_at.map(Instant::micros),
        request.answered_at.map(Instant::micros),
        request.closed_at.map(Instant::micros),
        request.changed_at.micros(),
        request.emergencies.word(),
        request.called
    ]
}

/// Reads a row of [`columns`], column by column.
pub(super) fn read(row: &Row) -> Result<Request, Refusal> {
    let mut next = Columns::of(row);
    Ok(Request {
        id: RequestId::from_uuid(next.id()?),
        year: next.int()?,
        serial: next.int()?,
        channel: next.word(Channel::parse)?,
        household: next.opt_id()?,
        place: next.opt_id()?,
        spot_label: next.text()?,
        grid: next.opt_id()?,
        petitioner: Petitioner {
            person: next.opt_id()?,
            name: next.opt_text()?,
            phone: next.opt_text()?,
        },
        behalf: next.opt_text()?,
        recorder: next.opt_id()?,
        accused: next.opt_id()?,
        parent: next.opt_id()?.map(RequestId::from_uuid),
        received_at: next.instant()?,
        version: next.int()?,
        stage: next.word(Stage::parse)?,
        outcome: next.opt_word(Outcome::parse)?,
        asserted_by: next.opt_word(AssertedBy::parse)?,
        nature: next.word(Nature::parse)?,
        topic: next.text()?,
        mode: next.opt_word(Mode::parse)?,
        layer: next.word(Layer::parse)?,
        clock_class: next.word(ClockClass::parse)?,
        words: next.text()?,
        lead: next.opt_id()?,
        offered_to: next.opt_id()?,
        handler: next.opt_id()?,
        confidential: next.int()? != 0,
        merged_into: next.opt_id()?.map(RequestId::from_uuid),
        children_open: next.int()?,
        duty: next.opt_text()?,
        follow_up_on: next.opt_day()?,
        answer: next.answer()?,
        verification: next.verification()?,
        contact_attempts: next.int()?,
        pause: next.pause()?,
        extension: next.extension()?,
        extensions: next.int()?,
        reopenings: next.int()?,
        photos: next.int()?,
        escalations: next.int()?,
        next_clock: next.opt_word(Clock::parse)?,
        next_due_at: next.opt_instant()?,
        dispatched_at: next.opt_instant()?,
        answered_at: next.opt_instant()?,
        closed_at: next.opt_instant()?,
        changed_at: next.instant()?,
        emergencies: next.opt_word(Lines::parse)?.unwrap_or_default(),
        called: next.int()? != 0,
    })
}

/// Reads columns one after the other, so that no mapping counts them.
pub(super) struct Columns<'a> {
    row: &'a Row,
    at: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn of(row: &'a Row) -> Columns<'a> {
        Columns { row, at: 0 }
    }

    fn here(&mut self) -> usize {
        self.at += 1;
        self.at - 1
    }

    pub(super) fn id(&mut self) -> Result<Uuid, Refusal> {
        Ok(self.row.id(self.here())?)
    }

    pub(super) fn opt_id(&mut self) -> Result<Option<Uuid>, Refusal> {
        Ok(self.row.opt_id(self.here())?)
    }

    pub(super) fn int(&mut self) -> Result<i64, Refusal> {
        Ok(self.row.int(self.here())?)
    }

    fn opt_int(&mut self) -> Result<Option<i64>, Refusal> {
        Ok(self.row.opt_int(self.here())?)
    }

    pub(super) fn text(&mut self) -> Result<String, Refusal> {
        Ok(self.row.text(self.here())?.to_owned())
    }

    fn opt_text(&mut self) -> Result<Option<String>, Refusal> {
        Ok(self.row.opt_text(self.here())?.map(str::to_owned))
    }

    pub(super) fn instant(&mut self) -> Result<Instant, Refusal> {
        self.int().map(Instant::from_micros)
    }

    pub(super) fn opt_instant(&mut self) -> Result<Option<Instant>, Refusal> {
        Ok(self.opt_int()?.map(Instant::from_micros))
    }

    pub(super) fn word<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<T, Refusal> {
        parse(self.row.text(self.here())?).ok_or_else(|| strange("word"))
    }

    fn opt_word<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
        let word = self.row.opt_text(self.here())?;
        word.map(|word| parse(word).ok_or_else(|| strange("word"))).transpose()
    }

    fn opt_day(&mut self) -> Result<Option<Day>, Refusal> {
        let day = self.row.opt_text(self.here())?;
        day.map(|day| Day::parse(day).map_err(|_| strange("day"))).transpose()
    }

    fn answer(&mut self) -> Result<Option<Answer>, Refusal> {
        let (words, kind) = (self.opt_text()?, self.opt_word(AnswerKind::parse)?);
        let redirect = self.opt_text()?.zip(self.opt_text()?);
        Ok(words.zip(kind).map(|(words, kind)| Answer { kind, words, redirect }))
    }

    fn verification(&mut self) -> Result<Option<Verification>, Refusal> {
        let contacted = self.opt_int()?;
        let (solved, satisfied) = (self.opt_int()?, self.opt_int()?);
        Ok(contacted.map(|contacted| Verification {
            contacted: contacted != 0,
            solved: solved.map(|said| said != 0),
            satisfied: satisfied.map(|said| said != 0),
        }))
    }

    fn pause(&mut self) -> Result<Option<Pause>, Refusal> {
        let (reason, until_at) = (self.opt_word(PauseReason::parse)?, self.opt_instant()?);
        Ok(reason.map(|reason| Pause { reason, until_at }))
    }

    fn extension(&mut self) -> Result<Option<Extension>, Refusal> {
        let (asked_by, until_at) = (self.opt_id()?, self.opt_instant()?);
        Ok(asked_by.zip(until_at).map(|(asked_by, until_at)| Extension { asked_by, until_at }))
    }
}
