//! A certificate in words, as the pages and the paper show it.

use kit::{Day, Result};
use muster::model::activity;
use sea_orm::{ConnectionTrait, EntityTrait};
use shell::{Page, list::Cell};

use super::{figures::Figures, state::State};
use crate::{
    card::hours,
    model::certificate,
    tables::{self, Table},
};

/// Names of the activities, by code.
pub(crate) type Names = std::collections::HashMap<String, String>;

/// Names of the activities in the page's language.
pub(crate) async fn activities(db: &impl ConnectionTrait, page: &Page) -> Result<Names> {
    let rows = activity::Entity::find().all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let name = page.pick(&row.zh, &row.en).to_owned();
            (row.code, name)
        })
        .collect())
}

/// Hours in words: `895.0` would look like more than is known, `895` and `6.5` are enough.
pub(crate) fn hours_text(tenths: i64) -> String {
    tables::words(&Cell::Number(hours(tenths)))
}

/// What was done: duty, place, person-times, hours, work counted.
pub(crate) fn content(figures: &Figures, names: &Names, page: &Page) -> Table {
    let counted = figures.lines.iter().any(|line| !line.counts.is_empty());
    let mut head: Vec<String> = [
        "certificate-duty",
        "certificate-place",
        "hours-times",
        "hours-hours",
    ]
    .iter()
    .map(|key| page.t(key))
    .collect();
    if counted {
        head.push(page.t("certificate-counts"));
    }
    Table {
        title: page.t("certificate-content"),
        head,
        rows: figures
            .lines
            .iter()
            .map(|line| {
                let mut row = vec![
                    Cell::Text(duty(&line.duty, page)),
                    Cell::Text(line.place.clone()),
                    tables::number(line.times),
                    Cell::Number(hours(line.tenths)),
                ];
                if counted {
                    let words: Vec<String> = line
                        .counts
                        .iter()
                        .map(|(code, quantity)| {
                            let name = names.get(code).unwrap_or(code);
                            format!("{name} {}", tables::words(&tables::number(*quantity)))
                        })
                        .collect();
                    row.push(Cell::Text(words.join(page.pick("、", ", "))));
                }
                row
            })
            .collect(),
    }
}

fn duty(code: &str, page: &Page) -> String {
    let key = format!("muster-duty-{code}");
    if page.has(&key) {
        page.t(&key)
    } else {
        page.t("certificate-duty-other")
    }
}

/// `2020-02-10 to 2020-02-24`.
pub(crate) fn period(from: Day, to: Day, page: &Page) -> String {
    page.tn(
        "hours-period",
        &[("from", from.to_string()), ("to", to.to_string())],
    )
}

/// The number of the holder, with what it is; empty when there is none.
pub(crate) fn number(it: &certificate::Model, page: &Page) -> String {
    if it.number.is_empty() {
        String::new()
    } else {
        page.t1(
            &format!("certificate-number-{}", it.number_kind),
            "number",
            &it.number,
        )
    }
}

/// The state in a word, on its colour.
pub(crate) fn badge(state: State, page: &Page) -> Cell {
    let colour = match state {
        State::Announced => "yellow",
        State::Issued => "green",
        State::Withdrawn => "red",
    };
    Cell::Badge(page.code("certificate-state", state.name()), colour)
}

/// The last day on which it is public before it may be issued.
pub(crate) fn last_public(it: &certificate::Model) -> Day {
    Day(it.ripe_on.0.yesterday().unwrap_or(it.ripe_on.0))
}
