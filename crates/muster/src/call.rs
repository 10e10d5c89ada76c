//! Calls: made, sent to organisations, answered, closed.

use accounts::{Actor, audit};
use kit::{
    Code, Day, FieldError, Problem, Result, Role, Timestamp,
    id::{CallId, OrgId, PlaceId},
    problem::code,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use shell::{App, form::Typed};

use crate::{
    model::{CallState, call, call_org},
    pattern,
};

/// The call is not open: it cannot be answered or changed in this way.
pub const NOT_OPEN: Code = Code::new("call-not-open", 409);
/// No organisation has been chosen to send it to.
pub const NOBODY_ASKED: Code = Code::new("call-nobody-asked", 409);

/// The longest call, in days.
const LONGEST: i32 = 366;

/// A call as filled in.
#[derive(Debug, Clone, Default)]
pub struct NewCall {
    /// Where.
    pub place: PlaceId,
    /// In a line.
    pub title: String,
    /// What is to be done.
    pub purpose: String,
    /// First day.
    pub first_day: Day,
    /// Last day.
    pub last_day: Day,
    /// ISO weekdays.
    pub weekdays: String,
    /// Beginning of a day's work.
    pub from_time: String,
    /// End of it.
    pub to_time: String,
    /// People a day.
    pub people_per_day: i64,
    /// Skills, each in commas.
    pub skills: String,
    /// Answer by.
    pub answer_by: Timestamp,
}

impl NewCall {
    /// Reads the form. `place` has been looked up from what was typed, `None` when nothing was found.
    pub fn read(typed: &Typed, place: Option<PlaceId>) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let mut new = Self {
            place: place.unwrap_or_default(),
            title: check.text("title", 100),
            purpose: check.optional("purpose", 2_000),
            first_day: check.parse("first_day", "date"),
            last_day: check.parse("last_day", "date"),
            people_per_day: check.number("people_per_day", 1, 100_000),
            ..Self::default()
        };
        if check.text("place", 100).is_empty() {
        } else if place.is_none() {
            check.error(FieldError::new("place", "unknown"));
        }
        if new.last_day < new.first_day {
            check.error(FieldError::new("last_day", "before-start"));
        } else if new
            .first_day
            .0
            .until(new.last_day.0)
            .is_ok_and(|span| span.get_days() >= LONGEST)
        {
            check.error(FieldError::new("last_day", "call-too-long"));
        }
        new.weekdays = weekdays(typed);
        if new.weekdays.is_empty() {
            check.error(FieldError::new("weekdays", "required"));
        }
        for (name, into) in [("from_time", 0), ("to_time", 1)] {
            let text = check.text(name, 5);
            match pattern::minutes(&text) {
                Some(minutes) if into == 0 => new.from_time = pattern::clock(minutes),
                Some(minutes) => new.to_time = pattern::clock(minutes),
                None if text.is_empty() => {}
                None => check.error(FieldError::new(name, "time")),
            }
        }
        new.skills = skills(typed);
        let by: Option<jiff::civil::DateTime> = check.parse_optional("answer_by", "date");
        match by {
            Some(by) => new.answer_by = Timestamp::local(by.date(), by.time()),
            None => new.answer_by = new.first_day.start(),
        }
        check.done(new)
    }
}

/// ISO weekdays that were ticked, in order.
pub fn weekdays(typed: &Typed) -> String {
    let chosen = typed.all("weekdays");
    ('1'..='7')
        .filter(|day| chosen.iter().any(|c| c.chars().eq([*day])))
        .collect()
}

fn skills(typed: &Typed) -> String {
    let known = people::skills::SKILLS;
    let chosen: Vec<String> = typed
        .all("skills")
        .into_iter()
        .filter(|code| known.contains(&code.as_str()))
        .collect();
    if chosen.is_empty() {
        String::new()
    } else {
        format!(",{},", chosen.join(","))
    }
}

/// Makes a draft. The caller has checked the right at the place.
pub async fn create(app: &App, actor: &Actor, new: NewCall) -> Result<CallId> {
    let place = places::tree::load(app.store.read(), new.place).await?;
    actor.require(Role::STAFF, &place.path)?;
    let now = app.now();
    let id = CallId::fresh(now);
    let tx = app.store.begin().await?;
    call::Entity::insert(call::ActiveModel {
        community_id: Set(place.community_id),
        id: Set(id),
        place_id: Set(place.id),
        place_path: Set(place.path),
        title: Set(new.title.clone()),
        purpose: Set(new.purpose),
        first_day: Set(new.first_day),
        last_day: Set(new.last_day),
        weekdays: Set(new.weekdays),
        from_time: Set(new.from_time),
        to_time: Set(new.to_time),
        people_per_day: Set(new.people_per_day),
        skills: Set(new.skills),
        answer_by: Set(new.answer_by),
        state: Set(CallState::Draft),
        created_by: Set(actor.user_id),
        created_at: Set(now),
        sent_at: Set(None),
    })
    .exec_without_returning(&tx)
    .await?;
    note(&tx, actor, now, "call.create", &new.title, place.community_id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Asks an organisation for so many a day; asked again, the number is changed. In a call that is already
/// open it goes out at once.
pub async fn ask(app: &App, actor: &Actor, call: &call::Model, org: OrgId, asked: i64) -> Result<()> {
    if !matches!(call.state, CallState::Draft | CallState::Open) {
        return Err(Problem::new(NOT_OPEN));
    }
    let now = app.now();
    let sent_at = (call.state == CallState::Open).then_some(now);
    let tx = app.store.begin().await?;
    call_org::Entity::insert(call_org::ActiveModel {
        community_id: Set(call.community_id),
        call_id: Set(call.id),
        org_id: Set(org),
        asked: Set(asked),
        sent_at: Set(sent_at),
        pledged: Set(None),
        note: Set(String::new()),
        answered_by: Set(None),
        answered_at: Set(None),
    })
    .on_conflict(
        sea_orm::sea_query::OnConflict::columns([
            call_org::Column::CommunityId,
            call_org::Column::CallId,
            call_org::Column::OrgId,
        ])
        .update_column(call_org::Column::Asked)
        .to_owned(),
    )
    .exec_without_returning(&tx)
    .await?;
    note(&tx, actor, now, "call.ask", &call.title, call.community_id).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends a draft to the organisations it asks.
pub async fn send(app: &App, actor: &Actor, call: &call::Model) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let asked = call_org::Entity::update_many()
        .col_expr(call_org::Column::SentAt, Expr::value(now.millis()))
        .filter(call_org::Column::CommunityId.eq(call.community_id))
        .filter(call_org::Column::CallId.eq(call.id))
        .exec(&tx)
        .await?;
    if asked.rows_affected == 0 {
        return Err(Problem::new(NOBODY_ASKED));
    }
    turn(&tx, call, CallState::Draft, CallState::Open, Some(now)).await?;
    note(&tx, actor, now, "call.send", &call.title, call.community_id).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends an open call: no more answers. What was pledged stands.
pub async fn close(app: &App, actor: &Actor, call: &call::Model) -> Result<()> {
    let tx = app.store.begin().await?;
    turn(&tx, call, CallState::Open, CallState::Closed, None).await?;
    note(
        &tx,
        actor,
        app.now(),
        "call.close",
        &call.title,
        call.community_id,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a draft or an open call back.
pub async fn cancel(app: &App, actor: &Actor, call: &call::Model) -> Result<()> {
    let tx = app.store.begin().await?;
    let from = if call.state == CallState::Draft {
        CallState::Draft
    } else {
        CallState::Open
    };
    turn(&tx, call, from, CallState::Cancelled, None).await?;
    note(
        &tx,
        actor,
        app.now(),
        "call.cancel",
        &call.title,
        call.community_id,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A conditional step: it happens only from the state it may happen from.
async fn turn(
    tx: &impl ConnectionTrait,
    call: &call::Model,
    from: CallState,
    to: CallState,
    sent_at: Option<Timestamp>,
) -> Result<()> {
    let mut update = call::Entity::update_many()
        .col_expr(call::Column::State, Expr::value(to))
        .filter(call::Column::CommunityId.eq(call.community_id))
        .filter(call::Column::Id.eq(call.id))
        .filter(call::Column::State.eq(from));
    if let Some(at) = sent_at {
        update = update.col_expr(call::Column::SentAt, Expr::value(at.millis()));
    }
    if update.exec(tx).await?.rows_affected == 0 {
        Err(Problem::new(NOT_OPEN))
    } else {
        Ok(())
    }
}

/// An organisation's answer: so many a day; 0 says no. It may be changed while the call is open.
pub async fn pledge(
    app: &App,
    actor: &Actor,
    call: &call::Model,
    org: OrgId,
    people: i64,
    word: &str,
) -> Result<()> {
    if call.state != CallState::Open {
        return Err(Problem::new(NOT_OPEN));
    }
    let now = app.now();
    let tx = app.store.begin().await?;
    let changed = call_org::Entity::update_many()
        .col_expr(call_org::Column::Pledged, Expr::value(people))
        .col_expr(call_org::Column::Note, Expr::value(word))
        .col_expr(
            call_org::Column::AnsweredBy,
            Expr::value(actor.user_id.map(|id| id.0)),
        )
        .col_expr(call_org::Column::AnsweredAt, Expr::value(now.millis()))
        .filter(call_org::Column::CommunityId.eq(call.community_id))
        .filter(call_org::Column::CallId.eq(call.id))
        .filter(call_org::Column::OrgId.eq(org))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Problem::new(code::NOT_FOUND));
    }
    note(&tx, actor, now, "call.pledge", &call.title, call.community_id).await?;
    tx.commit().await?;
    Ok(())
}

async fn note(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    now: Timestamp,
    action: &'static str,
    subject: &str,
    community: PlaceId,
) -> Result<()> {
    audit::note(
        tx,
        actor,
        now,
        audit::Entry {
            action,
            subject,
            community: Some(community),
        },
    )
    .await
}
