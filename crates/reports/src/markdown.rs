//! Report cards as Markdown, for a terminal or a chat group.

use std::fmt::Write as _;

use shell::{Page, list::Cell};

use crate::{
    Card,
    tables::{self, Activities, Table},
};

/// The cards, one after another.
pub(crate) fn write(cards: &[Card], activities: &Activities, page: &Page) -> String {
    let mut text = String::new();
    if cards.len() > 1 {
        let _ = writeln!(text, "# {}\n", page.t("reports-card"));
        table(&mut text, &tables::compared(cards, page));
    }
    for card in cards {
        let _ = writeln!(text, "# {} · {}\n", plain(&card.title), page.t("reports-card"));
        if !card.subject.within.is_empty() {
            let _ = writeln!(text, "{}\n", plain(&card.subject.within));
        }
        let _ = writeln!(text, "{}\n", tables::period(card, page));
        for (words, value) in tables::figures(card, page) {
            let _ = writeln!(text, "- {words}: **{}**", tables::words(&value));
        }
        text.push('\n');
        let one = std::slice::from_ref(card);
        table(&mut text, &tables::of_counts(one, activities, page));
        table(&mut text, &tables::by_ledger(card, page));
        table(&mut text, &tables::by_rank(card, page));
        table(&mut text, &tables::by_area(card, &activities.of(one), page));
        table(&mut text, &tables::by_day(card, page, false));
    }
    text
}

fn table(text: &mut String, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "## {}\n", table.title);
    let head: Vec<String> = table.head.iter().map(|words| plain(words)).collect();
    let _ = writeln!(text, "| {} |", head.join(" | "));
    let rule: Vec<&str> = (0..head.len())
        .map(|column| if table.number(&column) { "---:" } else { "---" })
        .collect();
    let _ = writeln!(text, "| {} |", rule.join(" | "));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push('\n');
}

fn cell(cell: &Cell) -> String {
    plain(&tables::words(cell))
}

/// A name that is only a name: no markup, no new column, no new line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => plain.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '\\' => {
                plain.push('\\');
                plain.push(c);
            }
            _ => plain.push(c),
        }
    }
    plain
}
