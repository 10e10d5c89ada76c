//! Reads, each limited to what its actor may see.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use kit::{
    Problem, Result, Role, Timestamp,
    id::{CallId, HelperId, OrgId, PlaceId, PostId, ShiftId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use store::Scope;

use crate::model::{CallState, assignment, attendance, call, call_org, post, shift};

/// Calls the actor may see: those at their places; those sent to their organisation.
pub fn calls(actor: &Actor) -> Condition {
    let orgs = actor.orgs(&[Role::Coordinator, Role::TeamLeader]);
    let mut seen = Condition::any().add(actor.scope(Role::READERS).path(call::Column::PlacePath));
    if !orgs.is_empty() {
        let sent = Query::select()
            .column(call_org::Column::CallId)
            .from(call_org::Entity)
            .and_where(call_org::Column::OrgId.is_in(orgs))
            .and_where(call_org::Column::SentAt.is_not_null())
            .to_owned();
        seen = seen.add(
            Condition::all()
                .add(call::Column::Id.in_subquery(sent))
                .add(call::Column::State.ne(CallState::Draft)),
        );
    }
    seen
}

/// A call the actor may see.
pub async fn call(db: &impl ConnectionTrait, actor: &Actor, id: CallId) -> Result<call::Model> {
    call::Entity::find()
        .filter(call::Column::Id.eq(id))
        .filter(calls(actor))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The organisations a call asks, with their answers.
pub async fn call_orgs(db: &impl ConnectionTrait, call: &call::Model) -> Result<Vec<call_org::Model>> {
    Ok(call_org::Entity::find()
        .filter(call_org::Column::CommunityId.eq(call.community_id))
        .filter(call_org::Column::CallId.eq(call.id))
        .order_by_asc(call_org::Column::OrgId)
        .all(db)
        .await?)
}

/// Shifts the actor may see: at their places, kept for or manned by their organisation, or with their own name.
pub fn shifts(actor: &Actor, own_org: Option<OrgId>) -> Condition {
    if let Some(only) = &actor.only {
        return Condition::all().add(shift::Column::Id.is_in(only.iter().copied()));
    }
    let anywhere: Vec<Role> = [Role::READERS, &[Role::TeamLeader, Role::Helper]].concat();
    let mut seen = Condition::any().add(actor.scope(&anywhere).path(shift::Column::PlacePath));
    let coordinated = actor.orgs(&[Role::Coordinator]);
    let orgs: HashSet<OrgId> = coordinated.iter().copied().chain(own_org).collect();
    if !orgs.is_empty() {
        seen = seen.add(shift::Column::OrgId.is_in(orgs));
    }
    if !coordinated.is_empty() {
        let manned = Query::select()
            .column(assignment::Column::ShiftId)
            .from(assignment::Entity)
            .and_where(assignment::Column::OrgId.is_in(coordinated.iter().copied()))
            .to_owned();
        let called = Query::select()
            .column(call_org::Column::CallId)
            .from(call_org::Entity)
            .and_where(call_org::Column::OrgId.is_in(coordinated))
            .and_where(call_org::Column::SentAt.is_not_null())
            .to_owned();
        // Of a call sent to them, they see the shifts that are not kept for somebody else.
        let open = Condition::all()
            .add(shift::Column::CallId.in_subquery(called))
            .add(shift::Column::OrgId.is_null());
        seen = seen.add(shift::Column::Id.in_subquery(manned)).add(open);
    }
    if let Some(helper) = actor.helper_id {
        let own = Query::select()
            .column(assignment::Column::ShiftId)
            .from(assignment::Entity)
            .and_where(assignment::Column::HelperId.eq(helper))
            .to_owned();
        seen = seen.add(shift::Column::Id.in_subquery(own));
    }
    seen
}

/// The organisation of the helper the actor is.
pub async fn own_org(db: &impl ConnectionTrait, actor: &Actor) -> Result<Option<OrgId>> {
    let Some(id) = actor.helper_id else {
        return Ok(None);
    };
    let helper = people::model::helper::Entity::find_by_id(id).one(db).await?;
    Ok(helper.and_then(|helper| helper.org_id))
}

/// A shift the actor may see, with its post.
pub async fn shift(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: ShiftId,
) -> Result<(shift::Model, post::Model)> {
    let org = own_org(db, actor).await?;
    let shift = shift::Entity::find()
        .filter(shift::Column::Id.eq(id))
        .filter(shifts(actor, org))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let post = post::Entity::find_by_id((shift.community_id, shift.post_id))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok((shift, post))
}

/// Posts in a scope that are still manned, by name.
pub async fn posts(db: &impl ConnectionTrait, scope: &Scope, most: u64) -> Result<Vec<post::Model>> {
    Ok(post::Entity::find()
        .filter(scope.path(post::Column::PlacePath))
        .filter(post::Column::Active.eq(true))
        .order_by_asc(post::Column::PlacePath)
        .order_by_asc(post::Column::Name)
        .limit(most)
        .all(db)
        .await?)
}

/// Posts by id.
pub async fn posts_of(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = PostId>,
) -> Result<HashMap<PostId, post::Model>> {
    let ids: HashSet<PostId> = ids.into_iter().collect();
    let ids: Vec<PostId> = ids.into_iter().collect();
    let mut found = HashMap::new();
    for some in ids.chunks(1_000) {
        let rows = post::Entity::find()
            .filter(post::Column::Id.is_in(some.iter().copied()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// Where posts are, told apart: `交暨居民区 北门`. Many communities have a north gate.
pub async fn spots<'a>(
    db: &impl ConnectionTrait,
    posts: impl IntoIterator<Item = &'a post::Model>,
) -> Result<HashMap<PostId, String>> {
    let posts: Vec<&post::Model> = posts.into_iter().collect();
    let ids = posts.iter().flat_map(|post| [post.community_id, post.place_id]);
    let names = places::tree::names(db, ids).await?;
    Ok(posts
        .into_iter()
        .map(|post| {
            let place = names.get(&post.place_id).map(String::as_str).unwrap_or_default();
            let words = match names.get(&post.community_id) {
                Some(community) if post.community_id != post.place_id => format!("{community} {place}"),
                _ => place.to_owned(),
            };
            (post.id, words)
        })
        .collect())
}

/// A name on a shift with what is known of its attendance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Who.
    pub helper: HelperId,
    /// Name.
    pub name: String,
    /// Organisation.
    pub org: Option<OrgId>,
    /// Leads.
    pub leader: bool,
    /// Stands on the roster (somebody may have come without).
    pub rostered: bool,
    /// Checked in.
    pub in_at: Option<Timestamp>,
    /// Checked out.
    pub out_at: Option<Timestamp>,
    /// Hours in tenths.
    pub tenths: i64,
    /// Codes of what is odd.
    pub flags: Vec<String>,
}

impl Name {
    /// `expected`, `here` or `left`.
    pub fn state(&self) -> &'static str {
        match (self.in_at, self.out_at) {
            (_, Some(_)) => "left",
            (Some(_), None) => "here",
            (None, None) => "expected",
        }
    }
}

/// Whether the actor leads the team of these names.
pub fn leads(actor: &Actor, names: &[Name]) -> bool {
    names
        .iter()
        .any(|name| name.leader && actor.helper_id == Some(name.helper))
}

/// Whether the actor sees this name on the shift without leading there: as a reader of the place, as the
/// coordinator of the organisation, or as the helper.
pub fn sees(actor: &Actor, shift: &shift::Model, name: &Name) -> bool {
    actor.may(Role::READERS, &shift.place_path)
        || actor.helper_id == Some(name.helper)
        || name
            .org
            .is_some_and(|org| actor.orgs(&[Role::Coordinator]).contains(&org))
}

/// Everybody on these shifts, the leaders first, then by name.
pub async fn names(
    db: &impl ConnectionTrait,
    shifts: &[shift::Model],
) -> Result<HashMap<ShiftId, Vec<Name>>> {
    let mut found: HashMap<ShiftId, HashMap<HelperId, Name>> = HashMap::new();
    let communities: HashSet<PlaceId> = shifts.iter().map(|shift| shift.community_id).collect();
    for some in shifts.chunks(500) {
        let ids: Vec<ShiftId> = some.iter().map(|shift| shift.id).collect();
        let rostered = assignment::Entity::find()
            .filter(assignment::Column::CommunityId.is_in(communities.iter().copied()))
            .filter(assignment::Column::ShiftId.is_in(ids.iter().copied()))
            .all(db)
            .await?;
        for row in rostered {
            let name = Name {
                helper: row.helper_id,
                name: String::new(),
                org: row.org_id,
                leader: row.leader,
                rostered: true,
                in_at: None,
                out_at: None,
                tenths: 0,
                flags: Vec::new(),
            };
            found.entry(row.shift_id).or_default().insert(row.helper_id, name);
        }
        let attended = attendance::Entity::find()
            .filter(attendance::Column::CommunityId.is_in(communities.iter().copied()))
            .filter(attendance::Column::ShiftId.is_in(ids))
            .all(db)
            .await?;
        for row in attended {
            let name = found
                .entry(row.shift_id)
                .or_default()
                .entry(row.helper_id)
                .or_insert_with(|| Name {
                    helper: row.helper_id,
                    name: String::new(),
                    org: Some(row.org_id).filter(|org| !org.0.is_nil()),
                    leader: false,
                    rostered: false,
                    in_at: None,
                    out_at: None,
                    tenths: 0,
                    flags: Vec::new(),
                });
            name.in_at = row.in_at;
            name.out_at = row.out_at;
            name.tenths = row.tenths;
            name.flags = row
                .flags
                .split(',')
                .filter(|flag| !flag.is_empty())
                .map(str::to_owned)
                .collect();
        }
    }
    let helpers = found
        .values()
        .flat_map(|names| names.keys().copied())
        .collect::<HashSet<_>>();
    let words = people::queries::helper_names(db, helpers).await?;
    Ok(found
        .into_iter()
        .map(|(shift, names)| {
            let mut names: Vec<Name> = names.into_values().collect();
            for name in &mut names {
                if let Some(word) = words.get(&name.helper) {
                    name.name.clone_from(word);
                }
            }
            names.sort_by(|a, b| (!a.leader, &a.name, a.helper).cmp(&(!b.leader, &b.name, b.helper)));
            (shift, names)
        })
        .collect())
}

/// Figures of a call, counted from its shifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromQueryResult)]
pub struct Figures {
    /// Shifts.
    pub shifts: i64,
    /// Places on them.
    pub places: i64,
    /// Names on them.
    pub names: i64,
    /// People checked in and out.
    pub attended: i64,
}

/// What has come of a call so far.
pub async fn figures(db: &impl ConnectionTrait, call: CallId) -> Result<Figures> {
    let planned: Option<(i64, Option<i64>, Option<i64>)> = shift::Entity::find()
        .select_only()
        .column_as(shift::Column::Id.count(), "shifts")
        .column_as(Expr::col(shift::Column::Needed).sum().cast_as("bigint"), "places")
        .column_as(Expr::col(shift::Column::Filled).sum().cast_as("bigint"), "names")
        .filter(shift::Column::CallId.eq(call))
        .filter(shift::Column::Cancelled.eq(false))
        .into_tuple()
        .one(db)
        .await?;
    let (shifts, places, names) = planned.unwrap_or_default();
    let of_call = Query::select()
        .column(shift::Column::Id)
        .from(shift::Entity)
        .and_where(shift::Column::CallId.eq(call))
        .to_owned();
    let attended: Option<i64> = attendance::Entity::find()
        .select_only()
        .column_as(attendance::Column::ShiftId.count(), "attended")
        .filter(attendance::Column::Complete.eq(true))
        .filter(attendance::Column::ShiftId.in_subquery(of_call))
        .into_tuple()
        .one(db)
        .await?;
    Ok(Figures {
        shifts,
        places: places.unwrap_or(0),
        names: names.unwrap_or(0),
        attended: attended.unwrap_or(0),
    })
}

/// Names of the posts of shifts.
pub async fn posts_of_shifts(
    db: &impl ConnectionTrait,
    shifts: impl IntoIterator<Item = (PlaceId, ShiftId)>,
) -> Result<HashMap<ShiftId, String>> {
    let (communities, ids): (HashSet<PlaceId>, HashSet<ShiftId>) = shifts.into_iter().unzip();
    let rows = shift::Entity::find()
        .filter(shift::Column::CommunityId.is_in(communities))
        .filter(shift::Column::Id.is_in(ids))
        .all(db)
        .await?;
    let posts = posts_of(db, rows.iter().map(|row| row.post_id)).await?;
    let places = spots(db, posts.values()).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let post = posts.get(&row.post_id).map_or("", |post| post.name.as_str());
            let place = places.get(&row.post_id).map_or("", String::as_str);
            (row.id, format!("{place} {post}"))
        })
        .collect())
}
