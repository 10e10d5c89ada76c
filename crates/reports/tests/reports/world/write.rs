//! Writing rows of the small world.

use kit::{
    Day,
    id::{HelperId, OrgId, PlaceId, PostId, RecordId, ShiftId},
};
use muster::model::{Source, assignment, attendance, shift, work};
use people::model::helper;
use places::place;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use store::Store;

use super::now;

pub async fn helper(store: &Store, org: OrgId, name: &str, rank: &str) -> HelperId {
    let id = HelperId::fresh(now());
    helper::Entity::insert(helper::ActiveModel {
        id: Set(id),
        org_id: Set(Some(org)),
        name: Set(name.to_owned()),
        pinyin: Set(String::new()),
        initials: Set(String::new()),
        phone_sealed: Set(None),
        phone_index: Set(None),
        identity_sealed: Set(None),
        identity_index: Set(None),
        rank: Set(rank.to_owned()),
        official: Set(true),
        skills: Set(String::new()),
        cover_until: Set(None),
        home_id: Set(None),
        resident_id: Set(None),
        active: Set(true),
        created_at: Set(now()),
    })
    .exec_without_returning(store.write())
    .await
    .unwrap();
    id
}

pub struct Where<'a> {
    pub store: &'a Store,
    pub community: PlaceId,
    pub gate: &'a place::Model,
}

impl Where<'_> {
    pub async fn shift(&self, day: Day, cancelled: bool) -> ShiftId {
        let id = ShiftId::fresh(now());
        shift::Entity::insert(shift::ActiveModel {
            community_id: Set(self.community),
            id: Set(id),
            post_id: Set(PostId::fresh(now())),
            place_path: Set(self.gate.path.clone()),
            call_id: Set(None),
            org_id: Set(None),
            day: Set(day),
            starts_at: Set(day.start()),
            ends_at: Set(day.next().start()),
            needed: Set(20),
            filled: Set(0),
            cancelled: Set(cancelled),
        })
        .exec_without_returning(self.store.write())
        .await
        .unwrap();
        id
    }

    pub async fn assign(&self, shift: ShiftId, day: Day, org: OrgId, helper: HelperId) {
        assignment::Entity::insert(assignment::ActiveModel {
            community_id: Set(self.community),
            shift_id: Set(shift),
            helper_id: Set(helper),
            day: Set(day),
            org_id: Set(Some(org)),
            leader: Set(false),
            source: Set(Source::Org),
            by: Set(None),
            at: Set(now()),
        })
        .exec_without_returning(self.store.write())
        .await
        .unwrap();
        shift::Entity::update_many()
            .col_expr(shift::Column::Filled, Expr::col(shift::Column::Filled).add(1))
            .filter(shift::Column::Id.eq(shift))
            .exec(self.store.write())
            .await
            .unwrap();
    }

    pub async fn attend(&self, shift: ShiftId, day: Day, org: OrgId, helper: HelperId, tenths: i64) {
        self.assign(shift, day, org, helper).await;
        attendance::Entity::insert(attendance::ActiveModel {
            community_id: Set(self.community),
            shift_id: Set(shift),
            helper_id: Set(helper),
            org_id: Set(org),
            place_id: Set(self.gate.id),
            day: Set(day),
            in_at: Set(Some(now())),
            out_at: Set((tenths > 0).then(now)),
            tenths: Set(tenths),
            complete: Set(tenths > 0),
            flags: Set(String::new()),
        })
        .exec_without_returning(self.store.write())
        .await
        .unwrap();
        if tenths > 0 {
            self.tally(day, org, helper, "person-times", 1).await;
            self.tally(day, org, helper, "hours", tenths).await;
        }
    }

    pub async fn tally(&self, day: Day, org: OrgId, helper: HelperId, activity: &str, quantity: i64) {
        field::model::tally::Entity::insert(field::model::tally::ActiveModel {
            community_id: Set(self.community),
            day: Set(day),
            org_id: Set(org),
            helper_id: Set(helper),
            activity: Set(activity.to_owned()),
            quantity: Set(quantity),
        })
        .exec_without_returning(self.store.write())
        .await
        .unwrap();
    }

    pub async fn count(
        &self,
        shift: ShiftId,
        day: Day,
        (org, helper): (OrgId, HelperId),
        activity: &str,
        quantity: i64,
        voided: bool,
    ) {
        work::Entity::insert(work::ActiveModel {
            community_id: Set(self.community),
            record_id: Set(RecordId::fresh(now())),
            shift_id: Set(shift),
            helper_id: Set(helper),
            org_id: Set(org),
            day: Set(day),
            activity: Set(activity.to_owned()),
            quantity: Set(quantity),
            voided: Set(voided),
        })
        .exec_without_returning(self.store.write())
        .await
        .unwrap();
        if !voided {
            self.tally(day, org, helper, activity, quantity).await;
        }
    }
}
