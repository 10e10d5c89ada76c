//! The database's side of an import of helpers: many rows at a time.

use std::collections::{HashMap, HashSet};

use kit::{Result, id::OrgId};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Value};
use store::bulk::{self, Type};

use crate::{
    import_helpers::Person,
    model::helper,
    queries::{self, AT_ONCE},
};

const INSERT: bulk::Insert = bulk::Insert {
    table: "helpers",
    columns: &[
        ("id", Type::Uuid),
        ("org_id", Type::UuidOrNull),
        ("name", Type::Text),
        ("pinyin", Type::Text),
        ("initials", Type::Text),
        ("phone_sealed", Type::BytesOrNull),
        ("phone_index", Type::BytesOrNull),
        ("identity_sealed", Type::BytesOrNull),
        ("identity_index", Type::BytesOrNull),
        ("rank", Type::Text),
        ("official", Type::Bool),
        ("skills", Type::Text),
        ("cover_until", Type::TextOrNull),
        ("home_id", Type::UuidOrNull),
        ("resident_id", Type::UuidOrNull),
        ("active", Type::Bool),
        ("created_at", Type::Int),
    ],
    suffix: "",
};

/// Writes helpers, some thousand in a statement.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    helpers: impl Iterator<Item = helper::Model>,
) -> Result<()> {
    let mut rows = Vec::new();
    for it in helpers {
        rows.push(row(it));
        if rows.len() == 4_000 {
            INSERT.run(db, std::mem::take(&mut rows)).await?;
        }
    }
    INSERT.run(db, rows).await?;
    Ok(())
}

fn row(it: helper::Model) -> Vec<Value> {
    vec![
        it.id.0.into(),
        it.org_id.map(|id| id.0).into(),
        it.name.into(),
        it.pinyin.into(),
        it.initials.into(),
        it.phone_sealed.into(),
        it.phone_index.into(),
        it.identity_sealed.into(),
        it.identity_index.into(),
        it.rank.into(),
        it.official.into(),
        it.skills.into(),
        it.cover_until.map(|day| day.to_string()).into(),
        it.home_id.map(|id| id.0).into(),
        it.resident_id.map(|id| id.0).into(),
        it.active.into(),
        it.created_at.millis().into(),
    ]
}

/// What two entries of one person have in common.
#[derive(PartialEq, Eq, Hash)]
enum Mark {
    Identity(Vec<u8>),
    Phone(String, Vec<u8>),
}

fn marks(it: &helper::Model) -> impl Iterator<Item = Mark> {
    let identity = it.identity_index.clone().map(Mark::Identity);
    let phone = it
        .phone_index
        .clone()
        .map(|phone| Mark::Phone(it.name.clone(), phone));
    identity.into_iter().chain(phone)
}

/// New helpers who may be there already, in the database or earlier in the file: line, name, whether the
/// identity number is the same (else name and telephone number), organisation of the other. Only others
/// whom the actor may see (`scope`).
pub(crate) async fn suspects(
    db: &impl ConnectionTrait,
    scope: &Condition,
    people: &[Person],
) -> Result<Vec<(usize, String, bool, String)>> {
    let mut seen: HashMap<Mark, Option<OrgId>> = HashMap::new();
    let new: Vec<&Person> = people.iter().filter(|p| p.new).collect();
    for some in new.chunks(AT_ONCE) {
        for column in [helper::Column::IdentityIndex, helper::Column::PhoneIndex] {
            let values: HashSet<&Vec<u8>> = some
                .iter()
                .filter_map(|p| match column {
                    helper::Column::IdentityIndex => p.model.identity_index.as_ref(),
                    _ => p.model.phone_index.as_ref(),
                })
                .collect();
            if values.is_empty() {
                continue;
            }
            let found = helper::Entity::find()
                .filter(column.is_in(values.into_iter().cloned()))
                .filter(scope.clone())
                .all(db)
                .await?;
            for it in found {
                for mark in marks(&it) {
                    seen.insert(mark, it.org_id);
                }
            }
        }
    }
    let mut found = Vec::new();
    for person in new {
        let other = marks(&person.model).find_map(|mark| {
            let org = seen.get(&mark)?;
            Some((matches!(mark, Mark::Identity(_)), *org))
        });
        if let Some((same_identity, org)) = other {
            found.push((person.line, person.model.name.clone(), same_identity, org));
        }
        for mark in marks(&person.model) {
            seen.entry(mark).or_insert(person.model.org_id);
        }
    }
    let names = queries::org_names(db, found.iter().filter_map(|(.., org)| *org)).await?;
    Ok(found
        .into_iter()
        .map(|(line, name, same, org)| {
            let org = org.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
            (line, name, same, org)
        })
        .collect())
}
