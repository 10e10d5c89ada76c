//! The live board of a gate, or of all gates of a place. It renews itself.

use accounts::{Actor, audit};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kit::{
    Problem, Role, Timestamp,
    id::{PlaceId, RecordId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed},
    problem::Answer,
};

use super::{degrees, reason, short};
use crate::{
    gate, inside,
    model::{alarm_note, passage},
    queries::{self, DayAt, Figures},
    rule,
};

/// Gates on the overview at most.
const MOST: u64 = 300;
/// Passages on a board.
const LAST: u64 = 20;
/// How far back an alarm that nobody has answered is shown.
const BACK: std::time::Duration = std::time::Duration::from_secs(48 * 3600);

struct Line {
    id: RecordId,
    at: Timestamp,
    inward: bool,
    go: bool,
    name: String,
    more: String,
    reason: String,
    temperature: String,
    hot: bool,
    resident: bool,
}

fn line(page: &Page, row: passage::Model) -> Line {
    let more: Vec<String> = [row.visiting, row.plate, row.origin, row.despite]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    Line {
        id: row.id,
        at: row.at,
        inward: row.inward,
        go: row.go,
        name: row.name,
        more: more.join(" · "),
        reason: reason(page, &row.reason),
        temperature: degrees(row.temperature),
        hot: row.hot,
        resident: row.resident_id.is_some(),
    }
}

struct Summary {
    id: PlaceId,
    name: String,
    day: DayAt,
}

#[derive(Template)]
#[template(path = "gates.html")]
struct GatesPage {
    page: Page,
    title: String,
    typed: String,
    unknown: bool,
    gates: Vec<Summary>,
    alarms: Vec<Line>,
}

/// `GET /gates`, with `?place=`.
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let db = app.store.read();
    let now = app.now();
    let typed = query.filter("place");
    let all = actor.scope(Role::READERS);
    let chosen = places::typed::place(db, &all, &typed).await?;
    let scope = match &chosen {
        Ok(Some(place)) => store::scope::under(&place.path),
        _ => all,
    };
    let places = gate::all(db, &scope, MOST).await?;
    let names = places::tree::full_names(db, &places).await?;
    let here = queries::at_gates(&places);
    let days = queries::by_gate(db, &here, now.day()).await?;
    let mut gates: Vec<Summary> = places
        .iter()
        .map(|place| Summary {
            id: place.id,
            name: names.get(&place.id).map(|name| short(name)).unwrap_or_default(),
            day: days.get(&place.id).copied().unwrap_or_default(),
        })
        .collect();
    gates.sort_by_key(|gate| std::cmp::Reverse(gate.day.inward + gate.day.outward + gate.day.stopped));
    let alarms = queries::open_alarms(db, &here, now.minus(BACK)).await?;
    Ok(Page::draw(&GatesPage {
        title: page.t("gate-title"),
        unknown: chosen.is_err(),
        alarms: alarms.into_iter().map(|row| line(&page, row)).collect(),
        typed,
        gates,
        page,
    })?)
}

#[derive(Template)]
#[template(path = "gate.html")]
struct GatePage {
    page: Page,
    title: String,
    place: String,
    id: PlaceId,
    figures: Figures,
    inside: Vec<inside::Inside>,
    shelf: usize,
    alarms: Vec<Line>,
    last: Vec<Line>,
    rule: Vec<String>,
    order: String,
    chart: String,
    staff: bool,
}

/// `GET /gates/{id}`
pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<PlaceId>) -> Answer {
    let db = app.store.read();
    let now = app.now();
    let place = gate::readable(&app, &actor, id).await?;
    let here = queries::at_gate(place.id);
    let figures = queries::figures(db, &here, now.day()).await?;
    let alarms = queries::open_alarms(db, &here, now.minus(BACK)).await?;
    let last = queries::latest(db, &here, LAST).await?;
    let order = rule::order_at(db, &place.path, now).await?;
    Ok(Page::draw(&GatePage {
        title: place.name.clone(),
        place: places::tree::full_name(db, &place).await?,
        id,
        inside: inside::of_gates(&app, place.community_id, Some(place.id), now).await?,
        shelf: crate::parcels::shelf(db, place.id).await?.len(),
        alarms: alarms.into_iter().map(|row| line(&page, row)).collect(),
        last: last.into_iter().map(|row| line(&page, row)).collect(),
        rule: super::rules::words(&page, &rule::at(db, &place.path, now).await?),
        order: order.map(|row| row.order_no).unwrap_or_default(),
        chart: chart(&page, &figures),
        staff: actor.may(Role::STAFF, &place.path),
        figures,
        page,
    })?)
}

/// The curve of the day as the browser draws it.
fn chart(page: &Page, figures: &Figures) -> String {
    let data = |of: &dyn Fn(&queries::Hour) -> i64| figures.hours.iter().map(of).collect::<Vec<i64>>();
    let series = |key: &str, of: &dyn Fn(&queries::Hour) -> i64| serde_json::json!({ "name": page.t(key), "data": data(of) });
    serde_json::json!({
        "kind": "bar",
        "title": page.t("gate-curve"),
        "x": (0..24).map(|hour| format!("{hour:02}")).collect::<Vec<_>>(),
        "series": [
            series("gate-in", &|hour| hour.inward),
            series("gate-out", &|hour| hour.outward),
            series("gate-stopped", &|hour| hour.stopped),
        ],
        "stack": true,
    })
    .to_string()
    .replace('<', "\\u003c")
}

fn answer_form(page: &Page, id: RecordId) -> Form {
    Form::new(page, format!("/passages/{id}/answered"), "gate-alarm-answer").required(
        page,
        "note",
        "gate-alarm-note",
        Control::Text,
    )
}

/// `POST /passages/{id}/answered`: what was done about somebody above the alarm.
pub async fn answered(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<RecordId>,
    typed: Typed,
) -> Answer {
    let tx = app.store.begin().await?;
    let row = passage::Entity::find()
        .filter(passage::Column::Id.eq(id))
        .filter(actor.scope(Role::STAFF).community(passage::Column::CommunityId))
        .filter(Condition::all().add(passage::Column::Hot.eq(true)))
        .one(&tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    let back = format!("/gates/{}", row.gate_id);
    let mut check = typed.check();
    let note = check.text("note", 200);
    let note = match check.done(note) {
        Ok(note) => note,
        Err(errors) => {
            let title = format!("{} · {}", row.name, degrees(row.temperature));
            return Ok(answer_form(&page, id)
                .cancel(&page, &back)
                .fill(&typed)
                .errors(&page, &errors)
                .answer(page, title)?);
        }
    };
    let now = app.now();
    // Whoever comes second finds it done.
    alarm_note::Entity::insert(alarm_note::ActiveModel {
        community_id: Set(row.community_id),
        record_id: Set(row.id),
        note: Set(note),
        by: Set(actor.user_id),
        at: Set(now),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(&tx)
    .await?;
    let entry = audit::Entry {
        action: "gate.alarm-answered",
        subject: &row.name,
        community: Some(row.community_id),
    };
    audit::note(&tx, &actor, now, entry).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{back}?done=saved")).into_response())
}
