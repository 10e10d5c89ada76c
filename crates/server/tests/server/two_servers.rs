//! Two servers on one database take records about the same people at once; together they are right.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::common::{minute, record, worlds};
use futures_util::future::join_all;
use kit::id::RecordId;
use muster::model::attendance;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;
use server::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_apply_as_one() {
    for world in worlds().await {
        // SQLite has one server; a second way in beside the first has the same race to lose.
        let second = House::open(world.options.clone()).await.unwrap();
        let admin = accounts::Actor::command_line();
        let shift = world.shift(world.post, 4).await;
        for helper in &world.helpers {
            world.put(&shift, *helper, false).await;
        }
        world.clock.set(minute(12 * 60));
        for round in 0..20 {
            let mut tasks = Vec::new();
            for helper in &world.helpers {
                let come = record(
                    "attendance.check-in",
                    minute(5 + round),
                    shift.id,
                    json!({"helper": helper}),
                );
                let go = record(
                    "attendance.check-out",
                    minute(60 + round),
                    shift.id,
                    json!({"helper": helper}),
                );
                let count = record(
                    "work.count",
                    minute(30),
                    shift.id,
                    json!({"helper": helper, "activity": "rubbish-loads", "quantity": 1}),
                );
                let wrong = [&come, &go, &count][usize::try_from(round % 3).unwrap()];
                let wrong: RecordId = wrong["id"].as_str().unwrap().parse().unwrap();
                let void = record(
                    "record.void",
                    minute(90),
                    shift.id,
                    json!({"record": wrong, "reason": "误记"}),
                );
                for (i, one) in [come, go, count, void].into_iter().enumerate() {
                    let house = if i % 2 == 0 { &world.house } else { &second };
                    let (field, admin) = (house.field.clone(), admin.clone());
                    tasks.push(tokio::spawn(async move {
                        let raw = serde_json::value::to_raw_value(&one).unwrap();
                        let outcome = field.submit(&admin, &[raw.as_ref()], true).await.unwrap();
                        assert_eq!(outcome[0].refusal, None);
                    }));
                }
            }
            for task in join_all(tasks).await {
                task.unwrap();
            }
        }
        second.close().await.unwrap();
        let app = &world.house.app;
        assert_eq!(reports::check(&app.store).await.unwrap(), []);
        let before = attendances(&world.house).await;
        field::rebuild::rebuild(app, world.house.field.registry(), |_| {})
            .await
            .unwrap();
        assert_eq!(attendances(&world.house).await, before);
    }
}

async fn attendances(house: &House) -> Vec<attendance::Model> {
    attendance::Entity::find()
        .order_by_asc(attendance::Column::HelperId)
        .all(house.app.store.read())
        .await
        .unwrap()
}
