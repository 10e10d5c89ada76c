//! Tables: calls, posts, shifts, assignments, attendance, work counts, activities.

mod change;
mod roll;

pub use change::{OfferState, SwapState, Why, note, offer, release, swap};
pub use roll::{roll_answer, roll_call, roll_name};

/// Where a call stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sea_orm::EnumIter,
    sea_orm::DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum CallState {
    /// Being written; nobody else sees it.
    Draft,
    /// Sent; organisations may answer.
    Open,
    /// No more answers.
    Closed,
    /// Taken back.
    Cancelled,
}

/// A kind of duty.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sea_orm::EnumIter,
    sea_orm::DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// 卡点值守
    GateWatch,
    /// 采样通道
    Lane,
    /// 上门
    DoorToDoor,
    /// 配送
    Delivery,
    /// 消杀
    Disinfection,
    /// 巡逻
    Patrol,
    /// 电话
    Hotline,
    /// 文书、数据
    Desk,
}

/// Who put a name on a shift.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sea_orm::EnumIter,
    sea_orm::DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The organisation.
    Org,
    /// The helper.
    Helper,
    /// The committee.
    Committee,
    /// The helper, by an invitation's code.
    Invitation,
}

/// What an attendance fact says.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sea_orm::EnumIter,
    sea_orm::DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Checked in.
    In,
    /// Checked out.
    Out,
    /// Closed by the system: no check-out by the end of the shift.
    Close,
    /// The leader confirms that what was closed by the system is right.
    Confirm,
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

/// A duty at a place.
pub mod post {
    use sea_orm::entity::prelude::*;

    /// A duty at a place.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::PostId,
        /// Place.
        pub place_id: kit::id::PlaceId,
        /// Path of the place.
        pub place_path: String,
        /// What kind of duty.
        pub duty: super::Duty,
        /// Name, e.g. `北门卡点`.
        pub name: String,
        /// Still manned.
        pub active: bool,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A post for a span of time.
pub mod shift {
    use sea_orm::entity::prelude::*;

    /// A post for a span of time.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shifts")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::ShiftId,
        /// Post.
        pub post_id: kit::id::PostId,
        /// Path of the post's place.
        pub place_path: String,
        /// The call it answers.
        pub call_id: Option<kit::id::CallId>,
        /// Kept for this organisation.
        pub org_id: Option<kit::id::OrgId>,
        /// Day on which it begins.
        pub day: kit::Day,
        /// Beginning.
        pub starts_at: kit::Timestamp,
        /// End.
        pub ends_at: kit::Timestamp,
        /// Places.
        pub needed: i64,
        /// Places taken; never above `needed`.
        pub filled: i64,
        /// Does not take place.
        pub cancelled: bool,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A name on a shift.
pub mod assignment {
    use sea_orm::entity::prelude::*;

    /// A name on a shift.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "assignments")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Shift.
        #[sea_orm(primary_key, auto_increment = false)]
        pub shift_id: kit::id::ShiftId,
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// Day of the shift.
        pub day: kit::Day,
        /// Organisation that sends them.
        pub org_id: Option<kit::id::OrgId>,
        /// Leads the team on this shift.
        pub leader: bool,
        /// Who put the name there.
        pub source: super::Source,
        /// The user.
        pub by: Option<kit::id::UserId>,
        /// When.
        pub at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A check-in, check-out, closing or confirmation, as it was recorded; attendance is derived from these.
pub mod fact {
    use sea_orm::entity::prelude::*;

    /// A check-in, check-out, closing or confirmation, as it was recorded; attendance is derived from these.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "attendance_facts")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Shift.
        #[sea_orm(primary_key, auto_increment = false)]
        pub shift_id: kit::id::ShiftId,
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: kit::id::RecordId,
        /// What it says.
        pub kind: super::FactKind,
        /// When it happened, by the phone, or by the server when the phone was ahead.
        pub at: kit::Timestamp,
        /// When it was taken.
        pub received_at: kit::Timestamp,
        /// It was recorded at another place than the shift's.
        pub elsewhere: bool,
        /// Voided by a later record.
        pub voided: bool,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One helper on one shift, derived from facts.
pub mod attendance {
    use sea_orm::entity::prelude::*;

    /// One helper on one shift, derived from facts.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "attendances")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Shift.
        #[sea_orm(primary_key, auto_increment = false)]
        pub shift_id: kit::id::ShiftId,
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// Organisation, nil when none.
        pub org_id: kit::id::OrgId,
        /// Place of the post.
        pub place_id: kit::id::PlaceId,
        /// Day of the shift.
        pub day: kit::Day,
        /// Checked in.
        pub in_at: Option<kit::Timestamp>,
        /// Checked out.
        pub out_at: Option<kit::Timestamp>,
        /// Hours, in tenths; 0 until complete.
        pub tenths: i64,
        /// Checked in and out: one person-time.
        pub complete: bool,
        /// Codes of what is odd about it, joined by commas.
        pub flags: String,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Work done on a shift, as counted.
pub mod work {
    use sea_orm::entity::prelude::*;

    /// Work done on a shift, as counted.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "work_counts")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: kit::id::RecordId,
        /// Shift.
        pub shift_id: kit::id::ShiftId,
        /// Who.
        pub helper_id: kit::id::HelperId,
        /// Organisation, nil when none.
        pub org_id: kit::id::OrgId,
        /// Day of the shift.
        pub day: kit::Day,
        /// Code of the activity.
        pub activity: String,
        /// How many.
        pub quantity: i64,
        /// Voided by a later record.
        pub voided: bool,
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

/// Invitations by code.
pub mod invitation {
    use sea_orm::entity::prelude::*;

    /// An invitation: whoever has the code joins a shift, as often as it says, as long as it says.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invitations")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::InvitationId,
        /// Eight characters, without those that look alike.
        pub code: String,
        /// Post.
        pub post_id: kit::id::PostId,
        /// Only this shift; otherwise the shift of the post that is on, or else the next one.
        pub shift_id: Option<kit::id::ShiftId>,
        /// How many may join.
        pub most: i64,
        /// How many have joined.
        pub used: i64,
        /// When it ends.
        pub expires_at: kit::Timestamp,
        /// Somebody has taken it back.
        pub withdrawn: bool,
        /// Who made it.
        pub created_by: Option<kit::id::UserId>,
        /// When.
        pub created_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What is counted on shifts; a list that the deployment may change.
pub mod activity {
    use sea_orm::entity::prelude::*;

    /// What is counted on shifts; a list that the deployment may change.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "activities")]
    pub struct Model {
        /// Stable code.
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        /// Chinese name.
        pub zh: String,
        /// English name.
        pub en: String,
        /// Order on the page.
        pub position: i64,
        /// Still offered.
        pub active: bool,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
