//! The database's side of an import of a roster: read once, write many rows at a time.

use std::collections::HashMap;

use accounts::Actor;
use kit::{
    Problem, Result, Role,
    id::{HouseholdId, PlaceId, ResidentId},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Value,
};
use store::{
    Scope,
    bulk::{self, Type},
};

use crate::{
    import::Suspect,
    import_roster::Import,
    import_roster_rows::{Home, Person, State},
    known,
    model::{household, resident},
    numbers::Sealed,
    queries::AT_ONCE,
};

/// Rows in one statement; bounds the memory of a large roster.
const ROWS: usize = 4_000;

const HOUSEHOLDS: bulk::Insert = bulk::Insert {
    table: "households",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("place_id", Type::Uuid),
        ("place_path", Type::Text),
        ("label", Type::Text),
        ("floor", Type::Int),
        ("cannot_shop", Type::Bool),
        ("needs", Type::Text),
        ("created_at", Type::Int),
    ],
    suffix: "",
};

const RESIDENTS: bulk::Insert = bulk::Insert {
    table: "residents",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("household_id", Type::Uuid),
        ("name", Type::Text),
        ("pinyin", Type::Text),
        ("initials", Type::Text),
        ("phone_sealed", Type::BytesOrNull),
        ("phone_index", Type::BytesOrNull),
        ("identity_sealed", Type::BytesOrNull),
        ("identity_index", Type::BytesOrNull),
        ("language", Type::Text),
        ("lives_alone", Type::Bool),
        ("cannot_shop", Type::Bool),
        ("needs", Type::Text),
        ("created_at", Type::Int),
        ("born", Type::Int),
        ("doses", Type::Int),
    ],
    suffix: "",
};

/// A resident without what an import does not compare.
type Known = (
    ResidentId,
    HouseholdId,
    String,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    String,
    bool,
    bool,
    String,
    i64,
    i64,
);

/// All households and residents of a community.
pub(crate) async fn existing(
    db: &impl ConnectionTrait,
    community: PlaceId,
) -> Result<(Vec<Home>, Vec<Person>)> {
    let mut homes: Vec<Home> = household::Entity::find()
        .filter(household::Column::CommunityId.eq(community))
        .all(db)
        .await?
        .into_iter()
        .map(|h| Home {
            id: h.id,
            place: h.place_id,
            label: h.label,
            floor: h.floor,
            cannot_shop: h.cannot_shop,
            needs: h.needs,
            state: State::Kept,
            people: Vec::new(),
        })
        .collect();
    let at: HashMap<HouseholdId, usize> = homes.iter().enumerate().map(|(i, h)| (h.id, i)).collect();
    let rows: Vec<Known> = resident::Entity::find()
        .select_only()
        .columns([
            resident::Column::Id,
            resident::Column::HouseholdId,
            resident::Column::Name,
            resident::Column::PhoneIndex,
            resident::Column::IdentityIndex,
            resident::Column::Language,
            resident::Column::LivesAlone,
            resident::Column::CannotShop,
            resident::Column::Needs,
            resident::Column::Born,
            resident::Column::Doses,
        ])
        .filter(resident::Column::CommunityId.eq(community))
        .into_tuple()
        .all(db)
        .await?;
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, household, name, phone_index, identity_index, ..) = &row;
        let (.., language, lives_alone, cannot_shop, needs, born, doses) = &row;
        let Some(home) = at.get(household).copied() else {
            continue;
        };
        homes[home].people.push(people.len());
        people.push(Person {
            id: *id,
            home,
            name: name.clone(),
            phone_index: phone_index.clone(),
            identity_index: identity_index.clone(),
            phone: None,
            identity: None,
            language: language.clone(),
            lives_alone: *lives_alone,
            cannot_shop: *cannot_shop,
            needs: needs.clone(),
            born: *born,
            doses: *doses,
            line: 0,
            state: State::Kept,
        });
    }
    Ok((homes, people))
}

/// Writes what is new and what changed.
pub(crate) async fn all(db: &impl ConnectionTrait, import: &Import<'_>) -> Result<()> {
    let mut rows = Vec::new();
    for home in import.homes.iter().filter(|home| home.state == State::New) {
        rows.push(household_row(import, home)?);
        if rows.len() == ROWS {
            HOUSEHOLDS.run(db, std::mem::take(&mut rows)).await?;
        }
    }
    HOUSEHOLDS.run(db, std::mem::take(&mut rows)).await?;
    for person in import.people.iter().filter(|person| person.state == State::New) {
        rows.push(resident_row(import, person)?);
        if rows.len() == ROWS {
            RESIDENTS.run(db, std::mem::take(&mut rows)).await?;
        }
    }
    RESIDENTS.run(db, rows).await?;
    for home in import.homes.iter().filter(|home| home.state == State::Changed) {
        household::Entity::update(household::ActiveModel {
            community_id: Set(import.community.id),
            id: Set(home.id),
            place_id: NotSet,
            place_path: NotSet,
            label: NotSet,
            floor: Set(home.floor),
            cannot_shop: Set(home.cannot_shop),
            needs: Set(home.needs.clone()),
            created_at: NotSet,
        })
        .exec_without_returning(db)
        .await?;
    }
    for person in import.people.iter().filter(|p| p.state == State::Changed) {
        resident::Entity::update(changed(import, person)?)
            .exec_without_returning(db)
            .await?;
    }
    for (whose, subject, names) in &import.said {
        let whom = (import.community.id, *subject);
        known::entered(db, &import.app.cipher, *whose, whom, import.now, names).await?;
    }
    Ok(())
}

fn household_row(import: &Import<'_>, home: &Home) -> Result<Vec<Value>> {
    let place = import.cache.place(home.place).ok_or_else(Problem::not_found)?;
    Ok(vec![
        import.community.id.0.into(),
        home.id.0.into(),
        home.place.0.into(),
        place.path.as_str().into(),
        home.label.as_str().into(),
        home.floor.into(),
        home.cannot_shop.into(),
        home.needs.as_str().into(),
        import.now.millis().into(),
    ])
}

fn resident_row(import: &Import<'_>, person: &Person) -> Result<Vec<Value>> {
    let spelling = places::pinyin::of(&person.name);
    let seal =
        |number: &Option<String>| Sealed::new(&import.app.cipher, number.as_deref().unwrap_or_default());
    let (phone, identity) = (seal(&person.phone)?, seal(&person.identity)?);
    Ok(vec![
        import.community.id.0.into(),
        person.id.0.into(),
        import.homes[person.home].id.0.into(),
        person.name.as_str().into(),
        spelling.full.into(),
        spelling.initials.into(),
        phone.sealed.into(),
        phone.index.into(),
        identity.sealed.into(),
        identity.index.into(),
        person.language.as_str().into(),
        person.lives_alone.into(),
        person.cannot_shop.into(),
        person.needs.as_str().into(),
        import.now.millis().into(),
        person.born.into(),
        person.doses.into(),
    ])
}

fn changed(import: &Import<'_>, person: &Person) -> Result<resident::ActiveModel> {
    let spelling = places::pinyin::of(&person.name);
    let mut row = resident::ActiveModel {
        community_id: Set(import.community.id),
        id: Set(person.id),
        household_id: NotSet,
        name: Set(person.name.clone()),
        pinyin: Set(spelling.full),
        initials: Set(spelling.initials),
        phone_sealed: NotSet,
        phone_index: NotSet,
        identity_sealed: NotSet,
        identity_index: NotSet,
        language: Set(person.language.clone()),
        lives_alone: Set(person.lives_alone),
        cannot_shop: Set(person.cannot_shop),
        needs: Set(person.needs.clone()),
        created_at: NotSet,
        born: Set(person.born),
        doses: Set(person.doses),
    };
    if let Some(number) = &person.phone {
        let phone = Sealed::new(&import.app.cipher, number)?;
        (row.phone_sealed, row.phone_index) = (Set(phone.sealed), Set(phone.index));
    }
    if let Some(number) = &person.identity {
        let identity = Sealed::new(&import.app.cipher, number)?;
        (row.identity_sealed, row.identity_index) = (Set(identity.sealed), Set(identity.index));
    }
    Ok(row)
}

/// New residents who may be somebody in another household: of this community, the file included, or of
/// another one that the actor may see.
pub(crate) async fn suspects(
    db: &impl ConnectionTrait,
    actor: &Actor,
    import: &Import<'_>,
) -> Result<Vec<Suspect>> {
    let mut identities: HashMap<&[u8], usize> = HashMap::new();
    let mut phones: HashMap<(&str, &[u8]), usize> = HashMap::new();
    let mut found = Vec::new();
    let mut unsuspected = Vec::new();
    for person in &import.people {
        let identity = person.identity_index.as_deref();
        let phone = person
            .phone_index
            .as_deref()
            .map(|phone| (person.name.as_str(), phone));
        // The first of a pair is remembered, so that the second is told.
        let by_identity = identity.map(|mark| *identities.entry(mark).or_insert(person.home));
        let by_phone = phone.map(|mark| *phones.entry(mark).or_insert(person.home));
        if person.state != State::New {
            continue;
        }
        match (
            by_identity.filter(|home| *home != person.home),
            by_phone.filter(|home| *home != person.home),
        ) {
            (Some(home), _) => found.push(Suspect::of(person, true, import.address(home))),
            (None, Some(home)) => found.push(Suspect::of(person, false, import.address(home))),
            (None, None) => unsuspected.push(person),
        }
    }
    found.extend(elsewhere(db, actor, import, &unsuspected).await?);
    // Told once, by the identity number if that is the same.
    found.sort_by_key(|suspect| (suspect.line, !suspect.same_identity));
    found.dedup_by_key(|suspect| suspect.line);
    Ok(found)
}

async fn elsewhere(
    db: &impl ConnectionTrait,
    actor: &Actor,
    import: &Import<'_>,
    people: &[&Person],
) -> Result<Vec<Suspect>> {
    let scope = actor.scope(Role::READERS);
    if scope == Scope::Within(vec![import.community.path.clone()]) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for some in people.chunks(AT_ONCE) {
        for same_identity in [true, false] {
            let of = |person: &Person| {
                if same_identity {
                    person.identity_index.clone()
                } else {
                    person.phone_index.clone()
                }
            };
            let column = if same_identity {
                resident::Column::IdentityIndex
            } else {
                resident::Column::PhoneIndex
            };
            let values: Vec<Vec<u8>> = some.iter().filter_map(|p| of(p)).collect();
            if values.is_empty() {
                continue;
            }
            let rows: Vec<(Vec<u8>, String, PlaceId)> = resident::Entity::find()
                .select_only()
                .columns([column, resident::Column::Name, resident::Column::CommunityId])
                .filter(column.is_in(values))
                .filter(resident::Column::CommunityId.ne(import.community.id))
                .filter(scope.community(resident::Column::CommunityId))
                .into_tuple()
                .all(db)
                .await?;
            if rows.is_empty() {
                continue;
            }
            let names = places::tree::names(db, rows.iter().map(|(.., id)| *id)).await?;
            // By number, and by name too where the number is a telephone's.
            let word = |name: &str| {
                if same_identity {
                    String::new()
                } else {
                    name.to_owned()
                }
            };
            let there: HashMap<(Vec<u8>, String), PlaceId> = rows
                .into_iter()
                .map(|(mark, name, community)| ((mark, word(&name)), community))
                .collect();
            for person in some {
                let other = of(person).and_then(|mark| there.get(&(mark, word(&person.name))));
                if let Some(community) = other {
                    let name = names.get(community).cloned().unwrap_or_default();
                    found.push(Suspect::of(person, same_identity, name));
                }
            }
        }
    }
    Ok(found)
}
