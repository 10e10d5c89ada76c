//! The way in over HTTP, against a bare handler of the same framework on the same machine.

use std::{
    fs::File,
    io::Write,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use accounts::{Actor, Grant, demo::story_user, model::ticket::Kind, session};
use axum::{Json, Router, routing::post};
use kit::{
    Clock, Problem, Result, Role, SystemClock,
    id::{HelperId, ShiftId, UserId},
};
use muster::{
    model::Duty,
    pattern::{Pattern, slots},
    shift::NewShifts,
};
use places::{NewPlace, PlaceKind};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    House, Options,
    bench::{
        Row,
        load::{self, Load},
    },
};

/// How long the bare handler and the way in are asked by turns, and how often.
const SPAN: Duration = Duration::from_secs(2);
const TURNS: usize = 3;
const CONNECTIONS: [usize; 3] = [64, 256, 1024];
/// Helpers on the shift.
const HELPERS: usize = 50;
/// Goals of the project: share of the bare handler for single records.
const GOAL: f64 = 0.35;

/// A house with one shift, listening.
pub struct Bench {
    /// The house.
    pub house: House,
    /// Where it listens.
    pub address: SocketAddr,
    /// An administrator's token.
    pub token: String,
    /// The shift.
    pub shift: ShiftId,
    /// The helpers on it.
    pub helpers: Arc<[HelperId]>,
}

/// Opens a house and serves it.
pub async fn open(options: Options) -> Result<Bench> {
    let house = House::open(options).await?;
    let actor = Actor::command_line();
    let app = &house.app;
    let tx = app.store.begin().await?;
    let new = NewPlace {
        parent: None,
        kind: PlaceKind::Province,
        name: "上海市".into(),
        floors: 0,
        lift: false,
    };
    let place = places::create(&tx, app.now(), &actor, new).await?;
    tx.commit().await?;
    let post = muster::shift::create_post(app, &actor, place.id, Duty::GateWatch, "卡点").await?;
    let day = app.now().day();
    let new = NewShifts {
        posts: vec![post],
        pattern: Pattern {
            first: day,
            last: day,
            weekdays: (1..=7).collect(),
            slots: slots("00:00-24:00").unwrap_or_default(),
        },
        needed: i64::try_from(HELPERS).unwrap_or(1),
        org: None,
        call: None,
    };
    let shift = *muster::shift::create(app, &actor, &new)
        .await?
        .first()
        .ok_or_else(Problem::not_found)?;
    let row = muster::model::shift::Entity::find()
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut helpers = Vec::with_capacity(HELPERS);
    for i in 0..HELPERS {
        let input = people::helper::Input {
            name: format!("王建国{i}"),
            active: true,
            ..people::helper::Input::default()
        };
        let id = people::helper::create(app, &actor, &input).await?;
        let helper = people::model::helper::Entity::find_by_id(id)
            .one(app.store.read())
            .await?
            .ok_or_else(Problem::not_found)?;
        muster::assign::assign(app, &actor, &row, &helper, false).await?;
        helpers.push(id);
    }
    let user = UserId::fresh(app.now());
    let grant = Grant {
        role: Role::Administrator,
        place_id: None,
        place_path: String::new(),
        org_id: None,
    };
    story_user(app.store.write(), app, user, "bench", &[grant]).await?;
    let day = Duration::from_secs(24 * 3600);
    let token = session::issue(app.store.write(), app, user, Kind::Token, "bench", day).await?;
    let router = house.router().into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(Problem::internal)?;
    let address = listener.local_addr().map_err(Problem::internal)?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(Bench {
        house,
        address,
        token,
        shift,
        helpers: helpers.into(),
    })
}

/// A handler that parses the body and answers, and does nothing else.
pub async fn bare() -> Result<SocketAddr> {
    async fn handler(Json(body): Json<Value>) -> Json<Value> {
        let n = body["records"].as_array().map_or(0, Vec::len);
        Json(json!({ "answers": n }))
    }
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(Problem::internal)?;
    let address = listener.local_addr().map_err(Problem::internal)?;
    let router = Router::new().route("/", post(handler).get(async || Json(json!({ "decision": "go" }))));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Flushes a second that the disk does one after another, each after a small write at the end of a file: what nobody who
/// waits for the disk can be quicker than. PostgreSQL's data is taken to lie on the same disk.
fn flushes(directory: &Path) -> Result<f64> {
    let path = directory.join("flushes");
    let flush = || -> std::io::Result<f64> {
        let mut file = File::create(&path)?;
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_secs(1) {
            file.write_all(&[0; 8_192])?;
            file.sync_data()?;
            count += 1;
        }
        Ok(f64::from(count) / start.elapsed().as_secs_f64())
    };
    let flushes = flush().map_err(Problem::internal)?;
    std::fs::remove_file(&path).map_err(Problem::internal)?;
    Ok(flushes)
}

/// A body with `n` work counts.
pub fn body(shift: ShiftId, helpers: &[HelperId], n: usize) -> String {
    let now = SystemClock.now();
    let records: Vec<String> = (0..n)
        .map(|i| {
            let id = kit::id::fresh(now);
            let helper = helpers[(usize::from(id.as_bytes()[15]) + i) % helpers.len()];
            format!(
                r#"{{"id":"{id}","kind":"work.count","at":"{now}","shift":"{shift}","body":{{"helper":"{helper}","activity":"rubbish-loads","quantity":1}}}}"#
            )
        })
        .collect();
    format!(r#"{{"records":[{}]}}"#, records.join(","))
}

/// The way in, with requests of `n` records, and the bare handler. By turns, because a machine shared with others is not the
/// same from one second to the next; what was taken is applied before the other's turn.
async fn by_turns(bench: &Bench, bare: SocketAddr, connections: usize, n: usize) -> Result<(Load, Load)> {
    let bodies = || {
        let (shift, helpers) = (bench.shift, bench.helpers.clone());
        move |_| body(shift, &helpers, n)
    };
    let (mut own, mut reference) = (Vec::with_capacity(TURNS), Vec::with_capacity(TURNS));
    for _ in 0..TURNS {
        reference.push(load::run(bare, "/", "x", connections, SPAN, bodies()).await?);
        let (address, token) = (bench.address, &bench.token);
        own.push(load::run(address, "/api/field/records", token, connections, SPAN, bodies()).await?);
        bench.house.field.settled().await;
    }
    let (own, reference) = (load::together(&own), load::together(&reference));
    if own.failed + reference.failed > 0 {
        println!(
            "{connections} connections, {n} records a request: {} answers were not 200, {} of the bare handler's",
            own.failed, reference.failed
        );
    }
    Ok((own, reference))
}

/// Single records and batches of 100 over HTTP.
pub async fn run(engine: &str, options: Options) -> Result<Vec<Row>> {
    let directory = options.data.clone();
    let bench = open(options).await?;
    let flushes = flushes(&directory)?;
    println!("{engine}: the disk does {flushes:.0} flushes a second, one after another");
    let bare = bare().await?;
    let mut rows = Vec::new();
    for connections in CONNECTIONS {
        let (own, reference) = by_turns(&bench, bare, connections, 1).await?;
        let name = format!("{engine}: single records, {connections} connections (goal {GOAL})");
        rows.push(Row::rate(name, own.rate, "1/s", reference.rate));
        rows.push(Row::cost(
            format!("{engine}:   p50"),
            own.p50,
            "ms",
            reference.p50,
        ));
        rows.push(Row::cost(
            format!("{engine}:   p99"),
            own.p99,
            "ms",
            reference.p99,
        ));
    }
    let (own, reference) = by_turns(&bench, bare, 64, 100).await?;
    rows.push(Row::rate(
        format!("{engine}: records in batches of 100, 64 connections"),
        own.rate * 100.0,
        "records/s",
        reference.rate * 100.0,
    ));
    bench.house.close().await?;
    Ok(rows)
}
