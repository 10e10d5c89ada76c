//! Entering and changing by form: what is kept, what is shown, what comes back.

use accounts::Actor;
use axum::http::StatusCode;
use kit::id::{HelperId, HouseholdId, OrgId, ResidentId};
use sea_orm::EntityTrait;

use crate::common::{House, admin, houses, worker};

const PHONE: &str = "00013800123";
const IDENTITY: &str = "999999200001011234";

#[tokio::test]
async fn organisations() {
    for house in houses().await {
        let root = admin();
        let made = house
            .post(&root, "/orgs/new", &[
                ("name", "水上中心"),
                ("parent", "体育局"),
                ("contact", "王小明"),
                ("phone", "000 1380 0123"),
            ])
            .await;
        let id: OrgId = made.id();
        for (lang, words) in [("zh-CN", "上级单位"), ("en", "Belongs to")] {
            let page = house.get_in(&root, &format!("/orgs/{id}"), lang).await.text();
            for wanted in [words, "体育局", "王小明", "000****0123"] {
                assert!(page.contains(wanted), "{wanted}");
            }
            assert!(!page.contains(PHONE));
            let list = house.get_in(&root, "/orgs?q=szx", lang).await.text();
            assert!(list.contains("水上中心") && !list.contains("税务局"));
        }
        // The same name again, a name that is too long, an unknown parent.
        for (form, kind) in [
            (vec![("name", "水上中心")], "已有相同的记录"),
            (vec![("name", "")], "请填写此项"),
            (vec![("name", "甲"), ("parent", "没有")], "没有找到"),
            (vec![("name", "甲"), ("phone", "abc")], "电话号码应为"),
        ] {
            let again = house.post(&root, "/orgs/new", &form).await;
            assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(again.text().contains(kind), "{kind}");
        }
        let long = "长".repeat(61);
        let again = house.post(&root, "/orgs/new", &[("name", &long), ("contact", "李")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        // What was typed is still there.
        assert!(again.text().contains(&long) && again.text().contains("李"));
        move_and_refuse(&house, &root, id).await;
        assert_eq!(house.audit("org.create").await.len(), 3);
    }
}

async fn move_and_refuse(house: &House, root: &Actor, id: OrgId) {
    let path = format!("/orgs/{}/edit", house.x);
    let inside = house.post(root, &path, &[("name", "体育局"), ("parent", "水上中心")]).await;
    assert_eq!(inside.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(inside.text().contains("不能属于自己的下级"));
    let moved = house.post(root, &path, &[("name", "区体育局"), ("parent", "税务局")]).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text());
    let under = people::queries::orgs_under(house.app.store.read(), house.y).await.unwrap();
    assert_eq!(under, [house.y, house.x, id]);
    // The number is kept when the form says nothing, and removed when asked.
    let path = format!("/orgs/{id}/edit");
    house.post(root, &path, &[("name", "水上中心"), ("parent", "区体育局")]).await;
    assert!(house.get(root, &format!("/orgs/{id}")).await.text().contains("000****0123"));
    house
        .post(root, &path, &[("name", "水上中心"), ("parent", "区体育局"), ("clear_phone", "on")])
        .await;
    assert!(!house.get(root, &format!("/orgs/{id}")).await.text().contains("0123"));
}

#[tokio::test]
async fn helpers() {
    for house in houses().await {
        let root = admin();
        let made = house
            .post(&root, "/helpers/new", &[
                ("name", "李文"),
                ("org", "体育局"),
                ("phone", PHONE),
                ("identity", IDENTITY),
                ("kind", "official"),
                ("rank", "处级"),
                ("skills", "driver"),
                ("skills", "medical"),
                ("cover_until", "2020-02-01"),
                ("home", "xiangquan"),
                ("active", "on"),
            ])
            .await;
        let id: HelperId = made.id();
        for (lang, wanted) in [
            ("zh-CN", ["医护、司机", "公务", "保险已到期"]),
            ("en", ["medical, driver", "official", "cover has ended"]),
        ] {
            let page = house.get_in(&root, &format!("/helpers/{id}"), lang).await.text();
            for word in wanted.into_iter().chain(["000****0123", "999*************34", "香泉"]) {
                assert!(page.contains(word), "{word}");
            }
            assert!(!page.contains(PHONE) && !page.contains(IDENTITY));
            let form = house.get_in(&root, &format!("/helpers/{id}/edit"), lang).await.text();
            assert!(form.contains("000****0123") && !form.contains(PHONE) && !form.contains(IDENTITY));
        }
        for q in ["李", "liw", "lw", PHONE, "000-1380-0123", IDENTITY] {
            let list = house.get(&root, &format!("/helpers?q={q}")).await.text();
            assert!(list.contains("李文"), "{q}");
        }
        for q in ["王", "zz", "00013800124", "99999920000101123"] {
            let list = house.get(&root, &format!("/helpers?q={q}")).await.text();
            assert!(!list.contains("李文"), "{q}");
        }
        for (filter, there) in [("kind=official", true), ("kind=volunteer", false), ("active=no", false)] {
            let list = house.get(&root, &format!("/helpers?{filter}")).await.text();
            assert_eq!(list.contains("李文"), there, "{filter}");
        }
        at_rest(&house, id).await;
        reveal(&house, &root, id).await;
        bad_helpers(&house, &root).await;
        let edited = house
            .post(&root, &format!("/helpers/{id}/edit"), &[
                ("name", "李雯"),
                ("org", "税务局"),
                ("kind", "volunteer"),
            ])
            .await;
        assert_eq!(edited.status, StatusCode::SEE_OTHER, "{}", edited.text());
        let page = house.get(&root, &format!("/helpers/{id}")).await.text();
        for word in ["李雯", "税务局", "000****0123", "志愿"] {
            assert!(page.contains(word), "{word}");
        }
    }
}

/// What lies in the database tells no number.
async fn at_rest(house: &House, id: HelperId) {
    let it = people::model::helper::Entity::find_by_id(id)
        .one(house.app.store.read())
        .await
        .unwrap()
        .unwrap();
    for bytes in [it.phone_sealed, it.phone_index, it.identity_sealed, it.identity_index] {
        let bytes = bytes.unwrap();
        for number in [PHONE, IDENTITY] {
            assert!(!bytes.windows(6).any(|part| part == &number.as_bytes()[..6]));
        }
    }
}

async fn reveal(house: &House, root: &Actor, id: HelperId) {
    let path = format!("/helpers/{id}/reveal");
    for reason in ["", "他的电话是 00013800123"] {
        let refused = house.post(root, &path, &[("reason", reason)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.text().contains(IDENTITY));
    }
    assert!(house.audit("helper.reveal").await.is_empty());
    let shown = house.post(root, &path, &[("reason", "通知换岗")]).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text().contains(PHONE) && shown.text().contains(IDENTITY));
    assert_eq!(house.audit("helper.reveal").await, ["李文 · 通知换岗"]);
}

async fn bad_helpers(house: &House, root: &Actor) {
    let long = "长".repeat(200);
    let answer = house
        .post(root, "/helpers/new", &[
            ("name", &long),
            ("org", "没有"),
            ("phone", &long),
            ("identity", "x"),
            ("rank", &long),
            ("cover_until", "2020-02-31"),
            ("home", &long),
        ])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("有 6 处") || answer.text().contains("处需要改正"));
    let answer = house.post(root, "/helpers/new", &[("name", "赵"), ("home", "没有")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("没有找到"));
}

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
            .post(&worker, &format!("/households/{household}/residents/new"), &[
                ("name", "王小明"),
                ("phone", PHONE),
                ("identity", IDENTITY),
                ("language", "英语"),
                ("lives_alone", "on"),
            ])
            .await;
        assert_eq!(made.status, StatusCode::SEE_OTHER);
        for lang in ["zh-CN", "en"] {
            let page = house.get_in(&worker, &format!("/households/{household}"), lang).await.text();
            for word in ["香泉小区", "3号楼", "2单元", "502", "透析", "王小明", "000****0123"] {
                assert!(page.contains(word), "{word}");
            }
            let list = house.get_in(&worker, "/residents?q=wxm&alone=yes", lang).await.text();
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
        let page = house.get_in(worker, &format!("/residents/{id}"), lang).await.text();
        assert!(page.contains("000****0123") && page.contains("999*************34"));
        assert!(!page.contains(PHONE) && !page.contains(IDENTITY));
        let form = house.get_in(worker, &format!("/residents/{id}/edit"), lang).await.text();
        assert!(!form.contains(PHONE) && !form.contains(IDENTITY));
    }
    let shown = house
        .post(worker, &format!("/residents/{id}/reveal"), &[("reason", "送药")])
        .await;
    assert!(shown.text().contains(PHONE));
    assert_eq!(house.audit("resident.reveal").await, ["王小明 · 送药"]);
    let edited = house
        .post(worker, &format!("/residents/{id}/edit"), &[("name", "王晓明"), ("needs", "化疗")])
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
    for word in ["王晓明", "志愿", "香泉", "000****0123", &format!("/residents/{id}")] {
        assert!(page.contains(word), "{word}");
    }
}

async fn merge(house: &House, worker: &Actor, household: HouseholdId, kept: ResidentId) {
    let path = format!("/households/{household}/residents/new");
    house
        .post(worker, &path, &[("name", "王明"), ("identity", IDENTITY), ("needs", "轮椅"), ("cannot_shop", "on")])
        .await;
    let page = house.get(worker, &format!("/residents/{kept}")).await.text();
    let at = page.find(&format!("/residents/{kept}/merge?with=")).unwrap();
    let gone: ResidentId = page[at..].split("with=").nth(1).unwrap()[..36].parse().unwrap();
    let helper: HelperId = house.post(worker, &format!("/residents/{gone}/helper"), &[]).await.id();
    let asked = house.get(worker, &format!("/residents/{kept}/merge?with={gone}")).await;
    assert!(asked.text().contains("王明") && asked.text().contains("王晓明"));
    let english = house
        .get_in(worker, &format!("/residents/{kept}/merge?with={gone}"), "en")
        .await;
    assert!(english.text().contains("cannot be undone"));
    let done = house
        .post(worker, &format!("/residents/{kept}/merge"), &[("with", &gone.to_string())])
        .await;
    assert_eq!(done.location, format!("/residents/{kept}?done=people-merged"));
    let page = house.get(worker, &done.location).await.text();
    assert!(page.contains("已合并") && page.contains("化疗; 轮椅"));
    assert_eq!(house.get(worker, &format!("/residents/{gone}")).await.status, StatusCode::NOT_FOUND);
    // Both were helpers; the second stays one, without a resident.
    let page = house.get(worker, &format!("/helpers/{helper}")).await.text();
    assert!(page.contains("王明") && !page.contains("/residents/"));
    assert_eq!(house.audit("resident.merge").await.len(), 1);
    let itself = house
        .post(worker, &format!("/residents/{kept}/merge"), &[("with", &kept.to_string())])
        .await;
    assert_eq!(itself.status, StatusCode::UNPROCESSABLE_ENTITY);
}
