//! The ledgers of hours: officials on duty and volunteers, each on its own, never summed together.
//!
//! One statement gathers the complete attendances of a period from an index (by community, by organisation or
//! by helper, after who asks), sums them up by helper, and keeps those of one ledger.

pub(crate) mod pages;

use accounts::Actor;
use kit::{
    Day, Result, Role,
    id::{HelperId, OrgId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use shell::list::{Cursor, Key, Window};
use store::Scope;
use uuid::Uuid;

use crate::sql::Values;

const OF_AN_ORG: &[Role] = &[Role::Coordinator, Role::TeamLeader];

/// In which ledger hours stand.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sea_orm::EnumIter,
    sea_orm::DeriveActiveEnum,
    utoipa::ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Ledger {
    /// Officials on duty.
    Official,
    /// Volunteers.
    Volunteer,
}

impl Ledger {
    /// Both, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Official, Self::Volunteer];

    /// The ledger of a helper.
    pub const fn of(official: bool) -> Self {
        if official { Self::Official } else { Self::Volunteer }
    }

    /// `official` or `volunteer`: in addresses, in JSON and in locale keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Volunteer => "volunteer",
        }
    }

    /// The ledger of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ledger| ledger.name() == name)
    }
}

/// Whose attendances the actor may see.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    /// Those at these places.
    places: Scope,
    /// Those of organisations under these paths.
    orgs: Vec<String>,
    /// Their own.
    themself: Option<HelperId>,
}

impl Who {
    /// Staff and auditors by place, coordinators and team leaders by organisation, everybody themself.
    pub async fn of(db: &impl ConnectionTrait, actor: &Actor) -> Result<Self> {
        use people::model::org;
        let own: Vec<OrgId> = actor.orgs(OF_AN_ORG);
        let orgs = if own.is_empty() {
            Vec::new()
        } else {
            org::Entity::find()
                .filter(org::Column::Id.is_in(own))
                .all(db)
                .await?
                .into_iter()
                .map(|org| org.path)
                .collect()
        };
        Ok(Self {
            places: actor.scope(Role::READERS),
            orgs,
            themself: actor.helper_id,
        })
    }

    /// The condition on attendances `a`.
    pub fn condition(&self, values: &mut Values) -> String {
        let mut ways = Vec::new();
        match &self.places {
            Scope::Nothing => {}
            // All communities, one by one: so the days are a range of the index of each.
            Scope::Everything => {
                return values.within("a.community_id", &Scope::Within(vec![String::new()]));
            }
            places @ Scope::Within(_) => ways.push(values.within("a.community_id", places)),
        }
        if !self.orgs.is_empty() {
            let under: Vec<String> = self.orgs.iter().map(|path| values.under("path", path)).collect();
            ways.push(format!(
                "a.org_id IN (SELECT id FROM orgs WHERE {})",
                under.join(" OR ")
            ));
        }
        if let Some(helper) = self.themself {
            ways.push(format!("a.helper_id = {}", values.bind(helper.0)));
        }
        if ways.is_empty() {
            return "1 = 0".to_owned();
        }
        format!("({})", ways.join(" OR "))
    }
}

/// What is asked of a ledger.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub ledger: Ledger,
    pub from: Day,
    pub to: Day,
    /// Whose attendances.
    pub who: Who,
    /// Only those of this organisation (its path) and those below it.
    pub org: Option<String>,
    /// Only those in this place (its path).
    pub place: Option<String>,
}

/// A helper's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub helper: HelperId,
    pub name: String,
    pub org: Option<OrgId>,
    pub times: i64,
    /// Hours, in tenths.
    pub tenths: i64,
    /// The value it is sorted by.
    pub key: Key,
}

/// Sums of a ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub people: i64,
    pub times: i64,
    pub tenths: i64,
}

/// One row for each helper of the ledger: `id, name, pinyin, initials, org_id, times, tenths`.
fn gathered(values: &mut Values, asked: &Asked) -> String {
    let (from, to) = (
        values.bind(asked.from.to_string()),
        values.bind(asked.to.to_string()),
    );
    let who = asked.who.condition(values);
    let mut which = format!("{who} AND a.day >= {from} AND a.day <= {to} AND a.complete");
    if let Some(path) = &asked.place {
        let here = values.within("a.community_id", &store::scope::under(path));
        which = format!("{which} AND {here}");
    }
    if let Some(path) = &asked.org {
        let under = values.under("path", path);
        which = format!("{which} AND a.org_id IN (SELECT id FROM orgs WHERE {under})");
    }
    let official = values.bind(asked.ledger == Ledger::Official);
    format!(
        "SELECT h.id, h.name, h.pinyin, h.initials, h.org_id, s.times, s.tenths \
         FROM (SELECT a.helper_id, COUNT(*) AS times, CAST(SUM(a.tenths) AS BIGINT) AS tenths \
           FROM attendances AS a WHERE {which} GROUP BY a.helper_id) AS s \
         JOIN helpers AS h ON h.id = s.helper_id WHERE h.official = {official}"
    )
}

/// The sums of a ledger, whatever is searched for.
pub(crate) async fn total(db: &impl ConnectionTrait, asked: &Asked) -> Result<Total> {
    let mut values = Values::default();
    let rows = gathered(&mut values, asked);
    let text = format!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(times), 0) AS BIGINT), CAST(COALESCE(SUM(tenths), 0) AS BIGINT) \
         FROM ({rows}) AS r"
    );
    let found = values.all(db, &text).await?;
    let Some(row) = found.first() else {
        return Ok(Total::default());
    };
    Ok(Total {
        people: row.try_get_by_index(0)?,
        times: row.try_get_by_index(1)?,
        tenths: row.try_get_by_index(2)?,
    })
}

/// The statement for a window of a ledger.
pub(crate) fn statement(values: &mut Values, asked: &Asked, window: &Window) -> String {
    let rows = gathered(values, asked);
    let sort = match window.sort.as_str() {
        "hours" => "tenths",
        "times" => "times",
        _ => "pinyin",
    };
    let mut which = "1 = 1".to_owned();
    if !window.q.is_empty() {
        let mut begins = |column: &str, text: &str| {
            let least = values.bind(text);
            // The last character there is sorts after every continuation.
            let above = values.bind(format!("{text}\u{10FFFF}"));
            format!("({column} >= {least} AND {column} < {above})")
        };
        let letters: String = window
            .q
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        which = format!(
            "({} OR {} OR {})",
            begins("r.name", &window.q),
            begins("r.pinyin", &letters),
            begins("r.initials", &letters)
        );
    }
    let (order, beyond) = if window.descending {
        ("DESC", "<")
    } else {
        ("ASC", ">")
    };
    let after = match &window.after {
        Some(Cursor(Key::Int(key), id)) if sort != "pinyin" => Some((values.bind(*key), values.bind(*id))),
        Some(Cursor(Key::Text(key), id)) if sort == "pinyin" => {
            Some((values.bind(key.as_str()), values.bind(*id)))
        }
        _ => None,
    };
    if let Some((key, id)) = after {
        which = format!("{which} AND (r.{sort}, r.id) {beyond} ({key}, {id})");
    }
    let limit = values.bind(i64::try_from(window.limit).unwrap_or(i64::MAX));
    format!(
        "SELECT r.id, r.name, r.org_id, r.times, r.tenths, r.pinyin FROM ({rows}) AS r WHERE {which} \
         ORDER BY r.{sort} {order}, r.id {order} LIMIT {limit}"
    )
}

/// A window of a ledger.
pub(crate) async fn lines(db: &impl ConnectionTrait, asked: &Asked, window: &Window) -> Result<Vec<Line>> {
    let mut values = Values::default();
    let text = statement(&mut values, asked, window);
    let mut lines = Vec::new();
    for row in values.all(db, &text).await? {
        let (times, tenths): (i64, i64) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
        lines.push(Line {
            helper: HelperId(row.try_get_by_index::<Uuid>(0)?),
            name: row.try_get_by_index(1)?,
            org: row.try_get_by_index::<Option<Uuid>>(2)?.map(OrgId),
            key: match window.sort.as_str() {
                "hours" => Key::from(tenths),
                "times" => Key::from(times),
                _ => Key::from(row.try_get_by_index::<String>(5)?),
            },
            times,
            tenths,
        });
    }
    Ok(lines)
}
