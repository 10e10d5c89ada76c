//! The audit trail as a list.

use axum::extract::State;
use kit::{Result, Role};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Filter, Key, Window},
    problem::Answer,
};

use crate::{Actor, model::audit, user as users, user_list::begins_with};

/// Those who may read the trail.
pub const READERS: &[Role] = &[Role::Administrator, Role::Auditor, Role::Commander];

/// How many of the newest entries are looked at for the choices of the filter.
const RECENT: u64 = 2_000;

/// `GET /audit`
pub async fn list(State(app): State<App>, page: Page, actor: Actor, query: ListQuery) -> Answer {
    let seen = Condition::all().add(actor.scope(READERS).community(audit::Column::CommunityId));
    let action = query.filter("action");
    if query.filter("format") == "xlsx" {
        let subject = [action.clone(), query.filter("q")].join(" ");
        users::note(app.store.write(), &app, &actor, "audit.export", subject.trim()).await?;
    }
    let definition = Definition {
        path: "/audit".to_owned(),
        columns: list::columns(
            &page,
            &[
                ("at", "accounts-audit-at"),
                ("", "accounts-audit-who"),
                ("", "accounts-audit-what"),
                ("", "accounts-audit-subject"),
                ("", "accounts-audit-address"),
            ],
        ),
        filters: vec![Filter {
            name: "action",
            label: page.t("accounts-audit-what"),
            options: choices(&app, &page, &seen, &action).await?,
        }],
        default_sort: "-at",
        search: page.t("accounts-search-audit"),
        empty: page.t("accounts-no-audit"),
        export: page.t("accounts-audit"),
    };
    let mut wanted = seen;
    if !action.is_empty() {
        wanted = wanted.add(audit::Column::Action.like(begins_with(&action)));
    }
    let listed = shell::list::answer(page.clone(), query, definition, |window| {
        load(&app, &page, wanted.clone(), window)
    })
    .await?;
    let title = page.t("accounts-audit");
    Ok(listed.page(page, title, vec![])?)
}

/// An action in words: its sentence, or the action itself where a room has none.
fn sentence(page: &Page, action: &str) -> String {
    let key = format!("audit-{}", action.replace('.', "-"));
    if page.has(&key) {
        page.t(&key)
    } else {
        action.to_owned()
    }
}

fn newest(seen: &Condition) -> Select<audit::Entity> {
    audit::Entity::find()
        .filter(seen.clone())
        .order_by_desc(audit::Column::At)
        .order_by_desc(audit::Column::Id)
}

#[derive(FromQueryResult)]
struct Action {
    action: String,
}

/// The actions among the newest entries, each with its sentence, and the one that is chosen.
async fn choices(app: &App, page: &Page, seen: &Condition, chosen: &str) -> Result<Vec<(String, String)>> {
    let recent: Vec<Action> = newest(seen)
        .select_only()
        .column(audit::Column::Action)
        .limit(RECENT)
        .into_model()
        .all(app.store.read())
        .await?;
    let mut actions: Vec<String> = recent.into_iter().map(|row| row.action).collect();
    if !chosen.is_empty() {
        actions.push(chosen.to_owned());
    }
    actions.sort_unstable();
    actions.dedup();
    Ok(actions
        .into_iter()
        .map(|action| {
            let words = sentence(page, &action);
            (action, words)
        })
        .collect())
}

async fn load(app: &App, page: &Page, wanted: Condition, window: Window) -> Result<Vec<Row>> {
    let mut select = audit::Entity::find().filter(wanted);
    if !window.q.is_empty() {
        select = select.filter(audit::Column::UserName.like(begins_with(&window.q)));
    }
    let rows = window
        .cut(select, audit::Column::At, audit::Column::Id)
        .all(app.store.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|entry| Row {
            id: entry.id,
            key: Key::from(entry.at),
            href: None,
            cells: vec![
                Cell::Text(entry.at.minute_text()),
                Cell::Text(entry.user_name),
                Cell::Text(sentence(page, &entry.action)),
                Cell::Text(entry.subject),
                Cell::Text(entry.address),
            ],
        })
        .collect())
}
