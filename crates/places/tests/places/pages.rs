//! The pages and the JSON interface, driven as a browser does, in both languages.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fmt::Write as _, sync::Arc};

use crate::common::{actor, audit_actions, code, now, put, stores};
use accounts::Actor;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn},
    response::Response,
};
use kit::{FixedClock, Lang, Role, id::PlaceId};
use places::{PlaceKind, place, tree};
use shell::{App, Texts, app::Parts};
use store::{Cipher, Store};
use tower::ServiceExt;

struct Site {
    app: App,
    router: Router<App>,
}

impl Site {
    fn new(store: Store) -> Self {
        let app = App::new(Parts {
            store,
            clock: Arc::new(FixedClock::at(now())),
            cipher: Cipher::new(&[3; 32]),
            texts: Texts::new(&[shell::LOCALES, accounts::LOCALES, places::LOCALES]),
            nav: places::NAV.into(),
            demo: false,
            secure: false,
        });
        let (router, ..) = places::routes(&[]).finish();
        Self { app, router }
    }

    async fn ask(
        &self,
        who: &Actor,
        lang: Lang,
        path: &str,
        form: Option<&str>,
    ) -> (StatusCode, String, String) {
        let (arc, viewer) = (Arc::new(who.clone()), who.viewer());
        let router = self
            .router
            .clone()
            .layer(from_fn(move |mut request: Request, next: Next| {
                request.extensions_mut().insert(arc.clone());
                request.extensions_mut().insert(viewer.clone());
                next.run(request)
            }));
        let service = router
            .layer(axum::middleware::from_fn_with_state(self.app.clone(), around))
            .with_state(self.app.clone());
        let request = Request::builder()
            .uri(path)
            .method(if form.is_some() { "POST" } else { "GET" })
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, lang.tag())
            .body(Body::from(form.unwrap_or_default().to_owned()))
            .unwrap();
        let response = service.oneshot(request).await.unwrap();
        let status = response.status();
        let location = response
            .headers()
            .get(header::LOCATION)
            .map(|v| v.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let body = to_bytes(response.into_body(), 10_000_000).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(!body.contains('⟨'), "{path} lacks a sentence: {body}");
        (status, body, location)
    }

    /// A page in both languages; returns the Chinese one.
    async fn page(&self, who: &Actor, path: &str) -> String {
        let (status, english, _) = self.ask(who, Lang::En, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {english}");
        let (status, chinese, _) = self.ask(who, Lang::ZhCn, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {chinese}");
        assert_ne!(english, chinese);
        chinese
    }

    async fn send(&self, who: &Actor, path: &str, form: &str) -> String {
        let (status, body, location) = self.ask(who, Lang::ZhCn, path, Some(form)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{path} {form}: {body}");
        location
    }

    async fn child(&self, parent: PlaceId, name: &str) -> place::Model {
        let parent = tree::load(self.app.store.read(), parent).await.unwrap();
        tree::children(self.app.store.read(), &parent)
            .await
            .unwrap()
            .into_iter()
            .find(|p| p.name == name)
            .unwrap()
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        text.bytes().fold(String::new(), |mut all, b| {
            let _ = write!(all, "%{b:02X}");
            all
        })
    };
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

#[tokio::test]
async fn a_worker_keeps_the_tree() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let site = Site::new(store);
        let me = actor(Role::Commander, &street.path);
        let list = site.page(&me, "/places").await;
        assert!(list.contains("万里街道") && list.contains("上海市 普陀区") && list.contains("310107021"));
        assert!(!list.contains("真如"), "not one's own");
        let at = format!("/places/{}", street.id);
        assert!(site.page(&me, &at).await.contains("下面还没有地点"));
        site.page(&me, &format!("{at}/new")).await;

        let new = format!("{at}/new");
        let body = form(&[("kind", "community"), ("name", "<b>香泉</b>居民区")]);
        assert_eq!(
            site.send(&me, &new, &body).await,
            format!("{at}?done=place-created")
        );
        let page = site.page(&me, &format!("{at}?done=place-created")).await;
        assert!(
            page.contains("地点已新增") && page.contains("&#60;b&#62;香泉"),
            "{page}"
        );
        let (status, body, _) = site.ask(&me, Lang::ZhCn, &new, Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(body.contains("已有相同的记录"));
        let (status, body, _) = site
            .ask(
                &me,
                Lang::En,
                &new,
                Some(&form(&[("kind", "unit"), ("name", "")])),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(body.contains("Please fill this in."));
        let (status, ..) = site
            .ask(
                &me,
                Lang::En,
                &new,
                Some(&form(&[("kind", "unit"), ("name", "1单元")])),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "no unit in a street");

        let community = site.child(street.id, "<b>香泉</b>居民区").await;
        let in_community = format!("/places/{}", community.id);
        for (kind, name) in [
            ("compound", "香泉小区"),
            ("gate", "东门"),
            ("building", "3号楼"),
            ("building", "三幢"),
        ] {
            let body = form(&[("kind", kind), ("name", name), ("floors", "18"), ("lift", "on")]);
            site.send(&me, &format!("{in_community}/new"), &body).await;
        }
        let page = site.page(&me, &format!("{in_community}?kind=gate")).await;
        assert!(page.contains("东门") && !page.contains("香泉小区</a>") && page.contains("无人负责"));
        assert!(
            site.page(&me, &format!("{in_community}?q=xq"))
                .await
                .contains("香泉小区")
        );
        let found = site.page(&me, "/places?q=xqxq").await;
        assert!(found.contains("香泉小区"));
        let building = site.child(community.id, "3号楼").await;
        let at = format!("/places/{}", building.id);
        let page = site.page(&me, &at).await;
        assert!(page.contains("18 层") && page.contains("有电梯"));

        site.page(&me, &format!("{at}/edit")).await;
        let body = form(&[("name", "3号楼"), ("floors", "11")]);
        site.send(&me, &format!("{at}/edit"), &body).await;
        let page = site.page(&me, &at).await;
        assert!(page.contains("11 层") && page.contains("无电梯"));
        let (status, ..) = site
            .ask(
                &me,
                Lang::En,
                &format!("{at}/edit"),
                Some(&form(&[("name", ""), ("floors", "x")])),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, ..) = site
            .ask(&me, Lang::En, &format!("/places/{}/edit", street.id), None)
            .await;
        assert_eq!(status, StatusCode::CONFLICT, "official names are not changed");

        let pairs = site.page(&me, "/places/duplicates").await;
        assert!(pairs.contains("三幢") && pairs.contains("/places/merge?keep="));
        let twin = site.child(community.id, "三幢").await;
        let ask = format!("/places/merge?keep={}&drop={}", building.id, twin.id);
        assert!(site.page(&me, &ask).await.contains("不能撤销"));
        let (keep, drop) = (building.id.to_string(), twin.id.to_string());
        let body = form(&[("keep", &keep), ("drop", &drop)]);
        let location = site.send(&me, "/places/merge", &body).await;
        assert_eq!(location, format!("/places/{}?done=places-merged", building.id));
        assert!(!site.page(&me, "/places/duplicates").await.contains("三幢</a>"));
    }
}

#[tokio::test]
async fn who_answers_is_shown_and_missed() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "交暨居民区").await;
        let compound = put(&store, &community, PlaceKind::Compound, "交暨小区").await;
        let site = Site::new(store.clone());
        let me = actor(Role::CommunityWorker, &community.path);
        let page = site.page(&me, "/places/unanswered?kind=compound").await;
        assert!(page.contains("交暨小区") && !page.contains(">交暨居民区</a>"));
        assert!(
            site.page(&me, "/places/unanswered")
                .await
                .contains(">交暨居民区</a>")
        );
        assert!(
            !site
                .page(&me, "/places/unanswered?q=wanli")
                .await
                .contains("交暨小区")
        );

        let at = format!("/places/{}/responsibility", compound.id);
        site.page(&me, &at).await;
        let (status, body, _) = site
            .ask(
                &me,
                Lang::En,
                &at,
                Some(&form(&[("unit", "区国资委"), ("phone", "abc")])),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(body.contains("区国资委"), "what was typed is kept");
        let body = form(&[
            ("unit", "区国资委"),
            ("person", "李文华"),
            ("phone", "000 1380 0001"),
            ("since", "2020-02-10"),
        ]);
        site.send(&me, &at, &body).await;
        let page = site.page(&me, &format!("/places/{}", compound.id)).await;
        assert!(page.contains("李文华") && page.contains("000****0001") && !page.contains("00013800001"));
        let auditor = actor(Role::Auditor, &community.path);
        let page = site.page(&auditor, &format!("/places/{}", compound.id)).await;
        assert!(
            page.contains("000****0001") && !page.contains("/reveal"),
            "nothing to change"
        );
        let (status, ..) = site
            .ask(&auditor, Lang::En, &format!("{at}/reveal"), Some(""))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);

        let (status, page, _) = site.ask(&me, Lang::ZhCn, &format!("{at}/reveal"), Some("")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("00013800001"));
        assert!(
            audit_actions(&store)
                .await
                .contains(&"responsibility.reveal".to_owned())
        );
        assert!(
            !site
                .page(&me, "/places/unanswered?kind=compound")
                .await
                .contains("交暨小区")
        );
        let parent = site.page(&me, &format!("/places/{}", community.id)).await;
        assert!(parent.contains("区国资委 李文华"));
        assert!(site.page(&me, &at).await.contains("李文华"), "the form is filled");

        site.send(&me, &format!("{at}/remove"), "").await;
        assert!(
            site.page(&me, "/places/unanswered?kind=compound")
                .await
                .contains("交暨小区")
        );
    }
}

#[tokio::test]
async fn nobody_sees_or_changes_more_than_their_own() {
    for store in stores().await {
        let (mine, theirs) = (code(&store, "310107021").await, code(&store, "310107022").await);
        let community = put(&store, &theirs, PlaceKind::Community, "真如居民区").await;
        put(&store, &community, PlaceKind::Compound, "真如小区").await;
        let site = Site::new(store);
        let worker = actor(Role::CommunityWorker, &mine.path);
        let at = format!("/places/{}", community.id);
        for path in [
            at.clone(),
            format!("{at}/new"),
            format!("{at}/edit"),
            format!("{at}/responsibility"),
        ] {
            let (status, ..) = site.ask(&worker, Lang::ZhCn, &path, None).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        for path in [
            "new",
            "edit",
            "responsibility",
            "responsibility/remove",
            "responsibility/reveal",
        ] {
            let body = form(&[
                ("kind", "compound"),
                ("name", "x"),
                ("unit", "x"),
                ("person", "x"),
                ("since", "2020-02-10"),
            ]);
            let (status, ..) = site
                .ask(&worker, Lang::ZhCn, &format!("{at}/{path}"), Some(&body))
                .await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        let helper = actor(Role::Helper, &mine.path);
        for path in ["/places", "/places/unanswered", "/places/duplicates", at.as_str()] {
            let (status, ..) = site.ask(&helper, Lang::ZhCn, path, None).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
        let (status, json, _) = site.ask(&helper, Lang::ZhCn, "/api/places?q=zhenru", None).await;
        assert_eq!(status, StatusCode::OK);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let names: Vec<&str> = json
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["full_name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["上海市 普陀区 真如镇街道", "上海市 普陀区 真如镇街道 真如居民区"],
            "communities and above are public, compounds are not"
        );
        assert_eq!(json[0]["kind"], "street");
        assert_eq!(json[0]["code"], "310107022");
    }
}

async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    shell::http::around(&app, request, async |request| next.run(request).await).await
}
