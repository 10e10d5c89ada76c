//! Spreadsheets in and out: Excel, and CSV in UTF-8 or GBK as Chinese offices save it.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use encoding_rs::GBK;
use kit::{Code, Problem, Result};
use rust_xlsxwriter::{Format, Workbook};

use crate::list::Cell;

/// Media type of an Excel file.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The file is neither Excel nor a table of text.
pub const NOT_A_SHEET: Code = Code::new("not-a-sheet", 422);
/// The head of the table lacks columns.
pub const WRONG_COLUMNS: Code = Code::new("wrong-columns", 422);

/// A table read from a file: its head and its rows, all as texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Words of the first row, tidied.
    pub head: Vec<String>,
    /// The other rows, each as long as the head, with the number its line has in the file.
    pub rows: Vec<(usize, Vec<String>)>,
}

fn unreadable(error: calamine::XlsxError) -> Problem {
    Problem {
        source: Some(Box::new(error)),
        ..Problem::new(NOT_A_SHEET)
    }
}

fn open_book(bytes: &[u8]) -> Result<Xlsx<Cursor<&[u8]>>> {
    Xlsx::new(Cursor::new(bytes)).map_err(unreadable)
}

impl Sheet {
    /// Reads Excel (by its signature) or CSV. Rows that are wholly empty are skipped.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(b"PK") {
            Self::excel(bytes)
        } else {
            Self::csv(bytes)
        }
    }

    fn excel(bytes: &[u8]) -> Result<Self> {
        let mut book = open_book(bytes)?;
        let range = book
            .worksheet_range_at(0)
            .ok_or_else(|| Problem::new(NOT_A_SHEET))?
            .map_err(unreadable)?;
        Ok(Self::from_range(&range))
    }

    /// A sheet of an Excel file by its name, in any case; `None` when there is none.
    pub fn named(bytes: &[u8], name: &str) -> Result<Option<Self>> {
        let mut book = open_book(bytes)?;
        let found = book
            .sheet_names()
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        match found {
            Some(name) => {
                let range = book.worksheet_range(&name).map_err(unreadable)?;
                Ok(Some(Self::from_range(&range)))
            }
            None => Ok(None),
        }
    }

    fn from_range(range: &calamine::Range<calamine::Data>) -> Self {
        let first = range.start().map_or(0, |(row, _)| row as usize);
        let texts = range
            .rows()
            .map(|row| row.iter().map(cell_text).collect::<Vec<_>>());
        Self::from_rows(texts.enumerate().map(|(i, row)| (first + i + 1, row)))
    }

    fn csv(bytes: &[u8]) -> Result<Self> {
        let text = decode(bytes).ok_or_else(|| Problem::new(NOT_A_SHEET))?;
        let first_line = text.lines().next().unwrap_or_default();
        let delimiter = if first_line.contains('\t') && !first_line.contains(',') {
            b'\t'
        } else {
            b','
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| Problem {
                source: Some(Box::new(e)),
                ..Problem::new(NOT_A_SHEET)
            })?;
            let line = record
                .position()
                .map_or(rows.len() as u64 + 1, csv::Position::line);
            rows.push((
                usize::try_from(line).unwrap_or(0),
                record.iter().map(str::to_owned).collect::<Vec<_>>(),
            ));
        }
        Ok(Self::from_rows(rows.into_iter()))
    }

    fn from_rows(rows: impl Iterator<Item = (usize, Vec<String>)>) -> Self {
        let mut rows = rows
            .map(|(line, row)| {
                (
                    line,
                    row.iter().map(|text| kit::text::tidy(text)).collect::<Vec<_>>(),
                )
            })
            .filter(|(_, row)| row.iter().any(|text| !text.is_empty()));
        let Some((_, head)) = rows.next() else {
            return Self::default();
        };
        let width = head.len();
        let rows = rows
            .map(|(line, mut row)| {
                row.resize(width, String::new());
                (line, row)
            })
            .collect();
        Self { head, rows }
    }

    /// Where each wanted column stands. A column is known by any of its names (both languages).
    /// `required` columns that are missing are an error that names them.
    pub fn columns<const N: usize>(&self, wanted: [(&[&str], bool); N]) -> Result<[Option<usize>; N]> {
        let at = wanted.map(|(names, _)| {
            self.head.iter().position(|head| {
                names
                    .iter()
                    .any(|name| head.trim_end_matches('*').eq_ignore_ascii_case(name))
            })
        });
        let missing: Vec<&str> = wanted
            .iter()
            .zip(&at)
            .filter(|((_, required), at)| *required && at.is_none())
            .filter_map(|((names, _), _)| names.first().copied())
            .collect();
        if missing.is_empty() {
            Ok(at)
        } else {
            Err(Problem::new(WRONG_COLUMNS).with("missing", missing.join("、")))
        }
    }
}

/// UTF-8 (with or without mark), else GBK; `None` when it is neither or has zero bytes.
pub fn decode(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.contains(&0) {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    let (text, _, broken) = GBK.decode(bytes);
    (!broken).then(|| text.into_owned())
}

fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
        Data::DateTime(at) => at.as_datetime_text(),
        other => other.to_string(),
    }
}

trait DateText {
    fn as_datetime_text(&self) -> String;
}

impl DateText for calamine::ExcelDateTime {
    /// `2020-02-10`, with the time of day when there is one.
    fn as_datetime_text(&self) -> String {
        let (year, month, day, hour, minute, ..) = self.to_ymd_hms_milli();
        if hour == 0 && minute == 0 {
            format!("{year:04}-{month:02}-{day:02}")
        } else {
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
        }
    }
}

/// An Excel file with one sheet: a bold, fixed head and rows as they are.
pub fn workbook(name: &str, head: &[String], rows: &[Vec<Cell>]) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    add_sheet(&mut book, name, head, rows)?;
    book.save_to_buffer().map_err(Problem::internal)
}

/// Adds a sheet to a workbook.
pub fn add_sheet(book: &mut Workbook, name: &str, head: &[String], rows: &[Vec<Cell>]) -> Result<()> {
    let sheet = book
        .add_worksheet_with_constant_memory()
        .map_err(Problem::internal)?;
    let name: String = name
        .chars()
        .filter(|c| !"[]:*?/\\".contains(*c))
        .take(31)
        .collect();
    sheet
        .set_name(if name.is_empty() { "1" } else { &name })
        .map_err(Problem::internal)?;
    sheet.set_freeze_panes(1, 0).map_err(Problem::internal)?;
    let bold = Format::new().set_bold();
    for (column, text) in (0u16..).zip(head) {
        sheet.set_column_width(column, 16).map_err(Problem::internal)?;
        sheet
            .write_string_with_format(0, column, text, &bold)
            .map_err(Problem::internal)?;
    }
    for (row, cells) in (1u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::Number(n) => sheet.write_number(row, column, *n),
                // As a string cell, so a text that begins with '=' is never a formula.
                other => sheet.write_string(row, column, other.text()),
            }
            .map_err(Problem::internal)?;
        }
    }
    Ok(())
}

/// A `Content-Disposition` for a file whose name may be Chinese.
pub fn attachment(name: &str) -> String {
    let encoded: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let ending = name.rsplit('.').next().unwrap_or("bin");
    format!("attachment; filename=\"fangxian.{ending}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gbk_just_works() {
        let (bytes, _, _) = GBK.encode("姓名,楼栋\n王小明,3号楼\n");
        let sheet = Sheet::read(&bytes).unwrap();
        assert_eq!(sheet.head, ["姓名", "楼栋"]);
        assert_eq!(sheet.rows, [(2, vec!["王小明".to_owned(), "3号楼".to_owned()])]);
    }

    #[test]
    fn excel_comes_back_as_it_went() {
        let rows = vec![vec![Cell::from("=1+1"), Cell::Number(3.0)]];
        let bytes = workbook("名单", &["姓名".into(), "数".into()], &rows).unwrap();
        let sheet = Sheet::read(&bytes).unwrap();
        assert_eq!(sheet.rows, [(2, vec!["=1+1".to_owned(), "3".to_owned()])]);
        let problem = sheet.columns([(&["电话", "phone"], true)]).unwrap_err();
        assert_eq!(problem.code, WRONG_COLUMNS);
    }

    #[test]
    fn a_picture_is_not_a_sheet() {
        assert_eq!(
            Sheet::read(b"\x89PNG\r\n\x1a\n\0\0\0").unwrap_err().code,
            NOT_A_SHEET
        );
        assert_eq!(Sheet::read(b"PK\x03\x04broken").unwrap_err().code, NOT_A_SHEET);
    }
}
