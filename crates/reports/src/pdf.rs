//! Report cards and certificates as a PDF; the setting is done by [`paper`].

use kit::{Lang, Result};
use serde_json::{Value, json};
use shell::{Page, list::Cell};

use crate::{
    Card,
    tables::{self, Activities, Table},
};

const CARD: &str = include_str!("../templates/card.typ");
/// The template of a certificate of hours.
pub(crate) const CERTIFICATE: &str = include_str!("../templates/certificate.typ");
/// Activities that still fit beside the other columns of the table by area.
const BESIDE: usize = 4;

/// The cards as a PDF; see [`paper::set`].
pub(crate) fn write(cards: &[Card], activities: &Activities, page: &Page) -> Result<Vec<u8>> {
    paper::set(CARD, &data(cards, activities, page))
}

fn data(cards: &[Card], activities: &Activities, page: &Page) -> Value {
    let several = cards.len() > 1;
    let counts = tables::of_counts(cards, activities, page);
    let today = page.now.day().0;
    let names: Vec<&str> = cards.iter().map(|card| card.title.as_str()).collect();
    let (lang, region) = match page.lang {
        Lang::ZhCn => ("zh", "cn"),
        Lang::En => ("en", "gb"),
    };
    json!({
        "lang": lang,
        "region": region,
        "product": page.t("product"),
        "title": format!("{} {}", names.join("、"), page.t("reports-card")),
        "heading": page.t("reports-card"),
        "printed": page.t1("reports-printed", "at", page.now.minute_text()),
        "page-words": page.tn("reports-page", &[("n", "{n}".to_owned()), ("total", "{total}".to_owned())]),
        "date": [today.year(), today.month(), today.day()],
        "steps-words": page.t("reports-steps"),
        "curve-words": page.t("reports-curve"),
        "period": cards.first().map(|card| tables::period(card, page)),
        "figures-words": page.t("reports-overview"),
        "bars-words": page.t("reports-person-times"),
        "bars": bars(cards),
        "compared": several.then(|| sheet(&tables::compared(cards, page))),
        "compared-counts": (several && !counts.rows.is_empty()).then(|| sheet(&counts)),
        "cards": cards.iter().map(|card| of_card(card, activities, page)).collect::<Vec<_>>(),
    })
}

/// Who came how often, one bar a card.
fn bars(cards: &[Card]) -> Vec<Value> {
    let most = cards
        .iter()
        .map(|card| card.person_times)
        .max()
        .unwrap_or(0)
        .max(1);
    cards
        .iter()
        .map(|card| {
            json!({
                "label": card.title,
                "value": tables::words(&tables::number(card.person_times)),
                "share": card.person_times * 100 / most,
            })
        })
        .collect()
}

fn of_card(card: &Card, activities: &Activities, page: &Page) -> Value {
    let one = std::slice::from_ref(card);
    let used = activities.of(one);
    let mut all = vec![
        tables::of_counts(one, activities, page),
        tables::by_ledger(card, page),
        tables::by_rank(card, page),
    ];
    if used.len() <= BESIDE {
        all.push(tables::by_area(card, &used, page));
    } else {
        all.push(tables::by_area(card, &[], page));
        all.push(counts_by_area(card, &used, page));
    }
    all.push(tables::by_day(card, page, false));
    let figures: Vec<Value> = tables::figures(card, page)
        .into_iter()
        .map(|(label, value)| json!({ "label": label, "value": tables::words(&value) }))
        .collect();
    let steps: Vec<Value> = tables::steps(card, page)
        .into_iter()
        .map(
            |(label, value, share)| json!({ "label": label, "value": tables::words(&value), "share": share }),
        )
        .collect();
    json!({
        "title": card.title,
        "within": card.subject.within,
        "period": tables::period(card, page),
        "empty": if card.is_empty() { page.t("reports-nothing") } else { String::new() },
        "large": if figures.len() > 3 { 3 } else { figures.len() },
        "figures": figures,
        "steps": steps,
        "curve": curve(card, page),
        "tables": all.iter().filter(|table| !table.rows.is_empty()).map(sheet).collect::<Vec<_>>(),
    })
}

/// Too many activities for columns: a line for each area and activity.
fn counts_by_area(card: &Card, activities: &[(String, String)], page: &Page) -> Table {
    Table {
        title: page.t("reports-counts-by-area"),
        head: ["reports-area", "reports-activity", "reports-quantity"]
            .iter()
            .map(|key| page.t(key))
            .collect(),
        rows: card
            .by_area
            .iter()
            .flat_map(|area| {
                activities.iter().filter_map(|(code, name)| {
                    let quantity = *area.counts.get(code)?;
                    Some(vec![
                        Cell::Text(area.name.clone()),
                        Cell::Text(name.clone()),
                        tables::number(quantity),
                    ])
                })
            })
            .collect(),
    }
}

/// Bars by day, with marks at nothing, half and all of a round number; none when nothing was done on any day.
fn curve(card: &Card, page: &Page) -> Option<Value> {
    let most = card
        .by_day
        .iter()
        .map(|day| day.person_times.max(day.planned))
        .max()
        .filter(|most| *most > 0)?;
    let top = top(most);
    let planned = card.planned > 0;
    let days: Vec<Value> = card
        .by_day
        .iter()
        .map(|day| {
            json!({
                "label": format!("{}-{}", day.day.0.month(), day.day.0.day()),
                "done": day.person_times,
                "planned": day.planned,
            })
        })
        .collect();
    let mark = |value: i64| tables::words(&tables::number(value));
    Some(json!({
        "most": top,
        "marks": [[0, mark(0)], [0.5, mark(top / 2)], [1, mark(top)]],
        "days": days,
        "done-words": page.t("reports-actual"),
        "planned-words": if planned { page.t("reports-planned") } else { String::new() },
    }))
}

/// A round number a little above the largest value; even, so that the middle mark is whole.
fn top(most: i64) -> i64 {
    let above = most + most / 20 + 1;
    let mut unit = 1;
    loop {
        for step in [2 * unit, 4 * unit] {
            if above <= 6 * step {
                return (above + step - 1) / step * step;
            }
        }
        unit = if unit == 1 { 5 } else { unit * 2 };
    }
}

fn sheet(table: &Table) -> Value {
    json!({
        "title": table.title,
        "head": table.head,
        "numbers": (0..table.head.len()).map(|column| table.number(&column)).collect::<Vec<_>>(),
        "rows": table.rows.iter().map(|row| row.iter().map(tables::words).collect()).collect::<Vec<Vec<String>>>(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_curve_has_room_above() {
        for (most, top) in [
            (1, 2),
            (7, 8),
            (10, 12),
            (20, 24),
            (95, 100),
            (130, 160),
            (413, 480),
            (10_437, 12_800),
        ] {
            let round = super::top(most);
            assert!(
                round > most && round % 2 == 0 && round <= most * 2,
                "{most} {round}"
            );
            assert_eq!(round, top, "{most}");
        }
    }
}
