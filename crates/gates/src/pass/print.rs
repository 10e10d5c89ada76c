//! Passes as cards on paper, eight to a sheet.

use kit::{Lang, Problem, Result};
use people::model::household;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use shell::{App, Page};

use super::{code, issue, keys};
use crate::model::{PassKind, pass};

/// Cards in one file at most.
pub const MOST: usize = 2_000;

const CARDS: &str = include_str!("../../templates/cards.typ");

/// The cards as a PDF.
pub async fn cards(app: &App, page: &Page, passes: &[pass::Model]) -> Result<Vec<u8>> {
    let db = app.store.read();
    let places = places::tree::names(db, passes.iter().map(|row| row.community_id)).await?;
    let mut flats = std::collections::HashMap::new();
    let ids: Vec<kit::id::HouseholdId> = passes.iter().filter_map(|row| row.household_id).collect();
    for some in ids.chunks(1_000) {
        let homes = household::Entity::find()
            .filter(household::Column::Id.is_in(some.iter().copied()))
            .all(db)
            .await?;
        flats.extend(people::home::addresses(db, &homes).await?);
    }
    let signing = keys::signing(app).await?;
    let mut cards: Vec<Value> = Vec::with_capacity(passes.len());
    for row in passes {
        let flat = row
            .household_id
            .and_then(|id| flats.get(&id).cloned())
            .unwrap_or_default();
        let texts = page.texts();
        let key = format!("pass-card-{}", row.kind.name());
        cards.push(json!({
            "kind": row.kind.name(),
            "heading": texts.get(Lang::ZhCn, &key),
            "heading-en": texts.get(Lang::En, &key),
            "name": issue::holder(row),
            "flat": if row.kind == PassKind::Resident || row.kind == PassKind::Vehicle { flat } else { row.purpose.clone() },
            "where": places.get(&row.community_id),
            "number": format!("{} {}", &row.number[..4.min(row.number.len())], &row.number[4.min(row.number.len())..]),
            "until": page.t1("pass-good-until", "day", row.until_at.minute_text()),
            "qr": muster::invitation::picture(&code::sign(&signing, &issue::claims(row))?)?,
        }));
    }
    let today = page.now.day().0;
    let (lang, region) = match page.lang {
        Lang::ZhCn => ("zh", "cn"),
        Lang::En => ("en", "gb"),
    };
    let data = json!({
        "lang": lang,
        "region": region,
        "title": page.t("pass-title"),
        "product": page.t("product"),
        "date": [today.year(), today.month(), today.day()],
        "number-words": page.t("pass-number"),
        "cards": cards,
    });
    tokio::task::spawn_blocking(move || paper::set(CARDS, &data))
        .await
        .map_err(Problem::internal)?
}
