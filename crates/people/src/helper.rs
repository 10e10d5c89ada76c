//! Helpers are entered and changed.

use accounts::{Actor, audit};
use kit::{
    Day, Problem, Result, Timestamp,
    id::{HelperId, PlaceId, ResidentId},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use shell::{App, form::Typed};

use crate::{
    home,
    model::{helper, org, resident},
    numbers::{self, Number, Sealed},
    queries,
    scope::{helper_rights, helper_scope},
    skills,
    view::field,
};

/// Characters of a name at most.
pub const NAME: usize = 60;
/// Characters of a rank at most.
pub const RANK: usize = 40;
/// Suspected duplicates that are listed at most.
const SUSPECTS: u64 = 20;

/// What is known of a helper.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Name.
    pub name: String,
    /// Name or id of the organisation; empty for a resident who helps where they live.
    pub org: String,
    /// Telephone number.
    pub phone: Number,
    /// Identity number.
    pub identity: Number,
    /// Rank, in words.
    pub rank: String,
    /// An official on duty, or a volunteer.
    pub official: bool,
    /// Codes of [`skills::SKILLS`].
    pub skills: Vec<String>,
    /// Last day of accident cover.
    pub cover_until: Option<Day>,
    /// Community in which they live: name, official code or id.
    pub home: String,
    /// Still helps.
    pub active: bool,
}

impl Input {
    /// From the form.
    pub fn typed(typed: &Typed) -> Result<Self> {
        let mut check = typed.check();
        let input = Self {
            name: check.text("name", NAME),
            org: check.optional("org", crate::org::NAME),
            phone: numbers::phone(typed, &mut check),
            identity: numbers::identity_of(typed, &mut check),
            rank: check.optional("rank", RANK),
            official: check.optional("kind", 20) == "official",
            skills: typed.all("skills"),
            cover_until: check.parse_optional("cover_until", "date"),
            home: check.optional("home", 100),
            active: typed.ticked("active"),
        };
        check.done(input).map_err(Problem::invalid)
    }
}

/// Enters a helper. Whoever enters one must be able to see and change them afterwards; so at a place,
/// either the helper lives there or their organisation was called there.
pub async fn create(app: &App, actor: &Actor, input: &Input) -> Result<HelperId> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let (org, home) = resolve(&tx, actor, input).await?;
    let id = HelperId::fresh(now);
    let (phone, identity) = (
        input.phone.seal(&app.cipher)?.unwrap_or_default(),
        input.identity.seal(&app.cipher)?.unwrap_or_default(),
    );
    let row = row(id, now, input, org.as_ref(), home, Some(phone), Some(identity));
    helper::Entity::insert(row).exec_without_returning(&tx).await?;
    stays_in_sight(&tx, actor, id).await?;
    note(&tx, actor, now, "helper.create", &input.name, home).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a helper.
pub async fn edit(app: &App, actor: &Actor, id: HelperId, input: &Input) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let before = editable(&tx, actor, id).await?;
    let (org, home) = resolve(&tx, actor, input).await?;
    let (phone, identity) = (input.phone.seal(&app.cipher)?, input.identity.seal(&app.cipher)?);
    let mut row = row(id, now, input, org.as_ref(), home, phone, identity);
    row.resident_id = NotSet;
    row.created_at = NotSet;
    helper::Entity::update(row).exec_without_returning(&tx).await?;
    stays_in_sight(&tx, actor, id).await?;
    note(
        &tx,
        actor,
        now,
        "helper.edit",
        &input.name,
        home.or(before.home_id),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

fn row(
    id: HelperId,
    now: Timestamp,
    input: &Input,
    org: Option<&org::Model>,
    home: Option<PlaceId>,
    phone: Option<Sealed>,
    identity: Option<Sealed>,
) -> helper::ActiveModel {
    let spelling = places::pinyin::of(&input.name);
    let mut row = helper::ActiveModel {
        id: Set(id),
        org_id: Set(org.map(|org| org.id)),
        name: Set(input.name.clone()),
        pinyin: Set(spelling.full),
        initials: Set(spelling.initials),
        rank: Set(input.rank.clone()),
        official: Set(input.official),
        skills: Set(skills::join(&input.skills)),
        cover_until: Set(input.cover_until),
        home_id: Set(home),
        resident_id: Set(None),
        active: Set(input.active),
        created_at: Set(now),
        phone_sealed: NotSet,
        phone_index: NotSet,
        identity_sealed: NotSet,
        identity_index: NotSet,
    };
    if let Some(phone) = phone {
        (row.phone_sealed, row.phone_index) = (Set(phone.sealed), Set(phone.index));
    }
    if let Some(identity) = identity {
        (row.identity_sealed, row.identity_index) = (Set(identity.sealed), Set(identity.index));
    }
    row
}

/// Whoever joins at the kerb, by name and telephone number: the helper they are already, or a new volunteer
/// of this organisation, at home in `home`. The caller has asked whether the invitation is good.
pub async fn walk_up(
    tx: &impl ConnectionTrait,
    app: &App,
    (name, phone): (&str, &str),
    org: Option<kit::id::OrgId>,
    home: PlaceId,
) -> Result<helper::Model> {
    let known = helper::Entity::find()
        .filter(helper::Column::PhoneIndex.eq(app.cipher.index(phone)))
        .filter(helper::Column::Name.eq(name))
        .filter(helper::Column::Active.eq(true))
        .one(tx)
        .await?;
    if let Some(known) = known {
        return Ok(known);
    }
    let id = HelperId::fresh(app.now());
    let input = Input {
        name: name.to_owned(),
        active: true,
        ..Input::default()
    };
    let mut row = row(id, app.now(), &input, None, Some(home), None, None);
    row.org_id = Set(org);
    row.phone_sealed = Set(Some(app.cipher.encrypt(phone)?));
    row.phone_index = Set(Some(app.cipher.index(phone)));
    helper::Entity::insert(row).exec_without_returning(tx).await?;
    helper::Entity::find_by_id(id)
        .one(tx)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Makes a resident a helper where they live; the helper that they are already, if they are one.
pub async fn from_resident(app: &App, actor: &Actor, id: ResidentId) -> Result<HelperId> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let scope = actor.scope(kit::Role::STAFF);
    let resident = queries::resident(&tx, &scope, id).await?;
    if let Some(there) = of_resident(&tx, id).await? {
        return Ok(there.id);
    }
    let helper_id = HelperId::fresh(now);
    helper::Entity::insert(linked(helper_id, now, &resident))
        .exec_without_returning(&tx)
        .await?;
    let home = Some(resident.community_id);
    note(&tx, actor, now, "helper.create", &resident.name, home).await?;
    tx.commit().await?;
    Ok(helper_id)
}

/// The sealed numbers are copied as they are: they are bound to the deployment's key, not to a row.
fn linked(id: HelperId, now: Timestamp, resident: &resident::Model) -> helper::ActiveModel {
    let resident = resident.clone();
    helper::ActiveModel {
        id: Set(id),
        org_id: Set(None),
        name: Set(resident.name),
        pinyin: Set(resident.pinyin),
        initials: Set(resident.initials),
        phone_sealed: Set(resident.phone_sealed),
        phone_index: Set(resident.phone_index),
        identity_sealed: Set(resident.identity_sealed),
        identity_index: Set(resident.identity_index),
        rank: Set(String::new()),
        official: Set(false),
        skills: Set(String::new()),
        cover_until: Set(None),
        home_id: Set(Some(resident.community_id)),
        resident_id: Set(Some(resident.id)),
        active: Set(true),
        created_at: Set(now),
    }
}

/// The helper that a resident is.
pub async fn of_resident(db: &impl ConnectionTrait, id: ResidentId) -> Result<Option<helper::Model>> {
    Ok(helper::Entity::find()
        .filter(helper::Column::ResidentId.eq(id))
        .one(db)
        .await?)
}

/// The helper, if the actor may change them.
pub(crate) async fn editable(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: HelperId,
) -> Result<helper::Model> {
    // Who sees a helper but may not change them is told so; for others there is no such helper.
    let it = queries::helper(db, actor, id).await?;
    if may_edit(db, actor, id).await? {
        Ok(it)
    } else {
        Err(Problem::forbidden())
    }
}

/// Whether the actor may change this helper.
pub(crate) async fn may_edit(db: &impl ConnectionTrait, actor: &Actor, id: HelperId) -> Result<bool> {
    let found: Option<HelperId> = helper::Entity::find_by_id(id)
        .select_only()
        .column(helper::Column::Id)
        .filter(helper_rights(actor))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Others who may be the same person: the same name and telephone number, or the same identity number.
/// Only those whom the actor may see.
pub async fn suspects(
    db: &impl ConnectionTrait,
    actor: &Actor,
    it: &helper::Model,
) -> Result<Vec<helper::Model>> {
    let mut same = Vec::new();
    if let Some(index) = &it.identity_index {
        same.push(Condition::all().add(helper::Column::IdentityIndex.eq(index.clone())));
    }
    if let Some(index) = &it.phone_index {
        same.push(
            Condition::all()
                .add(helper::Column::PhoneIndex.eq(index.clone()))
                .add(helper::Column::Name.eq(it.name.as_str())),
        );
    }
    if same.is_empty() {
        return Ok(Vec::new());
    }
    Ok(helper::Entity::find()
        .filter(same.into_iter().fold(Condition::any(), Condition::add))
        .filter(helper::Column::Id.ne(it.id))
        .filter(helper_scope(actor))
        .order_by_asc(helper::Column::Id)
        .limit(SUSPECTS)
        .all(db)
        .await?)
}

async fn resolve(
    db: &impl ConnectionTrait,
    actor: &Actor,
    input: &Input,
) -> Result<(Option<org::Model>, Option<PlaceId>)> {
    let mut errors = Vec::new();
    let org = if input.org.is_empty() {
        None
    } else {
        let found = queries::org_typed(db, actor, &input.org).await?;
        if found.is_none() {
            errors.push(kit::FieldError::new("org", "unknown"));
        }
        found
    };
    let home = match home::community(db, &store::Scope::Everything, &input.home).await? {
        Ok(home) => home.map(|place| place.id),
        Err(kind) => {
            errors.push(kit::FieldError::new("home", kind));
            None
        }
    };
    if errors.is_empty() {
        Ok((org, home))
    } else {
        Err(Problem::invalid(errors))
    }
}

async fn stays_in_sight(db: &impl ConnectionTrait, actor: &Actor, id: HelperId) -> Result<()> {
    if may_edit(db, actor, id).await? {
        return Ok(());
    }
    let of_a_place = actor.has(kit::Role::STAFF);
    Err(field(if of_a_place { "home" } else { "org" }, "people-not-yours"))
}

async fn note(
    db: &impl ConnectionTrait,
    actor: &Actor,
    now: Timestamp,
    action: &'static str,
    subject: &str,
    community: Option<PlaceId>,
) -> Result<()> {
    let entry = audit::Entry {
        action,
        subject,
        community,
    };
    audit::note(db, actor, now, entry).await
}
