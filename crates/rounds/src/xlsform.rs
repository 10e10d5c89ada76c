//! Reading a form from XLSForm, the field's standard. What is supported: sheets `survey` and `choices`; types `text`,
//! `integer`, `decimal` (a temperature), `date`, `geopoint`, `image` (one, or with the appearance `signature` a signature),
//! `select_one`, `select_multiple`; `required`; a column `remember` of ours for answers that are kept as facts; `relevant` of the shape
//! `${question} = 'value'` or `selected(${question}, 'value')`; `constraint` of the shape `. >= A and . <= B`; labels in
//! Chinese and English. Everything else is refused by its name and line, and nothing is taken in by halves.

use kit::{Problem, Result};
use shell::sheet::{NOT_A_SHEET, Sheet};

use crate::form::{Choice, Form, Kind, OnlyIf, Question, Words};

/// Something that is not supported: the line of the sheet, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Line, from 1.
    pub line: usize,
    /// What it is, as it stands there.
    pub what: String,
}

/// Rows of a sheet that are looked at.
const MOST: usize = 2_000;
/// Refusals listed.
const LISTED: usize = 20;

/// The form of a file, or what of it is not supported.
pub fn read(bytes: &[u8]) -> Result<std::result::Result<Form, Vec<Refused>>> {
    let survey = Sheet::named(bytes, "survey")?.ok_or_else(|| Problem::new(NOT_A_SHEET))?;
    let choices = Sheet::named(bytes, "choices")?.unwrap_or_default();
    if survey.rows.len() > MOST || choices.rows.len() > MOST {
        let line = survey.rows.len().max(choices.rows.len());
        return Ok(Err(vec![Refused {
            line,
            what: format!("{line}"),
        }]));
    }
    let (mut questions, mut refused) = (Vec::new(), Vec::new());
    let columns = Columns::of(&survey);
    for (i, head) in survey.head.iter().enumerate() {
        if !head.is_empty() && !columns.known(i) && survey.rows.iter().any(|(_, row)| !row[i].is_empty()) {
            refused.push(Refused {
                line: 1,
                what: head.clone(),
            });
        }
    }
    for (line, row) in &survey.rows {
        match question(&columns, row, &choices) {
            Ok(Some(question)) => questions.push(question),
            Ok(None) => {}
            Err(what) => refused.push(Refused { line: *line, what }),
        }
    }
    refused.truncate(LISTED);
    Ok(if refused.is_empty() {
        Ok(Form { questions })
    } else {
        Err(refused)
    })
}

struct Columns {
    kind: Option<usize>,
    name: Option<usize>,
    labels: (Option<usize>, Option<usize>),
    required: Option<usize>,
    relevant: Option<usize>,
    constraint: Option<usize>,
    appearance: Option<usize>,
    remember: Option<usize>,
}

/// Which column holds the Chinese label, which the English one. A label without a language is Chinese.
fn labels(sheet: &Sheet) -> (Option<usize>, Option<usize>) {
    let find = |marks: &[&str]| {
        sheet.head.iter().position(|head| {
            let head = head.to_lowercase();
            head.strip_prefix("label::")
                .is_some_and(|language| marks.iter().any(|mark| language.contains(mark)))
        })
    };
    let plain = sheet
        .head
        .iter()
        .position(|head| head.eq_ignore_ascii_case("label"));
    let (zh, en) = (find(&["zh", "中文", "chinese"]), find(&["(en", "english", "en"]));
    (zh.or(plain).or(en), en)
}

impl Columns {
    fn of(sheet: &Sheet) -> Self {
        let at = |name: &str| sheet.head.iter().position(|head| head.eq_ignore_ascii_case(name));
        Self {
            kind: at("type"),
            name: at("name"),
            labels: labels(sheet),
            required: at("required"),
            relevant: at("relevant"),
            constraint: at("constraint"),
            appearance: at("appearance"),
            remember: at("remember"),
        }
    }

    fn known(&self, column: usize) -> bool {
        [
            self.kind,
            self.name,
            self.labels.0,
            self.labels.1,
            self.required,
            self.relevant,
            self.constraint,
            self.appearance,
            self.remember,
        ]
        .contains(&Some(column))
    }
}

fn cell(row: &[String], at: Option<usize>) -> &str {
    at.and_then(|at| row.get(at)).map_or("", String::as_str).trim()
}

fn words(row: &[String], at: (Option<usize>, Option<usize>)) -> Words {
    Words {
        zh: cell(row, at.0).to_owned(),
        en: cell(row, at.1).to_owned(),
    }
}

fn question(
    columns: &Columns,
    row: &[String],
    choices: &Sheet,
) -> std::result::Result<Option<Question>, String> {
    let kind = cell(row, columns.kind);
    if kind.is_empty() {
        return Ok(None);
    }
    let appearance = cell(row, columns.appearance);
    if !matches!((kind, appearance), (_, "") | ("image", "signature")) {
        return Err(appearance.to_owned());
    }
    let mut parts = kind.split_whitespace();
    let (kind_of, list) = match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
        ("text", None, _) => (Kind::Text, None),
        ("integer", None, _) => (Kind::Number, None),
        ("decimal", None, _) => (Kind::Temperature, None),
        ("date", None, _) => (Kind::Date, None),
        ("geopoint", None, _) => (Kind::Place, None),
        ("image", None, _) if appearance.is_empty() => (Kind::Photo, None),
        ("image", None, _) => (Kind::Signature, None),
        ("select_one", Some(list), None) => (Kind::Choice, Some(list)),
        ("select_multiple", Some(list), None) => (Kind::Several, Some(list)),
        _ => return Err(kind.to_owned()),
    };
    let relevant = cell(row, columns.relevant);
    let only_if = if relevant.is_empty() {
        None
    } else {
        Some(condition(relevant).ok_or_else(|| relevant.to_owned())?)
    };
    let constraint = cell(row, columns.constraint);
    let (least, most) = limits(constraint, kind_of).ok_or_else(|| constraint.to_owned())?;
    let truth = |at| match cell(row, at).to_lowercase().as_str() {
        "" | "no" | "false" | "false()" | "0" => Ok(false),
        "yes" | "true" | "true()" | "1" => Ok(true),
        other => Err(other.to_owned()),
    };
    let required = truth(columns.required)?;
    let remember = truth(columns.remember)?;
    Ok(Some(Question {
        name: cell(row, columns.name).to_owned(),
        kind: kind_of,
        words: words(row, columns.labels),
        required,
        least,
        most,
        choices: list.map(|list| choices_of(choices, list)).unwrap_or_default(),
        only_if,
        remember,
    }))
}

fn choices_of(sheet: &Sheet, list: &str) -> Vec<Choice> {
    let at = |name: &str| sheet.head.iter().position(|head| head.eq_ignore_ascii_case(name));
    let (lists, names, labels) = (at("list_name").or(at("list name")), at("name"), labels(sheet));
    sheet
        .rows
        .iter()
        .filter(|(_, row)| cell(row, lists) == list)
        .map(|(_, row)| Choice {
            value: cell(row, names).to_owned(),
            words: words(row, labels),
        })
        .collect()
}

fn quoted(text: &str) -> Option<&str> {
    let text = text.trim();
    ['\'', '"']
        .into_iter()
        .find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark))
        .filter(|inner| !inner.contains(['\'', '"']))
}

fn reference(text: &str) -> Option<&str> {
    text.trim()
        .strip_prefix("${")?
        .strip_suffix('}')
        .filter(|name| !name.contains(['$', '{', '}']))
}

/// `${question} = 'value'` or `selected(${question}, 'value')`.
fn condition(text: &str) -> Option<OnlyIf> {
    let text = text.trim();
    let (question, is) = match text
        .strip_prefix("selected(")
        .and_then(|inner| inner.strip_suffix(')'))
    {
        Some(inner) => inner.split_once(',')?,
        None => text.split_once('=')?,
    };
    Some(OnlyIf {
        question: reference(question)?.to_owned(),
        is: quoted(is)?.to_owned(),
    })
}

/// `. >= A and . <= B`, either alone, or nothing.
fn limits(text: &str, kind: Kind) -> Option<(Option<i64>, Option<i64>)> {
    let (mut least, mut most) = (None, None);
    if text.is_empty() {
        return Some((least, most));
    }
    for part in text.split(" and ") {
        let part = part.trim().strip_prefix('.')?.trim();
        if let Some(n) = part.strip_prefix(">=") {
            least = Some(number(n, kind)?);
        } else {
            most = Some(number(part.strip_prefix("<=")?, kind)?);
        }
    }
    Some((least, most))
}

fn number(text: &str, kind: Kind) -> Option<i64> {
    let text = text.trim();
    match kind {
        Kind::Temperature => {
            let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
            let tenth = if part.len() == 1 {
                part.parse::<i64>().ok()?
            } else {
                return None;
            };
            Some(whole.parse::<i64>().ok()? * 10 + tenth)
        }
        Kind::Number => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_and_limits_of_the_supported_shape() {
        for (text, is) in [
            ("${away} = 'yes'", Some(("away", "yes"))),
            ("selected(${signs}, \"fever\")", Some(("signs", "fever"))),
            ("${away} != 'yes'", None),
            ("${a} = 'x' and ${b} = 'y'", None),
            ("true()", None),
        ] {
            let found = condition(text);
            assert_eq!(
                found.as_ref().map(|one| (one.question.as_str(), one.is.as_str())),
                is,
                "{text}"
            );
        }
        for (text, kind, is) in [
            ("", Kind::Text, Some((None, None))),
            (". >= 0 and . <= 20", Kind::Number, Some((Some(0), Some(20)))),
            (".<=42.5", Kind::Temperature, Some((None, Some(425)))),
            (". > 3", Kind::Number, None),
            ("regex(., 'x')", Kind::Text, None),
        ] {
            assert_eq!(limits(text, kind), is, "{text}");
        }
    }
}
