//! What a round must reach: looked for in households, residents, businesses and building units, and gathered into pieces.

use std::collections::{HashMap, HashSet};

use kit::{
    Day, Result, Timestamp,
    id::{PieceId, PlaceId, TargetId},
};
use places::{PlaceKind, place, tree};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Statement, Value, sea_query::Expr,
};
use store::bulk::{Insert, Type};

use crate::{
    effort,
    kind::{Only, Reach},
    model::{outcome, part, piece, round, target},
    standing,
};

const STEP: usize = 1_000;
/// Buildings to which a round may be limited at most.
pub const MOST_PARTS: usize = 200;

/// What a statement selects its targets from: tables, the place of the piece, and the conditions.
struct Source {
    from: &'static str,
    piece: &'static str,
    path: &'static str,
    which: String,
    created: &'static str,
}

const HOMES: &str = "households h JOIN places p ON p.id = h.place_id";
const PEOPLE: &str = "households h JOIN places p ON p.id = h.place_id \
     JOIN residents r ON r.community_id = h.community_id AND r.household_id = h.id";
const BUSINESSES: &str = "businesses b JOIN places p ON p.id = b.place_id";
/// Years from which somebody is old.
const OLD: i64 = 80;
/// Building units, and buildings that have none.
const UNITS: &str = "places p";
/// A unit belongs to its building's piece.
const PIECE: &str = "CASE WHEN p.kind = 'unit' THEN p.parent_id ELSE p.id END";

fn source(round: &round::Model) -> Source {
    let one = if round.reach == Reach::Households {
        "h"
    } else {
        "r"
    };
    // A household has in it whoever fits; of residents each is asked for themself.
    let somebody = |who: &str| match round.reach {
        Reach::Households => format!(
            "AND EXISTS (SELECT 1 FROM residents r WHERE r.community_id = h.community_id \
             AND r.household_id = h.id AND {who})"
        ),
        _ => format!("AND {who}"),
    };
    let which = match (round.reach, round.which) {
        (Reach::Units, _) => {
            "AND (p.kind = 'unit' OR (p.kind = 'building' AND NOT EXISTS (SELECT 1 FROM places u \
             WHERE u.parent_id = p.id AND u.kind = 'unit')))"
                .to_owned()
        }
        (Reach::Businesses, _) => "AND b.active".to_owned(),
        (_, Only::All) => String::new(),
        (_, Only::Needy) => format!("AND ({one}.needs <> '' OR {one}.cannot_shop)"),
        (_, Only::Alone) => somebody("r.lives_alone"),
        (_, Only::Over80) => {
            let year = i64::from(round.opened_at.day().0.year()) - OLD;
            somebody(&format!("r.born > 0 AND r.born <= {year}"))
        }
        // Whoever is not known to be vaccinated is asked.
        (_, Only::Unvaccinated) => somebody("r.doses < 1"),
    };
    match round.reach {
        Reach::Households => Source {
            from: HOMES,
            piece: PIECE,
            path: "h.place_path",
            which,
            created: "h.created_at",
        },
        Reach::Residents => Source {
            from: PEOPLE,
            piece: PIECE,
            path: "h.place_path",
            which,
            created: "r.created_at",
        },
        Reach::Businesses => Source {
            from: BUSINESSES,
            piece: PIECE,
            path: "b.place_path",
            which,
            created: "b.created_at",
        },
        Reach::Units => Source {
            from: UNITS,
            piece: PIECE,
            path: "p.path",
            which,
            created: "p.created_at",
        },
    }
}

#[derive(FromQueryResult)]
struct Counted {
    place: PlaceId,
    path: String,
    n: i64,
}

/// Takes in what is to be reached, entered after `after` (none: everything). Returns how many targets were added.
pub(crate) async fn take_in(
    tx: &DatabaseTransaction,
    round: &round::Model,
    after: Option<Timestamp>,
    now: Timestamp,
) -> Result<u64> {
    let source = source(round);
    let entered = after
        .max(round.since.map(Day::start))
        .unwrap_or(Timestamp::from_millis(i64::MIN));
    let parts = part::Entity::find()
        .filter(part::Column::RoundId.eq(round.id))
        .all(tx)
        .await?;
    let mut range: Vec<Value> = vec![
        round.place_path.as_str().into(),
        format!("{}~", round.place_path).into(),
        entered.millis().into(),
    ];
    let mut within = Vec::with_capacity(parts.len());
    for part in parts {
        let n = range.len();
        within.push(format!("({0} >= ${1} AND {0} < ${2})", source.path, n + 1, n + 2));
        range.push(part.place_path.as_str().into());
        range.push(format!("{}~", part.place_path).into());
    }
    let within = if within.is_empty() {
        String::new()
    } else {
        format!("AND ({})", within.join(" OR "))
    };
    let condition = format!(
        "{path} >= $1 AND {path} < $2 AND {created} >= $3 {which} {within}",
        path = source.path,
        created = source.created,
        which = source.which
    );
    let backend = tx.get_database_backend();
    let counted = Counted::find_by_statement(Statement::from_sql_and_values(
        backend,
        format!(
            "SELECT {piece} AS place, MIN({path}) AS path, COUNT(*) AS n FROM {from} WHERE {condition} GROUP BY {piece}",
            piece = source.piece,
            path = source.path,
            from = source.from
        ),
        range.clone(),
    ))
    .all(tx)
    .await?;
    pieces(tx, round, &counted, now).await?;
    let (of_round, of_now) = (range.len() + 1, range.len() + 2);
    let table = match round.reach {
        Reach::Households | Reach::Residents => "h",
        Reach::Units => "p",
        Reach::Businesses => "b",
    };
    let unit = "CASE WHEN p.kind = 'unit' THEN p.name ELSE '' END";
    let nobody = "CAST(NULL AS uuid)";
    let columns = match round.reach {
        Reach::Households => ["h.id", "h.id", unit, "h.floor", "h.label", "''"],
        Reach::Residents => ["r.id", "h.id", unit, "h.floor", "h.label", "r.name"],
        Reach::Units => ["p.id", nobody, "p.name", "0", "p.name", "''"],
        Reach::Businesses => ["b.id", nobody, unit, "b.floor", "b.label", "b.name"],
    };
    let [id, household, unit, floor, label, name] = columns;
    let found = format!(
        "SELECT {table}.community_id AS community, {piece} AS place, {id} AS id, {household} AS household, {unit} AS unit, \
         {floor} AS floor, {label} AS label, {name} AS name FROM {from} WHERE {condition}",
        piece = source.piece,
        from = source.from
    );
    // The piece of a row, by the index of pieces.
    let pieces =
        format!("q.community_id = t.community AND q.round_id = ${of_round} AND q.place_id = t.place");
    // PostgreSQL hashes all pieces once; the OFFSET keeps it from joining them earlier, by their community alone, as it does
    // while it knows nothing of tables that have just been filled. SQLite would go through all households of a community for
    // each of its pieces: there the piece is looked up for each row, and the plus keeps it from looking for the smallest among
    // all the community's pieces.
    let (piece, rows) = if backend == DbBackend::Postgres {
        (
            "q.id".to_owned(),
            format!("({found} OFFSET 0) t JOIN round_pieces q ON {pieces}"),
        )
    } else {
        (
            format!("(SELECT MIN(+q.id) FROM round_pieces q WHERE {pieces})"),
            format!("({found}) t"),
        )
    };
    let text = format!(
        "INSERT INTO round_targets (community_id, round_id, id, piece_id, household_id, unit, floor, label, name, added_at) \
         SELECT t.community, ${of_round}, t.id, {piece}, t.household, t.unit, t.floor, t.label, t.name, ${of_now} FROM {rows} \
         WHERE true ON CONFLICT DO NOTHING"
    );
    let mut values = range;
    values.extend([round.id.0.into(), now.millis().into()]);
    let added = tx
        .execute_raw(Statement::from_sql_and_values(backend, text, values))
        .await?
        .rows_affected();
    // At the opening the pieces were made with their numbers.
    if added > 0 && after.is_some() {
        let places: HashSet<PlaceId> = counted.iter().map(|row| row.place).collect();
        let ids: Vec<(PieceId, PlaceId)> = piece::Entity::find()
            .select_only()
            .columns([piece::Column::Id, piece::Column::PlaceId])
            .filter(piece::Column::RoundId.eq(round.id))
            .into_tuple()
            .all(tx)
            .await?;
        let touched: Vec<PieceId> = ids
            .into_iter()
            .filter(|(_, place)| places.contains(place))
            .map(|(id, _)| id)
            .collect();
        standing::count(tx, &touched).await?;
        heard_before(tx, round, now).await?;
    }
    Ok(added)
}

/// What was recorded at somebody's door before they became a target counts now.
async fn heard_before(tx: &DatabaseTransaction, round: &round::Model, added: Timestamp) -> Result<()> {
    if round.opened_at == added {
        return Ok(());
    }
    let fresh: Vec<(PlaceId, TargetId)> = target::Entity::find()
        .select_only()
        .columns([target::Column::CommunityId, target::Column::Id])
        .filter(target::Column::RoundId.eq(round.id))
        .filter(target::Column::AddedAt.eq(added))
        // As the partial index says, word for word: nobody has been taken into account there yet.
        .filter(Expr::cust("NOT last"))
        .filter(
            target::Column::Id.in_subquery(
                sea_orm::sea_query::Query::select()
                    .column(outcome::Column::TargetId)
                    .from(outcome::Entity)
                    .and_where(outcome::Column::RoundId.eq(round.id))
                    .to_owned(),
            ),
        )
        .into_tuple()
        .all(tx)
        .await?;
    let keys = fresh
        .into_iter()
        .map(|(community, id)| (community, round.id, id))
        .collect();
    standing::refresh(tx, &keys, None).await?;
    Ok(())
}

const PIECES: Insert = Insert {
    table: "round_pieces",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("round_id", Type::Uuid),
        ("place_id", Type::Uuid),
        ("place_path", Type::Text),
        ("name", Type::Text),
        ("sort_key", Type::Text),
        ("floors", Type::Int),
        ("lift", Type::Bool),
        ("effort", Type::Int),
        ("targets", Type::Int),
    ],
    suffix: "",
};

/// Makes the pieces that are not there yet: a building each, or whatever households without a building lie in.
async fn pieces(
    tx: &DatabaseTransaction,
    round: &round::Model,
    counted: &[Counted],
    now: Timestamp,
) -> Result<()> {
    let known: HashSet<PlaceId> = piece::Entity::find()
        .select_only()
        .column(piece::Column::PlaceId)
        .filter(piece::Column::RoundId.eq(round.id))
        .into_tuple::<PlaceId>()
        .all(tx)
        .await?
        .into_iter()
        .collect();
    let mut fresh: Vec<&Counted> = counted.iter().filter(|row| !known.contains(&row.place)).collect();
    // In the order in which their targets are written: neighbours lie side by side in every index.
    fresh.sort_by(|a, b| a.path.cmp(&b.path));
    for some in fresh.chunks(STEP) {
        let targets: HashMap<PlaceId, i64> = some.iter().map(|row| (row.place, row.n)).collect();
        let places = place::Entity::find()
            .filter(place::Column::Id.is_in(targets.keys().copied()))
            .order_by_asc(place::Column::Path)
            .all(tx)
            .await?;
        let units: HashMap<PlaceId, i64> = place::Entity::find()
            .select_only()
            .column(place::Column::ParentId)
            .column_as(place::Column::Id.count(), "n")
            .filter(place::Column::ParentId.is_in(targets.keys().copied()))
            .filter(place::Column::Kind.eq(PlaceKind::Unit))
            .group_by(place::Column::ParentId)
            .into_tuple()
            .all(tx)
            .await?
            .into_iter()
            .collect();
        let above = tree::names(tx, places.iter().filter_map(|place| place.parent_id)).await?;
        let rows = places
            .into_iter()
            .map(|place| {
                let staircases = units.get(&place.id).copied().unwrap_or(0);
                let n = targets.get(&place.id).copied().unwrap_or(0);
                let minutes = effort::minutes(n, place.floors, staircases, place.lift);
                let name = match place.parent_id.and_then(|parent| above.get(&parent)) {
                    Some(above) if place.kind >= PlaceKind::Building => format!("{above} {}", place.name),
                    _ => place.name,
                };
                // Neighbours stand together: the way leads through one compound before the next.
                let compound = place.path.len().saturating_sub(13);
                vec![
                    place.community_id.0.into(),
                    PieceId::fresh(now).0.into(),
                    round.id.0.into(),
                    place.id.0.into(),
                    place.path.as_str().into(),
                    name.into(),
                    format!("{}{}", &place.path[..compound], place.sort_key).into(),
                    place.floors.into(),
                    place.lift.into(),
                    minutes.into(),
                    n.into(),
                ]
            })
            .collect();
        PIECES.run(tx, rows).await?;
    }
    Ok(())
}
