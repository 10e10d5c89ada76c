//! A roster in memory: what a row says, and the households and residents that it is about.

use kit::id::{HouseholdId, PlaceId, ResidentId};

use crate::{
    household::{LABEL, NEEDS, PLACE},
    import_rows::Reader,
    resident::{BORN, DOSES, LANGUAGE, NAME},
};

/// The columns: what heads them (Chinese first), whether the file must have them.
pub(crate) const COLUMNS: [(&[&str], bool); 14] = [
    (&["小区", "compound"], false),
    (&["楼栋", "楼号", "building"], true),
    (&["单元", "unit"], false),
    (&["室号", "房号", "门牌", "flat"], true),
    (&["楼层", "floor", "floors"], false),
    (&["姓名", "name"], false),
    (&["电话", "手机", "手机号", "联系电话", "phone"], false),
    (&["身份证号", "身份证", "证件号码", "identity"], false),
    (&["语言", "language"], false),
    (&["独居", "lives alone"], false),
    (&["不会网购", "cannot shop", "cannot shop online"], false),
    (&["特殊需要", "特殊需求", "needs", "special needs"], false),
    (&["出生年份", "出生年", "born", "year of birth"], false),
    (&["疫苗剂次", "接种剂次", "doses", "vaccine doses"], false),
];

pub(crate) const KEYS: [&str; 14] = [
    "people-compound",
    "people-building",
    "people-unit",
    "people-flat",
    "people-floor",
    "people-name",
    "people-phone",
    "people-identity",
    "people-language",
    "people-lives-alone",
    "people-cannot-shop",
    "people-needs",
    "people-born",
    "people-doses",
];

/// What is to be written of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing: it is in the database as it is.
    Kept,
    /// What changed.
    Changed,
    /// All of it.
    New,
}

impl State {
    /// Notes that something changed; what is new stays so.
    pub fn touch(&mut self) {
        if *self == Self::Kept {
            *self = Self::Changed;
        }
    }
}

/// A household as it is in memory during an import.
pub(crate) struct Home {
    pub id: HouseholdId,
    pub place: PlaceId,
    pub label: String,
    pub floor: i64,
    pub cannot_shop: bool,
    pub needs: String,
    pub state: State,
    /// Who lives there, as positions in the list of people.
    pub people: Vec<usize>,
}

/// A resident as they are in memory during an import. New numbers are here in the clear until they are
/// written.
pub(crate) struct Person {
    pub id: ResidentId,
    pub home: usize,
    pub name: String,
    pub phone_index: Option<Vec<u8>>,
    pub identity_index: Option<Vec<u8>>,
    pub phone: Option<String>,
    pub identity: Option<String>,
    pub language: String,
    pub lives_alone: bool,
    pub cannot_shop: bool,
    pub needs: String,
    pub born: i64,
    pub doses: i64,
    pub line: usize,
    pub state: State,
}

/// What a row that can be read says.
pub(crate) struct Good {
    pub floor: i64,
    pub name: String,
    pub phone: String,
    pub identity: String,
    pub language: String,
    pub lives_alone: Option<bool>,
    pub cannot_shop: Option<bool>,
    pub needs: String,
    pub born: Option<i64>,
    pub doses: Option<i64>,
}

impl Good {
    /// The names of compound, building and unit, the number of the flat, and the facts; `None` when
    /// something is wrong, which the reader then tells.
    pub fn read(reader: &mut Reader<'_, 14>) -> Option<([String; 3], String, Self)> {
        let seat = [
            reader.text(0, PLACE),
            reader.required(1, PLACE),
            reader.text(2, PLACE),
        ];
        let label = reader.required(3, LABEL);
        let mut good = Good {
            floor: reader.number(4, -9, 200).unwrap_or(0),
            name: reader.text(5, NAME),
            phone: reader.phone(6),
            identity: reader.identity(7),
            language: reader.text(8, LANGUAGE),
            lives_alone: reader.truth(9),
            cannot_shop: reader.truth(10),
            needs: reader.text(11, NEEDS),
            born: reader.number(12, BORN.0, BORN.1),
            doses: reader.number(13, 0, DOSES),
        };
        good.born = good.born.or_else(|| crate::numbers::year_of(&good.identity));
        // Only what is known of a person; the other facts may be a household's.
        let of_a_person = [6, 7, 8, 9, 12, 13]
            .into_iter()
            .any(|column| !reader.raw(column).is_empty());
        if reader.raw(5).is_empty() && of_a_person {
            reader.error(5, "required");
        }
        if !reader.errors.is_empty() {
            return None;
        }
        Some((seat, label, good))
    }
}
