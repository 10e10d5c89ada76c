//! Pages: the list of places, one place, places nobody answers for.

use std::collections::HashMap;

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use kit::{Result, Role, id::PlaceId, mask};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};
use shell::{
    App, Cell, List, ListQuery, Page, Row,
    list::{self, Definition, Filter, Listed, Window},
    problem::Answer,
};
use store::Scope;

use crate::{
    model::{PlaceKind, place, responsibility as answers},
    responsibility::{self, ANSWERABLE},
    search, tree,
};

/// The name of a kind in the language of the page.
pub(crate) fn kind_name(page: &Page, kind: PlaceKind) -> String {
    page.t(&format!("kind-{kind}"))
}

fn kinds(page: &Page, kinds: impl IntoIterator<Item = PlaceKind>) -> Filter {
    Filter {
        name: "kind",
        label: page.t("places-kind"),
        options: kinds
            .into_iter()
            .map(|kind| (kind.name().to_owned(), kind_name(page, kind)))
            .collect(),
    }
}

/// `GET /places`: the top places of one's scope, or what is searched for in it.
pub async fn list(State(app): State<App>, page: Page, actor: Actor, query: ListQuery) -> Answer {
    let scope = &actor.scope(Role::READERS);
    let db = app.store.read();
    let definition = Definition {
        path: "/places".to_owned(),
        columns: list::columns(
            &page,
            &[
                ("name", "places-name"),
                ("", "places-kind"),
                ("", "places-full-name"),
                ("", "places-code"),
            ],
        ),
        default_sort: "name",
        search: page.t("places-search"),
        empty: page.t("places-none"),
        export: page.t("places-title"),
        ..Definition::default()
    };
    let page_ref = &page;
    let listed = shell::list::answer(page.clone(), query, definition, |window| async move {
        let select = match search::matching(scope, &window.q) {
            Some(found) => place::Entity::find().filter(found),
            None => top(scope),
        };
        full_rows(db, page_ref, select, &window).await
    })
    .await?;
    let title = page.t("places-title");
    let actions = vec![
        (
            "/places/unanswered?kind=compound".to_owned(),
            page.t("places-unanswered"),
        ),
        ("/places/duplicates".to_owned(), page.t("places-duplicates")),
    ];
    Ok(listed.page(page, title, actions)?)
}

/// The highest places of a scope.
fn top(scope: &Scope) -> Select<place::Entity> {
    let places = place::Entity::find();
    match scope {
        Scope::Everything => places.filter(place::Column::ParentId.is_null()),
        Scope::Within(roots) => places.filter(place::Column::Path.is_in(roots)),
        Scope::Nothing => places.filter(scope.path(place::Column::Path)),
    }
}

async fn full_rows(
    db: &impl ConnectionTrait,
    page: &Page,
    select: Select<place::Entity>,
    window: &Window,
) -> Result<Vec<Row>> {
    let places = window
        .cut(select, place::Column::SortKey, place::Column::Id)
        .all(db)
        .await?;
    let mut full = tree::full_names(db, &places).await?;
    Ok(places
        .into_iter()
        .map(|place| Row {
            id: place.id.0,
            key: place.sort_key.into(),
            href: Some(format!("/places/{}", place.id)),
            cells: vec![
                place.name.into(),
                kind_name(page, place.kind).into(),
                full.remove(&place.id).unwrap_or_default().into(),
                place.code.unwrap_or_default().into(),
            ],
        })
        .collect())
}

/// `GET /places/unanswered`: what nobody answers for.
pub async fn unanswered(State(app): State<App>, page: Page, actor: Actor, query: ListQuery) -> Answer {
    let scope = &actor.scope(Role::READERS);
    let db = app.store.read();
    let kind = query.filter("kind").parse::<PlaceKind>().ok();
    let asked = &kind
        .filter(|kind| ANSWERABLE.contains(kind))
        .map_or_else(|| ANSWERABLE.to_vec(), |kind| vec![kind]);
    let definition = Definition {
        path: "/places/unanswered".to_owned(),
        columns: list::columns(
            &page,
            &[
                ("", "places-name"),
                ("", "places-kind"),
                ("area", "places-full-name"),
            ],
        ),
        filters: vec![kinds(&page, ANSWERABLE)],
        default_sort: "area",
        search: page.t("places-search"),
        empty: page.t("places-all-answered"),
        export: page.t("places-unanswered"),
    };
    let page_ref = &page;
    let listed = shell::list::answer(page.clone(), query, definition, |window| async move {
        // In the order of the tree, kind by kind, so that one index serves a community as well as the whole
        // country.
        let mut places = Vec::new();
        for kind in asked {
            let mut select = responsibility::unanswered(scope, *kind);
            if let Some(found) = search::matching(scope, &window.q) {
                select = select.filter(found);
            }
            let some = window.cut(select, place::Column::Path, place::Column::Id);
            places.extend(some.all(db).await?);
        }
        places.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        if window.descending {
            places.reverse();
        }
        places.truncate(usize::try_from(window.limit).unwrap_or(usize::MAX));
        let mut full = tree::full_names(db, &places).await?;
        Ok(places
            .into_iter()
            .map(|place| Row {
                id: place.id.0,
                key: place.path.into(),
                href: Some(format!("/places/{}", place.id)),
                cells: vec![
                    place.name.into(),
                    kind_name(page_ref, place.kind).into(),
                    full.remove(&place.id).unwrap_or_default().into(),
                ],
            })
            .collect())
    })
    .await?;
    let title = page.t("places-unanswered");
    let actions = vec![("/places".to_owned(), page.t("places-title"))];
    Ok(listed.page(page, title, actions)?)
}

/// Who answers, as the page of a place shows it.
struct Answering {
    unit: String,
    person: String,
    since: String,
    /// Masked, unless it was asked to be shown; empty when there is none.
    phone: String,
    /// Whether the whole number can be asked for.
    hidden: bool,
}

#[derive(Template)]
#[template(path = "place.html")]
struct PlacePage {
    page: Page,
    title: String,
    place: place::Model,
    kind: String,
    /// Places above: name and address, where one may look.
    above: Vec<(String, Option<String>)>,
    answering: Option<Answering>,
    answerable: bool,
    may_change: bool,
    may_add: bool,
    list: Box<List>,
}

/// `GET /places/{id}`: one place, who answers for it, what lies in it.
pub async fn show(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    Path(id): Path<PlaceId>,
    query: ListQuery,
) -> Answer {
    Ok(draw(&app, page, &actor, id, query, None).await?)
}

/// `POST /places/{id}/responsibility/reveal`: the page with the telephone number whole.
pub async fn reveal(State(app): State<App>, mut page: Page, actor: Actor, Path(id): Path<PlaceId>) -> Answer {
    let tx = app.store.begin().await?;
    let phone = responsibility::reveal(&tx, app.now(), &actor, &app.cipher, id).await?;
    tx.commit().await?;
    page.here = format!("/places/{id}");
    Ok(draw(&app, page, &actor, id, ListQuery::default(), Some(phone)).await?)
}

async fn draw(
    app: &App,
    page: Page,
    actor: &Actor,
    id: PlaceId,
    query: ListQuery,
    phone: Option<String>,
) -> Result<Response> {
    let (db, scope) = (app.store.read(), actor.scope(Role::READERS));
    let place = tree::find(db, &scope, id).await?;
    let list = match inside(db, &page, &place, query).await? {
        Listed::File(file) => return Ok(file),
        Listed::List(list) => list,
    };
    let above = tree::ancestors(db, &place)
        .await?
        .into_iter()
        .map(|p| {
            let href = scope.holds(&p.path).then(|| format!("/places/{}", p.id));
            (p.name, href)
        })
        .collect();
    let may_change = actor.may(Role::STAFF, &place.path);
    let answering = match responsibility::of(db, &place).await? {
        None => None,
        Some(answer) => {
            let masked = match &answer.phone_sealed {
                None => String::new(),
                Some(sealed) => mask::phone(&app.cipher.decrypt(sealed)?),
            };
            Some(Answering {
                hidden: may_change && phone.is_none() && !masked.is_empty(),
                phone: phone.unwrap_or(masked),
                unit: answer.unit,
                person: answer.person,
                since: answer.since.to_string(),
            })
        }
    };
    Page::draw(&PlacePage {
        title: place.name.clone(),
        kind: kind_name(&page, place.kind),
        above,
        answering,
        answerable: ANSWERABLE.contains(&place.kind),
        may_change,
        may_add: may_change && !place.kind.inside().is_empty(),
        list,
        place,
        page,
    })
}

/// The list of what lies directly in a place.
async fn inside(
    db: &impl ConnectionTrait,
    page: &Page,
    place: &place::Model,
    query: ListQuery,
) -> Result<Listed> {
    let below = place.kind.inside();
    let kind = query.filter("kind").parse::<PlaceKind>().ok();
    let definition = Definition {
        path: format!("/places/{}", place.id),
        columns: list::columns(
            page,
            &[
                ("name", "places-name"),
                ("", "places-kind"),
                ("", "places-answers"),
                ("", "places-code"),
            ],
        ),
        filters: if below.len() > 1 {
            vec![kinds(page, below)]
        } else {
            Vec::new()
        },
        default_sort: "name",
        search: page.t("places-search"),
        empty: page.t("places-none-inside"),
        export: place.name.clone(),
    };
    shell::list::answer(page.clone(), query, definition, |window| async move {
        let mut select = place::Entity::find().filter(place::Column::ParentId.eq(place.id));
        if let Some(kind) = kind {
            select = select.filter(place::Column::Kind.eq(kind));
        }
        if let Some(begins) = search::begins_with(&window.q) {
            select = select.filter(begins);
        }
        let places = window
            .cut(select, place::Column::SortKey, place::Column::Id)
            .all(db)
            .await?;
        let mut answers = answerers(db, &places).await?;
        Ok(places
            .into_iter()
            .map(|child| Row {
                id: child.id.0,
                key: child.sort_key.into(),
                href: Some(format!("/places/{}", child.id)),
                cells: vec![
                    child.name.into(),
                    kind_name(page, child.kind).into(),
                    match answers.remove(&child.id) {
                        Some(who) => who.into(),
                        None if ANSWERABLE.contains(&child.kind) => {
                            Cell::Badge(page.t("places-nobody"), "red")
                        }
                        None => String::new().into(),
                    },
                    child.code.unwrap_or_default().into(),
                ],
            })
            .collect())
    })
    .await
}

/// Unit and person by place.
async fn answerers(db: &impl ConnectionTrait, places: &[place::Model]) -> Result<HashMap<PlaceId, String>> {
    let mut found = HashMap::new();
    for step in places.chunks(1_000) {
        // Both columns, for the primary key begins with the community.
        let rows = answers::Entity::find()
            .filter(answers::Column::CommunityId.is_in(step.iter().map(|p| p.community_id)))
            .filter(answers::Column::PlaceId.is_in(step.iter().map(|p| p.id)))
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|answer| (answer.place_id, format!("{} {}", answer.unit, answer.person))),
        );
    }
    Ok(found)
}
