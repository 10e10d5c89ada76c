//! Migrations of this room.

mod change;

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, boolean, text, uuid, uuid_null},
};

struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "muster_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("calls")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("place_id"))
                .col(
                    ColumnDef::new("place_path")
                        .custom(store::path_type(m.get_database_backend()))
                        .not_null(),
                )
                .col(text("title"))
                .col(text("purpose"))
                .col(text("first_day"))
                .col(text("last_day"))
                .col(text("weekdays"))
                .col(text("from_time"))
                .col(text("to_time"))
                .col(big_integer("people_per_day"))
                .col(text("skills"))
                .col(big_integer("answer_by"))
                .col(text("state"))
                .col(uuid_null("created_by"))
                .col(big_integer("created_at"))
                .col(big_integer_null("sent_at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("call_orgs")
                .col(uuid("community_id"))
                .col(uuid("call_id"))
                .col(uuid("org_id"))
                .col(big_integer("asked"))
                .col(big_integer_null("sent_at"))
                .col(big_integer_null("pledged"))
                .col(text("note"))
                .col(uuid_null("answered_by"))
                .col(big_integer_null("answered_at"))
                .primary_key(Index::create().col("community_id").col("call_id").col("org_id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("posts")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("place_id"))
                .col(
                    ColumnDef::new("place_path")
                        .custom(store::path_type(m.get_database_backend()))
                        .not_null(),
                )
                .col(text("duty"))
                .col(text("name"))
                .col(boolean("active"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("shifts")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(uuid("post_id"))
                .col(
                    ColumnDef::new("place_path")
                        .custom(store::path_type(m.get_database_backend()))
                        .not_null(),
                )
                .col(uuid_null("call_id"))
                .col(uuid_null("org_id"))
                .col(text("day"))
                .col(big_integer("starts_at"))
                .col(big_integer("ends_at"))
                .col(big_integer("needed"))
                .col(big_integer("filled"))
                .col(boolean("cancelled"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("assignments")
                .col(uuid("community_id"))
                .col(uuid("shift_id"))
                .col(uuid("helper_id"))
                .col(uuid_null("org_id"))
                .col(boolean("leader"))
                .col(text("source"))
                .col(uuid_null("by"))
                .col(big_integer("at"))
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
                .table("attendance_facts")
                .col(uuid("community_id"))
                .col(uuid("shift_id"))
                .col(uuid("helper_id"))
                .col(uuid("record_id"))
                .col(text("kind"))
                .col(big_integer("at"))
                .col(big_integer("received_at"))
                .col(boolean("elsewhere"))
                .col(boolean("voided"))
                .primary_key(
                    Index::create()
                        .col("community_id")
                        .col("shift_id")
                        .col("helper_id")
                        .col("record_id"),
                )
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("attendances")
                .col(uuid("community_id"))
                .col(uuid("shift_id"))
                .col(uuid("helper_id"))
                .col(uuid("org_id"))
                .col(uuid("place_id"))
                .col(text("day"))
                .col(big_integer_null("in_at"))
                .col(big_integer_null("out_at"))
                .col(big_integer("tenths"))
                .col(boolean("complete"))
                .col(text("flags"))
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
                .table("work_counts")
                .col(uuid("community_id"))
                .col(uuid("record_id"))
                .col(uuid("shift_id"))
                .col(uuid("helper_id"))
                .col(uuid("org_id"))
                .col(text("day"))
                .col(text("activity"))
                .col(big_integer("quantity"))
                .col(boolean("voided"))
                .primary_key(Index::create().col("community_id").col("record_id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("activities")
                .col(text("code").primary_key())
                .col(text("zh"))
                .col(text("en"))
                .col(big_integer("position"))
                .col(boolean("active"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("calls_id", "calls", &["id"]),
                ("calls_day", "calls", &["first_day", "id"]),
                ("calls_path", "calls", &["place_path", "id"]),
                ("call_orgs_org", "call_orgs", &["org_id", "call_id"]),
                ("posts_id", "posts", &["id"]),
                ("posts_path", "posts", &["place_path", "name", "id"]),
                ("shifts_id", "shifts", &["id"]),
                ("shifts_day", "shifts", &["community_id", "day", "id"]),
                ("shifts_start", "shifts", &["starts_at", "id"]),
                ("shifts_ends", "shifts", &["ends_at"]),
                ("shifts_call", "shifts", &["call_id"]),
                ("shifts_org", "shifts", &["org_id", "starts_at"]),
                ("assignments_helper", "assignments", &["helper_id", "shift_id"]),
                ("assignments_org", "assignments", &["org_id", "shift_id"]),
                ("attendances_org", "attendances", &["org_id", "day"]),
                ("attendances_helper", "attendances", &["helper_id", "day"]),
                ("attendances_day", "attendances", &["community_id", "day"]),
                (
                    "work_shift",
                    "work_counts",
                    &["community_id", "shift_id", "helper_id"],
                ),
            ],
        )
        .await
    }
}

/// Names carry the day of their shift, so that what an organisation planned in a month is one stretch of an index.
struct DayOfNames;

impl MigrationName for DayOfNames {
    fn name(&self) -> &'static str {
        "muster_0002"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for DayOfNames {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(
            Table::alter()
                .table("assignments")
                .add_column(text("day").default(""))
                .to_owned(),
        )
        .await?;
        m.get_connection()
            .execute_unprepared(
                "UPDATE assignments SET day = (SELECT s.day FROM shifts AS s \
                 WHERE s.community_id = assignments.community_id AND s.id = assignments.shift_id)",
            )
            .await?;
        m.drop_index(
            Index::drop()
                .name("assignments_org")
                .table("assignments")
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[(
                "assignments_org_day",
                "assignments",
                &["org_id", "day", "community_id", "shift_id"],
            )],
        )
        .await
    }
}

/// Joining by code.
struct Invitations;

impl MigrationName for Invitations {
    fn name(&self) -> &'static str {
        "muster_0003"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Invitations {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("invitations")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(text("code").unique_key())
                .col(uuid("post_id"))
                .col(uuid_null("shift_id"))
                .col(big_integer("most"))
                .col(big_integer("used"))
                .col(big_integer("expires_at"))
                .col(boolean("withdrawn"))
                .col(uuid_null("created_by"))
                .col(big_integer("created_at"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[("invitations_post", "invitations", &["post_id", "expires_at"])],
        )
        .await
    }
}

/// The call's clock.
struct Gatherings;

impl MigrationName for Gatherings {
    fn name(&self) -> &'static str {
        "muster_0004"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Gatherings {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("gatherings")
                .col(uuid("community_id"))
                .col(uuid("record_id"))
                .col(uuid("call_id"))
                .col(uuid("org_id"))
                .col(big_integer("batch"))
                .col(text("kind"))
                .col(uuid_null("helper_id"))
                .col(big_integer("people"))
                .col(big_integer("at"))
                .col(big_integer("received_at"))
                .primary_key(Index::create().col("community_id").col("record_id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[("gatherings_call", "gatherings", &["community_id", "call_id"])],
        )
        .await
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(First),
        Box::new(DayOfNames),
        Box::new(Invitations),
        Box::new(Gatherings),
        Box::new(change::Changes),
        Box::new(change::RollCalls),
        Box::new(crate::loops::migration::Loops),
        Box::new(crate::migration_times::Times),
    ]
}
