//! When helpers can come.

use kit::Role;

use super::*;

#[tokio::test]
async fn lines_of_the_week_and_hours_are_respected() {
    for world in worlds().await {
        change(&world, &world.helpers[..1], |row| {
            row.home_id = Set(Some(world.here.id));
        })
        .await;
        shifts(&world, world.post, "20:00-04:00", 1, None).await;
        let staff = world.worker().await;
        let own = world
            .client(
                "王建国",
                &[world.at(Role::Helper, &world.here, Some(world.org))],
                Some(world.helpers[0]),
            )
            .await;
        let times = format!("/helpers/{}/times", world.helpers[0]);
        assert_eq!(fields(&proposal(&staff).await, "name").len(), 1);
        // Tuesday, 11 February: mornings do not do, the night over midnight does.
        let morning = [("weekdays", "2"), ("from_time", "06:00"), ("to_time", "12:00")];
        assert_eq!(
            own.form(&format!("{times}/week"), &morning).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(fields(&proposal(&staff).await, "name").len(), 0);
        let night = [("weekdays", "2"), ("from_time", "18:00"), ("to_time", "06:00")];
        assert_eq!(
            own.form(&format!("{times}/week"), &night).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(fields(&proposal(&staff).await, "name").len(), 1);
        // Seven hours a week are too few for a shift of eight.
        let hours = [("week_hours", "7"), ("offers", "")];
        assert_eq!(
            own.form(&format!("{times}/wishes"), &hours).await.status,
            StatusCode::SEE_OTHER
        );
        let page = proposal(&staff).await;
        assert!(page.contains("1 would have too many hours that week"), "{page}");
    }
}

#[tokio::test]
async fn times_are_for_those_they_concern() {
    for world in worlds().await {
        settle(&world).await;
        let path = |helper: HelperId| format!("/helpers/{helper}/times");
        let line = [("weekdays", "1"), ("from_time", "08:00"), ("to_time", "12:00")];
        let at = |role, org| [world.at(role, &world.here, Some(org))];
        let own = world
            .client("自己", &at(Role::Helper, world.org), Some(world.helpers[0]))
            .await;
        let leader = world
            .client("队长", &at(Role::TeamLeader, world.org), Some(world.helpers[1]))
            .await;
        let other = world
            .client("别家", &at(Role::Coordinator, world.other_org), None)
            .await;
        let auditor = world
            .client("审计", &[world.at(Role::Auditor, &world.here, None)], None)
            .await;
        let here = path(world.helpers[0]);
        assert_eq!(own.get(&here).await.status, StatusCode::OK);
        assert_eq!(
            own.get(&path(world.helpers[1])).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(other.get(&here).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            other.form(&format!("{here}/week"), &line).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            leader.form(&format!("{here}/week"), &line).await.status,
            StatusCode::SEE_OTHER
        );
        // An auditor looks and changes nothing, and is not told why somebody is away.
        let away = [
            ("from_at", "2020-02-11T08:00"),
            ("until_at", "2020-02-12T08:00"),
            ("reason", "看牙"),
        ];
        assert_eq!(
            own.form(&format!("{here}/absence"), &away).await.status,
            StatusCode::SEE_OTHER
        );
        let seen = auditor.get(&here).await;
        assert!(seen.text().contains("2020-02-11 08:00") && !seen.text().contains("看牙"));
        assert_eq!(
            auditor.form(&format!("{here}/week"), &line).await.status,
            StatusCode::FORBIDDEN
        );
        // A line of somebody else cannot be removed by way of oneself.
        let id = fields(&own.get(&here).await.text(), "line").remove(0);
        let mine = path(world.helpers[1]);
        let tried = leader
            .form(&format!("{mine}/remove"), &[("line", id.as_str())])
            .await;
        assert_eq!(tried.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn times_that_make_no_sense_are_answered_in_words() {
    for world in worlds().await {
        let mut own = world
            .client(
                "王建国",
                &[world.at(Role::Helper, &world.here, Some(world.org))],
                Some(world.helpers[0]),
            )
            .await;
        let times = format!("/helpers/{}/times", world.helpers[0]);
        let week =
            |from: &'static str, to: &'static str| [("weekdays", "1"), ("from_time", from), ("to_time", to)];
        let away = |from: &'static str, until: &'static str| {
            [("from_at", from), ("until_at", until), ("reason", "看牙")]
        };
        for (path, fields, sentence) in [
            ("week", week("25:00", "12:00"), "08:30"),
            ("week", week("", "12:00"), "Please fill this in."),
            (
                "absence",
                away("2020-02-11T08:00", "2020-02-11T08:00"),
                "the same moment",
            ),
            (
                "absence",
                away("2020-02-01T08:00", "2020-02-02T08:00"),
                "in the past",
            ),
            (
                "absence",
                away("2020-02-11T08:00", "2021-03-11T08:00"),
                "a year at most",
            ),
            ("absence", away("soon", "2021-03-11T08:00"), "A valid date"),
        ] {
            let reply = own.form(&format!("{times}/{path}"), &fields).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(reply.text().contains(sentence), "{sentence}: {}", reply.text());
        }
        assert!(
            own.form(&format!("{times}/absence"), &away("soon", ""))
                .await
                .text()
                .contains("看牙")
        );
        let hours = own
            .form(&format!("{times}/wishes"), &[("week_hours", "200")])
            .await;
        assert!(hours.text().contains("from 1 to 168"), "{}", hours.text());

        // Overlapping, and too many.
        for hour in 0..24 {
            let (from, to) = (format!("{hour:02}:00"), format!("{hour:02}:30"));
            let fields = [
                ("weekdays", "1"),
                ("from_time", from.as_str()),
                ("to_time", to.as_str()),
            ];
            assert_eq!(
                own.form(&format!("{times}/week"), &fields).await.status,
                StatusCode::SEE_OTHER
            );
        }
        own.lang = "zh-CN";
        let twice = own.form(&format!("{times}/week"), &week("09:15", "09:45")).await;
        assert!(twice.text().contains("与已有的时间重叠"), "{}", twice.text());
        for hour in ["01", "02", "03", "04"] {
            let (from, to) = (format!("{hour}:00"), format!("{hour}:30"));
            let fields = [
                ("weekdays", "2"),
                ("from_time", from.as_str()),
                ("to_time", to.as_str()),
            ];
            own.form(&format!("{times}/week"), &fields).await;
        }
        let full = own
            .form(
                &format!("{times}/week"),
                &[("weekdays", "3"), ("from_time", "09:00"), ("to_time", "10:00")],
            )
            .await;
        assert!(full.text().contains("已有 28 行"), "{}", full.text());
    }
}
