//! Opening a round: its targets are fixed at that moment, so that "all" always means something. Those who move in later
//! are taken in and say so by the time they were added.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use accounts::{Actor, audit};
use kit::{
    Day, FieldError, Problem, Result, Role, Timestamp,
    id::{FormId, PieceId, PlaceId, RoundId},
};
use places::tree;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};
use shell::App;

use crate::{
    effort,
    kind::{Only, Outcome, Reach, RoundKind},
    model::{part, piece, round, target},
    standing,
    targets::{MOST_PARTS, take_in},
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
    /// Only in these buildings, compounds or communities; empty for all of the place.
    pub parts: Vec<PlaceId>,
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
    if wish.which != Only::All && !wish.reach.picks() {
        return Err(invalid("which", "round-which-reach"));
    }
    if wish.parts.len() > MOST_PARTS {
        return Err(invalid("parts", "round-parts"));
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
    for part in &wish.parts {
        let part = tree::load(&tx, *part).await?;
        if !part.path.starts_with(&place.path) {
            return Err(invalid("parts", "round-part-elsewhere"));
        }
        part::Entity::insert(part::ActiveModel {
            id: Set(kit::id::fresh(now)),
            round_id: Set(id),
            place_id: Set(part.id),
            place_path: Set(part.path),
        })
        .exec_without_returning(&tx)
        .await?;
    }
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
    standing::count(tx, &fresh.into_values().collect::<Vec<_>>()).await?;
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
        let parts = part::Entity::find()
            .filter(part::Column::RoundId.eq(before.id))
            .all(&tx)
            .await?;
        for part in parts {
            let next = part::Model {
                id: kit::id::fresh(now),
                round_id: id,
                ..part
            };
            part::Entity::insert(part::ActiveModel::from(next))
                .exec_without_returning(&tx)
                .await?;
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
