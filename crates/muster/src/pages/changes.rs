//! Pages of what changes on a shift: a name leaves, a place is offered, a swap is asked for, a note is handed over.

use accounts::Actor;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use field::{Field, Status};
use kit::{
    FieldError, Problem, Result, Role,
    id::{HelperId, RecordId, ShiftId},
};
use people::model::helper;
use sea_orm::EntityTrait;
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    model::{Why, post, shift as shifts},
    note::{MOST, NOTE, Note},
    offer, pages,
    pages::shift::{Kept, draw},
    queries,
    release::{self, Reason},
    swap::{self, Partner},
};

/// A name on a shift about which the actor may say something.
struct Named {
    /// They may say for how many days as well.
    days: bool,
    shift: shifts::Model,
    post: post::Model,
    helper: helper::Model,
    whys: Vec<Why>,
}

async fn named(app: &App, actor: &Actor, (id, helper): (ShiftId, HelperId)) -> Result<Named> {
    let db = app.store.read();
    let (shift, post) = queries::shift(db, actor, id).await?;
    let names = queries::names(db, std::slice::from_ref(&shift))
        .await?
        .remove(&id)
        .unwrap_or_default();
    let leads = queries::leads(actor, &names);
    let seen = |name: &queries::Name| leads || queries::sees(actor, &shift, name);
    if !names
        .iter()
        .any(|name| name.helper == helper && name.rostered && seen(name))
    {
        return Err(Problem::not_found());
    }
    let helper = helper::Entity::find_by_id(helper)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let begun = shift.starts_at <= app.now();
    let whys: Vec<Why> = [Why::Cannot, Why::Ill, Why::NoShow]
        .into_iter()
        .filter(|why| release::may(actor, &shift, &helper, leads, *why) && (begun || *why != Why::NoShow))
        .collect();
    if whys.is_empty() {
        return Err(Problem::forbidden());
    }
    Ok(Named {
        days: actor.only.is_none(),
        shift,
        post,
        helper,
        whys,
    })
}

fn form(page: &Page, named: &Named) -> Form {
    let to = format!("/shifts/{}", named.shift.id);
    let words = |why: Why| {
        let code = match why {
            Why::Ill => "ill",
            Why::NoShow => "no-show",
            _ => "cannot",
        };
        (code.to_owned(), page.t(pages::shift::why_key(why)))
    };
    let choices = named.whys.iter().map(|why| words(*why)).collect();
    let action = format!("{to}/helpers/{}/release", named.helper.id);
    let form = Form::new(page, action, "change-release-now")
        .required(page, "why", "change-why", Control::Select(choices))
        .field(page, "note", "change-reason", Control::Text);
    let form = if named.days {
        form.field(page, "until", "change-until", Control::Date)
    } else {
        form
    };
    form.cancel(page, &to)
}

fn title(page: &Page, named: &Named) -> String {
    page.tn(
        "change-release-title",
        &[
            ("name", named.helper.name.clone()),
            ("post", named.post.name.clone()),
            ("time", named.shift.starts_at.minute_text()),
        ],
    )
}

/// `GET /shifts/{id}/helpers/{helper}/release`: why does somebody not come?
pub async fn ask(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<(ShiftId, HelperId)>,
) -> Answer {
    let named = named(&app, &actor, id).await?;
    let title = title(&page, &named);
    Ok(form(&page, &named).answer(page, title)?)
}

/// `POST /shifts/{id}/helpers/{helper}/release`. What was recorded until now counts: who has just checked in is here.
pub async fn release(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path(id): Path<(ShiftId, HelperId)>,
    typed: Typed,
) -> Answer {
    field.settled().await;
    let named = named(&app, &actor, id).await?;
    let refused = match Reason::read(&typed, named.shift.day) {
        Ok(reason) if !named.whys.contains(&reason.why) => vec![FieldError::new("why", "unknown")],
        Ok(reason) => {
            let place = (&named.shift, &named.post);
            match release::release(&app, &actor, place, &named.helper, &reason).await {
                Ok(offered) => {
                    release::away(&app, &actor, &named.shift, &named.helper, &reason).await?;
                    let done = if offered > 0 {
                        "change-released"
                    } else {
                        "change-freed"
                    };
                    let to = format!("/shifts/{}?done={done}", id.0);
                    return Ok(Redirect::to(&to).into_response());
                }
                Err(problem) if problem.code.status == 409 => {
                    let mut form = form(&page, &named).fill(&typed);
                    form.error = Some(pages::sentence(&page, &problem));
                    let title = title(&page, &named);
                    return Ok(form.answer(page, title)?);
                }
                Err(problem) => return Err(problem.into()),
            }
        }
        Err(errors) => errors,
    };
    let title = title(&page, &named);
    Ok(form(&page, &named)
        .fill(&typed)
        .errors(&page, &refused)
        .answer(page, title)?)
}

/// `POST /shifts/{id}/offer`: the free places, to those who suit.
pub async fn offer(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<ShiftId>) -> Answer {
    let found = queries::shift(app.store.read(), &actor, id).await?;
    actor.require(Role::STAFF, &found.0.place_path)?;
    let asked = offer::now_offer(&app, (&found.0, &found.1)).await?;
    if asked == 0 && offer::waiting(app.store.read(), &found.0, app.now()).await? == 0 {
        let kept = Kept {
            error: Some(page.t("change-nobody-suits")),
            ..Kept::default()
        };
        return Ok(draw(&app, &actor, page, found, kept).await?);
    }
    Ok(Redirect::to(&format!("/shifts/{id}?done=change-offered")).into_response())
}

/// `POST /shifts/{id}/notes`: a note for the next shift. The form carries the record's id, so that a form sent
/// twice makes one note.
pub async fn note(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let found = queries::shift(app.store.read(), &actor, id).await?;
    let text = typed.raw("text").trim().to_owned();
    let fits = (1..=MOST).contains(&text.chars().count());
    let why = if fits {
        let now = app.now();
        let record = typed.get("id").parse().unwrap_or_else(|_| RecordId::fresh(now));
        let body = Note { text: text.clone() };
        let outcome = field.record(&actor, record, NOTE, now, Some(id), &body).await?;
        match outcome.status {
            Status::Rejected => outcome.refusal.unwrap_or("malformed"),
            _ => return Ok(Redirect::to(&format!("/shifts/{id}?done=change-noted#notes")).into_response()),
        }
    } else {
        "note-length"
    };
    let kept = Kept {
        note: Some((text, page.t(&format!("record-{why}")))),
        ..Kept::default()
    };
    Ok(draw(&app, &actor, page, found, kept).await?)
}

/// The shift on which the actor's own name is, with those who may be asked to swap.
async fn own(app: &App, actor: &Actor, id: ShiftId) -> Result<((shifts::Model, post::Model), Vec<Partner>)> {
    let db = app.store.read();
    let found = queries::shift(db, actor, id).await?;
    let me = actor.helper_id.ok_or_else(Problem::not_found)?;
    if !crate::assign::stands(db, &found.0, me).await? {
        return Err(Problem::not_found());
    }
    let org = queries::own_org(db, actor).await?;
    let partners = swap::partners(db, &found.0, (me, org), app.now()).await?;
    Ok((found, partners))
}

fn swap_form(page: &Page, shift: &shifts::Model, partners: &[Partner]) -> Form {
    let mut choices: Vec<(String, String)> = partners
        .iter()
        .map(|partner| {
            let words = page.tn(
                "change-swap-for",
                &[
                    ("name", partner.name.clone()),
                    ("from", partner.shift.starts_at.minute_text()),
                    ("to", partner.shift.ends_at.clock_text()),
                ],
            );
            (format!("{} {}", partner.helper, partner.shift.id), words)
        })
        .collect();
    let mut seen = std::collections::HashSet::new();
    for partner in partners.iter().filter(|partner| seen.insert(partner.helper)) {
        choices.push((
            partner.helper.to_string(),
            page.t1("change-swap-over", "name", &partner.name),
        ));
    }
    let to = format!("/shifts/{}", shift.id);
    Form::new(page, format!("{to}/swap"), "change-swap-ask")
        .required(page, "with", "change-swap-with", Control::Select(choices))
        .field(page, "note", "change-reason", Control::Text)
        .cancel(page, &to)
}

fn swap_title(page: &Page, (shift, post): &(shifts::Model, post::Model)) -> String {
    page.tn(
        "change-swap-title",
        &[
            ("post", post.name.clone()),
            ("time", shift.starts_at.minute_text()),
        ],
    )
}

/// `GET /shifts/{id}/swap`
pub async fn swap(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<ShiftId>) -> Answer {
    let (found, partners) = own(&app, &actor, id).await?;
    let title = swap_title(&page, &found);
    let mut form = swap_form(&page, &found.0, &partners);
    if partners.is_empty() {
        form.error = Some(page.t("change-swap-nobody"));
    }
    Ok(form.answer(page, title)?)
}

/// `POST /shifts/{id}/swap`
pub async fn ask_swap(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let (found, partners) = own(&app, &actor, id).await?;
    let mut check = typed.check();
    let with = check.text("with", 100);
    let note = check.optional("note", release::MOST_NOTE);
    let chosen = partners.iter().find_map(|partner| {
        if with == partner.helper.to_string() {
            Some((partner.helper, None))
        } else {
            (with == format!("{} {}", partner.helper, partner.shift.id))
                .then_some((partner.helper, Some(partner.shift.id)))
        }
    });
    if chosen.is_none() && !with.is_empty() {
        check.error(FieldError::new("with", "unknown"));
    }
    let form = swap_form(&page, &found.0, &partners).fill(&typed);
    let title = swap_title(&page, &found);
    match (check.done(()), chosen) {
        (Ok(()), Some(chosen)) => match swap::ask(&app, &actor, (&found.0, &found.1), chosen, &note).await {
            Ok(()) => Ok(Redirect::to("/offers?done=change-swap-asked").into_response()),
            Err(problem) if problem.code.status == 409 => {
                let mut form = form;
                form.error = Some(pages::sentence(&page, &problem));
                Ok(form.answer(page, title)?)
            }
            Err(problem) => Err(problem.into()),
        },
        (errors, _) => Ok(form
            .errors(&page, &errors.err().unwrap_or_default())
            .answer(page, title)?),
    }
}
