//! Who is where: every post that is manned now, who is there, since when, who is missing, who comes next.

use std::{collections::HashMap, time::Duration};

use kit::{
    Result, Timestamp,
    id::{HelperId, PostId, ShiftId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use store::Scope;

use crate::{
    loops::{
        rules::{Running, Span},
        stays,
    },
    model::{post, shift},
    queries::{self, Name},
};

/// Shifts on one wall at most; whoever has more looks at a smaller place.
pub const MOST: u64 = 400;
/// How far ahead the next shift of a post is looked for.
const AHEAD: Duration = Duration::from_secs(12 * 3600);
/// After a shift has ended, those who have not left are still shown for this long.
const AFTER: Duration = Duration::from_secs(4 * 3600);
/// Longer than this nobody should stand at a stretch.
pub const TOO_LONG: Duration = Duration::from_secs(12 * 3600);

/// Somebody on the wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: Name,
    /// Here past the end of the shift, or for longer than [`TOO_LONG`].
    pub too_long: bool,
}

/// A post now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The post.
    pub post: post::Model,
    /// Where it is.
    pub place: String,
    /// The shift that is on; several when posts overlap their shifts.
    pub shifts: Vec<shift::Model>,
    /// Here.
    pub here: Vec<Person>,
    /// Should be here and has not checked in.
    pub missing: Vec<Name>,
    /// Places for which there is no name.
    pub empty: i64,
    /// The next shift: its beginning and its names.
    pub next: Option<(Timestamp, Vec<Name>)>,
    /// On which shift everybody here or missing is.
    on: HashMap<HelperId, ShiftId>,
    /// The closed loop that runs here.
    pub closed_loop: Option<Running>,
}

impl Spot {
    /// The shift on which somebody here or missing is.
    pub fn shift_of(&self, helper: HelperId) -> Option<ShiftId> {
        self.on.get(&helper).copied()
    }

    /// `empty` nobody is here; `short` somebody is missing; `long` somebody has been here too long; `well`.
    pub fn state(&self) -> &'static str {
        match () {
            () if self.here.is_empty() => "empty",
            () if !self.missing.is_empty() || self.empty > 0 => "short",
            () if self.here.iter().any(|person| person.too_long) => "long",
            () => "well",
        }
    }
}

/// The wall of a scope at a moment, the posts that need somebody first; and whether there are more than it holds.
pub async fn load(db: &impl ConnectionTrait, scope: &Scope, now: Timestamp) -> Result<(Vec<Spot>, bool)> {
    let shifts = shift::Entity::find()
        .filter(scope.path(shift::Column::PlacePath))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::EndsAt.gt(now.minus(AFTER)))
        .filter(shift::Column::StartsAt.lt(now + AHEAD))
        .order_by_asc(shift::Column::StartsAt)
        .limit(MOST)
        .all(db)
        .await?;
    let posts = queries::posts_of(db, shifts.iter().map(|shift| shift.post_id)).await?;
    let places = queries::spots(db, posts.values()).await?;
    let mut names = queries::names(db, &shifts).await?;
    let mut spots = arrange(&shifts, posts, &mut names, now);
    let ids: Vec<PostId> = spots.iter().map(|spot| spot.post.id).collect();
    let moment = Span {
        from: now,
        until: now + Duration::from_millis(1),
    };
    let mut loops = stays::at_posts(db, &ids, moment).await?;
    for spot in &mut spots {
        spot.closed_loop = loops.remove(&spot.post.id);
        spot.place = places.get(&spot.post.id).cloned().unwrap_or_default();
    }
    let rank = |spot: &Spot| match spot.state() {
        "empty" => 0,
        "short" => 1,
        "long" => 2,
        _ => 3,
    };
    spots.sort_by(|a, b| (rank(a), &a.place, &a.post.name).cmp(&(rank(b), &b.place, &b.post.name)));
    Ok((spots, shifts.len() as u64 >= MOST))
}

/// Puts shifts and names together by post; posts that have only shifts to come are left out.
fn arrange(
    shifts: &[shift::Model],
    posts: HashMap<PostId, post::Model>,
    names: &mut HashMap<ShiftId, Vec<Name>>,
    now: Timestamp,
) -> Vec<Spot> {
    let mut spots: HashMap<PostId, Spot> = posts
        .into_iter()
        .map(|(id, post)| {
            let spot = Spot {
                post,
                place: String::new(),
                shifts: Vec::new(),
                here: Vec::new(),
                missing: Vec::new(),
                empty: 0,
                next: None,
                on: HashMap::new(),
                closed_loop: None,
            };
            (id, spot)
        })
        .collect();
    for shift in shifts {
        let Some(spot) = spots.get_mut(&shift.post_id) else {
            continue;
        };
        let team = names.remove(&shift.id).unwrap_or_default();
        if shift.starts_at > now {
            // Who has come early is here.
            for name in team.iter().filter(|name| name.state() == "here") {
                spot.on.entry(name.helper).or_insert(shift.id);
                spot.here.push(Person {
                    name: name.clone(),
                    too_long: false,
                });
            }
            if spot.next.is_none() {
                spot.next = Some((shift.starts_at, team));
            }
            continue;
        }
        let on = shift.ends_at > now;
        for name in team {
            spot.on.entry(name.helper).or_insert(shift.id);
            match (name.in_at, name.out_at) {
                (Some(since), None) => spot.here.push(Person {
                    too_long: !on || since + TOO_LONG < now,
                    name,
                }),
                (None, None) if on && name.rostered => spot.missing.push(name),
                _ => {}
            }
        }
        if on {
            spot.empty += (shift.needed - shift.filled).max(0);
            spot.shifts.push(shift.clone());
        }
    }
    spots
        .into_values()
        .filter(|spot| !spot.shifts.is_empty() || !spot.here.is_empty())
        .collect()
}
