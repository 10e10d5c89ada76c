//! Changing a place: its name, floors, lift.

use accounts::{Actor, audit};
use kit::{Code, FieldError, Problem, Result, Role, Timestamp, id::PlaceId};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, EntityTrait,
};

use crate::{
    compounds,
    create::{floor_errors, name_errors, taken, taken_meanwhile},
    model::place::{ActiveModel, Entity, Model},
    pinyin, plain, tree,
};

/// The name of an official place comes from the official codes and is not changed by hand.
pub const OFFICIAL: Code = Code::new("places-official", 409);

/// What a place shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Name; for an official place the one it has.
    pub name: String,
    /// Floors of a building or unit; 0 when not known.
    pub floors: i64,
    /// Whether a building or unit has a lift.
    pub lift: bool,
}

/// Changes a place. The actor must be staff there.
pub async fn edit(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    actor: &Actor,
    id: PlaceId,
    change: Change,
) -> Result<Model> {
    let place = tree::load(tx, id).await?;
    actor.require(Role::STAFF, &place.path)?;
    let name = kit::text::tidy(&change.name);
    let renamed = name != place.name;
    if renamed && place.code.is_some() {
        return Err(Problem::new(OFFICIAL));
    }
    let mut errors = name_errors(&name);
    errors.extend(floor_errors(change.floors));
    if errors.is_empty() && renamed && taken(tx, place.parent_id, place.kind, &name, Some(id)).await? {
        errors.push(FieldError::new("name", "taken"));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let mut after = respelt(&place, name);
    if place.kind.has_floors() {
        (after.floors, after.lift) = (change.floors, change.lift);
    }
    if after == place {
        return Ok(place);
    }
    save(tx, &after).await?;
    compounds::suspect(tx, &place).await?;
    compounds::suspect(tx, &after).await?;
    let before = tree::full_name(tx, &place).await?;
    let subject = if renamed {
        format!("{before} → {}", after.name)
    } else {
        before
    };
    audit::note(
        tx,
        actor,
        now,
        audit::Entry {
            action: "place.edit",
            subject: &subject,
            community: Some(place.community_id),
        },
    )
    .await?;
    Ok(after)
}

/// The place under a new name, with all that is derived from a name.
pub(crate) fn respelt(place: &Model, name: String) -> Model {
    let spelling = pinyin::of(&name);
    Model {
        pinyin: spelling.full,
        initials: spelling.initials,
        sort_key: plain::sort_key(place.kind, &name),
        plain: plain::plain(&name),
        name,
        ..place.clone()
    }
}

/// Writes what can change of a place.
pub(crate) async fn save(tx: &impl ConnectionTrait, place: &Model) -> Result<()> {
    let place = place.clone();
    Entity::update(ActiveModel {
        id: Unchanged(place.id),
        name: Set(place.name),
        pinyin: Set(place.pinyin),
        initials: Set(place.initials),
        sort_key: Set(place.sort_key),
        plain: Set(place.plain),
        floors: Set(place.floors),
        lift: Set(place.lift),
        ..ActiveModel::default()
    })
    .exec(tx)
    .await
    .map_err(taken_meanwhile)?;
    Ok(())
}
