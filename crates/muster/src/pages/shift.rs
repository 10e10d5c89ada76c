//! The page of one shift.

use std::collections::HashMap;

use accounts::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use field::{Field, Status};
use kit::{
    Problem, Result, Role, Timestamp,
    id::{HelperId, OrgId, RecordId, ShiftId},
};
use people::model::helper;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    activity, assign,
    body::{CHECK_IN, CHECK_OUT, CONFIRM, Presence, WORK, Work},
    invitation,
    loops::{rules::Running, stays},
    model::{Why, activity as activities, invitation as invitation_model, post, release, shift as shifts},
    note::{self, Written},
    offer,
    pages::{invitations, posts::duty},
    queries::{self, Name},
    shift,
};

#[derive(Template)]
#[template(path = "shift.html")]
struct ShiftPage {
    page: Page,
    title: String,
    shift: shifts::Model,
    post: post::Model,
    duty: String,
    place: String,
    org: String,
    names: Vec<Line>,
    activities: Vec<activities::Model>,
    assign: Option<Form>,
    take: bool,
    staff: bool,
    records: bool,
    over: bool,
    own: Option<HelperId>,
    error: Option<String>,
    invitations: Vec<invitation_model::Model>,
    invite: Option<Form>,
    team: Option<Form>,
    closed_loop: Option<Running>,
    reader: bool,
    changes: Changes,
}

/// What has changed on a shift, and what may be said about it.
struct Changes {
    notes: Vec<Written>,
    writes: bool,
    note: String,
    note_error: Option<String>,
    /// Names that left: who, why, when.
    left: Vec<(String, String, Timestamp)>,
    /// How many were asked to fill a free place, and how many said no.
    asked: (usize, usize),
    offers: bool,
    /// The actor's own name is on it and it has not begun.
    swaps: bool,
}

/// A name with what its viewer may do with it.
struct Line {
    name: Name,
    org: String,
    records: bool,
    confirms: bool,
    withdraws: bool,
    /// May be said not to come, or not to have come.
    releases: bool,
}

/// What is drawn again as it was sent: a problem, and the forms that were not good.
#[derive(Default)]
pub struct Kept {
    /// What is wrong with the whole.
    pub error: Option<String>,
    /// A name for the shift.
    pub assign: Option<Typed>,
    /// A new invitation.
    pub invite: Option<Form>,
    /// A team's list.
    pub team: Option<Form>,
    /// A handover note that was not taken, and why.
    pub note: Option<(String, String)>,
}

/// What the actor may see and do on a shift.
struct Rights {
    /// Staff of its place.
    staff: bool,
    /// Reads its place.
    reader: bool,
    /// Leads a team on it.
    leads: bool,
    /// Has an own name on it.
    own: bool,
    /// Came in by a code.
    joined: bool,
    /// The organisations for which the actor puts names on it.
    orgs: Vec<OrgId>,
    /// Cancelled or ended.
    over: bool,
}

impl Rights {
    fn of(actor: &Actor, now: Timestamp, shift: &shifts::Model, names: &[Name]) -> Self {
        let mine = |name: &Name| name.rostered && actor.helper_id == Some(name.helper);
        Self {
            staff: actor.may(Role::STAFF, &shift.place_path),
            reader: actor.may(Role::READERS, &shift.place_path),
            leads: queries::leads(actor, names),
            own: names.iter().any(mine),
            joined: actor.only.is_some(),
            orgs: actor.orgs(&[Role::Coordinator]),
            over: shift.cancelled || shift.ends_at <= now,
        }
    }
}

pub async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    (shift, post): (shifts::Model, post::Model),
    kept: Kept,
) -> Result<Response> {
    let db = app.store.read();
    let failed = kept.error.is_some() || kept.invite.is_some() || kept.team.is_some() || kept.note.is_some();
    let mut names = queries::names(db, std::slice::from_ref(&shift))
        .await?
        .remove(&shift.id)
        .unwrap_or_default();
    let rights = Rights::of(actor, app.now(), &shift, &names);
    names.retain(|name| rights.leads || queries::sees(actor, &shift, name));
    let orgs =
        people::queries::org_names(db, names.iter().filter_map(|name| name.org).chain(shift.org_id)).await?;
    let changes = changes(app, &page, &shift, &rights, kept.note).await?;
    let lines: Vec<Line> = names
        .into_iter()
        .map(|name| line(actor, &rights, &orgs, name))
        .collect();
    let invites = !rights.over && (rights.staff || rights.leads);
    let invitations = if invites {
        invitation::standing(db, &shift, app.now()).await?
    } else {
        vec![]
    };
    let invite = invites.then(|| kept.invite.unwrap_or_else(|| invitations::form(&page, &shift)));
    let team = invites.then(|| kept.team.unwrap_or_else(|| invitations::team_form(&page, &shift)));
    let place = places::tree::load(db, post.place_id).await?;
    let place = places::tree::full_name(db, &place).await?;
    let closed_loop = stays::at_posts(db, &[post.id], stays::span(&shift))
        .await?
        .remove(&post.id);
    let free = !rights.over && shift.filled < shift.needed;
    let assigns = !shift.cancelled && (rights.staff || !rights.orgs.is_empty());
    let drawn = Page::draw(&ShiftPage {
        closed_loop,
        reader: rights.reader,
        title: format!("{} · {}", post.name, shift.starts_at.minute_text()),
        duty: duty(&page, post.duty),
        place,
        org: shift
            .org_id
            .and_then(|org| orgs.get(&org).cloned())
            .unwrap_or_default(),
        records: lines.iter().any(|line| line.records),
        names: lines,
        activities: activity::all(db)
            .await?
            .into_iter()
            .filter(|row| row.active)
            .collect(),
        assign: assigns.then(|| assign_form(&page, &shift, kept.assign.as_ref())),
        take: free && !rights.own && actor.helper_id.is_some(),
        staff: rights.staff,
        over: rights.over,
        own: actor.helper_id.filter(|_| !rights.joined),
        error: kept.error,
        invitations,
        invite,
        team,
        changes,
        shift,
        post,
        page,
    })?;
    Ok(if failed { Page::again(drawn) } else { drawn })
}

/// A name, and what the actor may do with it.
fn line(actor: &Actor, rights: &Rights, orgs: &HashMap<OrgId, String>, name: Name) -> Line {
    let arranges = rights.staff || rights.leads;
    let coordinated = name.org.is_some_and(|org| rights.orgs.contains(&org));
    let own = actor.helper_id == Some(name.helper);
    let expected = name.rostered && name.in_at.is_none();
    Line {
        org: name
            .org
            .and_then(|org| orgs.get(&org).cloned())
            .unwrap_or_default(),
        records: arranges || coordinated || own,
        confirms: arranges && name.flags.iter().any(|flag| flag == "forgotten-check-out"),
        withdraws: expected && (rights.staff || coordinated || own),
        releases: expected && !rights.over && (arranges || coordinated || own),
        name,
    }
}

/// Puts a name on the shift.
fn assign_form(page: &Page, shift: &shifts::Model, typed: Option<&Typed>) -> Form {
    let form = Form::new(page, format!("/shifts/{}/assign", shift.id), "muster-assign")
        .required(page, "helper", "muster-helper-typed", Control::Text)
        .field(page, "leader", "muster-leader", Control::Check);
    match typed {
        Some(typed) => form.fill(typed),
        None => form,
    }
}

/// Notes for everybody who sees the names; who left, and why, only for those who arrange the work.
async fn changes(
    app: &App,
    page: &Page,
    shift: &shifts::Model,
    rights: &Rights,
    kept: Option<(String, String)>,
) -> Result<Changes> {
    let db = app.store.read();
    let arranges = rights.staff || rights.leads || rights.reader;
    let mut left = Vec::new();
    let mut asked = (0, 0);
    if arranges {
        let rows = release::Entity::find()
            .filter(release::Column::CommunityId.eq(shift.community_id))
            .filter(release::Column::ShiftId.eq(shift.id))
            .order_by_asc(release::Column::At)
            .all(db)
            .await?;
        let names = people::queries::helper_names(db, rows.iter().map(|row| row.helper_id)).await?;
        for row in rows {
            let why = page.t(why_key(row.why));
            let why = if row.note.is_empty() {
                why
            } else {
                page.tn("change-why-note", &[("why", why), ("note", row.note)])
            };
            left.push((
                names.get(&row.helper_id).cloned().unwrap_or_default(),
                why,
                row.at,
            ));
        }
        asked = offer::asked(db, shift).await?;
    }
    let (note, note_error) = kept.map_or((String::new(), None), |(typed, error)| (typed, Some(error)));
    let mut notes = if arranges || rights.own {
        note::read(db, shift).await?
    } else {
        vec![]
    };
    // Whoever came in by a code has this shift and nothing before it.
    notes.retain(|note| !(rights.joined && note.earlier));
    Ok(Changes {
        notes,
        writes: !shift.cancelled && (rights.staff || rights.own || !rights.orgs.is_empty()),
        note,
        note_error,
        left,
        asked,
        offers: rights.staff && !rights.over && shift.filled < shift.needed,
        swaps: rights.own && !rights.joined && !shift.cancelled && shift.starts_at > app.now(),
    })
}

/// The words of a reason.
pub fn why_key(why: Why) -> &'static str {
    match why {
        Why::Cannot => "change-why-cannot",
        Why::Ill => "change-why-ill",
        Why::NoShow => "change-why-no-show",
        Why::Swapped => "change-why-swapped",
    }
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<ShiftId>) -> Answer {
    let found = queries::shift(app.store.read(), &actor, id).await?;
    Ok(draw(&app, &actor, page, found, Kept::default()).await?)
}

/// The helper a form names: an id, a telephone number, or a name that only one of those the actor sees has.
pub async fn helper_typed(app: &App, actor: &Actor, text: &str) -> Result<Option<helper::Model>> {
    let db = app.store.read();
    let seen = helper::Entity::find().filter(people::scope::helper_scope(actor));
    let found = if let Ok(id) = text.parse::<HelperId>() {
        seen.filter(helper::Column::Id.eq(id))
    } else if let Some(digits) = kit::text::phone(text) {
        seen.filter(helper::Column::PhoneIndex.eq(app.cipher.index(&digits)))
    } else {
        seen.filter(helper::Column::Name.eq(text))
    };
    let found = found.filter(helper::Column::Active.eq(true)).all(db).await?;
    Ok(if found.len() == 1 {
        found.into_iter().next()
    } else {
        None
    })
}

async fn own_helper(app: &App, actor: &Actor) -> Result<Option<helper::Model>> {
    let Some(id) = actor.helper_id else {
        return Ok(None);
    };
    Ok(helper::Entity::find_by_id(id).one(app.store.read()).await?)
}

pub async fn assign(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let found = queries::shift(app.store.read(), &actor, id).await?;
    let text = typed.get("helper");
    let helper = if text == "me" {
        own_helper(&app, &actor).await?
    } else {
        helper_typed(&app, &actor, &text).await?
    };
    let Some(helper) = helper else {
        let kept = Kept {
            error: Some(page.t("muster-helper-unknown")),
            assign: Some(typed),
            ..Kept::default()
        };
        return Ok(draw(&app, &actor, page, found, kept).await?);
    };
    match assign::assign(&app, &actor, &found.0, &helper, typed.ticked("leader")).await {
        Ok(()) => Ok(Redirect::to(&format!("/shifts/{id}?done=muster-assigned")).into_response()),
        Err(problem) if problem.code.status == 409 => {
            let kept = Kept {
                error: Some(super::sentence(&page, &problem)),
                assign: Some(typed),
                ..Kept::default()
            };
            Ok(draw(&app, &actor, page, found, kept).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

pub async fn withdraw(State(app): State<App>, actor: Actor, Path(id): Path<ShiftId>, typed: Typed) -> Answer {
    let (shift, _) = queries::shift(app.store.read(), &actor, id).await?;
    let helper: HelperId = typed.get("helper").parse().map_err(|_| Problem::not_found())?;
    let helper = helper::Entity::find_by_id(helper)
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)?;
    assign::withdraw(&app, &actor, &shift, &helper).await?;
    Ok(Redirect::to(&format!("/shifts/{id}?done=removed")).into_response())
}

pub async fn cancel(State(app): State<App>, actor: Actor, Path(id): Path<ShiftId>) -> Answer {
    let (shift, _) = queries::shift(app.store.read(), &actor, id).await?;
    actor.require(Role::STAFF, &shift.place_path)?;
    shift::cancel(&app, &actor, &shift).await?;
    Ok(Redirect::to(&format!("/shifts/{id}?done=saved")).into_response())
}

/// Check-in, check-out, confirmation and work counts without a phone's queue: the page itself sends the record.
/// The form carries the record's id, so that a form sent twice makes one record.
pub async fn record(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let found = queries::shift(app.store.read(), &actor, id).await?;
    let helper: HelperId = typed.get("helper").parse().map_err(|_| Problem::not_found())?;
    let (kind, body) = match typed.get("kind").as_str() {
        "in" => (CHECK_IN, serde_json::to_value(Presence { helper, place: None })),
        "out" => (CHECK_OUT, serde_json::to_value(Presence { helper, place: None })),
        "confirm" => (CONFIRM, serde_json::to_value(Presence { helper, place: None })),
        _ => {
            let quantity = typed.get("quantity").parse().unwrap_or(0);
            (
                WORK,
                serde_json::to_value(Work {
                    helper,
                    activity: typed.get("activity"),
                    quantity,
                }),
            )
        }
    };
    let now = app.now();
    let record = typed.get("id").parse().unwrap_or_else(|_| RecordId::fresh(now));
    let body = body.map_err(Problem::internal)?;
    let outcome = field.record(&actor, record, kind, now, Some(id), &body).await?;
    if matches!(outcome.status, Status::Rejected) {
        let why = page.t(&format!("record-{}", outcome.refusal.unwrap_or("malformed")));
        let kept = Kept {
            error: Some(page.t1("problem-not-recorded", "why", why)),
            ..Kept::default()
        };
        return Ok(draw(&app, &actor, page, found, kept).await?);
    }
    Ok(Redirect::to(&format!("/shifts/{id}?done=muster-recorded")).into_response())
}

/// The id of the record that a drawn form will make.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
pub fn record_id(now: &Timestamp) -> RecordId {
    RecordId::fresh(*now)
}
