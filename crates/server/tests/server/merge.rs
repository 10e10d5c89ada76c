//! When two places are merged, every table that refers to places is moved along.

use crate::common::worlds;

#[tokio::test]
async fn no_table_is_forgotten() {
    for world in worlds().await {
        let forgotten = places::merge::forgotten(world.house.app.store.read(), server::house::PATH_USERS)
            .await
            .unwrap();
        assert_eq!(forgotten, Vec::<String>::new());
    }
}
