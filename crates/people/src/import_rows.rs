//! Reading the rows of a spreadsheet: cells by column, all errors at once.

use kit::{Day, FieldError};

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

    /// Something is wrong with a cell.
    pub fn wrong(&mut self, column: usize, kind: &'static str) {
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
        for text in [
            "2020-02-09",
            "2020/2/9",
            "2020.2.9",
            "2020年2月9日",
            "2020-02-09 00:00",
        ] {
            assert_eq!(day(text).unwrap().to_string(), "2020-02-09", "{text}");
        }
        for text in ["tomorrow", "2020-02-31", "9.2.2020", "2020"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn a_row_tells_all_that_is_wrong() {
        let cells = [String::new(), "abc".to_owned(), "maybe".to_owned()];
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
