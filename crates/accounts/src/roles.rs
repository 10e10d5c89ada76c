//! Roles in words, for pages.

use std::collections::HashMap;

use kit::id::UserId;
use sea_orm::ConnectionTrait;
use shell::Page;
use uuid::Uuid;

use crate::{model::grant, names};

/// A role somebody holds, in words.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// The grant's id.
    pub id: Uuid,
    /// Whose.
    pub user_id: UserId,
    /// Role.
    pub role: String,
    /// Place, or "everywhere".
    pub place: String,
    /// Path of the place; empty for everywhere.
    pub path: String,
    /// Organisation; empty for none.
    pub org: String,
}

impl Held {
    /// `队长 (田林街道, 市疾控中心)`
    pub fn sentence(&self) -> String {
        if self.org.is_empty() {
            format!("{} ({})", self.role, self.place)
        } else {
            format!("{} ({}, {})", self.role, self.place, self.org)
        }
    }
}

/// Puts grants into words; a place or organisation whose name cannot be found shows its id.
pub(crate) async fn held(db: &impl ConnectionTrait, page: &Page, grants: &[grant::Model]) -> Vec<Held> {
    let mut places: Vec<Uuid> = grants.iter().filter_map(|g| g.place_id).map(|id| id.0).collect();
    let mut orgs: Vec<Uuid> = grants.iter().filter_map(|g| g.org_id).map(|id| id.0).collect();
    for ids in [&mut places, &mut orgs] {
        ids.sort_unstable();
        ids.dedup();
    }
    let places = names::names(db, "places", places).await;
    let orgs = names::names(db, "orgs", orgs).await;
    let word =
        |names: &HashMap<Uuid, String>, id: Uuid| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
    grants
        .iter()
        .map(|g| Held {
            id: g.id,
            user_id: g.user_id,
            role: page.t(&format!("role-{}", g.role)),
            place: g
                .place_id
                .map_or_else(|| page.t("accounts-everywhere"), |id| word(&places, id.0)),
            path: g.place_path.clone(),
            org: g.org_id.map(|id| word(&orgs, id.0)).unwrap_or_default(),
        })
        .collect()
}
