//! A pass as its holder has it: whoever knows the secret that was handed over with it.

use kit::{Problem, Result};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::App;

use crate::{
    decide::{Seen, Trust, unfit},
    model::pass,
};

/// The pass of a secret, and why it does not count now; "not found" for no pass.
pub async fn held(app: &App, secret: &str) -> Result<(pass::Model, Option<&'static str>)> {
    let row = pass::Entity::find()
        .filter(pass::Column::SecretHash.eq(app.cipher.hash(secret)))
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)?;
    let seen = Seen {
        state: row.state.name().to_owned(),
        from: row.from_at,
        until: row.until_at,
        trust: Trust::Ok,
    };
    let why = unfit(&seen, app.now());
    Ok((row, why))
}
