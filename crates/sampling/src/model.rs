//! Tables: samples, tubes as derived from them, seals, boxes handed over, results.

macro_rules! alone {
    () => {
        /// None.
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    };
}

/// What a laboratory says of a tube.
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
pub enum Verdict {
    /// 阴性
    Negative,
    /// 混管阳性: somebody in the tube, and nobody knows who.
    Positive,
    /// 无效
    Invalid,
}

impl Verdict {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Positive => "positive",
            Self::Invalid => "invalid",
        }
    }

    /// As laboratories write it.
    pub fn read(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "negative" | "阴性" | "阴" | "-" | "neg" => Some(Self::Negative),
            "positive" | "阳性" | "阳" | "+" | "pos" | "混管阳性" | "初筛阳性" => {
                Some(Self::Positive)
            }
            "invalid" | "无效" | "不合格" => Some(Self::Invalid),
            _ => None,
        }
    }
}

/// One person sampled into one tube.
pub mod sample {
    use sea_orm::entity::prelude::*;

    /// One person sampled into one tube.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "samples")]
    pub struct Model {
        /// Community of the lane, or of the target.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// The round.
        pub round_id: kit::id::RoundId,
        /// The place of the lane.
        pub site_id: kit::id::PlaceId,
        /// The lane.
        pub lane: String,
        /// Code of the tube.
        pub tube: String,
        /// How many it takes; 0 for a household.
        pub capacity: i64,
        /// The resident; none for somebody who is no target.
        pub target_id: Option<kit::id::TargetId>,
        /// Name of somebody who is no target.
        pub name: String,
        /// Their telephone number, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// When.
        pub at: kit::Timestamp,
        /// When the server had it.
        pub received_at: kit::Timestamp,
        /// Who recorded it.
        pub sender: Option<kit::id::UserId>,
        /// On which shift.
        pub shift_id: Option<kit::id::ShiftId>,
    }

    alone!();
}

/// A tube, as its samples and its seal say.
pub mod tube {
    use sea_orm::entity::prelude::*;

    /// A tube, as its samples and its seal say.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tubes")]
    pub struct Model {
        /// Community of the first sample.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Code.
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        /// The round.
        pub round_id: kit::id::RoundId,
        /// The place of the lane.
        pub site_id: kit::id::PlaceId,
        /// The lane.
        pub lane: String,
        /// How many it takes; 0 for a household.
        pub capacity: i64,
        /// How many are in it.
        pub taken: i64,
        /// When the first was sampled into it, or when it was closed.
        pub at: kit::Timestamp,
        /// When it was closed; none while it is open.
        pub sealed_at: Option<kit::Timestamp>,
        /// Box in which it lies; empty for none.
        pub crate_code: String,
    }

    alone!();
}

/// A tube was closed.
pub mod seal {
    use sea_orm::entity::prelude::*;

    /// A tube was closed.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tube_seals")]
    pub struct Model {
        /// Community.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// The round.
        pub round_id: kit::id::RoundId,
        /// The place of the lane.
        pub site_id: kit::id::PlaceId,
        /// Code of the tube.
        pub tube: String,
        /// Box into which it went.
        pub crate_code: String,
        /// When.
        pub at: kit::Timestamp,
    }

    alone!();
}

/// A box of tubes went to whoever carries it away.
pub mod hand_over {
    use sea_orm::entity::prelude::*;

    /// A box of tubes went to whoever carries it away.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tube_hand_overs")]
    pub struct Model {
        /// Community.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// The place.
        pub site_id: kit::id::PlaceId,
        /// The box.
        pub crate_code: String,
        /// Tubes in it, as counted by both.
        pub tubes: i64,
        /// Who took it.
        pub carrier: String,
        /// When.
        pub at: kit::Timestamp,
        /// Who recorded it.
        pub sender: Option<kit::id::UserId>,
    }

    alone!();
}

/// What the laboratory said of a tube. No field record: it comes from a file or another program.
pub mod result {
    use sea_orm::entity::prelude::*;

    /// What the laboratory said of a tube.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tube_results")]
    pub struct Model {
        /// Community of the tube.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Code of the tube.
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        /// What it said.
        pub verdict: super::Verdict,
        /// When it was entered.
        pub at: kit::Timestamp,
        /// By whom.
        pub by: Option<kit::id::UserId>,
        /// The round of single swabs that a positive tube opened.
        pub follow_up: Option<kit::id::RoundId>,
    }

    alone!();
}

/// When a building is called to a site.
pub mod call_up {
    use sea_orm::entity::prelude::*;

    /// When a building is called to a site.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "call_ups")]
    pub struct Model {
        /// Community.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The round.
        #[sea_orm(primary_key, auto_increment = false)]
        pub round_id: kit::id::RoundId,
        /// The building's piece.
        #[sea_orm(primary_key, auto_increment = false)]
        pub piece_id: kit::id::PieceId,
        /// The place of the lanes.
        pub site_id: kit::id::PlaceId,
        /// From.
        pub from_at: kit::Timestamp,
        /// Until, not included.
        pub until_at: kit::Timestamp,
        /// Lanes with which it was reckoned.
        pub lanes: i64,
        /// Seconds a sample was thought to take.
        pub service: i64,
    }

    alone!();
}

/// A household's number in a queue.
pub mod ticket {
    use sea_orm::entity::prelude::*;

    /// A household's number in a queue.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "queue_tickets")]
    pub struct Model {
        /// The round.
        #[sea_orm(primary_key, auto_increment = false)]
        pub round_id: kit::id::RoundId,
        /// The household.
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: kit::id::HouseholdId,
        /// The place of the lanes.
        pub site_id: kit::id::PlaceId,
        /// The piece in which they live.
        pub piece_id: kit::id::PieceId,
        /// The number, from 1 at each site of a round.
        pub number: i64,
        /// When it was drawn.
        pub at: kit::Timestamp,
    }

    alone!();
}
