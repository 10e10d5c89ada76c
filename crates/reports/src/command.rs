//! `fangxian report --data DIR --org NAME --from DATE --to DATE --format json|xlsx|pdf|md`

use std::str::FromStr;

use accounts::Actor;
use kit::{Day, Lang, Problem, Result};
use shell::{App, Page, form::Typed};

use crate::{
    Card,
    ask::{self, Kind},
    export::{self, File},
};

/// As what a card is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As the JSON interface answers.
    Json,
    /// An Excel file.
    Xlsx,
    /// A PDF.
    Pdf,
    /// Markdown.
    Md,
}

/// The text names no format.
#[derive(Debug)]
pub struct NoSuchFormat;

impl std::fmt::Display for NoSuchFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the format is one of json, xlsx, pdf, md")
    }
}

impl std::error::Error for NoSuchFormat {}

impl FromStr for Format {
    type Err = NoSuchFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "xlsx" => Ok(Self::Xlsx),
            "pdf" => Ok(Self::Pdf),
            "md" => Ok(Self::Md),
            _ => Err(NoSuchFormat),
        }
    }
}

/// Whose cards, for which days. Days left out are those of the work.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// Among what it is looked for.
    pub kind: Kind,
    /// Ids or exact names; several only of organisations, and not as JSON.
    pub names: &'a [String],
    /// First day.
    pub from: Option<Day>,
    /// Last day, included.
    pub to: Option<Day>,
}

/// Writes the card (or cards, side by side), as the one who runs commands on the server: sees everything.
/// What cannot be found, or stands for several, is a problem that names the field.
pub async fn report(app: &App, wish: &Wish<'_>, format: Format, lang: Lang) -> Result<Vec<u8>> {
    let actor = Actor::command_line();
    let mut typed = Typed::default().set(wish.kind.name(), wish.names.join("、"));
    if let Some(from) = wish.from {
        typed = typed.set("from", from);
    }
    if let Some(to) = wish.to {
        typed = typed.set("to", to);
    }
    let cards = ask::cards(app.store.read(), &actor, &typed, app.now().day()).await?;
    let file = match format {
        Format::Json => return json(&cards),
        Format::Xlsx => File::Xlsx,
        Format::Pdf => File::Pdf,
        Format::Md => File::Md,
    };
    let page = Page::plain(app.texts.clone(), lang, app.now());
    let bytes = export::render(app, cards.clone(), page, file).await?;
    export::note(app, &actor, &cards, file).await?;
    Ok(bytes)
}

/// One card is an object, several are a list.
fn json(cards: &[Card]) -> Result<Vec<u8>> {
    let written = match cards {
        [card] => serde_json::to_vec_pretty(card),
        several => serde_json::to_vec_pretty(several),
    };
    written.map_err(Problem::internal)
}
