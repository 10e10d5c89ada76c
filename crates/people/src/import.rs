//! Imports of helpers and rosters from Excel and CSV: what both have in common.
//!
//! Good rows are taken, bad rows come back with their reasons. Running the same file again changes
//! nothing. A dry run does everything and takes it back at the end, so it tells exactly what would happen.

use kit::{Day, FieldError, Lang, Problem, Result};
use shell::{
    Cell, Texts,
    problem::field_text,
    sheet::{self, Sheet},
};

pub use crate::{
    import_helpers::{Options as HelperOptions, helpers},
    import_roster::{Options as RosterOptions, roster},
};

/// Changes and suspected duplicates that are told one by one; the rest is only counted.
pub const TOLD: usize = 200;

/// What an import did, or in a dry run would do.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// Nothing was kept.
    pub dry_run: bool,
    /// Rows of the file.
    pub rows: usize,
    /// Helpers or residents that are new.
    pub added: usize,
    /// Helpers, residents or households of which something changed.
    pub changed: usize,
    /// Rows that said nothing new.
    pub unchanged: usize,
    /// Households that are new.
    pub households: usize,
    /// Compounds, buildings and units that are new.
    pub places: usize,
    /// Organisations that are new.
    pub orgs: usize,
    /// The first [`TOLD`] changes.
    pub changes: Vec<Change>,
    /// Suspected duplicates in all.
    pub suspected: usize,
    /// The first [`TOLD`] of them.
    pub suspects: Vec<Suspect>,
    /// The head of the file.
    pub head: Vec<String>,
    /// Rows that were not taken.
    pub rejected: Vec<Rejected>,
}

/// A row that was not taken.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Line of the file.
    pub line: usize,
    /// The row as it came.
    pub cells: Vec<String>,
    /// Why; the field is the locale key of the column.
    pub reasons: Vec<FieldError>,
}

/// Something that changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// Line of the file.
    pub line: usize,
    /// Whose.
    pub name: String,
    /// Locale keys of the columns.
    pub columns: Vec<&'static str>,
}

/// A new entry that may be somebody who is there already.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// Line of the file.
    pub line: usize,
    /// Who.
    pub name: String,
    /// The same identity number; else the same name and telephone number.
    pub same_identity: bool,
    /// Where the other one is: organisation or address.
    pub other: String,
}

impl ImportReport {
    pub(crate) fn suspect(&mut self, suspect: Suspect) {
        self.suspected += 1;
        if self.suspects.len() < TOLD {
            self.suspects.push(suspect);
        }
    }

    pub(crate) fn change(&mut self, line: usize, name: &str, columns: Vec<&'static str>) {
        self.changed += 1;
        if self.changes.len() < TOLD {
            self.changes.push(Change {
                line,
                name: name.to_owned(),
                columns,
            });
        }
    }

    /// The rows that were not taken as an Excel file, each with its reason in the last column; `None`
    /// when there are none.
    pub fn rejected_sheet(&self, texts: &Texts, lang: Lang) -> Result<Option<Vec<u8>>> {
        if self.rejected.is_empty() {
            return Ok(None);
        }
        let reason = texts.get(lang, "people-reject-reason");
        // A file that was sent back once has the column already; it is written anew.
        let old = self.head.iter().position(|head| *head == reason);
        let mut head = self.head.clone();
        if old.is_none() {
            head.push(reason);
        }
        let rows: Vec<Vec<Cell>> = self
            .rejected
            .iter()
            .map(|row| {
                let mut cells: Vec<Cell> = row.cells.iter().cloned().map(Cell::Text).collect();
                let why = Cell::Text(row.words(texts, lang));
                match old {
                    Some(at) if at < cells.len() => cells[at] = why,
                    _ => cells.push(why),
                }
                cells
            })
            .collect();
        sheet::workbook(&texts.get(lang, "people-rejected"), &head, &rows).map(Some)
    }
}

impl Rejected {
    /// The reasons in words: `电话：…；身份证号：…`.
    pub fn words(&self, texts: &Texts, lang: Lang) -> String {
        let (colon, semicolon) = match lang {
            Lang::ZhCn => ("：", "；"),
            Lang::En => (": ", "; "),
        };
        let words: Vec<String> = self
            .reasons
            .iter()
            .map(|e| {
                let column = texts.get(lang, &e.field);
                format!("{column}{colon}{}", field_text(e, texts, lang))
            })
            .collect();
        words.join(semicolon)
    }
}

/// What tells one person from another of the same name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks<'a> {
    /// Keyed index of the telephone number.
    pub phone: Option<&'a Vec<u8>>,
    /// Keyed index of the identity number.
    pub identity: Option<&'a Vec<u8>>,
}

/// Which of some people of one name a row means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Same {
    /// This one.
    One(usize),
    /// Somebody new.
    Nobody,
    /// It cannot be told.
    Several,
}

/// Whom a row means: whoever has its identity number or its telephone number; else the only one whose
/// numbers do not contradict it. Another identity number always contradicts; another telephone number
/// only where `phone_tells` (among colleagues of one name, not within a household).
pub(crate) fn same<'a>(
    candidates: impl Iterator<Item = (usize, Marks<'a>)> + Clone,
    row: Marks<'_>,
    phone_tells: bool,
) -> Same {
    let equal = |a: Option<&Vec<u8>>, b: Option<&Vec<u8>>| a.is_some() && a == b;
    let contradict = |a: Option<&Vec<u8>>, b: Option<&Vec<u8>>| a.is_some() && b.is_some() && a != b;
    let mut fitting = candidates
        .clone()
        .filter(|(_, it)| !contradict(it.identity, row.identity));
    let certain = fitting
        .clone()
        .find(|(_, it)| equal(it.identity, row.identity) || equal(it.phone, row.phone));
    // A changed telephone number of somebody known by identity number is no contradiction.
    if let Some((at, _)) = certain {
        return Same::One(at);
    }
    let mut open = fitting
        .by_ref()
        .filter(|(_, it)| !(phone_tells && contradict(it.phone, row.phone)));
    match (open.next(), open.next()) {
        (None, _) => Same::Nobody,
        (Some((at, _)), None) => Same::One(at),
        (Some(_), Some(_)) => Same::Several,
    }
}

/// Reads the file away from the threads that answer requests.
pub(crate) async fn read(bytes: Vec<u8>) -> Result<Sheet> {
    tokio::task::spawn_blocking(move || Sheet::read(&bytes))
        .await
        .map_err(Problem::internal)?
}

/// One row while it is read: cells by column, and what is wrong with them.
pub(crate) struct Reader<'a, const N: usize> {
    cells: &'a [String],
    at: &'a [Option<usize>; N],
    keys: &'a [&'static str; N],
    /// What is wrong so far.
    pub errors: Vec<FieldError>,
}

impl<'a, const N: usize> Reader<'a, N> {
    /// `at` says where each column stands, `keys` what it is called (locale keys).
    pub fn new(cells: &'a [String], at: &'a [Option<usize>; N], keys: &'a [&'static str; N]) -> Self {
        Self {
            cells,
            at,
            keys,
            errors: Vec::new(),
        }
    }

    /// A cell as it is; empty when the file has no such column.
    pub fn raw(&self, column: usize) -> &'a str {
        self.at[column].map_or("", |at| self.cells[at].as_str())
    }

    fn wrong(&mut self, column: usize, kind: &'static str) {
        self.errors.push(FieldError::new(self.keys[column], kind));
    }

    /// A text of at most `most` characters, on one line.
    pub fn text(&mut self, column: usize, most: usize) -> String {
        let text = self.raw(column).replace('\n', " ");
        if text.chars().count() > most {
            self.errors
                .push(FieldError::new(self.keys[column], "too-long").with("most", most));
            return String::new();
        }
        text
    }

    /// A text that must be there.
    pub fn required(&mut self, column: usize, most: usize) -> String {
        let text = self.text(column, most);
        if self.raw(column).is_empty() {
            self.wrong(column, "required");
        }
        text
    }

    /// A telephone number as digits; empty when there is none.
    pub fn phone(&mut self, column: usize) -> String {
        let text = self.raw(column);
        if text.is_empty() {
            return String::new();
        }
        kit::text::phone(text).unwrap_or_else(|| {
            self.wrong(column, "phone");
            String::new()
        })
    }

    /// An identity number; empty when there is none.
    pub fn identity(&mut self, column: usize) -> String {
        let text = self.raw(column);
        if text.is_empty() {
            return String::new();
        }
        crate::numbers::identity(text).unwrap_or_else(|| {
            self.wrong(column, "people-identity");
            String::new()
        })
    }

    /// Yes or no; `None` when empty.
    pub fn truth(&mut self, column: usize) -> Option<bool> {
        match self.raw(column).to_lowercase().as_str() {
            "" => None,
            "是" | "有" | "√" | "✓" | "对" | "yes" | "y" | "true" | "1" => Some(true),
            "否" | "无" | "×" | "不" | "不是" | "no" | "n" | "false" | "0" => Some(false),
            _ => {
                self.wrong(column, "people-yes-no");
                None
            }
        }
    }

    /// A whole number within bounds; `None` when empty.
    pub fn number(&mut self, column: usize, least: i64, most: i64) -> Option<i64> {
        let text = self.raw(column);
        if text.is_empty() {
            return None;
        }
        match text.parse::<i64>() {
            Ok(n) if (least..=most).contains(&n) => Some(n),
            _ => {
                self.errors.push(
                    FieldError::new(self.keys[column], "out-of-range")
                        .with("least", least)
                        .with("most", most),
                );
                None
            }
        }
    }

    /// A day as people write it; `None` when empty.
    pub fn day(&mut self, column: usize) -> Option<Day> {
        let text = self.raw(column);
        if text.is_empty() {
            return None;
        }
        let day = day(text);
        if day.is_none() {
            self.wrong(column, "date");
        }
        day
    }

    /// Notes an error of a column.
    pub fn error(&mut self, column: usize, kind: &'static str) {
        self.wrong(column, kind);
    }
}

/// `2020-02-10`, `2020/2/10`, `2020.2.10`, `2020年2月10日`, with a time of day after it or not.
fn day(text: &str) -> Option<Day> {
    let mut parts = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    if !(1900..=2200).contains(&year) {
        return None;
    }
    jiff::civil::Date::new(year, month, day).ok().map(Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_people_write_them() {
        for text in ["2020-02-09", "2020/2/9", "2020.2.9", "2020年2月9日", "2020-02-09 00:00"] {
            assert_eq!(day(text).unwrap().to_string(), "2020-02-09", "{text}");
        }
        for text in ["tomorrow", "2020-02-31", "9.2.2020", "2020"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn the_same_person_or_another() {
        let (a, b, c) = (vec![1], vec![2], vec![3]);
        fn marks<'a>(phone: Option<&'a Vec<u8>>, identity: Option<&'a Vec<u8>>) -> Marks<'a> {
            Marks { phone, identity }
        }
        let there = [marks(Some(&a), None), marks(Some(&b), Some(&c))];
        let find = |row, tells| same(there.iter().copied().enumerate(), row, tells);
        assert_eq!(find(marks(Some(&a), None), true), Same::One(0));
        assert_eq!(find(marks(None, Some(&c)), true), Same::One(1));
        assert_eq!(find(marks(Some(&c), Some(&c)), true), Same::One(1));
        assert_eq!(find(marks(Some(&c), None), true), Same::Nobody);
        assert_eq!(find(marks(Some(&c), None), false), Same::Several);
        assert_eq!(find(marks(None, None), true), Same::Several);
        assert_eq!(find(marks(Some(&c), Some(&b)), false), Same::One(0));
        assert_eq!(same(there[..1].iter().copied().enumerate(), marks(None, None), true), Same::One(0));
        assert_eq!(same([].into_iter(), marks(None, None), true), Same::Nobody);
    }

    #[test]
    fn a_row_tells_all_that_is_wrong() {
        let cells = ["".to_owned(), "abc".to_owned(), "maybe".to_owned()];
        let (at, keys) = ([Some(0), Some(1), Some(2), None], ["a", "b", "c", "d"]);
        let mut row = Reader::new(&cells, &at, &keys);
        row.required(0, 5);
        row.phone(1);
        row.truth(2);
        assert_eq!(row.text(3, 5), "");
        let kinds: Vec<_> = row.errors.iter().map(|e| (e.field.as_ref(), e.kind)).collect();
        assert_eq!(kinds, [("a", "required"), ("b", "phone"), ("c", "people-yes-no")]);
    }
}
