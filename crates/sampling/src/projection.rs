//! Samples, tubes and boxes as derived from field records. Somebody sampled is done with on the round.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use field::{
    Admission, Effects, Envelope, Projection, Record,
    issues::Flag,
    record::{Refusal, refusal},
};
use gates::gate::{Gate, Known};
use kit::{
    Result, Role, Timestamp,
    id::{PieceId, PlaceId, RoundId, ShiftId, TargetId},
};
use muster::roster::Rosters;
use people::numbers::Sealed;
use rounds::{kind::Outcome, model::target, projection::Noted, work::Pieces};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use shell::App;
use store::{
    Cipher,
    bulk::{Insert, Type},
};

use crate::{
    body::{Body, HAND_OVER, HandOver, SAMPLE, SEAL, Sample, Seal},
    model::{hand_over, sample, seal, tube},
};

/// No such place.
const UNKNOWN_SITE: Refusal = Refusal("unknown-site");
/// No such piece of such a round.
const UNKNOWN_PIECE: Refusal = Refusal("unknown-piece");
/// More are in the tube than it takes.
pub const OVERFULL: &str = "tube-overfull";
/// Somebody was sampled into a tube that was closed.
pub const CLOSED: &str = "tube-closed";
/// The tube is in use at two lanes, or on two rounds.
pub const TWO_LANES: &str = "tube-two-lanes";
/// The same person was sampled twice on a round.
pub const SAMPLED_TWICE: &str = "sampled-twice";

const STEP: usize = 1_000;

/// This room's projection.
pub struct Sampling {
    cipher: Cipher,
    rosters: Rosters,
    pieces: Pieces,
    sites: Known,
}

impl Sampling {
    /// With the key that encrypts telephone numbers.
    pub fn new(cipher: Cipher) -> Self {
        Self {
            cipher,
            rosters: Rosters::default(),
            pieces: Pieces::default(),
            sites: Known::default(),
        }
    }
}

#[async_trait::async_trait]
impl Projection for Sampling {
    fn kinds(&self) -> &'static [&'static str] {
        &[SAMPLE, SEAL, HAND_OVER]
    }

    fn private(&self) -> bool {
        true
    }

    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>> {
        let bodies: Vec<_> = envelopes
            .iter()
            .map(|envelope| Body::read(&envelope.kind, envelope.body.get()))
            .collect();
        let sites: HashSet<PlaceId> = bodies.iter().flatten().map(Body::site).collect();
        let sites = self.sites.of(app, &sites).await?;
        let pieces: HashSet<PieceId> = bodies
            .iter()
            .flatten()
            .filter_map(|body| body.piece().map(|(_, piece)| piece))
            .collect();
        let pieces = self.pieces.of(app, &pieces).await?;
        let shifts: HashSet<ShiftId> = envelopes.iter().filter_map(|envelope| envelope.shift).collect();
        let mut rosters = self.rosters.of(app, &shifts, false).await?;
        let judge = |rosters: &HashMap<ShiftId, std::sync::Arc<muster::roster::Roster>>| -> Vec<Admission> {
            envelopes
                .iter()
                .zip(&bodies)
                .map(|(envelope, body)| {
                    let body = body.as_ref().map_err(|why| *why)?;
                    let site = sites.get(&body.site()).ok_or(UNKNOWN_SITE)?;
                    if let Some((round, piece)) = body.piece()
                        && pieces.get(&piece).is_none_or(|known| known.round != round)
                    {
                        return Err(UNKNOWN_PIECE);
                    }
                    stands(actor, envelope, site, rosters)
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
        let (mut samples, mut seals, mut overs) = (Vec::new(), Vec::new(), Vec::new());
        for record in records.iter().copied().filter(|record| !record.voided) {
            match Body::read(&record.kind, &record.body) {
                Ok(Body::Sample(body)) => samples.push((record, body)),
                Ok(Body::Seal(body)) => seals.push((record, body)),
                Ok(Body::HandOver(body)) => overs.push((record, body)),
                // Bodies were checked when they were taken; a rule may have become stricter since.
                Err(why) => effects.flag(Flag::of(record, why.0, None)),
            }
        }
        self.write(tx, &samples, &seals, &overs).await?;
        let mut tubes: HashSet<(PlaceId, String)> = samples
            .iter()
            .map(|(record, body)| (record.community, body.tube.clone()))
            .collect();
        tubes.extend(
            seals
                .iter()
                .map(|(record, body)| (record.community, body.tube.clone())),
        );
        let tubes = refresh(tx, &tubes).await?;
        for (record, body) in &samples {
            if let Some(known) = tubes.get(&(record.community, body.tube.clone())) {
                known.flag(record, effects);
            }
        }
        finished(tx, &samples, effects).await
    }

    async fn void(&self, tx: &DatabaseTransaction, record: &Record, _: &mut Effects) -> Result<()> {
        let key = (record.community, record.id);
        let tube = match Body::read(&record.kind, &record.body) {
            Ok(Body::Sample(body)) => {
                sample::Entity::delete_by_id(key).exec(tx).await?;
                rounds::projection::take_back(tx, record).await?;
                body.tube
            }
            Ok(Body::Seal(body)) => {
                seal::Entity::delete_by_id(key).exec(tx).await?;
                body.tube
            }
            _ => {
                hand_over::Entity::delete_by_id(key).exec(tx).await?;
                return Ok(());
            }
        };
        refresh(tx, &HashSet::from([(record.community, tube)])).await?;
        Ok(())
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<()> {
        sample::Entity::delete_many().exec(tx).await?;
        seal::Entity::delete_many().exec(tx).await?;
        hand_over::Entity::delete_many().exec(tx).await?;
        tube::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}

/// Takes a record of whoever stands at the lane by the roster of the shift, or belongs to the staff of the place.
fn stands(
    actor: &Actor,
    envelope: &Envelope,
    site: &Gate,
    rosters: &HashMap<ShiftId, std::sync::Arc<muster::roster::Roster>>,
) -> Admission {
    if let Some(shift) = envelope.shift {
        let roster = rosters.get(&shift).ok_or(refusal::UNKNOWN_SHIFT)?;
        if site.path.starts_with(roster.path.as_str()) && roster.lists(actor) {
            return Ok(site.community);
        }
    }
    if actor.may(Role::STAFF, &site.path) {
        Ok(site.community)
    } else {
        Err(refusal::NO_RIGHT)
    }
}

const SAMPLES: Insert = Insert {
    table: "samples",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("round_id", Type::Uuid),
        ("site_id", Type::Uuid),
        ("lane", Type::Text),
        ("tube", Type::Text),
        ("capacity", Type::Int),
        ("target_id", Type::UuidOrNull),
        ("name", Type::Text),
        ("phone_sealed", Type::BytesOrNull),
        ("at", Type::Int),
        ("received_at", Type::Int),
        ("sender", Type::UuidOrNull),
        ("shift_id", Type::UuidOrNull),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

const SEALS: Insert = Insert {
    table: "tube_seals",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("round_id", Type::Uuid),
        ("site_id", Type::Uuid),
        ("tube", Type::Text),
        ("crate_code", Type::Text),
        ("at", Type::Int),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

const OVERS: Insert = Insert {
    table: "tube_hand_overs",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("site_id", Type::Uuid),
        ("crate_code", Type::Text),
        ("tubes", Type::Int),
        ("carrier", Type::Text),
        ("at", Type::Int),
        ("sender", Type::UuidOrNull),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

const TUBES: Insert = Insert {
    table: "tubes",
    columns: &[
        ("community_id", Type::Uuid),
        ("code", Type::Text),
        ("round_id", Type::Uuid),
        ("site_id", Type::Uuid),
        ("lane", Type::Text),
        ("capacity", Type::Int),
        ("taken", Type::Int),
        ("at", Type::Int),
        ("sealed_at", Type::IntOrNull),
        ("crate_code", Type::Text),
    ],
    suffix: "ON CONFLICT (community_id, code) DO UPDATE SET round_id = excluded.round_id, site_id = excluded.site_id, \
             lane = excluded.lane, capacity = excluded.capacity, taken = excluded.taken, at = excluded.at, \
             sealed_at = excluded.sealed_at, crate_code = excluded.crate_code",
};

impl Sampling {
    async fn write(
        &self,
        tx: &DatabaseTransaction,
        samples: &[(&Record, Box<Sample>)],
        seals: &[(&Record, Seal)],
        overs: &[(&Record, HandOver)],
    ) -> Result<()> {
        let mut rows = Vec::with_capacity(samples.len());
        for (record, body) in samples {
            let phone = Sealed::new(&self.cipher, &kit::text::phone(&body.phone).unwrap_or_default())?;
            rows.push(vec![
                record.community.0.into(),
                record.id.0.into(),
                body.round.0.into(),
                body.site.0.into(),
                body.lane.trim().into(),
                body.tube.as_str().into(),
                body.capacity.into(),
                body.target.map(|id| id.0).into(),
                body.name.trim().into(),
                phone.sealed.into(),
                record.happened_at().millis().into(),
                record.received_at.millis().into(),
                record.sender.map(|id| id.0).into(),
                record.shift.map(|id| id.0).into(),
            ]);
        }
        SAMPLES.run(tx, rows).await?;
        let rows = seals
            .iter()
            .map(|(record, body)| {
                vec![
                    record.community.0.into(),
                    record.id.0.into(),
                    body.round.0.into(),
                    body.site.0.into(),
                    body.tube.as_str().into(),
                    body.crate_.trim().into(),
                    record.happened_at().millis().into(),
                ]
            })
            .collect();
        SEALS.run(tx, rows).await?;
        let rows = overs
            .iter()
            .map(|(record, body)| {
                vec![
                    record.community.0.into(),
                    record.id.0.into(),
                    body.site.0.into(),
                    body.crate_.trim().into(),
                    body.tubes.into(),
                    body.to.trim().into(),
                    record.happened_at().millis().into(),
                    record.sender.map(|id| id.0).into(),
                ]
            })
            .collect();
        OVERS.run(tx, rows).await?;
        Ok(())
    }
}

/// What is in a tube.
struct Filled {
    /// Its samples in the order in which they were taken.
    samples: Vec<sample::Model>,
    sealed: Option<Timestamp>,
}

impl Filled {
    /// What a committee must look at about this sample.
    fn flag(&self, record: &Record, effects: &mut Effects) {
        let Some(place) = self.samples.iter().position(|one| one.id == record.id) else {
            return;
        };
        let (first, this) = (&self.samples[0], &self.samples[place]);
        let room = usize::try_from(first.capacity).unwrap_or(0);
        if room > 0 && place >= room {
            effects.flag(Flag::of(record, OVERFULL, None));
        }
        if self.sealed.is_some_and(|sealed| this.at > sealed) {
            effects.flag(Flag::of(record, CLOSED, None));
        }
        if (this.site_id, &this.lane, this.round_id) != (first.site_id, &first.lane, first.round_id) {
            effects.flag(Flag::of(record, TWO_LANES, None));
        }
    }
}

/// Derives tubes anew from their samples and seals.
async fn refresh(
    tx: &DatabaseTransaction,
    keys: &HashSet<(PlaceId, String)>,
) -> Result<HashMap<(PlaceId, String), Filled>> {
    let mut by_community = HashMap::<PlaceId, Vec<&str>>::new();
    for (community, code) in keys {
        by_community.entry(*community).or_default().push(code);
    }
    let mut all: HashMap<(PlaceId, String), Filled> = keys
        .iter()
        .map(|key| {
            let filled = Filled {
                samples: Vec::new(),
                sealed: None,
            };
            (key.clone(), filled)
        })
        .collect();
    let mut seals = HashMap::<(PlaceId, String), seal::Model>::new();
    for (community, codes) in by_community {
        for some in codes.chunks(STEP) {
            let rows = sample::Entity::find()
                .filter(sample::Column::CommunityId.eq(community))
                .filter(sample::Column::Tube.is_in(some.iter().copied()))
                .all(tx)
                .await?;
            for row in rows {
                if let Some(filled) = all.get_mut(&(community, row.tube.clone())) {
                    filled.samples.push(row);
                }
            }
            let rows = seal::Entity::find()
                .filter(seal::Column::CommunityId.eq(community))
                .filter(seal::Column::Tube.is_in(some.iter().copied()))
                .all(tx)
                .await?;
            for row in rows {
                let key = (community, row.tube.clone());
                // Closed is closed: the first time counts.
                if seals.get(&key).is_none_or(|known| row.at < known.at) {
                    seals.insert(key, row);
                }
            }
        }
    }
    let mut rows = Vec::with_capacity(all.len());
    for (key, filled) in &mut all {
        filled.samples.sort_by_key(|one| (one.at, one.id));
        let seal = seals.get(key);
        filled.sealed = seal.map(|seal| seal.at);
        let first = filled.samples.first();
        let known = first
            .map(|one| (one.round_id, one.site_id, one.lane.as_str(), one.capacity, one.at))
            .or(seal.map(|one| (one.round_id, one.site_id, "", 0, one.at)));
        match known {
            Some((round, site, lane, capacity, at)) => rows.push(vec![
                key.0.0.into(),
                key.1.as_str().into(),
                round.0.into(),
                site.0.into(),
                lane.into(),
                capacity.into(),
                i64::try_from(filled.samples.len()).unwrap_or(i64::MAX).into(),
                at.millis().into(),
                filled.sealed.map(Timestamp::millis).into(),
                seal.map_or("", |seal| seal.crate_code.as_str()).into(),
            ]),
            None => {
                tube::Entity::delete_by_id(key.clone()).exec(tx).await?;
            }
        }
    }
    TUBES.run(tx, rows).await?;
    Ok(all)
}

/// Whoever was sampled is done with on the round.
async fn finished(
    tx: &DatabaseTransaction,
    samples: &[(&Record, Box<Sample>)],
    effects: &mut Effects,
) -> Result<()> {
    let ids: Vec<TargetId> = samples.iter().filter_map(|(_, body)| body.target).collect();
    let mut targets = HashMap::<(RoundId, TargetId), target::Model>::new();
    let mut times = HashMap::<(RoundId, TargetId), usize>::new();
    for some in ids.chunks(STEP) {
        let rows = target::Entity::find()
            .filter(target::Column::Id.is_in(some.iter().copied()))
            .all(tx)
            .await?;
        targets.extend(rows.into_iter().map(|row| ((row.round_id, row.id), row)));
        let rows = sample::Entity::find()
            .filter(sample::Column::TargetId.is_in(some.iter().copied()))
            .all(tx)
            .await?;
        for row in rows {
            if let Some(target) = row.target_id {
                *times.entry((row.round_id, target)).or_default() += 1;
            }
        }
    }
    let mut noted = Vec::new();
    for (record, body) in samples {
        let (Some(target), Some(piece)) = (body.target, body.piece) else {
            continue;
        };
        let key = (body.round, target);
        if times.get(&key).is_some_and(|times| *times > 1) {
            effects.flag(Flag::of(record, SAMPLED_TWICE, None));
        }
        let known = targets.get(&key);
        if known.is_none() {
            // Kept: it counts as soon as they become a target.
            effects.flag(Flag::of(record, rounds::projection::NOT_A_TARGET, None));
        }
        noted.push(Noted {
            record,
            community: known.map_or(record.community, |row| row.community_id),
            round: body.round,
            piece: known.map_or(piece, |row| row.piece_id),
            target,
            outcome: Outcome::Done,
        });
    }
    rounds::projection::note(tx, &noted).await
}
