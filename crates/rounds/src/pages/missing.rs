//! The missing list: every target without a final outcome, down to household and person, with what was tried.

use accounts::Actor;
use axum::extract::{Path, State};
use kit::{Result, Role, id::RoundId};
use sea_orm::{ColumnTrait, QueryFilter};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use super::{outcome, show};
use crate::{
    model::{round, target},
    queries,
};

/// `GET /rounds/{id}/missing`, with `?place=` for a part of it.
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<RoundId>,
    query: ListQuery,
) -> Answer {
    let round = queries::find(app.store.read(), &actor, Role::READERS, id).await?;
    let at = show::looked_at(&app, &actor, &round, &query.filter("place")).await?;
    let mut filters = vec![Filter {
        name: "tried",
        label: page.t("round-tried"),
        options: vec![
            ("no".to_owned(), page.t("round-not-tried")),
            ("yes".to_owned(), page.t("round-was-tried")),
            ("again".to_owned(), page.t("round-due-again")),
        ],
    }];
    if !query.filter("place").is_empty() {
        filters.push(Filter {
            name: "place",
            label: page.t("round-place"),
            options: vec![(at.id.to_string(), at.name.clone())],
        });
    }
    let definition = Definition {
        path: format!("/rounds/{id}/missing"),
        columns: list::columns(
            &page,
            &[
                ("", "round-building"),
                ("", "round-unit"),
                ("label", "round-flat"),
                ("", "round-person"),
                ("", "round-tries"),
                ("", "round-last"),
                ("", "round-last-at"),
            ],
        ),
        filters,
        default_sort: "label",
        empty: page.t("round-missing-none"),
        export: page.t("round-missing-list"),
        ..Definition::default()
    };
    let export = query.filter("format") == "xlsx";
    let (words, asked) = (page.clone(), query.filter("tried"));
    let scope = show::within(&actor, &at.path);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &round, &scope, &asked, window)
    })
    .await?;
    if export {
        accounts::audit::exported(&app, &actor, "round.missing-export").await?;
    }
    let actions = vec![
        (format!("/rounds/{id}?place={}", at.id), round.name.clone()),
        (
            format!("/rounds/{id}/board?place={}", at.id),
            page.t("round-board"),
        ),
    ];
    let title = format!("{} · {}", page.t("round-missing-list"), at.name);
    Ok(listed.page(page, title, actions)?)
}

async fn rows(
    app: &App,
    page: &Page,
    round: &round::Model,
    scope: &Scope,
    tried: &str,
    window: Window,
) -> Result<Vec<Row>> {
    let db = app.store.read();
    let now = app.now();
    let mut select = queries::missing(round.id, scope);
    select = match tried {
        "no" => select.filter(target::Column::Tries.eq(0)),
        "yes" => select.filter(target::Column::Tries.gt(0)),
        "again" => {
            let before = kit::Timestamp::from_millis(now.millis() - round.again_hours * 3_600_000);
            select.filter(target::Column::At.lte(before))
        }
        _ => select,
    };
    let found = window
        .cut(select, target::Column::Label, target::Column::Id)
        .all(db)
        .await?;
    let names = queries::piece_names(db, found.iter().map(|row| row.piece_id)).await?;
    Ok(found
        .into_iter()
        .map(|row| Row {
            id: row.id.0,
            key: row.label.as_str().into(),
            href: Some(format!("/rounds/{}/targets/{}", round.id, row.id)),
            cells: vec![
                names.get(&row.piece_id).cloned().unwrap_or_default().into(),
                row.unit.into(),
                row.label.into(),
                row.name.into(),
                Cell::int(row.tries),
                if row.outcome.is_empty() {
                    Cell::Text(String::new())
                } else {
                    Cell::Badge(outcome(page, &row.outcome), "yellow")
                },
                row.at.map(kit::Timestamp::minute_text).unwrap_or_default().into(),
            ],
        })
        .collect())
}
