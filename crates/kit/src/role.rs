//! Roles. A role is held at a place and counts for all places below it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a user may be at a place.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sea_orm::DeriveValueType,
)]
#[sea_orm(value_type = "String")]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sets the system up: users, places, profiles, everything.
    Administrator,
    /// Leads an area: calls, rosters, all figures.
    Commander,
    /// Works for a residents' committee.
    CommunityWorker,
    /// Answers calls for an organisation and names its people.
    Coordinator,
    /// Leads a team on shifts.
    TeamLeader,
    /// Does the work.
    Helper,
    /// Reads figures and the audit trail, changes nothing.
    Auditor,
}

impl Role {
    /// All roles, the mightiest first.
    pub const ALL: [Self; 7] = [
        Self::Administrator,
        Self::Commander,
        Self::CommunityWorker,
        Self::Coordinator,
        Self::TeamLeader,
        Self::Helper,
        Self::Auditor,
    ];

    /// Those who arrange the work at a place.
    pub const STAFF: &[Self] = &[Self::Administrator, Self::Commander, Self::CommunityWorker];

    /// Those who arrange the work, and those who may look at all of it.
    pub const READERS: &[Self] = &[
        Self::Administrator,
        Self::Commander,
        Self::CommunityWorker,
        Self::Auditor,
    ];

    /// Those who may send records from the ground.
    pub const FIELD: &[Self] = &[
        Self::Administrator,
        Self::Commander,
        Self::CommunityWorker,
        Self::Coordinator,
        Self::TeamLeader,
        Self::Helper,
    ];

    /// The stable name, as in the database, in JSON and in locale keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Commander => "commander",
            Self::CommunityWorker => "community-worker",
            Self::Coordinator => "coordinator",
            Self::TeamLeader => "team-leader",
            Self::Helper => "helper",
            Self::Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no role.
#[derive(Debug, thiserror::Error)]
#[error("no such role")]
pub struct NoSuchRole;

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or(NoSuchRole)
    }
}
