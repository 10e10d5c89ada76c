//! Why places stay empty, and what cannot be shown.

use muster::model::{call, call_org};
use sea_orm::ActiveModelTrait;

use super::*;

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
        ..Default::default()
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
            row.skills = Set(",medical,".into());
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
