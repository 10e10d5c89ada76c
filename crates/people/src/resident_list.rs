//! The list of residents.

use accounts::{Actor, audit};
use kit::{Result, Role, id::HouseholdId};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Select,
    sea_query::{Expr, Func},
};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Filter, Listed, Window},
};
use store::Scope;

use crate::{
    home,
    model::{household, resident},
    numbers, queries,
    search::{self, Columns},
};

/// A scope of so many communities is read community by community, each page merged from all of them;
/// in a larger one enough of the whole table lies inside to walk its index.
const MERGED: usize = 24;
/// Communities named in one statement at most.
const NAMED: usize = 10_000;

const COLUMNS: Columns<resident::Column> = Columns {
    id: resident::Column::Id,
    name: resident::Column::Name,
    pinyin: resident::Column::Pinyin,
    initials: resident::Column::Initials,
    phone: Some(resident::Column::PhoneIndex),
    identity: Some(resident::Column::IdentityIndex),
};

/// The list, or the file when that is asked for.
pub(crate) async fn answer(app: &App, actor: &Actor, page: Page, query: ListQuery) -> Result<Listed> {
    let scope = actor.scope(Role::READERS);
    let export = query.filter("format") == "xlsx";
    let definition = definition(&page);
    let words = page.clone();
    let asked = query.clone();
    let listed = list::answer(page, query, definition, |window| {
        rows(app, &words, &scope, &asked, window)
    })
    .await?;
    if export {
        let now = app.now();
        let tx = app.store.begin().await?;
        let entry = audit::Entry {
            action: "resident.export",
            subject: "",
            community: None,
        };
        audit::note(&tx, actor, now, entry).await?;
        tx.commit().await?;
    }
    Ok(listed)
}

fn definition(page: &Page) -> Definition {
    let filter = |name, key: &str| Filter {
        name,
        label: page.t(key),
        options: vec![("yes".to_owned(), page.t("yes"))],
    };
    Definition {
        path: "/residents".into(),
        columns: list::columns(
            page,
            &[
                ("name", "people-name"),
                ("", "people-address"),
                ("", "people-phone"),
                ("", "people-language"),
                ("", "people-lives-alone"),
                ("", "people-cannot-shop"),
                ("", "people-needs"),
            ],
        ),
        filters: vec![
            filter("alone", "people-lives-alone"),
            filter("shop", "people-cannot-shop"),
            filter("needs", "people-needs"),
        ],
        default_sort: "name",
        search: page.t("people-search"),
        empty: page.t("people-residents-none"),
        export: page.t("people-residents"),
    }
}

async fn rows(app: &App, page: &Page, scope: &Scope, query: &ListQuery, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let found = find(app, scope, query, &window).await?;
    let mut homes: Vec<HouseholdId> = found.iter().map(|(_, r)| r.household_id).collect();
    homes.sort_unstable();
    homes.dedup();
    let mut households = Vec::with_capacity(homes.len());
    for some in homes.chunks(queries::AT_ONCE) {
        households.extend(
            household::Entity::find()
                .filter(household::Column::Id.is_in(some.iter().copied()))
                .all(db)
                .await?,
        );
    }
    let addresses = home::addresses(db, &households).await?;
    let mark = |is: bool| {
        if is {
            Cell::Badge(page.t("yes"), "yellow")
        } else {
            Cell::Text(String::new())
        }
    };
    Ok(found
        .into_iter()
        .map(|(key, r)| Row {
            id: r.id.0,
            key,
            href: Some(format!("/residents/{}", r.id)),
            cells: vec![
                r.name.clone().into(),
                addresses.get(&r.household_id).cloned().unwrap_or_default().into(),
                numbers::masked_phone(&app.cipher, r.phone_sealed.as_ref()).into(),
                r.language.clone().into(),
                mark(r.lives_alone),
                mark(r.cannot_shop),
                r.needs.clone().into(),
            ],
        })
        .collect())
}

/// The residents of a window, each with its key.
async fn find(
    app: &App,
    scope: &Scope,
    query: &ListQuery,
    window: &Window,
) -> Result<Vec<(list::Key, resident::Model)>> {
    let db = app.store.read();
    let phases = search::phases(&window.q, &app.cipher, &COLUMNS);
    let bases = bases(app, scope, query, window.export).await?;
    search::load(db, window, &bases, &phases, &COLUMNS).await
}

/// The parts of the table that are looked through, one for each community of a small scope.
async fn bases(
    app: &App,
    scope: &Scope,
    query: &ListQuery,
    export: bool,
) -> Result<Vec<Select<resident::Entity>>> {
    let all = filtered(resident::Entity::find(), query);
    let in_scope = resident::Column::CommunityId;
    if *scope == Scope::Everything {
        return Ok(vec![all]);
    }
    let Some(communities) = home::communities(app.store.read(), scope, NAMED).await? else {
        return Ok(vec![all.filter(scope.community(in_scope))]);
    };
    let ids = communities.into_iter().map(|place| place.id);
    if ids.len() == 1 || (ids.len() <= MERGED && !export) {
        return Ok(ids.map(|id| all.clone().filter(in_scope.eq(id))).collect());
    }
    // Not by the column itself: SQLite would read all residents of all these communities and sort them.
    let walked = Func::coalesce([Expr::col(in_scope), Expr::col(in_scope)]);
    Ok(vec![all.filter(Expr::from(walked).is_in(ids))])
}

/// The conditions are those of the partial indexes, word for word.
fn filtered(mut base: Select<resident::Entity>, query: &ListQuery) -> Select<resident::Entity> {
    for (name, condition) in [
        ("alone", "lives_alone"),
        ("shop", "cannot_shop"),
        ("needs", "needs <> ''"),
    ] {
        if query.filter(name) == "yes" {
            base = base.filter(Expr::cust(condition));
        }
    }
    base
}

#[cfg(test)]
mod tests;
