//! Messages to helpers: a queue from which channels carry. The browser is the first channel; others ask
//! [`undelivered`] and note what they have carried with [`delivered`].
//!
//! Nobody is told at night what can wait ([`due`]).

use std::time::Duration;

use jiff::civil::{Time, time};
use kit::{
    Problem, Result, Timestamp,
    id::{HelperId, MessageId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Value,
    sea_query::{Alias, Expr, Query},
};
use store::bulk::{Insert, Type};

use crate::model::message::{Column, Entity, Model};

/// Nobody is told anything from here ...
const NIGHT: Time = time(22, 0, 0, 0);
/// ... until here, unless it cannot wait.
const MORNING: Time = time(7, 0, 0, 0);
/// Messages kept at most for one helper's page.
pub const SHOWN: u64 = 100;

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub helper: HelperId,
    /// Key of its sentence in the locale files.
    pub key: &'static str,
    /// What the sentence names.
    pub args: Vec<(&'static str, String)>,
    /// Where it leads.
    pub href: String,
    /// By when they must know.
    pub by: Timestamp,
    /// When it is of no use any more.
    pub until: Timestamp,
}

const INSERT: Insert = Insert {
    table: "messages",
    columns: &[
        ("id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("key", Type::Text),
        ("args", Type::Text),
        ("href", Type::Text),
        ("created_at", Type::Int),
        ("due_at", Type::Int),
        ("expires_at", Type::Int),
    ],
    suffix: "",
};

const DELIVER: Insert = Insert {
    table: "message_deliveries",
    columns: &[
        ("channel", Type::Text),
        ("message_id", Type::Uuid),
        ("at", Type::Int),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// When to tell what must be known `by` a moment: now; at night in the morning, unless that is too late.
pub fn due(now: Timestamp, by: Timestamp) -> Timestamp {
    let clock = now.civil().time();
    let morning = if clock >= NIGHT {
        Timestamp::local(now.day().next().0, MORNING)
    } else if clock < MORNING {
        Timestamp::local(now.day().0, MORNING)
    } else {
        return now;
    };
    if by < morning { now } else { morning }
}

/// Queues messages, in the transaction of what they are about.
pub async fn send(tx: &impl ConnectionTrait, now: Timestamp, messages: &[Message]) -> Result<()> {
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(messages.len());
    for message in messages {
        let args: serde_json::Map<String, serde_json::Value> = message
            .args
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
            .collect();
        rows.push(vec![
            MessageId::fresh(now).0.into(),
            message.helper.0.into(),
            message.key.into(),
            serde_json::to_string(&args).map_err(Problem::internal)?.into(),
            message.href.as_str().into(),
            now.millis().into(),
            due(now, message.by).millis().into(),
            message.until.millis().into(),
        ]);
    }
    INSERT.run(tx, rows).await?;
    Ok(())
}

/// What a helper may read now, the newest first.
pub async fn told(db: &impl ConnectionTrait, helper: HelperId, now: Timestamp) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::HelperId.eq(helper))
        .filter(Column::DueAt.lte(now))
        .order_by_desc(Column::DueAt)
        .order_by_desc(Column::Id)
        .limit(SHOWN)
        .all(db)
        .await?)
}

/// The helper has read all that they could read.
pub async fn read(tx: &impl ConnectionTrait, helper: HelperId, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::ReadAt, Expr::value(now))
        .filter(Column::HelperId.eq(helper))
        .filter(Column::DueAt.lte(now))
        .filter(Column::ReadAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// What a channel still has to carry: due, not read, still of use; the oldest first.
pub async fn undelivered(
    db: &impl ConnectionTrait,
    channel: &str,
    now: Timestamp,
    most: u64,
) -> Result<Vec<Model>> {
    let carried = Query::select()
        .column(Alias::new("message_id"))
        .from(Alias::new("message_deliveries"))
        .and_where(Expr::col(Alias::new("channel")).eq(channel))
        .to_owned();
    Ok(Entity::find()
        .filter(Column::DueAt.lte(now))
        .filter(Column::DueAt.gt(now.minus(BACK)))
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::ReadAt.is_null())
        .filter(Column::Id.not_in_subquery(carried))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(most)
        .all(db)
        .await?)
}

/// How far back a channel looks.
const BACK: Duration = Duration::from_secs(7 * 24 * 3600);

/// A channel has carried these; saying so twice does no harm.
pub async fn delivered(
    tx: &impl ConnectionTrait,
    channel: &str,
    messages: &[MessageId],
    now: Timestamp,
) -> Result<()> {
    let rows = messages
        .iter()
        .map(|id| vec![channel.into(), id.0.into(), now.millis().into()])
        .collect();
    DELIVER.run(tx, rows).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_at_night_what_can_wait() {
        let at = |text: &str| -> Timestamp { format!("2022-03-{text}:00+08:00").parse().unwrap() };
        for (now, by, told) in [
            // By day at once.
            ("10T12:00", "20T12:00", "10T12:00"),
            ("10T07:00", "20T12:00", "10T07:00"),
            ("10T21:59", "11T12:00", "10T21:59"),
            // At night in the morning.
            ("10T22:00", "11T12:00", "11T07:00"),
            ("11T00:30", "11T07:00", "11T07:00"),
            ("11T06:59", "11T07:30", "11T07:00"),
            // What cannot wait, at once.
            ("10T23:00", "11T05:30", "10T23:00"),
            ("11T06:00", "11T06:59", "11T06:00"),
        ] {
            assert_eq!(due(at(now), at(by)), at(told), "{now} {by}");
        }
    }
}
