//! By what a user is known: name and telephone number, both unique.

use kit::{FieldError, Problem, Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, SqlErr};
use shell::{
    App,
    form::{Check, Typed},
};

use crate::model::user;

/// Longest name, in characters.
const NAME: usize = 40;

/// What is to become of a telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// It stays.
    Keep,
    /// It becomes this one, or none.
    Set(Option<String>),
}

/// The name under which a user is found.
pub fn key(name: &str) -> String {
    name.to_lowercase()
}

/// Checks the field `name`. A name that could be a telephone number is refused: people sign in with either.
pub fn name(check: &mut Check<'_>) -> String {
    let typed = check.text("name", NAME);
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if kit::text::phone(&name).is_some() {
        check.error(FieldError::new("name", "name-is-phone"));
    }
    name
}

/// Checks the field `phone`, which was filled with `shown`, the masked number: left as it was it stays.
pub fn phone(check: &mut Check<'_>, typed: &Typed, shown: &str) -> Phone {
    let text = typed.get("phone");
    if !shown.is_empty() && text == shown {
        return Phone::Keep;
    }
    let digits = check.phone("phone");
    Phone::Set((!digits.is_empty()).then_some(digits))
}

/// A user's number with its middle hidden; empty when there is none.
pub fn masked_phone(app: &App, user: &user::Model) -> Result<String> {
    match &user.phone_sealed {
        Some(sealed) => Ok(kit::mask::phone(&app.cipher.decrypt(sealed)?)),
        None => Ok(String::new()),
    }
}

/// The user with this name or telephone number.
pub async fn find(db: &impl ConnectionTrait, app: &App, name: &str) -> Result<Option<user::Model>> {
    if let Some(phone) = kit::text::phone(name) {
        return Ok(user::Entity::find()
            .filter(user::Column::PhoneIndex.eq(app.cipher.index(&phone)))
            .one(db)
            .await?);
    }
    Ok(user::Entity::find()
        .filter(user::Column::NameKey.eq(key(name)))
        .one(db)
        .await?)
}

/// Name and telephone number, checked against those of the others, ready to be written.
pub(crate) async fn checked(
    tx: &impl ConnectionTrait,
    app: &App,
    user: &user::Model,
    name: &str,
    phone: &Phone,
) -> Result<user::ActiveModel> {
    let mut errors = Vec::new();
    let mut new = user::ActiveModel {
        name: Set(name.to_owned()),
        // The demonstration finds its users by a key of its own; it stays while the name does.
        name_key: Set(if name == user.name {
            user.name_key.clone()
        } else {
            key(name)
        }),
        ..Default::default()
    };
    let others = || user::Entity::find().filter(user::Column::Id.ne(user.id));
    let namesake = others().filter(user::Column::NameKey.eq(new.name_key.clone().take()));
    if namesake.one(tx).await?.is_some() {
        errors.push(FieldError::new("name", "taken"));
    }
    match phone {
        Phone::Keep => {}
        Phone::Set(None) => {
            new.phone_sealed = Set(None);
            new.phone_index = Set(None);
        }
        Phone::Set(Some(digits)) => {
            let index = app.cipher.index(digits);
            let holder = others().filter(user::Column::PhoneIndex.eq(index.clone()));
            if holder.one(tx).await?.is_some() {
                errors.push(FieldError::new("phone", "taken"));
            }
            new.phone_sealed = Set(Some(app.cipher.encrypt(digits)?));
            new.phone_index = Set(Some(index));
        }
    }
    if errors.is_empty() {
        Ok(new)
    } else {
        Err(Problem::invalid(errors))
    }
}

/// Somebody else took the name or number between the check and the write.
pub(crate) fn taken(error: DbErr) -> Problem {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(which)) => {
            let field = if which.contains("phone") { "phone" } else { "name" };
            Problem::invalid(vec![FieldError::new(field, "taken")])
        }
        _ => error.into(),
    }
}
