//! Pages of households.

use accounts::Actor;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Result, Role, id::HouseholdId, id::PlaceId};
use places::{
    model::{PlaceKind, place},
    tree,
};
use sea_orm::ConnectionTrait;
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed},
    problem::Answer,
};
use store::Scope;

use crate::{
    home,
    household::{self as households, Input},
    known,
    model::household,
    numbers, queries, standing_pages,
    view::{Links, Thing, mend},
};

/// Communities offered while typing at most.
const OFFERED: usize = 100;

/// `GET /households/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HouseholdId>,
) -> Answer {
    let db = app.store.read();
    let it = queries::household(db, &actor.scope(Role::READERS), id).await?;
    let editable = queries::household(db, &actor.scope(Role::STAFF), id)
        .await
        .is_ok();
    let address = address(db, &it).await?;
    let mut thing = Thing::new(&page, address);
    if editable {
        thing = thing
            .action(format!("/households/{id}/residents/new"), "people-resident-new")
            .action(format!("/passages?household={id}"), "people-passages")
            .action(format!("/households/{id}/edit"), "edit");
    }
    let place = tree::load(db, it.place_id).await?;
    let floor = if it.floor == 0 {
        String::new()
    } else {
        it.floor.to_string()
    };
    let residents = queries::residents_of(db, it.community_id, id).await?;
    let standing = standing_pages::lines(&app, &page, &it, &residents).await?;
    let change = standing_pages::form(&page, id, &residents);
    let any = !residents.is_empty();
    let links = residents
        .into_iter()
        .map(|r| {
            let phone = numbers::masked_phone(&app.cipher, r.phone_sealed.as_ref());
            (format!("/residents/{}", r.id), r.name, phone)
        })
        .collect();
    let mut thing = thing
        .link(
            "people-place",
            tree::full_name(db, &place).await?,
            format!("/places/{}", place.id),
        )
        .fact("people-flat", it.label.clone())
        .fact("people-floor", floor)
        .truth("people-cannot-shop", it.cannot_shop)
        .fact("people-needs", it.needs.clone())
        .part(
            "people-residents",
            &Links {
                links,
                none: page.t("people-residents-none"),
            },
        )?;
    thing = known::part(&app, &page, thing, it.community_id, kit::id::TargetId(id.0)).await?;
    if any {
        thing = thing.part(
            "people-standing",
            &Links {
                links: standing,
                none: page.t("people-standing-free"),
            },
        )?;
        if editable {
            thing = thing.form("people-standing-change", &change)?;
        }
    }
    Ok(thing.answer()?)
}

/// `香泉 香泉小区 3号楼 502`
pub(crate) async fn address(db: &impl ConnectionTrait, it: &household::Model) -> Result<String> {
    let mut all = home::addresses(db, std::slice::from_ref(it)).await?;
    Ok(all.remove(&it.id).unwrap_or_default())
}

/// `GET /households/new`, with `?place=ID` already at a place.
pub(crate) async fn new(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let db = app.store.read();
    let scope = actor.scope(Role::STAFF);
    let mut typed = Typed::default();
    if let Ok(id) = query.filter("place").parse::<PlaceId>() {
        let place = tree::find(db, &scope, id).await?;
        typed = at(db, typed, &place, true).await?;
    } else if let Some(communities) = home::communities(db, &scope, 1).await?
        && let Some(only) = communities.first()
    {
        typed = at(db, typed, only, true).await?;
    }
    draw(&app, &scope, page, None, &typed, &[]).await
}

/// Fills in where a place lies, by the fields' names.
async fn at(db: &impl ConnectionTrait, mut typed: Typed, place: &place::Model, whole: bool) -> Result<Typed> {
    let mut chain = tree::ancestors(db, place).await?;
    chain.push(place.clone());
    for place in &chain {
        typed = match place.kind {
            PlaceKind::Community if whole => typed.set("community", tree::full_name(db, place).await?),
            PlaceKind::Compound => typed.set("compound", &place.name),
            PlaceKind::Building => typed.set("building", &place.name),
            PlaceKind::Unit => typed.set("unit", &place.name),
            _ => typed,
        };
    }
    Ok(typed)
}

/// `POST /households/new`
pub(crate) async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let done = match Input::typed(&typed, true) {
        Ok(input) => households::create(&app, &actor, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/households/{id}?done=saved")).into_response()),
        Err(problem) => {
            let scope = actor.scope(Role::STAFF);
            draw(&app, &scope, page, None, &typed, &mend(problem)?).await
        }
    }
}

/// `GET /households/{id}/edit`
pub(crate) async fn edit(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HouseholdId>,
) -> Answer {
    let db = app.store.read();
    let scope = actor.scope(Role::STAFF);
    let it = queries::household(db, &scope, id).await?;
    let place = tree::load(db, it.place_id).await?;
    let mut typed = at(db, Typed::default(), &place, false)
        .await?
        .set("label", &it.label)
        .set("cannot_shop", if it.cannot_shop { "on" } else { "" })
        .set("needs", &it.needs);
    if it.floor != 0 {
        typed = typed.set("floor", it.floor);
    }
    draw(&app, &scope, page, Some(&it), &typed, &[]).await
}

/// `POST /households/{id}/edit`
pub(crate) async fn change(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HouseholdId>,
    typed: Typed,
) -> Answer {
    let scope = actor.scope(Role::STAFF);
    let it = queries::household(app.store.read(), &scope, id).await?;
    let done = match Input::typed(&typed, false) {
        Ok(input) => households::edit(&app, &actor, id, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/households/{id}?done=saved")).into_response()),
        Err(problem) => draw(&app, &scope, page, Some(&it), &typed, &mend(problem)?).await,
    }
}

async fn draw(
    app: &App,
    scope: &Scope,
    page: Page,
    it: Option<&household::Model>,
    typed: &Typed,
    errors: &[FieldError],
) -> Answer<Response> {
    let db = app.store.read();
    let (action, title, back) = match it {
        Some(it) => (
            format!("/households/{}/edit", it.id),
            address(db, it).await?,
            format!("/households/{}", it.id),
        ),
        None => (
            "/households/new".into(),
            page.t("people-household-new"),
            "/residents".into(),
        ),
    };
    let mut form = Form::new(&page, action, "save");
    if it.is_none() {
        form = form.required(&page, "community", "people-community", Control::Text);
        if let Some(community) = form.fields.last_mut() {
            community.suggest = offers(db, scope).await?;
        }
    }
    let form = form
        .field(&page, "compound", "people-compound", Control::Text)
        .required(&page, "building", "people-building", Control::Text)
        .field(&page, "unit", "people-unit", Control::Text)
        .required(&page, "label", "people-flat", Control::Text)
        .field(&page, "floor", "people-floor", Control::Number(-9, 200))
        .field(
            &page,
            "cannot_shop",
            "people-household-cannot-shop",
            Control::Check,
        )
        .field(&page, "needs", "people-needs", Control::Area)
        .fill(typed)
        .errors(&page, errors)
        .cancel(&page, &back);
    Ok(form.answer(page, title)?)
}

/// Communities of the scope to be offered while typing; none when there are too many to look through.
pub(crate) async fn offers(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<String>> {
    let found = home::communities(db, scope, OFFERED).await?.unwrap_or_default();
    let names = tree::full_names(db, &found).await?;
    Ok(found
        .iter()
        .filter_map(|place| names.get(&place.id).cloned())
        .collect())
}
