//! Migrations of this room.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, text, uuid, uuid_null},
};

/// Certificates of hours.
struct Certificates;

impl MigrationName for Certificates {
    fn name(&self) -> &'static str {
        "reports_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Certificates {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let word = |name: &'static str| {
            ColumnDef::new(name)
                .custom(store::path_type(m.get_database_backend()))
                .not_null()
                .to_owned()
        };
        m.create_table(
            Table::create()
                .table("certificates")
                .col(uuid("id").primary_key())
                .col(word("serial").unique_key())
                .col(uuid("helper_id"))
                .col(uuid_null("org_id"))
                .col(word("name"))
                .col(word("pinyin"))
                .col(text("ledger"))
                .col(text("number_kind"))
                .col(text("number"))
                .col(text("first_day"))
                .col(text("last_day"))
                .col(big_integer("tenths"))
                .col(big_integer("times"))
                .col(text("content"))
                .col(text("issuer"))
                .col(text("contact"))
                .col(text("handler"))
                .col(uuid_null("place_id"))
                .col(word("place_path"))
                .col(text("state"))
                .col(text("announced_on"))
                .col(big_integer("public_days"))
                .col(text("ripe_on"))
                .col(big_integer_null("issued_at"))
                .col(big_integer_null("withdrawn_at"))
                .col(text("reason"))
                .col(uuid_null("created_by"))
                .col(big_integer("created_at"))
                .to_owned(),
        )
        .await?;
        store::migrate::indexes(
            m,
            &[
                (
                    "certificates_helper",
                    "certificates",
                    &["helper_id", "created_at"],
                ),
                ("certificates_org", "certificates", &["org_id", "created_at"]),
                ("certificates_path", "certificates", &["place_path"]),
                ("certificates_created", "certificates", &["created_at", "id"]),
                ("certificates_pinyin", "certificates", &["pinyin", "id"]),
                ("certificates_name", "certificates", &["name"]),
                (
                    "certificates_public",
                    "certificates",
                    &["state", "created_at", "id"],
                ),
            ],
        )
        .await
    }
}

/// This room's migrations, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Certificates)]
}
