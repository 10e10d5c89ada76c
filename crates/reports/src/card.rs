//! The report card: asked, pledged, planned, actual; by rank, by area, by day.

use std::collections::BTreeMap;

use accounts::Actor;
use kit::{
    Day, Result,
    id::{HelperId, OrgId, PlaceId},
};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{access, actual, actual::Actual, hours::Ledger, wanted};

/// Whose card it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An organisation and all below it.
    Org(OrgId),
    /// A helper.
    Helper(HelperId),
    /// A place and all below it.
    Place(PlaceId),
}

impl Subject {
    /// `org`, `helper` or `place`: the name in queries, in JSON and in locale keys.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Org(_) => "org",
            Self::Helper(_) => "helper",
            Self::Place(_) => "place",
        }
    }

    /// The id without its type.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Org(id) => id.0,
            Self::Helper(id) => id.0,
            Self::Place(id) => id.0,
        }
    }
}

/// Whose card it is, in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct About {
    /// `org`, `helper` or `place`.
    #[schema(example = "org")]
    pub kind: &'static str,
    /// Id.
    pub id: Uuid,
    /// What it belongs to: the place with all it lies in, the helper's organisation; empty when nothing.
    pub within: String,
}

/// A report card. All actual figures are sums of individual attendances and counts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Card {
    /// Name of the organisation, helper or place.
    #[schema(example = "区国资委")]
    pub title: String,
    /// Whose card it is.
    pub subject: About,
    /// First day.
    #[schema(value_type = String, format = Date, example = "2020-02-10")]
    pub from: Day,
    /// Last day, included.
    #[schema(value_type = String, format = Date, example = "2020-02-24")]
    pub to: Day,
    /// Person-times asked for by calls. A helper is never asked for.
    pub asked: i64,
    /// The most that was asked for on one day.
    pub asked_per_day: i64,
    /// Person-times pledged.
    pub pledged: i64,
    /// Names on shifts that were not cancelled.
    pub planned: i64,
    /// Different helpers with at least one person-time.
    pub people: i64,
    /// Attendances with a check-in and a check-out.
    pub person_times: i64,
    /// Hours, to a tenth.
    pub hours: f64,
    /// Work counted, by code of the activity.
    pub counts: BTreeMap<String, i64>,
    /// By rank, the largest first; those without one last.
    pub by_rank: Vec<OfRank>,
    /// Officials on duty and volunteers, whose hours are two ledgers; always both, in this order.
    pub by_ledger: Vec<OfLedger>,
    /// By community, the largest first.
    pub by_area: Vec<OfArea>,
    /// By day; every day of the period.
    pub by_day: Vec<OfDay>,
}

/// A ledger's part.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OfLedger {
    /// Which, as it stands with the helpers today.
    pub ledger: Ledger,
    /// Different helpers.
    pub people: i64,
    /// Attendances.
    pub person_times: i64,
    /// Hours, to a tenth.
    pub hours: f64,
}

/// A rank's part.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OfRank {
    /// Rank as it stands today; empty when none is entered.
    #[schema(example = "处级")]
    pub rank: String,
    /// Different helpers.
    pub people: i64,
    /// Attendances.
    pub person_times: i64,
    /// Hours, to a tenth.
    pub hours: f64,
}

/// A community's part.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OfArea {
    /// The community, or the place above communities to which the work belongs.
    #[schema(value_type = Uuid)]
    pub place_id: PlaceId,
    /// Its name.
    pub name: String,
    /// Different helpers.
    pub people: i64,
    /// Attendances.
    pub person_times: i64,
    /// Hours, to a tenth.
    pub hours: f64,
    /// Work counted, by code of the activity.
    pub counts: BTreeMap<String, i64>,
}

/// A day's part.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OfDay {
    /// The day on which the shifts began.
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    /// Asked for.
    pub asked: i64,
    /// Pledged.
    pub pledged: i64,
    /// Names on shifts.
    pub planned: i64,
    /// Different helpers.
    pub people: i64,
    /// Attendances.
    pub person_times: i64,
    /// Hours, to a tenth.
    pub hours: f64,
}

impl OfDay {
    /// Whether nothing was asked, planned or done.
    pub fn is_empty(&self) -> bool {
        self.asked == 0
            && self.pledged == 0
            && self.planned == 0
            && self.person_times == 0
            && self.hours == 0.0
    }
}

impl Card {
    /// Whether there is nothing at all on it.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.by_day.iter().all(OfDay::is_empty)
    }
}

/// The card of `subject` from day `from` through `to`, as far as the actor may see it: staff and auditors
/// the work done in their places, a coordinator the own organisation wherever it works, a helper
/// themself. Everything else is not found.
pub async fn card(
    db: &impl ConnectionTrait,
    actor: &Actor,
    subject: Subject,
    from: Day,
    to: Day,
) -> Result<Card> {
    let view = access::view(db, actor, subject).await?;
    of_view(db, &view, from, to).await
}

pub(crate) async fn of_view(
    db: &impl ConnectionTrait,
    view: &access::View,
    from: Day,
    to: Day,
) -> Result<Card> {
    let (actual, wanted, planned) = tokio::try_join!(
        actual::load(db, view, from, to),
        wanted::asked(db, view, from, to),
        wanted::planned(db, view, from, to),
    )?;
    let names = places::tree::names(db, actual.areas.keys().copied()).await?;
    let mut by_day: Vec<OfDay> = Vec::new();
    for day in from.through(to) {
        let (asked, pledged) = wanted.get(&day).copied().unwrap_or_default();
        let done = actual.days.get(&day).copied().unwrap_or_default();
        by_day.push(OfDay {
            day,
            asked,
            pledged,
            planned: planned.get(&day).copied().unwrap_or_default(),
            people: done.people,
            person_times: done.person_times,
            hours: hours(done.tenths),
        });
    }
    let Actual {
        areas,
        ranks,
        ledgers,
        ..
    } = actual;
    let by_ledger = Ledger::ALL
        .into_iter()
        .map(|ledger| {
            let sum = ledgers.get(ledger.name()).copied().unwrap_or_default();
            OfLedger {
                ledger,
                people: sum.people,
                person_times: sum.person_times,
                hours: hours(sum.tenths),
            }
        })
        .collect();
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for area in areas.values() {
        for (activity, quantity) in &area.counts {
            *counts.entry(activity.clone()).or_default() += quantity;
        }
    }
    let mut by_rank: Vec<OfRank> = ranks
        .iter()
        .map(|(rank, sum)| OfRank {
            rank: rank.clone(),
            people: sum.people,
            person_times: sum.person_times,
            hours: hours(sum.tenths),
        })
        .collect();
    // Those of whom nothing is known stand last, however many they are.
    by_rank.sort_by(|a, b| {
        (a.rank.is_empty(), -a.person_times, &a.rank).cmp(&(b.rank.is_empty(), -b.person_times, &b.rank))
    });
    let mut by_area: Vec<OfArea> = areas
        .into_iter()
        .map(|(place_id, area)| OfArea {
            place_id,
            name: names.get(&place_id).cloned().unwrap_or_default(),
            people: area.sum.people,
            person_times: area.sum.person_times,
            hours: hours(area.sum.tenths),
            counts: area.counts,
        })
        .collect();
    by_area.sort_by(|a, b| {
        b.person_times
            .cmp(&a.person_times)
            .then_with(|| a.name.cmp(&b.name))
    });
    Ok(Card {
        title: view.name.clone(),
        subject: About {
            kind: view.subject.kind(),
            id: view.subject.id(),
            within: view.belongs.clone(),
        },
        from,
        to,
        asked: by_day.iter().map(|day| day.asked).sum(),
        asked_per_day: by_day.iter().map(|day| day.asked).max().unwrap_or(0),
        pledged: by_day.iter().map(|day| day.pledged).sum(),
        planned: by_day.iter().map(|day| day.planned).sum(),
        people: ranks.values().map(|sum| sum.people).sum(),
        person_times: ranks.values().map(|sum| sum.person_times).sum(),
        hours: hours(ranks.values().map(|sum| sum.tenths).sum()),
        counts,
        by_rank,
        by_ledger,
        by_area,
        by_day,
    })
}

/// Tenths as hours.
#[allow(
    clippy::cast_precision_loss,
    reason = "hours of people stay far below 2^52 tenths"
)]
pub(crate) fn hours(tenths: i64) -> f64 {
    tenths as f64 / 10.0
}
