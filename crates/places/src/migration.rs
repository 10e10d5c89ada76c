//! Migrations of this room.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary_null, boolean, text, uuid, uuid_null},
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
        // Names, spellings and codes are searched by prefix, that is by ranges, which need plain byte order.
        let plain_text = |name: &'static str| {
            ColumnDef::new(name)
                .custom(store::path_type(m.get_database_backend()))
                .to_owned()
        };
        m.create_table(
            Table::create()
                .table("places")
                .col(uuid("id").primary_key())
                .col(uuid_null("parent_id"))
                .col(uuid("community_id"))
                .col(text("kind"))
                .col(plain_text("code").unique_key())
                .col(plain_text("name").not_null())
                .col(plain_text("path").not_null().unique_key())
                .col(plain_text("pinyin").not_null())
                .col(plain_text("initials").not_null())
                .col(plain_text("sort_key").not_null())
                .col(plain_text("plain").not_null())
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
                ("places_parent", "places", &["parent_id", "sort_key", "id"]),
                ("places_plain", "places", &["parent_id", "kind", "plain"]),
                ("places_name", "places", &["kind", "name"]),
                ("places_pinyin", "places", &["kind", "pinyin"]),
                ("places_initials", "places", &["kind", "initials"]),
                ("places_kind", "places", &["kind", "path"]),
            ],
        )
        .await?;
        // Official names are the statistics bureau's business; those entered by hand are unique among siblings.
        m.get_connection()
            .execute_unprepared(
                "CREATE UNIQUE INDEX places_siblings ON places (parent_id, kind, name) WHERE code IS NULL",
            )
            .await?;
        Ok(())
    }
}

/// Which places may be the same as a sibling is noted when they are written, so that nobody has to compare all.
struct Twins;

impl MigrationName for Twins {
    fn name(&self) -> &'static str {
        "places_0002"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Twins {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let change = [
            "ALTER TABLE places ADD COLUMN twin boolean NOT NULL DEFAULT FALSE",
            "CREATE INDEX places_twin ON places (path) WHERE twin",
            "UPDATE places SET twin = TRUE WHERE (parent_id, kind, plain) IN (SELECT parent_id, kind, plain \
             FROM places WHERE kind IN ('compound', 'gate', 'building', 'unit') \
             GROUP BY parent_id, kind, plain HAVING COUNT(*) > 1)",
        ];
        for statement in change {
            m.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(First), Box::new(Twins)]
}
