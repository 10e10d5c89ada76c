//! The one list component: search, filter, sort, keyset pages, Excel export; the same for every table.
//!
//! A handler says which columns and filters there are ([`Definition`]) and how a window of rows is
//! loaded; [`answer`] does the rest. Pages are cut by key, not by offset, so the last page of a
//! million rows is as quick as the first.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kit::Result;
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select, Value,
    sea_query::{Expr, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Page, form::Typed, sheet};

/// Rows on a page.
pub const PAGE: u64 = 50;
/// Rows loaded at a time for Excel.
const EXPORT_STEP: u64 = 5_000;
/// Rows a sheet can hold beside its head.
const EXPORT_MOST: usize = 1_048_575;

/// What is asked of a list, from the query string.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    typed: Typed,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for ListQuery {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self {
            typed: Typed::parse(parts.uri.query().unwrap_or_default()),
        })
    }
}

impl ListQuery {
    /// A filter's value, empty when not set.
    pub fn filter(&self, name: &str) -> String {
        self.typed.get(name)
    }
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Name in `?sort=`; empty when it cannot be sorted by.
    pub sort: &'static str,
    /// Words.
    pub label: String,
}

/// Columns of a list: what each is sorted by (empty for none), and the key of its words.
pub fn columns(page: &Page, keys: &[(&'static str, &str)]) -> Vec<Column> {
    keys.iter()
        .map(|(sort, key)| Column {
            sort,
            label: page.t(key),
        })
        .collect()
}

/// A filter with its choices (value, words).
#[derive(Debug, Clone)]
pub struct Filter {
    /// Name in the query string.
    pub name: &'static str,
    /// Words.
    pub label: String,
    /// Choices; the empty value ("all") is added.
    pub options: Vec<(String, String)>,
}

/// What a list looks like.
#[derive(Debug, Clone, Default)]
pub struct Definition {
    /// Address of the list.
    pub path: String,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Filters.
    pub filters: Vec<Filter>,
    /// The sort when none is asked for, e.g. `name` or `-day`.
    pub default_sort: &'static str,
    /// What the search looks at; empty for no search.
    pub search: String,
    /// What is said when there is nothing.
    pub empty: String,
    /// Name of the exported file, without ending; empty for no export.
    pub export: String,
}

/// The window of rows to load.
#[derive(Debug, Clone)]
pub struct Window {
    /// What is searched for, tidied; empty for everything.
    pub q: String,
    /// Name of the column to sort by.
    pub sort: String,
    /// Largest first.
    pub descending: bool,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// How many rows at most.
    pub limit: u64,
    /// Whether it is for a file, which shows whole texts.
    pub export: bool,
}

/// The key of the last row of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub Key, pub Uuid);

/// The value a row is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// Numbers, moments.
    Int(i64),
    /// Texts, days.
    Text(String),
}

impl From<i64> for Key {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<kit::Timestamp> for Key {
    fn from(value: kit::Timestamp) -> Self {
        Self::Int(value.millis())
    }
}
impl From<&str> for Key {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for Key {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl Cursor {
    fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

impl Window {
    /// Cuts the window out of a query, sorted by `sort` (never null) and then by `id`.
    pub fn cut<E: EntityTrait>(
        &self,
        select: Select<E>,
        sort: impl ColumnTrait,
        id: impl ColumnTrait,
    ) -> Select<E> {
        let order = if self.descending { Order::Desc } else { Order::Asc };
        let (sort, id) = (Expr::col(sort.as_column_ref()), Expr::col(id.as_column_ref()));
        let mut select = select
            .order_by(sort.clone(), order.clone())
            .order_by(id.clone(), order)
            .limit(self.limit);
        if let Some(Cursor(key, last)) = &self.after {
            let key: Value = match key {
                Key::Int(n) => (*n).into(),
                Key::Text(text) => text.as_str().into(),
            };
            let here: SimpleExpr = Expr::tuple([sort, id]);
            let there: SimpleExpr = Expr::tuple([Expr::val(key), Expr::val(*last)]);
            select = select.filter(if self.descending {
                here.lt(there)
            } else {
                here.gt(there)
            });
        }
        select
    }
}

/// A row, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its key.
    pub id: Uuid,
    /// The value of the column sorted by.
    pub key: Key,
    /// Where a tap on it goes.
    pub href: Option<String>,
    /// Its cells, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number, right-aligned.
    Number(f64),
    /// Words on a colour of the house: `green`, `red`, `yellow`, `blue`, `secondary`.
    Badge(String, &'static str),
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl Cell {
    /// A whole number.
    pub fn int(n: impl TryInto<i32>) -> Self {
        Self::Number(n.try_into().map_or(f64::NAN, f64::from))
    }

    /// The words of the cell.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Badge(text, _) => text.clone(),
            Self::Number(n) => format!("{n}"),
        }
    }
}

/// A list, ready to be drawn: `{{ list|safe }}` in a template.
#[derive(Template)]
#[template(path = "list.html")]
pub struct List {
    page: Page,
    definition: Definition,
    query: ListQuery,
    sort: String,
    rows: Vec<Row>,
    next: Option<String>,
}

impl List {
    fn address(&self, changes: &[(&str, &str)]) -> String {
        let mut values = BTreeMap::new();
        let names = ["q", "sort", "after"]
            .into_iter()
            .chain(self.definition.filters.iter().map(|f| f.name));
        for name in names {
            values.insert(name, self.query.typed.get(name));
        }
        for (name, value) in changes {
            values.insert(name, (*value).to_owned());
        }
        values.retain(|_, value| !value.is_empty());
        let query = serde_urlencoded::to_string(&values).unwrap_or_default();
        format!("{}?{query}", self.definition.path)
    }

    /// Whether a cell says how it stands with its row, in words that need no label before them.
    fn state(&self, cell: &Cell) -> bool {
        let Cell::Badge(words, _) = cell else { return false };
        !["yes", "no", "none"].iter().any(|key| self.page.t(key) == *words)
    }

    fn sorted(&self, column: &Column) -> &'static str {
        match self.sort.strip_prefix('-') {
            Some(name) if name == column.sort => "descending",
            None if self.sort == column.sort => "ascending",
            _ => "none",
        }
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    /// Whether a column holds numbers, judged by the first row.
    fn is_number(&self, column: &usize) -> bool {
        self.rows
            .first()
            .and_then(|row| row.cells.get(*column))
            .is_some_and(|cell| matches!(cell, Cell::Number(_)))
    }

    fn sort_address(&self, column: &Column) -> String {
        let turned = if self.sort == column.sort {
            format!("-{}", column.sort)
        } else {
            column.sort.to_owned()
        };
        self.address(&[("sort", &turned), ("after", "")])
    }
}

/// Loads and draws a list, or exports it when `?format=xlsx` is asked for.
/// `load` is called with a window and returns at most `window.limit` rows.
pub async fn answer<F, Fut>(page: Page, query: ListQuery, definition: Definition, load: F) -> Result<Listed>
where
    F: Fn(Window) -> Fut,
    Fut: Future<Output = Result<Vec<Row>>>,
{
    let asked = query.typed.get("sort");
    let known = |sort: &str| {
        definition
            .columns
            .iter()
            .any(|c| !c.sort.is_empty() && c.sort == sort.trim_start_matches('-'))
    };
    let sort = if known(&asked) {
        asked
    } else {
        definition.default_sort.to_owned()
    };
    let mut window = Window {
        q: query.typed.get("q").chars().take(100).collect(),
        descending: sort.starts_with('-'),
        sort: sort.trim_start_matches('-').to_owned(),
        after: Cursor::decode(&query.typed.get("after")),
        limit: PAGE + 1,
        export: false,
    };
    if query.typed.get("format") == "xlsx" && !definition.export.is_empty() {
        window.limit = EXPORT_STEP;
        window.after = None;
        window.export = true;
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        loop {
            let step = load(window.clone()).await?;
            let full = step.len() as u64 == window.limit;
            window.after = step.last().map(|row| Cursor(row.key.clone(), row.id));
            rows.extend(step.into_iter().map(|row| row.cells));
            if !full || rows.len() >= EXPORT_MOST {
                break;
            }
        }
        rows.truncate(EXPORT_MOST);
        let head: Vec<String> = definition.columns.iter().map(|c| c.label.clone()).collect();
        let name = definition.export.clone();
        let bytes = tokio::task::spawn_blocking(move || sheet::workbook(&name, &head, &rows))
            .await
            .map_err(kit::Problem::internal)??;
        return Ok(Listed::File(sheet_answer(&definition.export, bytes)));
    }
    let mut rows = load(window.clone()).await?;
    let mut next = None;
    if rows.len() as u64 > PAGE {
        rows.truncate(usize::try_from(PAGE).unwrap_or(50));
        next = rows.last().map(|row| Cursor(row.key.clone(), row.id).encode());
    }
    Ok(Listed::List(Box::new(List {
        page,
        definition,
        query,
        sort,
        rows,
        next,
    })))
}

/// An Excel file as an answer.
pub fn sheet_answer(name: &str, bytes: Vec<u8>) -> Response {
    let disposition = sheet::attachment(&format!("{name}.xlsx"));
    (
        [
            (CONTENT_TYPE, sheet::XLSX.to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        bytes,
    )
        .into_response()
}

/// What [`answer`] made.
pub enum Listed {
    /// A list to draw into a page.
    List(Box<List>),
    /// A file to send.
    File(Response),
}

#[derive(Template)]
#[template(path = "list_page.html")]
struct ListPage {
    page: Page,
    title: String,
    list: Box<List>,
    actions: Vec<(String, String)>,
}

impl Listed {
    /// The list as a page of its own, with buttons (address, words) beside the title.
    pub fn page(self, page: Page, title: String, actions: Vec<(String, String)>) -> Result<Response> {
        match self {
            Self::File(file) => Ok(file),
            Self::List(list) => Page::draw(&ListPage {
                page,
                title,
                list,
                actions,
            }),
        }
    }
}
