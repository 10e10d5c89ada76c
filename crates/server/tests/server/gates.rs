//! The gate over HTTP: who stands where, what a phone holds, what becomes of what it records.
#![allow(clippy::unwrap_used, missing_docs)]

mod desk;

use axum::http::{Method, StatusCode};
use kit::{
    Timestamp,
    id::{HouseholdId, PlaceId, RecordId, ResidentId, ShiftId},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::common::{Client, World, accepted, helper, minute, worlds};

struct Home {
    household: HouseholdId,
    residents: Vec<ResidentId>,
}

/// A household of two behind the gate of the world's community.
async fn home(world: &World, flat: &str, names: [&str; 2]) -> Home {
    let (app, admin) = (&world.house.app, accounts::Actor::command_line());
    let input = people::household::Input {
        community: world.here.id.to_string(),
        building: "3号楼".into(),
        label: flat.into(),
        ..people::household::Input::default()
    };
    let household = people::household::create(app, &admin, &input).await.unwrap();
    let mut residents = Vec::new();
    for (i, name) in names.into_iter().enumerate() {
        let input = people::resident::Input {
            name: name.into(),
            phone: people::numbers::Number::Set(format!("0001234567{i}")),
            ..people::resident::Input::default()
        };
        residents.push(
            people::resident::create(app, &admin, household, &input)
                .await
                .unwrap(),
        );
    }
    Home { household, residents }
}

/// A pass for a month for each of the household who has none.
async fn passes(world: &World, home: &Home) -> Vec<gates::model::pass::Model> {
    let (app, admin) = (&world.house.app, accounts::Actor::command_line());
    let residents = people::queries::residents_of(app.store.read(), world.here.id, home.household)
        .await
        .unwrap();
    let until = minute(60 * 24 * 30);
    gates::pass::issue::to_residents(app, &admin, &residents, app.now(), until)
        .await
        .unwrap()
}

fn passage(gate: PlaceId, way: &str, who: &Value) -> Value {
    let mut body = json!({"gate": gate, "direction": way, "decision": "go", "reason": "", "by": "name"});
    for (key, value) in who.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

fn record(kind: &str, at: Timestamp, shift: Option<ShiftId>, body: &Value) -> Value {
    json!({"id": RecordId::fresh(at), "kind": kind, "at": at, "shift": shift, "body": body})
}

fn id(record: &Value) -> RecordId {
    record["id"].as_str().unwrap().parse().unwrap()
}

async fn count(world: &World) -> u64 {
    gates::model::passage::Entity::find()
        .count(world.house.app.store.read())
        .await
        .unwrap()
}

async fn issues(world: &World, code: &str) -> u64 {
    field::model::issue::Entity::find()
        .filter(field::model::issue::Column::Code.eq(code))
        .count(world.house.app.store.read())
        .await
        .unwrap()
}

async fn roster(client: &Client, gate: PlaceId) -> crate::common::Reply {
    client.get(&format!("/api/gates/{gate}/roster")).await
}

#[tokio::test]
async fn a_phone_holds_the_gate_at_which_its_user_stands() {
    for world in worlds().await {
        home(&world, "502", ["沈玉兰", "沈建军"]).await;
        let shift = world.shift(world.post, 2).await;
        world.put(&shift, world.helpers[0], false).await;
        let guard = helper(&world, 0).await;
        let other = helper(&world, 1).await;
        let held = roster(&guard, world.here.id).await;
        assert_eq!(held.status, StatusCode::OK, "{}", held.text());
        let tag = held.headers["etag"].to_str().unwrap().to_owned();
        let held = held.json();
        assert_eq!(held["residents"].as_array().unwrap().len(), 2);
        assert_eq!(held["residents"][0]["phone_end"].as_str().unwrap().len(), 4);
        assert!(
            !held.to_string().contains("00012345670"),
            "no whole numbers on phones"
        );
        let duty = guard.get("/api/field/duty").await.json();
        assert_eq!(duty["gates"][0]["id"], json!(world.here.id));
        // The same again costs nothing.
        let same = guard
            .send(
                Method::GET,
                &format!("/api/gates/{}/roster", world.here.id),
                "",
                &[("if-none-match", &tag)],
                Vec::new(),
            )
            .await;
        assert_eq!(same.status, StatusCode::NOT_MODIFIED);
        // Another gate, another helper, another time: there is no such gate.
        assert_eq!(roster(&guard, world.there.id).await.status, StatusCode::NOT_FOUND);
        assert_eq!(roster(&other, world.here.id).await.status, StatusCode::NOT_FOUND);
        let stranger = Client {
            token: "nobody".into(),
            ..helper(&world, 2).await
        };
        assert_eq!(
            roster(&stranger, world.here.id).await.status,
            StatusCode::UNAUTHORIZED
        );
        world.clock.set(minute(60 * 24));
        assert_eq!(roster(&guard, world.here.id).await.status, StatusCode::NOT_FOUND);
        // The book is not the guard's to read; the committee's is its own community's.
        assert_eq!(guard.get("/passages").await.status, StatusCode::FORBIDDEN);
        let far = world.neighbour().await;
        let path = format!("/gates/{}", world.here.id);
        assert_eq!(far.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn passages_in_any_order_are_there_once() {
    for world in worlds().await {
        let home = home(&world, "502", ["沈玉兰", "沈建军"]).await;
        let shift = world.shift(world.post, 2).await;
        world.put(&shift, world.helpers[0], false).await;
        let (guard, staff) = (helper(&world, 0).await, world.worker().await);
        world.clock.set(minute(30));
        let gate = world.here.id;
        let on = Some(shift.id);
        let visitor = passage(
            gate,
            "in",
            &json!({"by": "visitor", "name": "<script>alert(1)</script>", "phone": "00099998888", "visiting": "3号楼 502", "from": "苏州"}),
        );
        let came = record("gate.passage", minute(5), on, &visitor);
        let left = record(
            "gate.passage",
            minute(20),
            on,
            &passage(gate, "out", &json!({"by": "visit", "visit": id(&came)})),
        );
        let hot = record(
            "gate.passage",
            minute(10),
            on,
            &json!({"gate": gate, "direction": "out", "decision": "stop", "reason": "hot", "by": "name",
                    "resident": home.residents[0], "temperature": 381}),
        );
        // The way out overtakes the way in, and everything comes twice.
        for batch in [vec![left.clone(), hot.clone()], vec![came.clone()]] {
            assert_eq!(guard.records(&batch).await, accepted(batch.len()));
        }
        world.house.field.settled().await;
        let again = guard.records(&[came.clone(), left.clone(), hot.clone()]).await;
        assert!(again.iter().all(|(status, _)| status == "duplicate"), "{again:?}");
        assert_eq!(count(&world).await, 3);
        // Whoever left is not inside; whoever has a fever is seen at once.
        let now = world.house.app.now();
        let inside = gates::inside::of_gates(&world.house.app, gate, None, now)
            .await
            .unwrap();
        assert_eq!(inside, []);
        let board = staff.get(&format!("/gates/{gate}")).await.text();
        assert!(board.contains("38.1 ℃") && board.contains("沈玉兰"), "{board}");
        for path in [
            "/gates",
            "/passages",
            "/passages?what=hot",
            "/passages?q=沈",
            "/inside",
            "/parcels",
            "/returnees",
        ] {
            let page = staff.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(!page.text().contains("<script>alert"), "{path}");
        }
        assert!(
            staff.get("/passages?q=00099998888").await.text().contains("苏州")
                || staff
                    .get("/passages?q=00099998888")
                    .await
                    .text()
                    .contains("3号楼 502")
        );
        let excel = staff.get("/passages?format=xlsx").await;
        assert!(excel.bytes.starts_with(b"PK"));
        let answered = staff
            .form(
                &format!("/passages/{}/answered", id(&hot)),
                &[("note", "已电话联系，送医复测")],
            )
            .await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER);
        assert!(
            !staff
                .get(&format!("/gates/{gate}"))
                .await
                .text()
                .contains("border-danger")
        );
        // Voided by staff with a reason, it is gone, and its voiding is a record.
        let path = format!("/passages/{}", id(&came));
        let page = staff.get(&path).await.text();
        assert!(page.contains("000****8888") && !page.contains("00099998888"));
        let empty = staff.form(&format!("{path}/void"), &[("reason", "")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let voided = staff.form(&format!("{path}/void"), &[("reason", "记错了")]).await;
        assert_eq!(voided.status, StatusCode::SEE_OTHER, "{}", voided.text());
        assert_eq!(count(&world).await, 2);
        // A rebuild from the journal gives the same.
        let registry = world.house.field.registry().clone();
        field::rebuild::rebuild(&world.house.app, &registry, |_| {})
            .await
            .unwrap();
        assert_eq!(count(&world).await, 2);
    }
}

#[tokio::test]
async fn names_and_numbers_are_encrypted_where_they_are_kept() {
    for world in worlds().await {
        let shift = world.shift(world.post, 2).await;
        world.put(&shift, world.helpers[0], false).await;
        let guard = helper(&world, 0).await;
        let visitor = |gate: PlaceId| {
            passage(
                gate,
                "in",
                &json!({"by": "visitor", "name": "钱有德", "phone": "00099998888"}),
            )
        };
        let good = record("gate.passage", minute(1), Some(shift.id), &visitor(world.here.id));
        let bad = record(
            "gate.passage",
            minute(1),
            Some(shift.id),
            &visitor(world.there.id),
        );
        let odd = json!({"id": RecordId::fresh(minute(1)), "kind": "gate.passage", "name": "钱有德"});
        let answers = guard.records(&[good.clone(), bad, odd]).await;
        assert_eq!(answers[0].0, "accepted");
        assert_eq!(answers[1], ("rejected".into(), Some("no-right".into())));
        assert_eq!(answers[2], ("rejected".into(), Some("malformed".into())));
        world.house.field.settled().await;
        let app = &world.house.app;
        let kept = field::model::journal::Entity::find()
            .all(app.store.journal())
            .await
            .unwrap();
        let issues = field::model::issue::Entity::find()
            .all(app.store.read())
            .await
            .unwrap();
        assert_eq!((kept.len(), issues.len()), (1, 2));
        for text in kept
            .iter()
            .map(|row| &row.body)
            .chain(issues.iter().map(|row| &row.body))
        {
            assert!(!text.contains("99998888") && !text.contains("钱有德"), "{text}");
        }
        let found = field::journal::find(app, world.here.id, id(&good))
            .await
            .unwrap()
            .unwrap();
        assert!(found.body.contains("钱有德"));
    }
}

#[tokio::test]
async fn what_offline_gates_could_not_know_is_put_before_the_committee() {
    for world in worlds().await {
        let home = home(&world, "502", ["沈玉兰", "沈建军"]).await;
        let app = &world.house.app;
        let admin = accounts::Actor::command_line();
        let south =
            muster::shift::create_post(app, &admin, world.here.id, muster::model::Duty::GateWatch, "南门")
                .await
                .unwrap();
        let (one, two) = (world.shift(world.post, 1).await, world.shift(south, 1).await);
        world.put(&one, world.helpers[0], false).await;
        world.put(&two, world.helpers[1], false).await;
        let given = passes(&world, &home).await;
        assert_eq!(given.len(), 2);
        let none = passes(&world, &home).await;
        assert_eq!(none.len(), 0, "whoever has a pass gets no second one");
        // Withdrawn, and confined, while the gate has no network.
        world.clock.set(minute(2));
        gates::pass::change::withdraw(app, &admin, given[0].id, "遗失")
            .await
            .unwrap();
        let twice = gates::pass::change::withdraw(app, &admin, given[0].id, "遗失")
            .await
            .unwrap_err();
        assert_eq!(twice.code.name, "pass-ended");
        let span = people::standing::Span {
            from: minute(2),
            until: None,
            why: "密接".into(),
        };
        people::standing::by_hand(
            app,
            &admin,
            home.household,
            given[1].resident_id,
            people::standing::Part::Confined,
            Some(span),
        )
        .await
        .unwrap();
        world.clock.set(minute(30));
        let gate = world.here.id;
        let ended = record(
            "gate.passage",
            minute(10),
            Some(one.id),
            &passage(
                gate,
                "in",
                &json!({"by": "scan", "pass": given[0].id, "resident": given[0].resident_id}),
            ),
        );
        let confined = record(
            "gate.passage",
            minute(11),
            Some(one.id),
            &passage(gate, "out", &json!({"resident": given[1].resident_id})),
        );
        let doctor = record(
            "gate.passage",
            minute(12),
            Some(one.id),
            &passage(
                gate,
                "out",
                &json!({"resident": given[1].resident_id, "reason": "confined", "despite": "就医"}),
            ),
        );
        assert_eq!(
            helper(&world, 0).await.records(&[ended, confined, doctor]).await,
            accepted(3)
        );
        world.house.field.settled().await;
        assert_eq!(issues(&world, "gate-ended-pass").await, 1);
        assert_eq!(
            issues(&world, "gate-confined").await,
            1,
            "who goes to the doctor is no case for the committee"
        );
    }
}

#[tokio::test]
async fn a_turnstile_verifies_decides_and_records_once() {
    for world in worlds().await {
        let home = home(&world, "502", ["沈玉兰", "沈建军"]).await;
        let (app, admin) = (&world.house.app, accounts::Actor::command_line());
        let passes = passes(&world, &home).await;
        let code = gates::pass::issue::signed(app, &passes[0]).await.unwrap();
        let staff = world.worker().await;
        let path = format!("/api/gates/{}/scans", world.here.id);
        let scan = async |id: RecordId, code: &str| {
            let body = json!({"id": id, "code": code, "direction": "in"}).to_string();
            staff
                .send(Method::POST, &path, "application/json", &[], body.into_bytes())
                .await
                .json()
        };
        let first = RecordId::fresh(minute(1));
        assert_eq!(scan(first, &code).await, json!({"decision": "go", "reason": ""}));
        // A key that is rotated still verifies; the same id answers the same, whatever has happened since.
        gates::pass::keys::rotate(app, &admin).await.unwrap();
        world.clock.set(minute(3));
        gates::pass::change::withdraw(app, &admin, passes[0].id, "遗失")
            .await
            .unwrap();
        world.house.memory.refresh(app).await.unwrap();
        assert_eq!(scan(first, &code).await, json!({"decision": "go", "reason": ""}));
        assert_eq!(
            scan(RecordId::fresh(minute(3)), &code).await,
            json!({"decision": "stop", "reason": "pass-withdrawn"})
        );
        world.house.field.settled().await;
        assert_eq!(
            issues(&world, "id-conflict").await,
            0,
            "asking again is no contradiction"
        );
        let altered = format!("{}A", &code[..code.len() - 1]);
        assert_eq!(
            scan(RecordId::fresh(minute(3)), &altered).await["reason"],
            "pass-forged"
        );
        world.house.field.settled().await;
        assert_eq!(count(&world).await, 3);
        let status = format!(
            "/api/gates/{}/status?direction=in&number={}",
            world.here.id, passes[0].number
        );
        assert_eq!(staff.get(&status).await.json()["reason"], "pass-withdrawn");
        let far = world.neighbour().await;
        assert_eq!(far.get(&status).await.status, StatusCode::NOT_FOUND);
    }
}
