//! Records that staff must look at: rejected ones, and taken ones that do not fit.

use std::collections::HashMap;

use accounts::{Actor, audit};
use kit::{
    Problem, Result, Timestamp,
    id::{HelperId, PlaceId, RecordId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value, sea_query::Expr};
use shell::App;
use store::{
    Cipher, Store,
    bulk::{Insert, Type},
};

use crate::{
    model::issue,
    private,
    record::{Envelope, Record, Refusal},
};

/// A taken record that does not fit.
#[derive(Debug, Clone)]
pub struct Flag {
    /// The record.
    pub record: Record,
    /// Why it needs a look; worded as `record-CODE`.
    pub code: &'static str,
    /// The helper it concerns.
    pub helper: Option<HelperId>,
}

impl Flag {
    /// A flag on a record.
    pub fn of(record: &Record, code: &'static str, helper: Option<HelperId>) -> Self {
        Self {
            record: record.clone(),
            code,
            helper,
        }
    }
}

/// A record that was not taken.
#[derive(Debug)]
pub(crate) struct Rejected(Vec<Value>);

impl Rejected {
    /// An envelope that could be read.
    /// `sealed` is the body as it is kept, where that is encrypted.
    pub fn read(
        envelope: &Envelope,
        sealed: Option<String>,
        why: Refusal,
        actor: &Actor,
        now: Timestamp,
    ) -> Self {
        Self(row(
            &Record {
                id: envelope.id,
                community: PlaceId::default(),
                kind: envelope.kind.clone(),
                at: envelope.at,
                received_at: now,
                sender: actor.user_id,
                shift: envelope.shift,
                body: envelope.body.get().to_owned(),
                sealed,
                voided: false,
            },
            why.0,
            true,
            None,
        ))
    }

    /// Something that is no envelope. What it may hold nobody knows: it is kept encrypted.
    pub fn unread(
        cipher: &Cipher,
        id: RecordId,
        raw: &str,
        why: Refusal,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Self> {
        // Cut at a character, not in the middle of one.
        let end = (0..=raw.len().min(4_000))
            .rev()
            .find(|i| raw.is_char_boundary(*i))
            .unwrap_or(0);
        Ok(Self(row(
            &Record {
                id: if id.0.is_nil() { RecordId::fresh(now) } else { id },
                community: PlaceId::default(),
                kind: String::new(),
                at: now,
                received_at: now,
                sender: actor.user_id,
                shift: None,
                body: raw[..end].to_owned(),
                sealed: Some(private::seal(cipher, &raw[..end])?),
                voided: false,
            },
            why.0,
            true,
            None,
        )))
    }
}

const INSERT: Insert = Insert {
    table: "field_issues",
    columns: &[
        ("community_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("code", Type::Text),
        ("rejected", Type::Bool),
        ("kind", Type::Text),
        ("at", Type::Int),
        ("received_at", Type::Int),
        ("sender", Type::UuidOrNull),
        ("shift_id", Type::UuidOrNull),
        ("helper_id", Type::UuidOrNull),
        ("body", Type::Text),
        ("open", Type::Bool),
        ("note", Type::Text),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

fn row(record: &Record, code: &str, rejected: bool, helper: Option<HelperId>) -> Vec<Value> {
    vec![
        record.community.0.into(),
        record.id.0.into(),
        code.into(),
        rejected.into(),
        record.kind.clone().into(),
        record.at.millis().into(),
        record.received_at.millis().into(),
        record.sender.map(|id| id.0).into(),
        record.shift.map(|id| id.0).into(),
        helper.map(|id| id.0).into(),
        record.kept().into(),
        true.into(),
        "".into(),
    ]
}

/// Keeps rejected records for staff.
pub(crate) async fn reject(store: &Store, rejected: Vec<Rejected>) -> Result<()> {
    INSERT
        .run(store.write(), rejected.into_iter().map(|one| one.0).collect())
        .await?;
    Ok(())
}

/// Writes flags; a flag that was settled stays settled.
pub(crate) async fn write(db: &impl ConnectionTrait, flags: Vec<Flag>) -> Result<()> {
    INSERT
        .run(
            db,
            flags
                .iter()
                .map(|flag| row(&flag.record, flag.code, false, flag.helper))
                .collect(),
        )
        .await?;
    Ok(())
}

/// Takes back open flags of these records.
pub(crate) async fn withdraw(db: &impl ConnectionTrait, records: &[(PlaceId, RecordId)]) -> Result<()> {
    let mut by_community: HashMap<PlaceId, Vec<RecordId>> = HashMap::new();
    for (community, record) in records {
        by_community.entry(*community).or_default().push(*record);
    }
    for (community, records) in by_community {
        for some in records.chunks(5_000) {
            issue::Entity::delete_many()
                .filter(issue::Column::CommunityId.eq(community))
                .filter(issue::Column::RecordId.is_in(some.iter().copied()))
                .filter(issue::Column::Open.eq(true))
                .filter(issue::Column::Rejected.eq(false))
                .exec(db)
                .await?;
        }
    }
    Ok(())
}

/// Settles an issue with a word on what was done about it.
pub async fn settle(app: &App, actor: &Actor, found: &issue::Model, note: &str) -> Result<()> {
    let tx = app.store.begin().await?;
    let now = app.now();
    let changed = issue::Entity::update_many()
        .col_expr(issue::Column::Open, Expr::value(false))
        .col_expr(
            issue::Column::SettledBy,
            Expr::value(actor.user_id.map(|id| id.0)),
        )
        .col_expr(issue::Column::SettledAt, Expr::value(now.millis()))
        .col_expr(issue::Column::Note, Expr::value(note))
        .filter(issue::Column::CommunityId.eq(found.community_id))
        .filter(issue::Column::RecordId.eq(found.record_id))
        .filter(issue::Column::Code.eq(found.code.as_str()))
        .filter(issue::Column::Open.eq(true))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Problem::new(kit::problem::code::CONFLICT));
    }
    let subject = found.record_id.to_string();
    let community = Some(found.community_id).filter(|id| !id.0.is_nil());
    audit::note(
        &tx,
        actor,
        now,
        audit::Entry {
            action: "issue.settle",
            subject: &subject,
            community,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
