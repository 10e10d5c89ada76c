//! Pages for those who handle certificates and those who hold one.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Redirect, Response},
};
use kit::{Day, FieldError, Problem, Result, Role, id::HelperId, problem::code};
use people::model::helper;
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed},
    list::Cell,
    problem::{Answer, field_text},
    sheet,
};

use super::{
    At, New, announce, announce_again, certified_by, counted, days,
    figures::{Figures, Span},
    issue, list, load, paper, path, preview, serial,
    state::{self, LEAST_DAYS, MOST_DAYS, PUBLIC_DAYS, State as Standing},
    take, view, withdraw,
};
use crate::{
    model::{CertificateId, certificate},
    tables::Table,
};

/// Characters of a reason.
const REASON: usize = 500;

/// `GET /certificates`
pub(crate) async fn all(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let listed = list::answer(&app, &actor, page.clone(), query).await?;
    let mut actions = Vec::new();
    if actor.has(Role::STAFF) {
        actions.push(("/hours".to_owned(), page.t("certificate-choose-helper")));
    }
    actions.push(("/certificates/announced".to_owned(), page.t("certificate-public")));
    let title = page.t("certificate-list");
    Ok(listed.page(page, title, actions)?)
}

#[derive(Template)]
#[template(path = "certificate_new.html")]
struct NewPage {
    page: Page,
    title: String,
    helper: helper::Model,
    places: Vec<(String, String, bool)>,
    from: String,
    to: String,
    errors: Vec<(String, String)>,
    shown: Option<Shown>,
    form: Option<Form>,
}

/// Hours as shown before they are announced, or beside what they were.
struct Shown {
    times: i64,
    hours: String,
    table: Table,
}

async fn shown(app: &App, figures: &Figures, page: &Page) -> Result<Shown> {
    let names = view::activities(app.store.read(), page).await?;
    Ok(Shown {
        times: figures.times(),
        hours: view::hours_text(figures.tenths()),
        table: view::content(figures, &names, page),
    })
}

/// The place chosen among those for which the actor certifies; the widest when none is.
fn chosen(places: Vec<At>, typed: &Typed) -> Option<(At, Vec<At>)> {
    let wanted = typed.get("place");
    let at = places
        .iter()
        .find(|at| place_id(at) == wanted)
        .or_else(|| places.first())
        .cloned()?;
    Some((at, places))
}

fn place_id(at: &At) -> String {
    at.as_ref().map(|place| place.id.to_string()).unwrap_or_default()
}

/// Somebody whose hours the actor may certify.
async fn holder(app: &App, actor: &Actor, typed: &Typed) -> Result<helper::Model> {
    let id: HelperId = typed.get("helper").parse().map_err(|_| Problem::not_found())?;
    people::queries::helper(app.store.read(), actor, id).await
}

/// `GET /certificates/new?helper=&from=&to=&place=`: what would be certified, and the form to announce it.
pub(crate) async fn new(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    RawQuery(query): RawQuery,
) -> Answer {
    let typed = Typed::parse(query.as_deref().unwrap_or_default());
    if typed.get("helper").is_empty() {
        return Ok(Redirect::to("/hours").into_response());
    }
    draw_new(&app, &actor, page, &typed, None).await
}

/// `POST /certificates/new`
pub(crate) async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let it = holder(&app, &actor, &typed).await?;
    let places = certified_by(app.store.read(), &actor).await?;
    let (at, _) = chosen(places, &typed).ok_or_else(Problem::forbidden)?;
    let done = match New::read(&typed, app.now().day()) {
        Ok(new) => announce(&app, &actor, (it.id, &at), &new).await,
        Err(errors) => Err(Problem::invalid(errors)),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/certificates/{id}?done=certificate-announced")).into_response()),
        Err(problem) if problem.code == code::INVALID => {
            draw_new(&app, &actor, page, &typed, Some(problem.fields)).await
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The page of a new certificate; with `errors` of the form that was sent.
async fn draw_new(
    app: &App,
    actor: &Actor,
    page: Page,
    typed: &Typed,
    sent: Option<Vec<FieldError>>,
) -> Answer {
    let db = app.store.read();
    let it = holder(app, actor, typed).await?;
    let (at, places) = chosen(certified_by(db, actor).await?, typed).ok_or_else(Problem::forbidden)?;
    let today = app.now().day();
    let asked = !(typed.get("from").is_empty() && typed.get("to").is_empty());
    let mut errors: Vec<FieldError> = Vec::new();
    let mut found = None;
    if asked || sent.is_some() {
        match days(typed, today) {
            Ok((from, to)) => {
                let span = Span {
                    helper: it.id,
                    path: path(&at),
                    from,
                    to,
                };
                match preview(db, &span).await {
                    Ok(figures) => found = Some((span, figures)),
                    Err(problem) if problem.code == code::INVALID => errors = problem.fields,
                    Err(problem) => return Err(problem.into()),
                }
            }
            Err(wrong) => errors = wrong,
        }
    }
    let wrong = !errors.is_empty() || sent.is_some();
    let form = found
        .as_ref()
        .map(|(span, _)| form(&page, &at, typed, span).errors(&page, sent.as_deref().unwrap_or_default()));
    let chosen = place_id(&at);
    let mut choices = Vec::new();
    for place in &places {
        let words = match place {
            Some(place) => places::tree::full_name(db, place).await?,
            None => page.t("certificate-everywhere"),
        };
        choices.push((place_id(place), words, place_id(place) == chosen));
    }
    let (from, to) = if asked {
        (typed.get("from"), typed.get("to"))
    } else {
        (Day(today.0.first_of_month()).to_string(), today.to_string())
    };
    let shown = match &found {
        Some((_, figures)) => Some(shown(app, figures, &page).await?),
        None => None,
    };
    let drawn = Page::draw(&NewPage {
        title: page.t1("certificate-new-of", "name", &it.name),
        helper: it,
        places: choices,
        from,
        to,
        errors: errors
            .iter()
            .map(|error| {
                let text = field_text(error, page.texts(), page.lang);
                (page.t(&format!("reports-{}", error.field)), text)
            })
            .collect(),
        shown,
        form,
        page,
    })?;
    Ok(if wrong { Page::again(drawn) } else { drawn })
}

fn form(page: &Page, at: &At, typed: &Typed, span: &Span) -> Form {
    let mut filled = typed
        .clone()
        .set("helper", span.helper)
        .set("place", place_id(at))
        .set("from", span.from)
        .set("to", span.to);
    if typed.raw("public_days").is_empty() {
        filled = filled.set("public_days", PUBLIC_DAYS);
    }
    if typed.raw("issuer").is_empty()
        && let Some(place) = at
    {
        filled = filled.set("issuer", page.t1("certificate-issuer-of", "place", &place.name));
    }
    Form::new(page, "/certificates/new", "certificate-announce")
        .field(page, "helper", "hours-name", Control::Hidden)
        .field(page, "place", "certificate-place", Control::Hidden)
        .field(page, "from", "reports-from", Control::Hidden)
        .field(page, "to", "reports-to", Control::Hidden)
        .required(page, "issuer", "certificate-issuer", Control::Text)
        .required(page, "contact", "certificate-contact", Control::Text)
        .required(
            page,
            "public_days",
            "certificate-public-days",
            Control::Number(LEAST_DAYS, MOST_DAYS),
        )
        .fill(&filled)
        .cancel(page, "/hours")
}

#[derive(Template)]
#[template(path = "certificate.html")]
struct CertificatePage {
    page: Page,
    title: String,
    it: certificate::Model,
    badge: Cell,
    facts: Vec<(String, String)>,
    table: Table,
    error: Option<String>,
    /// What the attendances say now, when it is something else.
    now: Option<Shown>,
    handles: bool,
    ripe: bool,
    paper: bool,
    withdraw: Option<Form>,
    check: String,
}

/// `GET /certificates/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<CertificateId>,
) -> Answer {
    Ok(draw(&app, &actor, page, id, (StatusCode::OK, None, None)).await?)
}

async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    id: CertificateId,
    (status, error, form): (StatusCode, Option<String>, Option<Form>),
) -> Result<Response> {
    let db = app.store.read();
    let it = load(db, actor, id).await?;
    let figures = Figures::read(&it.content)?;
    let names = view::activities(db, &page).await?;
    let handles = actor.may(Role::STAFF, &it.place_path);
    let stands = it.state != Standing::Withdrawn;
    let mut now = None;
    if handles && stands {
        let counted = counted(db, &it).await?;
        if !counted.same(&figures) {
            now = Some(shown(app, &counted, &page).await?);
        }
    }
    let withdraw = (handles && stands).then(|| form.unwrap_or_else(|| withdraw_form(&page, id)));
    let drawn = Page::draw(&CertificatePage {
        title: page.t1("certificate-of", "name", &it.name),
        badge: view::badge(it.state, &page),
        facts: facts(&it, &page),
        table: view::content(&figures, &names, &page),
        error,
        now,
        handles,
        ripe: app.now().day() >= it.ripe_on,
        paper: it.issued_at.is_some(),
        withdraw,
        check: format!("/check/{}", it.serial),
        it,
        page,
    })?;
    Ok((status, drawn).into_response())
}

fn facts(it: &certificate::Model, page: &Page) -> Vec<(String, String)> {
    let at = |at: Option<kit::Timestamp>| at.map(kit::Timestamp::minute_text).unwrap_or_default();
    [
        ("certificate-serial", serial::shown(&it.serial)),
        ("hours-name", it.name.clone()),
        ("certificate-number", view::number(it, page)),
        ("hours-ledger", page.code("hours-ledger", it.ledger.name())),
        (
            "certificate-period",
            view::period(it.first_day, it.last_day, page),
        ),
        ("hours-hours", view::hours_text(it.tenths)),
        ("hours-times", it.times.to_string()),
        ("certificate-issuer", it.issuer.clone()),
        ("certificate-handler", it.handler.clone()),
        ("certificate-contact", it.contact.clone()),
        ("certificate-announced-on", it.announced_on.to_string()),
        ("certificate-public-until", view::last_public(it).to_string()),
        ("certificate-issued-at", at(it.issued_at)),
        ("certificate-withdrawn-at", at(it.withdrawn_at)),
        ("certificate-reason", it.reason.clone()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(key, value)| (page.t(key), value))
    .collect()
}

fn withdraw_form(page: &Page, id: CertificateId) -> Form {
    Form::new(
        page,
        format!("/certificates/{id}/withdraw"),
        "certificate-withdraw",
    )
    .required(page, "reason", "certificate-reason", Control::Text)
}

/// Back to the certificate, with what was done or why it was not.
async fn answer(
    app: &App,
    actor: &Actor,
    page: Page,
    id: CertificateId,
    (done, key): (Result<()>, &str),
) -> Answer {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/certificates/{id}?done={key}")).into_response()),
        Err(problem) if problem.code.status == 409 || problem.code.status == 422 => {
            let words = page.tn(&format!("problem-{}", problem.code.name), &problem.args);
            Ok(draw(app, actor, page, id, (StatusCode::CONFLICT, Some(words), None)).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// `POST /certificates/{id}/announce`: announces it anew.
pub(crate) async fn again(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<CertificateId>,
) -> Answer {
    let done = announce_again(&app, &actor, id).await;
    answer(&app, &actor, page, id, (done, "certificate-announced")).await
}

/// `POST /certificates/{id}/issue`
pub(crate) async fn issue_it(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<CertificateId>,
) -> Answer {
    let done = issue(&app, &actor, id).await;
    answer(&app, &actor, page, id, (done, "certificate-issued")).await
}

/// `POST /certificates/{id}/withdraw`
pub(crate) async fn take_back(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<CertificateId>,
    typed: Typed,
) -> Answer {
    let mut check = typed.check();
    let reason = check.text("reason", REASON);
    if let Err(errors) = check.done(()) {
        let form = withdraw_form(&page, id).fill(&typed).errors(&page, &errors);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(draw(&app, &actor, page, id, (status, None, Some(form))).await?);
    }
    let done = withdraw(&app, &actor, id, &reason).await;
    answer(&app, &actor, page, id, (done, "certificate-withdrawn")).await
}

/// `GET /certificates/{id}/pdf`
pub(crate) async fn pdf(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    headers: HeaderMap,
    Path(id): Path<CertificateId>,
) -> Answer {
    let it = load(app.store.read(), &actor, id).await?;
    if it.issued_at.is_none() {
        return Err(Problem::new(state::NOT_ISSUED).into());
    }
    let host = headers
        .get("host")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("localhost");
    let scheme = if app.secure { "https" } else { "http" };
    let name = format!(
        "{}_{}_{}.pdf",
        page.t("certificate-title"),
        it.name,
        serial::shown(&it.serial)
    );
    let bytes = paper::render(&app, &it, page, &format!("{scheme}://{host}/check")).await?;
    take(&app, &actor, &it).await?;
    let head = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, sheet::attachment(&name)),
    ];
    Ok((head, bytes).into_response())
}
