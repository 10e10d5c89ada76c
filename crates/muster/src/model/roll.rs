//! Tables of roll-calls.
/// A roll-call in an emergency: everybody on duty at a place, at a moment.
pub mod roll_call {
    use sea_orm::entity::prelude::*;

    /// A roll-call in an emergency: everybody on duty at a place, at a moment.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "roll_calls")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RollCallId,
        /// Where; none for the whole deployment.
        pub place_id: Option<kit::id::PlaceId>,
        /// Path of that place.
        pub place_path: String,
        /// Why, in words.
        pub reason: String,
        /// Who started it.
        pub started_by: Option<kit::id::UserId>,
        /// When.
        pub started_at: kit::Timestamp,
        /// When it was ended.
        pub ended_at: Option<kit::Timestamp>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Somebody who was on duty when a roll-call started.
pub mod roll_name {
    use sea_orm::entity::prelude::*;

    /// Somebody who was on duty when a roll-call started.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "roll_names")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Roll-call.
        #[sea_orm(primary_key, auto_increment = false)]
        pub roll_call_id: kit::id::RollCallId,
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// Community of the shift.
        pub shift_community_id: kit::id::PlaceId,
        /// On which shift.
        pub shift_id: kit::id::ShiftId,
        /// Organisation.
        pub org_id: Option<kit::id::OrgId>,
        /// Leads there.
        pub leader: bool,
        /// Had checked in.
        pub here: bool,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An answer to a roll-call; derived from field records.
pub mod roll_answer {
    use sea_orm::entity::prelude::*;

    /// An answer to a roll-call; derived from field records.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "roll_answers")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: kit::id::RecordId,
        /// Roll-call.
        pub roll_call_id: kit::id::RollCallId,
        /// About whom.
        pub helper_id: kit::id::HelperId,
        /// Safe; otherwise they need help.
        pub safe: bool,
        /// Who said so.
        pub by: Option<kit::id::UserId>,
        /// When, by the phone.
        pub at: kit::Timestamp,
        /// When it was taken.
        pub received_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
