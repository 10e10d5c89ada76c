//! Entering a place by hand.

use accounts::{Actor, audit};
use kit::{FieldError, Problem, Result, Role, Timestamp, id::PlaceId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, SqlErr, Value};
use store::{bulk, scope::path_step};

use crate::{
    compounds,
    model::{
        PlaceKind,
        place::{Column, Entity, Model},
    },
    pinyin, plain, tree,
};

/// Characters in a name at most.
pub const NAME_MOST: usize = 60;
/// Floors at most.
pub const FLOORS_MOST: i64 = 200;

/// A place to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlace {
    /// The place it lies in; none for a province.
    pub parent: Option<PlaceId>,
    /// What it is.
    pub kind: PlaceKind,
    /// Name, unique among the parent's places of this kind; at most [`NAME_MOST`] characters.
    pub name: String,
    /// Floors of a building or unit; 0 when not known.
    pub floors: i64,
    /// Whether a building or unit has a lift.
    pub lift: bool,
}

/// Enters a place. The actor must be staff where it lies.
pub async fn create(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    actor: &Actor,
    new: NewPlace,
) -> Result<Model> {
    let parent = match new.parent {
        Some(id) => Some(tree::hold(tx, id).await?),
        None => None,
    };
    actor.require(Role::STAFF, parent.as_ref().map_or("", |p| p.path.as_str()))?;
    let name = kit::text::tidy(&new.name);
    let mut errors = name_errors(&name);
    if !new.kind.lies_in(parent.as_ref().map(|p| p.kind)) {
        errors.push(FieldError::new("kind", "places-kind"));
    }
    errors.extend(floor_errors(new.floors));
    if errors.is_empty() && taken(tx, new.parent, new.kind, &name, None).await? {
        errors.push(FieldError::new("name", "taken"));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let mut place = node(now, parent.as_ref(), new.kind, name, None);
    if new.kind.has_floors() {
        (place.floors, place.lift) = (new.floors, new.lift);
    }
    INSERT
        .run(tx, vec![row(place.clone())])
        .await
        .map_err(taken_meanwhile)?;
    compounds::suspect(tx, &place).await?;
    audit::note(
        tx,
        actor,
        now,
        audit::Entry {
            action: "place.create",
            subject: &tree::full_name(tx, &place).await?,
            community: Some(place.community_id),
        },
    )
    .await?;
    Ok(place)
}

/// What is wrong with a name.
pub(crate) fn name_errors(name: &str) -> Vec<FieldError> {
    if name.is_empty() {
        vec![FieldError::new("name", "required")]
    } else if name.chars().count() > NAME_MOST {
        vec![FieldError::new("name", "too-long").with("most", NAME_MOST)]
    } else {
        Vec::new()
    }
}

/// What is wrong with a number of floors.
pub(crate) fn floor_errors(floors: i64) -> Option<FieldError> {
    (!(0..=FLOORS_MOST).contains(&floors)).then(|| {
        FieldError::new("floors", "out-of-range")
            .with("least", 0)
            .with("most", FLOORS_MOST)
    })
}

/// Whether a sibling of the same kind (other than `but`) has this name.
pub(crate) async fn taken(
    db: &impl ConnectionTrait,
    parent: Option<PlaceId>,
    kind: PlaceKind,
    name: &str,
    but: Option<PlaceId>,
) -> Result<bool> {
    let mut siblings = Entity::find()
        .filter(match parent {
            Some(id) => Column::ParentId.eq(id),
            None => Column::ParentId.is_null(),
        })
        .filter(Column::Kind.eq(kind))
        .filter(Column::Name.eq(name));
    if let Some(id) = but {
        siblings = siblings.filter(Column::Id.ne(id));
    }
    Ok(siblings.count(db).await? > 0)
}

/// Somebody else entered the same name between the check and the write.
pub(crate) fn taken_meanwhile(error: DbErr) -> Problem {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Problem::invalid(vec![FieldError::new("name", "taken")])
        }
        _ => error.into(),
    }
}

/// A place with all that follows from its parent, kind and name.
pub(crate) fn node(
    now: Timestamp,
    parent: Option<&Model>,
    kind: PlaceKind,
    name: String,
    code: Option<String>,
) -> Model {
    let id = PlaceId::fresh(now);
    let step = code
        .as_ref()
        .map_or_else(|| path_step(id), |code| format!("{code}/"));
    let spelling = pinyin::of(&name);
    Model {
        id,
        parent_id: parent.map(|p| p.id),
        community_id: match parent {
            Some(parent) if kind > PlaceKind::Community => parent.community_id,
            _ => id,
        },
        kind,
        code,
        path: format!("{}{step}", parent.map_or("", |p| p.path.as_str())),
        pinyin: spelling.full,
        initials: spelling.initials,
        sort_key: plain::sort_key(kind, &name),
        plain: plain::plain(&name),
        name,
        floors: 0,
        lift: false,
        created_at: now,
    }
}

/// How places are written, one or many.
pub(crate) const INSERT: bulk::Insert = bulk::Insert {
    table: "places",
    columns: &[
        ("id", bulk::Type::Uuid),
        ("parent_id", bulk::Type::UuidOrNull),
        ("community_id", bulk::Type::Uuid),
        ("kind", bulk::Type::Text),
        ("code", bulk::Type::TextOrNull),
        ("name", bulk::Type::Text),
        ("path", bulk::Type::Text),
        ("pinyin", bulk::Type::Text),
        ("initials", bulk::Type::Text),
        ("sort_key", bulk::Type::Text),
        ("plain", bulk::Type::Text),
        ("floors", bulk::Type::Int),
        ("lift", bulk::Type::Bool),
        ("created_at", bulk::Type::Int),
    ],
    suffix: "",
};

/// A place as [`INSERT`] wants it.
pub(crate) fn row(place: Model) -> Vec<Value> {
    vec![
        place.id.0.into(),
        place.parent_id.map(|id| id.0).into(),
        place.community_id.0.into(),
        place.kind.name().into(),
        place.code.into(),
        place.name.into(),
        place.path.into(),
        place.pinyin.into(),
        place.initials.into(),
        place.sort_key.into(),
        place.plain.into(),
        place.floors.into(),
        place.lift.into(),
        place.created_at.millis().into(),
    ]
}
