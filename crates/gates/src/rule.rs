//! The rules of a gate. They change every few months and differ by city, so they are data: an order sets them for a
//! place and all below it, from and until a moment.

use accounts::{Actor, audit};
use kit::{
    FieldError, Problem, Result, Role, Timestamp,
    id::{GateRuleId, PlaceId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use shell::App;
use utoipa::ToSchema;

use crate::model::gate_rule;

/// Above this many tenths of a degree a temperature is an alarm (shared/rules: 37.3).
pub const ALARM: i64 = 373;
/// Temperatures a thermometer can show, in tenths of a degree.
pub const TEMPERATURES: std::ops::RangeInclusive<i64> = 300..=450;

/// How often a household may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exits {
    /// So many people ...
    pub persons: i64,
    /// ... in so many days of 24 hours ...
    pub days: i64,
    /// ... for so many hours.
    pub hours: i64,
}

/// The preset: one person, every two days, two hours.
pub const EXITS: Exits = Exits {
    persons: 1,
    days: 2,
    hours: 2,
};

/// What is asked at a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Rule {
    /// Above (not at) this temperature, in tenths of a degree, is an alarm.
    pub alarm: i64,
    /// Limit on a household's exits; off when none.
    pub exits: Option<Exits>,
    /// Visitors may come in.
    pub visitors: bool,
    /// The health code of people from outside is looked at.
    pub health: bool,
    /// Their travel code is looked at.
    pub travel: bool,
    /// Masks are asked for.
    pub mask: bool,
    /// The boot of a car is opened.
    pub boot: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            alarm: ALARM,
            exits: None,
            visitors: true,
            health: false,
            travel: false,
            mask: true,
            boot: false,
        }
    }
}

/// The row in force at a path among those given: of the nearest place, there the one that began last.
fn nearest(mut rows: Vec<gate_rule::Model>, now: Timestamp) -> Option<gate_rule::Model> {
    rows.retain(|row| row.from_at <= now && row.until_at.is_none_or(|until| now < until));
    rows.into_iter()
        .max_by_key(|row| (row.place_path.len(), row.from_at, row.id))
}

/// The rules in force at the place with this path; the defaults where no order is.
pub async fn at(db: &impl ConnectionTrait, path: &str, now: Timestamp) -> Result<Rule> {
    let Some(row) = order_at(db, path, now).await? else {
        return Ok(Rule::default());
    };
    serde_json::from_str(&row.rule).map_err(Problem::internal)
}

/// The order in force at the place with this path.
pub async fn order_at(
    db: &impl ConnectionTrait,
    path: &str,
    now: Timestamp,
) -> Result<Option<gate_rule::Model>> {
    let paths: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..=at]).collect();
    let rows = gate_rule::Entity::find()
        .filter(gate_rule::Column::PlacePath.is_in(paths))
        .filter(gate_rule::Column::FromAt.lte(now))
        .filter(
            Condition::any()
                .add(gate_rule::Column::UntilAt.is_null())
                .add(gate_rule::Column::UntilAt.gt(now)),
        )
        .order_by_desc(gate_rule::Column::FromAt)
        .all(db)
        .await?;
    Ok(nearest(rows, now))
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Where.
    pub place: PlaceId,
    /// Its number.
    pub order_no: String,
    /// From.
    pub from: Timestamp,
    /// Until, not included.
    pub until: Option<Timestamp>,
    /// The rules.
    pub rule: Rule,
}

/// Those who may activate rules.
pub const ORDERING: &[Role] = &[Role::Administrator, Role::Commander, Role::CommunityWorker];

/// Puts rules in force.
pub async fn activate(app: &App, actor: &Actor, order: &Order) -> Result<GateRuleId> {
    let tx = app.store.begin().await?;
    let place = places::tree::find(&tx, &actor.scope(ORDERING), order.place).await?;
    if order.until.is_some_and(|until| until <= order.from) {
        return Err(Problem::invalid(vec![FieldError::new("until", "before-start")]));
    }
    let now = app.now();
    let id = GateRuleId::fresh(now);
    gate_rule::Entity::insert(gate_rule::ActiveModel {
        id: Set(id),
        community_id: Set(place.community_id),
        place_id: Set(place.id),
        place_path: Set(place.path.clone()),
        order_no: Set(order.order_no.clone()),
        from_at: Set(order.from),
        until_at: Set(order.until),
        rule: Set(serde_json::to_string(&order.rule).map_err(Problem::internal)?),
        by: Set(actor.user_id),
        at: Set(now),
    })
    .exec_without_returning(&tx)
    .await?;
    let entry = audit::Entry {
        action: "gate-rule.activate",
        subject: &format!("{} · {}", place.name, order.order_no),
        community: Some(place.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(id)
}

/// Ends rules now; those of the place above, or the defaults, are in force again.
pub async fn end(app: &App, actor: &Actor, id: GateRuleId) -> Result<()> {
    let tx = app.store.begin().await?;
    let now = app.now();
    let row = gate_rule::Entity::find_by_id(id)
        .filter(actor.scope(ORDERING).path(gate_rule::Column::PlacePath))
        .one(&tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    gate_rule::Entity::update_many()
        .col_expr(gate_rule::Column::UntilAt, Expr::value(now.millis()))
        .filter(gate_rule::Column::Id.eq(id))
        .filter(
            Condition::any()
                .add(gate_rule::Column::UntilAt.is_null())
                .add(gate_rule::Column::UntilAt.gt(now)),
        )
        .exec(&tx)
        .await?;
    let entry = audit::Entry {
        action: "gate-rule.end",
        subject: &row.order_no,
        community: Some(row.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_order_is_in_force() {
        let at = Timestamp::from_millis;
        let row = |path: &str, no: &str, from, until: Option<i64>| gate_rule::Model {
            id: GateRuleId(uuid::Uuid::from_u128(u128::try_from(from).unwrap())),
            community_id: PlaceId::default(),
            place_id: PlaceId::default(),
            place_path: path.into(),
            order_no: no.into(),
            from_at: at(from),
            until_at: until.map(at),
            rule: "{}".into(),
            by: None,
            at: at(from),
        };
        let rows = vec![
            row("31/", "city", 1, None),
            row("31/07/", "old", 2, None),
            row("31/07/", "new", 3, None),
            row("31/07/a/", "over", 4, Some(9)),
            row("31/07/a/", "later", 20, None),
        ];
        for (now, no) in [
            (0, None),
            (1, Some("city")),
            (2, Some("old")),
            (3, Some("new")),
            (4, Some("over")),
            (9, Some("new")),
            (20, Some("later")),
        ] {
            let found = nearest(rows.clone(), at(now)).map(|row| row.order_no);
            assert_eq!(found.as_deref(), no, "at {now}");
        }
    }

    #[test]
    fn a_rule_written_before_a_field_existed_is_still_read() {
        let rule: Rule = serde_json::from_str(r#"{"alarm":375}"#).unwrap();
        assert_eq!(
            rule,
            Rule {
                alarm: 375,
                ..Rule::default()
            }
        );
    }
}
