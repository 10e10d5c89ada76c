//! All rounds.

use accounts::Actor;
use axum::extract::State;
use kit::{Result, Role};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use super::state;
use crate::{model::round, queries};

/// `GET /rounds`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/rounds".into(),
        columns: list::columns(
            &page,
            &[
                ("", "round-name"),
                ("", "round-kind"),
                ("", "round-place"),
                ("", "round-coverage"),
                ("", "round-missing"),
                ("", "round-deadline"),
                ("", "round-state"),
                ("opened", "round-opened"),
            ],
        ),
        filters: vec![Filter {
            name: "open",
            label: page.t("round-state"),
            options: vec![
                ("yes".to_owned(), page.t("round-state-open")),
                ("no".to_owned(), page.t("round-state-closed")),
            ],
        }],
        default_sort: "-opened",
        empty: page.t("round-none"),
        ..Definition::default()
    };
    let (words, asked) = (page.clone(), query.filter("open"));
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &asked, window)
    })
    .await?;
    let mut actions = vec![
        ("/needs".to_owned(), page.t("round-needs")),
        ("/forms".to_owned(), page.t("form-title")),
    ];
    if actor.has(Role::STAFF) {
        actions.insert(0, ("/rounds/new".to_owned(), page.t("round-new")));
    }
    Ok(listed.page(page.clone(), page.t("round-title"), actions)?)
}

/// Rounds over a place of the scope, or over a place in which the scope lies.
fn touching(scope: &Scope) -> Condition {
    match scope {
        Scope::Within(paths) => {
            let above: Vec<String> = paths
                .iter()
                .flat_map(|path| path.match_indices('/').map(|(end, _)| path[..=end].to_owned()))
                .collect();
            Condition::any()
                .add(scope.path(round::Column::PlacePath))
                .add(round::Column::PlacePath.is_in(above))
        }
        _ => scope.path(round::Column::PlacePath),
    }
}

async fn rows(app: &App, page: &Page, scope: &Scope, open: &str, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let now = app.now();
    let mut select = round::Entity::find().filter(touching(scope));
    select = match open {
        "yes" => select.filter(round::Column::ClosedAt.is_null()),
        "no" => select.filter(round::Column::ClosedAt.is_not_null()),
        _ => select,
    };
    let found = window
        .cut(select, round::Column::OpenedAt, round::Column::Id)
        .all(db)
        .await?;
    let names = queries::place_names(db, &found).await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let coverage = queries::coverage(db, row.id, scope).await?;
        rows.push(Row {
            id: row.id.0,
            key: row.opened_at.into(),
            href: Some(format!("/rounds/{}", row.id)),
            cells: vec![
                row.name.clone().into(),
                page.code("round-kind", row.kind.name()).into(),
                names.get(&row.place_id).cloned().unwrap_or_default().into(),
                format!("{} %", coverage.percent()).into(),
                Cell::int(coverage.missing()),
                row.deadline_at.minute_text().into(),
                state(page, &row, coverage.missing(), now),
                row.opened_at.minute_text().into(),
            ],
        });
    }
    Ok(rows)
}
