//! What the records of a batch are about: shifts, and the names on them.

use std::collections::{HashMap, HashSet};

use kit::{
    Result,
    id::{HelperId, OrgId, PlaceId, ShiftId},
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::model::{assignment, post, shift};

/// The shifts of some records, with the places of their posts.
pub(super) struct Shifts {
    pub(super) all: HashMap<ShiftId, shift::Model>,
    pub(super) places: HashMap<ShiftId, PlaceId>,
}

impl Shifts {
    pub(super) async fn load(tx: &DatabaseTransaction, ids: &HashSet<ShiftId>) -> Result<Self> {
        let mut all = HashMap::new();
        let ids: Vec<ShiftId> = ids.iter().copied().collect();
        for some in ids.chunks(5_000) {
            let rows = shift::Entity::find()
                .filter(shift::Column::Id.is_in(some.iter().copied()))
                .all(tx)
                .await?;
            all.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        let posts: HashSet<kit::id::PostId> = all.values().map(|shift| shift.post_id).collect();
        let posts: HashMap<_, _> = post::Entity::find()
            .filter(post::Column::Id.is_in(posts))
            .all(tx)
            .await?
            .into_iter()
            .map(|post| (post.id, post.place_id))
            .collect();
        let places = all
            .iter()
            .map(|(id, shift)| {
                (
                    *id,
                    posts.get(&shift.post_id).copied().unwrap_or(shift.community_id),
                )
            })
            .collect();
        Ok(Self { all, places })
    }
}

/// Whose name stands on which shift, and which organisation everybody belongs to.
pub(super) struct Names {
    pub(super) rostered: HashMap<(ShiftId, HelperId), Option<OrgId>>,
    pub(super) orgs: HashMap<HelperId, Option<OrgId>>,
}

impl Names {
    pub(super) async fn load(
        tx: &DatabaseTransaction,
        shifts: &Shifts,
        helpers: &HashSet<HelperId>,
    ) -> Result<Self> {
        let communities: HashSet<PlaceId> = shifts.all.values().map(|shift| shift.community_id).collect();
        let mut rostered = HashMap::new();
        let ids: Vec<ShiftId> = shifts.all.keys().copied().collect();
        for some in ids.chunks(5_000) {
            let rows = assignment::Entity::find()
                .filter(assignment::Column::CommunityId.is_in(communities.iter().copied()))
                .filter(assignment::Column::ShiftId.is_in(some.iter().copied()))
                .all(tx)
                .await?;
            rostered.extend(
                rows.into_iter()
                    .map(|row| ((row.shift_id, row.helper_id), row.org_id)),
            );
        }
        let strangers: Vec<HelperId> = helpers.iter().copied().collect();
        let mut orgs = HashMap::new();
        for some in strangers.chunks(5_000) {
            let rows = people::model::helper::Entity::find()
                .filter(people::model::helper::Column::Id.is_in(some.iter().copied()))
                .all(tx)
                .await?;
            orgs.extend(rows.into_iter().map(|row| (row.id, row.org_id)));
        }
        Ok(Self { rostered, orgs })
    }

    pub(super) fn org(&self, shift: ShiftId, helper: HelperId) -> OrgId {
        self.rostered
            .get(&(shift, helper))
            .copied()
            .flatten()
            .or_else(|| self.orgs.get(&helper).copied().flatten())
            .unwrap_or_default()
    }
}
