//! The tables of closed loops.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, text, uuid, uuid_null},
};

/// Closed loops, who is inside, their tests and supplies.
pub struct Loops;

impl MigrationName for Loops {
    fn name(&self) -> &'static str {
        "muster_0011"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Loops {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("loops")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("post_id"))
                .col(
                    ColumnDef::new("place_path")
                        .custom(store::path_type(m.get_database_backend()))
                        .not_null(),
                )
                .col(text("name"))
                .col(uuid_null("org_id"))
                .col(text("first_day"))
                .col(text("planned_end"))
                .col(big_integer("beds"))
                .col(big_integer("meals"))
                .col(big_integer("test_days"))
                .col(text("note"))
                .col(big_integer_null("ended_at"))
                .col(text("end_reason"))
                .col(uuid_null("created_by"))
                .col(big_integer("created_at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("loop_members")
                .col(uuid("community_id"))
                .col(uuid("loop_id"))
                .col(uuid("entry_id"))
                .col(uuid("helper_id"))
                .col(text("bed"))
                .col(big_integer("entered_at"))
                .col(big_integer_null("left_at"))
                .col(text("leave_reason"))
                .primary_key(Index::create().col("community_id").col("loop_id").col("entry_id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("loop_tests")
                .col(uuid("community_id"))
                .col(uuid("loop_id"))
                .col(uuid("helper_id"))
                .col(text("day"))
                .col(text("result"))
                .col(uuid_null("noted_by"))
                .col(big_integer("noted_at"))
                .primary_key(
                    Index::create()
                        .col("community_id")
                        .col("loop_id")
                        .col("helper_id")
                        .col("day"),
                )
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("loop_supplies")
                .col(uuid("community_id"))
                .col(uuid("loop_id"))
                .col(text("item"))
                .col(text("per"))
                .col(big_integer("tenths"))
                .primary_key(Index::create().col("community_id").col("loop_id").col("item"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("loops_id", "loops", &["id"]),
                ("loops_path", "loops", &["place_path", "id"]),
                ("loops_day", "loops", &["first_day", "id"]),
                ("loops_post", "loops", &["post_id", "first_day"]),
                (
                    "loop_members_helper",
                    "loop_members",
                    &["helper_id", "entered_at"],
                ),
            ],
        )
        .await
    }
}
