//! The pages of the ledgers: `/hours` finds the right one, `/hours/LEDGER/DAYS` shows it.

use accounts::{Actor, audit};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect},
};
use kit::{
    Day, FieldError, Problem, Result, Role,
    id::{OrgId, PlaceId},
};
use people::model::helper;
use places::{PlaceKind, place};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::{
    App, Cell, ListQuery, Page, Row,
    form::Typed,
    list::{self, Definition, Filter, List, Listed, Window},
    problem::{Answer, field_text},
};
use store::Scope;

use super::{Asked, Ledger, Line, Who, lines, total};
use crate::{
    card::hours,
    period::{MOST_DAYS, Preset},
    sql::Values,
    tables,
};

/// Names offered in a filter.
const OFFERED: u64 = 300;
/// Who may have a ledger as a file.
const TAKERS: &[Role] = &[
    Role::Administrator,
    Role::Commander,
    Role::CommunityWorker,
    Role::Auditor,
    Role::Coordinator,
];
/// Days that need no typing.
const PRESETS: [Preset; 5] = [
    Preset::ThisMonth,
    Preset::LastMonth,
    Preset::Month,
    Preset::Week,
    Preset::Today,
];

#[derive(Template)]
#[template(path = "hours.html")]
struct HoursPage {
    page: Page,
    title: String,
    ledger: Ledger,
    tabs: Vec<(String, String, bool)>,
    presets: Vec<(String, String, bool)>,
    period: String,
    from: String,
    to: String,
    error: Option<String>,
    figures: Vec<(String, Cell)>,
    list: Option<Box<List>>,
}

/// The days of an address: a preset's name, or `FROM..TO`.
pub(crate) fn days(text: &str, today: Day) -> Option<(Day, Day)> {
    if let Some(preset) = PRESETS.into_iter().find(|preset| preset.name() == text) {
        return Some(preset.days(None, today));
    }
    let (from, to) = text.split_once("..")?;
    let (from, to): (Day, Day) = (from.parse().ok()?, to.parse().ok()?);
    let most = usize::try_from(MOST_DAYS).ok()?;
    (from <= to && from.through(to).nth(most).is_none()).then_some((from, to))
}

/// The days of the form: an end that was left out is the end of the month, or today.
fn typed_days(typed: &Typed, today: Day) -> Result<Option<(Day, Day)>, Vec<FieldError>> {
    let mut check = typed.check();
    let from = check.parse_optional::<Day>("from", "date");
    let to = check.parse_optional::<Day>("to", "date");
    let days = match (from, to) {
        (None, None) => None,
        (Some(from), None) => Some((from, today.max(from))),
        (None, Some(to)) => Some((Day(to.0.first_of_month()), to)),
        (Some(from), Some(to)) => Some((from, to)),
    };
    if let Some((from, to)) = days {
        if to < from {
            check.error(FieldError::new("to", "before-start"));
        } else if from
            .through(to)
            .nth(usize::try_from(MOST_DAYS).unwrap_or(usize::MAX))
            .is_some()
        {
            check.error(FieldError::new("to", "reports-too-long").with("most", MOST_DAYS));
        }
    }
    check.done(days)
}

/// `GET /hours`: on to a ledger and its days; this month's when nothing is asked.
pub(crate) async fn find(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    RawQuery(query): RawQuery,
) -> Answer {
    let typed = Typed::parse(query.as_deref().unwrap_or_default());
    let ledger = match Ledger::named(&typed.get("ledger")) {
        Some(ledger) => ledger,
        None => own(app.store.read(), &actor).await?,
    };
    match typed_days(&typed, app.now().day()) {
        Ok(days) => {
            let days = days.map_or_else(
                || Preset::ThisMonth.name().to_owned(),
                |(from, to)| format!("{from}..{to}"),
            );
            Ok(Redirect::to(&format!("/hours/{}/{days}", ledger.name())).into_response())
        }
        Err(errors) => {
            let error = errors
                .first()
                .map(|error| field_text(error, page.texts(), page.lang));
            let mut drawn = empty(page, ledger, "", (typed.get("from"), typed.get("to")));
            drawn.error = error;
            Ok(Page::again(Page::draw(&drawn)?))
        }
    }
}

/// The ledger of whoever sees only themself; else the volunteers'.
async fn own(db: &impl ConnectionTrait, actor: &Actor) -> Result<Ledger> {
    let Some(id) = actor.helper_id.filter(|_| !actor.has(TAKERS)) else {
        return Ok(Ledger::Volunteer);
    };
    let helper = helper::Entity::find_by_id(id).one(db).await?;
    Ok(Ledger::of(helper.is_some_and(|helper| helper.official)))
}

/// `GET /hours/{ledger}/{days}`
pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    Path((ledger, span)): Path<(String, String)>,
    query: ListQuery,
) -> Answer {
    let ledger = Ledger::named(&ledger).ok_or_else(Problem::not_found)?;
    let (from, to) = days(&span, app.now().day()).ok_or_else(Problem::not_found)?;
    let db = app.store.read();
    let who = Who::of(db, &actor).await?;
    let filters = filters(db, &actor, &page, &who).await?;
    let asked = Asked {
        ledger,
        from,
        to,
        who,
        org: org(db, &actor, &query.filter("org")).await?,
        place: place(db, &query.filter("place")).await?,
    };
    let export = query.filter("format") == "xlsx" && actor.has(TAKERS);
    let definition = definition(&page, &actor, (ledger, &span), filters);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &actor, &asked, window)
    })
    .await?;
    let list = match listed {
        Listed::List(list) => list,
        Listed::File(file) => {
            if export {
                note(&app, &actor, &asked).await?;
            }
            return Ok(file);
        }
    };
    let sums = total(db, &asked).await?;
    let mut drawn = empty(page, ledger, &span, (from.to_string(), to.to_string()));
    drawn.figures = [
        ("hours-hours", Cell::Number(hours(sums.tenths))),
        ("hours-times", tables::number(sums.times)),
        ("hours-people", tables::number(sums.people)),
    ]
    .into_iter()
    .map(|(key, value)| (drawn.page.t(key), value))
    .collect();
    drawn.list = Some(list);
    Ok(Page::draw(&drawn)?)
}

fn empty(page: Page, ledger: Ledger, span: &str, (from, to): (String, String)) -> HoursPage {
    let days = if span.is_empty() {
        Preset::ThisMonth.name()
    } else {
        span
    };
    HoursPage {
        title: page.t("hours-title"),
        tabs: Ledger::ALL
            .into_iter()
            .map(|each| {
                (
                    format!("/hours/{}/{days}", each.name()),
                    page.code("hours-ledger", each.name()),
                    each == ledger,
                )
            })
            .collect(),
        presets: PRESETS
            .into_iter()
            .map(|preset| {
                (
                    format!("/hours/{}/{}", ledger.name(), preset.name()),
                    page.t(&format!("reports-period-{}", preset.name())),
                    preset.name() == span,
                )
            })
            .collect(),
        period: page.tn("hours-period", &[("from", from.clone()), ("to", to.clone())]),
        ledger,
        from,
        to,
        error: None,
        figures: Vec::new(),
        list: None,
        page,
    }
}

fn definition(
    page: &Page,
    actor: &Actor,
    (ledger, span): (Ledger, &str),
    filters: Vec<Filter>,
) -> Definition {
    Definition {
        path: format!("/hours/{}/{span}", ledger.name()),
        columns: list::columns(
            page,
            &[
                ("name", "hours-name"),
                ("", "hours-org"),
                ("times", "hours-times"),
                ("hours", "hours-hours"),
            ],
        ),
        filters,
        default_sort: "name",
        search: page.t("hours-search"),
        empty: page.t("hours-none"),
        export: if actor.has(TAKERS) {
            page.code("hours-file", ledger.name())
        } else {
            String::new()
        },
    }
}

async fn rows(app: &App, actor: &Actor, asked: &Asked, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let found = lines(db, asked, &window).await?;
    let orgs = people::queries::org_names(db, found.iter().filter_map(|line| line.org)).await?;
    Ok(found
        .into_iter()
        .map(|line| Row {
            id: line.helper.0,
            href: Some(address(actor, asked, &line)),
            cells: vec![
                line.name.into(),
                line.org
                    .and_then(|id| orgs.get(&id).cloned())
                    .unwrap_or_default()
                    .into(),
                tables::number(line.times),
                Cell::Number(hours(line.tenths)),
            ],
            key: line.key,
        })
        .collect())
}

/// Staff go on to a certificate of these hours, everybody else to the report card.
fn address(actor: &Actor, asked: &Asked, line: &Line) -> String {
    let path = if actor.has(Role::STAFF) {
        "/certificates/new"
    } else {
        "/reports/card"
    };
    format!(
        "{path}?helper={}&from={}&to={}",
        line.helper, asked.from, asked.to
    )
}

async fn filters(db: &impl ConnectionTrait, actor: &Actor, page: &Page, who: &Who) -> Result<Vec<Filter>> {
    let mut filters = Vec::new();
    let places = offered(db, actor, who).await?;
    if places.len() > 1 {
        filters.push(Filter {
            name: "place",
            label: page.t("hours-place"),
            options: places,
        });
    }
    let orgs: Vec<(String, String)> = people::queries::org_choices(db, actor)
        .await?
        .into_iter()
        .map(|(id, name)| (id.to_string(), name))
        .collect();
    if orgs.len() > 1 {
        filters.push(Filter {
            name: "org",
            label: page.t("hours-org"),
            options: orgs,
        });
    }
    Ok(filters)
}

/// Places to choose from: the sub-districts and communities one arranges, else those where one's people worked.
async fn offered(db: &impl ConnectionTrait, actor: &Actor, who: &Who) -> Result<Vec<(String, String)>> {
    let scope = actor.scope(Role::READERS);
    let mut places: Vec<(String, PlaceId, String)> = Vec::new();
    if scope == Scope::Nothing {
        let mut values = Values::default();
        let which = who.condition(&mut values);
        let text =
            format!("SELECT DISTINCT a.community_id FROM attendances AS a WHERE {which} LIMIT {OFFERED}");
        let mut ids = Vec::new();
        for row in values.all(db, &text).await? {
            ids.push(PlaceId(row.try_get_by_index(0)?));
        }
        let found = place::Entity::find()
            .filter(place::Column::Id.is_in(ids))
            .all(db)
            .await?;
        places.extend(found.into_iter().map(|place| (place.path, place.id, place.name)));
    } else {
        for kind in [PlaceKind::Street, PlaceKind::Community] {
            let found: Vec<(String, PlaceId, String)> = place::Entity::find()
                .select_only()
                .columns([place::Column::Path, place::Column::Id, place::Column::Name])
                .filter(place::Column::Kind.eq(kind))
                .filter(scope.path(place::Column::Path))
                .order_by_asc(place::Column::Path)
                .limit(OFFERED)
                .into_tuple()
                .all(db)
                .await?;
            places.extend(found);
        }
    }
    places.sort_unstable();
    Ok(places
        .into_iter()
        .map(|(_, id, name)| (id.to_string(), name))
        .collect())
}

/// The path of the organisation that is asked for; one that the actor may not see is not found.
async fn org(db: &impl ConnectionTrait, actor: &Actor, text: &str) -> Result<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    let id: OrgId = text.parse().map_err(|_| Problem::not_found())?;
    Ok(Some(people::queries::org(db, actor, id).await?.path))
}

/// The path of the place that is asked for. Whose hours are shown there is for [`Who`] to say.
async fn place(db: &impl ConnectionTrait, text: &str) -> Result<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    let id: PlaceId = text.parse().map_err(|_| Problem::not_found())?;
    Ok(Some(places::tree::load(db, id).await?.path))
}

async fn note(app: &App, actor: &Actor, asked: &Asked) -> Result<()> {
    let subject = format!("{} {}..{}", asked.ledger.name(), asked.from, asked.to);
    let tx = app.store.begin().await?;
    let entry = audit::Entry {
        action: "hours.export",
        subject: &subject,
        community: None,
    };
    audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_an_address() {
        let today: Day = "2020-03-15".parse().unwrap();
        let said = |text: &str| days(text, today).map(|(from, to)| format!("{from} {to}"));
        assert_eq!(said("this-month").as_deref(), Some("2020-03-01 2020-03-15"));
        assert_eq!(said("last-month").as_deref(), Some("2020-02-01 2020-02-29"));
        assert_eq!(
            said("2020-02-10..2020-02-24").as_deref(),
            Some("2020-02-10 2020-02-24")
        );
        for wrong in [
            "",
            "all",
            "2020-02-10",
            "2020-02-24..2020-02-10",
            "2000-01-01..2020-01-01",
            "2020-02-30..2020-03-01",
        ] {
            assert_eq!(said(wrong), None, "{wrong}");
        }
    }
}
