//! Residents are entered and changed.

use accounts::Actor;
use kit::{
    Problem, Result, Role,
    id::{HouseholdId, PlaceId, ResidentId, TargetId},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use shell::{App, form::Typed};
use store::Scope;

use crate::{
    household::{NEEDS, note},
    known::{self, Whose},
    model::resident,
    numbers::{self, Number, Sealed},
    queries,
};

/// Characters of a name at most.
pub const NAME: usize = 60;
/// Characters of a language at most.
pub const LANGUAGE: usize = 40;
/// Suspected duplicates that are listed at most.
const SUSPECTS: u64 = 20;

/// What is known of a resident.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Name.
    pub name: String,
    /// Telephone number.
    pub phone: Number,
    /// Identity number.
    pub identity: Number,
    /// Language other than Chinese, in words.
    pub language: String,
    /// Lives alone.
    pub lives_alone: bool,
    /// Cannot shop online.
    pub cannot_shop: bool,
    /// Special needs, in words.
    pub needs: String,
    /// Year of birth, when known.
    pub born: Option<i64>,
    /// Doses of vaccine, when known.
    pub doses: Option<i64>,
}

/// Year of birth that can be.
pub const BORN: (i64, i64) = (1880, 2100);
/// Doses of vaccine at most.
pub const DOSES: i64 = 9;

impl Input {
    /// From the form.
    pub fn typed(typed: &Typed) -> Result<Self> {
        let mut check = typed.check();
        let mut input = Self {
            name: check.text("name", NAME),
            phone: numbers::phone(typed, &mut check),
            identity: numbers::identity_of(typed, &mut check),
            language: check.optional("language", LANGUAGE),
            lives_alone: typed.ticked("lives_alone"),
            cannot_shop: typed.ticked("cannot_shop"),
            needs: check.optional("needs", NEEDS),
            born: None,
            doses: None,
        };
        if !typed.get("born").is_empty() {
            input.born = Some(check.number("born", BORN.0, BORN.1));
        }
        if !typed.get("doses").is_empty() {
            input.doses = Some(check.number("doses", 0, DOSES));
        }
        if let Number::Set(identity) = &input.identity
            && input.born.is_none()
        {
            input.born = numbers::year_of(identity);
        }
        check.done(input).map_err(Problem::invalid)
    }
}

/// Enters a resident of a household.
pub async fn create(app: &App, actor: &Actor, household: HouseholdId, input: &Input) -> Result<ResidentId> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let household = queries::household(&tx, &actor.scope(Role::STAFF), household).await?;
    let id = ResidentId::fresh(now);
    let (phone, identity) = (
        input.phone.seal(&app.cipher)?.unwrap_or_default(),
        input.identity.seal(&app.cipher)?.unwrap_or_default(),
    );
    let mut row = row(household.community_id, id, input, Some(phone), Some(identity));
    row.household_id = Set(household.id);
    row.created_at = Set(now);
    resident::Entity::insert(row).exec_without_returning(&tx).await?;
    note(
        &tx,
        actor,
        now,
        "resident.create",
        &input.name,
        household.community_id,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a resident; they stay in their household.
pub async fn edit(app: &App, actor: &Actor, id: ResidentId, input: &Input) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let before = queries::resident(&tx, &actor.scope(Role::STAFF), id).await?;
    let (phone, identity) = (input.phone.seal(&app.cipher)?, input.identity.seal(&app.cipher)?);
    let row = row(before.community_id, id, input, phone, identity);
    resident::Entity::update(row).exec_without_returning(&tx).await?;
    let mut names = Vec::new();
    for (name, changed) in [
        ("born", before.born != input.born.unwrap_or(0)),
        ("cannot_shop", before.cannot_shop != input.cannot_shop),
        ("doses", before.doses != input.doses.unwrap_or(-1)),
        ("language", before.language != input.language),
        ("lives_alone", before.lives_alone != input.lives_alone),
        ("needs", before.needs != input.needs),
    ] {
        if changed {
            names.push(name);
        }
    }
    let whom = (before.community_id, TargetId(id.0));
    known::entered(&tx, &app.cipher, Whose::Resident, whom, now, &names).await?;
    note(&tx, actor, now, "resident.edit", &input.name, before.community_id).await?;
    tx.commit().await?;
    Ok(())
}

fn row(
    community: PlaceId,
    id: ResidentId,
    input: &Input,
    phone: Option<Sealed>,
    identity: Option<Sealed>,
) -> resident::ActiveModel {
    let spelling = places::pinyin::of(&input.name);
    let mut row = resident::ActiveModel {
        community_id: Set(community),
        id: Set(id),
        household_id: NotSet,
        name: Set(input.name.clone()),
        pinyin: Set(spelling.full),
        initials: Set(spelling.initials),
        phone_sealed: NotSet,
        phone_index: NotSet,
        identity_sealed: NotSet,
        identity_index: NotSet,
        language: Set(input.language.clone()),
        lives_alone: Set(input.lives_alone),
        cannot_shop: Set(input.cannot_shop),
        needs: Set(input.needs.clone()),
        created_at: NotSet,
        born: Set(input.born.unwrap_or(0)),
        doses: Set(input.doses.unwrap_or(-1)),
    };
    if let Some(phone) = phone {
        (row.phone_sealed, row.phone_index) = (Set(phone.sealed), Set(phone.index));
    }
    if let Some(identity) = identity {
        (row.identity_sealed, row.identity_index) = (Set(identity.sealed), Set(identity.index));
    }
    row
}

/// Others in the scope who may be the same person: the same identity number, or the same name and
/// telephone number.
pub async fn suspects(
    db: &impl ConnectionTrait,
    scope: &Scope,
    it: &resident::Model,
) -> Result<Vec<resident::Model>> {
    let mut same = Vec::new();
    if let Some(index) = &it.identity_index {
        same.push(Condition::all().add(resident::Column::IdentityIndex.eq(index.clone())));
    }
    if let Some(index) = &it.phone_index {
        same.push(
            Condition::all()
                .add(resident::Column::PhoneIndex.eq(index.clone()))
                .add(resident::Column::Name.eq(it.name.as_str())),
        );
    }
    if same.is_empty() {
        return Ok(Vec::new());
    }
    Ok(resident::Entity::find()
        .filter(same.into_iter().fold(Condition::any(), Condition::add))
        .filter(resident::Column::Id.ne(it.id))
        .filter(scope.community(resident::Column::CommunityId))
        .order_by_asc(resident::Column::Id)
        .limit(SUSPECTS)
        .all(db)
        .await?)
}
