//! Households and residents by form: entered, changed, shown whole for a reason, merged.

use accounts::Actor;
use axum::http::StatusCode;
use kit::id::{HelperId, HouseholdId, ResidentId};
use sea_orm::EntityTrait;

use crate::{
    common::{House, houses, worker},
    forms::{IDENTITY, PHONE},
};

#[tokio::test]
async fn households_and_residents() {
    for house in houses().await {
        let worker = worker(&house.a);
        // Whoever works for one community only finds it filled in.
        let form = house.get(&worker, "/households/new").await.text();
        assert!(form.contains("香泉"));
        let flat = [
            ("community", "香泉"),
            ("compound", "香泉小区"),
            ("building", "3号楼"),
            ("unit", "2单元"),
            ("label", "502"),
            ("needs", "透析"),
        ];
        let household: HouseholdId = house.post(&worker, "/households/new", &flat).await.id();
        let again = house.post(&worker, "/households/new", &flat).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut elsewhere = flat;
        elsewhere[0].1 = "交暨";
        let answer = house.post(&worker, "/households/new", &elsewhere).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("没有找到"));

        let made = house
            .post(
                &worker,
                &format!("/households/{household}/residents/new"),
                &[
                    ("name", "王小明"),
                    ("phone", PHONE),
                    ("identity", IDENTITY),
                    ("language", "英语"),
                    ("lives_alone", "on"),
                ],
            )
            .await;
        assert_eq!(made.status, StatusCode::SEE_OTHER);
        for lang in ["zh-CN", "en"] {
            let page = house
                .get_in(&worker, &format!("/households/{household}"), lang)
                .await
                .text();
            for word in [
                "香泉小区",
                "3号楼",
                "2单元",
                "502",
                "透析",
                "王小明",
                "000****0123",
            ] {
                assert!(page.contains(word), "{word}");
            }
            let list = house
                .get_in(&worker, "/residents?q=wxm&alone=yes", lang)
                .await
                .text();
            assert!(list.contains("王小明") && list.contains("香泉 香泉小区 3号楼 2单元 502"));
            assert!(!list.contains(PHONE));
        }
        for filter in ["shop=yes", "needs=yes", "q=zz"] {
            let list = house.get(&worker, &format!("/residents?{filter}")).await.text();
            assert!(!list.contains("王小明"), "{filter}");
        }
        let resident = only_resident(&house).await;
        resident_pages(&house, &worker, resident).await;
        becomes_helper(&house, &worker, resident).await;
        merge(&house, &worker, household, resident).await;
    }
}

async fn only_resident(house: &House) -> ResidentId {
    people::model::resident::Entity::find()
        .one(house.app.store.read())
        .await
        .unwrap()
        .unwrap()
        .id
}

async fn resident_pages(house: &House, worker: &Actor, id: ResidentId) {
    for lang in ["zh-CN", "en"] {
        let page = house
            .get_in(worker, &format!("/residents/{id}"), lang)
            .await
            .text();
        assert!(page.contains("000****0123") && page.contains("999*************34"));
        assert!(!page.contains(PHONE) && !page.contains(IDENTITY));
        let form = house
            .get_in(worker, &format!("/residents/{id}/edit"), lang)
            .await
            .text();
        assert!(!form.contains(PHONE) && !form.contains(IDENTITY));
    }
    let shown = house
        .post(worker, &format!("/residents/{id}/reveal"), &[("reason", "送药")])
        .await;
    assert!(shown.text().contains(PHONE));
    assert_eq!(house.audit("resident.reveal").await, ["王小明 · 送药"]);
    let edited = house
        .post(
            worker,
            &format!("/residents/{id}/edit"),
            &[("name", "王晓明"), ("needs", "化疗")],
        )
        .await;
    assert_eq!(edited.status, StatusCode::SEE_OTHER);
    let page = house.get(worker, &format!("/residents/{id}")).await.text();
    assert!(page.contains("王晓明") && page.contains("化疗") && page.contains("000****0123"));
}

async fn becomes_helper(house: &House, worker: &Actor, id: ResidentId) {
    let path = format!("/residents/{id}/helper");
    let helper: HelperId = house.post(worker, &path, &[]).await.id();
    // Once more leads to the same helper.
    assert_eq!(house.post(worker, &path, &[]).await.id::<HelperId>(), helper);
    let page = house.get(worker, &format!("/helpers/{helper}")).await.text();
    for word in [
        "王晓明",
        "志愿",
        "香泉",
        "000****0123",
        &format!("/residents/{id}"),
    ] {
        assert!(page.contains(word), "{word}");
    }
}

async fn merge(house: &House, worker: &Actor, household: HouseholdId, kept: ResidentId) {
    let path = format!("/households/{household}/residents/new");
    house
        .post(
            worker,
            &path,
            &[
                ("name", "王明"),
                ("identity", IDENTITY),
                ("needs", "轮椅"),
                ("cannot_shop", "on"),
            ],
        )
        .await;
    let page = house.get(worker, &format!("/residents/{kept}")).await.text();
    let at = page.find(&format!("/residents/{kept}/merge?with=")).unwrap();
    let gone: ResidentId = page[at..].split("with=").nth(1).unwrap()[..36].parse().unwrap();
    let helper: HelperId = house
        .post(worker, &format!("/residents/{gone}/helper"), &[])
        .await
        .id();
    let asked = house
        .get(worker, &format!("/residents/{kept}/merge?with={gone}"))
        .await;
    assert!(asked.text().contains("王明") && asked.text().contains("王晓明"));
    let english = house
        .get_in(worker, &format!("/residents/{kept}/merge?with={gone}"), "en")
        .await;
    assert!(english.text().contains("cannot be undone"));
    let done = house
        .post(
            worker,
            &format!("/residents/{kept}/merge"),
            &[("with", &gone.to_string())],
        )
        .await;
    assert_eq!(done.location, format!("/residents/{kept}?done=people-merged"));
    let page = house.get(worker, &done.location).await.text();
    assert!(page.contains("已合并") && page.contains("化疗; 轮椅"));
    assert_eq!(
        house.get(worker, &format!("/residents/{gone}")).await.status,
        StatusCode::NOT_FOUND
    );
    // Both were helpers; the second stays one, without a resident.
    let page = house.get(worker, &format!("/helpers/{helper}")).await.text();
    assert!(page.contains("王明") && !page.contains("/residents/"));
    assert_eq!(house.audit("resident.merge").await.len(), 1);
    let itself = house
        .post(
            worker,
            &format!("/residents/{kept}/merge"),
            &[("with", &kept.to_string())],
        )
        .await;
    assert_eq!(itself.status, StatusCode::UNPROCESSABLE_ENTITY);
}
