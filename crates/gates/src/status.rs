//! "May I pass": what is known of passes and people, held in memory, so that turnstiles and other programs may ask as
//! often as they like. Changes made on any server are here within a second ([`Memory::follow`]).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use accounts::Actor;
use kit::{
    Problem, Recent, Result, Timestamp,
    id::{HouseholdId, PassId, PlaceId, ResidentId, ShiftId, UserId},
};
use parking_lot::{Mutex, RwLock};
use people::{
    model::{resident, standing},
    standing::Standing,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::App;

use crate::{
    body::{Decision, Direction},
    decide::{self, Asked, Kind, Seen, Span, Trust},
    gate::{self, Gate, Known},
    model::{PassKind, PassState, pass, passage},
    pass::{code, keys::Keys},
    rule::{self, Exits, Rule},
    scan,
};

/// How often changes are looked for.
const EVERY: Duration = Duration::from_millis(300);
/// Changes are looked for from so long before the last one seen: servers' clocks differ, and transactions end in
/// another order than they began.
const OVERLAP: Duration = Duration::from_secs(10);
/// Rules and rights are remembered so long, in milliseconds.
const FRESH: i64 = 1_000;

/// A pass in memory.
#[derive(Debug, Clone)]
struct Card {
    kind: PassKind,
    state: PassState,
    resident: Option<ResidentId>,
    household: Option<HouseholdId>,
    from: Timestamp,
    until: Timestamp,
}

impl Card {
    fn of(row: &pass::Model) -> Self {
        Self {
            kind: row.kind,
            state: row.state,
            resident: row.resident_id,
            household: row.household_id,
            from: row.from_at,
            until: row.until_at,
        }
    }
}

/// One community in memory.
#[derive(Debug, Default)]
struct Held {
    cards: HashMap<PassId, Card>,
    numbers: HashMap<String, PassId>,
    residents: HashMap<ResidentId, HouseholdId>,
    standings: HashMap<ResidentId, Standing>,
    seen: Timestamp,
}

impl Held {
    fn take(&mut self, row: &pass::Model) {
        self.numbers.insert(row.number.clone(), row.id);
        self.cards.insert(row.id, Card::of(row));
        self.seen = self.seen.max(row.updated_at);
    }

    fn stand(&mut self, row: &standing::Model) {
        let standing = Standing::of(row);
        if standing == Standing::default() {
            self.standings.remove(&row.resident_id);
        } else {
            self.standings.insert(row.resident_id, standing);
        }
        self.seen = self.seen.max(row.updated_at);
    }
}

/// The communities asked about, in memory; cheap to clone.
#[derive(Clone, Default)]
pub struct Memory(Arc<Parts>);

#[derive(Default)]
struct Parts {
    communities: RwLock<HashMap<PlaceId, Arc<RwLock<Held>>>>,
    known: Known,
    rules: Recent<PlaceId, Rule, FRESH>,
    rights: Mutex<HashMap<(UserId, PlaceId), (Option<ShiftId>, Timestamp)>>,
    keys: Recent<(), Arc<Keys>, FRESH>,
}

/// What was decided about a scanned code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Go or stop.
    pub decision: Decision,
    /// What stands against it; empty when nothing does.
    pub reason: &'static str,
    /// The resident who holds the pass.
    pub resident: Option<ResidentId>,
    /// The pass; none when the code cannot be believed.
    pub pass: Option<PassId>,
    /// The actor's shift at the gate.
    pub shift: Option<ShiftId>,
    /// The gate's community.
    pub community: PlaceId,
}

/// What is known of somebody.
struct Found {
    card: Option<Card>,
    resident: Option<ResidentId>,
    household: Option<HouseholdId>,
    standing: Standing,
}

impl Found {
    fn asked(
        &self,
        direction: Direction,
        temperature: Option<i64>,
        exits_left: Option<i64>,
        rule: Rule,
        now: Timestamp,
    ) -> Asked {
        let kind = match (self.resident, self.card.as_ref().map(|card| card.kind)) {
            (Some(_), _) | (None, Some(PassKind::Resident)) => Kind::Resident,
            (None, Some(PassKind::Vehicle)) => Kind::Vehicle,
            (None, Some(PassKind::Worker)) => Kind::Worker,
            (None, Some(PassKind::Visitor)) => Kind::Visitor,
            (None, None) => Kind::Unknown,
        };
        let span = |span: &people::standing::Span| Span {
            from: span.from,
            until: span.until,
        };
        Asked {
            direction,
            kind,
            pass: self.card.as_ref().map(|card| Seen {
                state: card.state.name().to_owned(),
                from: card.from,
                until: card.until,
                trust: Trust::Ok,
            }),
            confined: self.standing.confined.as_ref().map(span),
            permit: self.standing.permit.as_ref().map(span),
            exits_left,
            temperature,
            health: None,
            travel: None,
            mask: None,
            boot: None,
            car: false,
            rule,
            now,
        }
    }
}

/// Exits that somebody's household has left, where they are limited and asked about.
async fn exits(
    app: &App,
    community: PlaceId,
    found: &Found,
    rule: &Rule,
    direction: Direction,
    now: Timestamp,
) -> Result<Option<i64>> {
    match (rule.exits, found.household, direction) {
        (Some(exits), Some(household), Direction::Out) => {
            exits_left(app, community, household, exits, now).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Who asks to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The holder of this pass.
    Pass(PassId),
    /// The holder of the card of this number.
    Number(String),
    /// A resident.
    Resident(ResidentId),
}

impl Memory {
    /// Go or stop, and what stands against it. "Not found" for a gate that is not the actor's, and for somebody nobody
    /// knows there.
    pub async fn ask(
        &self,
        app: &App,
        actor: &Actor,
        id: PlaceId,
        who: &Who,
        direction: Direction,
    ) -> Result<(Decision, &'static str)> {
        let now = app.now();
        let (gate, _) = self.gate(app, actor, id, now).await?;
        let rule = self.rule(app, id, &gate, now).await?;
        let found = self
            .find(app, gate.community, who)
            .await?
            .ok_or_else(Problem::not_found)?;
        let exits_left = exits(app, gate.community, &found, &rule, direction, now).await?;
        Ok(decide::decide(
            &found.asked(direction, None, exits_left, rule, now),
        ))
    }

    /// The same of a scanned code: it is verified first. One that cannot be believed is stopped, whoever shows it.
    pub async fn judge(
        &self,
        app: &App,
        actor: &Actor,
        id: PlaceId,
        code: &str,
        direction: Direction,
        temperature: Option<i64>,
    ) -> Result<Judged> {
        let now = app.now();
        let (gate, shift) = self.gate(app, actor, id, now).await?;
        let stopped = |reason, pass, resident| Judged {
            decision: Decision::Stop,
            reason,
            resident,
            pass,
            shift,
            community: gate.community,
        };
        let keys = self.keys(app, now).await?;
        let claims = match code::verify(code, |kid| keys.get(kid)) {
            Ok(claims) => claims,
            Err(why) => return Ok(stopped(scan::unreadable(why), None, None)),
        };
        if claims.community != gate.community {
            return Ok(stopped("pass-foreign", Some(claims.id), None));
        }
        let Some(found) = self.find(app, gate.community, &Who::Pass(claims.id)).await? else {
            // Signed by us and not in our book: the database is older than the pass.
            return Ok(stopped("pass-foreign", Some(claims.id), None));
        };
        let rule = self.rule(app, id, &gate, now).await?;
        let exits_left = exits(app, gate.community, &found, &rule, direction, now).await?;
        let (decision, reason) = decide::decide(&found.asked(direction, temperature, exits_left, rule, now));
        Ok(Judged {
            decision,
            reason,
            resident: found.resident,
            pass: Some(claims.id),
            shift,
            community: gate.community,
        })
    }

    /// What is known of somebody at the gates of a community.
    async fn find(&self, app: &App, community: PlaceId, who: &Who) -> Result<Option<Found>> {
        let held = self.community(app, community).await?;
        let held = held.read();
        let card = match who {
            Who::Pass(id) => held.cards.get(id),
            Who::Number(number) => held.numbers.get(number).and_then(|id| held.cards.get(id)),
            Who::Resident(_) => None,
        };
        let resident = match who {
            Who::Resident(id) => held.residents.contains_key(id).then_some(*id),
            _ => card.and_then(|card| card.resident),
        };
        if card.is_none() && resident.is_none() {
            return Ok(None);
        }
        let household = resident
            .and_then(|id| held.residents.get(&id).copied())
            .or(card.and_then(|card| card.household));
        let standing = resident
            .and_then(|id| held.standings.get(&id).cloned())
            .unwrap_or_default();
        Ok(Some(Found {
            card: card.cloned(),
            resident,
            household,
            standing,
        }))
    }

    async fn keys(&self, app: &App, now: Timestamp) -> Result<Arc<Keys>> {
        if let Some(keys) = self.0.keys.get(&(), now) {
            return Ok(keys);
        }
        let keys = Arc::new(Box::pin(Keys::load(app.store.read())).await?);
        self.0.keys.put((), keys.clone(), now);
        Ok(keys)
    }

    /// The gate, and the actor's shift there (none for staff): "not found" when it is not theirs.
    async fn gate(
        &self,
        app: &App,
        actor: &Actor,
        id: PlaceId,
        now: Timestamp,
    ) -> Result<(Gate, Option<ShiftId>)> {
        let mut found = self.0.known.of(app, &HashSet::from([id])).await?;
        let gate = found.remove(&id).ok_or_else(Problem::not_found)?;
        if actor.may(kit::Role::STAFF, &gate.path) {
            return Ok((gate, None));
        }
        let key = (actor.user_id.unwrap_or_default(), id);
        if let Some((shift, seen)) = self.0.rights.lock().get(&key).copied()
            && now.since(seen).abs() < FRESH
        {
            return Ok((gate, shift));
        }
        let shift = Box::pin(gate::on_post(app, actor, id)).await?.shift;
        let mut rights = self.0.rights.lock();
        rights.retain(|_, (_, seen)| now.since(*seen).abs() < FRESH);
        rights.insert(key, (shift, now));
        Ok((gate, shift))
    }

    async fn rule(&self, app: &App, id: PlaceId, gate: &Gate, now: Timestamp) -> Result<Rule> {
        if let Some(rule) = self.0.rules.get(&id, now) {
            return Ok(rule);
        }
        let rule = Box::pin(rule::at(app.store.read(), &gate.path, now)).await?;
        self.0.rules.put(id, rule.clone(), now);
        Ok(rule)
    }

    async fn community(&self, app: &App, id: PlaceId) -> Result<Arc<RwLock<Held>>> {
        if let Some(held) = self.0.communities.read().get(&id) {
            return Ok(held.clone());
        }
        let db = app.store.read();
        let mut held = Held {
            seen: app.now().minus(OVERLAP),
            ..Held::default()
        };
        let residents: Vec<(ResidentId, HouseholdId)> = resident::Entity::find()
            .select_only()
            .columns([resident::Column::Id, resident::Column::HouseholdId])
            .filter(resident::Column::CommunityId.eq(id))
            .into_tuple()
            .all(db)
            .await?;
        held.residents = residents.into_iter().collect();
        let cards = pass::Entity::find().filter(pass::Column::CommunityId.eq(id));
        for row in cards.all(db).await? {
            held.take(&row);
        }
        let standings = standing::Entity::find().filter(standing::Column::CommunityId.eq(id));
        for row in standings.all(db).await? {
            held.stand(&row);
        }
        let held = Arc::new(RwLock::new(held));
        Ok(self.0.communities.write().entry(id).or_insert(held).clone())
    }

    /// Takes in what has changed, on this server and on others; returns how many rows.
    pub async fn refresh(&self, app: &App) -> Result<usize> {
        let communities: Vec<(PlaceId, Arc<RwLock<Held>>)> = self
            .0
            .communities
            .read()
            .iter()
            .map(|(id, held)| (*id, held.clone()))
            .collect();
        let Some(seen) = communities.iter().map(|(_, held)| held.read().seen).min() else {
            return Ok(0);
        };
        let since = seen.minus(OVERLAP);
        let by_id: HashMap<PlaceId, Arc<RwLock<Held>>> = communities.into_iter().collect();
        let db = app.store.read();
        let cards = pass::Entity::find()
            .filter(pass::Column::UpdatedAt.gt(since))
            .order_by_asc(pass::Column::UpdatedAt)
            .all(db)
            .await?;
        let standings = standing::Entity::find()
            .filter(standing::Column::UpdatedAt.gt(since))
            .order_by_asc(standing::Column::UpdatedAt)
            .all(db)
            .await?;
        let changed = cards.len() + standings.len();
        for row in &cards {
            if let Some(held) = by_id.get(&row.community_id) {
                held.write().take(row);
            }
        }
        for row in &standings {
            if let Some(held) = by_id.get(&row.community_id) {
                held.write().stand(row);
            }
        }
        // What lies behind now has been seen.
        let seen = app.now().minus(OVERLAP);
        for held in by_id.values() {
            let mut held = held.write();
            held.seen = held.seen.max(seen);
        }
        Ok(changed)
    }

    /// Follows changes for ever. Residents who move in or out are taken in when a community is forgotten, which
    /// happens every ten minutes.
    pub async fn follow(self, app: App) {
        let mut forgotten = app.now();
        loop {
            tokio::time::sleep(EVERY).await;
            if app.now().since(forgotten) > 600_000 {
                self.0.communities.write().clear();
                forgotten = app.now();
            }
            if let Err(problem) = self.refresh(&app).await {
                // Stale is worse than slow: whoever asks next loads anew.
                self.0.communities.write().clear();
                tracing::warn!(error = %problem, "could not follow changes of passes");
            }
        }
    }
}

/// Exits that a household has left.
pub async fn exits_left(
    app: &App,
    community: PlaceId,
    household: HouseholdId,
    exits: Exits,
    now: Timestamp,
) -> Result<i64> {
    let span = Duration::from_secs(u64::try_from(exits.days).unwrap_or(0) * 24 * 3600);
    let used = passage::Entity::find()
        .filter(passage::Column::CommunityId.eq(community))
        .filter(passage::Column::HouseholdId.eq(household))
        .filter(passage::Column::At.gt(now.minus(span)))
        .filter(passage::Column::Inward.eq(false))
        .filter(passage::Column::Go.eq(true))
        .filter(passage::Column::Despite.eq(""))
        .count(app.store.read())
        .await?;
    Ok(exits.persons - i64::try_from(used).unwrap_or(i64::MAX))
}
