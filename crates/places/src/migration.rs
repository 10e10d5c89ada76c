//! Migrations of this room.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary_null, boolean, text, text_null, uuid, uuid_null},
};

struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "places_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("places")
                .col(uuid("id").primary_key())
                .col(uuid_null("parent_id"))
                .col(uuid("community_id"))
                .col(text("kind"))
                .col(text_null("code").unique_key())
                .col(text("name"))
                .col(
                    ColumnDef::new("path")
                        .custom(store::path_type(m.get_database_backend()))
                        .not_null()
                        .unique_key(),
                )
                .col(text("pinyin"))
                .col(text("initials"))
                .col(big_integer("floors"))
                .col(boolean("lift"))
                .col(big_integer("created_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("responsibilities")
                .col(uuid("community_id"))
                .col(uuid("place_id"))
                .col(text("unit"))
                .col(text("person"))
                .col(binary_null("phone_sealed"))
                .col(text("since"))
                .col(uuid_null("noted_by"))
                .primary_key(Index::create().col("community_id").col("place_id"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                ("places_parent", "places", &["parent_id", "name"]),
                ("places_name", "places", &["name", "id"]),
                ("places_pinyin", "places", &["pinyin", "id"]),
                ("places_initials", "places", &["initials", "id"]),
                ("places_kind", "places", &["kind", "path"]),
            ],
        )
        .await
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(First)]
}
