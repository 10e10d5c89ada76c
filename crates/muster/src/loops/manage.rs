//! Loops are made, extended and ended.

use accounts::Actor;
use kit::{
    Day, FieldError, Problem, Result, Role,
    id::{HelperId, LoopId, OrgId, PostId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use shell::{App, form::Typed};

use super::{
    POST_CLOSED, POST_TAKEN, elsewhere, hold_helpers,
    model::{closed_loop, loop_member},
    note,
    rules::Span,
    state::Open,
    stays,
};
use crate::model::post;

/// The longest loop, in days.
const LONGEST: i32 = 366;
/// Characters of a name, of a reason and of a note at most.
pub const NAME: usize = 60;
/// See [`NAME`].
pub const REASON: usize = 200;
const NOTE: usize = 1_000;
/// Beds, meals a day and days between tests at most.
pub const BEDS: i64 = 500;
/// See [`BEDS`].
pub const MEALS: i64 = 6;
/// See [`BEDS`].
pub const TEST_DAYS: i64 = 30;

/// A loop as filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLoop {
    /// Post.
    pub post: PostId,
    /// Name.
    pub name: String,
    /// Organisation that has taken the post over.
    pub org: Option<OrgId>,
    /// First day.
    pub first_day: Day,
    /// Last day as planned.
    pub planned_end: Day,
    /// Beds.
    pub beds: i64,
    /// Meals a day for each person.
    pub meals: i64,
    /// A test every so many days.
    pub test_days: i64,
    /// A word about it.
    pub note: String,
}

impl NewLoop {
    /// Reads the form. `org` has been looked up from what was typed, `None` when nothing was found.
    pub fn read(typed: &Typed, org: Option<OrgId>, today: Day) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let new = Self {
            post: check.parse("post", "unknown"),
            name: check.text("name", NAME),
            org,
            first_day: check.parse("first_day", "date"),
            planned_end: check.parse("planned_end", "date"),
            beds: check.number("beds", 1, BEDS),
            meals: check.number("meals", 0, MEALS),
            test_days: check.number("test_days", 1, TEST_DAYS),
            note: check.optional("note", NOTE),
        };
        if !typed.get("org_name").is_empty() && org.is_none() {
            check.error(FieldError::new("org_name", "unknown"));
        }
        let unread = |name| check.errors.iter().any(|error| error.field == name);
        if !unread("first_day")
            && !unread("planned_end")
            && let Some(kind) = wrong_end(new.first_day, new.planned_end, today)
        {
            check.error(FieldError::new("planned_end", kind));
        }
        check.done(new)
    }
}

/// What is wrong with a planned end, if anything.
fn wrong_end(first: Day, end: Day, today: Day) -> Option<&'static str> {
    let days = first.0.until(end.0).map_or(LONGEST, |span| span.get_days());
    match () {
        () if end < first => Some("before-start"),
        () if end < today => Some("in-past"),
        () if days >= LONGEST => Some("loop-too-long"),
        () => None,
    }
}

/// The post, held until the transaction ends, so that it gets one loop at a time.
async fn hold_post(tx: &impl ConnectionTrait, actor: &Actor, id: PostId) -> Result<post::Model> {
    let post = post::Entity::find()
        .filter(post::Column::Id.eq(id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    actor.require(Role::STAFF, &post.place_path)?;
    Ok(post)
}

/// Refuses a span in which the post has a loop, other than `own`.
async fn free(tx: &impl ConnectionTrait, post: PostId, span: Span, own: Option<LoopId>) -> Result<()> {
    let found = stays::stays(tx, &[], &[post], (span.from.day(), span.until.day())).await?;
    let other = |id| own != Some(id);
    match found
        .loops
        .iter()
        .find(|one| other(one.id) && one.span.overlaps(span))
    {
        Some(taken) => Err(Problem::new(POST_TAKEN).with("name", &taken.name)),
        None => Ok(()),
    }
}

/// Makes a loop.
pub async fn create(app: &App, actor: &Actor, new: NewLoop) -> Result<LoopId> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let post = hold_post(&tx, actor, new.post).await?;
    if !post.active {
        return Err(Problem::new(POST_CLOSED));
    }
    let made = closed_loop::Model {
        community_id: post.community_id,
        id: LoopId::fresh(now),
        post_id: post.id,
        place_path: post.place_path,
        name: new.name,
        org_id: new.org,
        first_day: new.first_day,
        planned_end: new.planned_end,
        beds: new.beds,
        meals: new.meals,
        test_days: new.test_days,
        note: new.note,
        ended_at: None,
        end_reason: String::new(),
        created_by: actor.user_id,
        created_at: now,
    };
    free(&tx, post.id, made.span(), None).await?;
    closed_loop::Entity::insert(closed_loop::ActiveModel {
        community_id: Set(made.community_id),
        id: Set(made.id),
        post_id: Set(made.post_id),
        place_path: Set(made.place_path.clone()),
        name: Set(made.name.clone()),
        org_id: Set(made.org_id),
        first_day: Set(made.first_day),
        planned_end: Set(made.planned_end),
        beds: Set(made.beds),
        meals: Set(made.meals),
        test_days: Set(made.test_days),
        note: Set(made.note.clone()),
        ended_at: Set(None),
        end_reason: Set(String::new()),
        created_by: Set(made.created_by),
        created_at: Set(now),
    })
    .exec_without_returning(&tx)
    .await?;
    note(&tx, actor, now, "loop.create", (&made, "")).await?;
    tx.commit().await?;
    Ok(made.id)
}

/// Those inside, by their stays, the first to come first.
pub async fn inside(db: &impl ConnectionTrait, of: &closed_loop::Model) -> Result<Vec<loop_member::Model>> {
    Ok(loop_member::Entity::find()
        .filter(loop_member::Column::CommunityId.eq(of.community_id))
        .filter(loop_member::Column::LoopId.eq(of.id))
        .filter(loop_member::Column::LeftAt.is_null())
        .all(db)
        .await?)
}

/// Moves the planned end to a later day, for everybody inside.
pub async fn extend(
    app: &App,
    actor: &Actor,
    row: &closed_loop::Model,
    (end, off): (Day, bool),
) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    hold_post(&tx, actor, row.post_id).await?;
    let open = Open::hold(&tx, (row.community_id, row.id)).await?;
    let kind = if end <= open.get().planned_end {
        Some("loop-not-later")
    } else {
        wrong_end(open.get().first_day, end, now.day())
    };
    if let Some(kind) = kind {
        return Err(Problem::invalid(vec![FieldError::new("planned_end", kind)]));
    }
    let more = Span {
        from: open.get().span().until,
        until: end.next().start(),
    };
    free(&tx, row.post_id, more, Some(row.id)).await?;
    let helpers: Vec<HelperId> = inside(&tx, row).await?.iter().map(|one| one.helper_id).collect();
    hold_helpers(&tx, helpers.iter().copied()).await?;
    elsewhere::clear(&tx, app, actor, (&helpers, row.post_id), (more, off)).await?;
    open.extend(&tx, end).await?;
    note(&tx, actor, now, "loop.extend", (row, &end.to_string())).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a loop: everybody inside leaves.
pub async fn end(app: &App, actor: &Actor, row: &closed_loop::Model, reason: &str) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let open = Open::hold(&tx, (row.community_id, row.id)).await?;
    open.reason(now, reason)?;
    open.end(&tx, now, reason).await?;
    note(&tx, actor, now, "loop.end", (row, reason)).await?;
    tx.commit().await?;
    Ok(())
}
