//! Every figure of a card, against a world whose figures are known.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

use crate::world::{World, day, worlds};
use accounts::Actor;
use kit::Role;
use reports::{Card, Subject, card};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

async fn of(world: &World, actor: &Actor, subject: Subject) -> Card {
    card(
        world.app.store.read(),
        actor,
        subject,
        day("2020-02-10"),
        day("2020-02-24"),
    )
    .await
    .unwrap()
}

async fn refused(world: &World, actor: &Actor, subject: Subject) -> &'static str {
    card(
        world.app.store.read(),
        actor,
        subject,
        day("2020-02-10"),
        day("2020-02-24"),
    )
    .await
    .unwrap_err()
    .code
    .name
}

#[tokio::test]
async fn the_story_comes_out() {
    for world in worlds().await {
        let card = of(&world, &world.commander(), Subject::Org(world.assets)).await;
        assert_eq!(
            (card.title.as_str(), card.subject.within.as_str()),
            ("区国资委", "区级机关工委")
        );
        // Eleven working days from 10 to 24 February, eight asked for and six pledged on each.
        assert_eq!((card.asked, card.asked_per_day, card.pledged), (88, 8, 66));
        // 130 who came, one who did not check out, one who did not come; the cancelled shift is no plan.
        assert_eq!(card.planned, 132);
        assert_eq!((card.people, card.person_times, card.hours), (10, 130, 895.0));
        assert_eq!(
            card.counts.into_iter().collect::<Vec<_>>(),
            [("mask-handout".to_owned(), 120)]
        );

        let ranks: Vec<_> = card
            .by_rank
            .iter()
            .map(|rank| (rank.rank.as_str(), rank.people, rank.person_times))
            .collect();
        assert_eq!(ranks, [("处级", 1, 13), ("科级", 1, 13), ("", 8, 104)]);
        assert_eq!(card.by_rank.iter().map(|rank| rank.hours).sum::<f64>(), 895.0);

        assert_eq!(card.by_area.len(), 1);
        let area = &card.by_area[0];
        assert_eq!((area.place_id, area.name.as_str()), (world.jiaoji, "交暨"));
        assert_eq!((area.people, area.person_times, area.hours), (10, 130, 895.0));
        assert_eq!(area.counts["mask-handout"], 120);

        assert_eq!(card.by_day.len(), 15);
        let first = &card.by_day[0];
        assert_eq!((first.asked, first.pledged, first.planned), (8, 6, 10));
        assert_eq!((first.people, first.person_times, first.hours), (10, 10, 69.0));
        // A Sunday: nobody was asked for, two were planned, nobody was both in and out.
        let sunday = card
            .by_day
            .iter()
            .find(|one| one.day == day("2020-02-23"))
            .unwrap();
        assert_eq!((sunday.asked, sunday.planned, sunday.person_times), (0, 2, 0));
    }
}

#[tokio::test]
async fn an_organisation_includes_those_below_it() {
    for world in worlds().await {
        let commander = world.commander();
        let card = of(&world, &commander, Subject::Org(world.organs)).await;
        assert_eq!((card.people, card.person_times, card.hours), (11, 132, 900.5));
        assert_eq!(card.asked, 88 + 11 * 12 + 3);
        assert_eq!(card.asked_per_day, 8 + 12 + 3);
        assert_eq!(card.pledged, 66 + 3);
        assert_eq!(card.planned, 132 + 2);
        assert_eq!(card.by_area.len(), 2);
        assert_eq!(card.counts["disinfection"], 7);
        let sports = of(&world, &commander, Subject::Org(world.sports)).await;
        assert_eq!(
            (sports.people, sports.person_times, sports.hours, sports.planned),
            (1, 2, 5.5, 2)
        );
    }
}

#[tokio::test]
async fn the_edges_of_the_period_belong_to_it() {
    for world in worlds().await {
        let actor = world.commander();
        for (from, to, times, hours) in [
            ("2020-02-09", "2020-02-25", 132, 911.0),
            ("2020-02-10", "2020-02-10", 10, 69.0),
            ("2020-02-22", "2020-02-22", 10, 68.0),
            ("2020-02-23", "2020-02-24", 0, 0.0),
            ("2020-02-25", "2020-02-25", 1, 8.0),
        ] {
            let subject = Subject::Org(world.assets);
            let card = card(world.app.store.read(), &actor, subject, day(from), day(to))
                .await
                .unwrap();
            assert_eq!((card.person_times, card.hours), (times, hours), "{from} {to}");
        }
    }
}

#[tokio::test]
async fn a_helper_has_a_card() {
    for world in worlds().await {
        let card = of(&world, &world.commander(), Subject::Helper(world.wang)).await;
        assert_eq!(
            (card.title.as_str(), card.subject.within.as_str()),
            ("王建国", "区国资委")
        );
        assert_eq!((card.people, card.person_times, card.planned), (1, 13, 13));
        assert_eq!((card.asked, card.pledged), (0, 0));
        assert_eq!(card.counts["mask-handout"], 120);
        let li = of(&world, &world.commander(), Subject::Helper(world.li)).await;
        assert_eq!((li.person_times, li.planned), (13, 14));
    }
}

#[tokio::test]
async fn a_place_has_a_card_however_small() {
    for world in worlds().await {
        let actor = world.commander();
        let street = of(&world, &actor, Subject::Place(world.wanli)).await;
        assert_eq!(
            (street.people, street.person_times, street.hours),
            (11, 132, 900.5)
        );
        assert_eq!((street.asked, street.asked_per_day), (20 * 11 + 3, 23));
        assert_eq!((street.pledged, street.planned), (66 + 3, 134));
        assert_eq!(street.subject.within, "上海市 普陀区");
        assert_eq!(street.by_area[0].name, "交暨");

        let community = of(&world, &actor, Subject::Place(world.xiangquan)).await;
        assert_eq!(
            (community.person_times, community.asked, community.pledged),
            (2, 3, 3)
        );
        assert_eq!(community.planned, 2);

        // A compound has no tallies: its card is counted from the attendances at its posts.
        let compound = of(&world, &actor, Subject::Place(world.compound)).await;
        assert_eq!(
            (compound.people, compound.person_times, compound.hours),
            (10, 130, 895.0)
        );
        assert_eq!((compound.planned, compound.counts["mask-handout"]), (132, 120));
        assert_eq!(compound.by_area[0].name, "交暨");

        let elsewhere = of(&world, &actor, Subject::Place(world.changshou)).await;
        assert!(elsewhere.is_empty());
    }
}

#[tokio::test]
async fn everybody_sees_their_part() {
    for world in worlds().await {
        let (assets, sports) = (Subject::Org(world.assets), Subject::Org(world.sports));
        let worker = world.actor(Role::CommunityWorker, Some(world.xiangquan), None);
        // Only what was done in the own community, also of an organisation that works in others.
        assert_eq!(
            of(&world, &worker, Subject::Org(world.organs)).await.person_times,
            2
        );
        assert_eq!(of(&world, &worker, sports).await.person_times, 2);
        assert_eq!(of(&world, &worker, sports).await.asked, 3);
        assert!(of(&world, &worker, assets).await.is_empty());
        assert_eq!(
            of(&world, &worker, Subject::Helper(world.zhao))
                .await
                .person_times,
            2
        );
        assert_eq!(
            refused(&world, &worker, Subject::Helper(world.wang)).await,
            "not-found"
        );
        assert_eq!(
            refused(&world, &worker, Subject::Place(world.jiaoji)).await,
            "not-found"
        );
        assert_eq!(
            refused(&world, &worker, Subject::Place(world.wanli)).await,
            "not-found"
        );

        let street = world.actor(Role::Commander, Some(world.wanli), None);
        assert_eq!(of(&world, &street, assets).await.asked, 88);
        let auditor = world.actor(Role::Auditor, None, None);
        assert_eq!(of(&world, &auditor, assets).await.person_times, 130);

        let coordinator = world.actor(Role::Coordinator, None, Some(world.assets));
        assert_eq!(of(&world, &coordinator, assets).await.person_times, 130);
        assert_eq!(
            of(&world, &coordinator, Subject::Helper(world.li))
                .await
                .person_times,
            13
        );
        for other in [
            sports,
            Subject::Org(world.organs),
            Subject::Helper(world.zhao),
            Subject::Place(world.jiaoji),
        ] {
            assert_eq!(refused(&world, &coordinator, other).await, "not-found");
        }
        let above = world.actor(Role::Coordinator, None, Some(world.organs));
        assert_eq!(of(&world, &above, sports).await.person_times, 2);

        for role in [Role::Helper, Role::TeamLeader] {
            let helper = Actor {
                helper_id: Some(world.wang),
                ..world.actor(role, Some(world.jiaoji), Some(world.assets))
            };
            assert_eq!(
                of(&world, &helper, Subject::Helper(world.wang))
                    .await
                    .person_times,
                13
            );
            for other in [assets, Subject::Helper(world.li), Subject::Place(world.jiaoji)] {
                assert_eq!(refused(&world, &helper, other).await, "not-found");
            }
        }
    }
}

#[tokio::test]
async fn the_check_names_what_is_missing() {
    use muster::model::attendance;
    for world in worlds().await {
        let store = &world.app.store;
        assert_eq!(reports::check(store).await.unwrap(), []);
        attendance::Entity::delete_many()
            .filter(attendance::Column::HelperId.eq(world.zhao))
            .filter(attendance::Column::Day.eq(day("2020-02-12")))
            .exec(store.write())
            .await
            .unwrap();
        let lines: Vec<String> = reports::check(store)
            .await
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            lines,
            [
                "香泉, 2020-02-12, 区体育局, 赵敏: hours (tenths): tally 30, recount 0",
                "香泉, 2020-02-12, 区体育局, 赵敏: person-times: tally 1, recount 0",
            ]
        );
    }
}
