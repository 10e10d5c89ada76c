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
    utoipa::ToSchema,
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

impl PlaceKind {
    /// All kinds, from the top of the tree.
    pub const ALL: [Self; 9] = [
        Self::Province,
        Self::City,
        Self::District,
        Self::Street,
        Self::Community,
        Self::Compound,
        Self::Gate,
        Self::Building,
        Self::Unit,
    ];

    /// Those whose names everybody may know: the official ones and the communities.
    pub const PUBLIC: [Self; 5] = [
        Self::Province,
        Self::City,
        Self::District,
        Self::Street,
        Self::Community,
    ];

    /// The stable name, as in the database, in JSON and in the locale key `kind-NAME`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
            Self::District => "district",
            Self::Street => "street",
            Self::Community => "community",
            Self::Compound => "compound",
            Self::Gate => "gate",
            Self::Building => "building",
            Self::Unit => "unit",
        }
    }

    /// Whether a place of this kind may lie in one of kind `parent` (`None`: at the top).
    pub const fn lies_in(self, parent: Option<Self>) -> bool {
        use PlaceKind::{Building, City, Community, Compound, District, Gate, Province, Street, Unit};
        matches!(
            (self, parent),
            (Province, None)
                | (City, Some(Province))
                | (District, Some(City))
                | (Street, Some(District))
                | (Community, Some(Street))
                | (Compound, Some(Community))
                | (Gate, Some(Street | Community | Compound))
                | (Building, Some(Community | Compound))
                | (Unit, Some(Building))
        )
    }

    /// The kinds that may lie in one of this kind.
    pub fn inside(self) -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|kind| kind.lies_in(Some(self)))
            .collect()
    }

    /// Whether it has floors and may have a lift.
    pub const fn has_floors(self) -> bool {
        matches!(self, Self::Building | Self::Unit)
    }

    /// Whether it lies below communities: kept by hand, may be merged with a sibling.
    pub const fn below_community(self) -> bool {
        matches!(self, Self::Compound | Self::Gate | Self::Building | Self::Unit)
    }
}

impl std::fmt::Display for PlaceKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for PlaceKind {
    type Err = kit::Problem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| kit::Problem::new(kit::problem::code::MALFORMED))
    }
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
        /// Its community; for a community and above its own id, for a gate of a street the street's.
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
        /// What lists sort by: the pinyin with numbers padded, so that building 2 comes before building 10.
        pub sort_key: String,
        /// The name without differences of writing (see [`crate::plain`]), to suspect duplicates by.
        pub plain: String,
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
