//! Migrations.

use sea_orm::ConnectionTrait;
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary_null, boolean, text, text_null, uuid, uuid_null},
};

struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "rounds_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        rounds_and_pieces(m).await?;
        targets_and_outcomes(m).await?;
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

async fn rounds_and_pieces(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        Table::create()
            .table("rounds")
            .col(uuid("id").primary_key())
            .col(uuid("community_id"))
            .col(uuid("place_id"))
            .col(store::migrate::word(m, "place_path"))
            .col(text("name"))
            .col(text("kind"))
            .col(text("reach"))
            .col(text("which"))
            .col(text_null("since"))
            .col(text("finals"))
            .col(big_integer("again_hours"))
            .col(big_integer("hold_minutes"))
            .col(big_integer("deadline_at"))
            .col(big_integer("opened_at"))
            .col(uuid_null("opened_by"))
            .col(big_integer("synced_at"))
            .col(big_integer_null("closed_at"))
            .col(uuid_null("form_id"))
            .col(big_integer_null("form_version"))
            .col(uuid("series_id"))
            .col(big_integer("number"))
            .col(big_integer("repeat_hours"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("round_forms")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(text("name"))
            .col(text("questions"))
            .col(uuid_null("by"))
            .col(big_integer("at"))
            .primary_key(Index::create().col("id").col("version"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("round_pieces")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("round_id"))
            .col(uuid("place_id"))
            .col(store::migrate::word(m, "place_path"))
            .col(text("name"))
            .col(store::migrate::word(m, "sort_key"))
            .col(big_integer("floors"))
            .col(boolean("lift"))
            .col(big_integer("effort").default(0))
            .col(big_integer("team").default(0))
            .col(big_integer("targets").default(0))
            .col(big_integer("finals").default(0))
            .col(big_integer("tried").default(0))
            .col(uuid_null("holder"))
            .col(big_integer_null("held_until"))
            .primary_key(Index::create().col("community_id").col("id"))
            .to_owned(),
    )
    .await?;
    m.create_index(
        Index::create()
            .name("rounds_series")
            .table("rounds")
            .col("series_id")
            .col("number")
            .unique()
            .to_owned(),
    )
    .await?;
    m.create_index(
        Index::create()
            .name("round_pieces_place")
            .table("round_pieces")
            .col("community_id")
            .col("round_id")
            .col("place_id")
            .to_owned(),
    )
    .await
}

async fn targets_and_outcomes(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        Table::create()
            .table("round_targets")
            .col(uuid("community_id"))
            .col(uuid("round_id"))
            .col(uuid("id"))
            .col(uuid("piece_id"))
            .col(uuid_null("household_id"))
            .col(text("unit"))
            .col(big_integer("floor"))
            .col(store::migrate::word(m, "label"))
            .col(text("name"))
            .col(big_integer("added_at"))
            .col(text("outcome").default(""))
            .col(boolean("last").default(false))
            .col(boolean("contradicts").default(false))
            .col(big_integer("tries").default(0))
            .col(big_integer_null("at"))
            .col(uuid_null("record_id"))
            .primary_key(Index::create().col("community_id").col("round_id").col("id"))
            .to_owned(),
    )
    .await?;
    m.create_table(
        Table::create()
            .table("round_outcomes")
            .col(uuid("community_id"))
            .col(uuid("id"))
            .col(uuid("round_id"))
            .col(uuid("piece_id"))
            .col(uuid("target_id"))
            .col(text("outcome"))
            .col(text("need"))
            .col(binary_null("note_sealed"))
            .col(binary_null("answers_sealed"))
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
            .table("round_hours")
            .col(uuid("community_id"))
            .col(uuid("round_id"))
            .col(big_integer("hour"))
            .col(big_integer("finals"))
            .primary_key(Index::create().col("community_id").col("round_id").col("hour"))
            .to_owned(),
    )
    .await
}

const INDEXES: &[(&str, &str, &[&str])] = &[
    ("rounds_place", "rounds", &["place_path"]),
    ("rounds_opened", "rounds", &["opened_at", "id"]),
    ("round_pieces_id", "round_pieces", &["id"]),
    ("round_pieces_round", "round_pieces", &["round_id", "place_path"]),
    ("round_targets_piece", "round_targets", &["piece_id"]),
    (
        "round_outcomes_target",
        "round_outcomes",
        &["target_id", "round_id"],
    ),
    ("round_outcomes_id", "round_outcomes", &["id"]),
    ("round_hours_round", "round_hours", &["round_id"]),
];

const PARTIAL: &[(&str, &str, &str, &str)] = &[
    (
        "round_targets_missing",
        "round_targets",
        "round_id, piece_id, label, id",
        "NOT last",
    ),
    (
        "round_targets_contradict",
        "round_targets",
        "round_id, id",
        "contradicts",
    ),
    ("round_outcomes_need", "round_outcomes", "at, id", "need <> ''"),
];

/// Places to which a round is limited.
struct Parts;

impl MigrationName for Parts {
    fn name(&self) -> &'static str {
        "rounds_0002"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Parts {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("round_parts")
                .col(uuid("id").primary_key())
                .col(uuid("round_id"))
                .col(uuid("place_id"))
                .col(store::migrate::word(m, "place_path"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("round_parts_round", "round_parts", &["round_id"]),
                // Records name a target; its community is not always theirs.
                ("round_targets_id", "round_targets", &["id", "round_id"]),
            ],
        )
        .await?;
        m.get_connection()
            .execute_unprepared(
                "CREATE INDEX round_outcomes_answered ON round_outcomes (round_id, at, id) \
                 WHERE answers_sealed IS NOT NULL",
            )
            .await?;
        Ok(())
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(First), Box::new(Parts)]
}
