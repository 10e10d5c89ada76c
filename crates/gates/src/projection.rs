//! Passages, returnees and parcels as derived from field records.

mod admit;
mod flags;
mod rows;

pub use flags::TWICE;

use std::collections::HashSet;

use accounts::Actor;
use field::{Admission, Effects, Envelope, Projection, Record};
use kit::{
    Result,
    id::{PlaceId, ShiftId},
};
use muster::roster::Rosters;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use shell::App;
use store::Cipher;

use crate::{
    body::{Body, PARCEL, PARCEL_OUT, PASSAGE, RETURNEE},
    gate::Known,
    model::{parcel, parcel_out, passage, returnee},
};

/// This room's projection.
pub struct Gates {
    cipher: Cipher,
    rosters: Rosters,
    known: Known,
}

impl Gates {
    /// With the key that encrypts telephone numbers.
    pub fn new(cipher: Cipher) -> Self {
        Self {
            cipher,
            rosters: Rosters::default(),
            known: Known::default(),
        }
    }
}

#[async_trait::async_trait]
impl Projection for Gates {
    fn kinds(&self) -> &'static [&'static str] {
        &[PASSAGE, RETURNEE, PARCEL, PARCEL_OUT]
    }

    fn private(&self) -> bool {
        true
    }

    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>> {
        let bodies: Vec<_> = envelopes
            .iter()
            .map(|envelope| Body::read(&envelope.kind, envelope.body.get()))
            .collect();
        let gates: HashSet<PlaceId> = bodies.iter().flatten().map(Body::gate).collect();
        let gates = self.known.of(app, &gates).await?;
        let shifts: HashSet<ShiftId> = envelopes.iter().filter_map(|envelope| envelope.shift).collect();
        let mut rosters = self.rosters.of(app, &shifts, false).await?;
        let judge = |rosters: &_| -> Vec<Admission> {
            envelopes
                .iter()
                .zip(&bodies)
                .map(|(envelope, body)| admit::admit(actor, envelope, body.as_ref(), &gates, rosters))
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
        let mut passages = Vec::new();
        let mut returnees = Vec::new();
        let mut parcels = Vec::new();
        let mut outs = Vec::new();
        for record in records.iter().copied().filter(|record| !record.voided) {
            match Body::read(&record.kind, &record.body) {
                Ok(Body::Passage(body)) => passages.push((record, body)),
                Ok(Body::Returnee(body)) => returnees.push((record, body)),
                Ok(Body::Parcel(body)) => parcels.push((record, body)),
                Ok(Body::ParcelOut(body)) => outs.push((record, body)),
                // Bodies were checked when they were taken; a rule may have become stricter since.
                Err(why) => effects.flag(field::issues::Flag::of(record, why.0, None)),
            }
        }
        rows::passages(tx, &self.cipher, &passages).await?;
        rows::returnees(tx, &self.cipher, &returnees).await?;
        rows::parcels(tx, &parcels).await?;
        rows::parcel_outs(tx, &outs).await?;
        flags::of(tx, &passages, effects).await
    }

    async fn void(&self, tx: &DatabaseTransaction, record: &Record, _: &mut Effects) -> Result<()> {
        let key = (record.community, record.id);
        match record.kind.as_str() {
            PASSAGE => {
                passage::Entity::delete_by_id(key).exec(tx).await?;
            }
            RETURNEE => {
                returnee::Entity::delete_by_id(key).exec(tx).await?;
            }
            PARCEL => {
                parcel::Entity::delete_by_id(key).exec(tx).await?;
                parcel_out::Entity::delete_many()
                    .filter(parcel_out::Column::CommunityId.eq(record.community))
                    .filter(parcel_out::Column::ParcelId.eq(record.id))
                    .exec(tx)
                    .await?;
            }
            _ => {
                parcel_out::Entity::delete_by_id(key).exec(tx).await?;
            }
        }
        Ok(())
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<()> {
        passage::Entity::delete_many().exec(tx).await?;
        returnee::Entity::delete_many().exec(tx).await?;
        parcel::Entity::delete_many().exec(tx).await?;
        parcel_out::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}
