//! Tables: posts, shifts, assignments, attendance, work counts, activities; of calls, changes and roll-calls beside it.

mod calls;
mod change;
mod roll;

pub use calls::{CallState, call, call_org, gathering};
pub use change::{OfferState, SwapState, Why, note, offer, release, swap};
pub use roll::{roll_answer, roll_call, roll_name};

kit::words! {
    /// A kind of duty.
    Duty {
        /// 卡点值守
        GateWatch = "gate-watch",
        /// 采样通道
        Lane = "lane",
        /// 上门
        DoorToDoor = "door-to-door",
        /// 配送
        Delivery = "delivery",
        /// 消杀
        Disinfection = "disinfection",
        /// 巡逻
        Patrol = "patrol",
        /// 电话
        Hotline = "hotline",
        /// 文书、数据
        Desk = "desk",
    }
}

kit::words! {
    /// Who put a name on a shift.
    Source {
        /// The organisation.
        Org = "org",
        /// The helper.
        Helper = "helper",
        /// The committee.
        Committee = "committee",
        /// The helper, by an invitation's code.
        Invitation = "invitation",
    }
}

kit::words! {
    /// What an attendance fact says.
    FactKind {
        /// Checked in.
        In = "in",
        /// Checked out.
        Out = "out",
        /// Closed by the system: no check-out by the end of the shift.
        Close = "close",
        /// The leader confirms that what was closed by the system is right.
        Confirm = "confirm",
    }
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
