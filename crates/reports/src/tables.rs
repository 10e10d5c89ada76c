//! A card in words: the figures and tables that the page, the PDF, Excel and Markdown all draw.

use kit::Result;
use muster::model::activity;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use shell::{Page, list::Cell};

use crate::Card;

/// Names of the activities, in the order of the list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Activities(Vec<(String, String)>);

impl Activities {
    /// All of them, in the page's language.
    pub async fn load(db: &impl ConnectionTrait, page: &Page) -> Result<Self> {
        let rows = activity::Entity::find()
            .order_by_asc(activity::Column::Position)
            .order_by_asc(activity::Column::Code)
            .all(db)
            .await?;
        Ok(Self(
            rows.into_iter()
                .map(|row| (page.pick(&row.zh, &row.en).to_owned(), row.code))
                .map(|(name, code)| (code, name))
                .collect(),
        ))
    }

    /// Codes and names of what was counted on these cards; a code that is in no list stands for itself.
    pub fn of(&self, cards: &[Card]) -> Vec<(String, String)> {
        let counted = |code: &str| cards.iter().any(|card| card.counts.contains_key(code));
        let mut used: Vec<(String, String)> =
            self.0.iter().filter(|(code, _)| counted(code)).cloned().collect();
        for code in cards.iter().flat_map(|card| card.counts.keys()) {
            if !used.iter().any(|(known, _)| known == code) {
                used.push((code.clone(), code.clone()));
            }
        }
        used
    }
}

/// A table, ready to be drawn.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub title: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Whether a column holds numbers, by its first row.
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "templates pass `loop.index0` by reference"
    )]
    pub fn number(&self, column: &usize) -> bool {
        self.rows
            .first()
            .and_then(|row| row.get(*column))
            .is_some_and(|cell| matches!(cell, Cell::Number(_)))
    }
}

/// A whole number as a cell.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of people and things stay far below 2^52"
)]
pub(crate) fn number(n: i64) -> Cell {
    Cell::Number(n as f64)
}

/// The words of a cell; numbers with their thousands parted and at most one decimal.
pub(crate) fn words(cell: &Cell) -> String {
    match cell {
        Cell::Number(n) => grouped(*n),
        other => other.text(),
    }
}

fn grouped(n: f64) -> String {
    let text = format!("{:.1}", n.abs());
    let (whole, decimal) = text.split_once('.').unwrap_or((&text, "0"));
    let mut parted = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            parted.push(',');
        }
        parted.push(digit);
    }
    let sign = if n < 0.0 { "-" } else { "" };
    if decimal == "0" {
        format!("{sign}{parted}")
    } else {
        format!("{sign}{parted}.{decimal}")
    }
}

/// The figures at the head of a card: words and value. A helper is neither asked for nor more than one.
pub(crate) fn figures(card: &Card, page: &Page) -> Vec<(String, Cell)> {
    let helper = card.subject.kind == "helper";
    let all = [
        ("reports-person-times", number(card.person_times), true),
        ("reports-hours", Cell::Number(card.hours), true),
        ("reports-people", number(card.people), !helper),
        ("reports-asked", number(card.asked), !helper),
        ("reports-asked-per-day", number(card.asked_per_day), !helper),
        ("reports-pledged", number(card.pledged), !helper),
        ("reports-planned", number(card.planned), true),
    ];
    all.into_iter()
        .filter(|(_, _, shown)| *shown)
        .map(|(key, value, _)| (page.t(key), value))
        .collect()
}

/// The hours of officials on duty and of volunteers: two lines, for they are two ledgers.
pub(crate) fn ledgers(card: &Card, page: &Page) -> Vec<(String, Cell)> {
    card.by_ledger
        .iter()
        .map(|part| {
            (
                page.code("hours-of", part.ledger.name()),
                Cell::Number(part.hours),
            )
        })
        .collect()
}

/// By ledger. No rows when nothing was done.
pub(crate) fn by_ledger(card: &Card, page: &Page) -> Table {
    Table {
        title: page.t("hours-by-ledger"),
        head: [
            "hours-ledger",
            "reports-people",
            "reports-person-times",
            "reports-hours",
        ]
        .iter()
        .map(|key| page.t(key))
        .collect(),
        rows: card
            .by_ledger
            .iter()
            .filter(|_| card.person_times != 0)
            .map(|part| {
                vec![
                    Cell::Text(page.code("hours-ledger", part.ledger.name())),
                    number(part.people),
                    number(part.person_times),
                    Cell::Number(part.hours),
                ]
            })
            .collect(),
    }
}

/// Asked, pledged, planned, actual: words, value and width in per cent of the largest.
pub(crate) fn steps(card: &Card, page: &Page) -> Vec<(String, Cell, i64)> {
    let all = [
        ("reports-asked", card.asked, card.subject.kind != "helper"),
        ("reports-pledged", card.pledged, card.subject.kind != "helper"),
        ("reports-planned", card.planned, true),
        ("reports-actual", card.person_times, true),
    ];
    let most = all.iter().map(|(_, value, _)| *value).max().unwrap_or(0).max(1);
    all.into_iter()
        .filter(|(_, _, shown)| *shown)
        .map(|(key, value, _)| (page.t(key), number(value), value * 100 / most))
        .collect()
}

/// Work counted. No rows when nothing was.
pub(crate) fn of_counts(cards: &[Card], activities: &Activities, page: &Page) -> Table {
    let mut head = vec![page.t("reports-activity")];
    if let [_] = cards {
        head.push(page.t("reports-quantity"));
    } else {
        head.extend(cards.iter().map(|card| card.title.clone()));
    }
    Table {
        title: page.t("reports-counts"),
        head,
        rows: activities
            .of(cards)
            .into_iter()
            .map(|(code, name)| {
                let values = cards
                    .iter()
                    .map(|card| number(card.counts.get(&code).copied().unwrap_or(0)));
                std::iter::once(Cell::Text(name)).chain(values).collect()
            })
            .collect(),
    }
}

/// One line a figure, one column a card.
pub(crate) fn compared(cards: &[Card], page: &Page) -> Table {
    let mut head = vec![page.t("reports-figure")];
    head.extend(cards.iter().map(|card| card.title.clone()));
    let each: Vec<Vec<(String, Cell)>> = cards
        .iter()
        .map(|card| {
            figures(card, page)
                .into_iter()
                .chain(ledgers(card, page))
                .collect()
        })
        .collect();
    let rows = each.first().map_or_else(Vec::new, |first| {
        (0..first.len())
            .map(|line| {
                let values = each
                    .iter()
                    .filter_map(|one| one.get(line).map(|(_, cell)| cell.clone()));
                std::iter::once(Cell::Text(first[line].0.clone()))
                    .chain(values)
                    .collect()
            })
            .collect()
    });
    Table {
        title: page.t("reports-compared"),
        head,
        rows,
    }
}

/// By day. With `quiet` days on which nothing was asked, planned or done are listed too.
pub(crate) fn by_day(card: &Card, page: &Page, quiet: bool) -> Table {
    let helper = card.subject.kind == "helper";
    let keys: &[&str] = if helper {
        &[
            "reports-day",
            "reports-planned",
            "reports-actual",
            "reports-hours",
        ]
    } else {
        &[
            "reports-day",
            "reports-asked",
            "reports-pledged",
            "reports-planned",
            "reports-actual",
            "reports-people",
            "reports-hours",
        ]
    };
    Table {
        title: page.t("reports-by-day"),
        head: keys.iter().map(|key| page.t(key)).collect(),
        rows: card
            .by_day
            .iter()
            .filter(|day| quiet || !day.is_empty())
            .map(|day| {
                let mut row = vec![Cell::Text(day.day.to_string())];
                if !helper {
                    row.extend([number(day.asked), number(day.pledged)]);
                }
                row.extend([number(day.planned), number(day.person_times)]);
                if !helper {
                    row.push(number(day.people));
                }
                row.push(Cell::Number(day.hours));
                row
            })
            .collect(),
    }
}

/// By area, with a column for each of these activities.
pub(crate) fn by_area(card: &Card, activities: &[(String, String)], page: &Page) -> Table {
    let mut head: Vec<String> = [
        "reports-area",
        "reports-people",
        "reports-person-times",
        "reports-hours",
    ]
    .iter()
    .map(|key| page.t(key))
    .collect();
    head.extend(activities.iter().map(|(_, name)| name.clone()));
    Table {
        title: page.t("reports-by-area"),
        head,
        rows: card
            .by_area
            .iter()
            .map(|area| {
                let mut row = vec![
                    Cell::Text(area.name.clone()),
                    number(area.people),
                    number(area.person_times),
                    Cell::Number(area.hours),
                ];
                row.extend(
                    activities
                        .iter()
                        .map(|(code, _)| number(area.counts.get(code).copied().unwrap_or(0))),
                );
                row
            })
            .collect(),
    }
}

/// By rank.
pub(crate) fn by_rank(card: &Card, page: &Page) -> Table {
    Table {
        title: page.t("reports-by-rank"),
        head: [
            "reports-rank",
            "reports-people",
            "reports-person-times",
            "reports-hours",
        ]
        .iter()
        .map(|key| page.t(key))
        .collect(),
        rows: card
            .by_rank
            .iter()
            .map(|rank| {
                let words = if rank.rank.is_empty() {
                    page.t("reports-no-rank")
                } else {
                    rank.rank.clone()
                };
                vec![
                    Cell::Text(words),
                    number(rank.people),
                    number(rank.person_times),
                    Cell::Number(rank.hours),
                ]
            })
            .collect(),
    }
}

/// `2020-02-10 – 2020-02-24 (15 days)`, in the page's language.
pub(crate) fn period(card: &Card, page: &Page) -> String {
    page.tn(
        "reports-period-words",
        &[
            ("from", card.from.to_string()),
            ("to", card.to.to_string()),
            ("days", card.by_day.len().to_string()),
        ],
    )
}

/// Name of a file with these cards, without its ending.
pub(crate) fn file_name(cards: &[Card], page: &Page) -> String {
    let names: Vec<&str> = cards.iter().map(|card| card.title.as_str()).collect();
    let days = cards
        .first()
        .map_or_else(String::new, |card| format!("{}_{}", card.from, card.to));
    let names: String = names.join("、").chars().take(80).collect();
    format!("{}_{names}_{days}", page.t("reports-card"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted() {
        for (n, text) in [
            (0.0, "0"),
            (895.0, "895"),
            (6.5, "6.5"),
            (10_437.0, "10,437"),
            (1_234_567.8, "1,234,567.8"),
            (-1000.0, "-1,000"),
        ] {
            assert_eq!(grouped(n), text);
        }
    }
}
