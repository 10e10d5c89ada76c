//! What is typed wrong, asked twice or guessed.

use super::*;

#[tokio::test]
async fn what_is_typed_wrong_is_answered() {
    for world in worlds().await {
        let staff = world.worker().await;
        let (who, ..) = worked(&world, &staff).await;
        for (from, to, says) in [
            ("2020-02-01", "2020-02-11", "has not come yet"),
            ("2020-02-10", "2020-02-01", "may not come before the start"),
            ("2019-02-01", "2020-02-10", "At most 366 days"),
            ("2020-02-30", "", "A valid date"),
            ("2020-01-01", "2020-01-31", "No hours in these days"),
        ] {
            let page = format!("/certificates/new?helper={who}&from={from}&to={to}");
            for reply in [staff.get(&page).await, ask(&staff, who, from, to).await] {
                assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{from} {to}");
                assert!(reply.text().contains(says), "{says}: {}", reply.text());
            }
        }
        let id = who.to_string();
        let long = "长".repeat(200);
        let fields = [
            ("helper", id.as_str()),
            ("from", FROM),
            ("to", TO),
            ("issuer", long.as_str()),
            ("contact", ""),
            ("public_days", "0"),
        ];
        let reply = staff.form("/certificates/new", &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = reply.text();
        for says in ["Too long", "fill this in", "from 1 to 60", &long] {
            assert!(text.contains(says), "{says}: {text}");
        }
        assert_eq!(
            staff.get("/certificates/new?helper=nobody").await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn asked_at_once_hours_are_certified_once() {
    for world in worlds().await {
        let staff = world.worker().await;
        let (who, ..) = worked(&world, &staff).await;
        let tries = (0..8).map(|_| {
            let staff = staff.clone();
            tokio::spawn(async move { ask(&staff, who, FROM, TO).await.status })
        });
        let statuses: Vec<StatusCode> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
        let made = statuses
            .iter()
            .filter(|status| **status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(made, 1, "{statuses:?}");
    }
}

#[tokio::test]
async fn nobody_guesses_serials() {
    for world in worlds().await {
        let open = nobody(&world);
        for typed in ["2020-AAAA-AAAA", "x", "王小明", "2020"] {
            let path = format!("/check/{}", urlencoding(typed));
            for _ in 0..10 {
                let reply = open.get(&path).await;
                assert_eq!(reply.status, StatusCode::NOT_FOUND);
                assert!(reply.text().contains("cannot be a serial"), "{}", reply.text());
            }
        }
        assert_eq!(
            open.form("/check", &[("serial", " ")]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let mut statuses = Vec::new();
        for n in 0..31 {
            let text = format!("2020{n:07}");
            let check = serial::check(&text).unwrap();
            statuses.push(open.get(&format!("/check/{text}{check}")).await.status);
        }
        assert!(
            statuses[..30]
                .iter()
                .all(|status| *status == StatusCode::NOT_FOUND)
        );
        assert_eq!(statuses[30], StatusCode::TOO_MANY_REQUESTS);
    }
}

fn urlencoding(text: &str) -> String {
    serde_urlencoded::to_string([("", text)])
        .unwrap()
        .trim_start_matches('=')
        .replace('+', "%20")
}

#[tokio::test]
async fn two_ledgers_never_one() {
    for world in worlds().await {
        let staff = world.worker().await;
        let (_, official, _) = worked(&world, &staff).await;
        let month = staff.get("/hours").await;
        assert_eq!(month.headers[header::LOCATION], "/hours/volunteer/this-month");
        for client in [staff.clone(), chinese(&staff)] {
            let volunteers = client.get("/hours/volunteer/this-month").await.text();
            assert!(volunteers.contains("赵小明") && !volunteers.contains("钱主任"));
            let officials = client
                .get("/hours/official/2020-02-10..2020-02-10?sort=-hours&q=钱")
                .await
                .text();
            assert!(
                officials.contains("钱主任") && !officials.contains("赵小明"),
                "{officials}"
            );
            assert!(
                officials.contains("<b>8</b>") && !officials.contains('⟨'),
                "{officials}"
            );
        }
        for (path, status) in [
            ("/hours/official/2020-02-11..2020-02-10", StatusCode::NOT_FOUND),
            ("/hours/both/this-month", StatusCode::NOT_FOUND),
            ("/hours?from=2020-02-30", StatusCode::UNPROCESSABLE_ENTITY),
            (
                "/hours?from=2020-02-10&to=2020-02-01",
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            ("/hours?from=2020-02-01&to=2020-02-10", StatusCode::SEE_OTHER),
        ] {
            assert_eq!(staff.get(path).await.status, status, "{path}");
        }
        let grant = |role, org| world.at(role, &world.here, org);
        let own = world
            .client("队长", &[grant(Role::TeamLeader, Some(world.org))], None)
            .await;
        let other = world
            .client("别的", &[grant(Role::Coordinator, Some(world.other_org))], None)
            .await;
        let themself = world
            .client("本人", &[grant(Role::Helper, None)], Some(official))
            .await;
        let far = world.neighbour().await;
        let sees = |text: &str| text.contains("赵小明") || text.contains("钱主任");
        for (client, volunteer, official) in [
            (&own, true, true),
            (&other, false, false),
            (&far, false, false),
            (&themself, false, true),
        ] {
            for (ledger, wanted) in [("volunteer", volunteer), ("official", official)] {
                let text = client.get(&format!("/hours/{ledger}/this-month")).await.text();
                assert_eq!(sees(&text), wanted, "{ledger}: {text}");
            }
        }
        let to = themself.get("/hours").await;
        assert_eq!(to.headers[header::LOCATION], "/hours/official/this-month");
    }
}
