//! Results of the laboratory from a file: the good lines go in, the others come back with the reason in a column.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kit::{FieldError, Result};
use rounds::model::round;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{App, Form, Page, form::Control, problem::Answer, sheet, upload::Upload};

use crate::results::{self, Report};

/// Rejected lines shown on the page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "results.html")]
struct ResultsPage {
    page: Page,
    title: String,
    report: Option<Report>,
    follow_ups: Vec<(kit::id::RoundId, String)>,
    carried: String,
    form: Form,
}

impl ResultsPage {
    fn rejected(&self) -> Vec<(usize, String, String)> {
        let rejected = self.report.iter().flat_map(|report| &report.rejected);
        rejected
            .take(SHOWN)
            .map(|one| (one.line.line, one.line.tube.clone(), self.page.t(one.why)))
            .collect()
    }
}

fn form(page: &Page) -> Form {
    Form::new(page, "/tubes/results", "sampling-enter")
        .required(page, "file", "sampling-file", Control::File(".xlsx,.csv,.txt"))
        .cancel(page, "/tubes")
}

fn draw(
    page: Page,
    form: Form,
    report: Option<Report>,
    follow_ups: Vec<(kit::id::RoundId, String)>,
    carried: String,
) -> Result<Response> {
    Page::draw(&ResultsPage {
        title: page.t("sampling-results"),
        report,
        follow_ups,
        carried,
        form,
        page,
    })
}

/// `GET /tubes/results`
pub async fn ask(page: Page) -> Answer {
    let form = form(&page);
    Ok(draw(page, form, None, vec![], String::new())?)
}

/// `POST /tubes/results`
pub async fn enter(State(app): State<App>, actor: Actor, page: Page, upload: Upload) -> Answer {
    let again = |page: Page, mut form: Form, error: Option<String>| -> Answer {
        if error.is_some() {
            form.error = error;
        } else {
            form = form.errors(&page, &[FieldError::new("file", "required")]);
        }
        Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            draw(page, form, None, vec![], String::new())?,
        )
            .into_response())
    };
    let form = form(&page);
    if upload.file.is_empty() {
        return again(page, form, None);
    }
    let lines = match results::read(&upload.file) {
        Ok(lines) => lines,
        Err(problem) if [sheet::NOT_A_SHEET, sheet::WRONG_COLUMNS].contains(&problem.code) => {
            let key = format!("problem-{}", problem.code.name);
            let words = page.tn(&key, &problem.args);
            return again(page, form, Some(words));
        }
        Err(problem) => return Err(problem.into()),
    };
    let report = results::enter(&app, &actor, lines).await?;
    let follow_ups = round::Entity::find()
        .filter(round::Column::Id.is_in(report.follow_ups.iter().copied()))
        .all(app.store.write())
        .await?
        .into_iter()
        .map(|round| (round.id, round.name))
        .collect();
    let carried = if report.rejected.is_empty() {
        String::new()
    } else {
        let file = report.rejected_sheet(&app.texts, page.lang)?;
        format!("data:{};base64,{}", sheet::XLSX, BASE64_STANDARD.encode(file))
    };
    Ok(draw(page, form, Some(report), follow_ups, carried)?)
}
