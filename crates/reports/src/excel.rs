//! Report cards as an Excel file: overview, by day, by area, by rank.

use kit::{Problem, Result};
use rust_xlsxwriter::Workbook;
use shell::{Page, list::Cell, sheet::add_sheet};

use crate::{
    Card,
    tables::{self, Activities, Table},
};

/// The file. With several cards the first column of the sheets says whose line it is.
pub(crate) fn write(cards: &[Card], activities: &Activities, page: &Page) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let used = activities.of(cards);
    let overview = overview(cards, activities, page);
    add_sheet(
        &mut book,
        &page.t("reports-overview"),
        &overview.head,
        &overview.rows,
    )?;
    let sheets: [Vec<Table>; 3] = [
        cards
            .iter()
            .map(|card| tables::by_day(card, page, true))
            .collect(),
        cards
            .iter()
            .map(|card| tables::by_area(card, &used, page))
            .collect(),
        cards.iter().map(|card| tables::by_rank(card, page)).collect(),
    ];
    for each in sheets {
        let table = together(cards, each, page);
        add_sheet(&mut book, &table.title, &table.head, &table.rows)?;
    }
    book.save_to_buffer().map_err(Problem::internal)
}

/// Subject, days, figures and counts: one line a figure, one column a card.
fn overview(cards: &[Card], activities: &Activities, page: &Page) -> Table {
    let mut table = tables::compared(cards, page);
    if let [_] = cards {
        // The name of the only card stands in the line below; the head says what the column holds.
        table.head = vec![page.t("reports-figure"), page.t("reports-value")];
    }
    let line = |key: &str, value: fn(&Card) -> String| -> Vec<Cell> {
        std::iter::once(Cell::Text(page.t(key)))
            .chain(cards.iter().map(|card| Cell::Text(value(card))))
            .collect()
    };
    let mut rows = vec![
        line("reports-subject", |card| card.title.clone()),
        line("reports-within", |card| card.subject.within.clone()),
        line("reports-from", |card| card.from.to_string()),
        line("reports-to", |card| card.to.to_string()),
    ];
    rows.append(&mut table.rows);
    rows.extend(tables::of_counts(cards, activities, page).rows);
    Table { rows, ..table }
}

/// The same table of several cards as one, with a column before it that names the card.
fn together(cards: &[Card], mut tables: Vec<Table>, page: &Page) -> Table {
    let several = tables.len() > 1;
    let mut all = Table {
        title: tables
            .first()
            .map_or_else(String::new, |table| table.title.clone()),
        head: tables.first().map_or_else(Vec::new, |table| table.head.clone()),
        rows: Vec::new(),
    };
    if several {
        all.head.insert(0, page.t("reports-subject"));
    }
    for (card, table) in cards.iter().zip(&mut tables) {
        for mut row in table.rows.drain(..) {
            if several {
                row.insert(0, Cell::Text(card.title.clone()));
            }
            all.rows.push(row);
        }
    }
    all
}
