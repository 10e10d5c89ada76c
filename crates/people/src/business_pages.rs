//! Pages of businesses.

use std::collections::HashMap;

use accounts::{Actor, audit};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Result, Role, id::BusinessId};
use places::tree;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Listed, Window},
    problem::Answer,
};
use store::Scope;

use crate::{
    business::{self as businesses, BusinessKind, Input, WORKERS},
    fields,
    model::business,
    numbers,
    reveal::{self, Subject},
    search::{self, Columns},
    view::{Thing, mend},
};

const COLUMNS: Columns<business::Column> = Columns {
    id: business::Column::Id,
    name: business::Column::Name,
    pinyin: business::Column::Pinyin,
    initials: business::Column::Initials,
    phone: Some(business::Column::PhoneIndex),
    identity: None,
};

fn kinds(page: &Page) -> Vec<(String, String)> {
    BusinessKind::ALL
        .iter()
        .map(|kind| (kind.name().to_owned(), page.code("business-kind", kind.name())))
        .collect()
}

/// A number as it is shown; nothing when it is not known.
fn known(n: i64) -> String {
    if n < 0 { String::new() } else { n.to_string() }
}

/// `GET /businesses`
pub(crate) async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/businesses".into(),
        columns: list::columns(
            &page,
            &[
                ("name", "business-name"),
                ("", "business-kind"),
                ("", "people-place"),
                ("", "business-label"),
                ("", "people-contact"),
                ("", "people-phone"),
                ("", "business-workers"),
                ("", "business-returning"),
            ],
        ),
        filters: vec![Filter {
            name: "kind",
            label: page.t("business-kind"),
            options: kinds(&page),
        }],
        default_sort: "name",
        search: page.t("business-search"),
        empty: page.t("businesses-none"),
        export: page.t("businesses"),
    };
    let scope = actor.scope(Role::READERS);
    let (words, asked) = (page.clone(), query.clone());
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &asked, window)
    })
    .await?;
    if matches!(listed, Listed::File(_)) {
        audit::exported(&app, &actor, "business.export").await?;
    }
    let mut actions = Vec::new();
    if actor.has(Role::STAFF) {
        actions.push(("/businesses/new".to_owned(), page.t("business-new")));
        actions.push((
            "/businesses/import".to_owned(),
            page.t("people-import-businesses"),
        ));
    }
    let title = page.t("businesses");
    Ok(listed.page(page, title, actions)?)
}

async fn rows(app: &App, page: &Page, scope: &Scope, query: &ListQuery, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let phases = search::phases(&window.q, &app.cipher, &COLUMNS);
    let mut base = business::Entity::find()
        .filter(business::Column::Active.eq(true))
        .filter(scope.path(business::Column::PlacePath));
    if let Some(kind) = BusinessKind::of(&query.filter("kind")) {
        base = base.filter(business::Column::Kind.eq(kind));
    }
    let found = search::load(db, &window, &[base], &phases, &COLUMNS).await?;
    let names: HashMap<_, _> = tree::names(db, found.iter().map(|(_, it)| it.place_id)).await?;
    Ok(found
        .into_iter()
        .map(|(key, it)| Row {
            id: it.id.0,
            key,
            href: Some(format!("/businesses/{}", it.id)),
            cells: vec![
                it.name.clone().into(),
                page.code("business-kind", it.kind.name()).into(),
                names.get(&it.place_id).cloned().unwrap_or_default().into(),
                it.label.clone().into(),
                it.contact.clone().into(),
                numbers::masked_phone(&app.cipher, it.phone_sealed.as_ref()).into(),
                count(it.workers),
                count(it.returning),
            ],
        })
        .collect())
}

fn count(n: i64) -> Cell {
    if n < 0 {
        Cell::Text(String::new())
    } else {
        Cell::int(n)
    }
}

/// `GET /businesses/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<BusinessId>,
) -> Answer {
    let db = app.store.read();
    let it = businesses::find(db, &actor.scope(Role::READERS), id).await?;
    let editable = actor.may(Role::STAFF, &it.place_path);
    let place = tree::load(db, it.place_id).await?;
    let mut thing = Thing::new(&page, it.name.clone());
    if editable {
        thing = thing.action(format!("/businesses/{id}/edit"), "edit");
    }
    if !it.active {
        thing.note = page.t("business-gone");
    }
    thing = thing
        .fact("business-kind", page.code("business-kind", it.kind.name()))
        .link(
            "people-place",
            tree::full_name(db, &place).await?,
            format!("/places/{}", place.id),
        )
        .fact("business-label", it.label.clone())
        .fact("people-contact", it.contact.clone())
        .fact(
            "people-phone",
            numbers::masked_phone(&app.cipher, it.phone_sealed.as_ref()),
        )
        .fact("business-workers", known(it.workers))
        .fact("business-returning", known(it.returning));
    thing = crate::known::part(&app, &page, thing, it.community_id, kit::id::TargetId(id.0)).await?;
    if editable && subject(&it).has_any() {
        thing = thing.form("people-reveal-heading", &subject(&it).form(&page))?;
    }
    Ok(thing.answer()?)
}

fn subject(it: &business::Model) -> Subject<'_> {
    Subject {
        href: format!("/businesses/{}", it.id),
        name: &it.name,
        action: "business.reveal",
        community: Some(it.community_id),
        phone: it.phone_sealed.as_ref(),
        identity: None,
    }
}

/// `POST /businesses/{id}/reveal`
pub(crate) async fn reveal(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<BusinessId>,
    typed: Typed,
) -> Answer {
    let it = businesses::find(app.store.read(), &actor.scope(Role::STAFF), id).await?;
    Ok(reveal::answer(&app, &actor, page, &typed, subject(&it)).await?)
}

/// `GET /businesses/new`, with `?place=ID` already at a place.
pub(crate) async fn new(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let db = app.store.read();
    let mut typed = Typed::default()
        .set("kind", BusinessKind::Shop.name())
        .set("active", "on");
    if let Ok(id) = query.filter("place").parse() {
        let place = tree::find(db, &actor.scope(Role::STAFF), id).await?;
        typed = typed.set("place", tree::full_name(db, &place).await?);
    }
    draw(&app, page, None, &typed, &[])
}

/// `POST /businesses/new`
pub(crate) async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let done = match Input::typed(&typed) {
        Ok(input) => businesses::create(&app, &actor, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/businesses/{id}?done=saved")).into_response()),
        Err(problem) => draw(&app, page, None, &typed, &mend(problem)?),
    }
}

/// `GET /businesses/{id}/edit`
pub(crate) async fn edit(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<BusinessId>,
) -> Answer {
    let db = app.store.read();
    let it = businesses::find(db, &actor.scope(Role::STAFF), id).await?;
    let place = tree::load(db, it.place_id).await?;
    let typed = Typed::default()
        .set("name", &it.name)
        .set("kind", it.kind.name())
        .set("place", tree::full_name(db, &place).await?)
        .set("label", &it.label)
        .set(
            "floor",
            if it.floor == 0 {
                String::new()
            } else {
                it.floor.to_string()
            },
        )
        .set("contact", &it.contact)
        .set("workers", known(it.workers))
        .set("returning", known(it.returning))
        .set("active", if it.active { "on" } else { "" });
    draw(&app, page, Some(&it), &typed, &[])
}

/// `POST /businesses/{id}/edit`
pub(crate) async fn change(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<BusinessId>,
    typed: Typed,
) -> Answer {
    let it = businesses::find(app.store.read(), &actor.scope(Role::STAFF), id).await?;
    let done = match Input::typed(&typed) {
        Ok(input) => businesses::edit(&app, &actor, id, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/businesses/{id}?done=saved")).into_response()),
        Err(problem) => draw(&app, page, Some(&it), &typed, &mend(problem)?),
    }
}

fn draw(
    app: &App,
    page: Page,
    it: Option<&business::Model>,
    typed: &Typed,
    errors: &[FieldError],
) -> Answer<Response> {
    let (action, title, back) = match it {
        Some(it) => (
            format!("/businesses/{}/edit", it.id),
            it.name.clone(),
            format!("/businesses/{}", it.id),
        ),
        None => (
            "/businesses/new".into(),
            page.t("business-new"),
            "/businesses".into(),
        ),
    };
    let kept = it.and_then(|it| it.phone_sealed.as_ref());
    let mut form = Form::new(&page, action, "save")
        .required(&page, "name", "business-name", Control::Text)
        .required(&page, "kind", "business-kind", Control::Select(kinds(&page)))
        .required(&page, "place", "business-place", Control::Text)
        .field(&page, "label", "business-label", Control::Text)
        .field(&page, "floor", "people-floor", Control::Number(-9, 200))
        .field(&page, "contact", "people-contact", Control::Text);
    form = fields::phone(form, &page, &numbers::masked_phone(&app.cipher, kept));
    let form = form
        .field(&page, "workers", "business-workers", Control::Number(0, WORKERS))
        .field(
            &page,
            "returning",
            "business-returning",
            Control::Number(0, WORKERS),
        )
        .field(&page, "active", "business-active", Control::Check)
        .fill(typed)
        .errors(&page, errors)
        .cancel(&page, &back);
    Ok(form.answer(page, title)?)
}
