//! The state every handler sees.

use std::{ops::Deref, sync::Arc};

use kit::{Clock, Timestamp};
use store::{Cipher, Store};

use crate::{NavItem, Texts};

/// The parts of a running server; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] holds.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Encryption at rest.
    pub cipher: Cipher,
    /// Sentences of all rooms.
    pub texts: Texts,
    /// Navigation of all rooms, in order.
    pub nav: Arc<[NavItem]>,
    /// Demonstration mode: the sign-in page offers each role by one tap.
    pub demo: bool,
    /// Whether cookies are marked `Secure`: the server is reached by HTTPS.
    pub secure: bool,
}

impl App {
    /// Wraps the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
