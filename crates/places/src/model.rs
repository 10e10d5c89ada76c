//! Tables: places, responsibilities.
/// What a place is. The order is that of the tree, from the top.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sea_orm::EnumIter,
    sea_orm::DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// 省
    Province,
    /// 市
    City,
    /// 区县
    District,
    /// 街道、镇
    Street,
    /// 社区、居民区
    Community,
    /// 小区
    Compound,
    /// 卡点
    Gate,
    /// 楼栋
    Building,
    /// 单元
    Unit,
}

/// A node of the place tree.
pub mod place {
    use sea_orm::entity::prelude::*;

    /// A node of the place tree.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "places")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: kit::id::PlaceId,
        /// The place it lies in; none for a province.
        pub parent_id: Option<kit::id::PlaceId>,
        /// Its community; above communities its own id.
        pub community_id: kit::id::PlaceId,
        /// What it is.
        pub kind: super::PlaceKind,
        /// Official code of 2, 4, 6 or 9 digits; unique.
        pub code: Option<String>,
        /// Name.
        pub name: String,
        /// Short codes from the root to it, each ending in `/`; a subtree is a range of paths.
        pub path: String,
        /// Name in full pinyin without tones or spaces, lower case.
        pub pinyin: String,
        /// First letters of the pinyin.
        pub initials: String,
        /// Floors of a building or unit; 0 when not known.
        pub floors: i64,
        /// Whether it has a lift.
        pub lift: bool,
        /// When it was entered.
        pub created_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who answers for a place.
pub mod responsibility {
    use sea_orm::entity::prelude::*;

    /// Who answers for a place.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "responsibilities")]
    pub struct Model {
        /// Community of the place.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: kit::id::PlaceId,
        /// The place.
        #[sea_orm(primary_key, auto_increment = false)]
        pub place_id: kit::id::PlaceId,
        /// The organisation that answers, in words.
        pub unit: String,
        /// The person who answers.
        pub person: String,
        /// Telephone number, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// From which day.
        pub since: kit::Day,
        /// Who entered it.
        pub noted_by: Option<kit::id::UserId>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
