//! Migrations: changes on shifts, and roll-calls.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, boolean, text, uuid, uuid_null},
};

/// Who cannot come, offers, swaps, handover notes.
pub(super) struct Changes;

impl MigrationName for Changes {
    fn name(&self) -> &'static str {
        "muster_0005"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Changes {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("releases")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("shift_id"))
                .col(uuid("helper_id"))
                .col(text("why"))
                .col(text("note"))
                .col(uuid_null("by"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("offers")
                .col(uuid("community_id"))
                .col(uuid("shift_id"))
                .col(uuid("helper_id"))
                .col(text("state"))
                .col(big_integer("made_at"))
                .col(big_integer_null("answered_at"))
                .primary_key(
                    Index::create()
                        .col("community_id")
                        .col("shift_id")
                        .col("helper_id"),
                )
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("swaps")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("shift_id"))
                .col(uuid("helper_id"))
                .col(uuid("other_id"))
                .col(uuid_null("other_shift_id"))
                .col(text("state"))
                .col(text("note"))
                .col(big_integer("asked_at"))
                .col(big_integer_null("answered_at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("shift_notes")
                .col(uuid("community_id"))
                .col(uuid("record_id"))
                .col(uuid("shift_id"))
                .col(uuid_null("by"))
                .col(text("text"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("community_id").col("record_id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("releases_shift", "releases", &["community_id", "shift_id"]),
                ("offers_helper", "offers", &["helper_id", "made_at"]),
                ("swaps_id", "swaps", &["id"]),
                ("swaps_helper", "swaps", &["helper_id", "asked_at"]),
                ("swaps_other", "swaps", &["other_id", "asked_at"]),
                ("shift_notes_shift", "shift_notes", &["community_id", "shift_id"]),
            ],
        )
        .await
    }
}

/// Roll-calls, who was on duty, and their answers.
pub(super) struct RollCalls;

impl MigrationName for RollCalls {
    fn name(&self) -> &'static str {
        "muster_0006"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for RollCalls {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("roll_calls")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid_null("place_id"))
                .col(
                    ColumnDef::new("place_path")
                        .custom(store::path_type(m.get_database_backend()))
                        .not_null(),
                )
                .col(text("reason"))
                .col(uuid_null("started_by"))
                .col(big_integer("started_at"))
                .col(big_integer_null("ended_at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("roll_names")
                .col(uuid("community_id"))
                .col(uuid("roll_call_id"))
                .col(uuid("helper_id"))
                .col(uuid("shift_community_id"))
                .col(uuid("shift_id"))
                .col(uuid_null("org_id"))
                .col(boolean("leader"))
                .col(boolean("here"))
                .primary_key(
                    Index::create()
                        .col("community_id")
                        .col("roll_call_id")
                        .col("helper_id"),
                )
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("roll_answers")
                .col(uuid("community_id"))
                .col(uuid("record_id"))
                .col(uuid("roll_call_id"))
                .col(uuid("helper_id"))
                .col(boolean("safe"))
                .col(uuid_null("by"))
                .col(big_integer("at"))
                .col(big_integer("received_at"))
                .primary_key(Index::create().col("community_id").col("record_id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("roll_calls_id", "roll_calls", &["id"]),
                ("roll_calls_path", "roll_calls", &["place_path", "started_at"]),
                ("roll_names_helper", "roll_names", &["helper_id"]),
                (
                    "roll_answers_call",
                    "roll_answers",
                    &["community_id", "roll_call_id"],
                ),
            ],
        )
        .await
    }
}
