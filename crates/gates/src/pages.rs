//! Pages of the committee's side of the gate, and of passes.

pub mod board;
pub mod book;
pub mod my_pass;
pub mod passes;
pub mod returnees;
pub mod rules;
pub mod shelf;

use kit::{Result, Timestamp, id::PlaceId};
use sea_orm::ConnectionTrait;
use shell::{App, Page};
use store::Scope;

/// The place that a form or filter names: by id, official code, or name; empty is none. The inner error is the kind of
/// a field's error.
pub async fn place_typed(
    db: &impl ConnectionTrait,
    scope: &Scope,
    text: &str,
) -> Result<Result<Option<places::place::Model>, &'static str>> {
    if text.is_empty() {
        return Ok(Ok(None));
    }
    if let Ok(id) = text.parse::<PlaceId>() {
        return Ok(places::tree::find(db, scope, id)
            .await
            .map(Some)
            .or(Err("unknown")));
    }
    let last = text.split_whitespace().next_back().unwrap_or(text);
    let mut found = places::tree::by_name(db, scope, text, None).await?;
    if found.is_empty() {
        found = places::tree::by_name(db, scope, last, None).await?;
    }
    if found.is_empty()
        && let Some(place) = places::tree::by_code(db, text).await?
        && scope.holds(&place.path)
    {
        found.push(place);
    }
    if found.len() > 1 {
        let names = places::tree::full_names(db, &found).await?;
        found.retain(|place| names.get(&place.id).is_some_and(|name| name.ends_with(text)));
    }
    Ok(match found.len() {
        0 => Err("unknown"),
        1 => Ok(found.pop()),
        _ => Err("people-ambiguous"),
    })
}

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

/// A day and a time of day as a form's field has them, in the place's zone.
pub fn typed_moment(at: Timestamp) -> String {
    at.civil().strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The moment that a field of a day and time says; `None` when it says none.
pub fn moment(text: &str) -> Option<Timestamp> {
    let at: jiff::civil::DateTime = text.parse().ok()?;
    Some(Timestamp::local(at.date(), at.time()))
}

/// Notes an export in the audit trail.
pub async fn exported(app: &App, actor: &accounts::Actor, action: &'static str) -> Result<()> {
    let tx = app.store.begin().await?;
    let entry = accounts::audit::Entry {
        action,
        subject: "",
        community: None,
    };
    accounts::audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}
