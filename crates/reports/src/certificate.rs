//! Certificates of hours: announced for some days, then issued, withdrawn when they were wrong. The hours come
//! from attendances, when announced and once more when issued.

pub(crate) mod figures;
mod list;
pub mod mask;
pub(crate) mod pages;
mod paper;
pub(crate) mod public;
pub mod serial;
pub mod state;
pub(crate) mod view;

use accounts::{Actor, audit};
use figures::{Figures, Span};
use kit::{
    Code, Day, FieldError, Problem, Result, Role,
    id::{HelperId, PlaceId},
    problem::code,
};
use people::{
    model::{helper, org},
    numbers,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, Query},
};
use shell::{App, form::Typed};
use state::State;
use store::Scope;

use crate::{
    hours::Ledger,
    model::{CertificateId, certificate},
};

/// Days on one certificate at most.
const MOST_DAYS: i64 = 366;
/// Characters of a line of the form.
const LINE: usize = 100;
const COORDINATOR: &[Role] = &[Role::Coordinator];

/// Nothing was done in these days.
const NO_HOURS: Code = Code::new("certificate-no-hours", 422);

/// Days of a certificate, from the form. What is wrong with them is said field by field.
pub(crate) fn days(typed: &Typed, today: Day) -> Result<(Day, Day), Vec<FieldError>> {
    let mut check = typed.check();
    let from: Day = check.parse("from", "date");
    let to: Day = check.parse("to", "date");
    if check.errors.is_empty() {
        if to < from {
            check.error(FieldError::new("to", "before-start"));
        } else if to > today {
            check.error(FieldError::new("to", "certificate-future"));
        } else if from
            .through(to)
            .nth(usize::try_from(MOST_DAYS).unwrap_or(366))
            .is_some()
        {
            check.error(FieldError::new("to", "certificate-too-long").with("most", MOST_DAYS));
        }
    }
    check.done((from, to))
}

/// A certificate as asked for.
#[derive(Debug, Clone)]
pub(crate) struct New {
    pub from: Day,
    pub to: Day,
    pub issuer: String,
    pub contact: String,
    pub public_days: i64,
}

impl New {
    /// From the form.
    pub fn read(typed: &Typed, today: Day) -> Result<Self, Vec<FieldError>> {
        let days = days(typed, today);
        let mut check = typed.check();
        let mut new = Self {
            from: today,
            to: today,
            issuer: check.text("issuer", LINE),
            contact: check.text("contact", LINE),
            public_days: check.number("public_days", state::LEAST_DAYS, state::MOST_DAYS),
        };
        match days {
            Ok((from, to)) => (new.from, new.to) = (from, to),
            Err(errors) => errors.into_iter().for_each(|error| check.error(error)),
        }
        check.done(new)
    }
}

/// For which place somebody certifies: where their role as staff counts; nothing for the whole deployment.
pub(crate) type At = Option<places::place::Model>;

/// Path of the place; empty for the whole deployment.
pub(crate) fn path(at: &At) -> String {
    at.as_ref().map(|place| place.path.clone()).unwrap_or_default()
}

/// The places for which the actor certifies, the widest first.
pub(crate) async fn certified_by(db: &impl ConnectionTrait, actor: &Actor) -> Result<Vec<At>> {
    let mut found = Vec::new();
    for grant in actor
        .grants
        .iter()
        .filter(|grant| Role::STAFF.contains(&grant.role))
    {
        found.push(match grant.place_id {
            Some(place) => Some(places::tree::load(db, place).await?),
            None => None,
        });
    }
    found.sort_by_key(path);
    found.dedup_by_key(|at| path(at));
    Ok(found)
}

/// The certificates that the actor may see: staff and auditors by place, coordinators by organisation, a helper
/// their own.
pub(crate) fn seen(actor: &Actor) -> Condition {
    let places = actor.scope(Role::READERS);
    if places == Scope::Everything {
        return Condition::all();
    }
    let mut any = Condition::any().add(places.path(certificate::Column::PlacePath));
    for own in actor.orgs(COORDINATOR) {
        any = any.add(certificate::Column::OrgId.in_subquery(below(own)));
    }
    match actor.helper_id {
        Some(helper) => any.add(certificate::Column::HelperId.eq(helper)),
        None => any,
    }
}

/// An organisation and all below it.
fn below(id: kit::id::OrgId) -> sea_orm::sea_query::SelectStatement {
    let (mine, it) = (Alias::new("mine"), Alias::new("it"));
    let column = |of: &Alias, name| Expr::col((of.clone(), Alias::new(name)));
    Query::select()
        .expr(column(&it, "id"))
        .from_as(org::Entity, it.clone())
        .from_as(org::Entity, mine.clone())
        .and_where(column(&mine, "id").eq(id))
        .and_where(column(&it, "path").gte(column(&mine, "path")))
        // '~' sorts after every character of a path.
        .and_where(column(&it, "path").lt(Expr::cust("mine.path || '~'")))
        .to_owned()
}

/// The certificate, if the actor may see it.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: CertificateId,
) -> Result<certificate::Model> {
    certificate::Entity::find_by_id(id)
        .filter(seen(actor))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// As [`load`], for somebody who handles certificates there.
async fn handled(db: &impl ConnectionTrait, actor: &Actor, id: CertificateId) -> Result<certificate::Model> {
    let found = load(db, actor, id).await?;
    actor.require(Role::STAFF, &found.place_path)?;
    Ok(found)
}

/// What the attendances say now.
pub(crate) async fn counted(db: &impl ConnectionTrait, it: &certificate::Model) -> Result<Figures> {
    let span = Span {
        helper: it.helper_id,
        path: it.place_path.clone(),
        from: it.first_day,
        to: it.last_day,
    };
    Figures::load(db, &span).await
}

/// A certificate of the helper that stands, shares a day with these and a place with this: hours are certified
/// once.
async fn overlapping(db: &impl ConnectionTrait, span: &Span) -> Result<Option<certificate::Model>> {
    let standing = certificate::Entity::find()
        .filter(certificate::Column::HelperId.eq(span.helper))
        .filter(certificate::Column::State.ne(State::Withdrawn))
        .filter(certificate::Column::FirstDay.lte(span.to))
        .filter(certificate::Column::LastDay.gte(span.from))
        .all(db)
        .await?;
    Ok(standing
        .into_iter()
        .find(|other| other.place_path.starts_with(&span.path) || span.path.starts_with(&other.place_path)))
}

/// What would be certified, or why it cannot be.
pub(crate) async fn preview(db: &impl ConnectionTrait, span: &Span) -> Result<Figures> {
    if let Some(other) = overlapping(db, span).await? {
        let error = FieldError::new("from", "certificate-overlap")
            .with("serial", serial::shown(&other.serial))
            .with("from", other.first_day)
            .with("to", other.last_day);
        return Err(Problem::invalid(vec![error]));
    }
    let figures = Figures::load(db, span).await?;
    if figures.times() == 0 || figures.tenths() == 0 {
        return Err(Problem::invalid(vec![FieldError::new("from", NO_HOURS.name)]));
    }
    Ok(figures)
}

/// The number of the holder as the certificate shows it: last four of the identity number, or the masked phone.
fn number(app: &App, it: &helper::Model) -> Result<(&'static str, String)> {
    let identity = numbers::open(&app.cipher, it.identity_sealed.as_ref())?;
    if !identity.is_empty() {
        return Ok(("identity", mask::last_four(&identity)));
    }
    let phone = numbers::open(&app.cipher, it.phone_sealed.as_ref())?;
    if phone.is_empty() {
        return Ok(("none", String::new()));
    }
    Ok(("phone", kit::mask::phone(&phone)))
}

/// Announces a certificate. The caller has asked for the right to see the helper and to certify at the place.
pub(crate) async fn announce(
    app: &App,
    actor: &Actor,
    (helper, at): (HelperId, &At),
    new: &New,
) -> Result<CertificateId> {
    let now = app.now();
    let today = now.day();
    let tx = app.store.begin().await?;
    // Two who certify the same hours at once wait for one another here.
    let it = helper::Entity::find_by_id(helper)
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    let place = match at {
        Some(place) => Some(places::tree::hold(&tx, place.id).await?),
        None => None,
    };
    let span = Span {
        helper,
        path: path(&place),
        from: new.from,
        to: new.to,
    };
    let figures = preview(&tx, &span).await?;
    let (number_kind, number) = number(app, &it)?;
    let id = CertificateId::fresh(now);
    let serial = serial::fresh(today)?;
    certificate::Entity::insert(certificate::ActiveModel {
        id: Set(id),
        serial: Set(serial.clone()),
        helper_id: Set(helper),
        org_id: Set(it.org_id),
        name: Set(it.name.clone()),
        pinyin: Set(it.pinyin),
        ledger: Set(Ledger::of(it.official)),
        number_kind: Set(number_kind.to_owned()),
        number: Set(number),
        first_day: Set(new.from),
        last_day: Set(new.to),
        tenths: Set(figures.tenths()),
        times: Set(figures.times()),
        content: Set(figures.write()?),
        issuer: Set(new.issuer.clone()),
        contact: Set(new.contact.clone()),
        handler: Set(actor.name.clone()),
        place_id: Set(place.as_ref().map(|place| place.id)),
        place_path: Set(span.path),
        state: Set(State::Announced),
        announced_on: Set(today),
        public_days: Set(new.public_days),
        ripe_on: Set(State::ripe(today, new.public_days)),
        issued_at: Set(None),
        withdrawn_at: Set(None),
        reason: Set(String::new()),
        created_by: Set(actor.user_id),
        created_at: Set(now),
    })
    .exec_without_returning(&tx)
    .await?;
    let community = place.map(|place| place.community_id);
    note(
        app,
        &tx,
        actor,
        "certificate.announce",
        (&serial, &it.name),
        community,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

async fn note(
    app: &App,
    tx: &impl ConnectionTrait,
    actor: &Actor,
    action: &'static str,
    (serial, name): (&str, &str),
    community: Option<PlaceId>,
) -> Result<()> {
    let subject = format!("{} {name}", serial::shown(serial));
    let entry = audit::Entry {
        action,
        subject: &subject,
        community,
    };
    audit::note(tx, actor, app.now(), entry).await
}

/// One step: writes what changed if the certificate still stands where it was read, and notes it.
async fn step(
    app: &App,
    tx: &impl ConnectionTrait,
    actor: &Actor,
    it: &certificate::Model,
    action: &'static str,
    changes: Vec<(certificate::Column, Expr)>,
) -> Result<()> {
    let mut update = certificate::Entity::update_many();
    for (column, value) in changes {
        update = update.col_expr(column, value);
    }
    let written = update
        .filter(certificate::Column::Id.eq(it.id))
        .filter(certificate::Column::State.eq(it.state))
        .filter(certificate::Column::AnnouncedOn.eq(it.announced_on))
        .exec(tx)
        .await?;
    if written.rows_affected == 0 {
        return Err(Problem::new(code::CONFLICT));
    }
    let community = match it.place_id {
        Some(place) => crate::access::community(tx, place).await?,
        None => None,
    };
    note(app, tx, actor, action, (&it.serial, &it.name), community).await
}

fn value(value: impl Into<sea_orm::Value>) -> Expr {
    Expr::val(value)
}

/// Announces anew what the attendances say now; the public days begin again.
pub(crate) async fn announce_again(app: &App, actor: &Actor, id: CertificateId) -> Result<()> {
    use certificate::Column;
    let tx = app.store.begin().await?;
    let it = handled(&tx, actor, id).await?;
    let state = it.state.announce_again()?;
    let figures = counted(&tx, &it).await?;
    if figures.tenths() == 0 {
        return Err(Problem::new(NO_HOURS));
    }
    let today = app.now().day();
    let changes = vec![
        (Column::State, value(state)),
        (Column::AnnouncedOn, value(today)),
        (Column::RipeOn, value(State::ripe(today, it.public_days))),
        (Column::Tenths, value(figures.tenths())),
        (Column::Times, value(figures.times())),
        (Column::Content, value(figures.write()?)),
        (Column::Handler, value(actor.name.clone())),
    ];
    step(app, &tx, actor, &it, "certificate.announce", changes).await?;
    tx.commit().await?;
    Ok(())
}

/// Issues a certificate whose public days are over and whose hours are still what was made public.
pub(crate) async fn issue(app: &App, actor: &Actor, id: CertificateId) -> Result<()> {
    use certificate::Column;
    let now = app.now();
    let tx = app.store.begin().await?;
    let it = handled(&tx, actor, id).await?;
    let state = it.state.issue(it.announced_on, it.public_days, now.day())?;
    if !counted(&tx, &it).await?.same(&Figures::read(&it.content)?) {
        return Err(Problem::new(state::CHANGED));
    }
    let changes = vec![
        (Column::State, value(state)),
        (Column::IssuedAt, value(now)),
        (Column::Handler, value(actor.name.clone())),
    ];
    step(app, &tx, actor, &it, "certificate.issue", changes).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a certificate back, with a reason.
pub(crate) async fn withdraw(app: &App, actor: &Actor, id: CertificateId, reason: &str) -> Result<()> {
    use certificate::Column;
    let tx = app.store.begin().await?;
    let it = handled(&tx, actor, id).await?;
    let state = it.state.withdraw()?;
    let changes = vec![
        (Column::State, value(state)),
        (Column::WithdrawnAt, value(app.now())),
        (Column::Reason, value(reason)),
    ];
    step(app, &tx, actor, &it, "certificate.withdraw", changes).await?;
    tx.commit().await?;
    Ok(())
}

/// The paper of a certificate that was issued, noted in the audit trail.
pub(crate) async fn take(app: &App, actor: &Actor, it: &certificate::Model) -> Result<()> {
    let tx = app.store.begin().await?;
    let community = match it.place_id {
        Some(place) => crate::access::community(&tx, place).await?,
        None => None,
    };
    note(
        app,
        &tx,
        actor,
        "certificate.pdf",
        (&it.serial, &it.name),
        community,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
