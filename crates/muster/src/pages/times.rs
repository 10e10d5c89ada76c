//! The page on which a helper, or who looks after them, says when they can come.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Problem, Result, Role, id::HelperId, problem::code};
use people::model::helper;
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    pages::weekday_choices,
    times::{self, Times},
};

/// Lines drawn at most.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "times.html")]
struct TimesPage {
    page: Page,
    title: String,
    helper: helper::Model,
    times: Times,
    more: bool,
    changes: bool,
    keeps: bool,
    week: Form,
    absence: Form,
    wishes: Form,
}

impl TimesPage {
    fn days(&self, weekdays: &str) -> String {
        if weekdays == "1234567" {
            return self.page.t("muster-every-day");
        }
        let words: Vec<String> = weekdays
            .chars()
            .map(|day| self.page.t(&format!("muster-weekday-{day}")))
            .collect();
        words.join(self.page.pick("、", ", "))
    }
}

/// A form that was not good: its name, what was typed, what is wrong.
type Kept = Option<(&'static str, Typed, Vec<FieldError>)>;

async fn find(app: &App, actor: &Actor, id: HelperId) -> Result<(helper::Model, bool)> {
    let db = app.store.read();
    let helper = people::queries::helper(db, actor, id).await?;
    let changes = times::may_change(db, actor, &helper).await?;
    Ok((helper, changes))
}

async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    (helper, changes): (helper::Model, bool),
    kept: Kept,
) -> Result<Response> {
    let mut times = times::load(app.store.read(), helper.id, app.now()).await?;
    let more = times.weeks.len() > MOST || times.absences.len() > MOST;
    times.weeks.truncate(MOST);
    times.absences.truncate(MOST);
    let failed = kept.is_some();
    let fill = |name: &str, form: Form, otherwise: Typed| match &kept {
        Some((kept, typed, errors)) if *kept == name => form.fill(typed).errors(&page, errors),
        _ => form.fill(&otherwise),
    };
    let base = format!("/helpers/{}/times", helper.id);
    let week = Form::new(&page, format!("{base}/week"), "times-add")
        .required(
            &page,
            "weekdays",
            "times-weekdays",
            Control::Checks(weekday_choices(&page)),
        )
        .required(&page, "from_time", "times-from", Control::Time)
        .required(&page, "to_time", "times-to", Control::Time);
    let absence = Form::new(&page, format!("{base}/absence"), "times-add")
        .required(&page, "from_at", "times-away-from", Control::DateTime)
        .required(&page, "until_at", "times-away-until", Control::DateTime)
        .field(&page, "reason", "times-reason", Control::Text);
    let hours = times
        .wishes
        .week_minutes
        .map(|minutes| (minutes / 60).to_string());
    let wished = Typed::default()
        .set("week_hours", hours.unwrap_or_default())
        .set("offers", if times.wishes.offers { "on" } else { "" });
    let wishes = Form::new(&page, format!("{base}/wishes"), "save")
        .field(&page, "week_hours", "times-week-hours", Control::Number(1, 168))
        .field(&page, "offers", "times-offers", Control::Check);
    let drawn = Page::draw(&TimesPage {
        title: page.t1("times-title", "name", &helper.name),
        week: fill("week", week, Typed::default()),
        absence: fill("absence", absence, Typed::default()),
        wishes: fill("wishes", wishes, wished),
        keeps: actor.has(Role::STAFF) || actor.has(&[Role::Coordinator, Role::TeamLeader]),
        page,
        helper,
        times,
        more,
        changes,
    })?;
    Ok(if failed { Page::again(drawn) } else { drawn })
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<HelperId>) -> Answer {
    let found = find(&app, &actor, id).await?;
    Ok(draw(&app, &actor, page, found, None).await?)
}

/// The helper, for somebody who may change when they can come.
async fn changeable(app: &App, actor: &Actor, id: HelperId) -> Result<helper::Model> {
    match find(app, actor, id).await? {
        (helper, true) => Ok(helper),
        _ => Err(Problem::forbidden()),
    }
}

/// Back to the page, or the form again with what is wrong.
async fn answer(
    app: &App,
    actor: &Actor,
    page: Page,
    helper: helper::Model,
    done: Result<()>,
    (form, typed): (&'static str, Typed),
) -> Answer {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/helpers/{}/times?done=saved", helper.id)).into_response()),
        Err(problem) if problem.code == code::INVALID => {
            let kept = Some((form, typed, problem.fields));
            Ok(draw(app, actor, page, (helper, true), kept).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

pub async fn week(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HelperId>,
    typed: Typed,
) -> Answer {
    let helper = changeable(&app, &actor, id).await?;
    let done = times::add_week(&app, &actor, &helper, &typed).await;
    answer(&app, &actor, page, helper, done, ("week", typed)).await
}

pub async fn absence(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HelperId>,
    typed: Typed,
) -> Answer {
    let helper = changeable(&app, &actor, id).await?;
    let done = times::add_absence(&app, &actor, &helper, &typed).await;
    answer(&app, &actor, page, helper, done, ("absence", typed)).await
}

pub async fn wishes(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HelperId>,
    typed: Typed,
) -> Answer {
    let helper = changeable(&app, &actor, id).await?;
    let done = times::save_wishes(&app, &actor, &helper, &typed).await;
    answer(&app, &actor, page, helper, done, ("wishes", typed)).await
}

pub async fn remove(State(app): State<App>, actor: Actor, Path(id): Path<HelperId>, typed: Typed) -> Answer {
    let helper = changeable(&app, &actor, id).await?;
    let line = typed.get("line").parse().map_err(|_| Problem::not_found())?;
    times::remove(&app, &actor, &helper, line).await?;
    Ok(Redirect::to(&format!("/helpers/{id}/times?done=removed")).into_response())
}
