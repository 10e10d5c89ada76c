//! Who may record what on a shift: the shift and its names, kept in memory for a moment.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use accounts::Actor;
use kit::{
    Recent, Result, Role,
    id::{HelperId, OrgId, PlaceId, ShiftId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::App;

use crate::model::{activity, assignment, shift};

/// How long a shift may be remembered, in milliseconds.
const FRESH: i64 = 1_000;

/// A shift with its names.
#[derive(Debug, Clone)]
pub struct Roster {
    /// Community of its place.
    pub community: PlaceId,
    /// Path of its place.
    pub path: String,
    /// Names on it: organisation, and whether they lead.
    pub names: HashMap<HelperId, (Option<OrgId>, bool)>,
}

impl Roster {
    /// Whether the actor may record something about this helper on this shift.
    pub fn admits(&self, actor: &Actor, helper: HelperId) -> bool {
        if actor.may(Role::STAFF, &self.path) {
            return true;
        }
        let own = actor.helper_id == Some(helper);
        let here = actor.may(&[Role::Helper, Role::TeamLeader], &self.path);
        if own && (here || self.names.contains_key(&helper)) {
            return true;
        }
        let Some((org, _)) = self.names.get(&helper) else {
            return false;
        };
        let led = actor.may(&[Role::TeamLeader], &self.path)
            && org.is_some_and(|org| actor.orgs(&[Role::TeamLeader]).contains(&org));
        led || self.leads(actor) || org.is_some_and(|org| actor.orgs(&[Role::Coordinator]).contains(&org))
    }

    /// Whether the actor leads on this shift.
    pub fn leads(&self, actor: &Actor) -> bool {
        actor
            .helper_id
            .and_then(|helper| self.names.get(&helper))
            .is_some_and(|(_, leader)| *leader)
    }

    /// Whether the actor's name is on this shift.
    pub fn lists(&self, actor: &Actor) -> bool {
        actor
            .helper_id
            .is_some_and(|helper| self.names.contains_key(&helper))
    }
}

/// Shifts by id.
#[derive(Debug, Clone, Default)]
pub struct Rosters(Recent<ShiftId, Arc<Roster>, FRESH>);

impl Rosters {
    /// The rosters of these shifts; shifts that do not exist are missing. `fresh` asks the database.
    pub async fn of(
        &self,
        app: &App,
        shifts: &HashSet<ShiftId>,
        fresh: bool,
    ) -> Result<HashMap<ShiftId, Arc<Roster>>> {
        let now = app.now();
        let (mut found, wanted) = if fresh {
            (HashMap::new(), shifts.clone())
        } else {
            self.0.split(shifts, now)
        };
        if wanted.is_empty() {
            return Ok(found);
        }
        let loaded = Box::pin(load(app, &wanted)).await?;
        self.0.keep(&wanted, loaded.clone(), now);
        found.extend(loaded);
        Ok(found)
    }
}

async fn load(app: &App, wanted: &HashSet<ShiftId>) -> Result<HashMap<ShiftId, Arc<Roster>>> {
    let db = app.store.read();
    let shifts = shift::Entity::find()
        .filter(shift::Column::Id.is_in(wanted.iter().copied()))
        .all(db)
        .await?;
    let names = assignment::Entity::find()
        .filter(assignment::Column::CommunityId.is_in(shifts.iter().map(|shift| shift.community_id)))
        .filter(assignment::Column::ShiftId.is_in(wanted.iter().copied()))
        .all(db)
        .await?;
    let mut by_shift: HashMap<ShiftId, HashMap<HelperId, (Option<OrgId>, bool)>> = HashMap::new();
    for name in names {
        by_shift
            .entry(name.shift_id)
            .or_default()
            .insert(name.helper_id, (name.org_id, name.leader));
    }
    Ok(shifts
        .into_iter()
        .map(|shift| {
            let names = by_shift.remove(&shift.id).unwrap_or_default();
            (
                shift.id,
                Arc::new(Roster {
                    community: shift.community_id,
                    path: shift.place_path,
                    names,
                }),
            )
        })
        .collect())
}

/// Codes of activities that may be counted.
#[derive(Debug, Clone, Default)]
pub struct Activities(Recent<(), Arc<HashSet<String>>, FRESH>);

impl Activities {
    /// The codes, also those no longer offered: an offline phone may still send one.
    pub async fn codes(&self, app: &App) -> Result<Arc<HashSet<String>>> {
        let now = app.now();
        if let Some(codes) = self.0.get(&(), now) {
            return Ok(codes);
        }
        let rows = Box::pin(activity::Entity::find().all(app.store.read())).await?;
        let codes = Arc::new(rows.into_iter().map(|row| row.code).collect::<HashSet<_>>());
        self.0.put((), codes.clone(), now);
        Ok(codes)
    }
}
