//! Businesses, whom a round picks, and what is known because somebody answered: asked once, confirmed the next time.
#![allow(clippy::unwrap_used, missing_docs)]

use accounts::Actor;
use axum::http::StatusCode;
use kit::{
    Timestamp,
    id::{FormId, HouseholdId, PieceId, RecordId},
};
use muster::model::Duty;
use people::{
    import,
    model::{business, household, resident},
};
use rounds::{
    form::{Choice, Form, Kind, Question, Words},
    kind::{Only, Reach, RoundKind},
    model::{piece, target},
    open::{self, Wish},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::common::{
    Client, World, accepted, helper, minute,
    rounds::{home, opened, targets, wish},
    worlds,
};

fn screening(world: &World, reach: Reach) -> Wish {
    wish(world, "排摸", RoundKind::Screening, reach)
}

async fn lives(world: &World, home: HouseholdId, name: &str, born: Option<i64>, doses: Option<i64>) {
    let input = people::resident::Input {
        name: name.into(),
        born,
        doses,
        ..people::resident::Input::default()
    };
    people::resident::create(&world.house.app, &Actor::command_line(), home, &input)
        .await
        .unwrap();
}

fn done(target: &target::Model, at: Timestamp, answers: &Value) -> Value {
    let body = json!({
        "round": target.round_id, "piece": target.piece_id, "target": target.id, "outcome": "done", "answers": answers,
    });
    json!({"id": RecordId::fresh(at), "kind": "round.outcome", "at": at, "shift": null, "body": body})
}

async fn void(client: &Client, record: &Value, place: kit::id::PlaceId) {
    let body = json!({"record": record["id"], "reason": "记错了", "place": place});
    let void = json!({"id": RecordId::fresh(minute(9)), "kind": "record.void", "at": minute(9), "shift": null, "body": body});
    assert_eq!(client.records(&[void]).await, accepted(1));
}

/// A form that remembers.
async fn form(world: &World, questions: &[(&str, Kind)]) -> FormId {
    let question = |(name, kind): &(&str, Kind)| Question {
        name: (*name).to_owned(),
        kind: *kind,
        words: Words {
            zh: format!("{name}？"),
            en: format!("{name}?"),
        },
        required: false,
        least: None,
        most: None,
        choices: if *kind == Kind::Choice {
            ["yes", "no"]
                .map(|value| Choice {
                    value: value.into(),
                    words: Words {
                        zh: value.into(),
                        en: format!("{value} indeed"),
                    },
                })
                .into()
        } else {
            vec![]
        },
        only_if: None,
        remember: true,
    };
    let form = Form {
        questions: questions.iter().map(question).collect(),
    };
    rounds::forms::save(&world.house.app, &Actor::command_line(), None, "表", &form)
        .await
        .unwrap()
}

async fn known(staff: &Client, target: &target::Model) -> Value {
    let sheet = staff
        .get(&format!("/api/rounds/pieces/{}", target.piece_id))
        .await
        .json();
    assert!(sheet["doors"].is_array(), "{sheet}");
    let doors = sheet["doors"].as_array().unwrap();
    let door = doors.iter().find(|door| door["id"] == json!(target.id)).unwrap();
    door.get("known").cloned().unwrap_or(Value::Null)
}

#[tokio::test]
async fn every_business_is_visited_and_wrong_ones_are_answered() {
    for world in worlds().await {
        let staff = world.worker().await;
        let place = world.here.id.to_string();
        let shop = |name: &'static str, workers: &'static str, returning: &'static str| {
            [
                ("name", name),
                ("kind", "shop"),
                ("place", place.as_str()),
                ("label", "1号铺"),
                ("contact", "王老板"),
                ("phone", "00013800001"),
                ("workers", workers),
                ("returning", returning),
                ("active", "on"),
            ]
        };
        let made = staff.form("/businesses/new", &shop("交暨便利店", "3", "1")).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
        for (fields, said) in [
            (shop("交暨便利店", "3", "1"), "already"),
            (shop("", "3", "1"), "Please fill"),
            (shop("面馆", "3", "4"), "Not more than"),
            (shop("面馆", "x", ""), "number"),
        ] {
            let answer = staff.form("/businesses/new", &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
            assert!(answer.text().contains(said), "{said}: {}", answer.text());
        }
        let file = "名称,类别,楼栋,单元,门牌,联系人,电话,员工数,返岗人数\n\
                    长江软件,写字楼、公司,3号楼,,201,李,00013800002,42,17\n\
                    交暨便利店,沿街商铺,,,1号铺,,,4,\n\
                    坏行,,,,,,,2,9\n\
                    怪店,赌场,,,,,,,\n";
        let actor = Actor::command_line();
        let options = import::RosterOptions {
            community: world.here.id,
            dry_run: false,
        };
        let report = import::businesses(&world.house.app, &actor, file.as_bytes().to_vec(), options)
            .await
            .unwrap();
        assert_eq!(
            (report.added, report.changed, report.rejected.len()),
            (1, 1, 2),
            "{report:?}"
        );
        let again = import::businesses(&world.house.app, &actor, file.as_bytes().to_vec(), options)
            .await
            .unwrap();
        assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2));
        let list = staff.get("/businesses?q=cj").await;
        assert!(
            list.text().contains("长江软件") && list.text().contains("000****0002"),
            "{}",
            list.text()
        );
        let elsewhere = world.neighbour().await;
        assert!(!elsewhere.get("/businesses").await.text().contains("长江软件"));

        let visits = Wish {
            kind: RoundKind::BusinessVisit,
            form: Some(
                form(
                    &world,
                    &[("returning", Kind::Number), ("registered", Kind::Choice)],
                )
                .await,
            ),
            ..screening(&world, Reach::Businesses)
        };
        let round = opened(&world, &visits).await;
        let all = targets(&world, round).await;
        assert_eq!(all.len(), 2);
        let software = all.iter().find(|one| one.name == "长江软件").unwrap();
        assert_eq!(known(&staff, software).await, json!({"returning": 17}));
        let record = done(
            software,
            minute(5),
            &json!({"returning": 20, "registered": "yes"}),
        );
        assert_eq!(staff.records(&[record]).await, accepted(1));
        world.house.field.settled().await;
        let row = business::Entity::find()
            .filter(business::Column::Name.eq("长江软件"))
            .one(world.house.app.store.write())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.returning, 20);
        let page = staff.get(&format!("/businesses/{}", row.id)).await;
        assert!(page.text().contains("registered?: yes indeed"), "{}", page.text());
        assert!(
            elsewhere.get(&format!("/businesses/{}", row.id)).await.status == StatusCode::NOT_FOUND,
            "somebody else's"
        );
        let answers = staff
            .get(&format!("/rounds/{round}/answers?place={}", world.here.id))
            .await;
        assert!(
            answers.text().contains("<dt>yes indeed</dt>") && answers.text().contains("<b>1</b>"),
            "{}",
            answers.text()
        );
        let refused = elsewhere.get(&format!("/rounds/{round}/answers")).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        let excel = staff.get(&format!("/rounds/{round}/answers?format=xlsx")).await;
        let sheet = shell::sheet::Sheet::read(&excel.bytes).unwrap();
        assert!(sheet.head.contains(&"registered?".to_owned()), "{:?}", sheet.head);
        assert_eq!(sheet.rows.len(), 1);
        // A file corrects it: where it says nothing all stays, and what was recorded before does not come back.
        world.clock.set(minute(30));
        // It may name it again, and cannot say that more came back than are known to work there.
        let short = "名称,门牌,返岗人数,联系人\n\
                     长江软件,201,21,\n\
                     长江软件,201,,赵\n\
                     长江软件,201,43,\n";
        let third = import::businesses(&world.house.app, &actor, short.as_bytes().to_vec(), options)
            .await
            .unwrap();
        assert_eq!(
            (third.added, third.changed, third.rejected.len()),
            (0, 2, 1),
            "{third:?}"
        );
        let late = done(software, minute(6), &json!({"returning": 1}));
        assert_eq!(staff.records(&[late]).await, accepted(1));
        world.house.field.settled().await;
        let now = business::Entity::find()
            .filter(business::Column::Id.eq(row.id))
            .one(world.house.app.store.write())
            .await
            .unwrap()
            .unwrap();
        assert_eq!((now.returning, now.workers, now.contact.as_str()), (21, 42, "赵"));
        assert_eq!(
            (now.place_id, now.floor, now.active),
            (row.place_id, row.floor, true)
        );
    }
}

#[tokio::test]
async fn what_was_answered_once_is_known_in_whatever_order_it_came() {
    for world in worlds().await {
        let staff = world.worker().await;
        let id = home(&world, "1号楼", "", "101").await;
        let asked = form(&world, &[("needs", Kind::Text), ("pets", Kind::Text)]).await;
        let first = Wish {
            form: Some(asked),
            ..screening(&world, Reach::Households)
        };
        let round = opened(&world, &first).await;
        let door = targets(&world, round).await.remove(0);
        let needs = async || {
            let row = household::Entity::find()
                .filter(household::Column::Id.eq(id))
                .one(world.house.app.store.write())
                .await
                .unwrap();
            row.unwrap().needs
        };
        // The later word comes first; the earlier one changes nothing.
        let later = done(&door, minute(4), &json!({"needs": "透析", "pets": "猫"}));
        let earlier = done(&door, minute(2), &json!({"needs": "无", "pets": "狗"}));
        for record in [&later, &earlier] {
            assert_eq!(staff.records(std::slice::from_ref(record)).await, accepted(1));
            world.house.field.settled().await;
        }
        assert_eq!(needs().await, "透析");
        let second = opened(
            &world,
            &Wish {
                name: "再次".into(),
                ..first.clone()
            },
        )
        .await;
        let again = targets(&world, second).await.remove(0);
        assert_eq!(
            known(&staff, &again).await,
            json!({"needs": "透析", "pets": "猫"})
        );
        let page = staff.get(&format!("/households/{id}")).await;
        assert!(page.text().contains("pets?: 猫"), "{}", page.text());
        // Nothing that fits no question is remembered.
        for unfit in [json!({"pets": 7}), json!({"needs": "a\u{0}b"})] {
            assert_eq!(
                staff.records(&[done(&again, minute(5), &unfit)]).await,
                accepted(1)
            );
        }
        // Rebuilt from the journal it is the same.
        world.house.field.settled().await;
        field::rebuild::rebuild(&world.house.app, world.house.field.registry(), |_| {})
            .await
            .unwrap();
        assert_eq!(
            known(&staff, &again).await,
            json!({"needs": "透析", "pets": "猫"})
        );
        // What was recorded wrongly is taken back: what was said before counts.
        let place = piece::Entity::find()
            .filter(piece::Column::Id.eq(PieceId(door.piece_id.0)))
            .one(world.house.app.store.write())
            .await
            .unwrap()
            .unwrap()
            .place_id;
        void(&staff, &later, place).await;
        world.house.field.settled().await;
        assert_eq!(known(&staff, &again).await["pets"], "狗");
        assert_eq!(needs().await, "无");
        // Staff correct it on the page; a record from before that does not overwrite it.
        let fields = [
            ("compound", "交暨小区"),
            ("building", "1号楼"),
            ("label", "101"),
            ("needs", "轮椅"),
        ];
        world.clock.set(minute(20));
        assert_eq!(
            staff
                .form(&format!("/households/{id}/edit"), &fields)
                .await
                .status,
            StatusCode::SEE_OTHER
        );
        let late = done(&door, minute(6), &json!({"needs": "透析"}));
        assert_eq!(staff.records(&[late]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(needs().await, "轮椅");
        assert_eq!(known(&staff, &again).await["needs"], "轮椅");
    }
}

#[tokio::test]
async fn a_round_picks_the_old_the_unvaccinated_and_some_buildings() {
    for world in worlds().await {
        let (one, two) = (
            home(&world, "1号楼", "", "101").await,
            home(&world, "2号楼", "", "101").await,
        );
        // The world is in February 2020.
        lives(&world, one, "赵一", Some(1939), Some(2)).await;
        lives(&world, one, "钱二", Some(1941), Some(0)).await;
        lives(&world, two, "孙三", None, None).await;
        let picked = async |wish: Wish| {
            let round = opened(&world, &wish).await;
            let mut names: Vec<String> = targets(&world, round)
                .await
                .into_iter()
                .map(|row| row.name)
                .collect();
            names.sort();
            names
        };
        let residents = |which| Wish {
            which,
            ..screening(&world, Reach::Residents)
        };
        assert_eq!(picked(residents(Only::Over80)).await, ["赵一"]);
        assert_eq!(picked(residents(Only::Unvaccinated)).await, ["孙三", "钱二"]);
        let old_homes = Wish {
            which: Only::Over80,
            ..screening(&world, Reach::Households)
        };
        assert_eq!(picked(old_homes).await.len(), 1);
        let places = places::place::Entity::find()
            .filter(places::place::Column::Name.eq("2号楼"))
            .all(world.house.app.store.write())
            .await
            .unwrap();
        let only = Wish {
            parts: vec![places[0].id],
            ..residents(Only::All)
        };
        assert_eq!(picked(only.clone()).await, ["孙三"]);
        let round = open::open(&world.house.app, &Actor::command_line(), &only)
            .await
            .unwrap();
        lives(&world, two, "李四", None, None).await;
        lives(&world, one, "周五", None, None).await;
        world.clock.set(minute(2));
        open::sync(&world.house.app).await.unwrap();
        assert_eq!(
            targets(&world, round.id).await.len(),
            2,
            "only who moved in there"
        );

        let staff = world.worker().await;
        let deadline = kit::time::Typed(minute(600)).to_string();
        let here = world.here.id.to_string();
        let typed = |reach: &'static str, which: &'static str, parts: &'static str| {
            [
                ("name", "挑选"),
                ("place", here.as_str()),
                ("kind", "screening"),
                ("reach", reach),
                ("which", which),
                ("parts", parts),
                ("deadline", deadline.as_str()),
                ("again_hours", "4"),
                ("hold_minutes", "60"),
            ]
        };
        for (fields, said) in [
            (typed("units", "over-80", ""), "Only households and residents"),
            (typed("residents", "all", "交暨小区 9号楼"), "9号楼"),
            (typed("residents", "all", "万里街道"), "no place here"),
        ] {
            let answer = staff.form("/rounds/new", &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
            assert!(answer.text().contains(said), "{said}: {}", answer.text());
        }
        let good = staff
            .form("/rounds/new", &typed("residents", "all", "交暨小区 2号楼"))
            .await;
        assert_eq!(good.status, StatusCode::SEE_OTHER, "{}", good.text());
        assert_eq!(
            resident::Entity::find()
                .count(world.house.app.store.write())
                .await
                .unwrap(),
            5
        );
    }
}

#[tokio::test]
async fn the_coordinator_gives_a_building_to_somebody_who_works_there() {
    for world in worlds().await {
        home(&world, "1号楼", "", "101").await;
        let round = opened(&world, &screening(&world, Reach::Households)).await;
        let piece = targets(&world, round).await[0].piece_id;
        let post = muster::shift::create_post(
            &world.house.app,
            &Actor::command_line(),
            world.here.id,
            Duty::DoorToDoor,
            "上门",
        )
        .await
        .unwrap();
        let shift = world.shift(post, 2).await;
        world.put(&shift, world.helpers[0], false).await;
        let (there, _) = (helper(&world, 0).await, helper(&world, 1).await);
        let staff = world.worker().await;
        let page = staff
            .get(&format!("/rounds/{round}?place={}", world.here.id))
            .await;
        let id = async |n: usize| {
            let user = accounts::model::user::Entity::find()
                .filter(accounts::model::user::Column::HelperId.eq(world.helpers[n]))
                .one(world.house.app.store.write())
                .await
                .unwrap();
            user.unwrap().id.to_string()
        };
        let (here, elsewhere) = (id(0).await, id(1).await);
        assert!(
            page.text().contains(&here) && !page.text().contains(&elsewhere),
            "{}",
            page.text()
        );
        let piece_text = piece.to_string();
        let give = async |client: &Client, user: &str| {
            client
                .form(
                    &format!("/rounds/{round}/give"),
                    &[("piece", piece_text.as_str()), ("user", user)],
                )
                .await
                .status
        };
        assert_eq!(give(&staff, &elsewhere).await, StatusCode::CONFLICT);
        assert_eq!(give(&staff, "").await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(give(&there, &here).await, StatusCode::FORBIDDEN);
        assert_eq!(give(&staff, &here).await, StatusCode::SEE_OTHER);
        let pieces = there.get(&format!("/api/rounds/{round}/pieces")).await.json();
        assert_eq!(pieces["pieces"][0]["mine"], true, "{pieces}");
    }
}
