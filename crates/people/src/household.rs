//! Households are entered and changed.

use accounts::{Actor, audit};
use kit::{
    FieldError, Problem, Result, Role, Timestamp,
    id::{HouseholdId, PlaceId, TargetId},
};
use places::{
    compounds::{self, Cache},
    model::{PlaceKind, place},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use shell::{App, form::Typed};

use crate::{
    home,
    known::{self, Whose},
    model::household,
    queries,
    view::field,
};

/// Characters of the number of a flat at most.
pub const LABEL: usize = 20;
/// Characters of special needs at most.
pub const NEEDS: usize = 500;
/// Characters of a place's name at most.
pub const PLACE: usize = places::create::NAME_MOST;

/// What is known of a household.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Community: name, official code or id. Not asked for again when a household is changed.
    pub community: String,
    /// Compound, by name; empty when the building lies in the community itself.
    pub compound: String,
    /// Building, by name.
    pub building: String,
    /// Unit, by name; empty when the building has none.
    pub unit: String,
    /// Number of the flat.
    pub label: String,
    /// Floor; 0 to have it read from the number of the flat.
    pub floor: i64,
    /// Nobody in it can shop online.
    pub cannot_shop: bool,
    /// Special needs, in words.
    pub needs: String,
}

impl Input {
    /// From the form. `new` asks for the community too.
    pub fn typed(typed: &Typed, new: bool) -> Result<Self> {
        let mut check = typed.check();
        let mut input = Self {
            compound: check.optional("compound", PLACE),
            building: check.text("building", PLACE),
            unit: check.optional("unit", PLACE),
            label: check.text("label", LABEL),
            cannot_shop: typed.ticked("cannot_shop"),
            needs: check.optional("needs", NEEDS),
            ..Self::default()
        };
        if !typed.get("floor").is_empty() {
            input.floor = check.number("floor", -9, 200);
        }
        if new {
            input.community = check.text("community", 100);
        }
        check.done(input).map_err(Problem::invalid)
    }
}

/// Enters a household. Compound, building and unit are entered on the way when they are new.
pub async fn create(app: &App, actor: &Actor, input: &Input) -> Result<HouseholdId> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let scope = actor.scope(Role::STAFF);
    let community = match home::community(&tx, &scope, &input.community).await? {
        Ok(Some(community)) => community,
        Ok(None) => return Err(field("community", "required")),
        Err(kind) => return Err(field("community", kind)),
    };
    lock(&tx, community.id).await?;
    let place = seat(&tx, now, community.id, input).await?;
    taken(&tx, community.id, place.id, &input.label, None).await?;
    let id = HouseholdId::fresh(now);
    household::Entity::insert(household::ActiveModel {
        community_id: Set(community.id),
        id: Set(id),
        place_id: Set(place.id),
        place_path: Set(place.path),
        label: Set(input.label.clone()),
        floor: Set(floor(input.floor, &input.label)),
        cannot_shop: Set(input.cannot_shop),
        needs: Set(input.needs.clone()),
        created_at: Set(now),
    })
    .exec_without_returning(&tx)
    .await?;
    note(&tx, actor, now, "household.create", &input.label, community.id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a household; it stays in its community.
pub async fn edit(app: &App, actor: &Actor, id: HouseholdId, input: &Input) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let before = queries::household(&tx, &actor.scope(Role::STAFF), id).await?;
    let community = before.community_id;
    lock(&tx, community).await?;
    let place = seat(&tx, now, community, input).await?;
    taken(&tx, community, place.id, &input.label, Some(id)).await?;
    household::Entity::update(household::ActiveModel {
        community_id: Set(community),
        id: Set(id),
        place_id: Set(place.id),
        place_path: Set(place.path),
        label: Set(input.label.clone()),
        floor: Set(floor(input.floor, &input.label)),
        cannot_shop: Set(input.cannot_shop),
        needs: Set(input.needs.clone()),
        created_at: NotSet,
    })
    .exec_without_returning(&tx)
    .await?;
    let mut names = Vec::new();
    if before.cannot_shop != input.cannot_shop {
        names.push("cannot_shop");
    }
    if before.needs != input.needs {
        names.push("needs");
    }
    let whom = (community, TargetId(id.0));
    known::entered(&tx, &app.cipher, Whose::Household, whom, now, &names).await?;
    note(&tx, actor, now, "household.edit", &input.label, community).await?;
    tx.commit().await?;
    Ok(())
}

/// Whoever enters households of a community waits for whoever does so already, so that no flat is
/// entered twice. (On SQLite the transaction itself does that.)
pub(crate) async fn lock(tx: &impl ConnectionTrait, community: PlaceId) -> Result<()> {
    place::Entity::find_by_id(community)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(())
}

/// The place in which a household's flat lies, entered if it is new.
async fn seat(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    community: PlaceId,
    input: &Input,
) -> Result<place::Model> {
    let mut cache = Cache::new();
    let names = [&input.compound, &input.building, &input.unit].map(String::as_str);
    let id = ensure(tx, now, community, names, &mut cache).await?;
    cache.place(id).cloned().ok_or_else(Problem::not_found)
}

/// The unit, or the building where it has none, by the names of compound, building and unit.
pub(crate) async fn ensure(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    community: PlaceId,
    [compound, building, unit]: [&str; 3],
    cache: &mut Cache,
) -> Result<PlaceId> {
    let mut at = community;
    for (kind, name) in [
        (PlaceKind::Compound, compound),
        (PlaceKind::Building, building),
        (PlaceKind::Unit, unit),
    ] {
        if !name.is_empty() {
            at = compounds::ensure(tx, now, at, kind, name, cache).await?;
        }
    }
    Ok(at)
}

/// The floor as given, else as the number of the flat tells: `502` is on the fifth, `1203` on the twelfth.
pub(crate) fn floor(given: i64, label: &str) -> i64 {
    if given != 0 {
        return given;
    }
    match label.parse::<i64>() {
        Ok(n) if (101..=9_999).contains(&n) && n % 100 != 0 => n / 100,
        _ => 0,
    }
}

async fn taken(
    db: &impl ConnectionTrait,
    community: PlaceId,
    place: PlaceId,
    label: &str,
    but: Option<HouseholdId>,
) -> Result<()> {
    let there = household::Entity::find()
        .filter(household::Column::CommunityId.eq(community))
        .filter(household::Column::PlaceId.eq(place))
        .filter(household::Column::Label.eq(label))
        .one(db)
        .await?;
    match there {
        Some(other) if Some(other.id) != but => {
            Err(Problem::invalid(vec![FieldError::new("label", "taken")]))
        }
        _ => Ok(()),
    }
}

pub(crate) async fn note(
    db: &impl ConnectionTrait,
    actor: &Actor,
    now: Timestamp,
    action: &'static str,
    subject: &str,
    community: PlaceId,
) -> Result<()> {
    let entry = audit::Entry {
        action,
        subject,
        community: Some(community),
    };
    audit::note(db, actor, now, entry).await
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_number_of_a_flat_tells_its_floor() {
        for (label, floor) in [
            ("502", 5),
            ("1203", 12),
            ("101", 1),
            ("12", 0),
            ("200", 0),
            ("A座", 0),
        ] {
            assert_eq!(super::floor(0, label), floor, "{label}");
        }
        assert_eq!(super::floor(-1, "502"), -1);
    }
}
