//! A deployment with two communities, two organisations and the people who use it.

use std::sync::Arc;

use accounts::{Actor, Grant};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    middleware::Next,
    response::Response,
};
use http_body_util::BodyExt;
use kit::{
    FixedClock, Role, Timestamp,
    id::{HelperId, OrgId, PlaceId, UserId},
};
use places::{NewPlace, PlaceKind, model::place};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};
use shell::{App, Texts, app::Parts};
use store::{Cipher, Migrations, Store, Which};
use tower::ServiceExt;

/// The tables of the muster room that `helper_scope` asks.
struct Muster;

impl MigrationName for Muster {
    fn name(&self) -> &'static str {
        "test_0001"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Muster {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let uuid = match m.get_database_backend() {
            DbBackend::Postgres => "uuid",
            _ => "blob",
        };
        for sql in [
            format!(
                "CREATE TABLE assignments (community_id {uuid}, shift_id {uuid}, helper_id {uuid}, \
                 PRIMARY KEY (community_id, shift_id, helper_id))"
            ),
            "CREATE INDEX assignments_helper ON assignments (helper_id, shift_id)".to_owned(),
            format!(
                "CREATE TABLE call_orgs (community_id {uuid}, call_id {uuid}, org_id {uuid}, \
                 PRIMARY KEY (community_id, call_id, org_id))"
            ),
        ] {
            m.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}

fn muster() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Muster)]
}

pub struct House {
    pub app: App,
    pub router: Router,
    pub street: place::Model,
    pub a: place::Model,
    pub b: place::Model,
    /// 体育局 and 税务局
    pub x: OrgId,
    pub y: OrgId,
}

/// An empty house on every engine.
pub async fn houses() -> Vec<House> {
    let mut all = Vec::new();
    for test in store::testing::stores().await.unwrap() {
        all.push(house(test.store).await);
    }
    all
}

async fn house(store: Store) -> House {
    let main = Migrations {
        which: Which::Main,
        rooms: vec![
            accounts::migrations,
            places::migrations,
            people::migrations,
            muster,
        ],
    };
    main.run(&store).await.unwrap();
    let app = App::new(Parts {
        store,
        clock: Arc::new(FixedClock::at(now())),
        cipher: Cipher::new(&[7; 32]),
        texts: Texts::new(&[
            shell::LOCALES,
            accounts::LOCALES,
            places::LOCALES,
            people::LOCALES,
        ]),
        nav: people::NAV.into(),
        demo: false,
        secure: false,
    });
    let (router, _, _) = people::routes().finish();
    let router = router
        .layer(axum::middleware::from_fn_with_state(app.clone(), around))
        .with_state(app.clone());
    let tx = app.store.begin().await.unwrap();
    let mut parent = None;
    for (kind, name) in [
        (PlaceKind::Province, "上海市"),
        (PlaceKind::City, "市辖区"),
        (PlaceKind::District, "普陀区"),
        (PlaceKind::Street, "万里街道"),
    ] {
        parent = Some(place(&tx, parent, kind, name).await);
    }
    let street = parent.unwrap();
    let a = place(&tx, Some(street.clone()), PlaceKind::Community, "香泉").await;
    let b = place(&tx, Some(street.clone()), PlaceKind::Community, "交暨").await;
    tx.commit().await.unwrap();
    let root = Actor::command_line();
    let org = |name: &str| people::org::Input {
        name: name.to_owned(),
        ..Default::default()
    };
    let x = people::org::create(&app, &root, &org("体育局")).await.unwrap();
    let y = people::org::create(&app, &root, &org("税务局")).await.unwrap();
    House {
        app,
        router,
        street,
        a,
        b,
        x,
        y,
    }
}

async fn place(
    tx: &impl ConnectionTrait,
    parent: Option<place::Model>,
    kind: PlaceKind,
    name: &str,
) -> place::Model {
    let new = NewPlace {
        parent: parent.map(|p| p.id),
        kind,
        name: name.to_owned(),
        floors: 0,
        lift: false,
    };
    places::create(tx, now(), &Actor::command_line(), new)
        .await
        .unwrap()
}

pub fn now() -> Timestamp {
    "2020-02-10T04:00:00Z".parse().unwrap()
}

/// Somebody with one role.
pub fn actor(role: Role, place: Option<&place::Model>, org: Option<OrgId>) -> Actor {
    Actor {
        user_id: Some(UserId::fresh(now())),
        name: role.name().to_owned(),
        helper_id: None,
        grants: vec![Grant {
            role,
            place_id: place.map(|p| p.id),
            place_path: place.map(|p| p.path.clone()).unwrap_or_default(),
            org_id: org,
        }],
        only: None,
        address: "127.0.0.1".to_owned(),
    }
}

pub fn worker(place: &place::Model) -> Actor {
    actor(Role::CommunityWorker, Some(place), None)
}

pub fn admin() -> Actor {
    actor(Role::Administrator, None, None)
}

/// A helper who signs in, at a community.
pub fn themself(id: HelperId, place: &place::Model) -> Actor {
    Actor {
        helper_id: Some(id),
        ..actor(Role::Helper, Some(place), None)
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The id in the address to which the answer leads.
    pub fn id<T: std::str::FromStr>(&self) -> T
    where
        T::Err: std::fmt::Debug,
    {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        let path = self.location.split('?').next().unwrap();
        path.rsplit('/').next().unwrap().parse().unwrap()
    }
}

impl House {
    pub async fn get(&self, actor: &Actor, path: &str) -> Answer {
        self.get_in(actor, path, "zh-CN").await
    }

    pub async fn get_in(&self, actor: &Actor, path: &str, lang: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT_LANGUAGE, lang);
        self.send(actor, request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, actor: &Actor, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(form).unwrap();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(actor, request).await
    }

    /// Sends a file.
    pub async fn upload(&self, actor: &Actor, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
        let mut body: Vec<u8> = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        body.extend(b"--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"list.xlsx\"\r\n\r\n");
        body.extend(file);
        body.extend(b"\r\n--xx--\r\n");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=xx")
            .body(Body::from(body))
            .unwrap();
        self.send(actor, request).await
    }

    async fn send(&self, actor: &Actor, mut request: Request<Body>) -> Answer {
        request
            .headers_mut()
            .insert(header::ACCEPT, "text/html".parse().unwrap());
        request.extensions_mut().insert(actor.viewer());
        request.extensions_mut().insert(Arc::new(actor.clone()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let location = parts
            .headers
            .get(header::LOCATION)
            .map(|v| v.to_str().unwrap().to_owned())
            .unwrap_or_default();
        Answer {
            status: parts.status,
            location,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    /// A number in the database.
    pub async fn count(&self, sql: &str) -> i64 {
        let db = self.app.store.read();
        let sql = format!("SELECT CAST(({sql}) AS bigint) AS n");
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap()
            .unwrap();
        row.try_get("", "n").unwrap()
    }

    /// Subjects of the audit trail for an action, sorted.
    pub async fn audit(&self, action: &str) -> Vec<String> {
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
        accounts::model::audit::Entity::find()
            .filter(accounts::model::audit::Column::Action.eq(action))
            .order_by_asc(accounts::model::audit::Column::Subject)
            .all(self.app.store.read())
            .await
            .unwrap()
            .into_iter()
            .map(|entry| entry.subject)
            .collect()
    }

    pub async fn execute(&self, sql: &str, values: Vec<sea_orm::Value>) {
        let db = self.app.store.write();
        db.execute_raw(Statement::from_sql_and_values(
            db.get_database_backend(),
            sql,
            values,
        ))
        .await
        .unwrap();
    }

    /// A helper of an organisation.
    pub async fn helper(&self, name: &str, org: &str, home: Option<PlaceId>) -> HelperId {
        let input = people::helper::Input {
            name: name.to_owned(),
            org: org.to_owned(),
            home: home.map(|id| id.to_string()).unwrap_or_default(),
            active: true,
            ..Default::default()
        };
        people::helper::create(&self.app, &Actor::command_line(), &input)
            .await
            .unwrap()
    }
}

/// An Excel file of texts.
pub fn excel(head: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    let head: Vec<String> = head.iter().map(|s| (*s).to_owned()).collect();
    let rows: Vec<Vec<shell::Cell>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| shell::Cell::from(*cell)).collect())
        .collect();
    shell::sheet::workbook("1", &head, &rows).unwrap()
}

async fn around(State(app): State<App>, request: axum::extract::Request, next: Next) -> Response {
    shell::http::around(&app, request, async |request| next.run(request).await).await
}
