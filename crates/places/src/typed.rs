//! The place that somebody means by what they type into a field.

use kit::{Result, id::PlaceId, problem::code};
use sea_orm::ConnectionTrait;
use store::Scope;

use crate::{model::place::Model, tree};

/// The place in the scope that a text names: by id, by official code, by a name that only one place there has, or by
/// the end of its full name (`交暨小区 北门`). An empty text is none. The inner error is the kind of a field's error:
/// `unknown` or `places-ambiguous`.
pub async fn place(
    db: &impl ConnectionTrait,
    scope: &Scope,
    text: &str,
) -> Result<Result<Option<Model>, &'static str>> {
    if text.is_empty() {
        return Ok(Ok(None));
    }
    if let Ok(id) = text.parse::<PlaceId>() {
        return match tree::find(db, scope, id).await {
            Ok(place) => Ok(Ok(Some(place))),
            Err(problem) if problem.code == code::NOT_FOUND => Ok(Err("unknown")),
            Err(problem) => Err(problem),
        };
    }
    if let Some(place) = tree::by_code(db, text).await? {
        return Ok(if scope.holds(&place.path) {
            Ok(Some(place))
        } else {
            Err("unknown")
        });
    }
    let mut found = tree::by_name(db, scope, text, None).await?;
    if found.is_empty()
        && let Some(last) = text.split_whitespace().next_back().filter(|last| *last != text)
    {
        // The words before the last one tell where it lies.
        found = tree::by_name(db, scope, last, None).await?;
        let names = tree::full_names(db, &found).await?;
        let whole: Vec<&str> = text.split_whitespace().collect();
        let end = format!(" {}", whole.join(" "));
        found.retain(|place| {
            names
                .get(&place.id)
                .is_some_and(|name| format!(" {name}").ends_with(&end))
        });
    }
    Ok(match found.len() {
        0 => Err("unknown"),
        1 => Ok(found.pop()),
        _ => Err("places-ambiguous"),
    })
}
