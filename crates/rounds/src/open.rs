//! Opening a round: its targets are fixed at that moment, so that "all" always means something. Those who move in later
//! are taken in and say so by the time they were added.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use accounts::{Actor, audit};
use kit::{
    Day, FieldError, Problem, Result, Role, Timestamp,
    id::{FormId, PieceId, PlaceId, RoundId, TargetId},
};
use places::{PlaceKind, place, tree};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait,
    FromQueryResult, QueryFilter, QuerySelect, Statement, Value, sea_query::OnConflict,
};
use shell::App;
use store::bulk::{Insert, Type};

use crate::{
    effort,
    kind::{Only, Outcome, Reach, RoundKind},
    model::{outcome, piece, round, target},
    projection,
};

/// Hours after which nobody in is tried again, where the round says nothing else.
pub const AGAIN_HOURS: i64 = 4;
/// Minutes after which a claim nobody works on ends, where the round says nothing else.
pub const HOLD_MINUTES: i64 = 120;
/// A deadline further away than this is a slip of the pen.
const FAR: Duration = Duration::from_secs(366 * 24 * 3600);
/// How often those who have moved in are looked for.
const EVERY: Duration = Duration::from_secs(60);
/// The last look of a round that takes nobody in: later than any.
const NEVER: Timestamp = Timestamp::from_millis(i64::MAX);
/// Whoever was entered so long before the last look is looked for again: an import that takes long commits late.
const MARGIN: Duration = Duration::from_secs(3600);
const STEP: usize = 1_000;
const HOUR: i64 = 3_600_000;

/// A round as filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Where.
    pub place: PlaceId,
    /// Name.
    pub name: String,
    /// What is done.
    pub kind: RoundKind,
    /// What is reached.
    pub reach: Reach,
    /// Which of them.
    pub which: Only,
    /// Only those entered from this day on.
    pub since: Option<Day>,
    /// Outcomes that are final; empty for those of the kind.
    pub finals: Vec<Outcome>,
    /// To be done by.
    pub deadline: Timestamp,
    /// Hours after which a target without a final outcome is to be tried again.
    pub again_hours: i64,
    /// Minutes after which a claim nobody works on ends.
    pub hold_minutes: i64,
    /// What is asked; its newest version.
    pub form: Option<FormId>,
    /// Hours after which the next one opens ([`REPEATS`]); 0 for once only.
    pub repeat_hours: i64,
}

/// How often a round may come again, in hours: not, morning and evening, every day, every three days.
pub const REPEATS: [i64; 4] = [0, 12, 24, 72];

/// Opens a round. An empty one is refused, with the field that names the place marked.
pub async fn open(app: &App, actor: &Actor, wish: &Wish) -> Result<round::Model> {
    let now = app.now();
    if wish.deadline <= now {
        return Err(invalid("deadline", "round-past"));
    }
    if wish.deadline > now + FAR {
        return Err(invalid("deadline", "round-far"));
    }
    let tx = snapshot(app).await?;
    let place = tree::find(&tx, &actor.scope(Role::STAFF), wish.place).await?;
    let finals: Vec<&str> = if wish.finals.is_empty() {
        wish.kind
            .offers()
            .iter()
            .filter(|outcome| wish.kind.ends(**outcome))
            .map(|outcome| outcome.name())
            .collect()
    } else {
        wish.finals.iter().map(|outcome| outcome.name()).collect()
    };
    let version = match wish.form {
        Some(form) => Some(crate::forms::newest(&tx, form).await?.version),
        None => None,
    };
    let id = RoundId::fresh(now);
    let row = round::Model {
        id,
        community_id: place.community_id,
        place_id: place.id,
        place_path: place.path.clone(),
        name: wish.name.clone(),
        kind: wish.kind,
        reach: wish.reach,
        which: wish.which,
        since: wish.since,
        finals: format!(",{},", finals.join(",")),
        again_hours: wish.again_hours,
        hold_minutes: wish.hold_minutes,
        deadline_at: wish.deadline,
        opened_at: now,
        opened_by: actor.user_id,
        synced_at: now,
        closed_at: None,
        form_id: wish.form,
        form_version: version,
        series_id: id,
        number: 1,
        repeat_hours: wish.repeat_hours,
    };
    round::Entity::insert(round::ActiveModel::from(row.clone()))
        .exec_without_returning(&tx)
        .await?;
    if take_in(&tx, &row, None, now).await? == 0 {
        return Err(invalid("place", "round-empty"));
    }
    let entry = audit::Entry {
        action: "round.open",
        subject: &row.name,
        community: Some(row.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(row)
}

/// A transaction whose every statement sees the same households: whoever is entered meanwhile is taken in afterwards, and the
/// numbers of pieces are those of their targets. SQLite has one writer anyway.
async fn snapshot(app: &App) -> Result<DatabaseTransaction> {
    let tx = app.store.begin().await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            .await?;
    }
    Ok(tx)
}

/// Opens a round for exactly these targets of another, such as the members of a positive tube, within the transaction of
/// whatever asks for it. It has the place and the rules of the other.
pub async fn open_for(
    tx: &DatabaseTransaction,
    actor: &Actor,
    of: &round::Model,
    (name, deadline): (String, Timestamp),
    targets: &[target::Model],
    now: Timestamp,
) -> Result<RoundId> {
    let id = RoundId::fresh(now);
    let row = round::Model {
        id,
        series_id: id,
        number: 1,
        repeat_hours: 0,
        name,
        which: Only::All,
        since: None,
        deadline_at: deadline,
        opened_at: now,
        opened_by: actor.user_id,
        // Nobody is taken in later: it is for those who were named.
        synced_at: NEVER,
        closed_at: None,
        ..of.clone()
    };
    round::Entity::insert(round::ActiveModel::from(row.clone()))
        .exec_without_returning(tx)
        .await?;
    let wanted: HashSet<PieceId> = targets.iter().map(|target| target.piece_id).collect();
    let olds = piece::Entity::find()
        .filter(piece::Column::Id.is_in(wanted))
        .all(tx)
        .await?;
    let mut fresh = HashMap::with_capacity(olds.len());
    for old in olds {
        let id = PieceId::fresh(now);
        fresh.insert(old.id, id);
        let n = targets.iter().filter(|target| target.piece_id == old.id).count();
        let piece = piece::Model {
            id,
            round_id: row.id,
            effort: effort::minutes(i64::try_from(n).unwrap_or(0), old.floors, 1, old.lift),
            team: 0,
            finals: 0,
            tried: 0,
            holder: None,
            held_until: None,
            ..old
        };
        piece::Entity::insert(piece::ActiveModel::from(piece))
            .exec_without_returning(tx)
            .await?;
    }
    for target in targets {
        let Some(piece) = fresh.get(&target.piece_id) else {
            continue;
        };
        let target = target::Model {
            round_id: row.id,
            piece_id: *piece,
            added_at: now,
            outcome: String::new(),
            last: false,
            contradicts: false,
            tries: 0,
            at: None,
            record_id: None,
            ..target.clone()
        };
        target::Entity::insert(target::ActiveModel::from(target))
            .on_conflict_do_nothing()
            .exec_without_returning(tx)
            .await?;
    }
    projection::count(tx, &fresh.into_values().collect::<Vec<_>>()).await?;
    let entry = audit::Entry {
        action: "round.open",
        subject: &row.name,
        community: Some(row.community_id),
    };
    audit::note(tx, actor, now, entry).await?;
    Ok(row.id)
}

fn invalid(field: &str, kind: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(field.to_owned(), kind)])
}

/// Opens the next rounds of series whose time has come, and closes those before them. Returns how many were opened.
pub async fn repeat(app: &App) -> Result<usize> {
    let now = app.now();
    let due: Vec<round::Model> = round::Entity::find()
        .filter(round::Column::ClosedAt.is_null())
        .filter(round::Column::RepeatHours.gt(0))
        .all(app.store.read())
        .await?
        .into_iter()
        .filter(|row| row.opened_at.millis() + row.repeat_hours * HOUR <= now.millis())
        .collect();
    let mut opened = 0;
    for before in due {
        let tx = snapshot(app).await?;
        let id = RoundId::fresh(now);
        // In step with the first, however late the server was: a round that nobody saw is left out.
        let step = before.repeat_hours * HOUR;
        let late = (now.millis() - before.opened_at.millis()) / step * step;
        let begun = Timestamp::from_millis(before.opened_at.millis() + late);
        let span = before.deadline_at.millis() - before.opened_at.millis();
        let next = round::Model {
            id,
            number: before.number + 1,
            opened_at: begun,
            synced_at: now,
            deadline_at: Timestamp::from_millis(begun.millis() + span),
            closed_at: None,
            ..before.clone()
        };
        let made = round::Entity::insert(round::ActiveModel::from(next.clone()))
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
        if made == 0 {
            // Another server was quicker.
            continue;
        }
        take_in(&tx, &next, None, begun).await?;
        round::Entity::update(round::ActiveModel {
            id: Set(before.id),
            closed_at: Set(Some(now)),
            ..Default::default()
        })
        .exec(&tx)
        .await?;
        tx.commit().await?;
        opened += 1;
    }
    Ok(opened)
}

/// Closes a round, and ends its series: nothing more is claimed; what comes late is kept and counted.
pub async fn close(app: &App, actor: &Actor, id: RoundId) -> Result<()> {
    let tx = app.store.begin().await?;
    let row = crate::queries::find(&tx, actor, Role::STAFF, id).await?;
    if row.closed_at.is_none() {
        let now = app.now();
        round::Entity::update(round::ActiveModel {
            id: Set(id),
            closed_at: Set(Some(now)),
            ..Default::default()
        })
        .exec(&tx)
        .await?;
        let entry = audit::Entry {
            action: "round.close",
            subject: &row.name,
            community: Some(row.community_id),
        };
        audit::note(&tx, actor, now, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

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
/// Building units, and buildings that have none.
const UNITS: &str = "places p";
/// A unit belongs to its building's piece.
const PIECE: &str = "CASE WHEN p.kind = 'unit' THEN p.parent_id ELSE p.id END";

fn source(round: &round::Model) -> Source {
    let one = match round.reach {
        Reach::Households => "h",
        Reach::Residents => "r",
        Reach::Units => "p",
    };
    let which = match (round.reach, round.which) {
        (Reach::Units, _) => {
            "AND (p.kind = 'unit' OR (p.kind = 'building' AND NOT EXISTS (SELECT 1 FROM places u \
             WHERE u.parent_id = p.id AND u.kind = 'unit')))"
                .to_owned()
        }
        (_, Only::All) => String::new(),
        (_, Only::Needy) => format!("AND ({one}.needs <> '' OR {one}.cannot_shop)"),
        (Reach::Residents, Only::Alone) => "AND r.lives_alone".to_owned(),
        (Reach::Households, Only::Alone) => "AND EXISTS (SELECT 1 FROM residents r WHERE \
             r.community_id = h.community_id AND r.household_id = h.id AND r.lives_alone)"
            .to_owned(),
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
    n: i64,
}

/// Takes in what is to be reached, entered after `after` (none: everything). Returns how many targets were added.
async fn take_in(
    tx: &DatabaseTransaction,
    round: &round::Model,
    after: Option<Timestamp>,
    now: Timestamp,
) -> Result<u64> {
    let source = source(round);
    let entered = after
        .max(round.since.map(Day::start))
        .unwrap_or(Timestamp::from_millis(i64::MIN));
    let condition = format!(
        "{path} >= $1 AND {path} < $2 AND {created} >= $3 {which}",
        path = source.path,
        created = source.created,
        which = source.which
    );
    let range: [Value; 3] = [
        round.place_path.as_str().into(),
        format!("{}~", round.place_path).into(),
        entered.millis().into(),
    ];
    let backend = tx.get_database_backend();
    let counted = Counted::find_by_statement(Statement::from_sql_and_values(
        backend,
        format!(
            "SELECT {piece} AS place, COUNT(*) AS n FROM {from} WHERE {condition} GROUP BY {piece}",
            piece = source.piece,
            from = source.from
        ),
        range.clone(),
    ))
    .all(tx)
    .await?;
    pieces(tx, round, &counted, now).await?;
    // The piece is looked up for each row by its unique index: as a join, SQLite would go through all households of a
    // community for each of its pieces.
    let of_piece = |community: &str| {
        format!(
            "(SELECT q.id FROM round_pieces q WHERE q.community_id = {community} AND q.round_id = $4 \
             AND q.place_id = {} ORDER BY q.id LIMIT 1)",
            source.piece
        )
    };
    let unit = "CASE WHEN p.kind = 'unit' THEN p.name ELSE '' END";
    let picked = match round.reach {
        Reach::Households => format!(
            "h.community_id, $4, h.id, {}, h.id, {unit}, h.floor, h.label, ''",
            of_piece("h.community_id")
        ),
        Reach::Residents => format!(
            "h.community_id, $4, r.id, {}, h.id, {unit}, h.floor, h.label, r.name",
            of_piece("h.community_id")
        ),
        Reach::Units => format!(
            "p.community_id, $4, p.id, {}, NULL, p.name, 0, p.name, ''",
            of_piece("p.community_id")
        ),
    };
    let text = format!(
        "INSERT INTO round_targets (community_id, round_id, id, piece_id, household_id, unit, floor, label, name, added_at) \
         SELECT {picked}, $5 FROM {from} WHERE {condition} ON CONFLICT DO NOTHING",
        from = source.from
    );
    let [from, to, since] = range;
    let values = [from, to, since, round.id.0.into(), now.millis().into()];
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
        projection::count(tx, &touched).await?;
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
    projection::refresh(tx, &keys).await?;
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
    let fresh: Vec<&Counted> = counted.iter().filter(|row| !known.contains(&row.place)).collect();
    for some in fresh.chunks(STEP) {
        let targets: HashMap<PlaceId, i64> = some.iter().map(|row| (row.place, row.n)).collect();
        let places = place::Entity::find()
            .filter(place::Column::Id.is_in(targets.keys().copied()))
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

/// Takes those who have moved in since into every open round. Returns how many were added.
pub async fn sync(app: &App) -> Result<u64> {
    let open = round::Entity::find()
        .filter(round::Column::ClosedAt.is_null())
        .filter(round::Column::SyncedAt.lt(NEVER))
        .all(app.store.read())
        .await?;
    let mut added = 0;
    for row in open {
        let now = app.now();
        let tx = app.store.begin().await?;
        field::apply::alone(&tx, [row.community_id]).await?;
        added += take_in(&tx, &row, Some(row.synced_at.minus(MARGIN)), now).await?;
        round::Entity::update(round::ActiveModel {
            id: Set(row.id),
            synced_at: Set(now),
            ..Default::default()
        })
        .exec(&tx)
        .await?;
        tx.commit().await?;
    }
    Ok(added)
}

/// Opens what comes again and looks for those who have moved in, from time to time. Never returns.
pub async fn job(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(problem) = repeat(&app).await {
            tracing::warn!(error = %problem, "the next round of a series could not be opened");
        }
        if let Err(problem) = sync(&app).await {
            tracing::warn!(error = %problem, "those who moved in could not be taken into rounds");
        }
    }
}
