//! Organisations and helpers by form: what is kept, what is shown, what comes back.

use accounts::Actor;
use axum::http::StatusCode;
use kit::id::{HelperId, OrgId};
use sea_orm::EntityTrait;

use crate::common::{House, admin, houses};

pub const PHONE: &str = "00013800123";
pub const IDENTITY: &str = "999999200001011234";

#[tokio::test]
async fn organisations() {
    for house in houses().await {
        let root = admin();
        let made = house
            .post(
                &root,
                "/orgs/new",
                &[
                    ("name", "水上中心"),
                    ("parent", "体育局"),
                    ("contact", "王小明"),
                    ("phone", "000 1380 0123"),
                ],
            )
            .await;
        let id: OrgId = made.id();
        for (lang, words) in [("zh-CN", "上级单位"), ("en", "Belongs to")] {
            let page = house.get_in(&root, &format!("/orgs/{id}"), lang).await.text();
            for wanted in [words, "体育局", "王小明", "000****0123"] {
                assert!(page.contains(wanted), "{wanted}");
            }
            assert!(!page.contains(PHONE));
            let list = house.get_in(&root, "/orgs?q=sszx", lang).await.text();
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
        let again = house
            .post(&root, "/orgs/new", &[("name", &long), ("contact", "李")])
            .await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        // What was typed is still there.
        assert!(again.text().contains(&long) && again.text().contains("李"));
        move_and_refuse(&house, &root, id).await;
        assert_eq!(house.audit("org.create").await.len(), 3);
    }
}

async fn move_and_refuse(house: &House, root: &Actor, id: OrgId) {
    let path = format!("/orgs/{}/edit", house.x);
    let inside = house
        .post(root, &path, &[("name", "体育局"), ("parent", "水上中心")])
        .await;
    assert_eq!(inside.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(inside.text().contains("不能属于自己的下级"));
    let moved = house
        .post(root, &path, &[("name", "区体育局"), ("parent", "税务局")])
        .await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text());
    let under = people::queries::orgs_under(house.app.store.read(), house.y)
        .await
        .unwrap();
    assert_eq!(under, [house.y, house.x, id]);
    // The number is kept when the form says nothing, and removed when asked.
    let path = format!("/orgs/{id}/edit");
    house
        .post(root, &path, &[("name", "水上中心"), ("parent", "区体育局")])
        .await;
    assert!(
        house
            .get(root, &format!("/orgs/{id}"))
            .await
            .text()
            .contains("000****0123")
    );
    house
        .post(
            root,
            &path,
            &[
                ("name", "水上中心"),
                ("parent", "区体育局"),
                ("clear_phone", "on"),
            ],
        )
        .await;
    assert!(
        !house
            .get(root, &format!("/orgs/{id}"))
            .await
            .text()
            .contains("0123")
    );
}

#[tokio::test]
async fn helpers() {
    for house in houses().await {
        let root = admin();
        let made = house
            .post(
                &root,
                "/helpers/new",
                &[
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
                ],
            )
            .await;
        let id: HelperId = made.id();
        for (lang, wanted) in [
            ("zh-CN", ["医护、司机", "公务", "保险已到期"]),
            ("en", ["medical, driver", "official", "cover has ended"]),
        ] {
            let page = house.get_in(&root, &format!("/helpers/{id}"), lang).await.text();
            for word in wanted
                .into_iter()
                .chain(["000****0123", "999*************34", "香泉"])
            {
                assert!(page.contains(word), "{word}");
            }
            assert!(!page.contains(PHONE) && !page.contains(IDENTITY));
            let form = house
                .get_in(&root, &format!("/helpers/{id}/edit"), lang)
                .await
                .text();
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
        for (filter, there) in [
            ("kind=official", true),
            ("kind=volunteer", false),
            ("active=no", false),
        ] {
            let list = house.get(&root, &format!("/helpers?{filter}")).await.text();
            assert_eq!(list.contains("李文"), there, "{filter}");
        }
        at_rest(&house, id).await;
        reveal(&house, &root, id).await;
        bad_helpers(&house, &root).await;
        let edited = house
            .post(
                &root,
                &format!("/helpers/{id}/edit"),
                &[("name", "李雯"), ("org", "税务局"), ("kind", "volunteer")],
            )
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
    for bytes in [
        it.phone_sealed,
        it.phone_index,
        it.identity_sealed,
        it.identity_index,
    ] {
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
        .post(
            root,
            "/helpers/new",
            &[
                ("name", &long),
                ("org", "没有"),
                ("phone", &long),
                ("identity", "x"),
                ("rank", &long),
                ("cover_until", "2020-02-31"),
                ("home", &long),
            ],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("有 6 处") || answer.text().contains("处需要改正"));
    let answer = house
        .post(root, "/helpers/new", &[("name", "赵"), ("home", "没有")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("没有找到"));
}
