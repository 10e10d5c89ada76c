//! What a certificate counts: complete attendances of one helper, by duty and place. Never typed in.

use std::collections::BTreeMap;

use kit::{
    Day, Problem, Result,
    id::{HelperId, PlaceId},
};
use places::place;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sql::Values;

/// Of whose attendances, where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// Who.
    pub helper: HelperId,
    /// Path of the place; empty for everywhere.
    pub path: String,
    /// First day.
    pub from: Day,
    /// Last day, included.
    pub to: Day,
}

/// A duty at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Code of the duty; empty when the post is not known any more.
    pub duty: String,
    /// Where.
    pub place_id: PlaceId,
    /// Full name of the place then.
    pub place: String,
    /// Attendances.
    pub times: i64,
    /// Hours, in tenths.
    pub tenths: i64,
    /// Work counted, by code of the activity.
    pub counts: BTreeMap<String, i64>,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// By duty and place.
    pub lines: Vec<Line>,
}

impl Figures {
    /// Attendances.
    pub fn times(&self) -> i64 {
        self.lines.iter().map(|line| line.times).sum()
    }

    /// Hours, in tenths.
    pub fn tenths(&self) -> i64 {
        self.lines.iter().map(|line| line.tenths).sum()
    }

    /// Whether the same work is counted. What a place is called does not matter.
    pub fn same(&self, other: &Self) -> bool {
        let plain = |figures: &Self| -> Vec<Line> {
            let mut lines = figures.lines.clone();
            for line in &mut lines {
                line.place.clear();
            }
            lines.sort_by(|a, b| (&a.duty, a.place_id).cmp(&(&b.duty, b.place_id)));
            lines
        };
        plain(self) == plain(other)
    }

    /// As the table keeps them.
    pub fn write(&self) -> Result<String> {
        serde_json::to_string(&self.lines).map_err(Problem::internal)
    }

    /// From the table.
    pub fn read(content: &str) -> Result<Self> {
        Ok(Self {
            lines: serde_json::from_str(content).map_err(Problem::internal)?,
        })
    }

    /// Counts them.
    pub async fn load(db: &impl ConnectionTrait, span: &Span) -> Result<Self> {
        let mut lines: BTreeMap<(String, PlaceId), Line> = BTreeMap::new();
        let mut values = Values::default();
        let which = which(&mut values, span);
        let text = format!(
            "SELECT COALESCE(p.duty, ''), a.place_id, COUNT(*), CAST(SUM(a.tenths) AS BIGINT) {} \
             WHERE {which} GROUP BY COALESCE(p.duty, ''), a.place_id",
            from("")
        );
        for row in values.all(db, &text).await? {
            let duty: String = row.try_get_by_index(0)?;
            let place_id = PlaceId(row.try_get_by_index::<Uuid>(1)?);
            let line = Line {
                duty: duty.clone(),
                place_id,
                place: String::new(),
                times: row.try_get_by_index(2)?,
                tenths: row.try_get_by_index(3)?,
                counts: BTreeMap::new(),
            };
            lines.insert((duty, place_id), line);
        }
        let mut values = Values::default();
        let which = self::which(&mut values, span);
        let text = format!(
            "SELECT COALESCE(p.duty, ''), a.place_id, c.activity, CAST(SUM(c.quantity) AS BIGINT) {} \
             WHERE {which} AND NOT c.voided GROUP BY COALESCE(p.duty, ''), a.place_id, c.activity",
            from(
                "JOIN work_counts AS c ON c.community_id = a.community_id AND c.shift_id = a.shift_id \
                 AND c.helper_id = a.helper_id"
            )
        );
        for row in values.all(db, &text).await? {
            let key: (String, PlaceId) = (
                row.try_get_by_index(0)?,
                PlaceId(row.try_get_by_index::<Uuid>(1)?),
            );
            let quantity: i64 = row.try_get_by_index(3)?;
            if let Some(line) = lines.get_mut(&key).filter(|_| quantity != 0) {
                line.counts.insert(row.try_get_by_index(2)?, quantity);
            }
        }
        let places = place::Entity::find()
            .filter(place::Column::Id.is_in(lines.keys().map(|(_, place)| *place)))
            .all(db)
            .await?;
        let names = places::tree::full_names(db, &places).await?;
        let mut lines: Vec<Line> = lines.into_values().collect();
        for line in &mut lines {
            line.place = names.get(&line.place_id).cloned().unwrap_or_default();
        }
        lines.sort_by(|a, b| b.tenths.cmp(&a.tenths).then_with(|| a.duty.cmp(&b.duty)));
        Ok(Self { lines })
    }
}

/// Attendances with the duty of their post, and what else is joined.
fn from(more: &str) -> String {
    format!(
        "FROM attendances AS a JOIN places AS at ON at.id = a.place_id {more} \
         LEFT JOIN shifts AS s ON s.community_id = a.community_id AND s.id = a.shift_id \
         LEFT JOIN posts AS p ON p.community_id = s.community_id AND p.id = s.post_id"
    )
}

fn which(values: &mut Values, span: &Span) -> String {
    let helper = values.bind(span.helper.0);
    let (from, to) = (
        values.bind(span.from.to_string()),
        values.bind(span.to.to_string()),
    );
    let place = if span.path.is_empty() {
        "1 = 1".to_owned()
    } else {
        values.under("at.path", &span.path)
    };
    format!("a.helper_id = {helper} AND a.day >= {from} AND a.day <= {to} AND a.complete AND {place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(duty: &str, place: &str, tenths: i64) -> Line {
        Line {
            duty: duty.into(),
            place_id: PlaceId::default(),
            place: place.into(),
            times: 1,
            tenths,
            counts: BTreeMap::new(),
        }
    }

    #[test]
    fn only_the_work_is_compared() {
        let one = Figures {
            lines: vec![line("lane", "交暨", 80), line("patrol", "交暨", 10)],
        };
        let renamed = Figures {
            lines: vec![line("patrol", "新交暨", 10), line("lane", "新交暨", 80)],
        };
        let other = Figures {
            lines: vec![line("lane", "交暨", 81), line("patrol", "交暨", 10)],
        };
        assert!(one.same(&renamed) && !one.same(&other));
        assert_eq!((one.times(), one.tenths()), (2, 90));
        assert_eq!(Figures::read(&one.write().unwrap()).unwrap(), one);
    }
}
