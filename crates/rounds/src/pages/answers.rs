//! What was answered on a round: counted by choice, listed, and as an Excel file with a column for each question.

use std::collections::{BTreeMap, HashMap};

use accounts::Actor;
use askama::Template;
use axum::extract::{Path, State};
use kit::{
    Problem, Result, Role,
    id::{RoundId, TargetId},
};
use places::PlaceKind;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, sea_query::Expr};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Column, Definition, List, Listed, Window},
    problem::Answer,
};
use store::Scope;

use super::{outcome as words, show};
use crate::{
    form::{Answers, Form, Kind},
    forms,
    model::{outcome, round, target},
    queries,
};

/// Answers that are counted at most; a larger area is looked at by its parts.
const COUNTED: u64 = 20_000;
/// Answers looked up in one statement at most.
const STEP: usize = 1_000;

/// How often each choice of a question was given.
struct Counted {
    question: String,
    choices: Vec<(String, usize, usize)>,
}

#[derive(Template)]
#[template(path = "answers.html")]
struct AnswersPage {
    page: Page,
    title: String,
    round: round::Model,
    at: kit::id::PlaceId,
    counted: Vec<Counted>,
    too_many: bool,
    list: Box<List>,
}

/// `GET /rounds/{id}/answers`, with `?place=` for a part of it.
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<RoundId>,
    query: ListQuery,
) -> Answer {
    let db = app.store.read();
    let round = queries::find(db, &actor, Role::STAFF, id).await?;
    let form = forms::of(db, &round).await?.ok_or_else(Problem::not_found)?;
    let at = show::looked_at(&app, &actor, &round, &query.filter("place")).await?;
    // Answers are personal: whoever only reads reports does not see them.
    let scope = show::within_of(&actor, Role::STAFF, &at.path);
    let english = page.lang == kit::Lang::En;
    let mut columns = list::columns(
        &page,
        &[
            ("", "round-building"),
            ("", "round-unit"),
            ("", "round-flat"),
            ("", "round-person"),
            ("", "round-what"),
            ("at", "round-last-at"),
        ],
    );
    columns.extend(form.questions.iter().map(|one| Column {
        sort: "",
        label: one.words.either(english).to_owned(),
    }));
    let definition = Definition {
        path: format!("/rounds/{id}/answers"),
        columns,
        default_sort: "-at",
        empty: page.t("round-answers-none"),
        export: page.t("round-answers"),
        ..Definition::default()
    };
    let words = page.clone();
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &round, &form, &scope, window)
    })
    .await?;
    let list = match listed {
        Listed::File(file) => {
            accounts::audit::exported(&app, &actor, "round.answers-export").await?;
            return Ok(file);
        }
        Listed::List(list) => list,
    };
    let counted = if at.kind >= PlaceKind::Community {
        counted(&app, &round, &form, &scope, english).await?
    } else {
        None
    };
    Ok(Page::draw(&AnswersPage {
        title: format!("{} · {}", page.t("round-answers"), at.name),
        at: at.id,
        too_many: counted.is_none(),
        counted: counted.unwrap_or_default(),
        round,
        list,
        page,
    })?)
}

fn answered(round: &round::Model, scope: &Scope) -> Select<outcome::Entity> {
    outcome::Entity::find()
        .filter(outcome::Column::RoundId.eq(round.id))
        // As the partial index says, word for word.
        .filter(Expr::cust("answers_sealed IS NOT NULL"))
        .filter(outcome::Column::PieceId.in_subquery(queries::pieces_within(round.id, scope)))
}

fn opened(app: &App, row: &outcome::Model) -> Result<Answers> {
    let Some(sealed) = &row.answers_sealed else {
        return Ok(Answers::new());
    };
    serde_json::from_str(&app.cipher.decrypt(sealed)?).map_err(Problem::internal)
}

/// Choices by the latest answers of each target; `None` where there are too many to count at once.
async fn counted(
    app: &App,
    round: &round::Model,
    form: &Form,
    scope: &Scope,
    english: bool,
) -> Result<Option<Vec<Counted>>> {
    let rows = answered(round, scope)
        .limit(COUNTED + 1)
        .all(app.store.read())
        .await?;
    if rows.len() as u64 > COUNTED {
        return Ok(None);
    }
    let mut latest = HashMap::<TargetId, &outcome::Model>::new();
    for row in &rows {
        let one = latest.entry(row.target_id).or_insert(row);
        if (one.at, one.id) < (row.at, row.id) {
            *one = row;
        }
    }
    let mut counts = BTreeMap::<(usize, String), usize>::new();
    for row in latest.values() {
        let answers = opened(app, row)?;
        for (i, question) in form.questions.iter().enumerate() {
            let values = match answers.get(&question.name) {
                Some(crate::form::Answer::Text(value)) if question.kind == Kind::Choice => {
                    vec![value.clone()]
                }
                Some(crate::form::Answer::Several(values)) => values.clone(),
                _ => continue,
            };
            for value in values {
                *counts.entry((i, value)).or_default() += 1;
            }
        }
    }
    let all = latest.len().max(1);
    Ok(Some(
        form.questions
            .iter()
            .enumerate()
            .filter(|(_, question)| !question.choices.is_empty())
            .map(|(i, question)| Counted {
                question: question.words.either(english).to_owned(),
                choices: question
                    .choices
                    .iter()
                    .map(|choice| {
                        let n = counts.get(&(i, choice.value.clone())).copied().unwrap_or(0);
                        (choice.words.either(english).to_owned(), n, n * 100 / all)
                    })
                    .collect(),
            })
            .collect(),
    ))
}

async fn rows(
    app: &App,
    page: &Page,
    round: &round::Model,
    form: &Form,
    scope: &Scope,
    window: Window,
) -> Result<Vec<Row>> {
    let db = app.store.read();
    let found = window
        .cut(answered(round, scope), outcome::Column::At, outcome::Column::Id)
        .all(db)
        .await?;
    let names = queries::piece_names(db, found.iter().map(|row| row.piece_id)).await?;
    let mut targets = HashMap::new();
    for some in found.chunks(STEP) {
        let rows = target::Entity::find()
            .filter(target::Column::RoundId.eq(round.id))
            .filter(target::Column::Id.is_in(some.iter().map(|row| row.target_id)))
            .all(db)
            .await?;
        targets.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    let english = page.lang == kit::Lang::En;
    found
        .into_iter()
        .map(|row| {
            let answers = opened(app, &row)?;
            let target = targets.get(&row.target_id);
            let of = |pick: fn(&target::Model) -> &str| target.map_or("", pick).to_owned();
            let mut cells = vec![
                names.get(&row.piece_id).cloned().unwrap_or_default().into(),
                of(|target| &target.unit).into(),
                of(|target| &target.label).into(),
                of(|target| &target.name).into(),
                words(page, row.outcome.name()).into(),
                row.at.minute_text().into(),
            ];
            cells.extend(form.questions.iter().map(|question| {
                let said = answers.get(&question.name).map(|answer| question.said(answer));
                Cell::Text(said.map_or_else(String::new, |said| said.either(english).to_owned()))
            }));
            Ok(Row {
                id: row.id.0,
                key: row.at.into(),
                href: Some(format!("/rounds/{}/targets/{}", round.id, row.target_id)),
                cells,
            })
        })
        .collect()
}
