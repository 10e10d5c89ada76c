//! Migrations.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary_null, text, uuid, uuid_null},
};

struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "sampling_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        samples(m).await?;
        tubes(m).await?;
        store::migrate::indexes(m, INDEXES).await
    }
}

async fn samples(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        Table::create()
            .table("samples")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("round_id"))
            .col(uuid("site_id"))
            .col(text("lane"))
            .col(store::migrate::word(m, "tube"))
            .col(big_integer("capacity"))
            .col(uuid_null("target_id"))
            .col(text("name"))
            .col(binary_null("phone_sealed"))
            .col(big_integer("at"))
            .col(big_integer("received_at"))
            .col(uuid_null("sender"))
            .col(uuid_null("shift_id"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("tube_seals")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("round_id"))
            .col(uuid("site_id"))
            .col(store::migrate::word(m, "tube"))
            .col(text("crate_code"))
            .col(big_integer("at"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("tube_hand_overs")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("site_id"))
            .col(text("crate_code"))
            .col(big_integer("tubes"))
            .col(text("carrier"))
            .col(big_integer("at"))
            .col(uuid_null("sender"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await
}

async fn tubes(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        Table::create()
            .table("tubes")
            .col(uuid("community_id"))
            .col(store::migrate::word(m, "code"))
            .col(uuid("round_id"))
            .col(uuid("site_id"))
            .col(text("lane"))
            .col(big_integer("capacity"))
            .col(big_integer("taken"))
            .col(big_integer("at"))
            .col(big_integer_null("sealed_at"))
            .col(text("crate_code"))
            .primary_key(Index::create().col("community_id").col("code"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("tube_results")
            .col(uuid("community_id"))
            .col(store::migrate::word(m, "code"))
            .col(text("verdict"))
            .col(big_integer("at"))
            .col(uuid_null("by"))
            .col(uuid_null("follow_up"))
            .primary_key(Index::create().col("community_id").col("code"))
            .to_owned(),
    )
    .await
}

const INDEXES: &[(&str, &str, &[&str])] = &[
    ("samples_tube", "samples", &["community_id", "tube"]),
    ("samples_target", "samples", &["target_id"]),
    ("tubes_code", "tubes", &["code", "community_id"]),
    ("tubes_round", "tubes", &["round_id", "code"]),
    ("tube_seals_tube", "tube_seals", &["community_id", "tube"]),
];

/// Call-ups and numbers in the queue.
struct Queues;

impl MigrationName for Queues {
    fn name(&self) -> &'static str {
        "sampling_0002"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Queues {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("call_ups")
                .col(uuid("community_id"))
                .col(uuid("round_id"))
                .col(uuid("piece_id"))
                .col(uuid("site_id"))
                .col(big_integer("from_at"))
                .col(big_integer("until_at"))
                .col(big_integer("lanes"))
                .col(big_integer("service"))
                .primary_key(
                    Index::create()
                        .col("community_id")
                        .col("round_id")
                        .col("piece_id"),
                )
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("queue_tickets")
                .col(uuid("round_id"))
                .col(uuid("household_id"))
                .col(uuid("site_id"))
                .col(uuid("piece_id"))
                .col(big_integer("number"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("round_id").col("household_id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("queue_counters")
                .col(uuid("round_id"))
                .col(uuid("site_id"))
                .col(big_integer("last"))
                .primary_key(Index::create().col("round_id").col("site_id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("call_ups_piece", "call_ups", &["piece_id", "round_id"]),
                ("call_ups_round", "call_ups", &["round_id", "from_at"]),
                (
                    "queue_tickets_site",
                    "queue_tickets",
                    &["round_id", "site_id", "number"],
                ),
            ],
        )
        .await
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(First), Box::new(Queues)]
}
