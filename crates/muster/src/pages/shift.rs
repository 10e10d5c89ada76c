//! The page of one shift.

use accounts::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use field::{Field, Status};
use kit::{
    Problem, Result, Role,
    id::{HelperId, RecordId, ShiftId},
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
    left: Vec<(String, String, kit::Timestamp)>,
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

pub async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    (shift, post): (shifts::Model, post::Model),
    kept: Kept,
) -> Result<Response> {
    let db = app.store.read();
    let staff = actor.may(Role::STAFF, &shift.place_path);
    let mut names = queries::names(db, std::slice::from_ref(&shift))
        .await?
        .remove(&shift.id)
        .unwrap_or_default();
    let own_orgs = actor.orgs(&[Role::Coordinator]);
    let leads = queries::leads(actor, &names);
    names.retain(|name| leads || queries::sees(actor, &shift, name));
    let orgs =
        people::queries::org_names(db, names.iter().filter_map(|name| name.org).chain(shift.org_id)).await?;
    let own = names
        .iter()
        .any(|name| name.rostered && actor.helper_id == Some(name.helper));
    let org = shift
        .org_id
        .and_then(|org| orgs.get(&org).cloned())
        .unwrap_or_default();
    let over = shift.cancelled || shift.ends_at <= app.now();
    let sees_changes = staff || leads || actor.may(Role::READERS, &shift.place_path);
    let changes = changes(
        app,
        &page,
        &shift,
        (sees_changes, own, actor.only.is_some()),
        &kept,
    )
    .await?;
    let changes = Changes {
        writes: !shift.cancelled && (staff || own || !own_orgs.is_empty()),
        offers: staff && !over && shift.filled < shift.needed,
        swaps: own && actor.only.is_none() && !shift.cancelled && shift.starts_at > app.now(),
        ..changes
    };
    let lines: Vec<Line> = names
        .into_iter()
        .map(|name| {
            let coordinated = name.org.is_some_and(|org| own_orgs.contains(&org));
            let self_ = actor.helper_id == Some(name.helper);
            Line {
                org: name
                    .org
                    .and_then(|org| orgs.get(&org).cloned())
                    .unwrap_or_default(),
                records: staff || leads || coordinated || self_,
                confirms: (staff || leads) && name.flags.iter().any(|flag| flag == "forgotten-check-out"),
                withdraws: name.rostered && name.in_at.is_none() && (staff || coordinated || self_),
                releases: name.rostered
                    && name.in_at.is_none()
                    && !over
                    && (staff || leads || coordinated || self_),
                name,
            }
        })
        .collect();
    let may_assign = staff || !own_orgs.is_empty();
    let mut form = Form::new(&page, format!("/shifts/{}/assign", shift.id), "muster-assign")
        .required(&page, "helper", "muster-helper-typed", Control::Text)
        .field(&page, "leader", "muster-leader", Control::Check);
    if let Some(typed) = &kept.assign {
        form = form.fill(typed);
    }
    let invites = !over && (staff || leads);
    let invitations = if invites {
        invitation::standing(db, &shift, app.now()).await?
    } else {
        vec![]
    };
    let failed = kept.error.is_some() || kept.invite.is_some() || kept.team.is_some() || kept.note.is_some();
    let invite = invites.then(|| kept.invite.unwrap_or_else(|| invitations::form(&page, &shift)));
    let team = invites.then(|| kept.team.unwrap_or_else(|| invitations::team_form(&page, &shift)));
    let place = places::tree::load(db, post.place_id).await?;
    let place = places::tree::full_name(db, &place).await?;
    let take = !own && !over && actor.helper_id.is_some() && shift.filled < shift.needed;
    let closed_loop = stays::at_posts(db, &[post.id], stays::span(&shift))
        .await?
        .remove(&post.id);
    let drawn = Page::draw(&ShiftPage {
        closed_loop,
        reader: actor.may(Role::READERS, &shift.place_path),
        title: format!("{} · {}", post.name, shift.starts_at.minute_text()),
        duty: duty(&page, post.duty),
        place,
        org,
        records: lines.iter().any(|line| line.records),
        names: lines,
        activities: activity::all(db)
            .await?
            .into_iter()
            .filter(|row| row.active)
            .collect(),
        assign: (may_assign && !shift.cancelled).then_some(form),
        take,
        staff,
        over,
        own: actor.helper_id.filter(|_| actor.only.is_none()),
        error: kept.error,
        invitations,
        invite,
        team,
        changes,
        shift,
        post,
        page,
    })?;
    let status = if failed {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, drawn).into_response())
}

/// Notes for everybody who sees the names; who left, and why, only for those who arrange the work.
async fn changes(
    app: &App,
    page: &Page,
    shift: &shifts::Model,
    (arranges, own, joined): (bool, bool, bool),
    kept: &Kept,
) -> Result<Changes> {
    let db = app.store.read();
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
    let (note, note_error) = match &kept.note {
        Some((typed, error)) => (typed.clone(), Some(error.clone())),
        None => (String::new(), None),
    };
    let mut notes = if arranges || own {
        note::read(db, shift).await?
    } else {
        vec![]
    };
    // Whoever came in by a code has this shift and nothing before it.
    notes.retain(|note| !(joined && note.earlier));
    Ok(Changes {
        notes,
        writes: false,
        note,
        note_error,
        left,
        asked,
        offers: false,
        swaps: false,
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
pub fn record_id(now: &kit::Timestamp) -> RecordId {
    RecordId::fresh(*now)
}
