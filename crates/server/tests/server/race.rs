//! Two hundred people want ten places: exactly ten get one.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::common::worlds;
use accounts::Actor;
use futures_util::future::join_all;
use muster::{assign, model::assignment};
use people::model::helper;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shift_is_never_overbooked() {
    for world in worlds().await {
        let app = &world.house.app;
        let sheet: String = (0..200).fold("姓名,单位\n".to_owned(), |sheet, i| {
            sheet + &format!("赵{i},区体育局\n")
        });
        let options = people::import::HelperOptions {
            dry_run: false,
            create_orgs: false,
        };
        let report = people::import::helpers(app, &Actor::command_line(), sheet.into_bytes(), options)
            .await
            .unwrap();
        assert_eq!(report.added, 200, "{:?}", report.rejected.first());
        let shift = world.shift(world.post, 10).await;
        let racers = helper::Entity::find()
            .filter(helper::Column::Name.starts_with("赵"))
            .all(app.store.read())
            .await
            .unwrap();
        let tries = racers.into_iter().map(|racer| {
            let (app, shift) = (app.clone(), shift.clone());
            tokio::spawn(
                async move { assign::assign(&app, &Actor::command_line(), &shift, &racer, false).await },
            )
        });
        let mut got = 0;
        for result in join_all(tries).await {
            match result.unwrap() {
                Ok(()) => got += 1,
                Err(problem) => assert_eq!(problem.code, assign::SHIFT_FULL, "{problem}"),
            }
        }
        assert_eq!(got, 10);
        assert_eq!(world.load_shift(shift.id).await.filled, 10);
        let names = assignment::Entity::find()
            .filter(assignment::Column::ShiftId.eq(shift.id))
            .count(app.store.read())
            .await
            .unwrap();
        assert_eq!(names, 10);
    }
}
