//! Posts, and shifts made from a pattern.

use accounts::{Actor, audit};
use kit::{
    FieldError, Problem, Result, Role,
    id::{CallId, OrgId, PlaceId, PostId, ShiftId},
    problem::code,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use shell::{App, form::Typed};
use store::bulk::{Insert, Type};

use crate::{
    call::weekdays,
    model::{Duty, post, shift},
    pattern::{self, MOST_SHIFTS, Pattern},
};

/// Makes a post.
pub async fn create_post(app: &App, actor: &Actor, place: PlaceId, duty: Duty, name: &str) -> Result<PostId> {
    let place = places::tree::load(app.store.read(), place).await?;
    actor.require(Role::STAFF, &place.path)?;
    let now = app.now();
    let id = PostId::fresh(now);
    let tx = app.store.begin().await?;
    post::Entity::insert(post::ActiveModel {
        community_id: Set(place.community_id),
        id: Set(id),
        place_id: Set(place.id),
        place_path: Set(place.path),
        duty: Set(duty),
        name: Set(name.to_owned()),
        active: Set(true),
    })
    .exec_without_returning(&tx)
    .await?;
    let entry = audit::Entry {
        action: "post.create",
        subject: name,
        community: Some(place.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(id)
}

/// Shifts as filled in.
#[derive(Debug, Clone)]
pub struct NewShifts {
    /// Posts that are manned.
    pub posts: Vec<PostId>,
    /// Days and hours.
    pub pattern: Pattern,
    /// Places on each shift.
    pub needed: i64,
    /// Kept for this organisation.
    pub org: Option<OrgId>,
    /// The call they answer.
    pub call: Option<CallId>,
}

impl NewShifts {
    /// Reads the form.
    pub fn read(typed: &Typed) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let posts: Vec<PostId> = typed
            .all("posts")
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect();
        if posts.is_empty() {
            check.error(FieldError::new("posts", "required"));
        }
        let (first, last) = (check.parse("first_day", "date"), check.parse("last_day", "date"));
        if last < first {
            check.error(FieldError::new("last_day", "before-start"));
        }
        let days = weekdays(typed);
        if days.is_empty() {
            check.error(FieldError::new("weekdays", "required"));
        }
        let hours = check.text("hours", 200);
        let slots = pattern::slots(&hours);
        if slots.is_none() && !hours.is_empty() {
            check.error(FieldError::new("hours", "hours"));
        }
        let needed = check.number("needed", 1, 500);
        let group: i64 = check.parse_optional("group", "not-a-number").unwrap_or(0);
        if group > 1 && needed % group != 0 {
            check.error(FieldError::new("needed", "not-in-groups").with("group", group));
        }
        let new = Self {
            posts,
            pattern: Pattern {
                first,
                last,
                weekdays: days
                    .chars()
                    .filter_map(|c| c.to_digit(10))
                    .filter_map(|d| i8::try_from(d).ok())
                    .collect(),
                slots: slots.unwrap_or_default(),
            },
            needed,
            org: check.parse_optional("org", "unknown"),
            call: check.parse_optional("call", "unknown"),
        };
        // Counted before they are made, so that a wrong year does not make a million.
        let days = new
            .pattern
            .first
            .0
            .until(new.pattern.last.0)
            .map_or(0, |span| span.get_days());
        let count = usize::try_from(days + 1).unwrap_or(0) * new.pattern.slots.len() * new.posts.len();
        if count > MOST_SHIFTS {
            check.error(FieldError::new("last_day", "too-many-shifts").with("most", MOST_SHIFTS));
        }
        check.done(new)
    }
}

const INSERT: Insert = Insert {
    table: "shifts",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("post_id", Type::Uuid),
        ("place_path", Type::Text),
        ("call_id", Type::UuidOrNull),
        ("org_id", Type::UuidOrNull),
        ("day", Type::Text),
        ("starts_at", Type::Int),
        ("ends_at", Type::Int),
        ("needed", Type::Int),
        ("filled", Type::Int),
        ("cancelled", Type::Bool),
    ],
    suffix: "",
};

/// Makes the shifts of a pattern. Returns their ids, day after day, post after post.
pub async fn create(app: &App, actor: &Actor, new: &NewShifts) -> Result<Vec<ShiftId>> {
    let posts = post::Entity::find()
        .filter(post::Column::Id.is_in(new.posts.iter().copied()))
        .all(app.store.read())
        .await?;
    if posts.len() != new.posts.len() {
        return Err(Problem::not_found());
    }
    for post in &posts {
        actor.require(Role::STAFF, &post.place_path)?;
    }
    let now = app.now();
    let mut ids = Vec::new();
    let mut rows = Vec::new();
    for (day, start, end) in pattern::spans(&new.pattern) {
        for post in &posts {
            let id = ShiftId::fresh(now);
            ids.push(id);
            rows.push(vec![
                post.community_id.0.into(),
                id.0.into(),
                post.id.0.into(),
                post.place_path.clone().into(),
                new.call.map(|id| id.0).into(),
                new.org.map(|id| id.0).into(),
                day.to_string().into(),
                start.millis().into(),
                end.millis().into(),
                new.needed.into(),
                0_i64.into(),
                false.into(),
            ]);
        }
    }
    let tx = app.store.begin().await?;
    INSERT.run(&tx, rows).await?;
    let subject = format!("{} - {}, {}", new.pattern.first, new.pattern.last, ids.len());
    let community = posts.first().map(|post| post.community_id);
    audit::note(
        &tx,
        actor,
        now,
        audit::Entry {
            action: "shift.create",
            subject: &subject,
            community,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(ids)
}

/// Calls a shift off. Its names stay, so that they can be told.
pub async fn cancel(app: &App, actor: &Actor, shift: &shift::Model) -> Result<()> {
    let tx = app.store.begin().await?;
    let changed = shift::Entity::update_many()
        .col_expr(shift::Column::Cancelled, Expr::value(true))
        .filter(shift::Column::CommunityId.eq(shift.community_id))
        .filter(shift::Column::Id.eq(shift.id))
        .filter(shift::Column::Cancelled.eq(false))
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Problem::new(code::CONFLICT));
    }
    let subject = shift.starts_at.minute_text();
    let entry = audit::Entry {
        action: "shift.cancel",
        subject: &subject,
        community: Some(shift.community_id),
    };
    audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}
