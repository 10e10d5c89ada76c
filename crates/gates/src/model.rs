//! Tables: rules in force, keys, passes, passages, returnees, parcels.

/// What a pass is for.
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
    utoipa::ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum PassKind {
    /// 居民
    Resident,
    /// 车辆
    Vehicle,
    /// 访客
    Visitor,
    /// 工作人员
    Worker,
}

impl PassKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Resident, Self::Vehicle, Self::Visitor, Self::Worker];

    /// The stable name, as in the database and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Vehicle => "vehicle",
            Self::Visitor => "visitor",
            Self::Worker => "worker",
        }
    }

    /// The number that stands for it in the signed code.
    pub const fn number(self) -> i64 {
        match self {
            Self::Resident => 1,
            Self::Vehicle => 2,
            Self::Visitor => 3,
            Self::Worker => 4,
        }
    }
}

/// Where a pass stands.
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
    utoipa::ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum PassState {
    /// In use, until its end.
    Active,
    /// Taken back by the committee: lost, misused, moved out.
    Withdrawn,
    /// A new one was issued for it.
    Replaced,
    /// Collected again.
    Returned,
}

impl PassState {
    /// The stable name, as in the database and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Withdrawn => "withdrawn",
            Self::Replaced => "replaced",
            Self::Returned => "returned",
        }
    }
}

/// The rules of the gates of a place and all below it, by an order.
pub mod gate_rule {
    use sea_orm::entity::prelude::*;

    /// The rules of the gates of a place and all below it, by an order.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "gate_rules")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::GateRuleId,
        /// Community of the place (or the place itself above communities).
        pub community_id: kit::id::PlaceId,
        /// Where.
        pub place_id: kit::id::PlaceId,
        /// Path of that place.
        pub place_path: String,
        /// Number of the order.
        pub order_no: String,
        /// In force from.
        pub from_at: kit::Timestamp,
        /// Until, not included; none: until it is ended.
        pub until_at: Option<kit::Timestamp>,
        /// The rules, JSON of [`crate::rule::Rule`].
        pub rule: String,
        /// Who activated it.
        pub by: Option<kit::id::UserId>,
        /// When.
        pub at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A key that signs passes.
pub mod pass_key {
    use sea_orm::entity::prelude::*;

    /// A key that signs passes.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pass_keys")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::PassKeyId,
        /// First 8 bytes of the SHA-256 of the public key; stands in every code.
        pub kid: Vec<u8>,
        /// Public key, 32 bytes.
        pub public: Vec<u8>,
        /// Secret key, encrypted.
        pub secret_sealed: Vec<u8>,
        /// When it was made.
        pub created_at: kit::Timestamp,
        /// Since when it signs no more; what it signed stays readable.
        pub retired_at: Option<kit::Timestamp>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A pass.
pub mod pass {
    use sea_orm::entity::prelude::*;

    /// A pass.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "passes")]
    pub struct Model {
        /// Community at whose gates it counts.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::PassId,
        /// What it is for.
        pub kind: super::PassKind,
        /// Card number: eight digits, the last a check digit; unique in the community.
        pub number: String,
        /// Resident who holds it.
        pub resident_id: Option<kit::id::ResidentId>,
        /// Household of the holder, or to which a vehicle or visit belongs.
        pub household_id: Option<kit::id::HouseholdId>,
        /// Name of the holder.
        pub name: String,
        /// Name in full pinyin; what lists sort by.
        pub pinyin: String,
        /// First letters of the pinyin.
        pub initials: String,
        /// Number plate, capitals; empty when none.
        pub plate: String,
        /// Telephone number, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// What for, or whom they visit.
        pub purpose: String,
        /// Valid from.
        pub from_at: kit::Timestamp,
        /// Valid until, not included.
        pub until_at: kit::Timestamp,
        /// Where it stands.
        pub state: super::PassState,
        /// Why it is no longer in use.
        pub why: String,
        /// The pass that replaces it.
        pub replaced_by: Option<kit::id::PassId>,
        /// Keyed hash of the secret in the address of the holder's page.
        pub secret_hash: Vec<u8>,
        /// The secret itself, encrypted: the address can be shown again.
        pub secret_sealed: Vec<u8>,
        /// When issued.
        pub issued_at: kit::Timestamp,
        /// By whom.
        pub issued_by: Option<kit::id::UserId>,
        /// Last change.
        pub updated_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One person through one gate.
pub mod passage {
    use sea_orm::entity::prelude::*;

    /// One person through one gate, or turned away there. Derived from records of kind `gate.passage`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "passages")]
    pub struct Model {
        /// Community of the gate.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// The gate.
        pub gate_id: kit::id::PlaceId,
        /// When, by the phone; never later than when it came.
        pub at: kit::Timestamp,
        /// When it came.
        pub received_at: kit::Timestamp,
        /// In (true) or out.
        pub inward: bool,
        /// Went through (true) or was turned away.
        pub go: bool,
        /// Why it was, or would have been, stopped; empty when nothing stood against it.
        pub reason: String,
        /// Why somebody was let through all the same.
        pub despite: String,
        /// How the person was found.
        pub found_by: String,
        /// Resident.
        pub resident_id: Option<kit::id::ResidentId>,
        /// Household of the resident, or of the pass.
        pub household_id: Option<kit::id::HouseholdId>,
        /// Pass.
        pub pass_id: Option<kit::id::PassId>,
        /// The passage in that this one out ends.
        pub visit_id: Option<kit::id::RecordId>,
        /// Somebody from outside: a visitor, a worker, a vehicle of neither.
        pub outsider: bool,
        /// Name.
        pub name: String,
        /// Telephone number of somebody from outside, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// Keyed index of it.
        pub phone_index: Option<Vec<u8>>,
        /// Whom they visit.
        pub visiting: String,
        /// Where they come from.
        pub origin: String,
        /// Number plate, capitals; empty when none.
        pub plate: String,
        /// People with them.
        pub companions: i64,
        /// Temperature in tenths of a degree.
        pub temperature: Option<i64>,
        /// Above the alarm.
        pub hot: bool,
        /// Health code as seen; empty when not looked at.
        pub health: String,
        /// Travel code as seen.
        pub travel: String,
        /// Wore a mask: `yes`, `no`; empty when not noted.
        pub mask: String,
        /// The boot was opened: `yes`, `no`; empty when not noted.
        pub boot: String,
        /// Shift of whoever stood at the gate.
        pub shift_id: Option<kit::id::ShiftId>,
        /// Who recorded it.
        pub sender: Option<kit::id::UserId>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Somebody who has come back from elsewhere.
pub mod returnee {
    use sea_orm::entity::prelude::*;

    /// Somebody who has come back from elsewhere. Derived from records of kind `gate.returnee`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "returnees")]
    pub struct Model {
        /// Community of the gate.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// Where they registered.
        pub gate_id: kit::id::PlaceId,
        /// When.
        pub at: kit::Timestamp,
        /// The day on whose list they stand.
        pub day: kit::Day,
        /// Name.
        pub name: String,
        /// Telephone number, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// Keyed index of it.
        pub phone_index: Option<Vec<u8>>,
        /// Identity number, encrypted.
        pub identity_sealed: Option<Vec<u8>>,
        /// Where they come from.
        pub origin: String,
        /// When they arrived.
        pub arrived: kit::Day,
        /// Where they stay.
        pub staying: String,
        /// Household in which they stay.
        pub household_id: Option<kit::id::HouseholdId>,
        /// The resident they are.
        pub resident_id: Option<kit::id::ResidentId>,
        /// Health code as seen.
        pub health: String,
        /// Travel code as seen.
        pub travel: String,
        /// Temperature in tenths of a degree.
        pub temperature: Option<i64>,
        /// Who registered them.
        pub sender: Option<kit::id::UserId>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A parcel on the shelf.
pub mod parcel {
    use sea_orm::entity::prelude::*;

    /// A parcel on the shelf of a gate. Derived from records of kind `gate.parcel`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "parcels")]
    pub struct Model {
        /// Community of the gate.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// On whose shelf.
        pub gate_id: kit::id::PlaceId,
        /// Since when.
        pub at: kit::Timestamp,
        /// Code on the parcel; empty when none.
        pub code: String,
        /// Household.
        pub household_id: Option<kit::id::HouseholdId>,
        /// Building and flat.
        pub flat: String,
        /// Name on the parcel.
        pub name: String,
        /// Heavy.
        pub heavy: bool,
        /// To be carried up.
        pub carry: bool,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A parcel that has left the shelf.
pub mod parcel_out {
    use sea_orm::entity::prelude::*;

    /// A parcel that has left the shelf; it may arrive before the record of its coming.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "parcel_outs")]
    pub struct Model {
        /// Community of the gate.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// The parcel.
        pub parcel_id: kit::id::RecordId,
        /// When.
        pub at: kit::Timestamp,
        /// Carried to the door.
        pub carried: bool,
        /// Who handed it out or carried it.
        pub sender: Option<kit::id::UserId>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What was done about an alarm.
pub mod alarm_note {
    use sea_orm::entity::prelude::*;

    /// What was done about a temperature above the alarm. Not derived from records: a rebuild keeps it.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "gate_alarm_notes")]
    pub struct Model {
        /// Community of the gate.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The passage.
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: kit::id::RecordId,
        /// What was done.
        pub note: String,
        /// By whom.
        pub by: Option<kit::id::UserId>,
        /// When.
        pub at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A parcel of which a resident was told.
pub mod parcel_telling {
    use sea_orm::entity::prelude::*;

    /// A parcel of which a resident was told. Not derived from records: a rebuild tells nobody again.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "parcel_tellings")]
    pub struct Model {
        /// Community of the gate.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The parcel.
        #[sea_orm(primary_key, auto_increment = false)]
        pub parcel_id: kit::id::RecordId,
        /// When.
        pub at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
