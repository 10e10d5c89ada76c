//! The audit trail, and both languages.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use crate::common::worlds;
use kit::Role;

#[tokio::test]
async fn the_trail_is_searched_filtered_and_exported() {
    for world in worlds().await {
        world.user("admin", None, Role::Administrator, None).await;
        world.user("wang", None, Role::Auditor, None).await;
        let (admin, wang) = (world.browser("admin").await, world.browser("wang").await);
        let page = admin.get("/audit").await.body;
        for sentence in [
            "新增用户",
            "添加角色",
            "生成一次性链接",
            "为用户设置密码",
            "登录",
            "10.0.0.1",
        ] {
            assert!(page.contains(sentence), "{sentence}");
        }
        let mine = admin.get("/audit?q=wang").await.body;
        assert_eq!(mine.matches("<tr>").count(), 2, "head and one sign-in");
        let grants = admin.get("/audit?action=grant").await.body;
        assert!(grants.contains("wang: auditor @ *") && !grants.contains("10.0.0.1"));
        assert!(
            admin
                .get("/audit?action=%25")
                .await
                .body
                .contains("没有符合条件的记录")
        );

        assert_eq!(world.noted("audit.export").await, 0);
        let file = wang.get("/audit?action=session&format=xlsx").await;
        assert!(file.body.starts_with("PK"));
        let trail = world.trail().await;
        let last = trail.last().unwrap();
        assert_eq!(
            (last.action.as_str(), last.user_name.as_str()),
            ("audit.export", "wang")
        );
        assert_eq!(last.subject, "session");
    }
}

#[tokio::test]
async fn a_commander_sees_the_entries_of_the_own_places() {
    for world in worlds().await {
        let here = world.place("3101", "31/01/", "甲区").await;
        let there = world.place("3102", "31/02/", "乙区").await;
        world.user("here", None, Role::Commander, Some(here)).await;
        world.user("there", None, Role::Commander, Some(there)).await;
        let page = world.browser("here").await.get("/audit").await.body;
        assert!(page.contains("here: commander @ 甲区"));
        assert!(
            !page.contains("乙区") && !page.contains("10.0.0.1"),
            "neither others' places nor none"
        );
    }
}

#[tokio::test]
async fn pages_speak_both_languages() {
    for world in worlds().await {
        let id = world.user("admin", None, Role::Administrator, None).await;
        let place = world.place("3101", "31/01/", "甲区").await;
        world.user("other", None, Role::Coordinator, Some(place)).await;
        let mut browser = world.browser("admin").await;
        browser
            .post("/account/tokens", &[("label", "t"), ("days", "9")])
            .await;
        let user = format!("/users/{id}");
        for (path, zh, en) in [
            ("/account", "我是谁", "Who am I"),
            ("/users", "最近操作", "Last active"),
            ("/users/new", "新增并生成链接", "Add and make a link"),
            (user.as_str(), "一次性链接", "One-time link"),
            ("/audit", "做了什么", "From where"),
            ("/welcome/nothing", "这个链接已经用过", "This link was used"),
        ] {
            browser.lang = "zh-CN";
            assert!(browser.get(path).await.body.contains(zh), "{path}");
            browser.lang = "en";
            let page = browser.get(path).await.body;
            assert!(page.contains(en), "{path}");
            assert!(!page.contains(zh), "{path}");
        }
        let mut guest = world.guest();
        guest.lang = "en";
        let wrong = [("name", "nobody"), ("password", "wrong password")];
        for _ in 0..5 {
            assert!(guest.post("/sign-in", &wrong).await.body.contains("is not right"));
        }
        let wait = guest.post("/sign-in", &wrong).await.body;
        assert!(wait.contains("Please wait 15 seconds"));
    }
}

fn keys(file: &str) -> BTreeSet<&str> {
    file.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key)
        .collect()
}

#[test]
fn both_languages_have_all_sentences() {
    let (zh, en) = (keys(accounts::LOCALES.zh), keys(accounts::LOCALES.en));
    assert_eq!(zh, en);
    for role in Role::ALL {
        assert!(zh.contains(format!("role-{role}").as_str()));
        assert!(zh.contains(format!("role-{role}-about").as_str()));
    }
    let shell = keys(shell::LOCALES.zh);
    assert!(zh.intersection(&shell).next().is_none(), "a key is defined twice");
}

#[test]
fn every_sentence_is_used() {
    let mut sources = String::new();
    for folder in ["src", "templates"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            sources += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
        }
    }
    for key in keys(accounts::LOCALES.zh) {
        let built = [
            "role-",
            "audit-",
            "problem-",
            "field-",
            "done-",
            "accounts-state-",
        ];
        let hint = key.ends_with("-hint");
        assert!(
            hint || built.iter().any(|start| key.starts_with(start))
                || sources.contains(&format!("\"{key}\"")),
            "{key} is used nowhere"
        );
    }
}
