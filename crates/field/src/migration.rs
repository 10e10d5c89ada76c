//! Migrations of this room.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, boolean, text, uuid, uuid_null},
};

struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "field_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("field_applied")
                .col(uuid("batch_id").primary_key())
                .col(big_integer("applied_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("field_voids")
                .col(uuid("community_id"))
                .col(uuid("record_id"))
                .col(uuid("by_record"))
                .col(uuid_null("shift_id"))
                .col(text("reason"))
                .primary_key(Index::create().col("community_id").col("record_id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("field_issues")
                .col(uuid("community_id"))
                .col(uuid("record_id"))
                .col(text("code"))
                .col(boolean("rejected"))
                .col(text("kind"))
                .col(big_integer("at"))
                .col(big_integer("received_at"))
                .col(uuid_null("sender"))
                .col(uuid_null("shift_id"))
                .col(uuid_null("helper_id"))
                .col(text("body"))
                .col(boolean("open"))
                .col(uuid_null("settled_by"))
                .col(big_integer_null("settled_at"))
                .col(text("note"))
                .primary_key(Index::create().col("community_id").col("record_id").col("code"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("tallies")
                .col(uuid("community_id"))
                .col(text("day"))
                .col(uuid("org_id"))
                .col(uuid("helper_id"))
                .col(text("activity"))
                .col(big_integer("quantity"))
                .primary_key(
                    Index::create()
                        .col("community_id")
                        .col("day")
                        .col("org_id")
                        .col("helper_id")
                        .col("activity"),
                )
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                (
                    "field_issues_open",
                    "field_issues",
                    &["open", "received_at", "record_id"],
                ),
                // Holds all that a report card reads, in the order in which it sums up.
                (
                    "tallies_org",
                    "tallies",
                    &[
                        "org_id",
                        "day",
                        "community_id",
                        "helper_id",
                        "activity",
                        "quantity",
                    ],
                ),
                ("tallies_helper", "tallies", &["helper_id", "day"]),
            ],
        )
        .await
    }
}

struct Journal;

impl MigrationName for Journal {
    fn name(&self) -> &'static str {
        "journal_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Journal {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("journal")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("batch_id"))
                .col(big_integer("position"))
                .col(text("kind"))
                .col(big_integer("at"))
                .col(big_integer("received_at"))
                .col(uuid_null("sender"))
                .col(uuid_null("shift_id"))
                .col(binary("hash"))
                .col(text("body"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("journal_batches")
                .col(uuid("id").primary_key())
                .col(big_integer("taken_at"))
                .col(big_integer("records"))
                .to_owned(),
        )
        .await?;
        Ok(())
    }
}

/// Open records of one community, in the order of the list.
struct IssuesByCommunity;

impl MigrationName for IssuesByCommunity {
    fn name(&self) -> &'static str {
        "field_0002"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for IssuesByCommunity {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        store::migrate::indexes(
            m,
            &[(
                "field_issues_community",
                "field_issues",
                &["community_id", "open", "received_at", "record_id"],
            )],
        )
        .await
    }
}

/// This room's migrations of the main database, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(First), Box::new(IssuesByCommunity)]
}

/// This room's migrations of the journal's database, oldest first.
pub fn journal_migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Journal)]
}
