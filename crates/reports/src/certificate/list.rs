//! Lists of certificates: those one handles or has, and those that are public now.

use accounts::Actor;
use kit::Result;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Filter, Key, Listed, Window},
};

use super::{
    mask, seen,
    serial::{self, Typed},
    state::State,
    view,
};
use crate::{card::hours, hours::Ledger, model::certificate, tables};

const STATES: [State; 3] = [State::Announced, State::Issued, State::Withdrawn];

/// The certificates that the actor may see.
pub(crate) async fn answer(app: &App, actor: &Actor, page: Page, query: ListQuery) -> Result<Listed> {
    let definition = Definition {
        path: "/certificates".to_owned(),
        columns: list::columns(
            &page,
            &[
                ("made", "certificate-serial"),
                ("name", "hours-name"),
                ("", "hours-ledger"),
                ("", "certificate-period"),
                ("", "hours-hours"),
                ("", "certificate-issuer"),
                ("", "certificate-ripe-on"),
                ("", "certificate-state"),
            ],
        ),
        filters: vec![
            Filter {
                name: "state",
                label: page.t("certificate-state"),
                options: STATES
                    .into_iter()
                    .map(|state| {
                        (
                            state.name().to_owned(),
                            page.code("certificate-state", state.name()),
                        )
                    })
                    .collect(),
            },
            Filter {
                name: "ledger",
                label: page.t("hours-ledger"),
                options: Ledger::ALL
                    .into_iter()
                    .map(|ledger| (ledger.name().to_owned(), page.code("hours-ledger", ledger.name())))
                    .collect(),
            },
        ],
        default_sort: "-made",
        search: page.t("certificate-search"),
        empty: page.t("certificate-none"),
        export: String::new(),
    };
    let mut base = certificate::Entity::find().filter(seen(actor));
    let state = query.filter("state");
    if let Some(state) = STATES.into_iter().find(|known| known.name() == state) {
        base = base.filter(certificate::Column::State.eq(state));
    }
    if let Some(ledger) = Ledger::named(&query.filter("ledger")) {
        base = base.filter(certificate::Column::Ledger.eq(ledger));
    }
    let words = page.clone();
    list::answer(page, query, definition, |window| {
        rows(app, &words, searched(base.clone(), &window.q), window)
    })
    .await
}

/// By serial, or by the beginning of the name or its pinyin.
fn searched(base: Select<certificate::Entity>, q: &str) -> Select<certificate::Entity> {
    if q.is_empty() {
        return base;
    }
    if let Typed::Fits(serial) = serial::read(q) {
        return base.filter(certificate::Column::Serial.eq(serial));
    }
    // The last character there is sorts after every continuation.
    let begins = |column: certificate::Column, text: &str| {
        Condition::all()
            .add(column.gte(text))
            .add(column.lt(format!("{text}\u{10FFFF}")))
    };
    let letters: String = q
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    base.filter(
        Condition::any()
            .add(begins(certificate::Column::Name, q))
            .add(begins(certificate::Column::Pinyin, &letters)),
    )
}

async fn rows(app: &App, page: &Page, base: Select<certificate::Entity>, window: Window) -> Result<Vec<Row>> {
    let by_name = window.sort == "name";
    let sort = if by_name {
        certificate::Column::Pinyin
    } else {
        certificate::Column::CreatedAt
    };
    let found = window
        .cut(base, sort, certificate::Column::Id)
        .all(app.store.read())
        .await?;
    Ok(found
        .into_iter()
        .map(|it| Row {
            id: it.id.0,
            key: if by_name {
                Key::from(it.pinyin.as_str())
            } else {
                Key::from(it.created_at)
            },
            href: Some(format!("/certificates/{}", it.id)),
            cells: vec![
                serial::shown(&it.serial).into(),
                it.name.clone().into(),
                page.code("hours-ledger", it.ledger.name()).into(),
                view::period(it.first_day, it.last_day, page).into(),
                Cell::Number(hours(it.tenths)),
                it.issuer.clone().into(),
                it.ripe_on.to_string().into(),
                view::badge(it.state, page),
            ],
        })
        .collect())
}

/// Those in their public days, for everybody: masked names, no numbers.
pub(crate) async fn public(app: &App, page: Page, query: ListQuery) -> Result<Listed> {
    let definition = Definition {
        path: "/certificates/announced".to_owned(),
        columns: list::columns(
            &page,
            &[
                ("", "hours-name"),
                ("", "certificate-period"),
                ("", "hours-times"),
                ("", "hours-hours"),
                ("", "certificate-issuer"),
                ("", "certificate-public-until"),
                ("", "certificate-contact"),
            ],
        ),
        default_sort: "-made",
        empty: page.t("certificate-none-public"),
        ..Definition::default()
    };
    let words = page.clone();
    list::answer(page, query, definition, |window| public_rows(app, &words, window)).await
}

async fn public_rows(app: &App, page: &Page, mut window: Window) -> Result<Vec<Row>> {
    window.descending = true;
    let base = certificate::Entity::find()
        .filter(certificate::Column::State.eq(State::Announced))
        .filter(certificate::Column::RipeOn.gt(app.now().day()));
    let found = window
        .cut(base, certificate::Column::CreatedAt, certificate::Column::Id)
        .all(app.store.read())
        .await?;
    Ok(found
        .into_iter()
        .map(|it| Row {
            id: it.id.0,
            key: Key::from(it.created_at),
            href: None,
            cells: vec![
                mask::name(&it.name).into(),
                view::period(it.first_day, it.last_day, page).into(),
                tables::number(it.times),
                Cell::Number(hours(it.tenths)),
                it.issuer.clone().into(),
                view::last_public(&it).to_string().into(),
                it.contact.clone().into(),
            ],
        })
        .collect())
}
