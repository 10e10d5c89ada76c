//! The queue at a site: a household draws a number on its own phone, and leaves the queue when all of it is sampled.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use kit::{
    Result, Timestamp,
    id::{HouseholdId, PieceId, PlaceId, RoundId},
};
use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Statement};
use shell::App;

use crate::model::ticket;

/// A number is good for so long: whoever went home again does not stand in the queue for ever.
const GOOD: i64 = 3 * 3_600_000;
const HOUR: i64 = 3_600_000;

/// A number that waits.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Waiting {
    /// The number, from 1 at each site of a round.
    pub number: i64,
    /// The household.
    pub household_id: HouseholdId,
    /// Its people who are not sampled.
    pub people: i64,
}

/// The numbers that wait at a site, the next first.
pub async fn waiting(
    db: &impl ConnectionTrait,
    round: RoundId,
    site: PlaceId,
    now: Timestamp,
) -> Result<Vec<Waiting>> {
    let text = "SELECT k.number AS number, k.household_id AS household_id, COUNT(*) AS people FROM queue_tickets k \
                JOIN round_targets t ON t.round_id = k.round_id AND t.piece_id = k.piece_id \
                AND t.household_id = k.household_id AND NOT t.last \
                WHERE k.round_id = $1 AND k.site_id = $2 AND k.at > $3 \
                GROUP BY k.number, k.household_id ORDER BY k.number";
    let values = [round.0.into(), site.0.into(), (now.millis() - GOOD).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), text, values);
    Ok(Waiting::find_by_statement(statement).all(db).await?)
}

/// How old the queue may be that a household's page shows, in milliseconds.
const AGE: i64 = 3_000;
/// Queues remembered at most.
const SITES: usize = 10_000;

type Seen = HashMap<(RoundId, PlaceId), (Timestamp, Arc<Vec<Waiting>>)>;

/// [`waiting`] as of a moment ago: all households of a site look at the same queue, every half minute.
pub async fn lately(
    db: &impl ConnectionTrait,
    round: RoundId,
    site: PlaceId,
    now: Timestamp,
) -> Result<Arc<Vec<Waiting>>> {
    static SEEN: LazyLock<Mutex<Seen>> = LazyLock::new(Mutex::default);
    let seen = SEEN.lock().get(&(round, site)).cloned();
    if let Some((at, queue)) = seen
        && (0..AGE).contains(&now.since(at))
    {
        return Ok(queue);
    }
    let queue = Arc::new(waiting(db, round, site, now).await?);
    let mut all = SEEN.lock();
    if all.len() >= SITES {
        all.clear();
    }
    all.insert((round, site), (now, queue.clone()));
    Ok(queue)
}

/// People in the queue.
pub fn people(waiting: &[Waiting]) -> i64 {
    waiting.iter().map(|one| one.people).sum()
}

/// People before a number.
pub fn before(waiting: &[Waiting], number: i64) -> i64 {
    waiting
        .iter()
        .filter(|one| one.number < number)
        .map(|one| one.people)
        .sum()
}

#[derive(FromQueryResult)]
struct Done {
    hour: i64,
    finals: i64,
}

/// Seconds between two people at a community's lanes by the last two hours; `None` when hardly anybody was sampled. The
/// hours are those in which targets were finished, which are counted anyway.
pub async fn pace(
    db: &impl ConnectionTrait,
    round: RoundId,
    community: PlaceId,
    now: Timestamp,
) -> Result<Option<i64>> {
    let from = now.millis().div_euclid(HOUR) * HOUR - HOUR;
    let text = "SELECT hour, finals FROM round_hours WHERE community_id = $1 AND round_id = $2 AND hour >= $3 \
                ORDER BY hour";
    let values = [community.0.into(), round.0.into(), from.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), text, values);
    let rows = Done::find_by_statement(statement).all(db).await?;
    let done: i64 = rows.iter().map(|row| row.finals).sum();
    let Some(first) = rows.first().filter(|_| done >= 5) else {
        return Ok(None);
    };
    let span = (now.millis() - first.hour).max(60_000) / 1_000;
    Ok(Some((span / done).max(1)))
}

/// Minutes that so many people take, rounded up.
pub const fn minutes(people: i64, pace: i64) -> i64 {
    (people * pace + 59) / 60
}

#[derive(FromQueryResult)]
struct Last {
    last: i64,
}

/// Draws a number for a household, or gives the one it has while that is good.
pub async fn draw(
    app: &App,
    round: RoundId,
    (site, piece): (PlaceId, PieceId),
    household: HouseholdId,
) -> Result<i64> {
    let now = app.now();
    let tx = app.store.begin().await?;
    // Counting on holds the counter until the end: no two households have one number, and whoever asks twice at once is
    // seen the second time.
    let text = "INSERT INTO queue_counters (round_id, site_id, last) VALUES ($1, $2, 1) \
                ON CONFLICT (round_id, site_id) DO UPDATE SET last = queue_counters.last + 1 RETURNING last";
    let statement =
        Statement::from_sql_and_values(tx.get_database_backend(), text, [round.0.into(), site.0.into()]);
    let number = Last::find_by_statement(statement)
        .one(&tx)
        .await?
        .map_or(1, |row| row.last);
    let kept = mine(&tx, round, household, now).await?;
    if let Some(row) = kept.filter(|row| row.site_id == site) {
        tx.rollback().await?;
        return Ok(row.number);
    }
    ticket::Entity::insert(ticket::ActiveModel::from(ticket::Model {
        round_id: round,
        household_id: household,
        site_id: site,
        piece_id: piece,
        number,
        at: now,
    }))
    .on_conflict(
        sea_orm::sea_query::OnConflict::columns([ticket::Column::RoundId, ticket::Column::HouseholdId])
            .update_columns([
                ticket::Column::SiteId,
                ticket::Column::PieceId,
                ticket::Column::Number,
                ticket::Column::At,
            ])
            .to_owned(),
    )
    .exec_without_returning(&tx)
    .await?;
    tx.commit().await?;
    Ok(number)
}

/// The number of a household while it is good.
pub async fn mine(
    db: &impl ConnectionTrait,
    round: RoundId,
    household: HouseholdId,
    now: Timestamp,
) -> Result<Option<ticket::Model>> {
    Ok(ticket::Entity::find_by_id((round, household))
        .one(db)
        .await?
        .filter(|row| row.at.millis() > now.millis() - GOOD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_before_a_number() {
        let one = |number, people| Waiting {
            number,
            household_id: HouseholdId::default(),
            people,
        };
        let all = [one(3, 2), one(5, 4), one(9, 1)];
        assert_eq!(people(&all), 7);
        for (number, is) in [(3, 0), (5, 2), (9, 6), (12, 7)] {
            assert_eq!(before(&all, number), is, "{number}");
        }
        assert_eq!(
            (minutes(0, 20), minutes(1, 20), minutes(6, 20), minutes(7, 20)),
            (0, 1, 2, 3)
        );
    }
}
