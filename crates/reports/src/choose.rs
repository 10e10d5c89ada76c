//! What the chooser offers.

use kit::Result;
use people::model::org;
use places::{PlaceKind, place};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use store::Scope;

/// Organisations with the latest work that are offered for a tap.
const RECENT: u64 = 12;
/// Names that are offered while typing.
const OFFERED: u64 = 300;

/// The organisations that worked last. One look into the index of the tallies for each organisation.
pub(crate) async fn recent(db: &impl ConnectionTrait) -> Result<Vec<org::Model>> {
    let statement = Statement::from_string(
        db.get_database_backend(),
        format!(
            "SELECT w.* FROM (SELECT o.*, (SELECT MAX(t.day) FROM tallies AS t WHERE t.org_id = o.id) AS last_day \
             FROM orgs AS o) AS w WHERE w.last_day IS NOT NULL ORDER BY w.last_day DESC, w.name LIMIT {RECENT}"
        ),
    );
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(org::Model::from_query_result(row, "")?))
        .collect()
}

/// Names of organisations.
pub(crate) async fn org_names(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    Ok(org::Entity::find()
        .select_only()
        .column(org::Column::Name)
        .order_by_asc(org::Column::Pinyin)
        .order_by_asc(org::Column::Id)
        .limit(OFFERED)
        .into_tuple()
        .all(db)
        .await?)
}

/// Names of streets and communities in the scope.
pub(crate) async fn place_names(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for kind in [PlaceKind::Street, PlaceKind::Community] {
        let found: Vec<String> = place::Entity::find()
            .select_only()
            .column(place::Column::Name)
            .filter(place::Column::Kind.eq(kind))
            .filter(scope.path(place::Column::Path))
            .order_by_asc(place::Column::Path)
            .limit(OFFERED)
            .into_tuple()
            .all(db)
            .await?;
        names.extend(found);
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
