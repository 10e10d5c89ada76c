//! What was done: one statement over the tallies, so that all parts of a card show the same moment.

use std::collections::BTreeMap;

use kit::{Day, Problem, Result, id::PlaceId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use crate::{
    access::{View, Who},
    sql::Values,
};

/// Sums of a day, an area or a rank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Different helpers with a person-time.
    pub people: i64,
    /// Attendances.
    pub person_times: i64,
    /// Hours, in tenths.
    pub tenths: i64,
}

/// Sums of an area, with the work counted there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Area {
    pub sum: Sum,
    pub counts: BTreeMap<String, i64>,
}

/// All that was done, in four cuts. What cancelled itself out is left out.
#[derive(Debug, Default)]
pub(crate) struct Actual {
    pub days: BTreeMap<Day, Sum>,
    pub areas: BTreeMap<PlaceId, Area>,
    pub ranks: BTreeMap<String, Sum>,
    /// Officials on duty and volunteers, by the name of the ledger.
    pub ledgers: BTreeMap<String, Sum>,
}

/// Sums up what the view shows from day `from` through `to`.
///
/// `w` holds one row for each helper, community and day; it is read four times, and on SQLite made in the
/// order of the index, without sorting.
pub(crate) async fn load(db: &impl ConnectionTrait, view: &View, from: Day, to: Day) -> Result<Actual> {
    let mut values = Values::default();
    let text = statement(&mut values, view, from, to);
    let mut actual = Actual::default();
    for row in values.all(db, &text).await? {
        actual.add(&row)?;
    }
    Ok(actual)
}

/// The statement that sums up.
pub(crate) fn statement(values: &mut Values, view: &View, from: Day, to: Day) -> String {
    let rows = rows(values, view, Some((from, to)));
    format!(
        "WITH r AS NOT MATERIALIZED ({rows}), \
         w AS MATERIALIZED ( \
           SELECT day, community_id, helper_id, \
             CAST(SUM(CASE activity WHEN 'person-times' THEN quantity ELSE 0 END) AS BIGINT) AS times, \
             CAST(SUM(CASE activity WHEN 'hours' THEN quantity ELSE 0 END) AS BIGINT) AS tenths \
           FROM r WHERE activity IN ('person-times', 'hours') GROUP BY day, community_id, helper_id) \
         SELECT 'area', '', community_id, CAST(SUM(times) AS BIGINT), CAST(SUM(tenths) AS BIGINT), \
           COUNT(DISTINCT CASE WHEN times > 0 THEN helper_id END) FROM w GROUP BY community_id \
         UNION ALL \
         SELECT 'day', day, NULL, CAST(SUM(times) AS BIGINT), CAST(SUM(tenths) AS BIGINT), \
           COUNT(DISTINCT CASE WHEN times > 0 THEN helper_id END) FROM w GROUP BY day \
         UNION ALL \
         SELECT 'rank', rank, NULL, CAST(SUM(times) AS BIGINT), CAST(SUM(tenths) AS BIGINT), \
           COUNT(CASE WHEN times > 0 THEN 1 END) \
           FROM (SELECT COALESCE(h.rank, '') AS rank, p.times, p.tenths \
             FROM (SELECT helper_id, SUM(times) AS times, SUM(tenths) AS tenths FROM w GROUP BY helper_id) AS p \
             LEFT JOIN helpers AS h ON h.id = p.helper_id) AS ranked \
           GROUP BY rank \
         UNION ALL \
         SELECT 'ledger', ledger, NULL, CAST(SUM(times) AS BIGINT), CAST(SUM(tenths) AS BIGINT), \
           COUNT(CASE WHEN times > 0 THEN 1 END) \
           FROM (SELECT CASE WHEN h.official THEN 'official' ELSE 'volunteer' END AS ledger, p.times, p.tenths \
             FROM (SELECT helper_id, SUM(times) AS times, SUM(tenths) AS tenths FROM w GROUP BY helper_id) AS p \
             LEFT JOIN helpers AS h ON h.id = p.helper_id) AS kept \
           GROUP BY ledger \
         UNION ALL \
         SELECT 'count', activity, community_id, CAST(SUM(quantity) AS BIGINT), 0, 0 \
           FROM r WHERE activity NOT IN ('person-times', 'hours') GROUP BY activity, community_id"
    )
}

/// The first and the last day on which the view shows work; none when there is none.
pub(crate) async fn span(db: &impl ConnectionTrait, view: &View) -> Result<Option<(Day, Day)>> {
    let mut values = Values::default();
    let rows = rows(&mut values, view, None);
    let found = values
        .all(db, &format!("SELECT MIN(day), MAX(day) FROM ({rows}) AS r"))
        .await?;
    let Some(row) = found.first() else {
        return Ok(None);
    };
    let day = |column| row.try_get_by_index::<Option<String>>(column);
    Ok(match (day(0)?, day(1)?) {
        (Some(first), Some(last)) => Some((parse(&first)?, parse(&last)?)),
        _ => None,
    })
}

/// Rows of `community_id, day, helper_id, activity, quantity` that the view shows.
fn rows(values: &mut Values, view: &View, period: Option<(Day, Day)>) -> String {
    let days = period.map(|(from, to)| (values.bind(from.to_string()), values.bind(to.to_string())));
    let during = |of: &str| match &days {
        Some((from, to)) => format!("{of}.day >= {from} AND {of}.day <= {to}"),
        None => "1 = 1".to_owned(),
    };
    if let Who::At(_, path) = &view.who {
        // Below communities there are no tallies: what was done at the posts of one compound or gate is
        // counted from the attendances of its community.
        let community = view.who.condition(values, "a");
        let under = values.under("path", path);
        let works = view.who.condition(values, "c");
        let posts = values.under("s.place_path", path);
        let attended = format!(
            "FROM attendances AS a WHERE {community} AND {} AND a.complete \
             AND a.place_id IN (SELECT id FROM places WHERE {under})",
            during("a")
        );
        return format!(
            "SELECT a.community_id, a.day, a.helper_id, 'person-times' AS activity, 1 AS quantity {attended} \
             UNION ALL SELECT a.community_id, a.day, a.helper_id, 'hours', a.tenths {attended} \
             UNION ALL SELECT c.community_id, c.day, c.helper_id, c.activity, c.quantity FROM work_counts AS c \
             JOIN shifts AS s ON s.community_id = c.community_id AND s.id = c.shift_id \
             WHERE {works} AND {} AND NOT c.voided AND {posts}",
            during("c")
        );
    }
    let who = view.who.condition(values, "t");
    let within = values.within("t.community_id", &view.scope);
    format!(
        "SELECT t.community_id, t.day, t.helper_id, t.activity, t.quantity FROM tallies AS t \
         WHERE {who} AND {} AND {within}",
        during("t")
    )
}

impl Actual {
    fn add(&mut self, row: &QueryResult) -> Result<()> {
        let part: String = row.try_get_by_index(0)?;
        let label: String = row.try_get_by_index(1)?;
        let place = |row: &QueryResult| -> Result<PlaceId, DbErr> {
            Ok(PlaceId(
                row.try_get_by_index::<Option<Uuid>>(2)?.unwrap_or_default(),
            ))
        };
        let sum = Sum {
            person_times: row.try_get_by_index(3)?,
            tenths: row.try_get_by_index(4)?,
            people: row.try_get_by_index(5)?,
        };
        if sum.person_times == 0 && sum.tenths == 0 {
            return Ok(());
        }
        match part.as_str() {
            "day" => {
                self.days.insert(parse(&label)?, sum);
            }
            "area" => self.areas.entry(place(row)?).or_default().sum = sum,
            "rank" => {
                self.ranks.insert(label, sum);
            }
            "ledger" => {
                self.ledgers.insert(label, sum);
            }
            _ => {
                let area = self.areas.entry(place(row)?).or_default();
                area.counts.insert(label, sum.person_times);
            }
        }
        Ok(())
    }
}

fn parse(day: &str) -> Result<Day> {
    day.parse().map_err(Problem::internal)
}
