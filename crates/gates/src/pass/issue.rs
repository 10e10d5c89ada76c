//! Issuing passes: to residents (one each, as cards), to a vehicle, a visitor, a worker.

use std::time::Duration;

use accounts::{Actor, audit};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kit::{
    FieldError, Problem, Result, Role, Timestamp,
    id::{HouseholdId, PassId, PlaceId, ResidentId},
};
use people::model::resident;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use shell::App;

use crate::{
    model::{PassKind, PassState, pass},
    pass::{
        code::{self, Claims},
        keys, number,
    },
};

/// Longest a pass may be good.
pub const LONGEST: Duration = Duration::from_secs(400 * 24 * 3600);
/// Tries for a card number that nobody has.
const TRIES: usize = 20;

/// What is to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Community at whose gates it counts.
    pub community: PlaceId,
    /// What it is for.
    pub kind: PassKind,
    /// Resident who holds it.
    pub resident: Option<ResidentId>,
    /// Household it belongs to.
    pub household: Option<HouseholdId>,
    /// Name of the holder.
    pub name: String,
    /// Telephone number, as digits.
    pub phone: String,
    /// Number plate.
    pub plate: String,
    /// What for, or whom they visit.
    pub purpose: String,
    /// Valid from.
    pub from: Timestamp,
    /// Until, not included.
    pub until: Timestamp,
}

/// A plate as it is kept: capitals, no spaces and points.
pub fn plate(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '•' | '.' | '-'))
        .flat_map(char::to_uppercase)
        .collect()
}

fn check(wish: &Wish) -> Result<()> {
    let mut errors = Vec::new();
    if wish.until <= wish.from {
        errors.push(FieldError::new("until", "before-start"));
    } else if wish.until.since(wish.from) > i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX) {
        errors.push(FieldError::new("until", "pass-too-long"));
    }
    if wish.kind == PassKind::Vehicle && wish.plate.is_empty() {
        errors.push(FieldError::new("plate", "required"));
    }
    if wish.kind != PassKind::Vehicle && wish.name.trim().is_empty() {
        errors.push(FieldError::new("name", "required"));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid(errors))
    }
}

/// Issues one pass.
pub async fn issue(app: &App, actor: &Actor, wish: &Wish) -> Result<pass::Model> {
    check(wish)?;
    let tx = app.store.begin().await?;
    places::tree::find(&tx, &actor.scope(Role::STAFF), wish.community).await?;
    let row = write(app, actor, &tx, wish).await?;
    note(app, actor, &tx, "pass.issue", &row).await?;
    tx.commit().await?;
    Ok(row)
}

/// Issues a pass to every resident of these households who has none that is in use; returns those issued. The caller
/// has found the residents within the actor's scope.
pub async fn to_residents(
    app: &App,
    actor: &Actor,
    residents: &[resident::Model],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<pass::Model>> {
    let tx = app.store.begin().await?;
    let mut issued = Vec::new();
    let mut holders: std::collections::HashSet<ResidentId> = std::collections::HashSet::new();
    for some in residents.chunks(1_000) {
        let rows = pass::Entity::find()
            .filter(pass::Column::ResidentId.is_in(some.iter().map(|resident| resident.id)))
            .filter(pass::Column::State.eq(PassState::Active))
            .filter(pass::Column::UntilAt.gt(app.now()))
            .all(&tx)
            .await?;
        holders.extend(rows.into_iter().filter_map(|row| row.resident_id));
    }
    for resident in residents
        .iter()
        .filter(|resident| !holders.contains(&resident.id))
    {
        let wish = Wish {
            community: resident.community_id,
            kind: PassKind::Resident,
            resident: Some(resident.id),
            household: Some(resident.household_id),
            name: resident.name.clone(),
            phone: String::new(),
            plate: String::new(),
            purpose: String::new(),
            from,
            until,
        };
        check(&wish)?;
        issued.push(write(app, actor, &tx, &wish).await?);
    }
    for row in &issued {
        note(app, actor, &tx, "pass.issue", row).await?;
    }
    tx.commit().await?;
    Ok(issued)
}

pub(super) async fn note(
    app: &App,
    actor: &Actor,
    tx: &impl ConnectionTrait,
    action: &'static str,
    row: &pass::Model,
) -> Result<()> {
    let subject = format!("{} · {}", row.number, holder(row));
    let entry = audit::Entry {
        action,
        subject: &subject,
        community: Some(row.community_id),
    };
    audit::note(tx, actor, app.now(), entry).await
}

/// Name or plate of the holder.
pub fn holder(row: &pass::Model) -> &str {
    if row.name.is_empty() {
        &row.plate
    } else {
        &row.name
    }
}

pub(super) async fn write(
    app: &App,
    actor: &Actor,
    tx: &impl ConnectionTrait,
    wish: &Wish,
) -> Result<pass::Model> {
    let now = app.now();
    let mut random = [0; 20];
    getrandom::fill(&mut random).map_err(|e| Problem::internal(e.to_string()))?;
    let secret = BASE64_URL_SAFE_NO_PAD.encode(&random[4..]);
    let named = if wish.name.is_empty() {
        &wish.plate
    } else {
        &wish.name
    };
    let spelling = places::pinyin::of(named);
    let row = pass::Model {
        community_id: wish.community,
        id: PassId::fresh(now),
        kind: wish.kind,
        number: free_number(tx, wish.community).await?,
        resident_id: wish.resident,
        household_id: wish.household,
        name: wish.name.trim().to_owned(),
        pinyin: spelling.full,
        initials: spelling.initials,
        plate: plate(&wish.plate),
        phone_sealed: people::numbers::Sealed::new(&app.cipher, &wish.phone)?.sealed,
        purpose: wish.purpose.clone(),
        from_at: wish.from,
        until_at: wish.until,
        state: PassState::Active,
        why: String::new(),
        replaced_by: None,
        secret_hash: app.cipher.hash(&secret),
        secret_sealed: app.cipher.encrypt(&secret)?,
        issued_at: now,
        issued_by: actor.user_id,
        updated_at: now,
    };
    pass::Entity::insert(pass::ActiveModel {
        community_id: Set(row.community_id),
        id: Set(row.id),
        kind: Set(row.kind),
        number: Set(row.number.clone()),
        resident_id: Set(row.resident_id),
        household_id: Set(row.household_id),
        name: Set(row.name.clone()),
        pinyin: Set(row.pinyin.clone()),
        initials: Set(row.initials.clone()),
        plate: Set(row.plate.clone()),
        phone_sealed: Set(row.phone_sealed.clone()),
        purpose: Set(row.purpose.clone()),
        from_at: Set(row.from_at),
        until_at: Set(row.until_at),
        state: Set(row.state),
        why: Set(String::new()),
        replaced_by: Set(None),
        secret_hash: Set(row.secret_hash.clone()),
        secret_sealed: Set(row.secret_sealed.clone()),
        issued_at: Set(row.issued_at),
        issued_by: Set(row.issued_by),
        updated_at: Set(row.updated_at),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(row)
}

async fn free_number(tx: &impl ConnectionTrait, community: PlaceId) -> Result<String> {
    for _ in 0..TRIES {
        let mut random = [0; 4];
        getrandom::fill(&mut random).map_err(|e| Problem::internal(e.to_string()))?;
        let number = number::fresh(u32::from_le_bytes(random));
        let taken = pass::Entity::find()
            .filter(pass::Column::CommunityId.eq(community))
            .filter(pass::Column::Number.eq(number.as_str()))
            .one(tx)
            .await?;
        if taken.is_none() {
            return Ok(number);
        }
    }
    Err(Problem::unavailable("no free card number was found"))
}

/// The signed code of a pass: the same pass gives a code of the same meaning whenever it is printed.
pub async fn signed(app: &App, row: &pass::Model) -> Result<String> {
    code::sign(&keys::signing(app).await?, &claims(row))
}

/// What the code of a pass says.
pub fn claims(row: &pass::Model) -> Claims {
    let label = match row.kind {
        PassKind::Vehicle => row.plate.clone(),
        // The card carries the name in print; the code, which any phone can read, only its beginning.
        _ => kit::mask::name(&row.name),
    };
    Claims {
        id: row.id,
        kind: row.kind,
        community: row.community_id,
        resident: row.resident_id,
        label,
        issued: row.issued_at,
        from: row.from_at,
        until: row.until_at,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn plates_as_people_type_them() {
        for (typed, kept) in [("沪a·12345", "沪A12345"), (" 沪A 123-45 ", "沪A12345"), ("", "")] {
            assert_eq!(super::plate(typed), kept, "{typed}");
        }
    }
}
