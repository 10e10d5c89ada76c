//! Imports of helpers and rosters from Excel and CSV: what both have in common.
//!
//! Good rows are taken, bad rows come back with their reasons. Running the same file again changes
//! nothing. A dry run does everything and takes it back at the end, so it tells exactly what would happen.

use kit::{FieldError, Lang, Problem, Result};
use shell::{
    Cell, Texts,
    problem::field_text,
    sheet::{self, Sheet},
};

pub use crate::{
    import_businesses::businesses,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_or_another() {
        fn marks<'a>(phone: Option<&'a Vec<u8>>, identity: Option<&'a Vec<u8>>) -> Marks<'a> {
            Marks { phone, identity }
        }
        let (a, b, c) = (vec![1], vec![2], vec![3]);
        let there = [marks(Some(&a), None), marks(Some(&b), Some(&c))];
        let find = |row, tells| same(there.iter().copied().enumerate(), row, tells);
        assert_eq!(find(marks(Some(&a), None), true), Same::One(0));
        assert_eq!(find(marks(None, Some(&c)), true), Same::One(1));
        assert_eq!(find(marks(Some(&c), Some(&c)), true), Same::One(1));
        assert_eq!(find(marks(Some(&c), None), true), Same::Nobody);
        assert_eq!(find(marks(Some(&c), None), false), Same::Several);
        assert_eq!(find(marks(None, None), true), Same::Several);
        assert_eq!(find(marks(Some(&c), Some(&b)), false), Same::One(0));
        assert_eq!(
            same(there[..1].iter().copied().enumerate(), marks(None, None), true),
            Same::One(0)
        );
        assert_eq!(same([].into_iter(), marks(None, None), true), Same::Nobody);
    }
}
