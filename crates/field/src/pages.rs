//! The page on which staff mend what was rejected or does not fit.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kit::{
    Problem, Role,
    id::{PlaceId, RecordId},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use crate::{issues, model::issue, private};

/// Rejected records belong to no place; whoever leads everything sees them all, others those they sent.
fn visible(actor: &Actor) -> Condition {
    let scope = actor.scope(Role::READERS);
    if scope == Scope::Everything {
        return Condition::all();
    }
    Condition::any()
        .add(scope.community(issue::Column::CommunityId))
        .add(issue::Column::Sender.eq(actor.user_id.unwrap_or_default()))
}

pub(crate) async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let state = match query.filter("state").as_str() {
        "settled" => Some(false),
        "all" => None,
        _ => Some(true),
    };
    let definition = Definition {
        path: "/issues".into(),
        columns: list::columns(
            &page,
            &[
                ("", "field-issue"),
                ("", "field-issue-kind"),
                ("received", "field-received"),
                ("", "field-state"),
            ],
        ),
        filters: vec![Filter {
            name: "state",
            label: page.t("field-state"),
            options: vec![
                ("open".into(), page.t("field-open")),
                ("settled".into(), page.t("field-settled")),
                ("all".into(), page.t("all")),
            ],
        }],
        default_sort: "-received",
        search: String::new(),
        empty: page.t("field-no-issues"),
        export: "issues".into(),
    };
    let words = page.clone();
    let listed = list::answer(page.clone(), query, definition, |window: Window| {
        let (app, page, condition) = (app.clone(), words.clone(), visible(&actor));
        async move {
            let mut select = issue::Entity::find().filter(condition);
            if let Some(open) = state {
                select = select.filter(issue::Column::Open.eq(open));
            }
            let rows = window
                .cut(select, issue::Column::ReceivedAt, issue::Column::RecordId)
                .all(app.store.read())
                .await?;
            Ok(rows.into_iter().map(|row| draw(&page, row)).collect())
        }
    })
    .await?;
    Ok(listed.page(page.clone(), page.t("field-issues"), vec![])?)
}

fn draw(page: &Page, row: issue::Model) -> Row {
    let state = if row.open {
        Cell::Badge(page.t("field-open"), "yellow")
    } else {
        Cell::Badge(page.t("field-settled"), "green")
    };
    Row {
        id: row.record_id.0,
        key: row.received_at.into(),
        href: Some(format!(
            "/issues/{}/{}/{}",
            row.community_id, row.record_id, row.code
        )),
        cells: vec![
            page.t(&format!("record-{}", row.code)).into(),
            kind_text(page, &row.kind).into(),
            row.received_at.minute_text().into(),
            state,
        ],
    }
}

fn kind_text(page: &Page, kind: &str) -> String {
    let key = format!("record-kind-{}", kind.replace('.', "-"));
    if page.has(&key) {
        page.t(&key)
    } else {
        kind.to_owned()
    }
}

#[derive(Template)]
#[template(path = "issue.html")]
struct IssuePage {
    page: Page,
    title: String,
    body: String,
    issue: issue::Model,
    kind: String,
    form: Option<Form>,
}

async fn find(
    app: &App,
    actor: &Actor,
    (community, record, code): (PlaceId, RecordId, String),
) -> kit::Result<issue::Model> {
    issue::Entity::find_by_id((community, record, code))
        .filter(visible(actor))
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)
}

fn form(page: &Page, issue: &issue::Model) -> Form {
    let action = format!(
        "/issues/{}/{}/{}/settle",
        issue.community_id, issue.record_id, issue.code
    );
    Form::new(page, action, "field-settle").required(page, "note", "field-note", Control::Area)
}

pub(crate) async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<(PlaceId, RecordId, String)>,
) -> Answer {
    let issue = find(&app, &actor, id).await?;
    let form = (issue.open && page.may(Role::STAFF)).then(|| form(&page, &issue));
    Ok(draw_issue(&app, page, issue, form)?)
}

fn draw_issue(
    app: &App,
    page: Page,
    issue: issue::Model,
    form: Option<Form>,
) -> kit::Result<axum::response::Response> {
    let title = page.t(&format!("record-{}", issue.code));
    let kind = kind_text(&page, &issue.kind);
    let body = private::shown(&app.cipher, &issue.body);
    Page::draw(&IssuePage {
        page,
        title,
        body,
        issue,
        kind,
        form,
    })
}

pub(crate) async fn settle(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<(PlaceId, RecordId, String)>,
    typed: Typed,
) -> Answer {
    let issue = find(&app, &actor, id).await?;
    let mut check = typed.check();
    let note = check.text("note", 500);
    match check.done(note) {
        Ok(note) => {
            issues::settle(&app, &actor, &issue, &note).await?;
            Ok(Redirect::to("/issues?done=field-settled").into_response())
        }
        Err(errors) => {
            let form = form(&page, &issue).fill(&typed).errors(&page, &errors);
            let drawn = draw_issue(&app, page, issue, Some(form))?;
            Ok(Page::again(drawn))
        }
    }
}
