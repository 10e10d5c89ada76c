//! Tables: the journal and its batches (in the journal's database); voids, issues, tallies (in the main one).
/// What was taken, as it came. Append-only; no index but its key.
pub mod journal {
    use sea_orm::entity::prelude::*;

    /// What was taken, as it came. Append-only; no index but its key.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record, named by the phone.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// With which transaction it was taken.
        pub batch_id: kit::id::BatchId,
        /// Its place in the batch.
        pub position: i64,
        /// Registered kind.
        pub kind: String,
        /// When it happened, by the phone.
        pub at: kit::Timestamp,
        /// When it was taken.
        pub received_at: kit::Timestamp,
        /// Who sent it; none for the system.
        pub sender: Option<kit::id::UserId>,
        /// The shift it belongs to.
        pub shift_id: Option<kit::id::ShiftId>,
        /// First 16 bytes of the SHA-256 of its content.
        pub hash: Vec<u8>,
        /// Its body, JSON.
        pub body: String,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Records that were taken in one transaction.
pub mod batch {
    use sea_orm::entity::prelude::*;

    /// Records that were taken in one transaction.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal_batches")]
    pub struct Model {
        /// Id; sorts by time.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::BatchId,
        /// When.
        pub taken_at: kit::Timestamp,
        /// How many records.
        pub records: i64,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A batch whose records are in the tables.
pub mod applied {
    use sea_orm::entity::prelude::*;

    /// A batch whose records are in the tables.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "field_applied")]
    pub struct Model {
        /// The batch.
        #[sea_orm(primary_key, auto_increment = false)]
        pub batch_id: kit::id::BatchId,
        /// When.
        pub applied_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A record that was voided, perhaps before it arrived.
pub mod void {
    use sea_orm::entity::prelude::*;

    /// A record that was voided, perhaps before it arrived.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "field_voids")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The voided record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: kit::id::RecordId,
        /// The record that voids it.
        pub by_record: kit::id::RecordId,
        /// The shift on which it was voided; it counts only for records of the same shift.
        pub shift_id: Option<kit::id::ShiftId>,
        /// Why.
        pub reason: String,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A record that staff must look at: rejected, or taken and flagged.
pub mod issue {
    use sea_orm::entity::prelude::*;

    /// A record that staff must look at: rejected, or taken and flagged.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "field_issues")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: kit::id::RecordId,
        /// Problem code.
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        /// Rejected (true) or taken and flagged.
        pub rejected: bool,
        /// Kind of the record.
        pub kind: String,
        /// When it happened, by the phone.
        pub at: kit::Timestamp,
        /// When it came.
        pub received_at: kit::Timestamp,
        /// Who sent it.
        pub sender: Option<kit::id::UserId>,
        /// The shift it names.
        pub shift_id: Option<kit::id::ShiftId>,
        /// The helper it concerns.
        pub helper_id: Option<kit::id::HelperId>,
        /// The record as it came.
        pub body: String,
        /// Not yet settled.
        pub open: bool,
        /// Who settled it.
        pub settled_by: Option<kit::id::UserId>,
        /// When.
        pub settled_at: Option<kit::Timestamp>,
        /// What was done about it.
        pub note: String,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Sums, written by the transaction that applies a batch.
pub mod tally {
    use sea_orm::entity::prelude::*;

    /// Sums, written by the transaction that applies a batch.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tallies")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Day of the shift.
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: kit::Day,
        /// Organisation, nil when none.
        #[sea_orm(primary_key, auto_increment = false)]
        pub org_id: kit::id::OrgId,
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// What is counted: `person-times`, `hours` (in tenths) or a code of an activity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub activity: String,
        /// How much.
        pub quantity: i64,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
