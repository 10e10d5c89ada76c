//! The demonstration: the places of the five stories and all of story D, lived through day by day through
//! the same interface that people and phones use.

mod browser;
mod forms;
pub mod gates;
mod jilin;
mod live;
mod places_of;
mod plan;
mod rounds;
mod story;
mod unit;
mod xiqing;

use std::{sync::Arc, time::Duration};

use accounts::{Actor, Grant, demo::demo_user, model::ticket, session};
use kit::{Code, FixedClock, Problem, Result, Role, Timestamp, id::HelperId, id::OrgId, id::UserId};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::{House, Options, demo::places_of::Wanli};

pub use places_of::official as official_places;

/// The store holds something already.
pub const NOT_EMPTY: Code = Code::new("demo-not-empty", 409);

/// 30 January 2020, 18:00 in Shanghai: the evening on which the story begins.
const EVENING: i64 = 1_580_378_400_000;

/// Fills an empty store. A store that holds the demonstration already is left alone; one that holds
/// anything else is refused.
pub async fn load(options: &Options) -> Result<()> {
    let clock = Arc::new(FixedClock::at(Timestamp::from_millis(EVENING)));
    let house = House::open(Options {
        clock: clock.clone(),
        demo: true,
        ..options.clone()
    })
    .await?;
    let db = house.app.store.read();
    if places::model::place::Entity::find().count(db).await? > 0 {
        // The helper is made last: a demonstration that was cut off half-way does not count as one.
        let whole = accounts::model::user::Entity::find()
            .filter(accounts::model::user::Column::NameKey.eq(accounts::demo::key(Role::Helper)))
            .count(db)
            .await?;
        house.close().await?;
        return if whole > 0 {
            Ok(())
        } else {
            Err(Problem::new(NOT_EMPTY))
        };
    }
    println!(
        "Loading the demonstration (story D, Wanli, January and February 2020; story C's call, Xiqing, December 2021) ..."
    );
    let wanli = places_of::load(&house).await?;
    let people = unit::people(&house, &wanli).await?;
    let worker = user(
        &house,
        Role::CommunityWorker,
        "陆静怡",
        &[at(Role::CommunityWorker, &wanli, None)],
        None,
    )
    .await?;
    for (story, unit) in story::UNITS.iter().zip(&people) {
        unit::live_through(&house, &clock, &wanli, worker, story, unit).await?;
    }
    xiqing::load(&house, &clock).await?;
    rounds::zhongbei(&house, &clock).await?;
    jilin::load(&house, &clock, options.clock.now()).await?;
    clock.set(options.clock.now());
    live::load(&house, &wanli, worker, &people).await?;
    gates::load(&house, &wanli, worker).await?;
    rounds::wanli(&house, &wanli, worker).await?;
    house.field.settled().await;
    users(&house, &wanli, &people).await?;
    // The sessions with which the story was told.
    ticket::Entity::delete_many()
        .exec(house.app.store.write())
        .await?;
    house.close().await
}

/// Makes one of the demonstration's users.
async fn user(
    house: &House,
    role: Role,
    name: &str,
    grants: &[Grant],
    helper: Option<HelperId>,
) -> Result<UserId> {
    demo_user(house.app.store.write(), &house.app, role, name, grants, helper).await
}

/// A role at Wanli sub-district.
fn at(role: Role, wanli: &Wanli, org: Option<OrgId>) -> Grant {
    Grant {
        role,
        place_id: Some(wanli.street.id),
        place_path: wanli.street.path.clone(),
        org_id: org,
    }
}

/// One user for each role; the sign-in page of a demonstration offers them.
async fn users(house: &House, wanli: &Wanli, people: &[unit::People]) -> Result<()> {
    let everywhere = |role| Grant {
        role,
        place_id: None,
        place_path: String::new(),
        org_id: None,
    };
    user(
        house,
        Role::Administrator,
        "系统管理员",
        &[everywhere(Role::Administrator)],
        None,
    )
    .await?;
    user(house, Role::Auditor, "沈明亮", &[everywhere(Role::Auditor)], None).await?;
    let district = Grant {
        role: Role::Commander,
        place_id: Some(wanli.district.id),
        place_path: wanli.district.path.clone(),
        org_id: None,
    };
    user(house, Role::Commander, "周国栋", &[district], None).await?;
    // The sports bureau's, which was asked for 20 a day.
    let sports = &people[1];
    user(
        house,
        Role::Coordinator,
        "徐文静",
        &[at(Role::Coordinator, wanli, Some(sports.org))],
        None,
    )
    .await?;
    let (leader, helper) = (&sports.helpers[0], &sports.helpers[1]);
    let leads = at(Role::TeamLeader, wanli, Some(sports.org));
    user(house, Role::TeamLeader, &leader.1, &[leads], Some(leader.0)).await?;
    user(
        house,
        Role::Helper,
        &helper.1,
        &[at(Role::Helper, wanli, None)],
        Some(helper.0),
    )
    .await?;
    Ok(())
}

/// A session for somebody of the story.
async fn session(house: &House, user: UserId) -> Result<String> {
    let year = Duration::from_secs(365 * 24 * 3600);
    session::issue(
        house.app.store.write(),
        &house.app,
        user,
        ticket::Kind::Token,
        "demonstration",
        year,
    )
    .await
}

/// Whoever sets the demonstration up.
fn setter() -> Actor {
    Actor::command_line()
}
