//! What a phone at a lane holds: who is to be sampled on the round, and which tubes are in use.

use std::{collections::HashMap, sync::LazyLock};

use accounts::Actor;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use gates::{
    model::{PassKind, PassState, pass},
    pass::keys::Keys,
    roster::RosterKey,
};
use kit::{
    Problem, Result, Timestamp,
    id::{HouseholdId, PlaceId, ResidentId, RoundId, ShiftId},
};
use muster::model::{Duty, post, shift};
use parking_lot::Mutex;
use people::{model::resident, numbers};
use rounds::{
    kind::{Reach, RoundKind},
    model::{piece, round, target},
    queries::touches,
    work::{self, Area},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use shell::App;
use utoipa::ToSchema;

use crate::{
    model::{hand_over, tube},
    queue,
};

/// People in one list at most.
pub const MOST: u64 = 30_000;
/// Digits of a number by which somebody is found.
const END: usize = 4;

/// A lane at which somebody stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Lane {
    /// The round.
    #[schema(value_type = uuid::Uuid)]
    pub round: RoundId,
    /// Its name.
    pub name: String,
    /// The place of the lane.
    #[schema(value_type = uuid::Uuid)]
    pub site: PlaceId,
    /// Its name.
    pub place: String,
    /// The post, such as `3号采样通道`; empty for staff.
    pub lane: String,
    /// The shift; none for staff.
    pub shift: Option<uuid::Uuid>,
    /// Until when the phone may hold its list.
    #[schema(value_type = String)]
    pub until: Timestamp,
}

/// Somebody to be sampled.
#[derive(Debug, Serialize, ToSchema)]
pub struct LanePerson {
    /// The target.
    pub target: uuid::Uuid,
    /// The piece in which they live.
    pub piece: uuid::Uuid,
    /// Household.
    pub household: Option<uuid::Uuid>,
    /// Name.
    pub name: String,
    /// Building and flat.
    pub flat: String,
    /// Last four digits of the telephone number.
    pub phone_end: String,
    /// Last four characters of the identity number.
    pub identity_end: String,
    /// Number of the card of their pass; empty for none.
    pub number: String,
    /// Done with on this round: sampled, exempt, moved.
    pub last: bool,
}

/// A tube in use.
#[derive(Debug, Serialize, ToSchema)]
pub struct LaneTube {
    /// Code.
    pub code: String,
    /// How many it takes; 0 for a household.
    pub capacity: i64,
    /// How many are in it.
    pub taken: i64,
    /// Closed.
    pub sealed: bool,
    /// The lane at which it was begun.
    pub lane: String,
    /// Box in which it lies; empty for none.
    #[serde(rename = "box")]
    pub crate_: String,
}

/// What a phone at a lane holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct LaneList {
    /// The lane.
    pub lane: Lane,
    /// The server's time.
    #[schema(value_type = String)]
    pub now: Timestamp,
    /// Keys with which passes are verified.
    pub keys: Vec<RosterKey>,
    /// Community whose passes count.
    pub community: uuid::Uuid,
    /// Those to be sampled.
    pub people: Vec<LanePerson>,
    /// Tubes in use on the round.
    pub tubes: Vec<LaneTube>,
    /// Boxes that were handed over at this place since the round opened.
    pub handed: Vec<String>,
    /// People who have drawn a number and wait.
    pub waiting: i64,
}

/// The lanes at which the actor may stand now: posts of that duty on their shifts, and for staff the place of the round.
pub async fn lanes(app: &App, actor: &Actor) -> Result<Vec<Lane>> {
    let db = app.store.read();
    let areas = work::areas(db, actor, app.now()).await?;
    let open = round::Entity::find()
        .filter(round::Column::Kind.eq(RoundKind::Sampling))
        .filter(round::Column::Reach.eq(Reach::Residents))
        .filter(round::Column::ClosedAt.is_null())
        .order_by_asc(round::Column::DeadlineAt)
        .all(db)
        .await?;
    let posts = posts(db, &areas).await?;
    let places = places::tree::names(
        db,
        posts
            .values()
            .map(|post| post.place_id)
            .chain(open.iter().map(|round| round.place_id)),
    )
    .await?;
    let name = |id: PlaceId| places.get(&id).cloned().unwrap_or_default();
    let mut lanes = Vec::new();
    for round in open {
        for area in &areas {
            let lane = match area.shift {
                Some(shift) => {
                    let Some(post) = posts.get(&shift) else { continue };
                    if !touches(&store::scope::under(&post.place_path), &round.place_path) {
                        continue;
                    }
                    (post.place_id, post.name.clone(), Some(shift.0))
                }
                None if round.place_path.starts_with(&area.path) => (round.place_id, String::new(), None),
                None => continue,
            };
            lanes.push(Lane {
                round: round.id,
                name: round.name.clone(),
                site: lane.0,
                place: name(lane.0),
                lane: lane.1,
                shift: lane.2,
                until: area.until,
            });
        }
    }
    Ok(lanes)
}

async fn posts(db: &impl ConnectionTrait, areas: &[Area]) -> Result<HashMap<ShiftId, post::Model>> {
    let shifts: Vec<ShiftId> = areas.iter().filter_map(|area| area.shift).collect();
    let rows: Vec<(ShiftId, kit::id::PostId)> = shift::Entity::find()
        .select_only()
        .columns([shift::Column::Id, shift::Column::PostId])
        .filter(shift::Column::Id.is_in(shifts))
        .into_tuple()
        .all(db)
        .await?;
    let posts = muster::queries::posts_of(db, rows.iter().map(|(_, post)| *post)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(shift, post)| Some((shift, posts.get(&post)?.clone())))
        .filter(|(_, post)| post.duty == Duty::Lane)
        .collect())
}

/// What a phone at this lane holds; "not found" for a lane that is not the actor's.
pub async fn list(app: &App, actor: &Actor, id: RoundId, site: PlaceId) -> Result<LaneList> {
    let lane = lanes(app, actor)
        .await?
        .into_iter()
        .find(|lane| lane.round == id && lane.site == site)
        .ok_or_else(Problem::not_found)?;
    let db = app.store.read();
    let place = places::tree::load(db, site).await?;
    let community = places::tree::load(db, place.community_id).await?;
    let targets = target::Entity::find()
        .filter(target::Column::RoundId.eq(id))
        .filter(target::Column::CommunityId.eq(community.id))
        .order_by_asc(target::Column::Label)
        .order_by_asc(target::Column::Id)
        .limit(MOST)
        .all(db)
        .await?;
    let names: HashMap<kit::id::PieceId, String> = piece::Entity::find()
        .select_only()
        .columns([piece::Column::Id, piece::Column::Name])
        .filter(piece::Column::RoundId.eq(id))
        .filter(piece::Column::CommunityId.eq(community.id))
        .into_tuple::<(kit::id::PieceId, String)>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let waiting = queue::people(&queue::waiting(db, id, site, app.now()).await?);
    let opened = round::Entity::find_by_id(id)
        .one(db)
        .await?
        .map_or(app.now(), |row| row.opened_at);
    let handed = hand_over::Entity::find()
        .select_only()
        .column(hand_over::Column::CrateCode)
        .filter(hand_over::Column::CommunityId.eq(community.id))
        .filter(hand_over::Column::SiteId.eq(site))
        .filter(hand_over::Column::At.gte(opened))
        .into_tuple()
        .all(db)
        .await?;
    let ends = ends(app, community.id).await?;
    let cards = cards(db, community.id, app.now()).await?;
    let tubes = tube::Entity::find()
        .filter(tube::Column::RoundId.eq(id))
        .filter(tube::Column::CommunityId.eq(community.id))
        .all(db)
        .await?;
    Ok(LaneList {
        lane,
        now: app.now(),
        keys: Keys::load(db)
            .await?
            .all()
            .map(|(kid, key)| RosterKey {
                kid: BASE64_URL_SAFE_NO_PAD.encode(kid),
                public: BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes()),
            })
            .collect(),
        community: community.id.0,
        people: targets
            .into_iter()
            .map(|row| {
                let (phone_end, identity_end) = ends.get(&row.id.0).cloned().unwrap_or_default();
                let building = names.get(&row.piece_id).cloned().unwrap_or_default();
                let flat = [building.as_str(), &row.unit, &row.label]
                    .into_iter()
                    .filter(|word| !word.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ");
                LanePerson {
                    target: row.id.0,
                    piece: row.piece_id.0,
                    household: row.household_id.map(|id: HouseholdId| id.0),
                    number: cards.get(&row.id.0).cloned().unwrap_or_default(),
                    name: row.name,
                    flat,
                    phone_end,
                    identity_end,
                    last: row.last,
                }
            })
            .collect(),
        tubes: tubes
            .into_iter()
            .map(|row| LaneTube {
                code: row.code,
                capacity: row.capacity,
                taken: row.taken,
                sealed: row.sealed_at.is_some(),
                lane: row.lane,
                crate_: row.crate_code,
            })
            .collect(),
        handed,
        waiting,
    })
}

/// Ends of numbers remembered at most.
const REMEMBERED: usize = 400_000;

/// Ends of numbers by the number as it is kept: a list is asked for every few seconds, and hardly ever has a number
/// changed. What is kept is encrypted with a nonce, so it says nothing without the key.
static ENDS: LazyLock<Mutex<HashMap<Vec<u8>, String>>> = LazyLock::new(Mutex::default);

fn end(app: &App, sealed: Option<&Vec<u8>>) -> Result<String> {
    let Some(sealed) = sealed else {
        return Ok(String::new());
    };
    if let Some(end) = ENDS.lock().get(sealed) {
        return Ok(end.clone());
    }
    let number = numbers::open(&app.cipher, Some(sealed))?;
    let n = number.chars().count();
    let end: String = number.chars().skip(n.saturating_sub(END)).collect();
    let mut ends = ENDS.lock();
    if ends.len() >= REMEMBERED {
        ends.clear();
    }
    ends.insert(sealed.clone(), end.clone());
    Ok(end)
}

/// The ends of telephone and identity numbers of a community's residents.
async fn ends(app: &App, community: PlaceId) -> Result<HashMap<uuid::Uuid, (String, String)>> {
    let rows: Vec<(ResidentId, Option<Vec<u8>>, Option<Vec<u8>>)> = resident::Entity::find()
        .select_only()
        .columns([
            resident::Column::Id,
            resident::Column::PhoneSealed,
            resident::Column::IdentitySealed,
        ])
        .filter(resident::Column::CommunityId.eq(community))
        .into_tuple()
        .all(app.store.read())
        .await?;
    rows.into_iter()
        .map(|(id, phone, identity)| Ok((id.0, (end(app, phone.as_ref())?, end(app, identity.as_ref())?))))
        .collect()
}

async fn cards(
    db: &impl ConnectionTrait,
    community: PlaceId,
    now: Timestamp,
) -> Result<HashMap<uuid::Uuid, String>> {
    let rows: Vec<(Option<kit::id::ResidentId>, String)> = pass::Entity::find()
        .select_only()
        .columns([pass::Column::ResidentId, pass::Column::Number])
        .filter(pass::Column::CommunityId.eq(community))
        .filter(pass::Column::Kind.eq(PassKind::Resident))
        .filter(pass::Column::State.eq(PassState::Active))
        .filter(pass::Column::UntilAt.gt(now))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(resident, number)| Some((resident?.0, number)))
        .collect())
}
