//! Migrations of this room.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, boolean, text, text_null, uuid, uuid_null},
};

struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "people_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("orgs")
                .col(uuid("id").primary_key())
                .col(uuid_null("parent_id"))
                .col(store::migrate::word(m, "name").unique_key())
                .col(store::migrate::word(m, "path").unique_key())
                .col(store::migrate::word(m, "pinyin"))
                .col(store::migrate::word(m, "initials"))
                .col(text("contact"))
                .col(binary_null("phone_sealed"))
                .col(big_integer("created_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("helpers")
                .col(uuid("id").primary_key())
                .col(uuid_null("org_id"))
                .col(store::migrate::word(m, "name"))
                .col(store::migrate::word(m, "pinyin"))
                .col(store::migrate::word(m, "initials"))
                .col(binary_null("phone_sealed"))
                .col(binary_null("phone_index"))
                .col(binary_null("identity_sealed"))
                .col(binary_null("identity_index"))
                .col(text("rank"))
                .col(boolean("official"))
                .col(text("skills"))
                .col(text_null("cover_until"))
                .col(uuid_null("home_id"))
                .col(uuid_null("resident_id"))
                .col(boolean("active"))
                .col(big_integer("created_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("households")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("place_id"))
                .col(store::migrate::word(m, "place_path"))
                .col(store::migrate::word(m, "label"))
                .col(big_integer("floor"))
                .col(boolean("cannot_shop"))
                .col(text("needs"))
                .col(big_integer("created_at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("residents")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("household_id"))
                .col(store::migrate::word(m, "name"))
                .col(store::migrate::word(m, "pinyin"))
                .col(store::migrate::word(m, "initials"))
                .col(binary_null("phone_sealed"))
                .col(binary_null("phone_index"))
                .col(binary_null("identity_sealed"))
                .col(binary_null("identity_index"))
                .col(text("language"))
                .col(boolean("lives_alone"))
                .col(boolean("cannot_shop"))
                .col(text("needs"))
                .col(big_integer("created_at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(m, INDEXES).await?;
        for (name, columns, only) in PARTIAL {
            m.get_connection()
                .execute_unprepared(&format!(
                    "CREATE INDEX {name} ON residents ({columns}) WHERE {only}"
                ))
                .await?;
        }
        Ok(())
    }
}

/// Lists are sorted by pinyin (the order in which Chinese names are looked up) and searched by name,
/// pinyin or initials; each of the three has its index, for one community and for all.
const INDEXES: &[(&str, &str, &[&str])] = &[
    ("orgs_pinyin", "orgs", &["pinyin", "id"]),
    ("orgs_initials", "orgs", &["initials", "id"]),
    ("orgs_parent", "orgs", &["parent_id"]),
    ("helpers_org", "helpers", &["org_id", "pinyin", "id"]),
    ("helpers_name", "helpers", &["name", "id"]),
    ("helpers_pinyin", "helpers", &["pinyin", "id"]),
    ("helpers_initials", "helpers", &["initials", "id"]),
    // Filters of the list, which may find few or nobody.
    ("helpers_active", "helpers", &["active", "pinyin", "id"]),
    ("helpers_official", "helpers", &["official", "pinyin", "id"]),
    ("helpers_phone", "helpers", &["phone_index"]),
    ("helpers_identity", "helpers", &["identity_index"]),
    ("helpers_home", "helpers", &["home_id"]),
    ("helpers_resident", "helpers", &["resident_id"]),
    ("households_id", "households", &["id"]),
    (
        "households_place",
        "households",
        &["community_id", "place_id", "label"],
    ),
    ("households_path", "households", &["place_path", "label", "id"]),
    ("residents_id", "residents", &["id"]),
    (
        "residents_household",
        "residents",
        &["community_id", "household_id"],
    ),
    ("residents_name", "residents", &["community_id", "name", "id"]),
    ("residents_pinyin", "residents", &["community_id", "pinyin", "id"]),
    (
        "residents_initials",
        "residents",
        &["community_id", "initials", "id"],
    ),
    ("residents_all_name", "residents", &["name", "id"]),
    ("residents_all_pinyin", "residents", &["pinyin", "id"]),
    ("residents_all_initials", "residents", &["initials", "id"]),
    ("residents_phone", "residents", &["phone_index", "community_id"]),
    (
        "residents_identity",
        "residents",
        &["identity_index", "community_id"],
    ),
];

/// Those whom a filter looks for are few, so their own indexes are small: name, columns, of which rows.
/// The conditions are written exactly as the filters write them; otherwise no engine would use them.
const PARTIAL: &[(&str, &str, &str)] = &[
    ("residents_alone", "community_id, pinyin, id", "lives_alone"),
    ("residents_all_alone", "pinyin, id", "lives_alone"),
    ("residents_shop", "community_id, pinyin, id", "cannot_shop"),
    ("residents_all_shop", "pinyin, id", "cannot_shop"),
    ("residents_needs", "community_id, pinyin, id", "needs <> ''"),
    ("residents_all_needs", "pinyin, id", "needs <> ''"),
];

/// Messages to helpers, and which channel has carried which.
struct Messages;

impl MigrationName for Messages {
    fn name(&self) -> &'static str {
        "people_0002"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Messages {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("messages")
                .col(uuid("id").primary_key())
                .col(uuid("helper_id"))
                .col(text("key"))
                .col(text("args"))
                .col(text("href"))
                .col(big_integer("created_at"))
                .col(big_integer("due_at"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("read_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("message_deliveries")
                .col(text("channel"))
                .col(uuid("message_id"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("channel").col("message_id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("messages_helper", "messages", &["helper_id", "due_at", "id"]),
                ("messages_due", "messages", &["due_at", "id"]),
            ],
        )
        .await
    }
}

/// What gates must know of residents.
struct Standings;

impl MigrationName for Standings {
    fn name(&self) -> &'static str {
        "people_0003"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Standings {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("standings")
                .col(uuid("community_id"))
                .col(uuid("resident_id"))
                .col(big_integer_null("confined_from"))
                .col(big_integer_null("confined_until"))
                .col(text("confined_why"))
                .col(big_integer_null("permit_from"))
                .col(big_integer_null("permit_until"))
                .col(text("permit_why"))
                .col(big_integer("updated_at"))
                .primary_key(Index::create().col("community_id").col("resident_id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("standings_resident", "standings", &["resident_id"]),
                ("standings_updated", "standings", &["updated_at"]),
            ],
        )
        .await
    }
}

/// Year of birth and doses of vaccine, businesses, and what is known of whom.
struct Known;

impl MigrationName for Known {
    fn name(&self) -> &'static str {
        "people_0004"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Known {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            "born BIGINT NOT NULL DEFAULT 0",
            "doses BIGINT NOT NULL DEFAULT -1",
        ] {
            m.get_connection()
                .execute_unprepared(&format!("ALTER TABLE residents ADD COLUMN {column}"))
                .await?;
        }
        m.create_table(
            Table::create()
                .table("businesses")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("place_id"))
                .col(store::migrate::word(m, "place_path"))
                .col(store::migrate::word(m, "name"))
                .col(store::migrate::word(m, "pinyin"))
                .col(store::migrate::word(m, "initials"))
                .col(text("kind"))
                .col(text("label"))
                .col(big_integer("floor"))
                .col(text("contact"))
                .col(binary_null("phone_sealed"))
                .col(binary_null("phone_index"))
                .col(big_integer("workers"))
                .col(big_integer("returning"))
                .col(boolean("active"))
                .col(big_integer("created_at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("known_facts")
                .col(uuid("community_id"))
                .col(uuid("subject_id"))
                .col(text("name"))
                .col(binary("value_sealed"))
                .col(big_integer("at"))
                .col(uuid_null("record_id"))
                .primary_key(Index::create().col("community_id").col("subject_id").col("name"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("businesses_id", "businesses", &["id"]),
                ("businesses_path", "businesses", &["place_path", "id"]),
                ("businesses_name", "businesses", &["name", "id"]),
                ("businesses_pinyin", "businesses", &["pinyin", "id"]),
                ("businesses_initials", "businesses", &["initials", "id"]),
                ("businesses_phone", "businesses", &["phone_index"]),
                ("known_facts_record", "known_facts", &["record_id"]),
            ],
        )
        .await
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(First),
        Box::new(Messages),
        Box::new(Standings),
        Box::new(Known),
    ]
}
