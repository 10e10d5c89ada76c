//! What a phone at a gate holds, so that it works through days without a network: the least that is needed, of the
//! compound alone.

use std::collections::HashMap;

use accounts::Actor;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kit::{
    Result, Timestamp,
    id::{HouseholdId, PlaceId, ResidentId},
};
use people::{
    model::{household, resident, standing},
    numbers,
    standing::{Span, Standing},
};
use places::{PlaceKind, place, tree};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use sha2::{Digest, Sha256};
use shell::App;
use utoipa::ToSchema;

use crate::{
    gate,
    inside::{self, Inside},
    model::{PassKind, PassState, parcel, pass, passage},
    parcels,
    pass::keys::Keys,
    rule::{self, Rule},
};

/// Residents in one roster at most; a larger compound is found by the network only.
pub const MOST: u64 = 30_000;
/// Digits of a number by which somebody is found.
const END: usize = 4;

/// The gate.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterGate {
    /// Id of the place.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// The compound it opens; the gate's own name where there is none.
    pub compound: String,
    /// Its community.
    pub community: String,
    /// Id of the community: passes name it.
    pub community_id: uuid::Uuid,
}

/// A key with which passes are verified.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterKey {
    /// Its name in codes, base64url.
    pub kid: String,
    /// 32 bytes, base64url.
    pub public: String,
}

/// Somebody who lives behind the gate.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterResident {
    /// Id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// Household.
    pub household: uuid::Uuid,
    /// Building and flat.
    pub flat: String,
    /// Last four digits of the telephone number.
    pub phone_end: String,
    /// Last four characters of the identity number.
    pub identity_end: String,
    /// Somebody there needs things carried up.
    pub weak: bool,
}

/// A pass of the community.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterPass {
    /// Id.
    pub id: uuid::Uuid,
    /// Card number.
    pub number: String,
    /// `resident`, `vehicle`, `visitor`, `worker`.
    pub kind: PassKind,
    /// Resident who holds it.
    pub resident: Option<uuid::Uuid>,
    /// Household it belongs to.
    pub household: Option<uuid::Uuid>,
    /// Name, where the holder is no resident.
    pub name: String,
    /// Plate.
    pub plate: String,
    /// Valid from.
    #[schema(value_type = String)]
    pub from: Timestamp,
    /// Until, not included.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// `active`, `withdrawn`, `replaced`, `returned`.
    pub state: PassState,
}

/// A span of time for a reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterSpan {
    /// From.
    #[schema(value_type = String)]
    pub from: Timestamp,
    /// Until, not included.
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// Why.
    pub why: String,
}

impl From<Span> for RosterSpan {
    fn from(span: Span) -> Self {
        Self {
            from: span.from,
            until: span.until,
            why: span.why,
        }
    }
}

/// Somebody who is not simply free.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterStanding {
    /// Who.
    pub resident: uuid::Uuid,
    /// May not go out.
    pub confined: Option<RosterSpan>,
    /// May go out all the same.
    pub permit: Option<RosterSpan>,
}

/// Somebody went out, which counts where exits are limited.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterExit {
    /// Household.
    pub household: uuid::Uuid,
    /// Who.
    pub resident: Option<uuid::Uuid>,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// A parcel on the shelf.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterParcel {
    /// The record that put it there.
    pub parcel: uuid::Uuid,
    /// Code.
    pub code: String,
    /// Building and flat.
    pub flat: String,
    /// Household.
    pub household: Option<uuid::Uuid>,
    /// Name on it.
    pub name: String,
    /// Heavy.
    pub heavy: bool,
    /// To be carried up.
    pub carry: bool,
    /// Since when.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

impl From<parcel::Model> for RosterParcel {
    fn from(row: parcel::Model) -> Self {
        Self {
            parcel: row.id.0,
            code: row.code,
            flat: row.flat,
            household: row.household_id.map(|id| id.0),
            name: row.name,
            heavy: row.heavy,
            carry: row.carry,
            at: row.at,
        }
    }
}

/// Everything a phone at a gate holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Roster {
    /// The gate.
    pub gate: RosterGate,
    /// The server's time.
    #[schema(value_type = String)]
    pub now: Timestamp,
    /// The phone forgets all this after.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// The rules in force.
    pub rule: Rule,
    /// Keys that sign, and have signed, passes.
    pub keys: Vec<RosterKey>,
    /// Those who live behind the gate.
    pub residents: Vec<RosterResident>,
    /// Passes of the community that have not ended long ago.
    pub passes: Vec<RosterPass>,
    /// Those who are not simply free.
    pub standings: Vec<RosterStanding>,
    /// Exits that still count.
    pub exits: Vec<RosterExit>,
    /// People from outside who are inside now.
    pub inside: Vec<Inside>,
    /// Parcels on the shelf.
    pub parcels: Vec<RosterParcel>,
}

/// The place whose people pass a gate: its compound, or what it lies in.
pub async fn behind(db: &impl ConnectionTrait, gate: &place::Model) -> Result<place::Model> {
    if gate.kind != PlaceKind::Gate {
        return Ok(gate.clone());
    }
    match gate.parent_id {
        Some(parent) => tree::load(db, parent).await,
        None => Ok(gate.clone()),
    }
}

/// The roster of a gate at which the actor stands.
pub async fn load(app: &App, actor: &Actor, id: PlaceId) -> Result<Roster> {
    let on_post = gate::on_post(app, actor, id).await?;
    let db = app.store.read();
    let now = app.now();
    let place = on_post.place;
    let behind = behind(db, &place).await?;
    let names = tree::names(db, [place.community_id]).await?;
    let rule = rule::at(db, &place.path, now).await?;
    let exits = match rule.exits {
        Some(exits) => exits_of(db, place.community_id, now, exits.days).await?,
        None => Vec::new(),
    };
    let shelf = parcels::shelf(db, place.id).await?;
    Ok(Roster {
        gate: RosterGate {
            id: place.id.0,
            name: place.name.clone(),
            compound: behind.name.clone(),
            community: names.get(&place.community_id).cloned().unwrap_or_default(),
            community_id: place.community_id.0,
        },
        now,
        until: on_post.until,
        rule,
        keys: Keys::load(db)
            .await?
            .all()
            .map(|(kid, key)| RosterKey {
                kid: BASE64_URL_SAFE_NO_PAD.encode(kid),
                public: BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes()),
            })
            .collect(),
        residents: residents(app, db, &behind).await?,
        passes: passes(db, place.community_id, now).await?,
        standings: standings(db, place.community_id).await?,
        exits,
        inside: inside::of_gates(app, place.community_id, None, now).await?,
        parcels: shelf.into_iter().map(RosterParcel::from).collect(),
    })
}

/// What tells one state of a roster from another: everything in it but the moment it was asked for.
pub fn version(roster: &Roster) -> Result<String> {
    let mut value = serde_json::to_value(roster).map_err(kit::Problem::internal)?;
    if let Some(map) = value.as_object_mut() {
        map.remove("now");
        // Staff without a shift keep it for hours from now; that alone is no change.
        map.remove("until");
    }
    let digest = Sha256::digest(value.to_string().as_bytes());
    Ok(format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest[..16])))
}

async fn residents(
    app: &App,
    db: &impl ConnectionTrait,
    behind: &place::Model,
) -> Result<Vec<RosterResident>> {
    let homes = household::Entity::find()
        .filter(household::Column::CommunityId.eq(behind.community_id))
        .filter(store::scope::under(&behind.path).path(household::Column::PlacePath))
        .limit(MOST)
        .all(db)
        .await?;
    let flats = flats(db, behind, &homes).await?;
    let homes: HashMap<HouseholdId, household::Model> =
        homes.into_iter().map(|home| (home.id, home)).collect();
    let rows = resident::Entity::find()
        .filter(resident::Column::CommunityId.eq(behind.community_id))
        .order_by_asc(resident::Column::Pinyin)
        .limit(MOST)
        .all(db)
        .await?;
    let end = |sealed: Option<&Vec<u8>>| {
        let whole = numbers::open(&app.cipher, sealed).unwrap_or_default();
        let skip = whole.chars().count().saturating_sub(END);
        whole.chars().skip(skip).collect::<String>()
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let home = homes.get(&row.household_id)?;
            Some(RosterResident {
                id: row.id.0,
                household: row.household_id.0,
                flat: flats.get(&row.household_id).cloned().unwrap_or_default(),
                phone_end: end(row.phone_sealed.as_ref()),
                identity_end: end(row.identity_sealed.as_ref()),
                weak: !home.needs.is_empty() || !row.needs.is_empty() || row.lives_alone,
                name: row.name,
            })
        })
        .collect())
}

/// Building and flat of households, from below the place: `3号楼 2单元 502`.
pub async fn flats(
    db: &impl ConnectionTrait,
    behind: &place::Model,
    homes: &[household::Model],
) -> Result<HashMap<HouseholdId, String>> {
    let below: HashMap<PlaceId, place::Model> = place::Entity::find()
        .filter(store::scope::under(&behind.path).path(place::Column::Path))
        .all(db)
        .await?
        .into_iter()
        .map(|place| (place.id, place))
        .collect();
    Ok(homes
        .iter()
        .map(|home| {
            let mut words = vec![home.label.as_str()];
            let mut at = below.get(&home.place_id);
            while let Some(place) = at.filter(|place| place.id != behind.id) {
                words.push(&place.name);
                at = place.parent_id.and_then(|id| below.get(&id));
            }
            words.reverse();
            (home.id, words.join(" "))
        })
        .collect())
}

/// Passes that count, and those that somebody may still hold in hand.
async fn passes(db: &impl ConnectionTrait, community: PlaceId, now: Timestamp) -> Result<Vec<RosterPass>> {
    let lately = now.minus(std::time::Duration::from_secs(30 * 24 * 3600));
    let rows = pass::Entity::find()
        .filter(pass::Column::CommunityId.eq(community))
        .filter(pass::Column::UntilAt.gt(lately))
        .order_by_asc(pass::Column::Id)
        .limit(MOST * 2)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| RosterPass {
            id: row.id.0,
            number: row.number,
            kind: row.kind,
            resident: row.resident_id.map(|id| id.0),
            household: row.household_id.map(|id| id.0),
            name: if row.resident_id.is_some() {
                String::new()
            } else {
                row.name
            },
            plate: row.plate,
            from: row.from_at,
            until: row.until_at,
            state: row.state,
        })
        .collect())
}

async fn standings(db: &impl ConnectionTrait, community: PlaceId) -> Result<Vec<RosterStanding>> {
    let rows = standing::Entity::find()
        .filter(standing::Column::CommunityId.eq(community))
        .order_by_asc(standing::Column::ResidentId)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let it = Standing::of(&row);
            RosterStanding {
                resident: row.resident_id.0,
                confined: it.confined.map(RosterSpan::from),
                permit: it.permit.map(RosterSpan::from),
            }
        })
        .filter(|it| it.confined.is_some() || it.permit.is_some())
        .collect())
}

async fn exits_of(
    db: &impl ConnectionTrait,
    community: PlaceId,
    now: Timestamp,
    days: i64,
) -> Result<Vec<RosterExit>> {
    let span = std::time::Duration::from_secs(u64::try_from(days).unwrap_or(0) * 24 * 3600);
    let rows: Vec<(Option<HouseholdId>, Option<ResidentId>, Timestamp)> = passage::Entity::find()
        .select_only()
        .columns([
            passage::Column::HouseholdId,
            passage::Column::ResidentId,
            passage::Column::At,
        ])
        .filter(passage::Column::CommunityId.eq(community))
        .filter(passage::Column::At.gt(now.minus(span)))
        .filter(passage::Column::Inward.eq(false))
        .filter(passage::Column::Go.eq(true))
        // A permit or an order does not use up the household's exit.
        .filter(passage::Column::Despite.eq(""))
        .filter(passage::Column::HouseholdId.is_not_null())
        .order_by_asc(passage::Column::At)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(household, resident, at)| {
            Some(RosterExit {
                household: household?.0,
                resident: resident.map(|id| id.0),
                at,
            })
        })
        .collect())
}
