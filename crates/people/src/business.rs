//! Businesses are entered and changed: offices, shops, supermarkets that are visited as a whole.

use accounts::Actor;
use kit::{
    Problem, Result, Role,
    id::{BusinessId, TargetId},
};
use places::place;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};
use shell::{App, form::Typed};
use store::Scope;

use crate::{
    household::{LABEL, note},
    known::{self, Whose},
    model::business,
    numbers::{self, Number, Sealed},
    view::field,
};

/// Characters of a name at most.
pub const NAME: usize = 60;
/// People who work in one place at most.
pub const WORKERS: i64 = 1_000_000;

kit::words! {
    /// What a business is.
    BusinessKind {
        /// 写字楼、公司
        Office = "office",
        /// 沿街商铺
        Shop = "shop",
        /// 超市、菜场
        Supermarket = "supermarket",
        /// 餐饮
        Restaurant = "restaurant",
        /// 工厂、工地
        Works = "works",
        /// 其他
        Other = "other",
    }
}

/// What is known of a business.
#[derive(Debug, Clone)]
pub struct Input {
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: BusinessKind,
    /// Where: id, code or name of a place.
    pub place: String,
    /// Room or shop number.
    pub label: String,
    /// Floor; 0 when not known.
    pub floor: i64,
    /// Who answers for it there.
    pub contact: String,
    /// Their telephone number.
    pub phone: Number,
    /// People who work there, where known.
    pub workers: Option<i64>,
    /// Of them, people who came back from elsewhere, where known.
    pub returning: Option<i64>,
    /// Still there.
    pub active: bool,
}

impl Input {
    /// From the form.
    pub fn typed(typed: &Typed) -> Result<Self> {
        let mut check = typed.check();
        let kind = BusinessKind::of(&check.text("kind", 20));
        if kind.is_none() && !typed.get("kind").is_empty() {
            check.error(kit::FieldError::new("kind", "invalid"));
        }
        let mut count = |name: &'static str, least: i64, most: i64| {
            (!typed.get(name).is_empty()).then(|| check.number(name, least, most))
        };
        let floor = count("floor", -9, 200).unwrap_or(0);
        let workers = count("workers", 0, WORKERS);
        let returning = count("returning", 0, WORKERS);
        let input = Self {
            name: check.text("name", NAME),
            kind: kind.unwrap_or(BusinessKind::Other),
            place: check.text("place", 200),
            label: check.optional("label", LABEL),
            floor,
            contact: check.optional("contact", NAME),
            phone: numbers::phone(typed, &mut check),
            workers,
            returning,
            active: typed.ticked("active"),
        };
        if more_than_all(workers, returning) {
            check.error(kit::FieldError::new("returning", "people-more-than-all"));
        }
        check.done(input).map_err(Problem::invalid)
    }
}

/// More people came back than there are.
pub(crate) fn more_than_all(workers: Option<i64>, returning: Option<i64>) -> bool {
    workers.zip(returning).is_some_and(|(all, some)| some > all)
}

impl Input {
    /// Names of the facts ([`known::Whose::own`]) in which it differs from what is kept.
    pub(crate) fn differs(&self, before: &business::Model) -> Vec<&'static str> {
        [
            ("contact", before.contact != self.contact),
            ("returning", before.returning != self.returning.unwrap_or(-1)),
            ("workers", before.workers != self.workers.unwrap_or(-1)),
        ]
        .into_iter()
        .filter_map(|(name, changed)| changed.then_some(name))
        .collect()
    }
}

/// A business in the scope; else the problem "not found".
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, id: BusinessId) -> Result<business::Model> {
    business::Entity::find()
        .filter(business::Column::Id.eq(id))
        .filter(scope.path(business::Column::PlacePath))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Enters a business.
pub async fn create(app: &App, actor: &Actor, input: &Input) -> Result<BusinessId> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let place = seat(&tx, &actor.scope(Role::STAFF), &input.place).await?;
    free(&tx, &place, input, None).await?;
    let id = BusinessId::fresh(now);
    let phone = input.phone.seal(&app.cipher)?.unwrap_or_default();
    let mut row = row(input, id, &place, Some(phone));
    row.created_at = Set(now);
    business::Entity::insert(row).exec_without_returning(&tx).await?;
    note(
        &tx,
        actor,
        now,
        "business.create",
        &input.name,
        place.community_id,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a business; it stays in its community.
pub async fn edit(app: &App, actor: &Actor, id: BusinessId, input: &Input) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let scope = actor.scope(Role::STAFF);
    let before = find(&tx, &scope, id).await?;
    let place = seat(&tx, &scope, &input.place).await?;
    if place.community_id != before.community_id {
        return Err(field("place", "people-other-community"));
    }
    free(&tx, &place, input, Some(id)).await?;
    let row = row(input, id, &place, input.phone.seal(&app.cipher)?);
    business::Entity::update(row).exec_without_returning(&tx).await?;
    let names = input.differs(&before);
    let whom = (before.community_id, TargetId(id.0));
    known::entered(&tx, &app.cipher, Whose::Business, whom, now, &names).await?;
    note(&tx, actor, now, "business.edit", &input.name, before.community_id).await?;
    tx.commit().await?;
    Ok(())
}

async fn seat(db: &impl ConnectionTrait, scope: &Scope, text: &str) -> Result<place::Model> {
    match places::typed::place(db, scope, text).await? {
        Ok(Some(place)) => Ok(place),
        Ok(None) => Err(field("place", "required")),
        Err(kind) => Err(field("place", kind)),
    }
}

/// Two businesses of one name in one place and room are one.
async fn free(
    db: &impl ConnectionTrait,
    place: &place::Model,
    input: &Input,
    but: Option<BusinessId>,
) -> Result<()> {
    let there = business::Entity::find()
        .filter(business::Column::CommunityId.eq(place.community_id))
        .filter(business::Column::PlaceId.eq(place.id))
        .filter(business::Column::Name.eq(input.name.as_str()))
        .filter(business::Column::Label.eq(input.label.as_str()))
        .one(db)
        .await?;
    match there {
        Some(other) if Some(other.id) != but => Err(field("name", "taken")),
        _ => Ok(()),
    }
}

pub(crate) fn row(
    input: &Input,
    id: BusinessId,
    place: &place::Model,
    phone: Option<Sealed>,
) -> business::ActiveModel {
    let spelling = places::pinyin::of(&input.name);
    let mut row = business::ActiveModel {
        community_id: Set(place.community_id),
        id: Set(id),
        place_id: Set(place.id),
        place_path: Set(place.path.clone()),
        name: Set(input.name.clone()),
        pinyin: Set(spelling.full),
        initials: Set(spelling.initials),
        kind: Set(input.kind),
        label: Set(input.label.clone()),
        floor: Set(crate::household::floor(input.floor, &input.label)),
        contact: Set(input.contact.clone()),
        phone_sealed: NotSet,
        phone_index: NotSet,
        workers: Set(input.workers.unwrap_or(-1)),
        returning: Set(input.returning.unwrap_or(-1)),
        active: Set(input.active),
        created_at: NotSet,
    };
    if let Some(phone) = phone {
        (row.phone_sealed, row.phone_index) = (Set(phone.sealed), Set(phone.index));
    }
    row
}
