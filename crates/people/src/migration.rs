//! Migrations of this room.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary_null, boolean, text, text_null, uuid, uuid_null},
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
                .col(text("name").unique_key())
                .col(
                    ColumnDef::new("path")
                        .custom(store::path_type(m.get_database_backend()))
                        .not_null()
                        .unique_key(),
                )
                .col(text("pinyin"))
                .col(text("initials"))
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
                .col(text("name"))
                .col(text("pinyin"))
                .col(text("initials"))
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
                .col(
                    ColumnDef::new("place_path")
                        .custom(store::path_type(m.get_database_backend()))
                        .not_null(),
                )
                .col(text("label"))
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
                .col(text("name"))
                .col(text("pinyin"))
                .col(text("initials"))
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
        store::migrate::indexes(
            m,
            &[
                ("orgs_pinyin", "orgs", &["pinyin"]),
                ("orgs_initials", "orgs", &["initials"]),
                ("helpers_org", "helpers", &["org_id", "name", "id"]),
                ("helpers_name", "helpers", &["name", "id"]),
                ("helpers_pinyin", "helpers", &["pinyin", "id"]),
                ("helpers_initials", "helpers", &["initials", "id"]),
                ("helpers_phone", "helpers", &["phone_index"]),
                ("helpers_identity", "helpers", &["identity_index"]),
                ("helpers_home", "helpers", &["home_id", "name", "id"]),
                (
                    "households_place",
                    "households",
                    &["community_id", "place_path", "label", "id"],
                ),
                ("households_path", "households", &["place_path", "label", "id"]),
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
                ("residents_all", "residents", &["name", "id"]),
                ("residents_phone", "residents", &["phone_index"]),
                ("residents_identity", "residents", &["identity_index"]),
            ],
        )
        .await
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(First)]
}
