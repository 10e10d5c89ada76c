//! The list of helpers: all that one may see, or those of one organisation.

use accounts::{Actor, audit};
use kit::{Result, Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Filter, Listed, Window},
};

use crate::{
    model::{helper, org},
    numbers, queries,
    scope::{below, helper_scope},
    search::{self, Columns},
    skills,
};

pub(crate) const COLUMNS: Columns<helper::Column> = Columns {
    id: helper::Column::Id,
    name: helper::Column::Name,
    pinyin: helper::Column::Pinyin,
    initials: helper::Column::Initials,
    phone: Some(helper::Column::PhoneIndex),
    identity: Some(helper::Column::IdentityIndex),
};

/// Whether the actor may have the list as a file.
pub(crate) fn may_export(actor: &Actor) -> bool {
    actor.has(Role::READERS) || actor.has(&[Role::Coordinator])
}

/// The list, or the file when that is asked for. With an organisation: its own helpers only.
pub(crate) async fn answer(
    app: &App,
    actor: &Actor,
    page: Page,
    query: ListQuery,
    of: Option<&org::Model>,
) -> Result<Listed> {
    let export = query.filter("format") == "xlsx" && may_export(actor);
    let definition = definition(app, actor, &page, of).await?;
    let mut base = helper::Entity::find().filter(helper_scope(actor));
    if let Some(org) = of {
        base = base.filter(helper::Column::OrgId.eq(org.id));
    }
    let base = filtered(base, &query);
    let words = page.clone();
    let listed = list::answer(page, query, definition, |window| {
        rows(app, &words, base.clone(), window, of.is_none())
    })
    .await?;
    if export {
        let now = app.now();
        let tx = app.store.begin().await?;
        let entry = audit::Entry {
            action: "helper.export",
            subject: of.map_or("", |org| org.name.as_str()),
            community: None,
        };
        audit::note(&tx, actor, now, entry).await?;
        tx.commit().await?;
    }
    Ok(listed)
}

async fn definition(app: &App, actor: &Actor, page: &Page, of: Option<&org::Model>) -> Result<Definition> {
    let mut columns = vec![("name", "people-name")];
    let mut filters = Vec::new();
    if of.is_none() {
        columns.push(("", "people-org"));
        filters.push(org_filter(app, actor, page).await?);
    }
    columns.extend([
        ("", "people-kind"),
        ("", "people-rank"),
        ("", "people-skills"),
        ("", "people-phone"),
        ("", "people-cover-until"),
        ("", "people-home"),
        ("", "people-active"),
    ]);
    filters.extend([
        Filter {
            name: "kind",
            label: page.t("people-kind"),
            options: vec![
                ("official".into(), page.t("people-kind-official")),
                ("volunteer".into(), page.t("people-kind-volunteer")),
            ],
        },
        Filter {
            name: "active",
            label: page.t("people-active"),
            options: vec![("yes".into(), page.t("yes")), ("no".into(), page.t("no"))],
        },
    ]);
    Ok(Definition {
        path: of.map_or_else(|| "/helpers".to_owned(), |org| format!("/orgs/{}", org.id)),
        columns: list::columns(page, &columns),
        filters,
        default_sort: "name",
        search: page.t("people-search"),
        empty: page.t("people-helpers-none"),
        export: if may_export(actor) {
            page.t("people-helpers")
        } else {
            String::new()
        },
    })
}

async fn org_filter(app: &App, actor: &Actor, page: &Page) -> Result<Filter> {
    Ok(Filter {
        name: "org",
        label: page.t("people-org"),
        options: queries::org_choices(app.store.read(), actor)
            .await?
            .into_iter()
            .map(|(id, name)| (id.to_string(), name))
            .collect(),
    })
}

fn filtered(mut base: Select<helper::Entity>, query: &ListQuery) -> Select<helper::Entity> {
    if let Ok(org) = query.filter("org").parse::<kit::id::OrgId>() {
        base = base.filter(helper::Column::OrgId.in_subquery(below(&[org])));
    }
    match query.filter("kind").as_str() {
        "official" => base = base.filter(helper::Column::Official.eq(true)),
        "volunteer" => base = base.filter(helper::Column::Official.eq(false)),
        _ => {}
    }
    match query.filter("active").as_str() {
        "yes" => base = base.filter(helper::Column::Active.eq(true)),
        "no" => base = base.filter(helper::Column::Active.eq(false)),
        _ => {}
    }
    base
}

async fn rows(
    app: &App,
    page: &Page,
    base: Select<helper::Entity>,
    window: Window,
    with_org: bool,
) -> Result<Vec<Row>> {
    let db = app.store.read();
    let phases = search::phases(&window.q, &app.cipher, &COLUMNS);
    let found = search::load(db, &window, &[base], &phases, &COLUMNS).await?;
    let orgs = queries::org_names(db, found.iter().filter_map(|(_, h)| h.org_id)).await?;
    let homes = places::tree::names(db, found.iter().filter_map(|(_, h)| h.home_id)).await?;
    Ok(found
        .into_iter()
        .map(|(key, h)| {
            let mut cells: Vec<Cell> = vec![h.name.clone().into()];
            if with_org {
                let org = h.org_id.and_then(|id| orgs.get(&id).cloned());
                cells.push(org.unwrap_or_default().into());
            }
            cells.extend([
                kind(page, h.official),
                h.rank.clone().into(),
                skills::words(page, &h.skills).into(),
                numbers::masked_phone(&app.cipher, h.phone_sealed.as_ref()).into(),
                cover(&h, page),
                h.home_id
                    .and_then(|id| homes.get(&id).cloned())
                    .unwrap_or_default()
                    .into(),
                if h.active {
                    Cell::Badge(page.t("yes"), "green")
                } else {
                    Cell::Badge(page.t("no"), "secondary")
                },
            ]);
            Row {
                id: h.id.0,
                key,
                href: Some(format!("/helpers/{}", h.id)),
                cells,
            }
        })
        .collect())
}

fn kind(page: &Page, official: bool) -> Cell {
    if official {
        Cell::Badge(page.t("people-kind-official"), "blue")
    } else {
        Cell::Badge(page.t("people-kind-volunteer"), "green")
    }
}

/// Accident cover must be in force before a risky shift: one that has ended is red.
fn cover(helper: &helper::Model, page: &Page) -> Cell {
    match helper.cover_until {
        None => Cell::Text(String::new()),
        Some(day) if day < page.now.day() => Cell::Badge(day.to_string(), "red"),
        Some(day) => Cell::Text(day.to_string()),
    }
}
