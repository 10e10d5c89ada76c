//! Import of the official statistical division codes: provinces, cities, counties and districts,
//! sub-districts and towns. Running it again changes nothing; a newer edition renames and adds.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use accounts::{Actor, audit};
use kit::{Code, Lang, Problem, Result, Timestamp};
use rust_xlsxwriter::Workbook;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use shell::{
    Cell, Texts,
    sheet::{self, Sheet},
};
use store::Store;

use crate::{
    create::{INSERT, NAME_MOST, node, row},
    edit::{respelt, save},
    model::{
        PlaceKind,
        place::{Column, Entity, Model},
    },
};

/// A file of the official codes is missing or cannot be read.
pub const FILE_UNREADABLE: Code = Code::new("places-file-unreadable", 422);

/// One file and the level of the tree it holds.
struct Level {
    file: &'static str,
    kind: PlaceKind,
    /// Digits of a code.
    digits: usize,
    /// Digits of the parent's code, which begins the code; 0 at the top.
    parent: usize,
    /// The column that names the parent's code; checked where it is there.
    parent_column: &'static str,
}

const LEVELS: [Level; 4] = [
    Level {
        file: "provinces.csv",
        kind: PlaceKind::Province,
        digits: 2,
        parent: 0,
        parent_column: "",
    },
    Level {
        file: "cities.csv",
        kind: PlaceKind::City,
        digits: 4,
        parent: 2,
        parent_column: "provinceCode",
    },
    Level {
        file: "areas.csv",
        kind: PlaceKind::District,
        digits: 6,
        parent: 4,
        parent_column: "cityCode",
    },
    Level {
        file: "streets.csv",
        kind: PlaceKind::Street,
        digits: 9,
        parent: 6,
        parent_column: "areaCode",
    },
];

/// Why a row was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no code.
    NoCode,
    /// The code has something else than digits.
    NotDigits,
    /// The code has not as many digits as its level.
    WrongLength,
    /// The code stood in an earlier row of the file.
    Repeated,
    /// There is no place with the code it begins with.
    UnknownParent,
    /// The column with the parent's code says something else than the code itself.
    OtherParent,
    /// There is no name.
    NoName,
    /// The name has more than [`NAME_MOST`] characters.
    NameTooLong,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::NoCode,
        Self::NotDigits,
        Self::WrongLength,
        Self::Repeated,
        Self::UnknownParent,
        Self::OtherParent,
        Self::NoName,
        Self::NameTooLong,
    ];

    /// Its sentence in the locale files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::NoCode => "places-reject-no-code",
            Self::NotDigits => "places-reject-not-digits",
            Self::WrongLength => "places-reject-wrong-length",
            Self::Repeated => "places-reject-repeated",
            Self::UnknownParent => "places-reject-unknown-parent",
            Self::OtherParent => "places-reject-other-parent",
            Self::NoName => "places-reject-no-name",
            Self::NameTooLong => "places-reject-name-too-long",
        }
    }
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Name of the file.
    pub file: &'static str,
    /// Its line there.
    pub line: usize,
    /// The head of the file.
    pub head: Vec<String>,
    /// The row as it was.
    pub row: Vec<String>,
    /// Why.
    pub reason: Reason,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Places that are new.
    pub added: u64,
    /// Official places whose name was another.
    pub renamed: u64,
    /// Places that were as they are.
    pub unchanged: u64,
    /// Rows that were not taken, in the order of the files.
    pub rejected: Vec<Rejected>,
}

/// Imports `provinces.csv`, `cities.csv`, `areas.csv` and `streets.csv` (CSV in UTF-8 or GBK, or Excel)
/// from a directory, in one transaction. Places that are not in the files stay as they are.
pub async fn official(store: &Store, now: Timestamp, dir: &Path) -> Result<ImportReport> {
    // All files are read before anything is written: a wrong one changes nothing.
    let mut sheets = Vec::with_capacity(LEVELS.len());
    for level in &LEVELS {
        let unreadable = |source: Box<dyn std::error::Error + Send + Sync>| Problem {
            source: Some(source),
            ..Problem::new(FILE_UNREADABLE).with("file", level.file)
        };
        let bytes = tokio::fs::read(dir.join(level.file))
            .await
            .map_err(|e| unreadable(e.into()))?;
        let sheet = Sheet::read(&bytes).map_err(|problem| unreadable(problem.into()))?;
        let columns = sheet
            .columns([
                (&["code", "代码"], true),
                (&["name", "名称"], true),
                (&[level.parent_column], false),
            ])
            .map_err(|problem| problem.with("file", level.file))?;
        sheets.push((level, sheet, columns));
    }
    let tx = store.begin().await?;
    let mut import = Import::begin(&tx, now).await?;
    for (level, sheet, columns) in sheets {
        import.level(level, sheet, columns);
    }
    let report = import.write(&tx).await?;
    if report.added + report.renamed > 0 {
        audit::note(
            &tx,
            &Actor::command_line(),
            now,
            audit::Entry {
                action: "place.import",
                subject: &format!("+{} ~{}", report.added, report.renamed),
                community: None,
            },
        )
        .await?;
    }
    tx.commit().await?;
    Ok(report)
}

struct Import {
    now: Timestamp,
    /// Official places by code: those of the database and the new ones.
    known: HashMap<String, Model>,
    new: Vec<Model>,
    renamed: Vec<Model>,
    report: ImportReport,
}

impl Import {
    async fn begin(tx: &DatabaseTransaction, now: Timestamp) -> Result<Self> {
        let known = Entity::find().filter(Column::Code.is_not_null()).all(tx).await?;
        Ok(Self {
            now,
            known: known
                .into_iter()
                .filter_map(|place| Some((place.code.clone()?, place)))
                .collect(),
            new: Vec::new(),
            renamed: Vec::new(),
            report: ImportReport::default(),
        })
    }

    fn level(&mut self, level: &Level, sheet: Sheet, [code, name, parent]: [Option<usize>; 3]) {
        let mut seen = HashSet::new();
        for (line, row) in sheet.rows {
            let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).map_or("", String::as_str);
            let taken = self.take(level, cell(code), cell(name), cell(parent), &mut seen);
            if let Err(reason) = taken {
                self.report.rejected.push(Rejected {
                    file: level.file,
                    line,
                    head: sheet.head.clone(),
                    row,
                    reason,
                });
            }
        }
    }

    fn take(
        &mut self,
        level: &Level,
        code: &str,
        name: &str,
        parent: &str,
        seen: &mut HashSet<String>,
    ) -> Result<(), Reason> {
        if code.is_empty() {
            return Err(Reason::NoCode);
        }
        if !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Reason::NotDigits);
        }
        if code.len() != level.digits {
            return Err(Reason::WrongLength);
        }
        if name.is_empty() {
            return Err(Reason::NoName);
        }
        if name.chars().count() > NAME_MOST {
            return Err(Reason::NameTooLong);
        }
        let above = &code[..level.parent];
        if !parent.is_empty() && parent != above {
            return Err(Reason::OtherParent);
        }
        if level.parent > 0 && !self.known.contains_key(above) {
            return Err(Reason::UnknownParent);
        }
        if !seen.insert(code.to_owned()) {
            return Err(Reason::Repeated);
        }
        if let Some(place) = self.known.get_mut(code) {
            if place.name == name {
                self.report.unchanged += 1;
            } else {
                *place = respelt(place, name.to_owned());
                self.renamed.push(place.clone());
            }
            return Ok(());
        }
        let above = self.known.get(above);
        let place = node(
            self.now,
            above,
            level.kind,
            name.to_owned(),
            Some(code.to_owned()),
        );
        self.new.push(place.clone());
        self.known.insert(code.to_owned(), place);
        Ok(())
    }

    async fn write(self, tx: &DatabaseTransaction) -> Result<ImportReport> {
        let mut report = self.report;
        report.renamed = self.renamed.len() as u64;
        for place in &self.renamed {
            save(tx, place).await?;
        }
        report.added = INSERT.run(tx, self.new.into_iter().map(row).collect()).await?;
        Ok(report)
    }
}

/// Rows that were not taken as an Excel file to be mended: a sheet for every file, with its own columns,
/// the line and the reason.
pub fn rejected_workbook(rejected: &[Rejected], texts: &Texts, lang: Lang) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    for level in &LEVELS {
        let of_file: Vec<&Rejected> = rejected.iter().filter(|r| r.file == level.file).collect();
        let Some(first) = of_file.first() else {
            continue;
        };
        let mut head = first.head.clone();
        head.push(texts.get(lang, "places-reject-line"));
        head.push(texts.get(lang, "places-reject-reason"));
        let rows: Vec<Vec<Cell>> = of_file
            .iter()
            .map(|r| {
                let mut cells: Vec<Cell> = r.row.iter().map(|text| Cell::from(text.as_str())).collect();
                cells.push(Cell::int(i64::try_from(r.line).unwrap_or(i64::MAX)));
                cells.push(Cell::from(texts.get(lang, r.reason.key())));
                cells
            })
            .collect();
        sheet::add_sheet(&mut book, level.file, &head, &rows)?;
    }
    if rejected.is_empty() {
        sheet::add_sheet(&mut book, "", &[texts.get(lang, "places-reject-reason")], &[])?;
    }
    book.save_to_buffer().map_err(Problem::internal)
}
