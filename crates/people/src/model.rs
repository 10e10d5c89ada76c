//! Tables: organisations, helpers, households, residents.
/// An organisation that sends people.
pub mod org {
    use sea_orm::entity::prelude::*;

    /// An organisation that sends people; a tree by parent.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "orgs")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::OrgId,
        /// The organisation it belongs to.
        pub parent_id: Option<kit::id::OrgId>,
        /// Name, unique.
        pub name: String,
        /// Chain of steps from the top organisation to it.
        pub path: String,
        /// Full pinyin.
        pub pinyin: String,
        /// First letters of the pinyin.
        pub initials: String,
        /// Whom to call.
        pub contact: String,
        /// Telephone number of the contact, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// When it was entered.
        pub created_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A member of an organisation, or a resident, who does work.
pub mod helper {
    use sea_orm::entity::prelude::*;

    /// A member of an organisation, or a resident, who does work.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "helpers")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::HelperId,
        /// Organisation; none for a resident who helps where they live.
        pub org_id: Option<kit::id::OrgId>,
        /// Name.
        pub name: String,
        /// Full pinyin.
        pub pinyin: String,
        /// First letters of the pinyin.
        pub initials: String,
        /// Phone number, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// Keyed index of the phone number.
        pub phone_index: Option<Vec<u8>>,
        /// Identity number, encrypted.
        pub identity_sealed: Option<Vec<u8>>,
        /// Keyed index of the identity number.
        pub identity_index: Option<Vec<u8>>,
        /// Rank, e.g. `处级`; empty when none.
        pub rank: String,
        /// An official on duty (true) or a volunteer.
        pub official: bool,
        /// Codes of skills, each in commas: `,medical,driver,`; empty when none.
        pub skills: String,
        /// Last day of accident cover.
        pub cover_until: Option<kit::Day>,
        /// Community in which they live.
        pub home_id: Option<kit::id::PlaceId>,
        /// The resident they are.
        pub resident_id: Option<kit::id::ResidentId>,
        /// Still helps.
        pub active: bool,
        /// When entered.
        pub created_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A household: the flat and who lives in it.
pub mod household {
    use sea_orm::entity::prelude::*;

    /// A household: the flat and who lives in it.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "households")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::HouseholdId,
        /// Unit (or building, compound) it lies in.
        pub place_id: kit::id::PlaceId,
        /// Path of that place.
        pub place_path: String,
        /// Number of the flat, e.g. `502`.
        pub label: String,
        /// Floor; 0 when not known.
        pub floor: i64,
        /// Nobody in it can shop online.
        pub cannot_shop: bool,
        /// Special needs, in words.
        pub needs: String,
        /// When entered.
        pub created_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A resident.
pub mod resident {
    use sea_orm::entity::prelude::*;

    /// A resident.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "residents")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::ResidentId,
        /// Household.
        pub household_id: kit::id::HouseholdId,
        /// Name.
        pub name: String,
        /// Full pinyin.
        pub pinyin: String,
        /// First letters of the pinyin.
        pub initials: String,
        /// Phone number, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// Keyed index of the phone number.
        pub phone_index: Option<Vec<u8>>,
        /// Identity number, encrypted.
        pub identity_sealed: Option<Vec<u8>>,
        /// Keyed index of the identity number.
        pub identity_index: Option<Vec<u8>>,
        /// Language other than Chinese, in words; empty when none.
        pub language: String,
        /// Lives alone.
        pub lives_alone: bool,
        /// Cannot shop online.
        pub cannot_shop: bool,
        /// Special needs, in words.
        pub needs: String,
        /// When entered.
        pub created_at: kit::Timestamp,
        /// Year of birth; 0 when not known.
        pub born: i64,
        /// Doses of vaccine; -1 when not known.
        pub doses: i64,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A business: an office, a shop, a supermarket.
pub mod business {
    use sea_orm::entity::prelude::*;

    /// A business: an office, a shop, a supermarket. What stands in a place and is visited as a whole.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "businesses")]
    pub struct Model {
        /// Community of the place (or the place itself above communities).
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::BusinessId,
        /// The unit, building, compound or community it lies in.
        pub place_id: kit::id::PlaceId,
        /// Path of that place.
        pub place_path: String,
        /// Name.
        pub name: String,
        /// Full pinyin.
        pub pinyin: String,
        /// First letters of the pinyin.
        pub initials: String,
        /// What it is.
        pub kind: crate::business::BusinessKind,
        /// Room or shop number.
        pub label: String,
        /// Floor; 0 when not known.
        pub floor: i64,
        /// Who answers for it there.
        pub contact: String,
        /// Telephone number of the contact, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// Keyed index of the number.
        pub phone_index: Option<Vec<u8>>,
        /// People who work there; -1 when not known.
        pub workers: i64,
        /// Of them, people who came back from elsewhere; -1 when not known.
        pub returning: i64,
        /// Still there.
        pub active: bool,
        /// When entered.
        pub created_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Something that is known of a household, resident, business or unit.
pub mod known_fact {
    use sea_orm::entity::prelude::*;

    /// Something that is known of a household, resident, business or unit; see [`crate::known`].
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "known_facts")]
    pub struct Model {
        /// Community.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Whom it is known of: id of the household, resident, business or unit.
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject_id: kit::id::TargetId,
        /// Its name: that of the question which asked for it.
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        /// The answer, JSON, encrypted.
        pub value_sealed: Vec<u8>,
        /// When it was said.
        pub at: kit::Timestamp,
        /// The record that said it; none when staff entered it on a page.
        pub record_id: Option<kit::id::RecordId>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A message to a helper, waiting for the channels that carry it.
pub mod message {
    use sea_orm::entity::prelude::*;

    /// A message to a helper. Its words are made when it is read, in the reader's language.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "messages")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::MessageId,
        /// To whom.
        pub helper_id: kit::id::HelperId,
        /// Key of the sentence.
        pub key: String,
        /// What the sentence names, as a JSON object of texts.
        pub args: String,
        /// Where it leads.
        pub href: String,
        /// When it was written.
        pub created_at: kit::Timestamp,
        /// Not to be told before.
        pub due_at: kit::Timestamp,
        /// Of no use after.
        pub expires_at: kit::Timestamp,
        /// When the helper said that they have read it.
        pub read_at: Option<kit::Timestamp>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a gate must know of a resident.
pub mod standing {
    use sea_orm::entity::prelude::*;

    /// What a gate must know of a resident who is not simply free; see [`crate::standing`].
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "standings")]
    pub struct Model {
        /// Community in which they live.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub resident_id: kit::id::ResidentId,
        /// Confined from; none when not confined.
        pub confined_from: Option<kit::Timestamp>,
        /// Until, not included; none: until it is lifted.
        pub confined_until: Option<kit::Timestamp>,
        /// Why.
        pub confined_why: String,
        /// May go out from; none without a permit.
        pub permit_from: Option<kit::Timestamp>,
        /// Until, not included.
        pub permit_until: Option<kit::Timestamp>,
        /// Why.
        pub permit_why: String,
        /// Last change.
        pub updated_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
