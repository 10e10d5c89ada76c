//! Outcomes and claims as they come from field records, in any order; where targets stand follows from them
//! (`standing`).

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use field::{
    Admission, Effects, Envelope, Projection, Record,
    issues::Flag,
    record::{Refusal, refusal},
};
use kit::{
    Problem, Result, Role, Timestamp,
    id::{PieceId, PlaceId, RoundId, ShiftId, TargetId},
};
use muster::roster::Rosters;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr,
};
use shell::App;
use store::{
    Cipher,
    bulk::{Insert, Type},
};

use crate::{
    body::{CLAIM, Claimed, OUTCOME, Visited, piece_of},
    claim, facts,
    fold::Heard,
    model::{hour, outcome, piece, round},
    standing::{Key, refresh},
    work::Pieces,
};

/// No such piece of such a round.
const UNKNOWN_PIECE: Refusal = Refusal("unknown-piece");
/// The target is none of this round.
pub const NOT_A_TARGET: &str = "round-not-a-target";
/// Two final outcomes say different things.
pub const CONTRADICTS: &str = "round-contradicts";
/// Answers do not fit the form.
pub const UNFIT: &str = "round-unfit-answers";

/// This room's projection.
pub struct Rounds {
    cipher: Cipher,
    rosters: Rosters,
    pieces: Pieces,
}

impl Rounds {
    /// With the key that encrypts notes.
    pub fn new(cipher: Cipher) -> Self {
        Self {
            cipher,
            rosters: Rosters::default(),
            pieces: Pieces::default(),
        }
    }
}

#[async_trait::async_trait]
impl Projection for Rounds {
    fn kinds(&self) -> &'static [&'static str] {
        &[OUTCOME, CLAIM]
    }

    fn private(&self) -> bool {
        true
    }

    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>> {
        let bodies: Vec<_> = envelopes
            .iter()
            .map(|envelope| piece_of(&envelope.kind, envelope.body.get()))
            .collect();
        let pieces: HashSet<PieceId> = bodies.iter().flatten().map(|(_, piece)| *piece).collect();
        let pieces = self.pieces.of(app, &pieces).await?;
        let shifts: HashSet<ShiftId> = envelopes.iter().filter_map(|envelope| envelope.shift).collect();
        let mut rosters = self.rosters.of(app, &shifts, false).await?;
        let judge = |rosters: &HashMap<ShiftId, _>| -> Vec<Admission> {
            envelopes
                .iter()
                .zip(&bodies)
                .map(|(envelope, body)| {
                    let (round, piece) = body.as_ref().map_err(|why| *why)?;
                    let piece = pieces
                        .get(piece)
                        .filter(|piece| piece.round == *round)
                        .ok_or(UNKNOWN_PIECE)?;
                    if let Some(shift) = envelope.shift {
                        let roster: &std::sync::Arc<muster::roster::Roster> =
                            rosters.get(&shift).ok_or(refusal::UNKNOWN_SHIFT)?;
                        if piece.path.starts_with(roster.path.as_str()) && roster.lists(actor) {
                            return Ok(piece.community);
                        }
                    }
                    if actor.may(Role::STAFF, &piece.path) {
                        Ok(piece.community)
                    } else {
                        Err(refusal::NO_RIGHT)
                    }
                })
                .collect()
        };
        let mut admissions = judge(&rosters);
        // A name may have been put on the shift a moment ago: before anybody is refused, ask the database.
        if admissions.iter().any(Result::is_err) {
            rosters = self.rosters.of(app, &shifts, true).await?;
            admissions = judge(&rosters);
        }
        Ok(admissions)
    }

    async fn apply(
        &self,
        tx: &DatabaseTransaction,
        records: &[&Record],
        effects: &mut Effects,
    ) -> Result<()> {
        let mut taken = Vec::with_capacity(records.len());
        let mut claims = Vec::new();
        for record in records.iter().copied().filter(|record| !record.voided) {
            if record.kind == CLAIM {
                claims.push((record, record.body::<Claimed>()?));
                continue;
            }
            match Visited::read(&record.body) {
                Ok(body) => taken.push((record, body)),
                // Bodies were checked when they were taken; a rule may have become stricter since.
                Err(why) => effects.flag(Flag::of(record, why.0, None)),
            }
        }
        let mut rows = Vec::with_capacity(taken.len());
        for (record, body) in &taken {
            let note = body.note.trim();
            let sealed = if note.is_empty() {
                None
            } else {
                Some(self.cipher.encrypt(note)?)
            };
            let answers = if body.answers.is_empty() {
                None
            } else {
                let json = serde_json::to_string(&body.answers).map_err(Problem::internal)?;
                Some(self.cipher.encrypt(&json)?)
            };
            rows.push(vec![
                record.community.0.into(),
                record.id.0.into(),
                body.round.0.into(),
                body.piece.0.into(),
                body.target.0.into(),
                body.outcome.name().into(),
                body.need.map_or("", crate::kind::Need::name).into(),
                sealed.into(),
                answers.into(),
                record.happened_at().millis().into(),
                record.received_at.millis().into(),
                record.sender.map(|id| id.0).into(),
                record.shift.map(|id| id.0).into(),
            ]);
        }
        OUTCOMES.run(tx, rows).await?;
        let mut heard = HashMap::<Key, Vec<Heard>>::new();
        for (record, body) in &taken {
            heard
                .entry((record.community, body.round, body.target))
                .or_default()
                .push(Heard {
                    at: record.happened_at(),
                    id: record.id,
                    outcome: body.outcome,
                });
        }
        let keys = heard.keys().copied().collect();
        let after = refresh(tx, &keys, Some(heard)).await?;
        let mut last = HashMap::<Key, &Record>::new();
        for (record, body) in &taken {
            let key = (record.community, body.round, body.target);
            match after.get(&key) {
                None => effects.flag(Flag::of(record, NOT_A_TARGET, None)),
                Some(against) if against.contains(&record.id) => {
                    let one = last.entry(key).or_insert(record);
                    if (one.happened_at(), one.id) < (record.happened_at(), record.id) {
                        *one = record;
                    }
                }
                Some(_) => {}
            }
        }
        // One case a target: the committee asks once.
        for record in last.into_values() {
            effects.flag(Flag::of(record, CONTRADICTS, None));
        }
        unfit(tx, &taken, effects).await?;
        facts::learn(tx, &self.cipher, &taken).await?;
        claim::late(tx, &claims).await?;
        hold(tx, &taken).await
    }

    async fn void(&self, tx: &DatabaseTransaction, record: &Record, _: &mut Effects) -> Result<()> {
        // A claim is given back, not voided: whoever holds the piece may be another by now.
        if record.kind == CLAIM {
            return Ok(());
        }
        outcome::Entity::delete_by_id((record.community, record.id))
            .exec(tx)
            .await?;
        if let Ok(body) = Visited::read(&record.body) {
            let key = (record.community, body.round, body.target);
            refresh(tx, &HashSet::from([key]), None).await?;
            facts::unlearn(tx, &self.cipher, record.community, body.target, record.id).await?;
        }
        Ok(())
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<()> {
        outcome::Entity::delete_many().exec(tx).await?;
        hour::Entity::delete_many().exec(tx).await?;
        people::known::clear(tx).await?;
        // What a round must reach was fixed when it opened; only what happened there is derived.
        for text in [
            "UPDATE round_targets SET outcome = '', last = FALSE, contradicts = FALSE, tries = 0, at = NULL, \
             record_id = NULL WHERE tries > 0",
            "UPDATE round_pieces SET finals = 0, tried = 0 WHERE tried > 0",
        ] {
            tx.execute_unprepared(text).await?;
        }
        Ok(())
    }
}

/// An outcome that follows from another room's record, such as a sample.
pub struct Noted<'a> {
    /// The record.
    pub record: &'a Record,
    /// Community of the target.
    pub community: PlaceId,
    /// The round.
    pub round: RoundId,
    /// The piece.
    pub piece: PieceId,
    /// The target.
    pub target: TargetId,
    /// What happened.
    pub outcome: crate::kind::Outcome,
}

/// Writes outcomes that follow from another room's records, within the transaction that applies them.
pub async fn note(tx: &DatabaseTransaction, noted: &[Noted<'_>]) -> Result<()> {
    let rows = noted
        .iter()
        .map(|one| {
            vec![
                one.community.0.into(),
                one.record.id.0.into(),
                one.round.0.into(),
                one.piece.0.into(),
                one.target.0.into(),
                one.outcome.name().into(),
                "".into(),
                None::<Vec<u8>>.into(),
                None::<Vec<u8>>.into(),
                one.record.happened_at().millis().into(),
                one.record.received_at.millis().into(),
                one.record.sender.map(|id| id.0).into(),
                one.record.shift.map(|id| id.0).into(),
            ]
        })
        .collect();
    OUTCOMES.run(tx, rows).await?;
    let mut heard = HashMap::<Key, Vec<Heard>>::with_capacity(noted.len());
    for one in noted {
        heard
            .entry((one.community, one.round, one.target))
            .or_default()
            .push(Heard {
                at: one.record.happened_at(),
                id: one.record.id,
                outcome: one.outcome,
            });
    }
    let keys = heard.keys().copied().collect();
    refresh(tx, &keys, Some(heard)).await?;
    Ok(())
}

/// Takes back the outcome that followed from a record.
pub async fn take_back(tx: &DatabaseTransaction, record: &Record) -> Result<()> {
    let rows = outcome::Entity::find()
        .filter(outcome::Column::Id.eq(record.id))
        .all(tx)
        .await?;
    outcome::Entity::delete_many()
        .filter(outcome::Column::Id.eq(record.id))
        .exec(tx)
        .await?;
    let keys = rows
        .into_iter()
        .map(|row| (row.community_id, row.round_id, row.target_id))
        .collect();
    refresh(tx, &keys, None).await?;
    Ok(())
}

const OUTCOMES: Insert = Insert {
    table: "round_outcomes",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("round_id", Type::Uuid),
        ("piece_id", Type::Uuid),
        ("target_id", Type::Uuid),
        ("outcome", Type::Text),
        ("need", Type::Text),
        ("note_sealed", Type::BytesOrNull),
        ("answers_sealed", Type::BytesOrNull),
        ("at", Type::Int),
        ("received_at", Type::Int),
        ("sender", Type::UuidOrNull),
        ("shift_id", Type::UuidOrNull),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// Answers that do not fit the form of their round, and missing ones: kept, and put before staff.
async fn unfit(tx: &DatabaseTransaction, taken: &[(&Record, Visited)], effects: &mut Effects) -> Result<()> {
    let ids: HashSet<RoundId> = taken.iter().map(|(_, body)| body.round).collect();
    let rounds = round::Entity::find()
        .filter(round::Column::Id.is_in(ids))
        .filter(round::Column::FormId.is_not_null())
        .all(tx)
        .await?;
    for round in rounds {
        let Some(form) = crate::forms::of(tx, &round).await? else {
            continue;
        };
        for (record, body) in taken.iter().filter(|(_, body)| body.round == round.id) {
            // The desk notes outcomes without the form; who stands at the door is asked for it.
            let asked = record.shift.is_some() && round.kind.asks(body.outcome);
            if (asked || !body.answers.is_empty()) && !form.unfit(&body.answers).is_empty() {
                effects.flag(Flag::of(record, UNFIT, None));
            }
        }
    }
    Ok(())
}

/// Whoever works on a piece goes on holding it.
async fn hold(tx: &DatabaseTransaction, taken: &[(&Record, Visited)]) -> Result<()> {
    let mut worked = HashMap::<(RoundId, PieceId, kit::id::UserId), Timestamp>::new();
    for (record, body) in taken {
        if let Some(sender) = record.sender {
            let last = worked
                .entry((body.round, body.piece, sender))
                .or_insert_with(|| record.happened_at());
            *last = Ord::max(*last, record.happened_at());
        }
    }
    let rounds: HashSet<RoundId> = worked.keys().map(|(round, ..)| *round).collect();
    let minutes: HashMap<RoundId, i64> = round::Entity::find()
        .filter(round::Column::Id.is_in(rounds))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.id, row.hold_minutes))
        .collect();
    for ((round, piece, sender), last) in worked {
        let minutes = minutes.get(&round).copied().unwrap_or(0);
        let until = Timestamp::from_millis(last.millis() + minutes * 60_000);
        piece::Entity::update_many()
            .col_expr(piece::Column::HeldUntil, Expr::value(until))
            .filter(piece::Column::Id.eq(piece))
            .filter(piece::Column::Holder.eq(sender))
            .filter(
                piece::Column::HeldUntil
                    .lt(until)
                    .or(piece::Column::HeldUntil.is_null()),
            )
            .exec(tx)
            .await?;
    }
    Ok(())
}
