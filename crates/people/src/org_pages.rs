//! Pages of organisations.

use std::collections::HashMap;

use accounts::Actor;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Result, Role, id::OrgId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Listed, Window},
    problem::Answer,
};

use crate::{
    helper_list,
    model::org,
    numbers, org as orgs, queries,
    reveal::{self, Subject},
    scope::org_scope,
    search::{self, Columns},
    view::{Links, Thing, mend},
};

/// Organisations below one that its page lists at most.
const BELOW: u64 = 200;

const COLUMNS: Columns<org::Column> = Columns {
    id: org::Column::Id,
    name: org::Column::Name,
    pinyin: org::Column::Pinyin,
    initials: org::Column::Initials,
    phone: None,
    identity: None,
};

/// `GET /orgs`
pub(crate) async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/orgs".into(),
        columns: list::columns(
            &page,
            &[
                ("name", "people-org"),
                ("", "people-org-parent"),
                ("", "people-contact"),
                ("", "people-phone"),
                ("", "people-helpers-count"),
            ],
        ),
        default_sort: "name",
        search: page.t("people-org-search"),
        empty: page.t("people-orgs-none"),
        ..Definition::default()
    };
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &actor, window)
    })
    .await?;
    let mut actions = Vec::new();
    if actor.has(Role::STAFF) {
        actions.push(("/orgs/new".to_owned(), page.t("people-org-new")));
    }
    let title = page.t("people-orgs");
    Ok(listed.page(page, title, actions)?)
}

async fn rows(app: &App, actor: &Actor, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let phases = search::phases(&window.q, &app.cipher, &COLUMNS);
    let base = org::Entity::find().filter(org_scope(actor));
    let found = search::load(db, &window, &[base], &phases, &COLUMNS).await?;
    let parents = queries::org_names(db, found.iter().filter_map(|(_, org)| org.parent_id)).await?;
    let sizes = orgs::sizes(db, found.iter().map(|(_, org)| org.id)).await?;
    Ok(found
        .into_iter()
        .map(|(key, org)| Row {
            id: org.id.0,
            key,
            href: Some(format!("/orgs/{}", org.id)),
            cells: vec![
                org.name.clone().into(),
                name_of(&parents, org.parent_id).into(),
                org.contact.clone().into(),
                numbers::masked_phone(&app.cipher, org.phone_sealed.as_ref()).into(),
                Cell::int(sizes.get(&org.id).copied().unwrap_or(0)),
            ],
        })
        .collect())
}

fn name_of(names: &HashMap<OrgId, String>, id: Option<OrgId>) -> String {
    id.and_then(|id| names.get(&id).cloned()).unwrap_or_default()
}

/// `GET /orgs/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<OrgId>,
    query: ListQuery,
) -> Answer {
    let db = app.store.read();
    let it = queries::org(db, &actor, id).await?;
    let helpers = helper_list::answer(&app, &actor, page.clone(), query, Some(&it)).await?;
    let helpers = match helpers {
        Listed::File(file) => return Ok(file),
        Listed::List(list) => list,
    };
    let below: Vec<(OrgId, String)> = org::Entity::find()
        .select_only()
        .columns([org::Column::Id, org::Column::Name])
        .filter(org::Column::ParentId.eq(id))
        .filter(org_scope(&actor))
        .order_by_asc(org::Column::Pinyin)
        .limit(BELOW)
        .into_tuple()
        .all(db)
        .await?;
    let parents = queries::org_names(db, it.parent_id).await?;
    let editable = orgs::editable(db, &actor, id).await.is_ok();
    let mut thing = Thing::new(&page, it.name.clone());
    if editable {
        thing = thing
            .action(format!("/orgs/{id}/edit"), "edit")
            .action(format!("/helpers/new?org={id}"), "people-helper-new");
    }
    thing = match it.parent_id {
        Some(parent) => thing.link(
            "people-org-parent",
            name_of(&parents, Some(parent)),
            format!("/orgs/{parent}"),
        ),
        None => thing.fact("people-org-parent", ""),
    };
    thing = thing.fact("people-contact", it.contact.clone()).fact(
        "people-phone",
        numbers::masked_phone(&app.cipher, it.phone_sealed.as_ref()),
    );
    if !below.is_empty() {
        let links = below
            .into_iter()
            .map(|(id, name)| (format!("/orgs/{id}"), name, String::new()))
            .collect();
        thing = thing.part(
            "people-orgs-below",
            &Links {
                links,
                none: String::new(),
            },
        )?;
    }
    thing = thing.part("people-helpers", helpers.as_ref())?;
    if editable && subject(&it).has_any() {
        thing = thing.form("people-reveal-heading", &subject(&it).form(&page))?;
    }
    Ok(thing.answer()?)
}

fn subject(it: &org::Model) -> Subject<'_> {
    Subject {
        href: format!("/orgs/{}", it.id),
        name: &it.name,
        action: "org.reveal",
        community: None,
        phone: it.phone_sealed.as_ref(),
        identity: None,
    }
}

/// `POST /orgs/{id}/reveal`
pub(crate) async fn reveal(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<OrgId>,
    typed: Typed,
) -> Answer {
    let it = orgs::editable(app.store.read(), &actor, id).await?;
    Ok(reveal::answer(&app, &actor, page, &typed, subject(&it)).await?)
}

/// `GET /orgs/new`
pub(crate) async fn new(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    draw(&app, &actor, page, None, &Typed::default(), &[]).await
}

/// `POST /orgs/new`
pub(crate) async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let done = match orgs::Input::typed(&typed) {
        Ok(input) => orgs::create(&app, &actor, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/orgs/{id}?done=saved")).into_response()),
        Err(problem) => draw(&app, &actor, page, None, &typed, &mend(problem)?).await,
    }
}

/// `GET /orgs/{id}/edit`
pub(crate) async fn edit(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<OrgId>) -> Answer {
    let it = orgs::editable(app.store.read(), &actor, id).await?;
    let parents = queries::org_names(app.store.read(), it.parent_id).await?;
    let typed = Typed::default()
        .set("name", &it.name)
        .set("parent", name_of(&parents, it.parent_id))
        .set("contact", &it.contact);
    draw(&app, &actor, page, Some(&it), &typed, &[]).await
}

/// `POST /orgs/{id}/edit`
pub(crate) async fn change(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<OrgId>,
    typed: Typed,
) -> Answer {
    let it = orgs::editable(app.store.read(), &actor, id).await?;
    let done = match orgs::Input::typed(&typed) {
        Ok(input) => orgs::edit(&app, &actor, id, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/orgs/{id}?done=saved")).into_response()),
        Err(problem) => draw(&app, &actor, page, Some(&it), &typed, &mend(problem)?).await,
    }
}

async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    it: Option<&org::Model>,
    typed: &Typed,
    errors: &[FieldError],
) -> Answer<Response> {
    let (action, title, back) = match it {
        Some(it) => (
            format!("/orgs/{}/edit", it.id),
            it.name.clone(),
            format!("/orgs/{}", it.id),
        ),
        None => ("/orgs/new".into(), page.t("people-org-new"), "/orgs".into()),
    };
    let mut form = Form::new(&page, action, "save").required(&page, "name", "people-org-name", Control::Text);
    if actor.has(Role::STAFF) {
        form = form.field(&page, "parent", "people-org-parent", Control::Text);
        if let Some(parent) = form.fields.last_mut() {
            parent.suggest = queries::org_offers(app.store.read(), actor).await?;
        }
    }
    form = form.field(&page, "contact", "people-contact", Control::Text);
    form = crate::fields::phone(
        form,
        &page,
        &numbers::masked_phone(&app.cipher, it.and_then(|it| it.phone_sealed.as_ref())),
    );
    Ok(form
        .fill(typed)
        .errors(&page, errors)
        .cancel(&page, &back)
        .answer(page, title)?)
}
