//! Pages of shifts: the list, and new ones.

use accounts::Actor;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kit::{
    FieldError, Result, Role,
    id::{CallId, PostId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Window},
    problem::Answer,
};

use crate::{
    model::shift as shifts,
    pages::weekday_choices,
    queries,
    shift::{self, NewShifts},
};

pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let (when, free) = (query.filter("when"), query.filter("free"));
    let (post, call): (Option<PostId>, Option<CallId>) = (
        query.filter("post").parse().ok(),
        query.filter("call").parse().ok(),
    );
    let definition = Definition {
        path: "/shifts".into(),
        columns: list::columns(
            &page,
            &[
                ("start", "muster-start"),
                ("", "muster-end"),
                ("", "muster-post"),
                ("", "muster-place"),
                ("", "muster-names"),
                ("", "muster-state"),
            ],
        ),
        filters: vec![
            Filter {
                name: "when",
                label: page.t("muster-when"),
                options: ["now-on", "today", "coming", "past", "all"]
                    .iter()
                    .map(|w| ((*w).to_owned(), page.t(&format!("muster-when-{w}"))))
                    .collect(),
            },
            Filter {
                name: "free",
                label: page.t("muster-free"),
                options: vec![("yes".into(), page.t("muster-free-only"))],
            },
        ],
        // What is next comes first; what is over, the latest first.
        default_sort: if matches!(when.as_str(), "past" | "all") {
            "-start"
        } else {
            "start"
        },
        search: String::new(),
        empty: page.t("muster-no-shifts"),
        export: "shifts".into(),
    };
    let words = page.clone();
    let org = queries::own_org(app.store.read(), &actor).await?;
    let rights = queries::shifts(&actor, org);
    let listed = list::answer(page.clone(), query, definition, |window: Window| {
        let (app, page, rights, when, free) = (
            app.clone(),
            words.clone(),
            rights.clone(),
            when.clone(),
            free.clone(),
        );
        async move {
            let now = app.now();
            let mut select = shifts::Entity::find().filter(rights);
            match when.as_str() {
                "today" => {
                    let day = now.day();
                    select = select
                        .filter(shifts::Column::StartsAt.lt(day.next().start()))
                        .filter(shifts::Column::EndsAt.gt(day.start()));
                }
                "coming" => select = select.filter(shifts::Column::StartsAt.gt(now)),
                "past" => select = select.filter(shifts::Column::EndsAt.lte(now)),
                "all" => {}
                // The list of a call or a post shows all of it.
                _ if call.is_some() || post.is_some() => {}
                _ => select = select.filter(shifts::Column::EndsAt.gt(now)),
            }
            if free == "yes" {
                let room = sea_orm::sea_query::Expr::col(shifts::Column::Filled);
                select = select.filter(sea_orm::ExprTrait::lt(
                    room,
                    sea_orm::sea_query::Expr::col(shifts::Column::Needed),
                ));
            }
            if let Some(post) = post {
                select = select.filter(shifts::Column::PostId.eq(post));
            }
            if let Some(call) = call {
                select = select.filter(shifts::Column::CallId.eq(call));
            }
            let rows = window
                .cut(select, shifts::Column::StartsAt, shifts::Column::Id)
                .all(app.store.read())
                .await?;
            draw_rows(&app, &page, rows).await
        }
    })
    .await?;
    let actions = if actor.has(Role::STAFF) {
        vec![("/shifts/new".into(), page.t("muster-new-shifts"))]
    } else {
        vec![]
    };
    Ok(listed.page(page.clone(), page.t("muster-shifts"), actions)?)
}

async fn draw_rows(app: &App, page: &Page, rows: Vec<shifts::Model>) -> Result<Vec<Row>> {
    let db = app.store.read();
    let posts = queries::posts_of(db, rows.iter().map(|row| row.post_id)).await?;
    let places = queries::spots(db, posts.values()).await?;
    let now = app.now();
    Ok(rows
        .into_iter()
        .map(|row| {
            let post = posts.get(&row.post_id);
            let place = places.get(&row.post_id).cloned().unwrap_or_default();
            let state = match () {
                () if row.cancelled => Cell::Badge(page.t("muster-shift-cancelled"), "red"),
                () if row.ends_at <= now => Cell::Badge(page.t("muster-shift-over"), "secondary"),
                () if row.starts_at <= now => Cell::Badge(page.t("muster-shift-now"), "green"),
                () if row.filled < row.needed => Cell::Badge(page.t("muster-shift-free"), "yellow"),
                () => Cell::Badge(page.t("muster-shift-full"), "blue"),
            };
            Row {
                id: row.id.0,
                key: row.starts_at.into(),
                href: Some(format!("/shifts/{}", row.id)),
                cells: vec![
                    row.starts_at.minute_text().into(),
                    row.ends_at.minute_text().into(),
                    post.map(|post| post.name.clone()).unwrap_or_default().into(),
                    place.into(),
                    format!("{} / {}", row.filled, row.needed).into(),
                    state,
                ],
            }
        })
        .collect())
}

async fn new_form(app: &App, actor: &Actor, page: &Page) -> Result<Form> {
    let db = app.store.read();
    let posts = queries::posts(db, &actor.scope(Role::STAFF), 300).await?;
    let places = places::tree::names(db, posts.iter().map(|post| post.community_id)).await?;
    let choices = posts
        .into_iter()
        .map(|post| {
            let place = places.get(&post.community_id).cloned().unwrap_or_default();
            (post.id.to_string(), format!("{place} · {}", post.name))
        })
        .collect();
    let mut form = Form::new(page, "/shifts/new", "muster-make-shifts")
        .required(page, "posts", "muster-posts", Control::Checks(choices))
        .required(page, "first_day", "muster-first-day", Control::Date)
        .required(page, "last_day", "muster-last-day", Control::Date)
        .required(
            page,
            "weekdays",
            "muster-weekdays",
            Control::Checks(weekday_choices(page)),
        )
        .required(page, "hours", "muster-hours", Control::Text)
        .required(page, "needed", "muster-needed", Control::Number(1, 500))
        .field(page, "group", "muster-group", Control::Number(1, 50))
        .field(page, "org_name", "muster-org-kept", Control::Text)
        .field(page, "call", "muster-call", Control::Hidden)
        .cancel(page, "/shifts");
    for field in &mut form.fields {
        match field.name.as_str() {
            "hours" => {
                field.suggest = vec![
                    "08:00-20:00, 20:00-08:00".into(),
                    "00:00-08:00, 08:00-16:00, 16:00-24:00".into(),
                    "08:00-12:00, 12:00-18:00, 18:00-22:00".into(),
                ];
            }
            "org_name" => field.suggest = people::queries::org_offers(db, actor).await?,
            _ => {}
        }
    }
    Ok(form)
}

pub async fn new(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let today = app.now().day();
    let mut typed = Typed::default()
        .set("first_day", today)
        .set("last_day", today)
        .set("weekdays", "1,2,3,4,5,6,7")
        .set("hours", "08:00-20:00")
        .set("needed", 4);
    if let Ok(call) = query.filter("call").parse::<CallId>() {
        let call = queries::call(app.store.read(), &actor, call).await?;
        typed = typed
            .set("call", call.id)
            .set("first_day", call.first_day)
            .set("last_day", call.last_day)
            .set(
                "weekdays",
                call.weekdays
                    .chars()
                    .map(String::from)
                    .collect::<Vec<_>>()
                    .join(","),
            )
            .set("hours", format!("{}-{}", call.from_time, call.to_time))
            .set("needed", call.people_per_day.min(500));
    }
    let title = page.t("muster-new-shifts");
    Ok(new_form(&app, &actor, &page)
        .await?
        .fill(&typed)
        .answer(page, title)?)
}

pub async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let name = typed.get("org_name");
    let org = people::queries::org_typed(app.store.read(), &actor, &name).await?;
    let mut errors = Vec::new();
    if !name.is_empty() && org.is_none() {
        errors.push(FieldError::new("org_name", "unknown"));
    }
    match NewShifts::read(&typed) {
        Ok(mut new) if errors.is_empty() => {
            new.org = org.map(|org| org.id);
            if let Some(call) = new.call {
                queries::call(app.store.read(), &actor, call).await?;
            }
            shift::create(&app, &actor, &new).await?;
            let to = match new.call {
                Some(call) => format!("/calls/{call}?done=muster-shifts-made"),
                None => "/shifts?done=muster-shifts-made".to_owned(),
            };
            Ok(Redirect::to(&to).into_response())
        }
        read => {
            errors.extend(read.err().unwrap_or_default());
            let title = page.t("muster-new-shifts");
            let form = new_form(&app, &actor, &page).await?;
            Ok(form.fill(&typed).errors(&page, &errors).answer(page, title)?)
        }
    }
}
