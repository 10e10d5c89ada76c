//! Tables of calls: what is asked, whom, their pledges, and how their people gather.

kit::words! {
    /// Where a call stands.
    CallState {
        /// Being written; nobody else sees it.
        Draft = "draft",
        /// Sent; organisations may answer.
        Open = "open",
        /// No more answers.
        Closed = "closed",
        /// Taken back.
        Cancelled = "cancelled",
    }
}

/// A call for people.
pub mod call {
    use sea_orm::entity::prelude::*;

    /// A call for people.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "calls")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::CallId,
        /// Where people are wanted.
        pub place_id: kit::id::PlaceId,
        /// Path of that place.
        pub place_path: String,
        /// For what, in a line.
        pub title: String,
        /// What is to be done.
        pub purpose: String,
        /// First day.
        pub first_day: kit::Day,
        /// Last day.
        pub last_day: kit::Day,
        /// ISO weekdays, `1234567` for all.
        pub weekdays: String,
        /// Beginning of a day's work, `18:00`.
        pub from_time: String,
        /// End; not later than the beginning means on the next day.
        pub to_time: String,
        /// How many a day in all.
        pub people_per_day: i64,
        /// Codes of skills wanted, each in commas.
        pub skills: String,
        /// By when to answer.
        pub answer_by: kit::Timestamp,
        /// Where it stands.
        pub state: super::CallState,
        /// Who made it.
        pub created_by: Option<kit::id::UserId>,
        /// When it was made.
        pub created_at: kit::Timestamp,
        /// When it went out.
        pub sent_at: Option<kit::Timestamp>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An organisation a call was sent to, with its answer: the pledge.
pub mod call_org {
    use sea_orm::entity::prelude::*;

    /// An organisation a call was sent to, with its answer: the pledge.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "call_orgs")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Call.
        #[sea_orm(primary_key, auto_increment = false)]
        pub call_id: kit::id::CallId,
        /// Organisation.
        #[sea_orm(primary_key, auto_increment = false)]
        pub org_id: kit::id::OrgId,
        /// How many a day it is asked for.
        pub asked: i64,
        /// When the call went out to it.
        pub sent_at: Option<kit::Timestamp>,
        /// How many a day it pledges; 0 is a refusal, none is no answer yet.
        pub pledged: Option<i64>,
        /// A word with the answer.
        pub note: String,
        /// Who answered.
        pub answered_by: Option<kit::id::UserId>,
        /// When.
        pub answered_at: Option<kit::Timestamp>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What was recorded while a call's people gathered.
pub mod gathering {
    use sea_orm::entity::prelude::*;

    /// A count of heads, a tap "here", a take-over.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "gatherings")]
    pub struct Model {
        /// Community of the call (or its place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: kit::id::RecordId,
        /// The call.
        pub call_id: kit::id::CallId,
        /// Whose people.
        pub org_id: kit::id::OrgId,
        /// Which batch.
        pub batch: i64,
        /// Kind of the record.
        pub kind: String,
        /// Who, for a tap.
        pub helper_id: Option<kit::id::HelperId>,
        /// How many, for a count.
        pub people: i64,
        /// By the phone.
        pub at: kit::Timestamp,
        /// When it was taken.
        pub received_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
