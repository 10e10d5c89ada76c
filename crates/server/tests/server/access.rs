//! Every route times every role. A route without a line in access.txt fails the test, and so does a line
//! without a route: whoever adds a route says here who may use it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;

use crate::common::{Client, worlds};
use accounts::{Allow, Grant};
use axum::{
    Router,
    http::{Method, StatusCode},
    routing::get,
};
use kit::Role;
use server::house::rules;

fn listing() -> String {
    let mut lines: Vec<String> = rules()
        .into_iter()
        .map(|rule| {
            let who = match rule.allow {
                Allow::Everyone => "everyone".to_owned(),
                Allow::Joined => "signed-in, by a code too".to_owned(),
                Allow::SignedIn => "signed-in".to_owned(),
                Allow::Roles(roles) => {
                    let mut names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
                    names.sort_unstable();
                    names.join(" ")
                }
            };
            format!("{:4} {} : {who}", rule.method, rule.path)
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines.iter().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{line}");
        all
    })
}

#[test]
fn every_route_is_in_the_list() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/access.txt");
    if std::env::var_os("FANGXIAN_WRITE_ACCESS").is_some() {
        std::fs::write(&file, listing()).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        listing(),
        written,
        "write it anew with FANGXIAN_WRITE_ACCESS=1 and read the difference"
    );
}

#[tokio::test]
async fn every_role_gets_what_its_rule_says() {
    let world = worlds().await.swap_remove(0);
    let nil = uuid::Uuid::now_v7().to_string();
    for role in Role::ALL {
        let grant = Grant {
            role,
            place_id: None,
            place_path: String::new(),
            org_id: None,
        };
        let client = world
            .client(&format!("某{role}"), &[grant], Some(world.helpers[0]))
            .await;
        let nobody = Client {
            token: String::new(),
            ..client.clone()
        };
        for rule in rules() {
            // Signing out would end the test's own session.
            if rule.path == "/account/sign-out-everywhere" || rule.path == "/account/password" {
                continue;
            }
            let path: String = rule
                .path
                .split('/')
                .map(|step| if step.starts_with('{') { nil.as_str() } else { step })
                .collect::<Vec<_>>()
                .join("/");
            let method: Method = rule.method.parse().unwrap();
            let kind = if method == Method::POST {
                "application/x-www-form-urlencoded"
            } else {
                ""
            };
            let status = client
                .send(method.clone(), &path, kind, &[], Vec::new())
                .await
                .status;
            let admitted = match rule.allow {
                Allow::Everyone | Allow::Joined | Allow::SignedIn => true,
                Allow::Roles(roles) => roles.contains(&role),
            };
            if !admitted {
                assert_eq!(
                    status,
                    StatusCode::FORBIDDEN,
                    "{role} {} {}",
                    rule.method,
                    rule.path
                );
            }
            assert_ne!(
                status,
                StatusCode::INTERNAL_SERVER_ERROR,
                "{role} {} {}",
                rule.method,
                rule.path
            );
            if rule.allow != Allow::Everyone {
                let reply = nobody.send(method, &path, kind, &[], Vec::new()).await;
                let out = reply.status == StatusCode::UNAUTHORIZED
                    || reply
                        .headers
                        .get("location")
                        .is_some_and(|to| to.to_str().unwrap().starts_with("/sign-in"));
                assert!(out, "signed out {} {}: {}", rule.method, rule.path, reply.status);
            }
        }
    }
}

#[tokio::test]
async fn a_handler_that_falls_over_is_a_problem_page() {
    async fn fall() -> &'static str {
        panic!("王建国 13800138000")
    }
    for world in worlds().await {
        let routes = Router::new()
            .route("/fall", get(fall))
            .route("/api/fall", get(fall));
        let router = world.house.around(routes);
        let client = world.worker().await;
        for (lang, sentence) in [
            ("zh-CN", "系统内部出错，没有完成。"),
            ("en", "Something went wrong inside; it was not done."),
        ] {
            let client = Client {
                router: router.clone(),
                lang,
                ..client.clone()
            };
            let reply = client.get("/fall").await;
            assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(reply.text().contains(sentence), "{}", reply.text());
            assert!(!reply.text().contains("13800138000"));
            assert!(reply.headers.contains_key("content-security-policy"));
            // A program is told the same, without what only a browser's page needs.
            let reply = client.get("/api/fall").await;
            assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(reply.json()["code"], "internal");
            assert_eq!(reply.json()["title"], sentence);
            assert!(!reply.text().contains("13800138000"));
            assert_eq!(reply.headers["x-content-type-options"], "nosniff");
            assert_eq!(reply.headers["cache-control"], "no-store");
            assert!(!reply.headers.contains_key("content-security-policy"));
        }
    }
}
