//! Tables of closed loops.

kit::words! {
    /// What a test said.
    TestResult {
        /// 阴性
        Negative = "negative",
        /// 阳性
        Positive = "positive",
        /// The sample is taken, the result waited for.
        Pending = "pending",
    }
}

kit::words! {
    /// For whom a supply is needed.
    Per {
        /// For each person inside.
        Person = "person",
        /// For the whole loop.
        Loop = "loop",
    }
}

/// A closed loop at a post.
pub mod closed_loop {
    use sea_orm::entity::prelude::*;

    /// A closed loop at a post.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "loops")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::LoopId,
        /// Post.
        pub post_id: kit::id::PostId,
        /// Path of the post's place.
        pub place_path: String,
        /// Name.
        pub name: String,
        /// The organisation that has taken the post over.
        pub org_id: Option<kit::id::OrgId>,
        /// First day.
        pub first_day: kit::Day,
        /// Last day as planned.
        pub planned_end: kit::Day,
        /// Beds.
        pub beds: i64,
        /// Meals a day for each person.
        pub meals: i64,
        /// Everybody is tested every so many days.
        pub test_days: i64,
        /// A word about it.
        pub note: String,
        /// When it was ended.
        pub ended_at: Option<kit::Timestamp>,
        /// Why, when before the planned end.
        pub end_reason: String,
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

/// Stays in loops.
pub mod loop_member {
    use sea_orm::entity::prelude::*;

    /// One stay of one helper; who comes in again later has a second one.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "loop_members")]
    pub struct Model {
        /// Community of the loop.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Loop.
        #[sea_orm(primary_key, auto_increment = false)]
        pub loop_id: kit::id::LoopId,
        /// The stay.
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry_id: kit::id::LoopEntryId,
        /// Who.
        pub helper_id: kit::id::HelperId,
        /// Label of the bed.
        pub bed: String,
        /// From when inside.
        pub entered_at: kit::Timestamp,
        /// When they left.
        pub left_at: Option<kit::Timestamp>,
        /// Why, when before the planned end.
        pub leave_reason: String,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Tests of those in a loop.
pub mod loop_test {
    use sea_orm::entity::prelude::*;

    /// A helper's test of a day; noted again, the later word counts.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "loop_tests")]
    pub struct Model {
        /// Community of the loop.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Loop.
        #[sea_orm(primary_key, auto_increment = false)]
        pub loop_id: kit::id::LoopId,
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// Day of the sample.
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: kit::Day,
        /// Result.
        pub result: super::TestResult,
        /// Who noted it.
        pub noted_by: Option<kit::id::UserId>,
        /// When.
        pub noted_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a loop uses.
pub mod loop_supply {
    use sea_orm::entity::prelude::*;

    /// What a loop uses in a day.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "loop_supplies")]
    pub struct Model {
        /// Community of the loop.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Loop.
        #[sea_orm(primary_key, auto_increment = false)]
        pub loop_id: kit::id::LoopId,
        /// What, with its unit, e.g. `口罩（只）`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub item: String,
        /// For whom.
        pub per: super::Per,
        /// Tenths of it a day.
        pub tenths: i64,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
