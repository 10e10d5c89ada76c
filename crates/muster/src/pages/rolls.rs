//! Pages of roll-calls: who is safe, who needs help, who has not answered. The page renews itself.

use accounts::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use field::{Field, Status};
use kit::{
    FieldError, Problem, Result, Role, Timestamp,
    id::{HelperId, RecordId, RollCallId},
};
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    model::roll_call,
    pages::place_typed,
    queries,
    roll::{self, Where},
};

/// Roll-calls listed.
const MOST: u64 = 50;
/// Longest reason, in characters.
const MOST_REASON: usize = 200;

struct Line {
    helper: HelperId,
    name: String,
    org: String,
    post: String,
    /// Had checked in when the roll-call started.
    here: bool,
    /// Safe or not, and since when.
    answer: Option<(bool, Timestamp)>,
    answers: bool,
    own: bool,
}

#[derive(Template)]
#[template(path = "roll.html")]
struct RollPage {
    page: Page,
    title: String,
    call: roll_call::Model,
    place: String,
    lines: Vec<Line>,
    sums: [(String, usize); 3],
    staff: bool,
    reads: bool,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "rolls.html")]
struct RollsPage {
    page: Page,
    title: String,
    calls: Vec<(roll_call::Model, String)>,
    staff: bool,
}

/// `GET /rollcalls`
pub async fn list(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    let db = app.store.read();
    let calls = roll::latest(db, &actor.scope(Role::READERS), MOST).await?;
    let places = places::tree::names(db, calls.iter().filter_map(|call| call.place_id)).await?;
    let calls = calls
        .into_iter()
        .map(|call| {
            let place = call.place_id.and_then(|id| places.get(&id).cloned());
            (call, place.unwrap_or_default())
        })
        .collect();
    Ok(Page::draw(&RollsPage {
        title: page.t("roll-title"),
        staff: actor.has(Role::STAFF),
        calls,
        page,
    })?)
}

fn form(page: &Page) -> Form {
    Form::new(page, "/rollcalls/new", "roll-start")
        .field(page, "id", "roll-title", Control::Hidden)
        .field(page, "place", "roll-place", Control::Text)
        .required(page, "reason", "roll-reason", Control::Text)
        .cancel(page, "/wall")
}

/// `GET /rollcalls/new`
pub async fn new(page: Page, query: ListQuery) -> Answer {
    let title = page.t("roll-new");
    let typed = Typed::default()
        .set("id", RollCallId::fresh(page.now))
        .set("place", query.filter("place"));
    Ok(form(&page).fill(&typed).answer(page, title)?)
}

/// The place typed; nothing typed is all of the actor's when that is one place.
async fn place(app: &App, actor: &Actor, text: &str) -> Result<Result<Where, &'static str>> {
    let db = app.store.read();
    let scope = actor.scope(Role::STAFF);
    let id = match (&scope, text.is_empty()) {
        (store::Scope::Everything, true) => return Ok(Ok(Where::default())),
        (store::Scope::Within(paths), true) => match paths.as_slice() {
            [path] => {
                let own = actor
                    .grants
                    .iter()
                    .find(|grant| grant.place_path == *path)
                    .and_then(|grant| grant.place_id);
                own.ok_or("required")
            }
            _ => Err("required"),
        },
        _ => place_typed(db, &scope, text).await?.ok_or("unknown"),
    };
    Ok(match id {
        Ok(id) => {
            let place = places::tree::find(db, &scope, id).await?;
            Ok(Where {
                community: place.community_id,
                place: Some(place.id),
                path: place.path,
            })
        }
        Err(kind) => Err(kind),
    })
}

/// `POST /rollcalls/new`
pub async fn start(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let mut check = typed.check();
    let reason = check.text("reason", MOST_REASON);
    let id: RollCallId = typed
        .get("id")
        .parse()
        .unwrap_or_else(|_| RollCallId::fresh(app.now()));
    let at = place(&app, &actor, &typed.get("place")).await?;
    if let Err(kind) = at {
        check.error(FieldError::new("place", kind));
    }
    let title = page.t("roll-new");
    match (check.done(()), at) {
        (Ok(()), Ok(at)) => match roll::start(&app, &actor, id, &at, &reason).await {
            Ok(()) => Ok(Redirect::to(&format!("/rollcalls/{id}")).into_response()),
            Err(problem) if problem.code.status == 409 => {
                let mut form = form(&page).fill(&typed);
                form.error = Some(super::sentence(&page, &problem));
                Ok(form.answer(page, title)?)
            }
            Err(problem) => Err(problem.into()),
        },
        (errors, _) => Ok(form(&page)
            .fill(&typed)
            .errors(&page, &errors.err().unwrap_or_default())
            .answer(page, title)?),
    }
}

async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    id: RollCallId,
    error: Option<String>,
) -> Result<Response> {
    let db = app.store.read();
    let (call, mut names) = roll::find(db, id).await?.ok_or_else(Problem::not_found)?;
    let sight = roll::sight(actor, &call, &names);
    names.retain(|name| sight.reads || sight.answers.contains(&name.helper_id));
    if names.is_empty() && !sight.reads {
        return Err(Problem::not_found());
    }
    let answers = roll::answers(db, &call).await?;
    let words = people::queries::helper_names(db, names.iter().map(|name| name.helper_id)).await?;
    let orgs = people::queries::org_names(db, names.iter().filter_map(|name| name.org_id)).await?;
    let posts = queries::posts_of_shifts(
        db,
        names.iter().map(|name| (name.shift_community_id, name.shift_id)),
    )
    .await?;
    let mut lines: Vec<Line> = names
        .into_iter()
        .map(|name| Line {
            name: words.get(&name.helper_id).cloned().unwrap_or_default(),
            org: name
                .org_id
                .and_then(|org| orgs.get(&org).cloned())
                .unwrap_or_default(),
            post: posts.get(&name.shift_id).cloned().unwrap_or_default(),
            here: name.here,
            answer: answers.get(&name.helper_id).copied(),
            answers: sight.answers.contains(&name.helper_id),
            own: actor.helper_id == Some(name.helper_id),
            helper: name.helper_id,
        })
        .collect();
    // First who needs help, then who has not answered: they are looked for.
    let rank = |line: &Line| match line.answer {
        Some((false, _)) => 0,
        None => 1,
        Some((true, _)) => 2,
    };
    lines.sort_by(|a, b| (!a.own, rank(a), &a.post, &a.name).cmp(&(!b.own, rank(b), &b.post, &b.name)));
    let count = |of: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| of(line)).count();
    let sums = [
        (
            page.t("roll-safe"),
            count(&|line| matches!(line.answer, Some((true, _)))),
        ),
        (
            page.t("roll-help"),
            count(&|line| matches!(line.answer, Some((false, _)))),
        ),
        (page.t("roll-silent"), count(&|line| line.answer.is_none())),
    ];
    let place = match call.place_id {
        Some(place) => {
            let place = places::tree::load(db, place).await?;
            places::tree::full_name(db, &place).await?
        }
        None => String::new(),
    };
    let wrong = error.is_some();
    let drawn = Page::draw(&RollPage {
        title: page.t1("roll-of", "reason", &call.reason),
        place,
        lines,
        sums,
        staff: sight.staff,
        reads: sight.reads,
        error,
        call,
        page,
    })?;
    Ok(if wrong { Page::again(drawn) } else { drawn })
}

/// `GET /rollcalls/{id}`
pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<RollCallId>) -> Answer {
    Ok(draw(&app, &actor, page, id, None).await?)
}

/// `POST /rollcalls/{id}/answer`: one record.
pub async fn answer(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path(id): Path<RollCallId>,
    typed: Typed,
) -> Answer {
    let helper: HelperId = typed.get("helper").parse().map_err(|_| Problem::not_found())?;
    let body = roll::Answer {
        rollcall: id,
        helper,
        safe: typed.get("answer") == "safe",
    };
    let outcome = field
        .record(
            &actor,
            RecordId::fresh(app.now()),
            roll::ANSWER,
            app.now(),
            None,
            &body,
        )
        .await?;
    if matches!(outcome.status, Status::Rejected | Status::Conflict) {
        let why = page.t(&format!("record-{}", outcome.refusal.unwrap_or("malformed")));
        let error = page.t1("problem-not-recorded", "why", why);
        return Ok(draw(&app, &actor, page, id, Some(error)).await?);
    }
    Ok(Redirect::to(&format!("/rollcalls/{id}?done=muster-recorded")).into_response())
}

/// `POST /rollcalls/{id}/end`
pub async fn end(State(app): State<App>, actor: Actor, Path(id): Path<RollCallId>) -> Answer {
    let (call, _) = roll::find(app.store.read(), id)
        .await?
        .ok_or_else(Problem::not_found)?;
    actor.require(Role::STAFF, &call.place_path)?;
    roll::end(&app, &actor, &call).await?;
    Ok(Redirect::to(&format!("/rollcalls/{id}?done=saved")).into_response())
}
