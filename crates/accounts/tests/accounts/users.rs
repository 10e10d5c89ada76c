//! Users and their roles.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::common::{PASSWORD, World, worlds};
use accounts::{Actor, model::grant};
use kit::{Role, id::UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

async fn grants(world: &World, id: UserId) -> Vec<grant::Model> {
    grant::Entity::find()
        .filter(grant::Column::UserId.eq(id))
        .all(world.app.store.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn only_administrators_see_users() {
    for world in worlds().await {
        for role in Role::ALL {
            world.user(role.name(), None, role, None).await;
            let browser = world.browser(role.name()).await;
            let expected = if role == Role::Administrator { 200 } else { 403 };
            for path in ["/users", "/users/new"] {
                assert_eq!(browser.get(path).await.status, expected, "{role} {path}");
            }
            let reader = matches!(role, Role::Administrator | Role::Commander | Role::Auditor);
            assert_eq!(browser.get("/audit").await.status == 200, reader, "{role}");
            assert_eq!(
                browser.get("/account").await.body.contains(r#"href="/users""#),
                expected == 200
            );
        }
        assert_eq!(
            world.guest().get("/users").await.location(),
            "/sign-in?next=%2Fusers"
        );
    }
}

#[tokio::test]
async fn a_new_user_gets_a_link_that_is_shown_once() {
    for world in worlds().await {
        world.user("admin", None, Role::Administrator, None).await;
        let street = world.place("310104010", "31/04/10/", "田林街道").await;
        let admin = world.browser("admin").await;
        let form = [
            ("name", "王小明"),
            ("phone", "13800000001"),
            ("role", "community-worker"),
            ("place", "310104010"),
            ("org", ""),
        ];
        let made = admin.post("/users/new", &form).await;
        assert_eq!(made.status, 200);
        let link = made.secret();
        let path = link.strip_prefix("https://fx.example").unwrap();
        assert_eq!(world.guest().get(path).await.status, 200);

        let list = admin.get("/users?q=%E7%8E%8B").await.body;
        assert!(
            list.contains("王小明") && list.contains("社区工作者 (田林街道)") && list.contains("未设密码")
        );
        assert!(!list.contains(">admin</a></td>"));
        assert!(
            admin
                .get("/users?q=%25")
                .await
                .body
                .contains("没有符合条件的用户")
        );
        assert!(
            admin
                .get("/users?role=helper")
                .await
                .body
                .contains("没有符合条件的用户")
        );
        assert!(
            admin
                .get("/users?state=active")
                .await
                .body
                .contains(">admin</a></td>")
        );
        assert!(admin.get("/users?sort=-created").await.body.contains("王小明"));
        assert!(admin.get("/users?format=xlsx").await.body.starts_with("PK"));

        let again = admin.post("/users/new", &form).await;
        assert_eq!(again.status, 422);
        assert_eq!(again.body.matches("已有相同的记录").count(), 2);
        assert!(again.body.contains("value=\"310104010\""));
        let worker = accounts::identity::find(world.app.store.read(), &world.app, "13800000001")
            .await
            .unwrap()
            .unwrap();
        let held = grants(&world, worker.id).await;
        assert_eq!(
            (held[0].role, held[0].place_id),
            (Role::CommunityWorker, Some(street.id))
        );
        for action in ["user.create", "grant.add", "link.create"] {
            assert_eq!(world.noted(action).await, 2, "{action}");
        }
    }
}

#[tokio::test]
async fn everything_too_long_is_marked_and_kept() {
    for world in worlds().await {
        world.user("admin", None, Role::Administrator, None).await;
        let admin = world.browser("admin").await;
        let long = "长".repeat(300);
        let form = ["name", "phone", "role", "place", "org"].map(|name| (name, long.as_str()));
        let reply = admin.post("/users/new", &form).await;
        assert_eq!(reply.status, 422);
        assert_eq!(reply.body.matches("aria-invalid").count(), 5);
        assert_eq!(
            reply.body.matches(&long).count(),
            4,
            "every text field keeps what was typed"
        );
        let empty = admin.post("/users/new", &[]).await;
        assert_eq!(empty.body.matches("请填写此项").count(), 2);
        let unknown = [
            ("name", "x"),
            ("role", "helper"),
            ("place", "nowhere"),
            ("org", "x"),
        ];
        assert_eq!(
            admin
                .post("/users/new", &unknown)
                .await
                .body
                .matches("没有找到")
                .count(),
            2
        );
    }
}

#[tokio::test]
async fn a_user_is_changed_disabled_and_out_at_once() {
    for world in worlds().await {
        world.user("admin", None, Role::Administrator, None).await;
        let id = world
            .user("helper", Some("13800000001"), Role::Helper, None)
            .await;
        let (admin, helper) = (world.browser("admin").await, world.browser("helper").await);
        let token = [("label", "t"), ("days", "9")];
        let token = helper.post("/account/tokens", &token).await.secret();
        let address = format!("/users/{id}");
        let page = admin.get(&address).await.body;
        assert!(page.contains("138****0001") && !page.contains("13800000001"));

        let renamed = [("name", "小李"), ("phone", "138****0001")];
        assert_eq!(admin.post(&address, &renamed).await.status, 303);
        let by_phone = [("name", "13800000001"), ("password", PASSWORD)];
        assert_eq!(
            world.guest().post("/sign-in", &by_phone).await.status,
            303,
            "the number stayed"
        );
        let admins_name = admin
            .post(&address, &[("name", "ADMIN"), ("phone", "138****0001")])
            .await;
        assert_eq!(admins_name.status, 422);

        let disabled = [("name", "小李"), ("phone", "13800000002"), ("disabled", "on")];
        assert_eq!(
            admin.post(&address, &disabled).await.location(),
            format!("{address}?done=saved")
        );
        assert_eq!(helper.get("/account").await.status, 303);
        let request = world.guest().request("GET", "/account");
        let request = request.header("authorization", format!("Bearer {token}"));
        assert_eq!(world.guest().send(request, "").await.status, 303);
        assert_eq!(admin.post(&format!("{address}/link"), &[]).await.status, 409);
        assert!(admin.get("/users?state=disabled").await.body.contains("小李"));

        assert_eq!(
            admin
                .post(&address, &[("name", "小李"), ("phone", "")])
                .await
                .status,
            303
        );
        let by_name = [("name", "小李"), ("password", PASSWORD)];
        assert_eq!(world.guest().post("/sign-in", &by_name).await.status, 303);
        assert_eq!(
            world.guest().post("/sign-in", &by_phone).await.status,
            422,
            "the number is gone"
        );
        for (action, times) in [("user.change", 3), ("user.disable", 1), ("user.enable", 1)] {
            assert_eq!(world.noted(action).await, times, "{action}");
        }
    }
}

#[tokio::test]
async fn roles_come_and_go_at_once() {
    for world in worlds().await {
        world.user("admin", None, Role::Administrator, None).await;
        let place = world.place("310104010", "31/04/10/", "田林街道").await;
        let id = world.user("one", None, Role::Helper, None).await;
        let (admin, one) = (world.browser("admin").await, world.browser("one").await);
        assert_eq!(one.get("/audit").await.status, 403);
        let address = format!("/users/{id}/grants");
        let place_id = place.id.to_string();
        let form = [("role", "commander"), ("place", place_id.as_str())];
        assert_eq!(admin.post(&address, &form).await.status, 303);
        assert_eq!(admin.post(&address, &form).await.status, 422, "held already");
        assert_eq!(one.get("/audit").await.status, 200);
        assert!(one.get("/account").await.body.contains("指挥员 (田林街道)"));
        let held = grants(&world, id).await;
        let commander = held.iter().find(|g| g.role == Role::Commander).unwrap();
        let remove = format!("{address}/{}/remove", commander.id);
        assert_eq!(admin.post(&remove, &[]).await.status, 303);
        assert_eq!(one.get("/audit").await.status, 403);
        assert_eq!(admin.post(&remove, &[]).await.status, 404);
        let trail = world.trail().await;
        let taken = trail.iter().find(|e| e.action == "grant.remove").unwrap();
        assert_eq!(taken.subject, "one: commander @ 田林街道");
        assert_eq!(taken.community_id, place.id);
        assert_eq!(taken.address, "10.0.0.1");
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    for world in worlds().await {
        let id = world.user("admin", None, Role::Administrator, None).await;
        let admin = world.browser("admin").await;
        let own = [("name", "admin"), ("phone", ""), ("disabled", "on")];
        let reply = admin.post(&format!("/users/{id}"), &own).await;
        assert_eq!(reply.status, 409);
        assert!(reply.body.contains("不能停用自己的账号"));
        let grant = grants(&world, id).await[0].id;
        let remove = format!("/users/{id}/grants/{grant}/remove");
        let reply = admin.post(&remove, &[]).await;
        assert_eq!(reply.status, 409);
        assert!(reply.body.contains("最后一个"));
        let cli = Actor::command_line();
        let problem = accounts::user::disable(&world.app, &cli, "admin")
            .await
            .unwrap_err();
        assert_eq!(problem.code.name, "last-administrator");

        world.user("second", None, Role::Administrator, None).await;
        accounts::user::disable(&world.app, &cli, "second").await.unwrap();
        assert_eq!(
            admin.post(&remove, &[]).await.status,
            409,
            "a disabled one does not count"
        );
        world.user("third", None, Role::Administrator, None).await;
        assert_eq!(admin.post(&remove, &[]).await.status, 303);
        assert_eq!(admin.get("/users").await.status, 403);
    }
}

#[tokio::test]
async fn an_administrator_of_a_place_stays_within_it() {
    for world in worlds().await {
        let here = world.place("3101", "31/01/", "甲区").await;
        world.place("3102", "31/02/", "乙区").await;
        let there = world.place("310201", "31/02/01/", "乙区一街道").await;
        let chief = world.user("chief", None, Role::Administrator, None).await;
        world
            .user("local", None, Role::Administrator, Some(here.clone()))
            .await;
        let mine = world.user("mine", None, Role::Helper, Some(here.clone())).await;
        let foreign = world.user("foreign", None, Role::Helper, Some(there)).await;
        let both = world.user("both", None, Role::Helper, Some(here)).await;
        let (admin, local) = (world.browser("chief").await, world.browser("local").await);
        let form = [("role", "helper"), ("place", "3102")];
        assert_eq!(
            admin.post(&format!("/users/{both}/grants"), &form).await.status,
            303
        );

        let list = local.get("/users").await.body;
        assert!(list.contains(">mine<") && list.contains(">both<"));
        assert!(!list.contains(">foreign<") && !list.contains(">chief<"));
        for hidden in [chief, foreign] {
            assert_eq!(local.get(&format!("/users/{hidden}")).await.status, 404);
            assert_eq!(
                local.post(&format!("/users/{hidden}/link"), &[]).await.status,
                404
            );
            let save = local.post(&format!("/users/{hidden}"), &[("name", "x")]).await;
            assert_eq!(save.status, 404);
            let grant = grants(&world, hidden).await[0].id;
            let remove = local
                .post(&format!("/users/{hidden}/grants/{grant}/remove"), &[])
                .await;
            assert_eq!(remove.status, 404);
        }
        // A link is a key to all of somebody's rights, so it takes all of them to make one.
        assert_eq!(local.post(&format!("/users/{both}/link"), &[]).await.status, 403);
        assert_eq!(
            local
                .post(&format!("/users/{both}"), &[("name", "x")])
                .await
                .status,
            403
        );
        assert!(
            local
                .get(&format!("/users/{both}"))
                .await
                .body
                .contains("不能改动账号本身")
        );
        assert_eq!(local.post(&format!("/users/{mine}/link"), &[]).await.status, 200);

        for (place, status) in [("", 422), ("3102", 422), ("310201", 422), ("3101", 303)] {
            let form = [("role", "administrator"), ("place", place)];
            let reply = local.post(&format!("/users/{mine}/grants"), &form).await;
            assert_eq!(reply.status, status, "{place}");
        }
    }
}
