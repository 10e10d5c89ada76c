//! What a plan is made from, within what the actor may arrange.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use kit::{
    Day, Result, Timestamp,
    id::{CallId, HelperId, LoopId, OrgId, PlaceId, PostId, ShiftId},
};
use people::model::helper;
use places::model::place;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use store::Scope;

use crate::{
    loops::{rules::Running, stays},
    model::{assignment, call, call_org, post, shift},
    plan::{
        Ask, MOST_HELPERS, MOST_SHIFTS, Rights, later, nothing,
        rows::{Duty, HelperRow, NEAR_DAYS, PAST_DAYS, Rows, ShiftRow, StayRow},
    },
    queries,
    times::{
        self,
        model::{absence, week, wishes},
    },
};

/// Ids in one statement.
const STEP: usize = 500;

/// Shifts of some days with their names, as the actor may see them.
#[derive(Debug, Clone, Default)]
pub struct Shifts {
    /// The shifts, by beginning.
    pub shifts: Vec<shift::Model>,
    /// There are more than a plan takes.
    pub more: bool,
    /// Their posts.
    pub posts: HashMap<PostId, post::Model>,
    /// Where the posts are.
    pub spots: HashMap<PostId, String>,
    /// Names the actor may see.
    pub names: HashMap<ShiftId, Vec<HelperId>>,
    /// How many others stand there.
    pub hidden: HashMap<ShiftId, i64>,
    /// Names of helpers.
    pub words: HashMap<HelperId, String>,
}

/// Where the plan looks: the chosen place, within what the actor may arrange.
async fn base(db: &impl ConnectionTrait, ask: &Ask) -> Result<Scope> {
    Ok(match ask.place {
        Some(id) => store::scope::under(&places::tree::load(db, id).await?.path),
        None => Scope::Everything,
    })
}

/// The shifts that are asked for.
pub async fn shifts(db: &impl ConnectionTrait, rights: &Rights, ask: &Ask) -> Result<Shifts> {
    let base = base(db, ask).await?;
    let mut found = shift::Entity::find()
        .filter(rights.shifts())
        .filter(base.path(shift::Column::PlacePath))
        .filter(shift::Column::Cancelled.eq(false))
        // By the beginning, which has an index of its own: the day of a shift is that of its beginning.
        .filter(shift::Column::StartsAt.gte(ask.from.start()))
        .filter(shift::Column::StartsAt.lt(later(ask.to, 1).start()))
        .order_by_asc(shift::Column::StartsAt)
        .order_by_asc(shift::Column::Id)
        .limit(MOST_SHIFTS as u64 + 1)
        .all(db)
        .await?;
    let more = found.len() > MOST_SHIFTS;
    found.truncate(MOST_SHIFTS);
    let posts = queries::posts_of(db, found.iter().map(|shift| shift.post_id)).await?;
    let spots = queries::spots(db, posts.values()).await?;
    let mut names: HashMap<ShiftId, Vec<HelperId>> = HashMap::new();
    let mut hidden: HashMap<ShiftId, i64> = HashMap::new();
    for some in found.chunks(STEP) {
        let paths: HashMap<ShiftId, &str> = some.iter().map(|s| (s.id, s.place_path.as_str())).collect();
        let communities: HashSet<PlaceId> = some.iter().map(|shift| shift.community_id).collect();
        let rows: Vec<(ShiftId, HelperId, Option<OrgId>)> = assignment::Entity::find()
            .select_only()
            .columns([
                assignment::Column::ShiftId,
                assignment::Column::HelperId,
                assignment::Column::OrgId,
            ])
            .filter(assignment::Column::CommunityId.is_in(communities))
            .filter(assignment::Column::ShiftId.is_in(paths.keys().copied()))
            .order_by_asc(assignment::Column::At)
            .order_by_asc(assignment::Column::HelperId)
            .into_tuple()
            .all(db)
            .await?;
        for (shift, helper, org) in rows {
            if rights.sees(paths.get(&shift).copied().unwrap_or_default(), org) {
                names.entry(shift).or_default().push(helper);
            } else {
                *hidden.entry(shift).or_default() += 1;
            }
        }
    }
    let words = people::queries::helper_names(db, names.values().flatten().copied()).await?;
    Ok(Shifts {
        shifts: found,
        more,
        posts,
        spots,
        names,
        hidden,
        words,
    })
}

/// What a plan is made from, and the words for it.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Rows for the model.
    pub rows: Rows,
    /// The helpers themselves, in the order of the rows.
    pub helpers: Vec<helper::Model>,
    /// There are more helpers than a plan takes.
    pub more: bool,
}

/// Loads what a plan of these shifts is made from.
pub async fn rows(
    db: &impl ConnectionTrait,
    actor: &Actor,
    rights: &Rights,
    ask: &Ask,
    found: &Shifts,
    now: Timestamp,
) -> Result<Loaded> {
    let (helpers, more) = helpers(db, actor, rights, ask, found).await?;
    let ids: Vec<HelperId> = helpers.iter().map(|helper| helper.id).collect();
    let wanted = skills(db, &found.shifts).await?;
    let posts: Vec<PostId> = found.posts.keys().copied().collect();
    let mut loops = Loops::load(db, &ids, &posts, ask).await?;
    let shifts = found
        .shifts
        .iter()
        .map(|row| ShiftRow {
            id: row.id,
            place_path: row.place_path.clone(),
            org: row.org_id,
            day: row.day,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            needed: row.needed,
            hidden: found.hidden.get(&row.id).copied().unwrap_or(0),
            skills: row
                .call_id
                .and_then(|call| wanted.get(&call).cloned())
                .unwrap_or_default(),
            closed_loop: loops.of(row),
            open: row.starts_at > now,
        })
        .collect();
    let rows = Rows {
        from: ask.from,
        shifts,
        helpers: helper_rows(db, &helpers, &ids, ask, &mut loops).await?,
        duties: duties(db, &ids, ask).await?,
    };
    Ok(Loaded { rows, helpers, more })
}

/// Everybody who might stand on these shifts: for staff, who lives there, whose organisation pledged or has
/// shifts kept for it, or who stands on one of them, as far as they may change these helpers; for a
/// coordinator, the people of the organisation. Whose name the actor sees on the shifts is always among them.
async fn helpers(
    db: &impl ConnectionTrait,
    actor: &Actor,
    rights: &Rights,
    ask: &Ask,
    found: &Shifts,
) -> Result<(Vec<helper::Model>, bool)> {
    let standing: HashSet<HelperId> = found.names.values().flatten().copied().collect();
    let standing: Vec<HelperId> = standing.into_iter().collect();
    let mut all: Vec<helper::Model> = Vec::new();
    for some in standing.chunks(STEP) {
        all.extend(
            helper::Entity::find()
                .filter(helper::Column::Id.is_in(some.iter().copied()))
                .all(db)
                .await?,
        );
    }
    let known: HashSet<HelperId> = standing.iter().copied().collect();
    let staff = if rights.staff == Scope::Nothing {
        nothing()
    } else {
        let base = match base(db, ask).await? {
            Scope::Everything => rights.staff.clone(),
            within => within,
        };
        Condition::all()
            .add(people::scope::helper_rights(actor))
            .add(near(db, &base, found).await?)
    };
    let own = if rights.orgs.is_empty() {
        nothing()
    } else {
        Condition::all().add(helper::Column::OrgId.is_in(rights.orgs.iter().copied()))
    };
    let others = helper::Entity::find()
        .filter(helper::Column::Active.eq(true))
        .filter(Condition::any().add(staff).add(own))
        .order_by_asc(helper::Column::Id)
        .limit((MOST_HELPERS + known.len()) as u64 + 1)
        .all(db)
        .await?;
    all.extend(others.into_iter().filter(|helper| !known.contains(&helper.id)));
    let most = MOST_HELPERS.max(known.len());
    let more = all.len() > most;
    all.truncate(most);
    all.sort_by(|a, b| (&a.pinyin, a.id).cmp(&(&b.pinyin, b.id)));
    Ok((all, more))
}

/// Who lives there, or whose organisation pledged for the calls of these shifts or has shifts kept for it.
async fn near(db: &impl ConnectionTrait, base: &Scope, found: &Shifts) -> Result<Condition> {
    if *base == Scope::Everything {
        return Ok(Condition::all());
    }
    let mut orgs: HashSet<OrgId> = found.shifts.iter().filter_map(|shift| shift.org_id).collect();
    let calls: HashSet<CallId> = found.shifts.iter().filter_map(|shift| shift.call_id).collect();
    let calls: Vec<CallId> = calls.into_iter().collect();
    for some in calls.chunks(STEP) {
        let pledged: Vec<OrgId> = call_org::Entity::find()
            .select_only()
            .column(call_org::Column::OrgId)
            .filter(call_org::Column::CallId.is_in(some.iter().copied()))
            .filter(call_org::Column::Pledged.gt(0))
            .into_tuple()
            .all(db)
            .await?;
        orgs.extend(pledged);
    }
    let inside = Query::select()
        .column(place::Column::Id)
        .from(place::Entity)
        .cond_where(base.path(place::Column::Path))
        .to_owned();
    let mut any = Condition::any().add(helper::Column::HomeId.in_subquery(inside));
    if !orgs.is_empty() {
        any = any.add(helper::Column::OrgId.is_in(orgs));
    }
    Ok(any)
}

/// Skills that calls want.
async fn skills(db: &impl ConnectionTrait, shifts: &[shift::Model]) -> Result<HashMap<CallId, String>> {
    let calls: HashSet<CallId> = shifts.iter().filter_map(|shift| shift.call_id).collect();
    let calls: Vec<CallId> = calls.into_iter().collect();
    let mut found = HashMap::new();
    for some in calls.chunks(STEP) {
        let rows: Vec<(CallId, String)> = call::Entity::find()
            .select_only()
            .columns([call::Column::Id, call::Column::Skills])
            .filter(call::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// The days around a plan that matter for rest and the week.
fn around(ask: &Ask) -> (Day, Day) {
    (later(ask.from, -NEAR_DAYS), later(ask.to, NEAR_DAYS + 1))
}

async fn helper_rows(
    db: &impl ConnectionTrait,
    helpers: &[helper::Model],
    ids: &[HelperId],
    ask: &Ask,
    loops: &mut Loops,
) -> Result<Vec<HelperRow>> {
    let (first, last) = around(ask);
    let mut weeks: HashMap<HelperId, Vec<week::Model>> = HashMap::new();
    let mut away: HashMap<HelperId, Vec<(Timestamp, Timestamp)>> = HashMap::new();
    let mut minutes: HashMap<HelperId, Option<i64>> = HashMap::new();
    for some in ids.chunks(STEP) {
        let some = || some.iter().copied();
        let lines = week::Entity::find().filter(week::Column::HelperId.is_in(some()));
        for line in lines.all(db).await? {
            weeks.entry(line.helper_id).or_default().push(line);
        }
        let absences = absence::Entity::find()
            .filter(absence::Column::HelperId.is_in(some()))
            .filter(absence::Column::UntilAt.gt(first.start()))
            .filter(absence::Column::FromAt.lt(last.start()));
        for it in absences.all(db).await? {
            away.entry(it.helper_id)
                .or_default()
                .push((it.from_at, it.until_at));
        }
        let wished = wishes::Entity::find().filter(wishes::Column::HelperId.is_in(some()));
        for it in wished.all(db).await? {
            minutes.insert(it.helper_id, it.week_minutes);
        }
    }
    let homes = paths(db, helpers.iter().filter_map(|helper| helper.home_id)).await?;
    Ok(helpers
        .iter()
        .map(|helper| HelperRow {
            id: helper.id,
            org: helper.org_id,
            skills: helper.skills.clone(),
            cover_until: helper.cover_until,
            home_path: helper.home_id.and_then(|home| homes.get(&home).cloned()),
            active: helper.active,
            available: weeks
                .get(&helper.id)
                .and_then(|lines| times::spans(lines, first, last)),
            absences: away.remove(&helper.id).unwrap_or_default(),
            week_minutes: minutes.get(&helper.id).copied().flatten(),
            stays: loops.stays.remove(&helper.id).unwrap_or_default(),
        })
        .collect())
}

async fn paths(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = PlaceId>,
) -> Result<HashMap<PlaceId, String>> {
    let ids: HashSet<PlaceId> = ids.collect();
    let ids: Vec<PlaceId> = ids.into_iter().collect();
    let mut found = HashMap::new();
    for some in ids.chunks(STEP) {
        let rows: Vec<(PlaceId, String)> = place::Entity::find()
            .select_only()
            .columns([place::Column::Id, place::Column::Path])
            .filter(place::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Names of these helpers on shifts that take place, from four weeks before the plan to a week after it.
async fn duties(db: &impl ConnectionTrait, ids: &[HelperId], ask: &Ask) -> Result<Vec<Duty>> {
    let (first, last) = (later(ask.from, -PAST_DAYS), around(ask).1);
    let mut found = Vec::new();
    for some in ids.chunks(STEP) {
        let rows: Vec<(ShiftId, HelperId, Timestamp, Timestamp)> = assignment::Entity::find()
            .select_only()
            .column(assignment::Column::ShiftId)
            .column(assignment::Column::HelperId)
            .column_as(Expr::col((shift::Entity, shift::Column::StartsAt)), "starts_at")
            .column_as(Expr::col((shift::Entity, shift::Column::EndsAt)), "ends_at")
            .join(
                JoinType::InnerJoin,
                assignment::Entity::belongs_to(shift::Entity)
                    .from((assignment::Column::CommunityId, assignment::Column::ShiftId))
                    .to((shift::Column::CommunityId, shift::Column::Id))
                    .into(),
            )
            .filter(assignment::Column::HelperId.is_in(some.iter().copied()))
            .filter(assignment::Column::Day.gte(first))
            .filter(assignment::Column::Day.lt(last))
            .filter(shift::Column::Cancelled.eq(false))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|(shift, helper, starts_at, ends_at)| Duty {
            shift,
            helper,
            starts_at,
            ends_at,
        }));
    }
    // The same rows make the same proposal, in whatever order a database gives them.
    found.sort_by_key(|duty| (duty.starts_at, duty.shift, duty.helper));
    Ok(found)
}

/// Closed loops by a number of their own, as the solver of rosters wants them.
#[derive(Debug, Default)]
struct Loops {
    numbers: HashMap<LoopId, u32>,
    running: HashMap<PostId, Vec<Running>>,
    stays: HashMap<HelperId, Vec<StayRow>>,
}

impl Loops {
    /// The loops of these posts, and the stays of these helpers, on the days around the plan.
    async fn load(
        db: &impl ConnectionTrait,
        helpers: &[HelperId],
        posts: &[PostId],
        ask: &Ask,
    ) -> Result<Self> {
        let found = stays::stays(db, helpers, posts, around(ask)).await?;
        let mut loops = Self::default();
        for stay in found.stays {
            let row = StayRow {
                helper: stay.helper,
                closed_loop: loops.number(stay.closed_loop),
                from: stay.span.from,
                until: stay.span.until,
            };
            loops.stays.entry(stay.helper).or_default().push(row);
        }
        for one in found.loops {
            loops.number(one.id);
            loops.running.entry(one.post).or_default().push(one);
        }
        Ok(loops)
    }

    fn number(&mut self, id: LoopId) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(id).or_insert(next)
    }

    /// The loop in which a shift lies, if any.
    fn of(&self, shift: &shift::Model) -> Option<u32> {
        let span = stays::span(shift);
        let running = self.running.get(&shift.post_id)?;
        let one = running.iter().find(|one| one.span.overlaps(span))?;
        self.numbers.get(&one.id).copied()
    }
}
