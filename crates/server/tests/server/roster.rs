//! The roster over HTTP: proposals, what people make of them, and when helpers can come.
#![allow(clippy::unwrap_used, missing_docs)]

use accounts::Actor;
use axum::http::{StatusCode, header};
use kit::{
    Role,
    id::{HelperId, OrgId, PostId, ShiftId},
};
use muster::{
    model::{assignment, call, call_org, shift},
    pattern::{Pattern, slots},
    shift::NewShifts,
};
use people::model::helper;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use crate::common::{Client, Reply, World, worlds};

/// The plan of these tests: 11 February 2020, the day after the world's morning.
const DAYS: &str = "from=2020-02-11&to=2020-02-11";

/// Shifts on 11 February 2020 at a post.
async fn shifts(
    world: &World,
    post: PostId,
    hours: &str,
    needed: i64,
    org: Option<OrgId>,
) -> Vec<shift::Model> {
    let day = "2020-02-11".parse().unwrap();
    let new = NewShifts {
        posts: vec![post],
        pattern: Pattern {
            first: day,
            last: day,
            weekdays: (1..=7).collect(),
            slots: slots(hours).unwrap(),
        },
        needed,
        org,
        call: None,
    };
    let ids = muster::shift::create(&world.house.app, &Actor::command_line(), &new)
        .await
        .unwrap();
    let mut made = Vec::new();
    for id in ids {
        made.push(world.load_shift(id).await);
    }
    made
}

/// Everybody of the world lives in the community of its post.
async fn settle(world: &World) {
    change(world, &world.helpers, |row| {
        row.home_id = Set(Some(world.here.id))
    })
    .await;
    change(world, &[world.stranger], |row| {
        row.home_id = Set(Some(world.here.id))
    })
    .await;
}

async fn change(world: &World, ids: &[HelperId], change: impl Fn(&mut helper::ActiveModel)) {
    for id in ids {
        let mut row = helper::ActiveModel {
            id: Set(*id),
            ..helper::ActiveModel::default()
        };
        change(&mut row);
        helper::Entity::update(row)
            .exec(world.house.app.store.write())
            .await
            .unwrap();
    }
}

async fn names(world: &World, shift: ShiftId) -> Vec<HelperId> {
    assignment::Entity::find()
        .filter(assignment::Column::ShiftId.eq(shift))
        .order_by_asc(assignment::Column::HelperId)
        .all(world.house.app.store.read())
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.helper_id)
        .collect()
}

/// The values of all fields of this name in a page.
fn fields(page: &str, name: &str) -> Vec<String> {
    page.match_indices(&format!("name=\"{name}\" value=\""))
        .map(|(at, found)| page[at + found.len()..].split('"').next().unwrap().to_owned())
        .collect()
}

async fn proposal(client: &Client) -> String {
    let reply = client.get(&format!("/roster/proposal?{DAYS}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.text()
}

async fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Reply {
    let days = [("place", ""), ("from", "2020-02-11"), ("to", "2020-02-11")];
    client.form(path, &[&days[..], fields].concat()).await
}

fn ticked(names: &[String]) -> Vec<(&str, &str)> {
    names.iter().map(|name| ("name", name.as_str())).collect()
}

fn pair(shift: &shift::Model, helper: HelperId) -> String {
    format!("{}.{helper}", shift.id)
}

#[tokio::test]
async fn what_is_proposed_and_accepted_is_written() {
    for world in worlds().await {
        settle(&world).await;
        let made = shifts(&world, world.post, "08:00-16:00,16:00-24:00", 2, None).await;
        world.put(&made[0], world.helpers[0], false).await;
        let staff = world.worker().await;

        let page = proposal(&staff).await;
        let proposed = fields(&page, "name");
        assert_eq!(proposed.len(), 3, "{page}");
        assert!(
            !proposed.contains(&pair(&made[0], world.helpers[0])),
            "who is there already is not proposed"
        );
        assert!(page.contains("王建国"), "who is there already is shown");
        assert_eq!(names(&world, made[1].id).await, [], "a proposal writes nothing");

        let done = send(&staff, "/roster/accept", &ticked(&proposed)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let back = done.headers[header::LOCATION].to_str().unwrap().to_owned();
        let roster = staff.get(&back).await.text();
        assert!(roster.contains("The ticked names are on the roster."), "{roster}");
        for shift in &made {
            let stand = names(&world, shift.id).await;
            assert_eq!(stand.len(), 2);
            assert_eq!(world.load_shift(shift.id).await.filled, 2);
        }
        assert!(names(&world, made[0].id).await.contains(&world.helpers[0]));
        // The same form once more does no harm.
        let again = send(&staff, "/roster/accept", &ticked(&proposed)).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        assert_eq!(names(&world, made[0].id).await.len(), 2);
        // Each name is in the trail.
        let noted = accounts::model::audit::Entity::find()
            .filter(accounts::model::audit::Column::Action.eq("shift.assign"))
            .count(world.house.app.store.read())
            .await
            .unwrap();
        assert_eq!(noted, 4);
    }
}

#[tokio::test]
async fn what_people_want_is_kept() {
    for world in worlds().await {
        settle(&world).await;
        let shift = shifts(&world, world.post, "08:00-16:00", 2, None).await.remove(0);
        let staff = world.worker().await;
        let shown = fields(&proposal(&staff).await, "name");
        assert_eq!(shown.len(), 2);

        // One stays, the other is taken off.
        let mut sent = vec![("name", shown[0].as_str())];
        sent.extend(shown.iter().map(|name| ("shown", name.as_str())));
        let page = send(&staff, "/roster/proposal", &sent).await.text();
        let then = fields(&page, "name");
        assert_eq!(then.len(), 2, "{page}");
        assert!(then.contains(&shown[0]), "what is ticked stays");
        assert!(
            !then.contains(&shown[1]),
            "what is not ticked is not proposed there again"
        );
        assert_eq!(fields(&page, "not"), [shown[1].clone()], "and is remembered");

        // Everybody taken off: the place is empty, and the page says that it was people who did it.
        let everybody: Vec<String> = world
            .helpers
            .iter()
            .chain([&world.stranger])
            .map(|helper| pair(&shift, *helper))
            .collect();
        let off: Vec<(&str, &str)> = everybody.iter().map(|name| ("not", name.as_str())).collect();
        let page = send(&staff, "/roster/proposal", &off).await.text();
        assert_eq!(fields(&page, "name"), Vec::<String>::new());
        assert!(page.contains("5 were taken off by hand"), "{page}");

        // Somebody chosen by hand stands there in the next proposal, and comes first when it is accepted.
        let chosen = pair(&shift, world.stranger);
        let page = send(&staff, "/roster/proposal", &[("also", &chosen)])
            .await
            .text();
        assert!(fields(&page, "name").contains(&chosen), "{page}");
        let mut sent = ticked(&shown);
        sent.push(("also", &chosen));
        let reply = send(&staff, "/roster/accept", &sent).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.text().contains("This shift is full."), "{}", reply.text());
        assert!(names(&world, shift.id).await.contains(&world.stranger));
        assert_eq!(names(&world, shift.id).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_accept_at_once() {
    for world in worlds().await {
        settle(&world).await;
        let made = shifts(&world, world.post, "08:00-16:00,16:00-24:00,08:00-12:00", 1, None).await;
        let staff = world.worker().await;
        let other = world
            .client(
                "另一人",
                &[world.at(Role::CommunityWorker, &world.here, None)],
                None,
            )
            .await;
        // The second wants the same helper for two shifts at the same time as the first has them.
        let one = [pair(&made[0], world.helpers[0]), pair(&made[1], world.helpers[1])];
        let two = [
            pair(&made[0], world.helpers[2]),
            pair(&made[1], world.helpers[3]),
            pair(&made[2], world.helpers[0]),
        ];
        let (one, two) = (ticked(&one), ticked(&two));
        let (first, second) = tokio::join!(
            send(&staff, "/roster/accept", &one),
            send(&other, "/roster/accept", &two)
        );
        for reply in [first, second] {
            assert!(
                matches!(reply.status, StatusCode::OK | StatusCode::SEE_OTHER),
                "{}",
                reply.text()
            );
        }
        let mut early = Vec::new();
        for shift in &made {
            let stand = names(&world, shift.id).await;
            assert!(stand.len() <= 1, "never more names than places");
            assert_eq!(
                world.load_shift(shift.id).await.filled,
                i64::try_from(stand.len()).unwrap()
            );
            if shift.id != made[1].id {
                early.extend(stand);
            }
        }
        assert_eq!(names(&world, made[0].id).await.len(), 1);
        assert_eq!(names(&world, made[1].id).await.len(), 1);
        early.sort_unstable();
        let count = early.len();
        early.dedup();
        assert_eq!(early.len(), count, "nobody in two places");
    }
}

#[tokio::test]
async fn what_has_become_impossible_is_told_and_the_rest_written() {
    for world in worlds().await {
        settle(&world).await;
        let made = shifts(&world, world.post, "08:00-16:00,16:00-24:00", 1, None).await;
        let mut staff = world.worker().await;
        let proposed = fields(&proposal(&staff).await, "name");
        assert_eq!(proposed.len(), 2);
        let gone = proposed
            .iter()
            .find(|name| name.starts_with(&made[0].id.to_string()))
            .unwrap();
        let off = staff.form(&format!("/shifts/{}/cancel", made[0].id), &[]).await;
        assert_eq!(off.status, StatusCode::SEE_OTHER);

        staff.lang = "zh-CN";
        let reply = send(&staff, "/roster/accept", &ticked(&proposed)).await;
        assert_eq!(reply.status, StatusCode::OK);
        let page = reply.text();
        let helper: HelperId = gone.split('.').nth(1).unwrap().parse().unwrap();
        let row = helper::Entity::find_by_id(helper)
            .one(world.house.app.store.read())
            .await
            .unwrap();
        assert!(page.contains("已排上 1 人次"), "{page}");
        assert!(
            page.contains(&format!("2020-02-11 08:00 · {}", row.unwrap().name)),
            "{page}"
        );
        assert_eq!(names(&world, made[0].id).await, []);
        assert_eq!(world.load_shift(made[0].id).await.filled, 0);
        assert_eq!(names(&world, made[1].id).await.len(), 1);

        // A form that was left lying until the shift had begun.
        let late = shifts(&world, world.far_post, "08:00-09:00", 1, None)
            .await
            .remove(0);
        let commander = world
            .client("街道", &[world.at(Role::Commander, &world.street, None)], None)
            .await;
        world.clock.set(late.starts_at);
        let reply = send(
            &commander,
            "/roster/accept",
            &[("name", &pair(&late, world.helpers[0]))],
        )
        .await;
        assert!(
            reply.text().contains("This shift has begun already."),
            "{}",
            reply.text()
        );
        assert_eq!(names(&world, late.id).await, []);
    }
}

#[tokio::test]
async fn a_coordinator_arranges_their_own_people_on_their_own_shifts() {
    for world in worlds().await {
        settle(&world).await;
        let kept = shifts(&world, world.post, "08:00-16:00", 2, Some(world.org))
            .await
            .remove(0);
        let open = shifts(&world, world.far_post, "08:00-16:00", 2, None)
            .await
            .remove(0);
        let theirs = shifts(&world, world.far_post, "16:00-24:00", 1, Some(world.other_org))
            .await
            .remove(0);
        // The committee has put somebody of another organisation there.
        world.put(&kept, world.stranger, false).await;
        let client = world
            .client(
                "张联络",
                &[world.at(Role::Coordinator, &world.street, Some(world.org))],
                None,
            )
            .await;
        let page = proposal(&client).await;
        let proposed = fields(&page, "name");
        assert_eq!(proposed.len(), 1, "one place is left: {page}");
        assert!(proposed[0].starts_with(&kept.id.to_string()));
        assert!(!page.contains(&open.id.to_string()) && !page.contains(&theirs.id.to_string()));
        assert!(!page.contains("陈海燕"), "people of others are not named");
        assert!(page.contains("and 1 of other organisations"));
        let roster = client.get(&format!("/roster?{DAYS}")).await.text();
        assert!(roster.contains(&kept.id.to_string()) && !roster.contains(&open.id.to_string()));
        assert!(!roster.contains("陈海燕"));

        // What they may not do is not done, however the form was made.
        let foreign = [
            pair(&open, world.helpers[0]),
            pair(&theirs, world.helpers[1]),
            pair(&kept, world.stranger),
        ];
        send(&client, "/roster/accept", &ticked(&foreign)).await;
        assert_eq!(names(&world, open.id).await, []);
        assert_eq!(names(&world, theirs.id).await, []);
        let done = send(&client, "/roster/accept", &ticked(&proposed)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        assert_eq!(names(&world, kept.id).await.len(), 2);

        // Staff of another community sees nothing of all this.
        let elsewhere = world
            .client(
                "别处",
                &[world.at(Role::CommunityWorker, &world.there, None)],
                None,
            )
            .await;
        let page = proposal(&elsewhere).await;
        assert!(!page.contains(&kept.id.to_string()) && page.contains(&open.id.to_string()));
        send(
            &elsewhere,
            "/roster/accept",
            &ticked(&[pair(&kept, world.helpers[3])]),
        )
        .await;
        assert_eq!(names(&world, kept.id).await.len(), 2);
    }
}

#[tokio::test]
async fn helpers_and_auditors_arrange_nothing() {
    for world in worlds().await {
        let helper = world
            .client(
                "王建国",
                &[world.at(Role::Helper, &world.here, Some(world.org))],
                Some(world.helpers[0]),
            )
            .await;
        let auditor = world
            .client("审计", &[world.at(Role::Auditor, &world.here, None)], None)
            .await;
        for client in [helper, auditor] {
            for path in ["/roster", "/roster/proposal"] {
                assert_eq!(client.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
            }
            for path in ["/roster/proposal", "/roster/accept"] {
                assert_eq!(
                    client.form(path, &[]).await.status,
                    StatusCode::FORBIDDEN,
                    "{path}"
                );
            }
        }
    }
}

/// A call that wants a skill, to which the helpers' organisation has pledged; its shift.
async fn skilled(world: &World) -> shift::Model {
    let app = &world.house.app;
    let new = call::Model {
        community_id: world.here.community_id,
        id: kit::id::CallId::fresh(app.now()),
        place_id: world.here.id,
        place_path: world.here.path.clone(),
        title: "采样".into(),
        purpose: String::new(),
        first_day: "2020-02-11".parse().unwrap(),
        last_day: "2020-02-11".parse().unwrap(),
        weekdays: "1234567".into(),
        from_time: "08:00".into(),
        to_time: "16:00".into(),
        people_per_day: 1,
        skills: ",medical,".into(),
        answer_by: app.now(),
        state: muster::model::CallState::Open,
        created_by: None,
        created_at: app.now(),
        sent_at: Some(app.now()),
    };
    let id = new.id;
    let row: call::ActiveModel = new.into();
    call::Entity::insert(row.reset_all())
        .exec_without_returning(app.store.write())
        .await
        .unwrap();
    let pledge = call_org::ActiveModel {
        community_id: Set(world.here.community_id),
        call_id: Set(id),
        org_id: Set(world.org),
        asked: Set(1),
        sent_at: Set(Some(app.now())),
        pledged: Set(Some(1)),
        note: Set(String::new()),
        answered_by: Set(None),
        answered_at: Set(Some(app.now())),
    };
    call_org::Entity::insert(pledge)
        .exec_without_returning(app.store.write())
        .await
        .unwrap();
    let mut shift = shifts(world, world.post, "08:00-16:00", 1, None).await.remove(0);
    let of_call = shift::ActiveModel {
        community_id: Set(shift.community_id),
        id: Set(shift.id),
        call_id: Set(Some(id)),
        ..shift::ActiveModel::default()
    };
    shift::Entity::update(of_call)
        .exec(app.store.write())
        .await
        .unwrap();
    shift.call_id = Some(id);
    shift
}

#[tokio::test]
async fn an_empty_place_says_why() {
    for world in worlds().await {
        let shift = skilled(&world).await;
        let mut staff = world.worker().await;
        // The four of the organisation that pledged; nobody has the skill.
        let page = proposal(&staff).await;
        assert!(page.contains("4 lack a skill that is wanted"), "{page}");
        // Two have it: one has no cover any more, the other is away.
        change(&world, &world.helpers[..2], |row| {
            row.skills = Set(",medical,".into())
        })
        .await;
        change(&world, &world.helpers[..1], |row| {
            row.cover_until = Set("2020-02-10".parse().ok());
        })
        .await;
        let path = format!("/helpers/{}/times/absence", world.helpers[1]);
        let away = [
            ("from_at", "2020-02-11T15:00"),
            ("until_at", "2020-02-12T08:00"),
            ("reason", "看牙"),
        ];
        let noted = staff.form(&path, &away).await;
        assert_eq!(noted.status, StatusCode::SEE_OTHER, "{}", noted.text());
        let page = proposal(&staff).await;
        assert_eq!(
            fields(&page, "name"),
            Vec::<String>::new(),
            "absences are respected"
        );
        for sentence in [
            "1 empty",
            "2 lack a skill that is wanted",
            "1 have no accident cover on that day",
            "1 cannot come then or are away",
            "李丽华: cannot come then, by 1 h 0 min",
        ] {
            assert!(page.contains(sentence), "{sentence}: {page}");
        }
        staff.lang = "zh-CN";
        let page = proposal(&staff).await;
        for sentence in [
            "缺 1 人",
            "2 人没有要求的技能",
            "1 人当天没有意外险",
            "1 人那时来不了或请了假",
            "李丽华：那时来不了，差 1 小时 0 分",
        ] {
            assert!(page.contains(sentence), "{sentence}: {page}");
        }
        // The absence taken back, the place is filled.
        let times = staff
            .get(&format!("/helpers/{}/times", world.helpers[1]))
            .await
            .text();
        assert!(times.contains("看牙"), "{times}");
        let line = fields(&times, "line").remove(0);
        let path = format!("/helpers/{}/times/remove", world.helpers[1]);
        let gone = staff.form(&path, &[("line", line.as_str())]).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        assert_eq!(
            fields(&proposal(&staff).await, "name"),
            [pair(&shift, world.helpers[1])]
        );
        assert_eq!(
            staff.form(&path, &[("line", line.as_str())]).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn lines_of_the_week_and_hours_are_respected() {
    for world in worlds().await {
        change(&world, &world.helpers[..1], |row| {
            row.home_id = Set(Some(world.here.id))
        })
        .await;
        shifts(&world, world.post, "20:00-04:00", 1, None).await;
        let staff = world.worker().await;
        let own = world
            .client(
                "王建国",
                &[world.at(Role::Helper, &world.here, Some(world.org))],
                Some(world.helpers[0]),
            )
            .await;
        let times = format!("/helpers/{}/times", world.helpers[0]);
        assert_eq!(fields(&proposal(&staff).await, "name").len(), 1);
        // Tuesday, 11 February: mornings do not do, the night over midnight does.
        let morning = [("weekdays", "2"), ("from_time", "06:00"), ("to_time", "12:00")];
        assert_eq!(
            own.form(&format!("{times}/week"), &morning).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(fields(&proposal(&staff).await, "name").len(), 0);
        let night = [("weekdays", "2"), ("from_time", "18:00"), ("to_time", "06:00")];
        assert_eq!(
            own.form(&format!("{times}/week"), &night).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(fields(&proposal(&staff).await, "name").len(), 1);
        // Seven hours a week are too few for a shift of eight.
        let hours = [("week_hours", "7"), ("offers", "")];
        assert_eq!(
            own.form(&format!("{times}/wishes"), &hours).await.status,
            StatusCode::SEE_OTHER
        );
        let page = proposal(&staff).await;
        assert!(page.contains("1 would have too many hours that week"), "{page}");
    }
}

#[tokio::test]
async fn times_are_for_those_they_concern() {
    for world in worlds().await {
        settle(&world).await;
        let path = |helper: HelperId| format!("/helpers/{helper}/times");
        let line = [("weekdays", "1"), ("from_time", "08:00"), ("to_time", "12:00")];
        let at = |role, org| [world.at(role, &world.here, Some(org))];
        let own = world
            .client("自己", &at(Role::Helper, world.org), Some(world.helpers[0]))
            .await;
        let leader = world
            .client("队长", &at(Role::TeamLeader, world.org), Some(world.helpers[1]))
            .await;
        let other = world
            .client("别家", &at(Role::Coordinator, world.other_org), None)
            .await;
        let auditor = world
            .client("审计", &[world.at(Role::Auditor, &world.here, None)], None)
            .await;
        let here = path(world.helpers[0]);
        assert_eq!(own.get(&here).await.status, StatusCode::OK);
        assert_eq!(
            own.get(&path(world.helpers[1])).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(other.get(&here).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            other.form(&format!("{here}/week"), &line).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            leader.form(&format!("{here}/week"), &line).await.status,
            StatusCode::SEE_OTHER
        );
        // An auditor looks and changes nothing, and is not told why somebody is away.
        let away = [
            ("from_at", "2020-02-11T08:00"),
            ("until_at", "2020-02-12T08:00"),
            ("reason", "看牙"),
        ];
        assert_eq!(
            own.form(&format!("{here}/absence"), &away).await.status,
            StatusCode::SEE_OTHER
        );
        let seen = auditor.get(&here).await;
        assert!(seen.text().contains("2020-02-11 08:00") && !seen.text().contains("看牙"));
        assert_eq!(
            auditor.form(&format!("{here}/week"), &line).await.status,
            StatusCode::FORBIDDEN
        );
        // A line of somebody else cannot be removed by way of oneself.
        let id = fields(&own.get(&here).await.text(), "line").remove(0);
        let mine = path(world.helpers[1]);
        let tried = leader
            .form(&format!("{mine}/remove"), &[("line", id.as_str())])
            .await;
        assert_eq!(tried.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn times_that_make_no_sense_are_answered_in_words() {
    for world in worlds().await {
        let mut own = world
            .client(
                "王建国",
                &[world.at(Role::Helper, &world.here, Some(world.org))],
                Some(world.helpers[0]),
            )
            .await;
        let times = format!("/helpers/{}/times", world.helpers[0]);
        let week =
            |from: &'static str, to: &'static str| [("weekdays", "1"), ("from_time", from), ("to_time", to)];
        let away = |from: &'static str, until: &'static str| {
            [("from_at", from), ("until_at", until), ("reason", "看牙")]
        };
        for (path, fields, sentence) in [
            ("week", week("25:00", "12:00"), "08:30"),
            ("week", week("", "12:00"), "Please fill this in."),
            (
                "absence",
                away("2020-02-11T08:00", "2020-02-11T08:00"),
                "the same moment",
            ),
            (
                "absence",
                away("2020-02-01T08:00", "2020-02-02T08:00"),
                "in the past",
            ),
            (
                "absence",
                away("2020-02-11T08:00", "2021-03-11T08:00"),
                "a year at most",
            ),
            ("absence", away("soon", "2021-03-11T08:00"), "A valid date"),
        ] {
            let reply = own.form(&format!("{times}/{path}"), &fields).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(reply.text().contains(sentence), "{sentence}: {}", reply.text());
        }
        assert!(
            own.form(&format!("{times}/absence"), &away("soon", ""))
                .await
                .text()
                .contains("看牙")
        );
        let hours = own
            .form(&format!("{times}/wishes"), &[("week_hours", "200")])
            .await;
        assert!(hours.text().contains("from 1 to 168"), "{}", hours.text());

        // Overlapping, and too many.
        for hour in 0..24 {
            let (from, to) = (format!("{hour:02}:00"), format!("{hour:02}:30"));
            let fields = [
                ("weekdays", "1"),
                ("from_time", from.as_str()),
                ("to_time", to.as_str()),
            ];
            assert_eq!(
                own.form(&format!("{times}/week"), &fields).await.status,
                StatusCode::SEE_OTHER
            );
        }
        own.lang = "zh-CN";
        let twice = own.form(&format!("{times}/week"), &week("09:15", "09:45")).await;
        assert!(twice.text().contains("与已有的时间重叠"), "{}", twice.text());
        for hour in ["01", "02", "03", "04"] {
            let (from, to) = (format!("{hour}:00"), format!("{hour}:30"));
            let fields = [
                ("weekdays", "2"),
                ("from_time", from.as_str()),
                ("to_time", to.as_str()),
            ];
            own.form(&format!("{times}/week"), &fields).await;
        }
        let full = own
            .form(
                &format!("{times}/week"),
                &[("weekdays", "3"), ("from_time", "09:00"), ("to_time", "10:00")],
            )
            .await;
        assert!(full.text().contains("已有 28 行"), "{}", full.text());
    }
}

#[tokio::test]
async fn what_cannot_be_shown_is_said() {
    for world in worlds().await {
        let staff = world.worker().await;
        for (query, sentence) in [
            (
                "from=2020-02-11&to=2020-02-10",
                "The end may not come before the start.",
            ),
            ("from=2020-02-01&to=2020-04-01", "At most 31 days at a time."),
            ("from=2020-02-31", "A valid date"),
            ("place=月球", "Not found; please check."),
        ] {
            let query = query.replace("月球", "%E6%9C%88%E7%90%83");
            for page in ["/roster", "/roster/proposal"] {
                let reply = staff.get(&format!("{page}?{query}")).await;
                assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}?{query}");
                assert!(reply.text().contains(sentence), "{sentence}: {}", reply.text());
            }
        }
        let usual = staff.get("/roster").await;
        assert_eq!(usual.status, StatusCode::OK);
        assert!(
            usual.text().contains("2020-02-11 – 2020-02-17"),
            "{}",
            usual.text()
        );
    }
}

/// A form of a thousand shifts is larger than forms usually may be.
#[tokio::test]
async fn a_large_form_is_read() {
    for world in worlds().await {
        settle(&world).await;
        let shift = shifts(&world, world.post, "08:00-16:00", 1, None).await.remove(0);
        let staff = world.worker().await;
        let unknown = format!("{}.{}", ShiftId::fresh(world.house.app.now()), world.helpers[0]);
        let mut body = format!(
            "from=2020-02-11&to=2020-02-11&name={}",
            pair(&shift, world.helpers[0])
        );
        while body.len() < 4_000_000 {
            body.push_str("&shown=");
            body.push_str(&unknown);
        }
        let kind = "application/x-www-form-urlencoded";
        let method = axum::http::Method::POST;
        let reply = staff
            .send(method, "/roster/accept", kind, &[], body.into_bytes())
            .await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        assert_eq!(names(&world, shift.id).await, [world.helpers[0]]);
    }
}
