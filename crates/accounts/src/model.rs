//! Tables: users, grants, sessions, tokens, one-time links, audit.

/// Somebody who signs in.
pub mod user {
    use kit::id::{HelperId, UserId};
    use sea_orm::entity::prelude::*;

    /// A user.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: UserId,
        /// Name, as shown and as typed to sign in.
        pub name: String,
        /// Name in lower case, unique.
        #[sea_orm(unique)]
        pub name_key: String,
        /// Telephone number, encrypted.
        pub phone_sealed: Option<Vec<u8>>,
        /// Keyed index of the telephone number, unique.
        #[sea_orm(unique)]
        pub phone_index: Option<Vec<u8>>,
        /// Argon2id hash; none until the user has chosen a password.
        pub password: Option<String>,
        /// The helper this user is.
        pub helper_id: Option<HelperId>,
        /// May not sign in any more.
        pub disabled: bool,
        /// When it was made.
        pub created_at: kit::Timestamp,
    }

    /// No relations: joins are written where they are needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A role held by a user at a place and all below it.
pub mod grant {
    use kit::id::{OrgId, PlaceId, UserId};
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    /// A grant.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "grants")]
    pub struct Model {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Who.
        pub user_id: UserId,
        /// What.
        pub role: kit::Role,
        /// Where; none for the whole deployment.
        pub place_id: Option<PlaceId>,
        /// Path of that place; empty for the whole deployment.
        pub place_path: String,
        /// For a coordinator or team leader: of which organisation.
        pub org_id: Option<OrgId>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A signed-in browser, an API token or a one-time link: all are bearer secrets, kept as hashes.
pub mod ticket {
    use kit::id::UserId;
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    /// What a ticket is for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text")]
    pub enum Kind {
        /// A browser's session.
        #[sea_orm(string_value = "session")]
        Session,
        /// A program's token.
        #[sea_orm(string_value = "token")]
        Token,
        /// A link that works once: the first administrator, a new user, a forgotten password.
        #[sea_orm(string_value = "link")]
        Link,
    }

    /// A ticket.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tickets")]
    pub struct Model {
        /// SHA-256 of the secret.
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
        /// Id, for lists.
        pub id: Uuid,
        /// What for.
        pub kind: Kind,
        /// Whose.
        pub user_id: UserId,
        /// A token's name; a session's browser.
        pub label: String,
        /// When it was made.
        pub created_at: kit::Timestamp,
        /// When it ends.
        pub expires_at: kit::Timestamp,
        /// Reaches these shifts (joined by commas) and nothing else: whoever holds it came in by an invitation's code.
        pub shifts: Option<String>,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who did what, when, from where.
pub mod audit {
    use kit::id::{PlaceId, UserId};
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    /// An entry of the audit trail; never changed, never removed by the product.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        /// Place it concerns, nil when none.
        #[sea_orm(primary_key, auto_increment = false)]
        pub community_id: PlaceId,
        /// Id; sorts by time.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// When.
        pub at: kit::Timestamp,
        /// Who; none for the command line.
        pub user_id: Option<UserId>,
        /// Who, in words, as it was then.
        pub user_name: String,
        /// What was done: a stable word such as `call.create`, with a sentence `audit-call-create`.
        pub action: String,
        /// To what: its id or name. Never a telephone or identity number.
        pub subject: String,
        /// From where: network address, or `command line`.
        pub address: String,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
