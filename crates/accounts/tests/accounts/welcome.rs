//! The first administrator and one-time links.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::common::{PASSWORD, World, worlds};
use accounts::{Actor, first_link};
use kit::Role;

const CHOICE: [(&str, &str); 4] = [
    ("name", "Zhang Guofeng"),
    ("phone", "138 0000 0000"),
    ("new_password", PASSWORD),
    ("again", PASSWORD),
];

async fn link(world: &World) -> String {
    first_link(&world.app).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_first_link_opens_once() {
    for world in worlds().await {
        let link = link(&world).await;
        let mut browser = world.guest();
        let page = browser.get(&link).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(r#"value="admin""#));

        let entered = browser.post(&link, &CHOICE).await;
        assert_eq!((entered.status.as_u16(), entered.location()), (303, "/"));
        browser.cookie = entered.cookie();
        let account = browser.get("/account").await;
        assert!(account.body.contains("Zhang Guofeng") && account.body.contains("138****0000"));
        assert!(account.body.contains("管理员 (所有地点)"));
        assert!(!account.body.contains("13800000000"));

        for again in [
            world.guest().get(&link).await,
            world.guest().post(&link, &CHOICE).await,
        ] {
            assert_eq!(again.status, 410);
            assert!(again.body.contains("这个链接已经用过"));
        }
        assert_eq!(first_link(&world.app).await.unwrap(), None);
        assert_eq!(world.noted("link.use").await, 1);
    }
}

#[tokio::test]
async fn of_two_who_open_it_at_once_one_gets_in() {
    for world in worlds().await {
        let link = link(&world).await;
        let (one, other) = (world.guest(), world.guest());
        let (one, other) = tokio::join!(one.post(&link, &CHOICE), other.post(&link, &CHOICE));
        let mut both = [one.status.as_u16(), other.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [303, 410]);
    }
}

#[tokio::test]
async fn an_unused_link_is_replaced_at_each_start_and_ends_after_a_week() {
    for world in worlds().await {
        let (old, new) = (link(&world).await, link(&world).await);
        assert_eq!(world.guest().get(&old).await.status, 410);
        world.later(7 * 24 * 3600 - 1);
        assert_eq!(world.guest().get(&new).await.status, 200);
        world.later(1);
        assert_eq!(world.guest().post(&new, &CHOICE).await.status, 410);
        assert_eq!(accounts::user::list(&world.app).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_invited_administrator_keeps_the_link_when_the_server_starts_again() {
    for world in worlds().await {
        world.user("admin", None, Role::Administrator, None).await;
        let cli = Actor::command_line();
        let (_, invited) =
            accounts::user::create(&world.app, &cli, "second", None, Role::Administrator, None, None)
                .await
                .unwrap();
        assert_eq!(first_link(&world.app).await.unwrap(), None);
        assert_eq!(world.guest().get(&invited).await.status, 200);
    }
}

#[tokio::test]
async fn errors_are_named_by_field_and_the_link_stays() {
    for world in worlds().await {
        let link = link(&world).await;
        world.user("taken", Some("13800000001"), Role::Helper, None).await;
        let long = "长".repeat(41);
        for (typed, sentence) in [
            (["", "", PASSWORD, PASSWORD], "请填写此项"),
            ([&long, "", PASSWORD, PASSWORD], "最多 40 个字"),
            (["Taken", "", PASSWORD, PASSWORD], "已有相同的记录"),
            (["13900000000", "", PASSWORD, PASSWORD], "名字不能是电话号码"),
            (["new", "13800000001", PASSWORD, PASSWORD], "已有相同的记录"),
            (["new", "call me", PASSWORD, PASSWORD], "电话号码应为"),
            (["new", "", "short", "short"], "至少 10 个字符"),
            (
                ["new name is", "", "New Name Is", "New Name Is"],
                "不能与名字或电话相同",
            ),
            (["new", "", PASSWORD, "another one"], "两次输入的密码不一样"),
        ] {
            let form = ["name", "phone", "new_password", "again"].map(str::to_owned);
            let form: Vec<(&str, &str)> = form.iter().map(String::as_str).zip(typed).collect();
            let reply = world.guest().post(&link, &form).await;
            assert_eq!(reply.status, 422, "{sentence}");
            assert!(reply.body.contains(sentence), "{sentence}");
            assert!(typed[0].is_empty() || reply.body.contains(&format!("value=\"{}\"", typed[0])));
            assert!(!reply.body.contains(PASSWORD), "a secret is never sent back");
        }
        assert_eq!(world.guest().post(&link, &CHOICE).await.status, 303);
    }
}
