//! The rules of gates: which order is in force where, and putting one in force.

use accounts::Actor;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kit::{FieldError, Result, Role, id::GateRuleId, time};
use sea_orm::EntityTrait;
use sea_orm::QueryFilter;
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Window},
    problem::Answer,
};
use store::Scope;

use super::degrees;
use crate::{
    model::gate_rule,
    rule::{self, EXITS, Exits, Order, Rule, TEMPERATURES},
};

/// `GET /gates/rules`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/gates/rules".into(),
        columns: list::columns(
            &page,
            &[
                ("from", "gate-rule-from"),
                ("", "gate-rule-until"),
                ("", "gate-rule-place"),
                ("", "gate-rule-order-no"),
                ("", "gate-rule-says"),
                ("", "gate-state"),
            ],
        ),
        default_sort: "-from",
        empty: page.t("gate-rules-none"),
        ..Definition::default()
    };
    let words = page.clone();
    let scope = actor.scope(Role::READERS);
    let ordering = actor.scope(rule::ORDERING);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &ordering, window)
    })
    .await?;
    let actions = if actor.has(rule::ORDERING) {
        vec![("/gates/rules/new".to_owned(), page.t("gate-rule-new"))]
    } else {
        vec![]
    };
    Ok(listed.page(page.clone(), page.t("gate-rules"), actions)?)
}

async fn rows(app: &App, page: &Page, scope: &Scope, ordering: &Scope, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let now = app.now();
    let select = gate_rule::Entity::find().filter(scope.path(gate_rule::Column::PlacePath));
    let found = window
        .cut(select, gate_rule::Column::FromAt, gate_rule::Column::Id)
        .all(db)
        .await?;
    let names = places::tree::names(db, found.iter().map(|row| row.place_id)).await?;
    Ok(found
        .into_iter()
        .map(|row| {
            let over = row.until_at.is_some_and(|until| until <= now);
            let state = if over {
                Cell::Badge(page.t("gate-rule-over"), "secondary")
            } else if row.from_at > now {
                Cell::Badge(page.t("gate-rule-later"), "blue")
            } else {
                Cell::Badge(page.t("gate-rule-in-force"), "green")
            };
            Row {
                id: row.id.0,
                key: row.from_at.into(),
                href: (!over && ordering.holds(&row.place_path))
                    .then(|| format!("/gates/rules/{}/end", row.id)),
                cells: vec![
                    row.from_at.minute_text().into(),
                    row.until_at
                        .map(kit::Timestamp::minute_text)
                        .unwrap_or_default()
                        .into(),
                    names.get(&row.place_id).cloned().unwrap_or_default().into(),
                    row.order_no.into(),
                    words(page, &serde_json::from_str(&row.rule).unwrap_or_default())
                        .join(" · ")
                        .into(),
                    state,
                ],
            }
        })
        .collect())
}

/// Rules in words.
pub(super) fn words(page: &Page, rule: &Rule) -> Vec<String> {
    let mut words = vec![page.t1("gate-rule-alarm-says", "degrees", degrees(Some(rule.alarm)))];
    if let Some(exits) = rule.exits {
        words.push(page.tn(
            "gate-rule-exits-says",
            &[
                ("persons", exits.persons.to_string()),
                ("days", exits.days.to_string()),
                ("hours", exits.hours.to_string()),
            ],
        ));
    }
    for (is, key) in [
        (!rule.visitors, "gate-rule-no-visitors"),
        (rule.health, "gate-rule-health"),
        (rule.travel, "gate-rule-travel"),
        (rule.mask, "gate-rule-mask"),
        (rule.boot, "gate-rule-boot"),
    ] {
        if is {
            words.push(page.t(key));
        }
    }
    words
}

const CHECKS: [&str; 5] = ["visitors", "health", "travel", "mask", "boot"];

fn form(page: &Page) -> Form {
    let mut form = Form::new(page, "/gates/rules/new", "gate-rule-activate")
        .required(page, "place", "gate-rule-place", Control::Text)
        .required(page, "order_no", "gate-rule-order-no", Control::Text)
        .required(page, "from", "gate-rule-from", Control::DateTime)
        .field(page, "until", "gate-rule-until", Control::DateTime)
        .required(page, "alarm", "gate-rule-alarm", Control::Text)
        .field(page, "persons", "gate-rule-persons", Control::Number(0, 20))
        .field(page, "days", "gate-rule-days", Control::Number(1, 30))
        .field(page, "hours", "gate-rule-hours", Control::Number(1, 24));
    for name in CHECKS {
        form = form.field(page, name, &format!("gate-rule-ask-{name}"), Control::Check);
    }
    form.cancel(page, "/gates/rules")
}

/// `GET /gates/rules/new`
pub async fn new(page: Page, query: ListQuery) -> Answer {
    let typed = Typed::default()
        .set("place", query.filter("place"))
        .set("from", time::Typed(page.now))
        .set("alarm", "37.3")
        .set("persons", 0)
        .set("days", EXITS.days)
        .set("hours", EXITS.hours)
        .set("visitors", "on")
        .set("mask", "on");
    let title = page.t("gate-rule-new");
    Ok(form(&page).fill(&typed).answer(page, title)?)
}

/// Degrees as typed, in tenths: `37.3`, `37`, `37,3`.
fn tenths(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(['℃', ' ']).replace([',', '，'], ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 1 {
        return None;
    }
    let tenths = whole.parse::<i64>().ok()? * 10 + part.parse::<i64>().ok()?;
    TEMPERATURES.contains(&tenths).then_some(tenths)
}

/// `POST /gates/rules/new`
pub async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let place = places::typed::place(
        app.store.read(),
        &actor.scope(rule::ORDERING),
        &typed.get("place"),
    )
    .await?;
    let mut check = typed.check();
    let order_no = check.text("order_no", 60);
    let from = check.parse::<time::Typed>("from", "date").0;
    let until = check.parse_optional("until", "date").map(|time::Typed(at)| at);
    let alarm = tenths(&check.text("alarm", 10));
    if alarm.is_none() && !typed.get("alarm").is_empty() {
        check.error(FieldError::new("alarm", "gate-temperature"));
    }
    let persons = if typed.get("persons").is_empty() {
        0
    } else {
        check.number("persons", 0, 20)
    };
    let days = if typed.get("days").is_empty() {
        EXITS.days
    } else {
        check.number("days", 1, 30)
    };
    let hours = if typed.get("hours").is_empty() {
        EXITS.hours
    } else {
        check.number("hours", 1, 24)
    };
    if !check.text("place", 100).is_empty() && !matches!(place, Ok(Some(_))) {
        check.error(FieldError::new(
            "place",
            place.as_ref().err().copied().unwrap_or("unknown"),
        ));
    }
    let title = page.t("gate-rule-new");
    let errors = match (check.done(()), place, alarm) {
        (Ok(()), Ok(Some(place)), Some(alarm)) => {
            let order = Order {
                place: place.id,
                order_no,
                from,
                until,
                rule: Rule {
                    alarm,
                    exits: (persons > 0).then_some(Exits { persons, days, hours }),
                    visitors: typed.ticked("visitors"),
                    health: typed.ticked("health"),
                    travel: typed.ticked("travel"),
                    mask: typed.ticked("mask"),
                    boot: typed.ticked("boot"),
                },
            };
            match rule::activate(&app, &actor, &order).await {
                Ok(_) => return Ok(Redirect::to("/gates/rules?done=saved").into_response()),
                Err(problem) if !problem.fields.is_empty() => problem.fields,
                Err(problem) => return Err(problem.into()),
            }
        }
        (checked, ..) => checked.err().unwrap_or_default(),
    };
    Ok(form(&page)
        .fill(&typed)
        .errors(&page, &errors)
        .answer(page, title)?)
}

/// `GET /gates/rules/{id}/end`: asks first.
pub async fn ask_end(page: Page, Path(id): Path<GateRuleId>) -> Answer {
    let title = page.t("gate-rule-end");
    Ok(
        Form::new(&page, format!("/gates/rules/{id}/end"), "gate-rule-end")
            .cancel(&page, "/gates/rules")
            .answer(page, title)?,
    )
}

/// `POST /gates/rules/{id}/end`
pub async fn end(State(app): State<App>, actor: Actor, Path(id): Path<GateRuleId>) -> Answer {
    rule::end(&app, &actor, id).await?;
    Ok(Redirect::to("/gates/rules?done=saved").into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn degrees_as_people_type_them() {
        for (typed, read) in [
            ("37.3", Some(373)),
            ("37", Some(370)),
            ("37,5", Some(375)),
            ("38.0 ℃", Some(380)),
            ("373", None),
            ("37.35", None),
            ("hot", None),
            ("", None),
        ] {
            assert_eq!(super::tenths(typed), read, "{typed}");
        }
    }
}
