//! What a column may hold, and how its heading tells.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kernel::Fault;
use paper::table::half_width;
use serde::Deserialize;

use crate::model::Sex;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What a column may hold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        impl Field {
            /// All there are, in the order of a written table.
            pub const ALL: &[Field] = &[$(Field::$variant),*];

            /// As it is kept, as forms send it, and as its word keys end.
            pub fn word(self) -> &'static str {
                match self {
                    $(Field::$variant => $word,)*
                }
            }
        }
    };
}

fields! {
    /// 小区
    Compound = "compound",
    /// 楼栋
    Building = "building",
    /// 单元
    Stairwell = "stairwell",
    /// 门牌
    Room = "room",
    /// All of these in one line: 化肥厂小区3栋2单元401.
    Address = "address",
    Grid = "grid",
    Name = "name",
    FormOfAddress = "form_of_address",
    Sex = "sex",
    BornOn = "born_on",
    Phone = "phone",
    /// Checked, and asked for birth and sex.
    CitizenNumber = "citizen_number",
    /// Known, so that nobody takes it for something else.
    Relation = "relation",
    /// Known, so that nobody takes it for something else.
    Liaison = "liaison",
}

impl Field {
    /// The field of this word.
    pub fn of(word: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| field.word() == word)
    }

    /// Whether the register keeps what such a column says.
    pub fn is_kept(self) -> bool {
        match self {
            Field::Compound | Field::Building | Field::Stairwell | Field::Room => true,
            Field::Address | Field::Grid | Field::Name | Field::FormOfAddress => true,
            Field::Sex | Field::BornOn | Field::Phone => true,
            Field::CitizenNumber | Field::Relation | Field::Liaison => false,
        }
    }
}

/// What a clerk, or the headings themselves, decided about a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The compound of rows that name none.
    pub compound: Option<String>,
    /// By heading as it is compared; a heading that is not here is nobody's.
    pub columns: BTreeMap<String, Option<Field>>,
}

#[derive(Deserialize)]
struct Headings {
    is: Vec<String>,
    holds: Vec<String>,
    never: Vec<String>,
}

#[derive(Deserialize)]
struct Sexes {
    male: Vec<String>,
    female: Vec<String>,
    unspecified: Vec<String>,
    unknown: Vec<String>,
}

/// How places are numbered.
#[derive(Deserialize)]
pub(super) struct Places {
    pub building: String,
    pub buildings: Vec<String>,
    pub stairwell: String,
    pub stairwells: Vec<String>,
    pub rooms: Vec<String>,
    pub numerals: String,
    pub ten: String,
}

#[derive(Deserialize)]
struct Data {
    column: BTreeMap<String, Headings>,
    sex: Sexes,
    place: Places,
}

static DATA: LazyLock<Data> = LazyLock::new(|| {
    // The file is part of the program, and every test that reads a heading reads it.
    toml::from_str(include_str!("../../data/columns.toml")).expect("data/columns.toml is sound")
});

/// How places are numbered.
pub(super) fn places() -> &'static Places {
    &DATA.place
}

/// A heading as it is compared: small letters at half width, without blanks, marks and what stands
/// in brackets.
pub(super) fn plain(heading: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for sign in heading.chars().map(half_width).flat_map(char::to_lowercase) {
        match sign {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 && (sign.is_alphanumeric() || sign == '#') => plain.push(sign),
            _ => {}
        }
    }
    plain
}

/// How well a heading says that its column holds this: 0 is best; none when it does not.
pub(super) fn rank(field: Field, heading: &str) -> Option<usize> {
    let words = DATA.column.get(field.word())?;
    if heading.is_empty() || words.never.iter().any(|word| heading.contains(word.as_str())) {
        return None;
    }
    if let Some(place) = words.is.iter().position(|word| word == heading) {
        return Some(place);
    }
    let held = words.holds.iter().position(|word| heading.contains(word.as_str()));
    held.map(|place| words.is.len() + place)
}

/// What each heading says of its column: of several for one field the best.
pub(super) fn proposal(headings: &[String]) -> BTreeMap<String, Option<Field>> {
    let mut columns: BTreeMap<String, Option<Field>> =
        headings.iter().map(|heading| (heading.clone(), None)).collect();
    for field in Field::ALL.iter().copied() {
        let best = headings.iter().filter_map(|heading| Some((rank(field, heading)?, heading)));
        let free = best.filter(|(_, heading)| columns.get(*heading).is_some_and(Option::is_none));
        if let Some((_, heading)) = free.min_by_key(|(rank, _)| *rank) {
            columns.insert(heading.clone(), Some(field));
        }
    }
    columns
}

/// The sex that a cell says.
pub(super) fn sex(said: &str) -> Result<Sex, Fault> {
    let said = plain(said);
    let is = |words: &[String]| words.contains(&said);
    match &DATA.sex {
        sexes if is(&sexes.male) => Ok(Sex::Male),
        sexes if is(&sexes.female) => Ok(Sex::Female),
        sexes if is(&sexes.unspecified) => Ok(Sex::Unspecified),
        sexes if is(&sexes.unknown) => Ok(Sex::Unknown),
        _ => Err(Fault::new("registry.import_sex")),
    }
}

/// The sex as a written table says it.
pub(super) fn said_sex(sex: Sex) -> &'static str {
    let sexes = &DATA.sex;
    let words = match sex {
        Sex::Male => &sexes.male,
        Sex::Female => &sexes.female,
        Sex::Unspecified => &sexes.unspecified,
        Sex::Unknown => return "",
    };
    words.first().map_or("", String::as_str)
}

/// The heading of a column in a written table.
pub(super) fn heading(field: Field) -> &'static str {
    let words = DATA.column.get(field.word()).map(|words| words.is.as_slice()).unwrap_or_default();
    words.first().map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(headings: &[&str]) -> Vec<Option<Field>> {
        let plain: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
        let columns = proposal(&plain);
        plain.iter().map(|heading| columns[heading]).collect()
    }

    #[test]
    fn every_field_has_its_headings() {
        for field in Field::ALL.iter().copied() {
            assert_eq!(proposed(&[heading(field)]), [Some(field)], "{field:?}");
            assert_eq!(Field::of(field.word()), Some(field));
        }
    }

    #[test]
    fn headings_are_read_in_whatever_dress() {
        for (heading, field) in [
            ("姓 名", Field::Name),
            ("*姓名（必填）", Field::Name),
            ("居民身份证号码", Field::CitizenNumber),
            ("联系电话\n(手机)", Field::Phone),
            ("所属网格", Field::Grid),
            ("Phone", Field::Phone),
            ("楼栋号", Field::Building),
        ] {
            assert_eq!(proposed(&[heading]), [Some(field)], "{heading}");
        }
    }

    #[test]
    fn a_column_about_somebody_else_is_nobodys() {
        for heading in
            ["网格员电话", "监护人姓名", "紧急联系人电话", "户籍地址", "楼栋长", "序号", ""]
        {
            assert_eq!(proposed(&[heading]), [None], "{heading}");
        }
    }

    #[test]
    fn of_two_columns_the_better_headed_one_is_taken() {
        let columns = proposed(&["户主姓名", "姓名", "家庭电话", "联系电话"]);
        assert_eq!(columns, [None, Some(Field::Name), None, Some(Field::Phone)]);
    }

    #[test]
    fn sexes_are_said_in_words_letters_and_codes() {
        for (said, expected) in
            [("男", Sex::Male), (" F ", Sex::Female), ("２", Sex::Female), ("9", Sex::Unspecified)]
        {
            assert_eq!(sex(said), Ok(expected), "{said}");
        }
        assert!(sex("男女").is_err());
        for one in Sex::ALL.iter().copied().filter(|one| *one != Sex::Unknown) {
            assert_eq!(sex(said_sex(one)), Ok(one));
        }
    }
}
