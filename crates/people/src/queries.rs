//! Reads that other rooms use too.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use kit::{
    Problem, Result,
    id::{HelperId, HouseholdId, OrgId, PlaceId, ResidentId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Uuid,
};
use store::{Cipher, Scope};

use crate::{
    model::{helper, household, org, resident},
    scope::{self, helper_scope, org_scope},
};

/// Ids asked for in one statement at most.
pub(crate) const AT_ONCE: usize = 1_000;
/// Names offered while typing.
const OFFERED: u64 = 300;

/// Names of organisations.
pub async fn org_names(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = OrgId>,
) -> Result<HashMap<OrgId, String>> {
    let ids: Vec<OrgId> = ids.into_iter().collect::<HashSet<_>>().into_iter().collect();
    let mut names = HashMap::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<(OrgId, String)> = org::Entity::find()
            .select_only()
            .columns([org::Column::Id, org::Column::Name])
            .filter(org::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        names.extend(rows);
    }
    Ok(names)
}

/// The organisation with exactly this name.
pub async fn by_name(db: &impl ConnectionTrait, name: &str) -> Result<Option<org::Model>> {
    Ok(org::Entity::find()
        .filter(org::Column::Name.eq(name))
        .one(db)
        .await?)
}

/// The organisation and all below it; empty when there is none with this id.
pub async fn orgs_under(db: &impl ConnectionTrait, id: OrgId) -> Result<Vec<OrgId>> {
    Ok(org::Entity::find()
        .select_only()
        .column(org::Column::Id)
        .filter(org::Column::Id.in_subquery(scope::below(&[id])))
        .order_by_asc(org::Column::Path)
        .into_tuple()
        .all(db)
        .await?)
}

/// The organisation, if the actor may see it; else the problem "not found".
pub async fn org(db: &impl ConnectionTrait, actor: &Actor, id: OrgId) -> Result<org::Model> {
    org::Entity::find_by_id(id)
        .filter(org_scope(actor))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The organisation that a form names, by its name or id, among those the actor may see.
pub async fn org_typed(db: &impl ConnectionTrait, actor: &Actor, text: &str) -> Result<Option<org::Model>> {
    let named = match text.parse::<Uuid>() {
        Ok(id) => org::Column::Id.eq(id),
        Err(_) => org::Column::Name.eq(text),
    };
    Ok(org::Entity::find()
        .filter(named)
        .filter(org_scope(actor))
        .one(db)
        .await?)
}

/// Organisations to choose from, by name; the first some hundred.
pub async fn org_choices(db: &impl ConnectionTrait, actor: &Actor) -> Result<Vec<(OrgId, String)>> {
    Ok(org::Entity::find()
        .select_only()
        .columns([org::Column::Id, org::Column::Name])
        .filter(org_scope(actor))
        .order_by_asc(org::Column::Pinyin)
        .limit(OFFERED)
        .into_tuple()
        .all(db)
        .await?)
}

/// Names of organisations to be offered while typing.
pub async fn org_offers(db: &impl ConnectionTrait, actor: &Actor) -> Result<Vec<String>> {
    Ok(org_choices(db, actor)
        .await?
        .into_iter()
        .map(|(_, name)| name)
        .collect())
}

/// The helper, if the actor may see them; else the problem "not found".
pub async fn helper(db: &impl ConnectionTrait, actor: &Actor, id: HelperId) -> Result<helper::Model> {
    helper::Entity::find_by_id(id)
        .filter(helper_scope(actor))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Names of helpers.
pub async fn helper_names(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = HelperId>,
) -> Result<HashMap<HelperId, String>> {
    let ids: Vec<HelperId> = ids.into_iter().collect::<HashSet<_>>().into_iter().collect();
    let mut names = HashMap::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<(HelperId, String)> = helper::Entity::find()
            .select_only()
            .columns([helper::Column::Id, helper::Column::Name])
            .filter(helper::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        names.extend(rows);
    }
    Ok(names)
}

/// Helpers with exactly this telephone number, as digits, whoever may see them.
pub async fn helpers_by_phone(
    db: &impl ConnectionTrait,
    cipher: &Cipher,
    phone: &str,
) -> Result<Vec<helper::Model>> {
    Ok(helper::Entity::find()
        .filter(helper::Column::PhoneIndex.eq(cipher.index(phone)))
        .order_by_asc(helper::Column::Id)
        .all(db)
        .await?)
}

/// A household in the scope; else the problem "not found".
pub async fn household(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: HouseholdId,
) -> Result<household::Model> {
    household::Entity::find()
        .filter(household::Column::Id.eq(id))
        .filter(scope.community(household::Column::CommunityId))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A resident in the scope; else the problem "not found".
pub async fn resident(db: &impl ConnectionTrait, scope: &Scope, id: ResidentId) -> Result<resident::Model> {
    resident::Entity::find()
        .filter(resident::Column::Id.eq(id))
        .filter(scope.community(resident::Column::CommunityId))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The people of a household, by name.
pub async fn residents_of(
    db: &impl ConnectionTrait,
    community: PlaceId,
    household: HouseholdId,
) -> Result<Vec<resident::Model>> {
    Ok(resident::Entity::find()
        .filter(resident::Column::CommunityId.eq(community))
        .filter(resident::Column::HouseholdId.eq(household))
        .order_by_asc(resident::Column::Pinyin)
        .order_by_asc(resident::Column::Id)
        .all(db)
        .await?)
}
