//! A unit's stay: called, pledged, put on shifts, checked in and out, day by day.

use accounts::Grant;
use kit::{
    Day, FixedClock, Problem, Result, Role, Timestamp,
    id::{HelperId, OrgId, RecordId, ShiftId, UserId},
};
use muster::model::shift;
use people::model::helper;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::{
    House,
    demo::{
        at,
        browser::Browser,
        places_of::Wanli,
        plan::{self, Dice},
        session, setter,
        story::{UNITS, Unit},
    },
};

/// An organisation of the story with its people, in a fixed order.
pub struct People {
    /// Organisation.
    pub org: OrgId,
    /// Helpers: id and name. Those of division rank come last.
    pub helpers: Vec<(HelperId, String)>,
}

const MINUTE: i64 = 60_000;

/// Enters all organisations and their people from one spreadsheet, as an office would.
pub async fn people(house: &House, wanli: &Wanli) -> Result<Vec<People>> {
    let mut sheet = String::from("姓名,单位,电话,职级,类别,居住社区,保险至\n");
    let mut n = 0;
    for unit in UNITS {
        for i in 0..unit.people {
            let rank = if i + unit.division_rank.0 >= unit.people {
                "处级"
            } else {
                ""
            };
            let home = &wanli.areas[n % wanli.areas.len()].1.id;
            let line = format!(
                "{},{},{},{rank},公务,{home},2035-12-31\n",
                plan::name(n),
                unit.org,
                plan::phone(n)
            );
            sheet.push_str(&line);
            n += 1;
        }
    }
    let options = people::import::HelperOptions {
        dry_run: false,
        create_orgs: true,
    };
    let report = people::import::helpers(&house.app, &setter(), sheet.into_bytes(), options).await?;
    if !report.rejected.is_empty() {
        return Err(Problem::internal(format!(
            "demonstration: helpers rejected: {:?}",
            report.rejected.first()
        )));
    }
    let db = house.app.store.read();
    let mut all = Vec::new();
    let mut n = 0;
    for unit in UNITS {
        let org = people::queries::by_name(db, unit.org)
            .await?
            .ok_or_else(Problem::not_found)?;
        let rows = helper::Entity::find()
            .filter(helper::Column::OrgId.eq(org.id))
            .all(db)
            .await?;
        let mut helpers = Vec::new();
        for _ in 0..unit.people {
            let name = plan::name(n);
            let row = rows
                .iter()
                .find(|row| row.name == name)
                .ok_or_else(Problem::not_found)?;
            helpers.push((row.id, name));
            n += 1;
        }
        all.push(People { org: org.id, helpers });
    }
    Ok(all)
}

/// Lives one unit's stay.
pub async fn live_through(
    house: &House,
    clock: &FixedClock,
    wanli: &Wanli,
    worker: UserId,
    story: &Unit,
    people: &People,
) -> Result<()> {
    println!("  {} ...", story.org);
    let mut dice = Dice::new(story.person_times as u64 * 31 + story.people as u64);
    let first: Day = story.first.parse().map_err(Problem::internal)?;
    clock.set(first.start().minus(std::time::Duration::from_secs(30 * 3600)));
    let (coordinator, leader) = story_users(house, wanli, story, people).await?;
    let worker = Browser::new(house, session(house, worker).await?);
    let coordinator = Browser::new(house, session(house, coordinator).await?);
    let leader = Browser::new(house, session(house, leader).await?);

    let call = call(house, clock, wanli, story, people, &worker, &coordinator).await?;
    make_shifts(wanli, story, &call, &worker).await?;
    let shifts = shift::Entity::find()
        .filter(shift::Column::CallId.eq(call.parse::<kit::id::CallId>().map_err(Problem::internal)?))
        .order_by_asc(shift::Column::StartsAt)
        .order_by_asc(shift::Column::PlacePath)
        .order_by_asc(shift::Column::Id)
        .all(house.app.store.read())
        .await?;
    let named = name(story, people, &shifts, &coordinator).await?;
    work(clock, story, &named, &leader, &mut dice).await?;
    worker.form(&format!("/calls/{call}/close"), &[]).await?;
    Ok(())
}

/// The unit's coordinator and team leader, users like any other.
async fn story_users(
    house: &House,
    wanli: &Wanli,
    story: &Unit,
    people: &People,
) -> Result<(UserId, UserId)> {
    let mut made = Vec::new();
    for (role, title) in [(Role::Coordinator, "联络员"), (Role::TeamLeader, "队长")] {
        let grant: Grant = at(role, wanli, Some(people.org));
        let tx = house.app.store.begin().await?;
        let id = UserId::fresh(house.app.now());
        let name = format!("{}{title}", story.org);
        accounts::demo::story_user(&tx, &house.app, id, &name, &[grant]).await?;
        tx.commit().await?;
        made.push(id);
    }
    Ok((made[0], made[1]))
}

/// The call goes out, and the unit answers within the hour.
async fn call(
    house: &House,
    clock: &FixedClock,
    wanli: &Wanli,
    story: &Unit,
    people: &People,
    worker: &Browser,
    coordinator: &Browser,
) -> Result<String> {
    let (from, to) = story.hours.split_once('-').unwrap_or(("08:00", "16:00"));
    let place = match story.areas {
        [only] => wanli.area(only)?.0.id.to_string(),
        _ => wanli.street.id.to_string(),
    };
    let asked = story.asked.to_string();
    let title = format!(
        "{}支援{}",
        story.org,
        if story.areas.len() == 1 {
            format!("{}居民区", story.areas[0])
        } else {
            "万里街道".into()
        }
    );
    let made = worker
        .form(
            "/calls/new",
            &[
                ("title", &title),
                ("place", &place),
                ("purpose", story.purpose),
                ("first_day", story.first),
                ("last_day", story.last),
                ("weekdays", "1,2,3,4,5,6,7"),
                ("from_time", from),
                ("to_time", to),
                ("people_per_day", &asked),
            ],
        )
        .await?;
    let org = people.org.to_string();
    worker
        .form(&format!("{made}/ask"), &[("org", story.org), ("asked", &asked)])
        .await?;
    worker.form(&format!("{made}/send"), &[]).await?;
    clock.set(house.app.now() + std::time::Duration::from_secs(45 * 60));
    coordinator
        .form(
            &format!("{made}/pledge"),
            &[("org", &org), ("people", &asked), ("note", "")],
        )
        .await?;
    Ok(made.trim_start_matches("/calls/").to_owned())
}

/// Days and posts of the stay: every area each day, or some of them in turn.
async fn make_shifts(wanli: &Wanli, story: &Unit, call: &str, worker: &Browser) -> Result<()> {
    let days: Vec<Day> = first_last(story)?.0.through(first_last(story)?.1).collect();
    let mut batches: Vec<(Day, Day, Vec<&str>, usize)> = Vec::new();
    if story.areas_a_day == 0 {
        let first_last = first_last(story)?;
        batches.push((first_last.0, first_last.1, story.areas.to_vec(), story.places));
        // The story's total is a few more than an even number for every area and day.
        let even = days.len() * story.areas.len() * story.places;
        for i in 0..story.person_times.saturating_sub(even) {
            let day = days[(i * 3) % days.len()];
            batches.push((day, day, vec![story.areas[(i * 5) % story.areas.len()]], 1));
        }
    } else {
        for (i, day) in days.iter().enumerate() {
            let areas = (0..story.areas_a_day)
                .map(|j| story.areas[(i + j) % story.areas.len()])
                .collect();
            batches.push((*day, *day, areas, story.places));
        }
    }
    for (first, last, areas, places) in batches {
        let (first, last, places, group) = (
            first.to_string(),
            last.to_string(),
            places.to_string(),
            story.group.to_string(),
        );
        let mut posts = Vec::new();
        for area in areas {
            posts.push(wanli.area(area)?.1.to_string());
        }
        let mut fields: Vec<(&str, &str)> = posts.iter().map(|post| ("posts", post.as_str())).collect();
        fields.extend([
            ("first_day", first.as_str()),
            ("last_day", last.as_str()),
            ("weekdays", "1,2,3,4,5,6,7"),
            ("hours", story.hours),
            ("needed", places.as_str()),
            ("group", group.as_str()),
            ("org_name", story.org),
            ("call", call),
        ]);
        worker.form("/shifts/new", &fields).await?;
    }
    Ok(())
}

fn first_last(story: &Unit) -> Result<(Day, Day)> {
    Ok((
        story.first.parse().map_err(Problem::internal)?,
        story.last.parse().map_err(Problem::internal)?,
    ))
}

/// The unit puts its people on the shifts in turn, each once a day at most; those of division rank now and then.
async fn name(
    story: &Unit,
    people: &People,
    shifts: &[shift::Model],
    coordinator: &Browser,
) -> Result<Vec<(shift::Model, HelperId)>> {
    let ranked = people.helpers.len() - story.division_rank.0;
    let (mut next, mut next_ranked, mut ranked_left) = (0, 0, story.division_rank.1);
    let places: usize = shifts
        .iter()
        .map(|shift| usize::try_from(shift.needed).unwrap_or(0))
        .sum();
    let mut absent = places.saturating_sub(story.person_times);
    let mut named: Vec<(shift::Model, HelperId)> = Vec::with_capacity(story.person_times);
    let mut day = None;
    for shift in shifts {
        let new_day = day != Some(shift.day);
        day = Some(shift.day);
        for place in 0..shift.needed {
            if absent > 0 && named.len() % 7 == 5 {
                absent -= 1;
                continue;
            }
            if named.len() == story.person_times {
                break;
            }
            let helper = if new_day && place == 0 && ranked_left > 0 {
                ranked_left -= 1;
                next_ranked += 1;
                &people.helpers[ranked + (next_ranked - 1) % story.division_rank.0]
            } else {
                next += 1;
                &people.helpers[(next - 1) % ranked]
            };
            let id = helper.0.to_string();
            let leads = if place == 0 { "on" } else { "" };
            coordinator
                .form(
                    &format!("/shifts/{}/assign", shift.id),
                    &[("helper", &id), ("leader", leads)],
                )
                .await?;
            named.push((shift.clone(), helper.0));
        }
    }
    if named.len() != story.person_times {
        return Err(Problem::internal(format!(
            "demonstration: {} named {} times",
            story.org,
            named.len()
        )));
    }
    Ok(named)
}

/// Day by day the leader's phone checks everybody in, counts, and checks out.
async fn work(
    clock: &FixedClock,
    story: &Unit,
    named: &[(shift::Model, HelperId)],
    leader: &Browser,
    dice: &mut Dice,
) -> Result<()> {
    let length = named.first().map_or(80, |(shift, _)| {
        shift.ends_at.since(shift.starts_at) / (6 * MINUTE)
    });
    let total = story
        .tenths
        .unwrap_or_else(|| (0..named.len()).map(|_| dice.between(length - 10, length)).sum());
    let lengths = plan::parts(dice, named.len(), total, length - 25, length);
    let mut counts: Vec<(&str, Vec<i64>)> = Vec::new();
    for (activity, total) in story.counts {
        let n = i64::try_from(named.len()).unwrap_or(1).max(1);
        let mean = total / n;
        counts.push((
            activity,
            plan::parts(dice, named.len(), *total, (mean / 2).max(0), mean * 2 + 2),
        ));
    }
    let mut start = 0;
    while start < named.len() {
        let day = named[start].0.day;
        let end = start
            + named[start..]
                .iter()
                .take_while(|(shift, _)| shift.day == day)
                .count();
        let (mut morning, mut evening) = (Vec::new(), Vec::new());
        let (mut first, mut last) = (named[start].0.starts_at, named[start].0.ends_at);
        for i in start..end {
            let (shift, helper) = &named[i];
            let in_at = shift.starts_at.minus(std::time::Duration::from_secs(
                u64::try_from(dice.between(0, 9)).unwrap_or(0) * 60,
            ));
            let out_at = Timestamp::from_millis(in_at.millis() + lengths[i] * 6 * MINUTE);
            morning.push(envelope(
                in_at,
                "attendance.check-in",
                shift.id,
                &json!({"helper": helper}),
            ));
            for (activity, parts) in &counts {
                if parts[i] > 0 {
                    let body = json!({"helper": helper, "activity": activity, "quantity": parts[i]});
                    evening.push(envelope(out_at, "work.count", shift.id, &body));
                }
            }
            evening.push(envelope(
                out_at,
                "attendance.check-out",
                shift.id,
                &json!({"helper": helper}),
            ));
            (first, last) = (first.max(in_at), last.max(out_at));
        }
        clock.set(first + std::time::Duration::from_secs(20));
        leader.records(&morning).await?;
        clock.set(last + std::time::Duration::from_secs(20));
        leader.records(&evening).await?;
        start = end;
    }
    Ok(())
}

fn envelope(at: Timestamp, kind: &str, shift: ShiftId, body: &Value) -> Value {
    json!({"id": RecordId::fresh(at), "kind": kind, "at": at, "shift": shift, "body": body})
}
