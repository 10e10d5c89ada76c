//! Recounting: attendances and work counts against the tallies, names against the places taken on shifts.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use kit::{
    Day, Problem, Result,
    id::{HelperId, OrgId, PlaceId},
};
use people::model::{helper, org};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use store::Store;
use uuid::Uuid;

use crate::sql::Values;

/// Names on the shifts of a day, whoever's.
pub const NAMES: &str = "names";

/// A tally that is not what its attendances and counts add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The community, or a place above communities.
    pub community_id: PlaceId,
    /// Its name; its id when there is none any more.
    pub community: String,
    /// Day of the shift.
    pub day: Day,
    /// Name of the organisation; empty for a resident who helps at home.
    pub org: String,
    /// Name of the helper; their id when there is none any more; empty for [`NAMES`].
    pub helper: String,
    /// `person-times`, `hours` (in tenths), a code of an activity, or [`NAMES`].
    pub activity: String,
    /// What the tally says.
    pub tally: i64,
    /// What the recount says.
    pub recount: i64,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            community,
            day,
            org,
            helper,
            activity,
            tally,
            recount,
            ..
        } = self;
        let [org, helper] = [org, helper].map(|name| if name.is_empty() { "-" } else { name });
        let unit = if activity == "hours" { " (tenths)" } else { "" };
        write!(
            f,
            "{community}, {day}, {org}, {helper}: {activity}{unit}: tally {tally}, recount {recount}"
        )
    }
}

/// The tables that are compared; each is keyed by community first.
const TABLES: [&str; 4] = ["tallies", "attendances", "work_counts", "shifts"];

/// Compares all tallies with a recount from the tables, community by community, so that neither a long
/// lock nor much memory is needed beside a running server. Empty when everything agrees.
pub async fn check(store: &Store) -> Result<Vec<Difference>> {
    let db = store.read();
    let mut found: Vec<Raw> = Vec::new();
    let mut before: Option<Uuid> = None;
    while let Some(community) = next_community(db, before).await? {
        found.extend(compare(db, community).await?);
        before = Some(community);
    }
    name(db, found).await
}

async fn next_community(db: &impl ConnectionTrait, before: Option<Uuid>) -> Result<Option<Uuid>> {
    let mut next: Option<Uuid> = None;
    for table in TABLES {
        let mut values = Values::default();
        let after = match before {
            Some(before) => format!("WHERE community_id > {}", values.bind(before)),
            None => String::new(),
        };
        let text = format!("SELECT community_id FROM {table} {after} ORDER BY community_id LIMIT 1");
        if let Some(row) = values.all(db, &text).await?.first() {
            let id: Uuid = row.try_get_by_index(0)?;
            next = Some(next.map_or(id, |other| other.min(id)));
        }
    }
    Ok(next)
}

struct Raw {
    community: PlaceId,
    day: String,
    org: OrgId,
    helper: HelperId,
    activity: String,
    tally: i64,
    recount: i64,
}

async fn compare(db: &impl ConnectionTrait, community: Uuid) -> Result<Vec<Raw>> {
    let mut values = Values::default();
    let here = format!("community_id = {}", values.bind(community));
    let nobody = values.bind(Uuid::nil());
    let text = format!(
        "SELECT day, org_id, helper_id, activity, CAST(SUM(tally) AS BIGINT), CAST(SUM(recount) AS BIGINT) FROM ( \
           SELECT day, org_id, helper_id, activity, quantity AS tally, 0 AS recount FROM tallies WHERE {here} \
           UNION ALL \
           SELECT day, org_id, helper_id, 'person-times', 0, 1 FROM attendances WHERE {here} AND complete \
           UNION ALL \
           SELECT day, org_id, helper_id, 'hours', 0, tenths FROM attendances WHERE {here} AND complete \
           UNION ALL \
           SELECT day, org_id, helper_id, activity, 0, quantity FROM work_counts WHERE {here} AND NOT voided \
           UNION ALL \
           SELECT day, {nobody}, {nobody}, '{NAMES}', filled, 0 FROM shifts WHERE {here} \
           UNION ALL \
           SELECT day, {nobody}, {nobody}, '{NAMES}', 0, 1 FROM assignments WHERE {here} \
         ) AS both_ways GROUP BY day, org_id, helper_id, activity HAVING SUM(tally) <> SUM(recount) \
         ORDER BY day, org_id, helper_id, activity"
    );
    let mut found = Vec::new();
    for row in values.all(db, &text).await? {
        found.push(Raw {
            community: PlaceId(community),
            day: row.try_get_by_index(0)?,
            org: OrgId(row.try_get_by_index(1)?),
            helper: HelperId(row.try_get_by_index(2)?),
            activity: row.try_get_by_index(3)?,
            tally: row.try_get_by_index(4)?,
            recount: row.try_get_by_index(5)?,
        });
    }
    Ok(found)
}

/// Ids in one `IN (...)`.
const STEP: usize = 1_000;

async fn name(db: &impl ConnectionTrait, found: Vec<Raw>) -> Result<Vec<Difference>> {
    let places = places::tree::names(db, found.iter().map(|raw| raw.community)).await?;
    let mut orgs: HashMap<OrgId, String> = HashMap::new();
    let mut helpers: HashMap<HelperId, String> = HashMap::new();
    let ids: HashSet<OrgId> = found.iter().map(|raw| raw.org).collect();
    for some in ids.into_iter().collect::<Vec<_>>().chunks(STEP) {
        let rows = org::Entity::find()
            .filter(org::Column::Id.is_in(some.iter().copied()))
            .all(db)
            .await?;
        orgs.extend(rows.into_iter().map(|row| (row.id, row.name)));
    }
    let ids: HashSet<HelperId> = found.iter().map(|raw| raw.helper).collect();
    for some in ids.into_iter().collect::<Vec<_>>().chunks(STEP) {
        let rows = helper::Entity::find()
            .filter(helper::Column::Id.is_in(some.iter().copied()))
            .all(db)
            .await?;
        helpers.extend(rows.into_iter().map(|row| (row.id, row.name)));
    }
    found
        .into_iter()
        .map(|raw| {
            Ok(Difference {
                community_id: raw.community,
                community: places
                    .get(&raw.community)
                    .cloned()
                    .unwrap_or_else(|| raw.community.to_string()),
                day: raw.day.parse().map_err(Problem::internal)?,
                org: match orgs.get(&raw.org) {
                    Some(name) => name.clone(),
                    None if raw.org == OrgId::default() => String::new(),
                    None => raw.org.to_string(),
                },
                helper: match helpers.get(&raw.helper) {
                    Some(name) => name.clone(),
                    None if raw.helper == HelperId::default() => String::new(),
                    None => raw.helper.to_string(),
                },
                activity: raw.activity,
                tally: raw.tally,
                recount: raw.recount,
            })
        })
        .collect()
}
