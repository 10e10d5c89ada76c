//! All tubes.

use std::collections::HashMap;

use accounts::Actor;
use axum::extract::State;
use kit::{Result, Role};
use rounds::model::round;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Query};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use crate::{
    body,
    model::{Verdict, result, tube},
};

/// A verdict in words and colour; nothing while it is waited for.
pub fn verdict(page: &Page, verdict: Option<Verdict>) -> Cell {
    match verdict {
        None => Cell::Text(String::new()),
        Some(Verdict::Negative) => Cell::Badge(page.t("sampling-negative"), "green"),
        Some(Verdict::Positive) => Cell::Badge(page.t("sampling-positive"), "red"),
        Some(Verdict::Invalid) => Cell::Badge(page.t("sampling-invalid"), "yellow"),
    }
}

/// `GET /tubes`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/tubes".into(),
        columns: list::columns(
            &page,
            &[
                ("code", "sampling-tube"),
                ("", "sampling-round"),
                ("", "sampling-lane"),
                ("", "sampling-taken"),
                ("", "sampling-at"),
                ("", "sampling-state"),
                ("", "sampling-box"),
                ("", "sampling-result"),
            ],
        ),
        filters: vec![Filter {
            name: "result",
            label: page.t("sampling-result"),
            options: [
                ("none", "sampling-waits"),
                ("negative", "sampling-negative"),
                ("positive", "sampling-positive"),
                ("invalid", "sampling-invalid"),
            ]
            .into_iter()
            .map(|(value, key)| (value.to_owned(), page.t(key)))
            .collect(),
        }],
        default_sort: "code",
        search: page.t("sampling-search"),
        empty: page.t("sampling-no-tubes"),
        export: page.t("sampling-tubes"),
    };
    let export = query.filter("format") == "xlsx";
    let (words, asked) = (page.clone(), query.filter("result"));
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &asked, window)
    })
    .await?;
    if export {
        accounts::audit::exported(&app, &actor, "sampling.export").await?;
    }
    let mut actions = vec![
        ("/sampling/plan".to_owned(), page.t("sampling-plan")),
        ("/tubes/boxes".to_owned(), page.t("sampling-boxes")),
    ];
    if actor.has(Role::STAFF) {
        actions.insert(0, ("/tubes/results".to_owned(), page.t("sampling-results")));
    }
    Ok(listed.page(page.clone(), page.t("sampling-tubes"), actions)?)
}

async fn rows(app: &App, page: &Page, scope: &Scope, asked: &str, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let mut select = tube::Entity::find().filter(scope.community(tube::Column::CommunityId));
    let known = |verdict: Option<Verdict>| {
        let mut query = Query::select()
            .column(result::Column::Code)
            .from(result::Entity)
            .cond_where(scope.community(result::Column::CommunityId))
            .to_owned();
        if let Some(verdict) = verdict {
            query.and_where(result::Column::Verdict.eq(verdict));
        }
        query
    };
    select = match asked {
        "none" => select.filter(tube::Column::Code.not_in_subquery(known(None))),
        _ => match Verdict::read(asked) {
            Some(verdict) => select.filter(tube::Column::Code.in_subquery(known(Some(verdict)))),
            None => select,
        },
    };
    if let Some(code) = body::tube(&window.q) {
        select = select.filter(tube::Column::Code.eq(code));
    } else if !window.q.is_empty() {
        let begin = window.q.to_ascii_uppercase();
        select = select
            .filter(tube::Column::Code.gte(begin.as_str()))
            .filter(tube::Column::Code.lt(format!("{begin}~")));
    }
    let select = window.cut(select, tube::Column::Code, tube::Column::CommunityId);
    let found = select.all(db).await?;
    let rounds: HashMap<_, _> = round::Entity::find()
        .filter(
            round::Column::Id.is_in(
                found
                    .iter()
                    .map(|row| row.round_id)
                    .collect::<std::collections::HashSet<_>>(),
            ),
        )
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let mut results = HashMap::new();
    let codes: Vec<&str> = found.iter().map(|row| row.code.as_str()).collect();
    for some in codes.chunks(1_000) {
        let rows = result::Entity::find()
            .filter(result::Column::Code.is_in(some.iter().copied()))
            .all(db)
            .await?;
        results.extend(
            rows.into_iter()
                .map(|row| ((row.community_id, row.code), row.verdict)),
        );
    }
    Ok(found
        .into_iter()
        .map(|row| {
            let known = results.get(&(row.community_id, row.code.clone())).copied();
            Row {
                id: row.community_id.0,
                key: row.code.as_str().into(),
                href: Some(format!("/tubes/{}?community={}", row.code, row.community_id)),
                cells: vec![
                    row.code.clone().into(),
                    rounds.get(&row.round_id).cloned().unwrap_or_default().into(),
                    row.lane.clone().into(),
                    if row.capacity > 0 {
                        format!("{} / {}", row.taken, row.capacity).into()
                    } else {
                        row.taken.to_string().into()
                    },
                    row.at.minute_text().into(),
                    if row.sealed_at.is_some() {
                        Cell::Text(page.t("sampling-sealed"))
                    } else {
                        Cell::Badge(page.t("sampling-open"), "yellow")
                    },
                    row.crate_code.into(),
                    verdict(page, known),
                ],
            }
        })
        .collect())
}
