//! Killed with -9 at random moments under load, twenty times: what was answered `accepted` is there, once.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::common::{World, minute, record, worlds};
use field::model::journal;
use kit::{SystemClock, id::RecordId};
use muster::model::work;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use server::{House, Options};
use tokio::sync::mpsc;

const KILLS: u64 = 20;

struct Server {
    child: Child,
    address: String,
}

fn start(world: &World) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fangxian"));
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&world.options.data);
    if let Some(url) = &world.options.database {
        command.args(["--database", url]);
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let address = out
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("Fangxian: ").map(str::to_owned))
        .expect("the server says where it listens");
    Server { child, address }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_accepted_is_ever_lost() {
    for world in worlds().await {
        let shift = world.shift(world.post, 4).await;
        world.put(&shift, world.helpers[0], true).await;
        let grant = accounts::Grant {
            role: kit::Role::Administrator,
            place_id: None,
            place_path: String::new(),
            org_id: None,
        };
        // The server below goes by the machine's clock: the token must not have run out in 2020.
        world.clock.set(kit::Clock::now(&SystemClock));
        let client = world.client("压力", &[grant], None).await;
        world.house.clone().close().await.unwrap();

        let mut accepted: HashSet<RecordId> = HashSet::new();
        for kill in 0..KILLS {
            let mut server = start(&world);
            let stop = Arc::new(AtomicBool::new(false));
            let (sender, mut taken) = mpsc::unbounded_channel::<RecordId>();
            let mut senders = Vec::new();
            for worker in 0..8_i64 {
                let (url, token) = (
                    format!("{}/api/field/records", server.address),
                    client.token.clone(),
                );
                let (stop, sender, shift, helper) =
                    (stop.clone(), sender.clone(), shift.id, world.helpers[0]);
                senders.push(tokio::spawn(async move {
                    let http = reqwest::Client::new();
                    while !stop.load(Ordering::Relaxed) {
                        let body = json!({"helper": helper, "activity": "rubbish-loads", "quantity": 1});
                        let batch: Vec<Value> = (0..5)
                            .map(|_| record("work.count", minute(worker), shift, body.clone()))
                            .collect();
                        let request = http
                            .post(&url)
                            .bearer_auth(&token)
                            .json(&json!({ "records": batch }));
                        let Ok(answer) = request.send().await else { return };
                        let Ok(answer) = answer.json::<Value>().await else {
                            return;
                        };
                        for one in answer["answers"].as_array().into_iter().flatten() {
                            if one["status"] == "accepted" {
                                let _ = sender.send(one["id"].as_str().unwrap().parse().unwrap());
                            }
                        }
                    }
                }));
            }
            drop(sender);
            // The moment of death: after so many records, different each time.
            let mut left = 3 + (kill * 37) % 90;
            while left > 0 {
                let Some(id) = tokio::time::timeout(Duration::from_secs(60), taken.recv())
                    .await
                    .expect("it answers")
                else {
                    break;
                };
                accepted.insert(id);
                left -= 1;
            }
            server.child.kill().unwrap();
            server.child.wait().unwrap();
            stop.store(true, Ordering::Relaxed);
            for sender in senders {
                sender.await.unwrap();
            }
            while let Some(id) = taken.recv().await {
                accepted.insert(id);
            }
        }

        // A start finds what was taken and not applied.
        let house = House::open(Options {
            clock: Arc::new(SystemClock),
            ..world.options.clone()
        })
        .await
        .unwrap();
        let registry = house.field.registry();
        field::apply::adopt(&house.app, registry, true).await.unwrap();
        let rows = journal::Entity::find()
            .all(house.app.store.journal())
            .await
            .unwrap();
        let there: HashSet<RecordId> = rows.iter().map(|row| row.id).collect();
        assert_eq!(rows.len(), there.len(), "each once");
        let lost: Vec<_> = accepted.difference(&there).collect();
        assert!(lost.is_empty(), "{} of {} lost", lost.len(), accepted.len());
        assert!(accepted.len() > 200, "the load was real: {}", accepted.len());
        let applied = work::Entity::find().all(house.app.store.read()).await.unwrap();
        assert_eq!(
            applied.len(),
            there.len(),
            "every record in the journal is applied, once"
        );
        assert_eq!(
            field::rebuild::verify(&house.app, registry, |_| {})
                .await
                .unwrap(),
            []
        );
        house.close().await.unwrap();
    }
}
