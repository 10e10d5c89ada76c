//! Tables: weekly lines, absences, wishes of helpers.

kit::id!(/** A weekly line or an absence of a helper. */ TimesId);

/// A line of a helper's week.
pub mod week {
    use sea_orm::entity::prelude::*;

    /// A line of a helper's week: on these days, in these hours, they can come. Who has no line can come at
    /// any time.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "helper_weeks")]
    pub struct Model {
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: super::TimesId,
        /// ISO weekdays, `1234567` for all.
        pub weekdays: String,
        /// Beginning, `18:00`.
        pub from_time: String,
        /// End; not later than the beginning means on the next day.
        pub to_time: String,
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

/// A time at which a helper cannot come.
pub mod absence {
    use sea_orm::entity::prelude::*;

    /// A time at which a helper cannot come, whatever their week says.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "absences")]
    pub struct Model {
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: super::TimesId,
        /// Beginning.
        pub from_at: kit::Timestamp,
        /// End.
        pub until_at: kit::Timestamp,
        /// Why, in words; may be empty.
        pub reason: String,
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

/// What a helper gives and wants.
pub mod wishes {
    use sea_orm::entity::prelude::*;

    /// What a helper gives and wants; who has no row gives what the rules allow and wants offers.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "helper_wishes")]
    pub struct Model {
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub helper_id: kit::id::HelperId,
        /// The most minutes a week, when less than the rules allow.
        pub week_minutes: Option<i64>,
        /// Wants to be offered free places.
        pub offers: bool,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
