//! Places as people type and read them.

use std::collections::HashMap;

use kit::{Result, id::PlaceId};
use places::{
    model::{PlaceKind, place},
    search, tree,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Uuid,
};
use store::Scope;

use crate::model::household;

/// Communities of one name that are told apart by the places they lie in.
const NAMESAKES: u64 = 100;

/// The community that a text names: by id, by official code, by its name, or by the beginning of its
/// name, pinyin or initials when only one begins so. An empty text is none. The inner error is the kind
/// of a field's error: `unknown` or `people-ambiguous`.
pub async fn community(
    db: &impl ConnectionTrait,
    scope: &Scope,
    text: &str,
) -> Result<Result<Option<place::Model>, &'static str>> {
    if text.is_empty() {
        return Ok(Ok(None));
    }
    // The last word of `万里街道 香泉` is the community's.
    let last = text.split_whitespace().next_back().unwrap_or(text);
    let exact = match text.parse::<Uuid>() {
        Ok(id) => place::Column::Id.eq(id),
        Err(_) if text.bytes().all(|b| b.is_ascii_digit()) => place::Column::Code.eq(text),
        Err(_) => place::Column::Name.is_in([text, last]),
    };
    let mut found = few(db, scope, Condition::all().add(exact)).await?;
    if found.is_empty()
        && let Some(begins) = search::matching(scope, text)
    {
        found = few(db, scope, begins).await?;
    }
    if found.len() > 1 && text.contains(char::is_whitespace) {
        // Several communities of one name: the words before it tell which.
        let names = tree::full_names(db, &found).await?;
        found.retain(|place| names.get(&place.id).is_some_and(|name| name.ends_with(text)));
    }
    Ok(match found.len() {
        0 => Err("unknown"),
        1 => Ok(found.pop()),
        _ => Err("people-ambiguous"),
    })
}

async fn few(db: &impl ConnectionTrait, scope: &Scope, how: Condition) -> Result<Vec<place::Model>> {
    Ok(place::Entity::find()
        .filter(how)
        .filter(place::Column::Kind.eq(PlaceKind::Community))
        .filter(scope.path(place::Column::Path))
        .limit(NAMESAKES)
        .all(db)
        .await?)
}

/// The communities of a scope, or `None` when there are more than `most`.
pub(crate) async fn communities(
    db: &impl ConnectionTrait,
    scope: &Scope,
    most: usize,
) -> Result<Option<Vec<place::Model>>> {
    let found = place::Entity::find()
        .filter(place::Column::Kind.eq(PlaceKind::Community))
        .filter(scope.path(place::Column::Path))
        .order_by_asc(place::Column::Path)
        .limit(most as u64 + 1)
        .all(db)
        .await?;
    Ok((found.len() <= most).then_some(found))
}

/// The name of a community with all above it; empty for none.
pub(crate) async fn name(db: &impl ConnectionTrait, id: Option<PlaceId>) -> Result<String> {
    match id {
        None => Ok(String::new()),
        Some(id) => match place::Entity::find_by_id(id).one(db).await? {
            Some(place) => tree::full_name(db, &place).await,
            None => Ok(String::new()),
        },
    }
}

/// Addresses of households from the community down: `香泉 香泉小区 3号楼 2单元 502`.
pub async fn addresses(
    db: &impl ConnectionTrait,
    households: &[household::Model],
) -> Result<HashMap<kit::id::HouseholdId, String>> {
    let mut ids: Vec<PlaceId> = households.iter().map(|h| h.place_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut places: HashMap<PlaceId, place::Model> = HashMap::new();
    // At most community, compound, building and unit lie between a flat and its community.
    for _ in 0..4 {
        let mut above = Vec::new();
        for some in ids.chunks(crate::queries::AT_ONCE) {
            let found = place::Entity::find()
                .filter(place::Column::Id.is_in(some.iter().copied()))
                .all(db)
                .await?;
            above.extend(
                found
                    .iter()
                    .filter(|p| p.kind > PlaceKind::Community)
                    .filter_map(|p| p.parent_id),
            );
            places.extend(found.into_iter().map(|p| (p.id, p)));
        }
        above.retain(|id| !places.contains_key(id));
        above.sort_unstable();
        above.dedup();
        ids = above;
    }
    Ok(households
        .iter()
        .map(|household| {
            let mut words = vec![household.label.as_str()];
            let mut at = places.get(&household.place_id);
            while let Some(place) = at {
                words.push(&place.name);
                if place.kind <= PlaceKind::Community {
                    break;
                }
                at = place.parent_id.and_then(|id| places.get(&id));
            }
            words.reverse();
            (household.id, words.join(" "))
        })
        .collect())
}
