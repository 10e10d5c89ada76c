//! Pages open to all: who is to get a certificate, and whether one is valid. No numbers, no whole names.

use accounts::{Sessions, address::Origin, throttle::Key};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Problem, Result, problem::code};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed as Fields},
    list::Cell,
    problem::Answer,
};

use super::{
    list, mask,
    serial::{self, Typed},
    state::State as Standing,
    view,
};
use crate::model::certificate;

/// Characters of a serial as somebody may type it.
const LONGEST: usize = 60;

/// `GET /certificates/announced`
pub(crate) async fn announced(State(app): State<App>, page: Page, query: ListQuery) -> Answer {
    let title = page.t("certificate-public-title");
    let listed = list::public(&app, page.clone(), query).await?;
    let actions = vec![("/check".to_owned(), page.t("certificate-check"))];
    Ok(listed.page(page, title, actions)?)
}

/// What the check says.
struct Said {
    badge: Cell,
    sentence: String,
    facts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "certificate_check.html")]
struct CheckPage {
    page: Page,
    title: String,
    said: Option<Said>,
    error: Option<String>,
    form: Form,
}

fn form(page: &Page, typed: &str) -> Form {
    Form::new(page, "/check", "certificate-check-now")
        .required(page, "serial", "certificate-serial", Control::Text)
        .fill(&Fields::default().set("serial", typed))
}

fn draw(
    page: Page,
    status: StatusCode,
    said: Option<Said>,
    error: Option<String>,
    form: Form,
) -> Result<Response> {
    let drawn = Page::draw(&CheckPage {
        title: page.t("certificate-check"),
        page,
        said,
        error,
        form,
    })?;
    Ok((status, drawn).into_response())
}

/// `GET /check`
pub(crate) async fn ask(page: Page) -> Answer {
    let form = form(&page, "");
    Ok(draw(page, StatusCode::OK, None, None, form)?)
}

/// `POST /check`: on to the page of the serial.
pub(crate) async fn go(page: Page, typed: Fields) -> Answer {
    let text: String = typed.get("serial").chars().take(LONGEST).collect();
    if text.is_empty() {
        let errors = [FieldError::new("serial", "required")];
        let form = form(&page, "").errors(&page, &errors);
        return Ok(draw(page, StatusCode::UNPROCESSABLE_ENTITY, None, None, form)?);
    }
    match serial::read(&text) {
        Typed::Fits(serial) => Ok(Redirect::to(&format!("/check/{serial}")).into_response()),
        Typed::Wrong => wrong(page, &text),
    }
}

/// `GET /check/{serial}`
pub(crate) async fn check(
    State(app): State<App>,
    Extension(sessions): Extension<Sessions>,
    origin: Origin,
    page: Page,
    Path(typed): Path<String>,
) -> Answer {
    let serial = match serial::read(&typed) {
        Typed::Fits(serial) => serial,
        // What cannot be a serial tells nothing, so it is no try.
        Typed::Wrong => return wrong(page, &typed.chars().take(LONGEST).collect::<String>()),
    };
    // Counted before it is looked for; whoever types a true one gets the try back.
    let keys = [Key::address(&format!("check {}", origin.address))];
    if let Err(seconds) = sessions.throttle.attempt(app.now(), &keys) {
        return Err(Problem {
            retry_after: Some(seconds),
            ..Problem::new(code::TOO_MANY)
        }
        .into());
    }
    let found = certificate::Entity::find()
        .filter(certificate::Column::Serial.eq(&serial))
        .one(app.store.read())
        .await?;
    let Some(it) = found else {
        let error = Some(page.t("certificate-unknown"));
        let form = form(&page, &serial::shown(&serial));
        return Ok(draw(page, StatusCode::NOT_FOUND, None, error, form)?);
    };
    sessions.throttle.success(&keys);
    let said = said(&it, &page);
    let form = form(&page, "");
    Ok(draw(page, StatusCode::OK, Some(said), None, form)?)
}

fn wrong(page: Page, typed: &str) -> Answer {
    let error = Some(page.t("certificate-mistyped"));
    let form = form(&page, typed);
    Ok(draw(page, StatusCode::NOT_FOUND, None, error, form)?)
}

fn said(it: &certificate::Model, page: &Page) -> Said {
    let sentence = match it.state {
        Standing::Announced => page.t1("certificate-check-announced", "until", view::last_public(it)),
        Standing::Issued => page.t1(
            "certificate-check-valid",
            "day",
            it.issued_at.unwrap_or(it.created_at).day(),
        ),
        Standing::Withdrawn => page.t1(
            "certificate-check-withdrawn",
            "day",
            it.withdrawn_at.unwrap_or(it.created_at).day(),
        ),
    };
    let badge = match it.state {
        Standing::Issued => Cell::Badge(page.t("certificate-valid"), "green"),
        state => view::badge(state, page),
    };
    Said {
        badge,
        sentence,
        facts: [
            ("certificate-serial", serial::shown(&it.serial)),
            ("hours-name", mask::name(&it.name)),
            (
                "certificate-period",
                view::period(it.first_day, it.last_day, page),
            ),
            ("hours-hours", view::hours_text(it.tenths)),
            ("certificate-issuer", it.issuer.clone()),
        ]
        .map(|(key, value)| (page.t(key), value))
        .into(),
    }
}
