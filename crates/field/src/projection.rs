//! What a room must do to have record kinds of its own.

use std::{collections::HashMap, sync::Arc};

use accounts::Actor;
use kit::{Result, id::PlaceId};
use sea_orm::DatabaseTransaction;
use shell::App;

use crate::{
    apply::Effects,
    record::{Envelope, Record, Refusal},
};

/// Whether a record is taken: the community it belongs to, or why not.
pub type Admission = std::result::Result<PlaceId, Refusal>;

/// A room's tables as derived from records. Applying must not depend on the order in which records
/// come: phones are offline, and a check-out may overtake its check-in.
#[async_trait::async_trait]
pub trait Projection: Send + Sync + 'static {
    /// Kinds it knows.
    fn kinds(&self) -> &'static [&'static str];

    /// Whether the bodies of these kinds hold personal data: then they are encrypted wherever they are kept.
    fn private(&self) -> bool {
        false
    }

    /// Parses and checks records of one sender: is the body well-formed, has the sender the right?
    /// Whether a record *fits* is no question here. One answer per envelope.
    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>>;

    /// Writes records into the room's tables; what does not fit is flagged in `effects`.
    async fn apply(&self, tx: &DatabaseTransaction, records: &[&Record], effects: &mut Effects)
    -> Result<()>;

    /// Takes back what a record has done.
    async fn void(&self, tx: &DatabaseTransaction, record: &Record, effects: &mut Effects) -> Result<()>;

    /// Empties the room's derived tables, before a rebuild.
    async fn clear(&self, tx: &DatabaseTransaction) -> Result<()>;
}

/// All projections, by kind.
#[derive(Clone, Default)]
pub struct Registry {
    all: Vec<Arc<dyn Projection>>,
    by_kind: HashMap<&'static str, usize>,
}

impl Registry {
    /// Of these rooms.
    pub fn new(all: Vec<Arc<dyn Projection>>) -> Self {
        let by_kind = all
            .iter()
            .enumerate()
            .flat_map(|(i, p)| p.kinds().iter().map(move |kind| (*kind, i)))
            .collect();
        Self { all, by_kind }
    }

    /// Number of the projection that knows this kind.
    pub fn index(&self, kind: &str) -> Option<usize> {
        self.by_kind.get(kind).copied()
    }

    /// Whether bodies of this kind are kept encrypted.
    pub fn private(&self, kind: &str) -> bool {
        self.index(kind).is_some_and(|room| self.all[room].private())
    }

    /// All projections.
    pub fn all(&self) -> &[Arc<dyn Projection>] {
        &self.all
    }
}
