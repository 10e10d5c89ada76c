//! Who sees whom: a community's worker, a coordinator, a team leader, a helper, an auditor.

use accounts::Actor;
use axum::http::StatusCode;
use kit::{
    Role,
    id::{HelperId, HouseholdId, ResidentId},
};
use sea_orm::EntityTrait;
use uuid::Uuid;

use crate::common::{House, actor, admin, houses, themself, worker};

struct People {
    /// Of 体育局, lives in A.
    home_a: HelperId,
    /// Of 体育局, lives nowhere, on a shift in A.
    shift_a: HelperId,
    /// Of 税务局, which was called in B.
    called_b: HelperId,
    /// Of 体育局's 游泳队; lives nowhere.
    below: HelperId,
}

async fn people(house: &House) -> People {
    let org = people::org::Input {
        name: "游泳队".into(),
        parent: "体育局".into(),
        ..Default::default()
    };
    people::org::create(&house.app, &admin(), &org).await.unwrap();
    let all = People {
        home_a: house.helper("甲住", "体育局", Some(house.a.id)).await,
        shift_a: house.helper("乙班", "体育局", None).await,
        called_b: house.helper("丙召", "税务局", None).await,
        below: house.helper("丁下", "游泳队", None).await,
    };
    house
        .execute(
            "INSERT INTO assignments (community_id, shift_id, helper_id) VALUES ($1, $2, $3)",
            vec![
                house.a.id.0.into(),
                Uuid::from_u128(1).into(),
                all.shift_a.0.into(),
            ],
        )
        .await;
    house
        .execute(
            "INSERT INTO call_orgs (community_id, call_id, org_id) VALUES ($1, $2, $3)",
            vec![house.b.id.0.into(), Uuid::from_u128(2).into(), house.y.0.into()],
        )
        .await;
    all
}

#[tokio::test]
async fn helpers_by_place_and_organisation() {
    for house in houses().await {
        let all = people(&house).await;
        let city = house
            .street
            .path
            .split('/')
            .take(2)
            .fold(String::new(), |p, s| p + s + "/");
        let mut city_wide = worker(&house.street);
        city_wide.grants[0].place_path = city;
        let coordinator = |org| actor(Role::Coordinator, None, Some(org));
        // Who; whom they see (of home_a, shift_a, called_b, below); whom they may change.
        let matrix: [(&str, Actor, [bool; 4], [bool; 4]); 9] = [
            ("administrator", admin(), [true; 4], [true; 4]),
            (
                "worker of A",
                worker(&house.a),
                [true, true, false, false],
                [true, true, false, false],
            ),
            (
                "worker of B",
                worker(&house.b),
                [false, false, true, false],
                [false, false, true, false],
            ),
            (
                "street",
                worker(&house.street),
                [true, true, true, false],
                [true, true, true, false],
            ),
            (
                "city",
                city_wide,
                [true, true, true, false],
                [true, true, true, false],
            ),
            (
                "coordinator of X",
                coordinator(house.x),
                [true, true, false, true],
                [true, true, false, true],
            ),
            (
                "coordinator of Y",
                coordinator(house.y),
                [false, false, true, false],
                [false, false, true, false],
            ),
            ("auditor", actor(Role::Auditor, None, None), [true; 4], [false; 4]),
            (
                "team leader of X",
                actor(Role::TeamLeader, Some(&house.a), Some(house.x)),
                [true, true, false, true],
                [false; 4],
            ),
        ];
        let ids = [all.home_a, all.shift_a, all.called_b, all.below];
        let names = ["甲住", "乙班", "丙召", "丁下"];
        for (who, actor, sees, changes) in matrix {
            let list = house.get(&actor, "/helpers").await.text();
            let export = house.get(&actor, "/helpers?format=xlsx").await;
            for i in 0..4 {
                assert_eq!(list.contains(names[i]), sees[i], "{who} {} in the list", names[i]);
                let page = house.get(&actor, &format!("/helpers/{}", ids[i])).await;
                assert_eq!(page.status == StatusCode::OK, sees[i], "{who} {}", names[i]);
                let edit = house
                    .get(&actor, &format!("/helpers/{}/edit", ids[i]))
                    .await
                    .status;
                let wanted = if changes[i] {
                    StatusCode::OK
                } else if sees[i]
                    || !actor.has(&[Role::Administrator, Role::CommunityWorker, Role::Coordinator])
                {
                    StatusCode::FORBIDDEN
                } else {
                    StatusCode::NOT_FOUND
                };
                assert_eq!(edit, wanted, "{who} edits {}", names[i]);
                let reveal = house
                    .post(&actor, &format!("/helpers/{}/reveal", ids[i]), &[("reason", "x")])
                    .await;
                assert_eq!(reveal.status, wanted, "{who} reveals {}", names[i]);
            }
            if actor.has(&[Role::TeamLeader]) {
                // A team leader gets the page, never a file.
                assert!(!export.body.starts_with(b"PK"), "{who}");
            } else {
                assert!(export.body.starts_with(b"PK"), "{who}");
            }
        }
        assert_eq!(house.audit("helper.export").await.len(), 8);
    }
}

#[tokio::test]
async fn a_helper_sees_themself_only() {
    for house in houses().await {
        let all = people(&house).await;
        let me = themself(all.home_a, &house.a);
        assert_eq!(
            house.get(&me, &format!("/helpers/{}", all.home_a)).await.status,
            StatusCode::OK
        );
        for path in [
            "/helpers".to_owned(),
            "/orgs".to_owned(),
            format!("/orgs/{}", house.x),
            "/residents".to_owned(),
            "/helpers/import".to_owned(),
            format!("/helpers/{}/edit", all.home_a),
        ] {
            assert_eq!(
                house.get(&me, &path).await.status,
                StatusCode::FORBIDDEN,
                "{path}"
            );
        }
        for other in [all.shift_a, all.called_b, all.below] {
            let page = house.get(&me, &format!("/helpers/{other}")).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND);
        }
        let reveal = house
            .post(
                &me,
                &format!("/helpers/{}/reveal", all.home_a),
                &[("reason", "x")],
            )
            .await;
        assert_eq!(reveal.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn organisations_of_a_coordinator() {
    for house in houses().await {
        people(&house).await;
        let mine = actor(Role::Coordinator, None, Some(house.x));
        let list = house.get(&mine, "/orgs").await.text();
        assert!(list.contains("体育局") && list.contains("游泳队") && !list.contains("税务局"));
        assert_eq!(
            house.get(&mine, &format!("/orgs/{}", house.y)).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(house.get(&mine, "/orgs/new").await.status, StatusCode::FORBIDDEN);
        let edit = format!("/orgs/{}/edit", house.x);
        // The parent is not theirs to change, whatever the form says.
        let done = house
            .post(
                &mine,
                &edit,
                &[("name", "体育局"), ("contact", "张"), ("parent", "税务局")],
            )
            .await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let under = people::queries::orgs_under(house.app.store.read(), house.y)
            .await
            .unwrap();
        assert_eq!(under, [house.y]);
        let other = house
            .post(&mine, &format!("/orgs/{}/edit", house.y), &[("name", "甲")])
            .await;
        assert_eq!(other.status, StatusCode::NOT_FOUND);
        // Nor may they enter somebody into another organisation, nor take somebody there.
        for org in ["税务局", ""] {
            let answer = house
                .post(&mine, "/helpers/new", &[("name", "赵"), ("org", org)])
                .await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{org}");
        }
        assert_eq!(house.count("SELECT COUNT(*) FROM helpers").await, 4);
        let leader = actor(Role::TeamLeader, Some(&house.a), Some(house.x));
        assert_eq!(
            house.get(&leader, &format!("/orgs/{}", house.x)).await.status,
            StatusCode::OK
        );
        assert_eq!(house.get(&leader, &edit).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_worker_enters_helpers_of_their_own_places_only() {
    for house in houses().await {
        people(&house).await;
        let worker = worker(&house.b);
        // 税务局 was called to B; 体育局 was not.
        let called = house
            .post(&worker, "/helpers/new", &[("name", "钱"), ("org", "税务局")])
            .await;
        assert_eq!(called.status, StatusCode::SEE_OTHER, "{}", called.text());
        let not = house
            .post(&worker, "/helpers/new", &[("name", "孙"), ("org", "体育局")])
            .await;
        assert_eq!(not.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(not.text().contains("保存后您将看不到此人"));
        let lives = [("name", "孙"), ("org", "体育局"), ("home", "交暨")];
        assert_eq!(
            house.post(&worker, "/helpers/new", &lives).await.status,
            StatusCode::SEE_OTHER
        );
    }
}

#[tokio::test]
async fn residents_stay_in_their_community() {
    for house in houses().await {
        let (a, b) = (worker(&house.a), worker(&house.b));
        let flat = [("community", "香泉"), ("building", "1号楼"), ("label", "101")];
        let household: HouseholdId = house.post(&a, "/households/new", &flat).await.id();
        let form = [("name", "周一"), ("phone", "00013900001")];
        house
            .post(&a, &format!("/households/{household}/residents/new"), &form)
            .await;
        let resident: ResidentId = people::model::resident::Entity::find()
            .one(house.app.store.read())
            .await
            .unwrap()
            .unwrap()
            .id;
        let auditor = actor(Role::Auditor, None, None);
        let coordinator = actor(Role::Coordinator, None, Some(house.x));
        for (path, post) in [
            (format!("/residents/{resident}"), false),
            (format!("/residents/{resident}/edit"), false),
            (format!("/residents/{resident}/reveal"), true),
            (format!("/residents/{resident}/helper"), true),
            (format!("/residents/{resident}/merge?with={resident}"), false),
            (format!("/households/{household}"), false),
            (format!("/households/{household}/edit"), false),
            (format!("/households/{household}/residents/new"), true),
        ] {
            let ask = async |who: &Actor| {
                if post {
                    house
                        .post(who, &path, &[("reason", "x"), ("name", "y")])
                        .await
                        .status
                } else {
                    house.get(who, &path).await.status
                }
            };
            assert_eq!(ask(&b).await, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(ask(&coordinator).await, StatusCode::FORBIDDEN, "{path}");
            let reads =
                path == format!("/residents/{resident}") || path == format!("/households/{household}");
            let wanted = if reads {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(ask(&auditor).await, wanted, "{path}");
        }
        for q in ["", "?q=zhou", "?q=00013900001"] {
            let list = |who| house.get(who, "/residents");
            let there = house.get(&a, &format!("/residents{q}")).await.text();
            assert!(there.contains("周一"), "{q}");
            assert!(
                !house
                    .get(&b, &format!("/residents{q}"))
                    .await
                    .text()
                    .contains("周一")
            );
            assert!(list(&auditor).await.text().contains("周一"));
            assert_eq!(list(&coordinator).await.status, StatusCode::FORBIDDEN);
        }
    }
}
