//! What is known of a household, a resident, a business or a building unit because somebody answered a question about it:
//! asked once, shown to be confirmed the next time.
//!
//! A fact has the name of its question. Some names are columns of their own ([`Whose::own`]): an answer is written there
//! too, and what staff write on a page counts as said at that moment. The latest word counts, in whatever order records
//! come.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kit::{
    Lang, Problem, Result, Timestamp,
    id::{PlaceId, RecordId, TargetId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Statement,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shell::{App, Page};
use store::{
    Cipher,
    bulk::{Insert, Type},
};

use crate::{
    business, household,
    model::known_fact,
    resident,
    view::{Links, Thing},
};

/// Whose facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A household's.
    Household,
    /// A resident's.
    Resident,
    /// A business's.
    Business,
    /// A building unit's.
    Unit,
}

/// How a column is written and read as an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Words of at most so many characters.
    Text(usize),
    /// A whole number within bounds; below the least: not known.
    Number(i64, i64),
    /// `yes` or `no`.
    Truth,
}

impl Whose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Household, Self::Resident, Self::Business, Self::Unit];

    /// The names that are columns of its table.
    pub const fn own(self) -> &'static [(&'static str, Shape)] {
        match self {
            Self::Household => &[
                ("cannot_shop", Shape::Truth),
                ("needs", Shape::Text(household::NEEDS)),
            ],
            Self::Resident => &[
                ("born", Shape::Number(resident::BORN.0, resident::BORN.1)),
                ("cannot_shop", Shape::Truth),
                ("doses", Shape::Number(0, resident::DOSES)),
                ("language", Shape::Text(resident::LANGUAGE)),
                ("lives_alone", Shape::Truth),
                ("needs", Shape::Text(household::NEEDS)),
            ],
            Self::Business => &[
                ("contact", Shape::Text(business::NAME)),
                ("returning", Shape::Number(0, business::WORKERS)),
                ("workers", Shape::Number(0, business::WORKERS)),
            ],
            Self::Unit => &[],
        }
    }

    const fn table(self) -> &'static str {
        match self {
            Self::Household => "households",
            Self::Resident => "residents",
            Self::Business => "businesses",
            Self::Unit => "places",
        }
    }

    fn shape(self, name: &str) -> Option<Shape> {
        self.own()
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, shape)| *shape)
    }
}

/// What was said, in words of both languages beside the value, so that it can be read without the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The answer as the form takes it.
    pub value: Value,
    /// What was asked: Chinese, English.
    pub asked: [String; 2],
    /// What was answered: Chinese, English.
    pub said: [String; 2],
}

/// Something that was said of somebody.
#[derive(Debug, Clone)]
pub struct Said {
    /// Community.
    pub community: PlaceId,
    /// Of whom.
    pub subject: TargetId,
    /// Whose facts those are.
    pub whose: Whose,
    /// Name of the fact.
    pub name: String,
    /// What.
    pub words: Words,
    /// When.
    pub at: Timestamp,
    /// The record; none for a page.
    pub record: Option<RecordId>,
}

const FACTS: Insert = Insert {
    table: "known_facts",
    columns: &[
        ("community_id", Type::Uuid),
        ("subject_id", Type::Uuid),
        ("name", Type::Text),
        ("value_sealed", Type::BytesOrNull),
        ("at", Type::Int),
        ("record_id", Type::UuidOrNull),
    ],
    // Of two at the same moment the later record counts, so that the order in which they come does not.
    suffix: "ON CONFLICT (community_id, subject_id, name) DO UPDATE SET value_sealed = excluded.value_sealed, \
             at = excluded.at, record_id = excluded.record_id WHERE known_facts.at < excluded.at \
             OR (known_facts.at = excluded.at AND known_facts.record_id < excluded.record_id)",
};

/// Takes in what was said; what was said later already stays.
pub async fn learn(tx: &impl ConnectionTrait, cipher: &Cipher, said: Vec<Said>) -> Result<()> {
    let mut latest = BTreeMap::<(PlaceId, TargetId, String), Said>::new();
    for one in said {
        let key = (one.community, one.subject, one.name.clone());
        match latest.get(&key) {
            Some(other) if (other.at, other.record) >= (one.at, one.record) => {}
            _ => {
                latest.insert(key, one);
            }
        }
    }
    let mut rows = Vec::with_capacity(latest.len());
    for one in latest.values() {
        let json = serde_json::to_string(&one.words).map_err(Problem::internal)?;
        rows.push(vec![
            one.community.0.into(),
            one.subject.0.into(),
            one.name.as_str().into(),
            Some(cipher.encrypt(&json)?).into(),
            one.at.millis().into(),
            one.record.map(|id| id.0).into(),
        ]);
    }
    FACTS.run(tx, rows).await?;
    for one in latest.values() {
        let (Some(shape), Some(record)) = (one.whose.shape(&one.name), one.record) else {
            continue;
        };
        let there = known_fact::Entity::find_by_id((one.community, one.subject, one.name.clone()))
            .one(tx)
            .await?;
        if there.is_some_and(|row| row.record_id == Some(record)) {
            write(tx, one, shape).await?;
        }
    }
    Ok(())
}

/// Writes a fact into its column. What does not fit there is kept as a fact only.
async fn write(tx: &impl ConnectionTrait, said: &Said, shape: Shape) -> Result<()> {
    let value: sea_orm::Value = match (shape, &said.words.value) {
        (Shape::Text(most), Value::String(text)) if text.chars().count() <= most => text.trim().into(),
        (Shape::Truth, Value::String(text)) if text == "yes" || text == "no" => (text == "yes").into(),
        (Shape::Number(least, most), Value::Number(n)) => match n.as_i64() {
            Some(n) if (least..=most).contains(&n) => n.into(),
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    let text = format!(
        "UPDATE {} SET \"{}\" = $1 WHERE community_id = $2 AND id = $3",
        said.whose.table(),
        said.name
    );
    let values = [value, said.community.0.into(), said.subject.0.into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), text, values);
    tx.execute_raw(statement).await?;
    Ok(())
}

/// Notes that staff entered these columns on a page or by a file: what was recorded before does not overwrite them.
pub(crate) async fn entered(
    tx: &impl ConnectionTrait,
    cipher: &Cipher,
    whose: Whose,
    (community, subject): (PlaceId, TargetId),
    now: Timestamp,
    names: &[&'static str],
) -> Result<()> {
    let said = names
        .iter()
        .map(|name| Said {
            community,
            subject,
            whose,
            name: (*name).to_owned(),
            words: Words {
                value: Value::Null,
                asked: Default::default(),
                said: Default::default(),
            },
            at: now,
            record: None,
        })
        .collect();
    learn(tx, cipher, said).await
}

/// Forgets what a record said; a column keeps what it holds.
pub async fn forget(tx: &impl ConnectionTrait, record: RecordId) -> Result<()> {
    known_fact::Entity::delete_many()
        .filter(known_fact::Column::RecordId.eq(record))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets what all records said, before they are told again.
pub async fn clear(tx: &impl ConnectionTrait) -> Result<()> {
    known_fact::Entity::delete_many()
        .filter(known_fact::Column::RecordId.is_not_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Answers by name of fact.
pub type Known = BTreeMap<String, Value>;

#[derive(FromQueryResult)]
struct Column {
    id: TargetId,
    value: String,
}

/// What is known of these, as far as the names are asked for.
pub async fn of(
    db: &impl ConnectionTrait,
    cipher: &Cipher,
    whose: Whose,
    community: PlaceId,
    ids: &[TargetId],
    names: &BTreeSet<&str>,
) -> Result<HashMap<TargetId, Known>> {
    let mut found = HashMap::<TargetId, Known>::new();
    if names.is_empty() {
        return Ok(found);
    }
    for some in ids.chunks(crate::queries::AT_ONCE) {
        let rows = known_fact::Entity::find()
            .filter(known_fact::Column::CommunityId.eq(community))
            .filter(known_fact::Column::SubjectId.is_in(some.iter().copied()))
            .filter(known_fact::Column::Name.is_in(names.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            let words = opened(cipher, &row)?;
            if !words.value.is_null() && whose.shape(&row.name).is_none() {
                found
                    .entry(row.subject_id)
                    .or_default()
                    .insert(row.name, words.value);
            }
        }
    }
    for (name, shape) in whose.own().iter().filter(|(name, _)| names.contains(name)) {
        let plain = match shape {
            Shape::Truth => format!("CASE WHEN \"{name}\" THEN 'yes' ELSE 'no' END"),
            _ => format!("CAST(\"{name}\" AS TEXT)"),
        };
        for some in ids.chunks(crate::queries::AT_ONCE) {
            let marks: Vec<String> = (0..some.len()).map(|i| format!("${}", i + 2)).collect();
            let text = format!(
                "SELECT id, {plain} AS value FROM {} WHERE community_id = $1 AND id IN ({})",
                whose.table(),
                marks.join(", ")
            );
            let mut values: Vec<sea_orm::Value> = vec![community.0.into()];
            values.extend(some.iter().map(|id| sea_orm::Value::from(id.0)));
            let statement = Statement::from_sql_and_values(db.get_database_backend(), text, values);
            for row in Column::find_by_statement(statement).all(db).await? {
                if let Some(value) = answer(*shape, &row.value) {
                    found.entry(row.id).or_default().insert((*name).to_owned(), value);
                }
            }
        }
    }
    Ok(found)
}

/// What a column holds as an answer; none when that is "not known". A box that is not ticked says nothing: nobody may have
/// asked.
fn answer(shape: Shape, text: &str) -> Option<Value> {
    match shape {
        Shape::Text(_) => (!text.is_empty()).then(|| Value::from(text)),
        Shape::Truth => (text == "yes").then(|| Value::from(text)),
        Shape::Number(least, _) => text.parse::<i64>().ok().filter(|n| *n >= least).map(Value::from),
    }
}

fn opened(cipher: &Cipher, row: &known_fact::Model) -> Result<Words> {
    serde_json::from_str(&cipher.decrypt(&row.value_sealed)?).map_err(Problem::internal)
}

/// What else is known, as a part of the page of a household, resident or business.
pub(crate) async fn part(
    app: &App,
    page: &Page,
    thing: Thing,
    community: PlaceId,
    subject: TargetId,
) -> Result<Thing> {
    let rows = known_fact::Entity::find()
        .filter(known_fact::Column::CommunityId.eq(community))
        .filter(known_fact::Column::SubjectId.eq(subject))
        .order_by_asc(known_fact::Column::Name)
        .all(app.store.read())
        .await?;
    let mut links = Vec::new();
    for row in rows {
        let words = opened(&app.cipher, &row)?;
        if words.value.is_null() {
            continue;
        }
        let pick = |both: &[String; 2]| match page.lang {
            Lang::En if !both[1].is_empty() => both[1].clone(),
            _ => both[0].clone(),
        };
        let line = format!(
            "{}{}{}",
            pick(&words.asked),
            page.pick("：", ": "),
            pick(&words.said)
        );
        links.push((String::new(), line, row.at.minute_text()));
    }
    if links.is_empty() {
        return Ok(thing);
    }
    let none = String::new();
    thing.part("people-known", &Links { links, none })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_as_answers() {
        for (shape, text, value) in [
            (Shape::Text(10), "", None),
            (Shape::Text(10), "透析", Some(Value::from("透析"))),
            (Shape::Truth, "no", None),
            (Shape::Truth, "yes", Some(Value::from("yes"))),
            (Shape::Number(0, 9), "-1", None),
            (Shape::Number(0, 9), "0", Some(Value::from(0))),
            (Shape::Number(1880, 2100), "0", None),
        ] {
            assert_eq!(answer(shape, text), value, "{shape:?} {text}");
        }
    }
}
