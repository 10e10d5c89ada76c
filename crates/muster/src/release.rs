//! A name leaves a shift with a reason: somebody cannot come, has fallen ill, or did not come. The hole shows
//! at once and is offered at once ([`crate::offer`]).

use accounts::{Actor, audit};
use kit::{Code, Day, FieldError, Problem, Result, id::HelperId};
use people::model::helper;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, sea_query::Query,
};
use shell::{App, form::Typed};

use crate::{
    assign,
    model::{Why, assignment, attendance, post, release, shift},
    offer, queries, times,
};

/// Who has checked in leaves by checking out.
pub const ALREADY_HERE: Code = Code::new("already-here", 409);
/// Before a shift has begun nobody can have stayed away from it.
pub const NOT_BEGUN: Code = Code::new("shift-not-begun", 409);

/// Longest word with a reason, in characters.
pub const MOST_NOTE: usize = 300;

/// Why somebody leaves a shift, as filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Why.
    pub why: Why,
    /// In words.
    pub note: String,
    /// The last day of an absence; all shifts until its end are freed.
    pub until: Option<Day>,
}

impl Reason {
    /// From the form, about a shift of this day. Who cannot come says why; illness needs no words.
    pub fn read(typed: &Typed, day: Day) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let why = match check.text("why", 20).as_str() {
            "ill" => Why::Ill,
            "no-show" => Why::NoShow,
            "cannot" => Why::Cannot,
            "" => Why::Swapped,
            _ => {
                check.error(FieldError::new("why", "unknown"));
                Why::Swapped
            }
        };
        let note = if why == Why::Cannot {
            check.text("note", MOST_NOTE)
        } else {
            check.optional("note", MOST_NOTE)
        };
        let until = check.parse_optional::<Day>("until", "date");
        let longest = day.start() + times::LONGEST;
        let possible = |until: Day| why != Why::NoShow && until >= day && until.start() <= longest;
        if until.is_some_and(|until| !possible(until)) {
            check.error(FieldError::new("until", "change-until"));
        }
        check.done(Self { why, note, until })
    }
}

/// Whether the actor may say so: who the name is may not say that they did not come.
pub fn may(actor: &Actor, shift: &shift::Model, helper: &helper::Model, leads: bool, why: Why) -> bool {
    let own = actor.helper_id == Some(helper.id);
    let answers = leads || assign::source(actor, shift, helper).is_some_and(|_| !own);
    match why {
        Why::Cannot | Why::Ill => own || answers,
        Why::NoShow => answers,
        Why::Swapped => false,
    }
}

/// Somebody is away for days: keeps the absence, and frees the shifts from this one until its end of which the actor
/// may say so. Does nothing for an actor who may not note absences of this helper.
pub async fn away(
    app: &App,
    actor: &Actor,
    shift: &shift::Model,
    helper: &helper::Model,
    reason: &Reason,
) -> Result<()> {
    let db = app.store.read();
    let Some(until) = reason.until.filter(|_| actor.only.is_none()) else {
        return Ok(());
    };
    if !times::may_change(db, actor, helper).await? {
        return Ok(());
    }
    let (from, end) = (std::cmp::max(app.now(), shift.day.start()), until.next().start());
    // The reason stays with the shift: an absence is seen by more people.
    times::note_absence(app, actor, helper, (from, end), "").await?;
    let names = Query::select()
        .column(assignment::Column::ShiftId)
        .from(assignment::Entity)
        .and_where(assignment::Column::HelperId.eq(helper.id))
        .to_owned();
    let later = shift::Entity::find()
        .filter(shift::Column::Id.in_subquery(names))
        .filter(shift::Column::Id.ne(shift.id))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::EndsAt.gt(from))
        .filter(shift::Column::StartsAt.lt(end))
        .order_by_asc(shift::Column::StartsAt)
        .all(db)
        .await?;
    let posts = queries::posts_of(db, later.iter().map(|shift| shift.post_id)).await?;
    for other in &later {
        let Some(post) = posts.get(&other.post_id) else {
            continue;
        };
        if !may(actor, other, helper, false, reason.why) {
            continue;
        }
        match release(app, actor, (other, post), helper, reason).await {
            Ok(_) => {}
            // They are there, or their name left meanwhile: the other shifts are freed all the same.
            Err(problem) if matches!(problem.code.status, 404 | 409) => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(())
}

/// Takes the name off, keeps the reason, offers the place. Returns to how many it was offered. The caller has
/// asked for the right.
pub async fn release(
    app: &App,
    actor: &Actor,
    (shift, post): (&shift::Model, &post::Model),
    helper: &helper::Model,
    reason: &Reason,
) -> Result<usize> {
    let now = app.now();
    if shift.cancelled || shift.ends_at <= now {
        return Err(Problem::new(assign::SHIFT_OVER));
    }
    if reason.why == Why::NoShow && shift.starts_at > now {
        return Err(Problem::new(NOT_BEGUN));
    }
    let tx = app.store.begin().await?;
    if here(&tx, shift, helper.id).await? {
        return Err(Problem::new(ALREADY_HERE));
    }
    assign::take_off(&tx, shift, helper.id).await?;
    note(&tx, app, actor, shift, helper.id, reason).await?;
    let entry = audit::Entry {
        action: "shift.release",
        subject: &helper.name,
        community: Some(shift.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    let offered = offer::offer(&tx, app, (shift, post)).await?;
    tx.commit().await?;
    Ok(offered)
}

/// Whether the helper has checked in on the shift.
pub(crate) async fn here(db: &impl ConnectionTrait, shift: &shift::Model, helper: HelperId) -> Result<bool> {
    let found = attendance::Entity::find_by_id((shift.community_id, shift.id, helper))
        .one(db)
        .await?;
    Ok(found.is_some_and(|row| row.in_at.is_some()))
}

/// Keeps the reason.
pub(crate) async fn note(
    tx: &DatabaseTransaction,
    app: &App,
    actor: &Actor,
    shift: &shift::Model,
    helper: HelperId,
    reason: &Reason,
) -> Result<()> {
    let now = app.now();
    release::Entity::insert(release::ActiveModel {
        community_id: Set(shift.community_id),
        id: Set(kit::id::fresh(now)),
        shift_id: Set(shift.id),
        helper_id: Set(helper),
        why: Set(reason.why),
        note: Set(reason.note.clone()),
        by: Set(actor.user_id),
        at: Set(now),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_as_filled_in() {
        let day = |text: &str| -> Day { text.parse().unwrap() };
        let read = |text: &str| Reason::read(&Typed::parse(text), day("2022-03-10"));
        let kinds = |text: &str| -> Vec<(String, &'static str)> {
            read(text)
                .unwrap_err()
                .into_iter()
                .map(|error| (error.field.to_string(), error.kind))
                .collect()
        };
        let ill = Reason {
            why: Why::Ill,
            note: String::new(),
            until: None,
        };
        assert_eq!(read("why=ill&note="), Ok(ill));
        assert_eq!(
            read("why=ill&until=2022-03-12").unwrap().until,
            Some(day("2022-03-12"))
        );
        for wrong in ["2022-03-09", "2024-01-01"] {
            assert_eq!(
                kinds(&format!("why=ill&until={wrong}")),
                [("until".into(), "change-until")]
            );
        }
        let absent = "why=no-show&until=2022-03-12";
        assert_eq!(kinds(absent), [("until".into(), "change-until")]);
        assert_eq!(kinds("why=ill&until=gestern"), [("until".into(), "date")]);
        assert_eq!(read("why=cannot&note=加班").unwrap().note, "加班");
        assert_eq!(kinds("why=cannot&note="), [("note".into(), "required")]);
        assert_eq!(kinds("note=x"), [("why".into(), "required")]);
        assert_eq!(kinds("why=swapped"), [("why".into(), "unknown")]);
        let long = format!("why=ill&note={}", "长".repeat(MOST_NOTE + 1));
        assert_eq!(kinds(&long), [("note".into(), "too-long")]);
    }
}
