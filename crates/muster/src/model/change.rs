//! Tables of what changes on a shift: who cannot come, to whom the place is offered, swaps, handover notes.
kit::words! {
    /// Why a name left a shift.
    Why {
        /// Cannot come.
        Cannot = "cannot",
        /// Has fallen ill.
        Ill = "ill",
        /// Did not come.
        NoShow = "no-show",
        /// Somebody else took over.
        Swapped = "swapped",
    }
}

kit::words! {
    /// Where an offer stands.
    OfferState {
        /// Not answered.
        Open = "open",
        /// The helper has the place.
        Taken = "taken",
        /// Not this time.
        Declined = "declined",
    }
}

kit::words! {
    /// Where the wish to swap stands.
    SwapState {
        /// Not answered.
        Asked = "asked",
        /// Done.
        Agreed = "agreed",
        /// Refused.
        Declined = "declined",
        /// Taken back.
        Withdrawn = "withdrawn",
    }
}

/// A name that left a shift, with the reason.
pub mod release {
    use sea_orm::entity::prelude::*;

    /// A name that left a shift, with the reason.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "releases")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: uuid::Uuid,
        /// Shift.
        pub shift_id: kit::id::ShiftId,
        /// Who.
        pub helper_id: kit::id::HelperId,
        /// Why.
        pub why: super::Why,
        /// In words.
        pub note: String,
        /// Who said so.
        pub by: Option<kit::id::UserId>,
        /// When.
        pub at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A free place offered to a helper.
pub mod offer {
    use sea_orm::entity::prelude::*;

    /// A free place offered to a helper.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "offers")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Shift.
        #[sea_orm(primary_key, auto_increment = false)]
        pub shift_id: kit::id::ShiftId,
        /// To whom.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// Where it stands.
        pub state: super::OfferState,
        /// When it was made.
        pub made_at: kit::Timestamp,
        /// When it was answered.
        pub answered_at: Option<kit::Timestamp>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One helper asks another to take their place, with or without giving theirs.
pub mod swap {
    use sea_orm::entity::prelude::*;

    /// One helper asks another to take their place, with or without giving theirs.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "swaps")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::SwapId,
        /// The shift given away.
        pub shift_id: kit::id::ShiftId,
        /// Who asks.
        pub helper_id: kit::id::HelperId,
        /// Who is asked.
        pub other_id: kit::id::HelperId,
        /// The shift wanted in return, in the same community; none when the other shall simply take over.
        pub other_shift_id: Option<kit::id::ShiftId>,
        /// Where it stands.
        pub state: super::SwapState,
        /// A word with it.
        pub note: String,
        /// When.
        pub asked_at: kit::Timestamp,
        /// When it was answered.
        pub answered_at: Option<kit::Timestamp>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What one shift hands over to the next, in words; derived from field records.
pub mod note {
    use sea_orm::entity::prelude::*;

    /// What one shift hands over to the next, in words; derived from field records.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shift_notes")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The record.
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: kit::id::RecordId,
        /// Shift.
        pub shift_id: kit::id::ShiftId,
        /// Who wrote it.
        pub by: Option<kit::id::UserId>,
        /// Words.
        pub text: String,
        /// When.
        pub at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
