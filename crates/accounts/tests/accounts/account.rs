//! One's own account: password, sessions, tokens.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::common::{Browser, PASSWORD, Reply, worlds};
use kit::Role;

#[tokio::test]
async fn signing_out_everywhere_ends_all_sessions() {
    for world in worlds().await {
        world.user("one", None, Role::Helper, None).await;
        world.user("two", None, Role::Helper, None).await;
        let (desk, phone, other) = (
            world.browser("one").await,
            world.browser("one").await,
            world.browser("two").await,
        );
        let page = desk.get("/account").await;
        assert_eq!(page.body.matches("Firefox · Windows").count(), 2);
        let reply = desk.post("/account/sign-out-everywhere", &[]).await;
        assert_eq!(reply.location(), "/sign-in?done=signed-out-everywhere");
        assert!(reply.set_cookie().contains("Max-Age=0"));
        assert_eq!(phone.get("/account").await.status, 303);
        assert_eq!(desk.get("/account").await.status, 303);
        assert_eq!(other.get("/account").await.status, 200);
        assert_eq!(world.noted("session.sign-out-everywhere").await, 1);
    }
}

async fn with_token(browser: &Browser<'_>, token: &str, method: &str, path: &str) -> Reply {
    let request = browser
        .request(method, path)
        .header("authorization", format!("Bearer {token}"));
    browser.send(request, "label=another&days=1").await
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked() {
    for world in worlds().await {
        world.user("one", None, Role::Administrator, None).await;
        world.user("two", None, Role::Helper, None).await;
        let browser = world.browser("one").await;
        let made = browser
            .post("/account/tokens", &[("label", "日报脚本"), ("days", "2")])
            .await;
        assert_eq!(made.status, 200);
        assert_eq!(made.headers["cache-control"], "no-store");
        let token = made.secret();
        let guest = world.guest();
        assert_eq!(with_token(&guest, &token, "GET", "/users").await.status, 200);

        let page = browser.get("/account").await;
        assert!(page.body.contains("日报脚本") && !page.body.contains(&token));
        let (before, _) = page.body.split_once("/revoke").unwrap();
        let id = before.rsplit('/').next().unwrap();
        let revoke = format!("/account/tokens/{id}/revoke");
        assert_eq!(
            with_token(&guest, &token, "POST", "/account/tokens").await.status,
            403
        );
        assert_eq!(world.browser("two").await.post(&revoke, &[]).await.status, 404);
        assert_eq!(
            browser.post(&revoke, &[]).await.location(),
            "/account?done=token-revoked"
        );
        assert_eq!(with_token(&guest, &token, "GET", "/users").await.status, 303);
        assert_eq!(browser.post(&revoke, &[]).await.status, 404);

        let short = browser
            .post("/account/tokens", &[("label", "short"), ("days", "1")])
            .await
            .secret();
        world.later(24 * 3600);
        assert_eq!(with_token(&guest, &short, "GET", "/users").await.status, 303);
        assert_eq!(world.noted("token.create").await, 2);
        assert_eq!(world.noted("token.revoke").await, 1);
        assert!(world.trail().await.iter().all(|entry| entry.subject != token));
    }
}

#[tokio::test]
async fn a_token_with_errors_is_not_made_and_what_was_typed_stays() {
    for world in worlds().await {
        world.user("one", None, Role::Helper, None).await;
        let browser = world.browser("one").await;
        let long = "令".repeat(61);
        let reply = browser
            .post("/account/tokens", &[("label", &long), ("days", "3651")])
            .await;
        assert_eq!(reply.status, 422);
        assert!(reply.body.contains(&long) && reply.body.contains("3651"));
        assert!(reply.body.contains("最多 60 个字") && reply.body.contains("1 到 3650 之间"));
        assert_eq!(world.noted("token.create").await, 0);
    }
}

#[tokio::test]
async fn changing_the_password_needs_the_present_one_and_ends_other_sessions() {
    for world in worlds().await {
        world.user("one", None, Role::Helper, None).await;
        let (desk, phone) = (world.browser("one").await, world.browser("one").await);
        let change = |present| {
            let desk = desk.clone();
            async move {
                let new = "another password";
                let form = [("password", present), ("new_password", new), ("again", new)];
                desk.post("/account/password", &form).await
            }
        };
        let refused = change("not the present").await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("密码不对"));
        assert_eq!(
            change(PASSWORD).await.location(),
            "/account?done=password-changed"
        );
        assert_eq!(desk.get("/account").await.status, 200);
        assert_eq!(phone.get("/account").await.status, 303);
        let old = [("name", "one"), ("password", PASSWORD)];
        assert_eq!(world.guest().post("/sign-in", &old).await.status, 422);
        assert_eq!(world.noted("password.change").await, 1);
        for _ in 0..4 {
            change("a guess at it").await;
        }
        assert_eq!(change("a guess at it").await.status, 429);
    }
}
