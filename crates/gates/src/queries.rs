//! Reads of the gate book.

use std::collections::HashMap;

use kit::{Day, Result, Timestamp, id::PlaceId};
use places::place;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

use crate::model::passage;

/// What passed in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hour {
    /// Went in.
    pub inward: i64,
    /// Went out.
    pub outward: i64,
    /// Turned away.
    pub stopped: i64,
}

/// A day at some gates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// By hour of the day, 24 of them.
    pub hours: Vec<Hour>,
    /// Above the alarm.
    pub hot: i64,
}

impl Figures {
    /// Went in over the day.
    pub fn inward(&self) -> i64 {
        self.hours.iter().map(|hour| hour.inward).sum()
    }

    /// Went out over the day.
    pub fn outward(&self) -> i64 {
        self.hours.iter().map(|hour| hour.outward).sum()
    }

    /// Turned away over the day.
    pub fn stopped(&self) -> i64 {
        self.hours.iter().map(|hour| hour.stopped).sum()
    }
}

#[derive(FromQueryResult)]
struct Counted {
    hour: i64,
    inward: bool,
    go: bool,
    n: i64,
}

const HOUR: i64 = 3_600_000;

/// The figures of a day; `gates` says at which gates.
pub async fn figures(db: &impl ConnectionTrait, gates: &Condition, day: Day) -> Result<Figures> {
    let (from, until) = (day.start(), day.next().start());
    let span = Condition::all()
        .add(passage::Column::At.gte(from))
        .add(passage::Column::At.lt(until));
    // Written out: PostgreSQL takes an expression with parameters for another one each time it stands.
    let hour = Expr::cust(format!("(passages.at - {}) / {HOUR}", from.millis()));
    let rows: Vec<Counted> = passage::Entity::find()
        .select_only()
        .column_as(hour.clone(), "hour")
        .columns([passage::Column::Inward, passage::Column::Go])
        .column_as(passage::Column::Id.count(), "n")
        .filter(gates.clone())
        .filter(span.clone())
        .group_by(hour)
        .group_by(passage::Column::Inward)
        .group_by(passage::Column::Go)
        .into_model()
        .all(db)
        .await?;
    let mut hours = vec![Hour::default(); 24];
    for row in rows {
        let Some(hour) = usize::try_from(row.hour).ok().and_then(|at| hours.get_mut(at)) else {
            continue;
        };
        match (row.go, row.inward) {
            (false, _) => hour.stopped += row.n,
            (true, true) => hour.inward += row.n,
            (true, false) => hour.outward += row.n,
        }
    }
    let hot: Option<i64> = passage::Entity::find()
        .select_only()
        .column_as(passage::Column::Id.count(), "n")
        .filter(gates.clone())
        .filter(span)
        .filter(Expr::cust("hot"))
        .into_tuple()
        .one(db)
        .await?;
    Ok(Figures {
        hours,
        hot: hot.unwrap_or(0),
    })
}

/// The last passages at some gates, the newest first.
pub async fn latest(db: &impl ConnectionTrait, gates: &Condition, most: u64) -> Result<Vec<passage::Model>> {
    Ok(passage::Entity::find()
        .filter(gates.clone())
        .order_by_desc(passage::Column::At)
        .order_by_desc(passage::Column::Id)
        .limit(most)
        .all(db)
        .await?)
}

/// Alarms since a moment that nobody has answered, the newest first.
pub async fn open_alarms(
    db: &impl ConnectionTrait,
    gates: &Condition,
    since: Timestamp,
) -> Result<Vec<passage::Model>> {
    Ok(passage::Entity::find()
        .filter(gates.clone())
        .filter(Expr::cust("hot"))
        .filter(passage::Column::At.gte(since))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM gate_alarm_notes AS n WHERE n.community_id = passages.community_id \
             AND n.record_id = passages.id)",
        ))
        .order_by_desc(passage::Column::At)
        .limit(200)
        .all(db)
        .await?)
}

/// How often the holder of a pass went the same way again within ten minutes, with nobody going the other way between:
/// for each of these passages of one pass, the newest first, whether it is such a one.
pub fn again(passages: &[passage::Model]) -> Vec<bool> {
    let near = i64::try_from(crate::projection::TWICE.as_millis()).unwrap_or(i64::MAX);
    passages
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let before = passages[i + 1..].iter().find(|other| other.go);
            row.go && before.is_some_and(|other| other.inward == row.inward && row.at.since(other.at) <= near)
        })
        .collect()
}

/// What passed at one gate in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayAt {
    /// Went in.
    pub inward: i64,
    /// Went out.
    pub outward: i64,
    /// Turned away.
    pub stopped: i64,
    /// Above the alarm.
    pub hot: i64,
}

/// What passed at each of some gates in a day; a gate at which nobody passed is not there.
pub async fn by_gate(
    db: &impl ConnectionTrait,
    gates: &Condition,
    day: Day,
) -> Result<HashMap<PlaceId, DayAt>> {
    let rows: Vec<(PlaceId, bool, bool, bool, i64)> = passage::Entity::find()
        .select_only()
        .columns([
            passage::Column::GateId,
            passage::Column::Inward,
            passage::Column::Go,
            passage::Column::Hot,
        ])
        .column_as(passage::Column::Id.count(), "n")
        .filter(gates.clone())
        .filter(passage::Column::At.gte(day.start()))
        .filter(passage::Column::At.lt(day.next().start()))
        .group_by(passage::Column::GateId)
        .group_by(passage::Column::Inward)
        .group_by(passage::Column::Go)
        .group_by(passage::Column::Hot)
        .into_tuple()
        .all(db)
        .await?;
    let mut days: HashMap<PlaceId, DayAt> = HashMap::new();
    for (gate, inward, go, hot, n) in rows {
        let day = days.entry(gate).or_default();
        match (go, inward) {
            (false, _) => day.stopped += n,
            (true, true) => day.inward += n,
            (true, false) => day.outward += n,
        }
        if hot {
            day.hot += n;
        }
    }
    Ok(days)
}

/// Some gates as a condition.
pub fn at_gates(gates: &[place::Model]) -> Condition {
    Condition::all().add(passage::Column::GateId.is_in(gates.iter().map(|gate| gate.id)))
}

/// The gate of a passage as a condition.
pub fn at_gate(gate: PlaceId) -> Condition {
    Condition::all().add(passage::Column::GateId.eq(gate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_way_again_is_marked() {
        let row = |minute: i64, inward, go| passage::Model {
            community_id: PlaceId::default(),
            id: kit::id::RecordId::default(),
            gate_id: PlaceId::default(),
            at: Timestamp::from_millis(minute * 60_000),
            received_at: Timestamp::default(),
            inward,
            go,
            reason: String::new(),
            despite: String::new(),
            found_by: "scan".into(),
            resident_id: None,
            household_id: None,
            pass_id: None,
            visit_id: None,
            outsider: false,
            name: String::new(),
            phone_sealed: None,
            phone_index: None,
            visiting: String::new(),
            origin: String::new(),
            plate: String::new(),
            companions: 0,
            temperature: None,
            hot: false,
            health: String::new(),
            travel: String::new(),
            mask: String::new(),
            boot: String::new(),
            shift_id: None,
            sender: None,
        };
        // The newest first: in, in again after three minutes, turned away between, out, in after an hour.
        let rows = [
            row(100, true, true),
            row(40, false, true),
            row(13, true, true),
            row(12, true, false),
            row(10, true, true),
        ];
        assert_eq!(again(&rows), [false, false, true, false, false]);
    }
}
