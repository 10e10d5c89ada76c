//! A small world for tests: one sub-district with two communities, two organisations, posts and shifts.
#![allow(
    dead_code,
    clippy::unused_self,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    missing_docs
)]

pub mod rounds;

use std::{sync::Arc, time::Duration};

use accounts::{Actor, Grant, demo::story_user, model::ticket::Kind, session};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use kit::{
    FixedClock, Role, Timestamp,
    id::{HelperId, OrgId, PlaceId, PostId, RecordId, ShiftId, UserId},
};
use muster::{
    model::{Duty, shift},
    pattern::{Pattern, slots},
    shift::NewShifts,
};
use people::{helper, numbers::Number, org};
use places::{NewPlace, PlaceKind, create, place};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use server::{House, Options};
use store::testing::stores;
use tower::ServiceExt;

/// 10 February 2020, 07:55 at the place; the shifts of the world begin at 08:00.
pub const MORNING: i64 = 1_581_292_500_000;

pub struct World {
    pub house: House,
    pub options: Options,
    pub clock: Arc<FixedClock>,
    pub street: place::Model,
    pub here: place::Model,
    pub there: place::Model,
    pub org: OrgId,
    pub other_org: OrgId,
    pub helpers: Vec<HelperId>,
    pub stranger: HelperId,
    pub post: PostId,
    pub far_post: PostId,
}

/// One world for every engine that is at hand.
pub async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for test in stores().await.unwrap() {
        let clock = Arc::new(FixedClock::at(Timestamp::from_millis(MORNING)));
        let options = Options {
            clock: clock.clone(),
            demo: true,
            ..Options::new(test.location.data.clone(), test.location.database.clone())
        };
        test.store.close().await.unwrap();
        let house = House::open(options.clone()).await.unwrap();
        worlds.push(build(house, options, clock).await);
    }
    worlds
}

async fn build(house: House, options: Options, clock: Arc<FixedClock>) -> World {
    let admin = Actor::command_line();
    let app = &house.app;
    let mut parent = None;
    let mut made = Vec::new();
    for (kind, name) in [
        (PlaceKind::Province, "上海市"),
        (PlaceKind::City, "市辖区"),
        (PlaceKind::District, "普陀区"),
        (PlaceKind::Street, "万里街道"),
    ] {
        let place = new_place(&house, &admin, parent, kind, name).await;
        parent = Some(place.id);
        made.push(place);
    }
    let here = new_place(&house, &admin, parent, PlaceKind::Community, "交暨居民区").await;
    let there = new_place(&house, &admin, parent, PlaceKind::Community, "香泉居民区").await;
    let org = new_org(&house, &admin, "区体育局").await;
    let other_org = new_org(&house, &admin, "税务第八所").await;
    let mut helpers = Vec::new();
    for name in ["王建国", "李丽华", "张志强", "刘秀英"] {
        helpers.push(new_helper(&house, &admin, name, "区体育局").await);
    }
    let stranger = new_helper(&house, &admin, "陈海燕", "税务第八所").await;
    let post = muster::shift::create_post(app, &admin, here.id, Duty::GateWatch, "北门卡点")
        .await
        .unwrap();
    let far_post = muster::shift::create_post(app, &admin, there.id, Duty::GateWatch, "南门卡点")
        .await
        .unwrap();
    let street = made.pop().unwrap();
    World {
        house,
        options,
        clock,
        street,
        here,
        there,
        org,
        other_org,
        helpers,
        stranger,
        post,
        far_post,
    }
}

async fn new_place(
    house: &House,
    admin: &Actor,
    parent: Option<PlaceId>,
    kind: PlaceKind,
    name: &str,
) -> place::Model {
    let tx = house.app.store.begin().await.unwrap();
    let new = NewPlace {
        parent,
        kind,
        name: name.into(),
        floors: 0,
        lift: false,
    };
    let place = create(&tx, house.app.now(), admin, new).await.unwrap();
    tx.commit().await.unwrap();
    place
}

async fn new_org(house: &House, admin: &Actor, name: &str) -> OrgId {
    let input = org::Input {
        name: name.into(),
        parent: String::new(),
        contact: String::new(),
        phone: Number::default(),
    };
    org::create(&house.app, admin, &input).await.unwrap()
}

pub async fn new_helper(house: &House, admin: &Actor, name: &str, org: &str) -> HelperId {
    let input = helper::Input {
        name: name.into(),
        org: org.into(),
        active: true,
        ..helper::Input::default()
    };
    helper::create(&house.app, admin, &input).await.unwrap()
}

impl World {
    /// A shift at a post on 10 February 2020, 08:00 to 16:00.
    pub async fn shift(&self, post: PostId, needed: i64) -> shift::Model {
        self.shift_on("2020-02-10", "08:00-16:00", (post, needed), None)
            .await
    }

    /// A shift on a day; kept for an organisation.
    pub async fn shift_on(
        &self,
        day: &str,
        hours: &str,
        (post, needed): (PostId, i64),
        org: Option<OrgId>,
    ) -> shift::Model {
        let day = day.parse().unwrap();
        let new = NewShifts {
            posts: vec![post],
            pattern: Pattern {
                first: day,
                last: day,
                weekdays: (1..=7).collect(),
                slots: slots(hours).unwrap(),
            },
            needed,
            org,
            call: None,
        };
        let ids = muster::shift::create(&self.house.app, &Actor::command_line(), &new)
            .await
            .unwrap();
        self.load_shift(ids[0]).await
    }

    pub async fn load_shift(&self, id: ShiftId) -> shift::Model {
        shift::Entity::find()
            .filter(shift::Column::Id.eq(id))
            .one(self.house.app.store.read())
            .await
            .unwrap()
            .unwrap()
    }

    pub async fn put(&self, shift: &shift::Model, helper: HelperId, leader: bool) {
        let helper = people::model::helper::Entity::find_by_id(helper)
            .one(self.house.app.store.read())
            .await
            .unwrap()
            .unwrap();
        muster::assign::assign(&self.house.app, &Actor::command_line(), shift, &helper, leader)
            .await
            .unwrap();
    }

    pub fn at(&self, role: Role, place: &place::Model, org: Option<OrgId>) -> Grant {
        Grant {
            role,
            place_id: Some(place.id),
            place_path: place.path.clone(),
            org_id: org,
        }
    }

    /// A client signed in as somebody with these roles.
    pub async fn client(&self, name: &str, grants: &[Grant], helper: Option<HelperId>) -> Client {
        let app = &self.house.app;
        let id = UserId::fresh(app.now());
        let tx = app.store.begin().await.unwrap();
        story_user(&tx, app, id, name, grants).await.unwrap();
        let year = Duration::from_secs(365 * 24 * 3600);
        let token = session::issue(&tx, app, id, Kind::Token, "test", year)
            .await
            .unwrap();
        if let Some(helper) = helper {
            let user = accounts::model::user::ActiveModel {
                id: sea_orm::ActiveValue::Set(id),
                helper_id: sea_orm::ActiveValue::Set(Some(helper)),
                ..Default::default()
            };
            accounts::model::user::Entity::update(user)
                .exec(&tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        Client {
            router: self.house.router(),
            token,
            lang: "en",
        }
    }

    /// A worker of the community.
    pub async fn worker(&self) -> Client {
        let grants = [self.at(Role::CommunityWorker, &self.here, None)];
        self.client("工作人员", &grants, None).await
    }

    /// A worker of the community next door, whom nothing here is any business of.
    pub async fn neighbour(&self) -> Client {
        let grants = [self.at(Role::CommunityWorker, &self.there, None)];
        self.client("别的社区", &grants, None).await
    }
}

/// Where a form led: the path of what it made.
pub fn made(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    let to = reply.headers[header::LOCATION].to_str().unwrap();
    to.split('?').next().unwrap().to_owned()
}

/// Somebody's browser or phone.
#[derive(Clone)]
pub struct Client {
    pub router: Router,
    pub token: String,
    pub lang: &'static str,
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

impl Client {
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::ACCEPT_LANGUAGE, self.lang)
            .header(header::ACCEPT, "text/html,*/*");
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 26).await.unwrap().to_vec();
        Reply {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, "", &[], Vec::new()).await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.send(
            Method::POST,
            path,
            "application/x-www-form-urlencoded",
            &[],
            body.into_bytes(),
        )
        .await
    }

    pub async fn post_records(&self, body: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(
            Method::POST,
            "/api/field/records",
            "application/json",
            headers,
            body.as_bytes().to_vec(),
        )
        .await
    }

    /// Sends records; returns status and code of each answer.
    pub async fn records(&self, records: &[Value]) -> Vec<(String, Option<String>)> {
        let reply = self
            .post_records(&json!({ "records": records }).to_string(), &[])
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()["answers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| {
                (
                    a["status"].as_str().unwrap().to_owned(),
                    a["code"].as_str().map(str::to_owned),
                )
            })
            .collect()
    }
}

/// A helper of the world on their own phone.
pub async fn helper(world: &World, n: usize) -> Client {
    let who = world.helpers[n];
    world
        .client(
            &format!("志愿者{n}"),
            &[world.at(Role::Helper, &world.here, None)],
            Some(who),
        )
        .await
}

pub fn record(kind: &str, at: Timestamp, shift: ShiftId, body: Value) -> Value {
    json!({"id": RecordId::fresh(at), "kind": kind, "at": at, "shift": shift, "body": body})
}

pub fn minute(n: i64) -> Timestamp {
    Timestamp::from_millis(MORNING + 5 * 60_000 + n * 60_000)
}

pub fn accepted(n: usize) -> Vec<(String, Option<String>)> {
    vec![("accepted".to_owned(), None); n]
}
