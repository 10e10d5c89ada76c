//! Pages of the committee's side of the gate, and of passes.

pub mod board;
pub mod book;
pub mod inside;
pub mod my_pass;
pub mod parcels;
pub mod pass;
pub mod passes;
pub mod returnees;
pub mod rules;

use kit::Day;
use shell::{ListQuery, Page, list::Filter};

/// Days offered as a filter.
const DAYS: usize = 14;

/// The end of a place's full name: whoever looks at gates knows the city they are in.
pub fn short(full: &str) -> String {
    let words: Vec<&str> = full.split_whitespace().collect();
    words[words.len().saturating_sub(3)..].join(" ")
}

/// A temperature in tenths, in degrees: `36.5 ℃`.
pub fn degrees(tenths: Option<i64>) -> String {
    tenths.map_or_else(String::new, |tenths| {
        format!("{}.{} ℃", tenths / 10, (tenths % 10).abs())
    })
}

/// What stands against somebody, in words; empty for nothing.
pub fn reason(page: &Page, code: &str) -> String {
    let key = format!("gate-reason-{code}");
    if code.is_empty() {
        String::new()
    } else if page.has(&key) {
        page.t(&key)
    } else {
        code.to_owned()
    }
}

/// The last days as choices of a filter, today first.
pub fn days(page: &Page) -> Vec<(String, String)> {
    let today = page.now.day();
    let mut day = today;
    let mut days = vec![(today.to_string(), page.t("gate-today"))];
    for _ in 1..DAYS {
        day = Day(day.0.yesterday().unwrap_or(day.0));
        days.push((day.to_string(), day.to_string()));
    }
    days
}

/// A filter that shows only when a link asked for it, with the one choice that was asked for.
pub fn asked_only(page: &Page, query: &ListQuery, name: &'static str, label: &str) -> Option<Filter> {
    let value = query.filter(name);
    (!value.is_empty()).then(|| Filter {
        name,
        label: page.t(label),
        options: vec![(value, page.t("gate-this-one"))],
    })
}
