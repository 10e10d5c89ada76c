//! Migrations of this room.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary, binary_null, boolean, text, text_null, uuid, uuid_null},
};

/// Sessions of those who came in by an invitation's code reach its shift.
struct Joined;

impl MigrationName for Joined {
    fn name(&self) -> &'static str {
        "accounts_0002"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Joined {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(
            Table::alter()
                .table("tickets")
                .add_column(text_null("shifts"))
                .to_owned(),
        )
        .await
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(First), Box::new(Joined)]
}

struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "accounts_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("users")
                .col(uuid("id").primary_key())
                .col(text("name"))
                .col(text("name_key").unique_key())
                .col(binary_null("phone_sealed"))
                .col(binary_null("phone_index").unique_key())
                .col(text_null("password"))
                .col(uuid_null("helper_id"))
                .col(boolean("disabled"))
                .col(big_integer("created_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("grants")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(text("role"))
                .col(uuid_null("place_id"))
                .col(text("place_path"))
                .col(uuid_null("org_id"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("tickets")
                .col(binary("hash").primary_key())
                .col(uuid("id").unique_key())
                .col(text("kind"))
                .col(uuid("user_id"))
                .col(text("label"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("audit")
                .col(uuid("community_id"))
                .col(uuid("id"))
                .col(big_integer("at"))
                .col(uuid_null("user_id"))
                .col(text("user_name"))
                .col(text("action"))
                .col(text("subject"))
                .col(text("address"))
                .primary_key(Index::create().col("community_id").col("id"))
                .to_owned(),
        )
        .await?;
        for (name, table, columns) in [
            ("grants_user", "grants", &["user_id"][..]),
            ("tickets_user", "tickets", &["user_id"]),
            ("audit_at", "audit", &["at", "id"]),
            ("audit_user", "audit", &["user_id", "at"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            m.create_index(index.clone()).await?;
        }
        Ok(())
    }
}
