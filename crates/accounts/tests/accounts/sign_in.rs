//! Signing in and out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::common::{PASSWORD, World, everywhere, worlds};
use accounts::{Actor, demo_user};
use kit::Role;

#[tokio::test]
async fn by_name_and_by_telephone() {
    for world in worlds().await {
        world
            .user("王小明", Some("13800000001"), Role::Helper, None)
            .await;
        world.user("Li Na", None, Role::Helper, None).await;
        for name in ["王小明", " 138-0000-0001 ", "li na"] {
            let reply = world
                .guest()
                .post(
                    "/sign-in",
                    &[("name", name), ("password", PASSWORD), ("next", "/calls?q=1")],
                )
                .await;
            assert_eq!(
                (reply.status.as_u16(), reply.location()),
                (303, "/calls?q=1"),
                "{name}"
            );
            let cookie = reply.set_cookie();
            for flag in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
                assert!(cookie.contains(flag), "{cookie}");
            }
        }
        let elsewhere = [
            ("name", "li na"),
            ("password", PASSWORD),
            ("next", "//evil.example"),
        ];
        assert_eq!(world.guest().post("/sign-in", &elsewhere).await.location(), "/");
        assert_eq!(world.noted("session.sign-in").await, 4);
    }
}

#[tokio::test]
async fn the_same_sentence_for_whoever_does_not_get_in() {
    for world in worlds().await {
        world.user("known", None, Role::Helper, None).await;
        world.user("gone", None, Role::Helper, None).await;
        let cli = Actor::command_line();
        accounts::user::disable(&world.app, &cli, "gone").await.unwrap();
        accounts::user::create(&world.app, &cli, "invited", None, Role::Helper, None, None)
            .await
            .unwrap();
        let mut pages = Vec::new();
        for name in ["known", "gone", "invited", "nobody"] {
            let password = if name == "gone" {
                PASSWORD
            } else {
                "wrong password"
            };
            let reply = world
                .guest()
                .post("/sign-in", &[("name", name), ("password", password)])
                .await;
            assert_eq!(reply.status, 422);
            assert!(reply.body.contains("名字、电话或密码不对"));
            assert!(reply.body.contains(&format!("value=\"{name}\"")));
            pages.push(reply.body.replace(name, "NAME"));
        }
        assert!(pages.windows(2).all(|two| two[0] == two[1]));
        let refused: Vec<String> = world
            .trail()
            .await
            .into_iter()
            .filter(|entry| entry.action == "session.refused")
            .map(|entry| entry.user_name)
            .collect();
        // What was typed as a name may be a secret: of a name that nobody has, little is kept.
        assert_eq!(refused, ["known", "g***", "invited", "n*****"]);
    }
}

#[tokio::test]
async fn guessing_must_wait() {
    for world in worlds().await {
        world
            .user("victim", Some("13800000001"), Role::Helper, None)
            .await;
        let wrong = [("name", "victim"), ("password", "wrong password")];
        for _ in 0..5 {
            assert_eq!(world.guest().post("/sign-in", &wrong).await.status, 422);
        }
        // Neither another address, nor the number instead of the name, nor the right password helps.
        let mut elsewhere = world.guest();
        elsewhere.address = "10.9.9.9";
        let right = [("name", "13800000001"), ("password", PASSWORD)];
        let reply = elsewhere.post("/sign-in", &right).await;
        assert_eq!(reply.status, 429);
        assert_eq!(reply.headers["retry-after"], "15");
        assert!(reply.body.contains("请 15 秒后再试") && reply.body.contains("value=\"13800000001\""));
        world.later(15);
        assert_eq!(elsewhere.post("/sign-in", &right).await.status, 303);
        assert_eq!(
            world.guest().post("/sign-in", &wrong).await.status,
            422,
            "the count began anew"
        );
        assert_eq!(world.noted("session.refused").await, 6);
    }
}

#[tokio::test]
async fn many_tries_at_once_are_not_free() {
    for world in worlds().await {
        world.user("victim", None, Role::Helper, None).await;
        let tries = (0..8).map(|_| {
            let guest = world.guest();
            async move {
                let wrong = [("name", "victim"), ("password", "wrong password")];
                guest.post("/sign-in", &wrong).await.status.as_u16()
            }
        });
        let mut all = Vec::new();
        let mut running: Vec<_> = tries.map(Box::pin).collect();
        std::future::poll_fn(|context| {
            running.retain_mut(|one| match one.as_mut().poll(context) {
                std::task::Poll::Ready(status) => {
                    all.push(status);
                    false
                }
                std::task::Poll::Pending => true,
            });
            if running.is_empty() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        assert_eq!(all.iter().filter(|status| **status == 422).count(), 5);
        assert_eq!(all.iter().filter(|status| **status == 429).count(), 3);
    }
}

#[tokio::test]
async fn too_long_is_marked_and_kept() {
    for world in worlds().await {
        let long = "x".repeat(201);
        let reply = world
            .guest()
            .post("/sign-in", &[("name", &long), ("password", &long)])
            .await;
        assert_eq!(reply.status, 422);
        assert_eq!(reply.body.matches("最多 200 个字").count(), 2);
        assert_eq!(reply.body.matches(&long).count(), 1, "the name, not the password");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    for world in worlds().await {
        world.user("one", None, Role::Helper, None).await;
        let browser = world.browser("one").await;
        assert_eq!(browser.get("/sign-in").await.location(), "/");
        assert_eq!(browser.get("/account").await.status, 200);
        let out = browser.post("/sign-out", &[]).await;
        assert_eq!(out.location(), "/sign-in");
        assert!(out.set_cookie().contains("Max-Age=0"));
        assert_eq!(
            browser.get("/account").await.location(),
            "/sign-in?next=%2Faccount"
        );
        assert_eq!(world.noted("session.sign-out").await, 1);
    }
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_and_the_next_one_replaces_it() {
    for world in worlds().await {
        world.user("one", None, Role::Helper, None).await;
        let browser = world.browser("one").await;
        let again = [("name", "one"), ("password", PASSWORD)];
        let mut next = browser.clone();
        next.cookie = browser.post("/sign-in", &again).await.cookie();
        world.later(3);
        assert_eq!(browser.get("/account").await.status, 303);
        assert_eq!(next.get("/account").await.status, 200);
        world.later(30 * 24 * 3600);
        assert_eq!(next.get("/account").await.status, 303);
    }
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    for world in worlds().await {
        world.user("one", None, Role::Helper, None).await;
        let browser = world.browser("one").await;
        for (header, value) in [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            for path in ["/sign-out", "/account/sign-out-everywhere", "/sign-in"] {
                let request = browser.request("POST", path).header(header, value);
                let reply = browser.send(request, "name=one&password=a+long+password").await;
                assert_eq!(reply.status, 403, "{path}");
                assert!(reply.cookie().is_none());
            }
        }
        let own = browser
            .request("POST", "/sign-out")
            .header("origin", "https://fx.example");
        assert_eq!(browser.get("/account").await.status, 200);
        assert_eq!(browser.send(own, "").await.status, 303);
    }
}

#[tokio::test]
async fn a_demonstration_opens_each_role_by_a_tap() {
    for test in store::testing::stores().await.unwrap() {
        let world = World::new(test, true).await;
        for role in Role::ALL {
            let name = format!("demo {role}");
            for _ in 0..2 {
                demo_user(
                    world.app.store.write(),
                    &world.app,
                    role,
                    &name,
                    &[everywhere(role)],
                    None,
                )
                .await
                .unwrap();
            }
        }
        let page = world.guest().get("/sign-in").await;
        for role in Role::ALL {
            assert!(page.body.contains(&format!(r#"name="role" value="{role}""#)));
            let mut browser = world.guest();
            let reply = browser.post("/demo/sign-in", &[("role", role.name())]).await;
            assert_eq!((reply.status.as_u16(), reply.location()), (303, "/"));
            browser.cookie = reply.cookie();
            let account = browser.get("/account").await;
            assert!(account.body.contains(&format!("demo {role}")));
            let users = browser.get("/users").await.status;
            assert_eq!(users == 200, role == Role::Administrator, "{role}");
        }
        assert_eq!(
            world
                .guest()
                .post("/demo/sign-in", &[("role", "king")])
                .await
                .status,
            404
        );
        // The demonstration's administrator is no reason to print a link, and cannot be signed in as by name.
        assert_eq!(accounts::first_link(&world.app).await.unwrap(), None);
        assert_eq!(accounts::user::list(&world.app).await.unwrap().len(), 7);
    }
}

#[tokio::test]
async fn elsewhere_there_is_no_demonstration() {
    for world in worlds().await {
        let all = [everywhere(Role::Administrator)];
        demo_user(
            world.app.store.write(),
            &world.app,
            Role::Administrator,
            "x",
            &all,
            None,
        )
        .await
        .unwrap();
        let reply = world
            .guest()
            .post("/demo/sign-in", &[("role", "administrator")])
            .await;
        assert_eq!(reply.status, 404);
        assert!(!world.guest().get("/sign-in").await.body.contains("/demo/sign-in"));
    }
}
