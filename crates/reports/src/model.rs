//! Tables: certificates of hours.

kit::id!(/** A certificate of hours. */ CertificateId);

/// Certificates of hours.
pub mod certificate {
    use sea_orm::entity::prelude::*;

    /// A certificate of hours. What it says of its holder is written down as it was when it was announced.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificates")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: super::CertificateId,
        /// Serial, unique; without strokes.
        pub serial: String,
        /// Whose hours.
        pub helper_id: kit::id::HelperId,
        /// Organisation of the helper then; none for a resident.
        pub org_id: Option<kit::id::OrgId>,
        /// Name as it was.
        pub name: String,
        /// Full pinyin of the name.
        pub pinyin: String,
        /// Ledger as it was.
        pub ledger: crate::hours::Ledger,
        /// What the number is: `identity`, `phone` or `none`.
        pub number_kind: String,
        /// Last four of the identity number, or the masked telephone number; never on public pages.
        pub number: String,
        /// First day.
        pub first_day: kit::Day,
        /// Last day, included.
        pub last_day: kit::Day,
        /// Hours, in tenths.
        pub tenths: i64,
        /// Attendances.
        pub times: i64,
        /// Lines of what was done, as JSON.
        pub content: String,
        /// Who certifies, in words.
        pub issuer: String,
        /// Who to turn to with an objection, in words.
        pub contact: String,
        /// Name of the user who handles it.
        pub handler: String,
        /// Place whose hours are certified; none for the whole deployment.
        pub place_id: Option<kit::id::PlaceId>,
        /// Its path; empty for the whole deployment.
        pub place_path: String,
        /// Where it stands.
        pub state: crate::certificate::state::State,
        /// First public day.
        pub announced_on: kit::Day,
        /// How many days it is public before it may be issued.
        pub public_days: i64,
        /// First day on which it may be issued.
        pub ripe_on: kit::Day,
        /// When it was issued.
        pub issued_at: Option<kit::Timestamp>,
        /// When it was withdrawn.
        pub withdrawn_at: Option<kit::Timestamp>,
        /// Why it was withdrawn; empty when it was not.
        pub reason: String,
        /// Who made it.
        pub created_by: Option<kit::id::UserId>,
        /// When it was made.
        pub created_at: kit::Timestamp,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
