//! What was asked for, pledged and planned.

use std::collections::BTreeMap;

use kit::{Day, Problem, Result};
use sea_orm::ConnectionTrait;

use crate::{
    Subject,
    access::{View, Who},
    sql::Values,
};

/// Person-times asked for and pledged, by day. A call asks for each of its weekdays from its first to its
/// last day; drafts and cancelled calls ask for nothing.
pub(crate) async fn asked(
    db: &impl ConnectionTrait,
    view: &View,
    from: Day,
    to: Day,
) -> Result<BTreeMap<Day, (i64, i64)>> {
    let mut values = Values::default();
    let last = values.bind(to.to_string());
    let first = values.bind(from.to_string());
    let of_period =
        format!("c.state IN ('open', 'closed') AND c.first_day <= {last} AND c.last_day >= {first}");
    let text = match (&view.subject, &view.who) {
        (Subject::Helper(_), _) => return Ok(BTreeMap::new()),
        (Subject::Org(_), who) => {
            let who = who.condition(&mut values, "o");
            let within = values.within("o.community_id", &view.scope);
            format!(
                "SELECT o.asked, COALESCE(o.pledged, 0), c.first_day, c.last_day, c.weekdays \
                 FROM call_orgs AS o JOIN calls AS c ON c.community_id = o.community_id AND c.id = o.call_id \
                 WHERE {who} AND {within} AND {of_period}"
            )
        }
        (Subject::Place(_), who) => {
            let place = match (who, &view.scope) {
                (Who::At(_, path), _) => values.under("c.place_path", path),
                (_, store::Scope::Within(paths)) => {
                    let all: Vec<String> = paths
                        .iter()
                        .map(|path| values.under("c.place_path", path))
                        .collect();
                    format!("({})", all.join(" OR "))
                }
                (_, store::Scope::Everything) => "1 = 1".to_owned(),
                (_, store::Scope::Nothing) => return Ok(BTreeMap::new()),
            };
            format!(
                "SELECT c.people_per_day, COALESCE((SELECT CAST(SUM(o.pledged) AS BIGINT) FROM call_orgs AS o \
                 WHERE o.community_id = c.community_id AND o.call_id = c.id), 0), \
                 c.first_day, c.last_day, c.weekdays FROM calls AS c WHERE {place} AND {of_period}"
            )
        }
    };
    let mut days: BTreeMap<Day, (i64, i64)> = BTreeMap::new();
    for row in values.all(db, &text).await? {
        let (asked, pledged): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let day = |column| -> Result<Day> {
            let text: String = row.try_get_by_index(column)?;
            text.parse().map_err(Problem::internal)
        };
        let (first, last) = (day(2)?, day(3)?);
        let weekdays: String = row.try_get_by_index(4)?;
        for day in first.max(from).through(last.min(to)) {
            let weekday = day.0.weekday().to_monday_one_offset();
            if weekdays.contains(&weekday.to_string()) {
                let sum = days.entry(day).or_default();
                sum.0 += asked;
                sum.1 += pledged;
            }
        }
    }
    Ok(days)
}

/// Names on shifts that were not cancelled, by day.
pub(crate) async fn planned(
    db: &impl ConnectionTrait,
    view: &View,
    from: Day,
    to: Day,
) -> Result<BTreeMap<Day, i64>> {
    let mut values = Values::default();
    let text = names(&mut values, view, from, to);
    let mut days = BTreeMap::new();
    for row in values.all(db, &text).await? {
        let day: String = row.try_get_by_index(0)?;
        days.insert(day.parse().map_err(Problem::internal)?, row.try_get_by_index(1)?);
    }
    Ok(days)
}

/// The statement that counts names on shifts: a place's through its shifts, which know how many names they
/// hold, those of an organisation or a helper through the names themselves.
pub(crate) fn names(values: &mut Values, view: &View, from: Day, to: Day) -> String {
    let of = if matches!(view.subject, Subject::Place(_)) {
        "s"
    } else {
        "a"
    };
    let who = view.who.condition(values, of);
    let within = values.within(&format!("{of}.community_id"), &view.scope);
    let (first, last) = (values.bind(from.to_string()), values.bind(to.to_string()));
    let shown =
        format!("{who} AND {within} AND {of}.day >= {first} AND {of}.day <= {last} AND NOT s.cancelled");
    match &view.who {
        Who::Anybody => {
            format!(
                "SELECT s.day, CAST(SUM(s.filled) AS BIGINT) FROM shifts AS s WHERE {shown} GROUP BY s.day"
            )
        }
        Who::At(_, path) => {
            let posts = values.under("s.place_path", path);
            format!(
                "SELECT s.day, CAST(SUM(s.filled) AS BIGINT) FROM shifts AS s WHERE {shown} AND {posts} \
                 GROUP BY s.day"
            )
        }
        _ => format!(
            "SELECT a.day, COUNT(*) FROM assignments AS a \
             JOIN shifts AS s ON s.community_id = a.community_id AND s.id = a.shift_id WHERE {shown} \
             GROUP BY a.day"
        ),
    }
}
