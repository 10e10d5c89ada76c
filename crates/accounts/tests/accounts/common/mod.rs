//! A small world for the tests: a store, a clock that stands still, the room's router with all layers.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{net::SocketAddr, sync::Arc};

use accounts::{Actor, Grant, Sessions, grants::NewGrant, names::Place};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Request, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http_body_util::BodyExt;
use kit::{
    FixedClock, Role, Timestamp,
    id::{PlaceId, UserId},
};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, sea_query};
use shell::{App, Texts, app::Parts};
use store::{Cipher, Migrations, Which, testing::TestStore};
use tower::ServiceExt;

pub const PASSWORD: &str = "a long password";

pub struct World {
    pub app: App,
    pub clock: Arc<FixedClock>,
    pub sessions: Sessions,
    router: Router,
    test: TestStore,
}

pub async fn worlds() -> Vec<World> {
    let mut all = Vec::new();
    for test in store::testing::stores().await.unwrap() {
        all.push(World::new(test, false).await);
    }
    all
}

impl World {
    pub async fn new(test: TestStore, demo: bool) -> Self {
        let migrations = Migrations {
            which: Which::Main,
            rooms: vec![accounts::migrations],
        };
        migrations.run(&test.store).await.unwrap();
        let places = sea_query::Table::create()
            .table("places")
            .if_not_exists()
            .col(sea_query::ColumnDef::new("id").uuid().primary_key())
            .col(sea_query::ColumnDef::new("community_id").uuid().not_null())
            .col(sea_query::ColumnDef::new("code").text())
            .col(sea_query::ColumnDef::new("path").text().not_null())
            .col(sea_query::ColumnDef::new("name").text().not_null())
            .col(
                sea_query::ColumnDef::new("kind")
                    .text()
                    .not_null()
                    .default("community"),
            )
            .to_owned();
        test.store.write().execute(&places).await.unwrap();
        let clock = Arc::new(FixedClock::at("2020-02-10T01:00:00Z".parse().unwrap()));
        let app = App::new(Parts {
            store: test.store.clone(),
            clock: clock.clone(),
            cipher: Cipher::new(&[7; 32]),
            texts: Texts::new(&[shell::LOCALES, accounts::LOCALES]),
            nav: accounts::NAV.into(),
            demo,
            secure: true,
        });
        let sessions = Sessions::default();
        let (router, _, _) = accounts::routes().finish();
        Self {
            router: router
                .merge(shell::http::routes())
                .layer(from_fn_with_state((app.clone(), sessions.clone()), through))
                .with_state(app.clone()),
            app,
            clock,
            sessions,
            test,
        }
    }

    /// A millisecond goes by with each request, so that the trail has an order.
    fn tick(&self) {
        self.clock
            .set(self.app.now() + std::time::Duration::from_millis(1));
    }

    pub fn later(&self, seconds: u64) {
        self.clock
            .set(self.app.now() + std::time::Duration::from_secs(seconds));
    }

    pub async fn place(&self, code: &str, path: &str, name: &str) -> Place {
        let id = PlaceId::fresh(self.app.now());
        let insert = sea_query::Query::insert()
            .into_table("places")
            .columns(["id", "community_id", "code", "path", "name"])
            .values_panic([id.0.into(), id.0.into(), code.into(), path.into(), name.into()])
            .to_owned();
        self.app.store.write().execute(&insert).await.unwrap();
        Place {
            id,
            community_id: id,
            path: path.into(),
            name: name.into(),
        }
    }

    /// A user with this role and [`PASSWORD`].
    pub async fn user(&self, name: &str, phone: Option<&str>, role: Role, place: Option<Place>) -> UserId {
        let cli = Actor::command_line();
        let grant = NewGrant {
            role,
            place,
            org_id: None,
        };
        let new = accounts::user::NewUser {
            name: name.into(),
            phone: phone.map(Into::into),
            grant,
        };
        self.tick();
        let (id, _) = accounts::user::invite(&self.app, &cli, new).await.unwrap();
        accounts::user::set_password(&self.app, &cli, name, PASSWORD)
            .await
            .unwrap();
        id
    }

    pub fn guest(&self) -> Browser<'_> {
        Browser {
            world: self,
            cookie: None,
            lang: "zh-CN",
            address: "10.0.0.1",
        }
    }

    /// A browser in which this user is signed in.
    pub async fn browser(&self, name: &str) -> Browser<'_> {
        let mut browser = self.guest();
        let reply = browser
            .post("/sign-in", &[("name", name), ("password", PASSWORD)])
            .await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        browser.cookie = reply.cookie();
        browser
    }

    /// All actions of the audit trail with their subjects, oldest first.
    pub async fn trail(&self) -> Vec<accounts::model::audit::Model> {
        accounts::model::audit::Entity::find()
            .order_by_asc(accounts::model::audit::Column::At)
            .order_by_asc(accounts::model::audit::Column::Id)
            .all(self.app.store.read())
            .await
            .unwrap()
    }

    pub async fn noted(&self, action: &str) -> usize {
        self.trail().await.iter().filter(|e| e.action == action).count()
    }
}

pub fn everywhere(role: Role) -> Grant {
    Grant {
        role,
        place_id: None,
        place_path: String::new(),
        org_id: None,
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[derive(Clone)]
pub struct Browser<'a> {
    world: &'a World,
    pub cookie: Option<String>,
    pub lang: &'static str,
    pub address: &'static str,
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser<'_> {
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path), "").await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.send(
            self.request("POST", path),
            &serde_urlencoded::to_string(form).unwrap(),
        )
        .await
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "fx.example")
            .header("accept", "text/html")
            .header("accept-language", self.lang)
            .header("user-agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/78.0");
        if method == "POST" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("fangxian={cookie}"));
        }
        request
    }

    pub async fn send(&self, request: axum::http::request::Builder, body: &str) -> Reply {
        self.world.tick();
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        let peer = SocketAddr::new(self.address.parse().unwrap(), 40_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.world.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!body.contains('⟨'), "a sentence is missing: {body}");
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

impl Reply {
    pub fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    pub fn set_cookie(&self) -> String {
        let found = self.headers.get_all("set-cookie").iter();
        found
            .map(|v| v.to_str().unwrap())
            .find(|v| v.starts_with("fangxian="))
            .unwrap_or_default()
            .to_owned()
    }

    /// The session's secret, if one was set.
    pub fn cookie(&self) -> Option<String> {
        let cookie = self.set_cookie();
        let value = cookie.strip_prefix("fangxian=")?.split(';').next()?;
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The secret that the page shows once.
    pub fn secret(&self) -> String {
        let (_, after) = self.body.split_once(r#"id="secret" value=""#).expect(&self.body);
        after.split('"').next().unwrap().replace("&#47;", "/")
    }
}

async fn through(
    State((app, sessions)): State<(App, Sessions)>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    shell::http::around(&app, request, async |request| {
        accounts::session::identify(&app, &sessions, request, async |request| next.run(request).await).await
    })
    .await
}
