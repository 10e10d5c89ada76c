//! Migrations.

use sea_orm::ConnectionTrait;
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, boolean, text, uuid, uuid_null},
};

struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "gates_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        rules_and_passes(m).await?;
        passages(m).await?;
        returnees_and_parcels(m).await?;
        notes(m).await?;
        store::migrate::indexes(m, INDEXES).await?;
        for (name, table, columns, condition) in PARTIAL {
            m.get_connection()
                .execute_unprepared(&format!(
                    "CREATE INDEX {name} ON {table} ({columns}) WHERE {condition}"
                ))
                .await?;
        }
        Ok(())
    }
}

async fn rules_and_passes(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        Table::create()
            .table("gate_rules")
            .col(uuid("id").primary_key())
            .col(uuid("community_id"))
            .col(uuid("place_id"))
            .col(store::migrate::word(m, "place_path"))
            .col(text("order_no"))
            .col(big_integer("from_at"))
            .col(big_integer_null("until_at"))
            .col(text("rule"))
            .col(uuid_null("by"))
            .col(big_integer("at"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("pass_keys")
            .col(uuid("id").primary_key())
            .col(binary("kid"))
            .col(binary("public"))
            .col(binary("secret_sealed"))
            .col(big_integer("created_at"))
            .col(big_integer_null("retired_at"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("passes")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(text("kind"))
            .col(store::migrate::word(m, "number"))
            .col(uuid_null("resident_id"))
            .col(uuid_null("household_id"))
            .col(store::migrate::word(m, "name"))
            .col(store::migrate::word(m, "pinyin"))
            .col(store::migrate::word(m, "initials"))
            .col(store::migrate::word(m, "plate"))
            .col(binary_null("phone_sealed"))
            .col(text("purpose"))
            .col(big_integer("from_at"))
            .col(big_integer("until_at"))
            .col(text("state"))
            .col(text("why"))
            .col(uuid_null("replaced_by"))
            .col(binary("secret_hash"))
            .col(binary("secret_sealed"))
            .col(big_integer("issued_at"))
            .col(uuid_null("issued_by"))
            .col(big_integer("updated_at"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await?;
    m.create_index(
        Index::create()
            .name("passes_number")
            .table("passes")
            .col("community_id")
            .col("number")
            .unique()
            .to_owned(),
    )
    .await
}

async fn passages(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        Table::create()
            .table("passages")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("gate_id"))
            .col(big_integer("at"))
            .col(big_integer("received_at"))
            .col(boolean("inward"))
            .col(boolean("go"))
            .col(text("reason"))
            .col(text("despite"))
            .col(text("found_by"))
            .col(uuid_null("resident_id"))
            .col(uuid_null("household_id"))
            .col(uuid_null("pass_id"))
            .col(uuid_null("visit_id"))
            .col(boolean("outsider"))
            .col(store::migrate::word(m, "name"))
            .col(binary_null("phone_sealed"))
            .col(binary_null("phone_index"))
            .col(text("visiting"))
            .col(text("origin"))
            .col(store::migrate::word(m, "plate"))
            .col(big_integer("companions"))
            .col(big_integer_null("temperature"))
            .col(boolean("hot"))
            .col(text("health"))
            .col(text("travel"))
            .col(text("mask"))
            .col(text("boot"))
            .col(uuid_null("shift_id"))
            .col(uuid_null("sender"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await
}

async fn returnees_and_parcels(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        Table::create()
            .table("returnees")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("gate_id"))
            .col(big_integer("at"))
            .col(text("day"))
            .col(text("name"))
            .col(binary_null("phone_sealed"))
            .col(binary_null("phone_index"))
            .col(binary_null("identity_sealed"))
            .col(text("origin"))
            .col(text("arrived"))
            .col(text("staying"))
            .col(uuid_null("household_id"))
            .col(uuid_null("resident_id"))
            .col(text("health"))
            .col(text("travel"))
            .col(big_integer_null("temperature"))
            .col(uuid_null("sender"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("parcels")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("gate_id"))
            .col(big_integer("at"))
            .col(text("code"))
            .col(uuid_null("household_id"))
            .col(text("flat"))
            .col(text("name"))
            .col(boolean("heavy"))
            .col(boolean("carry"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("parcel_outs")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("parcel_id"))
            .col(big_integer("at"))
            .col(boolean("carried"))
            .col(uuid_null("sender"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await
}

async fn notes(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        Table::create()
            .table("gate_alarm_notes")
            .col(uuid("community_id"))
            .col(uuid("record_id"))
            .col(text("note"))
            .col(uuid_null("by"))
            .col(big_integer("at"))
            .primary_key(Index::create().col("community_id").col("record_id"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("parcel_tellings")
            .col(uuid("community_id"))
            .col(uuid("parcel_id"))
            .col(big_integer("at"))
            .primary_key(Index::create().col("community_id").col("parcel_id"))
            .to_owned(),
    )
    .await
}

const INDEXES: &[(&str, &str, &[&str])] = &[
    ("gate_rules_path", "gate_rules", &["place_path", "from_at"]),
    ("passes_id", "passes", &["id"]),
    ("passes_pinyin", "passes", &["community_id", "pinyin", "id"]),
    ("passes_all_pinyin", "passes", &["pinyin", "id"]),
    ("passes_updated", "passes", &["updated_at"]),
    ("passes_secret", "passes", &["secret_hash"]),
    ("passages_id", "passages", &["id"]),
    ("passages_at", "passages", &["at", "id"]),
    ("passages_community", "passages", &["community_id", "at", "id"]),
    ("passages_gate", "passages", &["gate_id", "at", "id"]),
    ("returnees_id", "returnees", &["id"]),
    ("returnees_at", "returnees", &["at", "id"]),
    ("returnees_community", "returnees", &["community_id", "at", "id"]),
    ("parcels_id", "parcels", &["id"]),
    ("parcels_at", "parcels", &["at", "id"]),
    ("parcels_community", "parcels", &["community_id", "at", "id"]),
    ("parcels_gate", "parcels", &["gate_id", "at"]),
    (
        "parcel_outs_parcel",
        "parcel_outs",
        &["community_id", "parcel_id"],
    ),
];

/// What is looked for is rare, so its own index is small: name, table, columns, of which rows. The conditions are
/// written exactly as the queries write them; otherwise no engine would use them.
const PARTIAL: &[(&str, &str, &str, &str)] = &[
    (
        "passes_resident",
        "passes",
        "resident_id",
        "resident_id IS NOT NULL",
    ),
    (
        "passes_household",
        "passes",
        "household_id",
        "household_id IS NOT NULL",
    ),
    ("passes_plate", "passes", "plate", "plate <> ''"),
    (
        "passages_household",
        "passages",
        "community_id, household_id, at",
        "household_id IS NOT NULL",
    ),
    (
        "passages_resident",
        "passages",
        "resident_id, at",
        "resident_id IS NOT NULL",
    ),
    ("passages_pass", "passages", "pass_id, at", "pass_id IS NOT NULL"),
    (
        "passages_visit",
        "passages",
        "community_id, visit_id",
        "visit_id IS NOT NULL",
    ),
    ("passages_name", "passages", "name", "outsider"),
    (
        "passages_phone",
        "passages",
        "phone_index",
        "phone_index IS NOT NULL",
    ),
    ("passages_plate", "passages", "plate", "plate <> ''"),
    ("passages_hot", "passages", "at, id", "hot"),
    (
        "passages_community_hot",
        "passages",
        "community_id, at, id",
        "hot",
    ),
    ("passages_stopped", "passages", "at, id", "NOT go"),
    (
        "passages_community_stopped",
        "passages",
        "community_id, at, id",
        "NOT go",
    ),
    (
        "passages_outside",
        "passages",
        "community_id, at, id",
        "outsider AND inward AND go",
    ),
];

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(First)]
}
