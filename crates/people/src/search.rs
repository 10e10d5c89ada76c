//! Search by the beginning of a name, its pinyin or its initials, or by an exact number.
//!
//! A search runs in phases, one index each: those whose pinyin begins with the letters, then those whose
//! initials do. Each phase is sorted by the column it searches, and the key of a page's last row carries
//! the number of its phase, so a page costs the same at a thousand and at a million rows. (One query with
//! OR and one order would have to walk the whole index of that order to find the few that match.)

use kit::{Problem, Result};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, ModelTrait, QueryFilter, QuerySelect,
    Select, Value, sea_query::Expr,
};
use shell::list::{Cursor, Key, Window};
use store::Cipher;
use uuid::Uuid;

/// The columns of a table that can be searched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<C> {
    /// Key.
    pub id: C,
    /// As written.
    pub name: C,
    /// Full pinyin.
    pub pinyin: C,
    /// First letters of the pinyin.
    pub initials: C,
    /// Keyed index of the telephone number.
    pub phone: Option<C>,
    /// Keyed index of the identity number.
    pub identity: Option<C>,
}

/// One way of looking, with the column by which what it finds is sorted.
#[derive(Debug, Clone)]
pub(crate) struct Phase<C> {
    filter: Condition,
    sort: C,
    /// Finds by an exact number. What it finds is sorted here: an engine that is asked for an order
    /// would walk the whole index of that order for the one row.
    exact: bool,
}

/// People with the same exact number that are looked at; a large household shares one telephone.
const EXACT: u64 = 1_000;

/// The phases of a search; one that finds everything when nothing is searched for.
pub(crate) fn phases<C: ColumnTrait>(q: &str, cipher: &Cipher, columns: &Columns<C>) -> Vec<Phase<C>> {
    let by = |filter: Condition, sort: C| Phase {
        filter,
        sort,
        exact: false,
    };
    if q.is_empty() {
        return vec![by(Condition::all(), columns.pinyin)];
    }
    let numbers = [
        (columns.phone, kit::text::phone(q)),
        (columns.identity, crate::numbers::identity(q)),
    ];
    let exact: Vec<Phase<C>> = numbers
        .into_iter()
        .filter_map(|(column, number)| {
            let filter = column?.eq(cipher.index(&number?));
            Some(Phase {
                exact: true,
                ..by(Condition::all().add(filter), columns.pinyin)
            })
        })
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    if !q.is_ascii() {
        return vec![by(begins(columns.name, q), columns.name)];
    }
    let letters: String = q
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let pinyin = begins(columns.pinyin, &letters);
    vec![
        by(pinyin.clone(), columns.pinyin),
        by(
            begins(columns.initials, &letters).add(pinyin.not()),
            columns.initials,
        ),
    ]
}

/// The rows whose column begins with this.
fn begins<C: ColumnTrait>(column: C, beginning: &str) -> Condition {
    let column = Expr::col(column.as_column_ref());
    Condition::all()
        .add(column.clone().gte(beginning))
        // The last character there is sorts after every continuation.
        .add(column.lt(format!("{beginning}\u{10FFFF}")))
}

/// Loads a window of a search. With several `bases` (disjoint parts of the table, each with an index of
/// its own) every page is merged from them.
pub(crate) async fn load<E>(
    db: &impl ConnectionTrait,
    window: &Window,
    bases: &[Select<E>],
    phases: &[Phase<E::Column>],
    columns: &Columns<E::Column>,
) -> Result<Vec<(Key, E::Model)>>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    let (mut first, mut after) = (0, None);
    if let Some(Cursor(Key::Text(key), id)) = &window.after
        && let Some((phase, value)) = key.split_once(':')
    {
        first = phase
            .parse()
            .map_err(|_| Problem::new(kit::problem::code::MALFORMED))?;
        after = Some(Cursor(Key::from(value), *id));
    }
    let mut found = Vec::new();
    for (number, phase) in phases.iter().enumerate().skip(first) {
        let left = window.limit - found.len() as u64;
        if left == 0 {
            break;
        }
        let part = Window {
            after: after.take(),
            limit: left,
            ..window.clone()
        };
        let mut rows: Vec<(String, Uuid, E::Model)> = Vec::new();
        for base in bases {
            for model in select(&part, base, phase, columns).all(db).await? {
                rows.push((text(&model, phase.sort), id(&model, columns.id), model));
            }
        }
        if phase.exact || bases.len() > 1 {
            let order = |a: (&str, Uuid), b: (&str, Uuid)| {
                if window.descending { b.cmp(&a) } else { a.cmp(&b) }
            };
            rows.sort_unstable_by(|a, b| order((&a.0, a.1), (&b.0, b.1)));
            if let Some(Cursor(Key::Text(key), last)) = &part.after {
                rows.retain(|row| order((&row.0, row.1), (key, *last)).is_gt());
            }
            rows.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        }
        found.extend(
            rows.into_iter()
                .map(|(value, _, model)| (Key::Text(format!("{number}:{value}")), model)),
        );
    }
    Ok(found)
}

/// One phase's part of a window.
pub(crate) fn select<E: EntityTrait>(
    window: &Window,
    base: &Select<E>,
    phase: &Phase<E::Column>,
    columns: &Columns<E::Column>,
) -> Select<E> {
    let found = base.clone().filter(phase.filter.clone());
    if phase.exact {
        return found.limit(EXACT);
    }
    window.cut(found, phase.sort, columns.id)
}

fn text<M: ModelTrait>(model: &M, column: <M::Entity as EntityTrait>::Column) -> String {
    match model.get(column) {
        Value::String(Some(text)) => text,
        _ => String::new(),
    }
}

fn id<M: ModelTrait>(model: &M, column: <M::Entity as EntityTrait>::Column) -> Uuid {
    match model.get(column) {
        Value::Uuid(Some(id)) => id,
        _ => Uuid::nil(),
    }
}
