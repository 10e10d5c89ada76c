//! Tables: rounds, their pieces, their targets, what was recorded at them, and the hours in which they were finished.

macro_rules! alone {
    () => {
        /// None.
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    };
}

/// A round.
pub mod round {
    use sea_orm::entity::prelude::*;

    /// A round.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "rounds")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RoundId,
        /// Community of the place (or the place itself above communities).
        pub community_id: kit::id::PlaceId,
        /// Where.
        pub place_id: kit::id::PlaceId,
        /// Path of that place.
        pub place_path: String,
        /// Name.
        pub name: String,
        /// What is done.
        pub kind: crate::kind::RoundKind,
        /// What is reached.
        pub reach: crate::kind::Reach,
        /// Which of them.
        pub which: crate::kind::Only,
        /// Only those entered from this day on.
        pub since: Option<kit::Day>,
        /// Names of the outcomes that are final, each in commas: `,done,moved,`.
        pub finals: String,
        /// Hours after which a target without a final outcome is to be tried again.
        pub again_hours: i64,
        /// Minutes after which a claim nobody works on ends.
        pub hold_minutes: i64,
        /// To be done by.
        pub deadline_at: kit::Timestamp,
        /// When it was opened: its targets are those of that moment.
        pub opened_at: kit::Timestamp,
        /// By whom.
        pub opened_by: Option<kit::id::UserId>,
        /// Until when those who moved in later have been taken in.
        pub synced_at: kit::Timestamp,
        /// When it was closed.
        pub closed_at: Option<kit::Timestamp>,
        /// What is asked; none: nothing but the outcome.
        pub form_id: Option<kit::id::FormId>,
        /// The version of it: answers keep the version they were given to.
        pub form_version: Option<i64>,
        /// The first round of its series; its own id where it is the first.
        pub series_id: kit::id::RoundId,
        /// Its place in the series, from 1.
        pub number: i64,
        /// Hours after which the next one opens; 0 for once only.
        pub repeat_hours: i64,
    }

    impl Model {
        /// Whether an outcome is final on this round.
        pub fn ends(&self, outcome: crate::kind::Outcome) -> bool {
            self.finals.contains(&format!(",{},", outcome.name()))
        }
    }

    alone!();
}

/// A place to which a round is limited.
pub mod part {
    use sea_orm::entity::prelude::*;

    /// A building, compound or community to which a round is limited; a round without any is for all of its place.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round_parts")]
    pub struct Model {
        /// Key; a place may stand twice after places were merged.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: uuid::Uuid,
        /// The round.
        pub round_id: kit::id::RoundId,
        /// The place.
        pub place_id: kit::id::PlaceId,
        /// Path of that place.
        pub place_path: String,
    }

    alone!();
}

/// A version of a form.
pub mod form {
    use sea_orm::entity::prelude::*;

    /// A version of a form.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round_forms")]
    pub struct Model {
        /// Id; the same for all its versions.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::FormId,
        /// Version, from 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        /// Name.
        pub name: String,
        /// The questions, JSON of [`crate::form::Form`].
        pub questions: String,
        /// Who made this version.
        pub by: Option<kit::id::UserId>,
        /// When.
        pub at: kit::Timestamp,
    }

    alone!();
}

/// A piece of a round: what one team takes at a time.
pub mod piece {
    use sea_orm::entity::prelude::*;

    /// A piece of a round: what one team takes at a time.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round_pieces")]
    pub struct Model {
        /// Community of the place.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::PieceId,
        /// The round.
        pub round_id: kit::id::RoundId,
        /// The building, or what the households without one lie in.
        pub place_id: kit::id::PlaceId,
        /// Path of that place.
        pub place_path: String,
        /// Compound and building.
        pub name: String,
        /// What lists sort by.
        pub sort_key: String,
        /// Floors; 0 when not known.
        pub floors: i64,
        /// Whether it has a lift.
        pub lift: bool,
        /// Minutes it takes.
        pub effort: i64,
        /// The team it falls to when the work is split, from 1; 0 for none.
        pub team: i64,
        /// Targets that count.
        pub targets: i64,
        /// Those with a final outcome.
        pub finals: i64,
        /// Those at which somebody has been.
        pub tried: i64,
        /// Who holds it.
        pub holder: Option<kit::id::UserId>,
        /// Until when, unless something is recorded.
        pub held_until: Option<kit::Timestamp>,
    }

    alone!();
}

/// What a round must reach.
pub mod target {
    use sea_orm::entity::prelude::*;

    /// What a round must reach.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round_targets")]
    pub struct Model {
        /// Community.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The round.
        #[sea_orm(primary_key, auto_increment = false)]
        pub round_id: kit::id::RoundId,
        /// Id of the household, resident, building unit or business.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::TargetId,
        /// Its piece.
        pub piece_id: kit::id::PieceId,
        /// The household; none for a building unit and a business.
        pub household_id: Option<kit::id::HouseholdId>,
        /// Staircase, in words; empty when there is none.
        pub unit: String,
        /// Floor; 0 when not known.
        pub floor: i64,
        /// Number of the flat.
        pub label: String,
        /// Name of a resident or business.
        pub name: String,
        /// When it became a target: at the opening, or later when somebody moved in.
        pub added_at: kit::Timestamp,
        /// The outcome that counts; empty while nobody has been there.
        pub outcome: String,
        /// Whether it is final.
        pub last: bool,
        /// Whether two final outcomes say different things.
        pub contradicts: bool,
        /// Times somebody was there.
        pub tries: i64,
        /// When the outcome that counts happened.
        pub at: Option<kit::Timestamp>,
        /// The record that says so.
        pub record_id: Option<kit::id::RecordId>,
    }

    alone!();
}

/// What was recorded at a target.
pub mod outcome {
    use sea_orm::entity::prelude::*;

    /// What was recorded at a target.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round_outcomes")]
    pub struct Model {
        /// Community.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::RecordId,
        /// The round.
        pub round_id: kit::id::RoundId,
        /// The piece.
        pub piece_id: kit::id::PieceId,
        /// The target.
        pub target_id: kit::id::TargetId,
        /// What happened.
        pub outcome: crate::kind::Outcome,
        /// What is needed; empty for nothing.
        pub need: String,
        /// A note, encrypted.
        pub note_sealed: Option<Vec<u8>>,
        /// The answers, JSON, encrypted.
        pub answers_sealed: Option<Vec<u8>>,
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

/// How many targets got their final outcome in an hour.
pub mod hour {
    use sea_orm::entity::prelude::*;

    /// How many targets got their final outcome in an hour.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round_hours")]
    pub struct Model {
        /// Community.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The round.
        #[sea_orm(primary_key, auto_increment = false)]
        pub round_id: kit::id::RoundId,
        /// Beginning of the hour.
        #[sea_orm(primary_key, auto_increment = false)]
        pub hour: kit::Timestamp,
        /// Targets.
        pub finals: i64,
    }

    alone!();
}
