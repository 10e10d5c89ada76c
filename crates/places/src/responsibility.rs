//! Who answers for a place (分包): a unit and a person, by name. What nobody answers for is visible.

use accounts::{Actor, audit};
use kit::{Day, FieldError, Problem, Result, Role, Timestamp, id::PlaceId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, Select,
    sea_query::{Alias, Expr, OnConflict, Query},
};
use store::{Cipher, Scope};

use crate::{
    model::{
        PlaceKind, place,
        responsibility::{ActiveModel, Column, Entity, Model},
    },
    tree,
};

/// The kinds of place for which somebody should answer.
pub const ANSWERABLE: [PlaceKind; 4] = [
    PlaceKind::Community,
    PlaceKind::Compound,
    PlaceKind::Gate,
    PlaceKind::Building,
];
/// Characters in a unit's or person's name at most.
pub const WORDS_MOST: usize = 60;

/// Who shall answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answerer {
    /// The organisation, in words.
    pub unit: String,
    /// The person.
    pub person: String,
    /// Telephone number as digits. When empty, the number on file stays if the person stays.
    pub phone: String,
    /// From which day.
    pub since: Day,
}

/// Who answers for a place, if anybody.
pub async fn of(db: &impl ConnectionTrait, place: &place::Model) -> Result<Option<Model>> {
    Ok(Entity::find_by_id((place.community_id, place.id)).one(db).await?)
}

/// Sets or replaces who answers for a place. The actor must be staff there.
pub async fn set(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    actor: &Actor,
    cipher: &Cipher,
    id: PlaceId,
    answerer: Answerer,
) -> Result<()> {
    let place = tree::load(tx, id).await?;
    actor.require(Role::STAFF, &place.path)?;
    let (unit, person) = (kit::text::tidy(&answerer.unit), kit::text::tidy(&answerer.person));
    let mut errors = Vec::new();
    for (field, text) in [("unit", &unit), ("person", &person)] {
        if text.is_empty() {
            errors.push(FieldError::new(field, "required"));
        } else if text.chars().count() > WORDS_MOST {
            errors.push(FieldError::new(field, "too-long").with("most", WORDS_MOST));
        }
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let phone_sealed = if answerer.phone.is_empty() {
        of(tx, &place)
            .await?
            .filter(|before| before.person == person)
            .and_then(|before| before.phone_sealed)
    } else {
        Some(cipher.encrypt(&answerer.phone)?)
    };
    Entity::insert(ActiveModel {
        community_id: Set(place.community_id),
        place_id: Set(place.id),
        unit: Set(unit.clone()),
        person: Set(person.clone()),
        phone_sealed: Set(phone_sealed),
        since: Set(answerer.since),
        noted_by: Set(actor.user_id),
    })
    .on_conflict(
        OnConflict::columns([Column::CommunityId, Column::PlaceId])
            .update_columns([
                Column::Unit,
                Column::Person,
                Column::PhoneSealed,
                Column::Since,
                Column::NotedBy,
            ])
            .to_owned(),
    )
    .exec_without_returning(tx)
    .await?;
    note(
        tx,
        now,
        actor,
        "responsibility.set",
        &place,
        &format!("{unit} {person}"),
    )
    .await
}

/// Nobody answers for the place any more. The actor must be staff there.
pub async fn remove(tx: &impl ConnectionTrait, now: Timestamp, actor: &Actor, id: PlaceId) -> Result<()> {
    let place = tree::load(tx, id).await?;
    actor.require(Role::STAFF, &place.path)?;
    let before = of(tx, &place).await?.ok_or_else(Problem::not_found)?;
    Entity::delete_by_id((place.community_id, place.id))
        .exec(tx)
        .await?;
    let who = format!("{} {}", before.unit, before.person);
    note(tx, now, actor, "responsibility.remove", &place, &who).await
}

/// The telephone number of the person who answers, whole; leaves a trace. The actor must be staff there.
pub async fn reveal(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    actor: &Actor,
    cipher: &Cipher,
    id: PlaceId,
) -> Result<String> {
    let place = tree::load(tx, id).await?;
    actor.require(Role::STAFF, &place.path)?;
    let who = of(tx, &place).await?.ok_or_else(Problem::not_found)?;
    let sealed = who.phone_sealed.ok_or_else(Problem::not_found)?;
    let phone = cipher.decrypt(&sealed)?;
    note(tx, now, actor, "responsibility.reveal", &place, &who.person).await?;
    Ok(phone)
}

/// Places of this kind in the scope for which nobody answers: a range of the index of kind and path.
pub fn unanswered(scope: &Scope, kind: PlaceKind) -> Select<place::Entity> {
    let (places, answers) = (Alias::new("places"), Alias::new("responsibilities"));
    let answer = Query::select()
        .expr(Expr::val(1))
        .from(answers.clone())
        // Both columns, for the primary key begins with the community.
        .and_where(
            Expr::col((answers.clone(), Alias::new("community_id")))
                .equals((places.clone(), Alias::new("community_id"))),
        )
        .and_where(Expr::col((answers, Alias::new("place_id"))).equals((places, Alias::new("id"))))
        .to_owned();
    place::Entity::find()
        .filter(place::Column::Kind.eq(kind))
        .filter(scope.path(place::Column::Path))
        .filter(Condition::all().add(Expr::exists(answer).not()))
}

async fn note(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    actor: &Actor,
    action: &'static str,
    place: &place::Model,
    who: &str,
) -> Result<()> {
    let subject = format!("{}: {who}", tree::full_name(tx, place).await?);
    let entry = audit::Entry {
        action,
        subject: &subject,
        community: Some(place.community_id),
    };
    audit::note(tx, actor, now, entry).await
}
