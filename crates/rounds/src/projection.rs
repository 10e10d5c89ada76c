//! Where targets stand, as derived from field records in any order.

use std::collections::{BTreeMap, HashMap, HashSet};

use accounts::Actor;
use field::{
    Admission, Effects, Envelope, Projection, Record,
    issues::Flag,
    record::{Refusal, refusal},
};
use kit::{
    Problem, Result, Role, Timestamp,
    id::{PieceId, PlaceId, RecordId, RoundId, ShiftId, TargetId},
};
use muster::roster::Rosters;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, Value,
    sea_query::Expr,
};
use shell::App;
use store::{
    Cipher,
    bulk::{Insert, Type},
};

use crate::{
    body::{CLAIM, Claimed, OUTCOME, Visited, piece_of},
    claim, facts,
    fold::{Heard, fold},
    model::{hour, outcome, piece, round, target},
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

/// Ids in one statement.
const STEP: usize = 1_000;
const HOUR: i64 = 3_600_000;

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

type Key = (PlaceId, RoundId, TargetId);

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

    async fn apply(&self, tx: &DatabaseTransaction, records: &[Record], effects: &mut Effects) -> Result<()> {
        let mut taken = Vec::with_capacity(records.len());
        let mut claims = Vec::new();
        for record in records.iter().filter(|record| !record.voided) {
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
                at(record).millis().into(),
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
                    at: at(record),
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
                    if (at(one), one.id) < (at(record), record.id) {
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
        facts::learn(tx, &self.cipher, &taken, at).await?;
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

/// A phone whose clock is ahead does not write from the future.
fn at(record: &Record) -> Timestamp {
    Ord::min(record.at, record.received_at)
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
                at(one.record).millis().into(),
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
                at: at(one.record),
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

const TARGETS: Insert = Insert {
    table: "round_targets",
    columns: &[
        ("community_id", Type::Uuid),
        ("round_id", Type::Uuid),
        ("id", Type::Uuid),
        ("piece_id", Type::Uuid),
        ("unit", Type::Text),
        ("floor", Type::Int),
        ("label", Type::Text),
        ("name", Type::Text),
        ("added_at", Type::Int),
        ("outcome", Type::Text),
        ("last", Type::Bool),
        ("contradicts", Type::Bool),
        ("tries", Type::Int),
        ("at", Type::IntOrNull),
        ("record_id", Type::UuidOrNull),
    ],
    suffix: "ON CONFLICT (community_id, round_id, id) DO UPDATE SET outcome = excluded.outcome, \
             last = excluded.last, contradicts = excluded.contradicts, tries = excluded.tries, \
             at = excluded.at, record_id = excluded.record_id",
};

const HOURS: Insert = Insert {
    table: "round_hours",
    columns: &[
        ("community_id", Type::Uuid),
        ("round_id", Type::Uuid),
        ("hour", Type::Int),
        ("finals", Type::Int),
    ],
    suffix: "ON CONFLICT (community_id, round_id, hour) DO UPDATE SET finals = round_hours.finals + excluded.finals",
};

/// Derives anew where these targets stand, and all that is counted from it. Returns, for each that is a target of its
/// round, the records whose final outcomes contradict each other there; usually none. `heard` is what was written just
/// now: at a door where nobody had been before it is all there is, and nothing more is read.
pub(crate) async fn refresh(
    tx: &DatabaseTransaction,
    keys: &HashSet<Key>,
    heard: Option<HashMap<Key, Vec<Heard>>>,
) -> Result<HashMap<Key, Vec<RecordId>>> {
    let ids: Vec<TargetId> = keys.iter().map(|(.., target)| *target).collect();
    let rounds: HashSet<RoundId> = keys.iter().map(|(_, round, _)| *round).collect();
    let rounds: HashMap<RoundId, round::Model> = round::Entity::find()
        .filter(round::Column::Id.is_in(rounds.iter().copied()))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut targets = Vec::with_capacity(keys.len());
    for some in ids.chunks(STEP) {
        let rows = target::Entity::find()
            .filter(target::Column::Id.is_in(some.iter().copied()))
            .filter(target::Column::RoundId.is_in(rounds.keys().copied()))
            .all(tx)
            .await?;
        targets.extend(
            rows.into_iter()
                .filter(|row| keys.contains(&(row.community_id, row.round_id, row.id))),
        );
    }
    let whole = heard.is_none();
    let mut heard = heard.unwrap_or_default();
    let visited: Vec<TargetId> = targets
        .iter()
        .filter(|row| whole || row.tries > 0)
        .map(|row| row.id)
        .collect();
    for some in visited.chunks(STEP) {
        let rows = outcome::Entity::find()
            .filter(outcome::Column::TargetId.is_in(some.iter().copied()))
            .filter(outcome::Column::RoundId.is_in(rounds.keys().copied()))
            .all(tx)
            .await?;
        for row in rows {
            let all = heard
                .entry((row.community_id, row.round_id, row.target_id))
                .or_default();
            if all.iter().all(|one| one.id != row.id) {
                all.push(Heard {
                    at: row.at,
                    id: row.id,
                    outcome: row.outcome,
                });
            }
        }
    }
    let mut contradicts = HashMap::with_capacity(targets.len());
    let mut hours = BTreeMap::<(PlaceId, RoundId, i64), i64>::new();
    let mut changes = HashMap::<PieceId, (i64, i64)>::new();
    let mut rows = Vec::with_capacity(targets.len());
    for row in targets {
        let key = (row.community_id, row.round_id, row.id);
        let Some(round) = rounds.get(&row.round_id) else {
            continue;
        };
        let state = fold(heard.get(&key).map_or(&[], Vec::as_slice), |outcome| {
            round.ends(outcome)
        });
        let mut count = |at: Timestamp, n: i64| {
            let hour = at.millis().div_euclid(HOUR) * HOUR;
            *hours.entry((row.community_id, row.round_id, hour)).or_default() += n;
        };
        if let (true, Some(at)) = (row.last, row.at) {
            count(at, -1);
        }
        if let Some(state) = state.filter(|state| state.last) {
            count(state.heard.at, 1);
        }
        let (finals, tried) = changes.entry(row.piece_id).or_default();
        *finals += i64::from(state.is_some_and(|state| state.last)) - i64::from(row.last);
        *tried += i64::from(state.is_some()) - i64::from(row.tries > 0);
        let against = match state {
            Some(state) if state.contradicts => heard[&key]
                .iter()
                .filter(|one| round.ends(one.outcome))
                .map(|one| one.id)
                .collect(),
            _ => Vec::new(),
        };
        contradicts.insert(key, against);
        rows.push(vec![
            row.community_id.0.into(),
            row.round_id.0.into(),
            row.id.0.into(),
            row.piece_id.0.into(),
            row.unit.into(),
            row.floor.into(),
            row.label.into(),
            row.name.into(),
            row.added_at.millis().into(),
            state.map_or("", |state| state.heard.outcome.name()).into(),
            state.is_some_and(|state| state.last).into(),
            state.is_some_and(|state| state.contradicts).into(),
            state.map_or(0, |state| state.tries).into(),
            state.map(|state| state.heard.at.millis()).into(),
            state.map(|state| state.heard.id.0).into(),
        ]);
    }
    TARGETS.run(tx, rows).await?;
    let hours: Vec<Vec<Value>> = hours
        .into_iter()
        .filter(|(_, n)| *n != 0)
        .map(|((community, round, hour), n)| vec![community.0.into(), round.0.into(), hour.into(), n.into()])
        .collect();
    HOURS.run(tx, hours).await?;
    change(tx, changes).await?;
    Ok(contradicts)
}

/// Adds to the figures of pieces what has changed at their targets. Both are written by one transaction that is alone in
/// the community, so the figures are what a count would say. Few pieces change by different numbers: a statement a change.
async fn change(tx: &impl ConnectionTrait, changes: HashMap<PieceId, (i64, i64)>) -> Result<()> {
    let mut alike = BTreeMap::<(i64, i64), Vec<PieceId>>::new();
    for (piece, by) in changes.into_iter().filter(|(_, by)| *by != (0, 0)) {
        alike.entry(by).or_default().push(piece);
    }
    for ((finals, tried), mut pieces) in alike {
        // In order, so that two servers never wait for each other in a circle.
        pieces.sort_unstable();
        for some in pieces.chunks(STEP) {
            piece::Entity::update_many()
                .col_expr(
                    piece::Column::Finals,
                    Expr::col(piece::Column::Finals).add(finals),
                )
                .col_expr(piece::Column::Tried, Expr::col(piece::Column::Tried).add(tried))
                .filter(piece::Column::Id.is_in(some.iter().copied()))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}

/// Counts pieces anew, where targets were added.
pub(crate) async fn count(tx: &impl ConnectionTrait, pieces: &[PieceId]) -> Result<()> {
    let of = |more: &str| {
        Expr::cust(format!(
            "(SELECT COUNT(*) FROM round_targets AS t WHERE t.piece_id = round_pieces.id {more})"
        ))
    };
    for some in pieces.chunks(STEP) {
        piece::Entity::update_many()
            .col_expr(piece::Column::Targets, of(""))
            .col_expr(piece::Column::Finals, of("AND t.last"))
            .col_expr(piece::Column::Tried, of("AND t.tries > 0"))
            .filter(piece::Column::Id.is_in(some.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

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
                .or_insert_with(|| at(record));
            *last = Ord::max(*last, at(record));
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
