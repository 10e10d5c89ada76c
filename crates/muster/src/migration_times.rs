//! When helpers can come: weekly lines, absences, wishes.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, boolean, text, uuid, uuid_null},
};

/// When helpers can come. A helper lies in no community, nor do these.
pub(crate) struct Times;

impl MigrationName for Times {
    fn name(&self) -> &'static str {
        "muster_0010"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Times {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("helper_weeks")
                .col(uuid("helper_id"))
                .col(uuid("id"))
                .col(text("weekdays"))
                .col(text("from_time"))
                .col(text("to_time"))
                .col(uuid_null("noted_by"))
                .col(big_integer("noted_at"))
                .primary_key(Index::create().col("helper_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("absences")
                .col(uuid("helper_id"))
                .col(uuid("id"))
                .col(big_integer("from_at"))
                .col(big_integer("until_at"))
                .col(text("reason"))
                .col(uuid_null("noted_by"))
                .col(big_integer("noted_at"))
                .primary_key(Index::create().col("helper_id").col("id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("helper_wishes")
                .col(uuid("helper_id").primary_key())
                .col(big_integer_null("week_minutes"))
                .col(boolean("offers").default(true))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(m, &[("absences_until", "absences", &["helper_id", "until_at"])]).await
    }
}
