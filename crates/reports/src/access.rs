//! Who may see which card, and how much of it.

use accounts::Actor;
use kit::{
    Problem, Result, Role,
    id::{HelperId, OrgId, PlaceId},
};
use people::model::{helper, org};
use places::place;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use store::Scope;

use crate::{Subject, sql::Values};

const COORDINATOR: &[Role] = &[Role::Coordinator];

/// A subject that the actor may see, and how much of its work.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Whose card.
    pub subject: Subject,
    /// Name of the subject.
    pub name: String,
    /// What it belongs to, in words.
    pub belongs: String,
    /// Whose work counts.
    pub who: Who,
    /// In which communities.
    pub scope: Scope,
}

/// Whose work counts.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// One organisation that has none below it.
    Org(OrgId),
    /// The organisations under this path.
    Orgs(String),
    /// One helper.
    Helper(HelperId),
    /// Everybody.
    Anybody,
    /// Everybody at posts under this path, in this community: a place that has no tallies of its own.
    At(PlaceId, String),
}

impl Who {
    /// The condition on `org_id` and `helper_id` of the table named `of`.
    pub fn condition(&self, values: &mut Values, of: &str) -> String {
        match self {
            Self::Org(id) => format!("{of}.org_id = {}", values.bind(id.0)),
            Self::Orgs(path) => {
                let under = values.under("path", path);
                format!("{of}.org_id IN (SELECT id FROM orgs WHERE {under})")
            }
            Self::Helper(id) => format!("{of}.helper_id = {}", values.bind(id.0)),
            Self::Anybody => "1 = 1".to_owned(),
            Self::At(community, _) => format!("{of}.community_id = {}", values.bind(community.0)),
        }
    }
}

/// The subject as the actor may see it; not found when they may not.
pub(crate) async fn view(db: &impl ConnectionTrait, actor: &Actor, subject: Subject) -> Result<View> {
    match subject {
        Subject::Org(id) => of_org(db, actor, id).await,
        Subject::Helper(id) => of_helper(db, actor, id).await,
        Subject::Place(id) => of_place(db, actor, id).await,
    }
}

async fn of_org(db: &impl ConnectionTrait, actor: &Actor, id: OrgId) -> Result<View> {
    let org = org::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let scope = if coordinates(db, actor, &org.path).await? {
        Scope::Everything
    } else if actor.has(Role::READERS) {
        actor.scope(Role::READERS)
    } else {
        return Err(Problem::not_found());
    };
    let family = org::Entity::find()
        .filter(store::scope::under(&org.path).path(org::Column::Path))
        .filter(org::Column::Id.ne(id))
        .one(db)
        .await?;
    let above = match org.parent_id {
        Some(parent) => org::Entity::find_by_id(parent).one(db).await?,
        None => None,
    };
    Ok(View {
        subject: Subject::Org(id),
        name: org.name,
        belongs: above.map(|above| above.name).unwrap_or_default(),
        who: if family.is_some() {
            Who::Orgs(org.path)
        } else {
            Who::Org(id)
        },
        scope,
    })
}

async fn of_helper(db: &impl ConnectionTrait, actor: &Actor, id: HelperId) -> Result<View> {
    let helper = helper::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let org = match helper.org_id {
        Some(org) => org::Entity::find_by_id(org).one(db).await?,
        None => None,
    };
    let own = match &org {
        _ if actor.helper_id == Some(id) => true,
        Some(org) => coordinates(db, actor, &org.path).await?,
        None => false,
    };
    let scope = if own {
        Scope::Everything
    } else {
        let scope = actor.scope(Role::READERS);
        if !known_in(db, &scope, id).await? {
            return Err(Problem::not_found());
        }
        scope
    };
    Ok(View {
        subject: Subject::Helper(id),
        name: helper.name,
        belongs: org.map(|org| org.name).unwrap_or_default(),
        who: Who::Helper(id),
        scope,
    })
}

async fn of_place(db: &impl ConnectionTrait, actor: &Actor, id: PlaceId) -> Result<View> {
    let place = places::tree::find(db, &actor.scope(Role::READERS), id).await?;
    let belongs = places::tree::full_name(db, &place).await?;
    Ok(View {
        subject: Subject::Place(id),
        who: if place.kind.below_community() {
            Who::At(place.community_id, place.path.clone())
        } else {
            Who::Anybody
        },
        scope: if place.kind.below_community() {
            Scope::Everything
        } else {
            store::scope::under(&place.path)
        },
        belongs: belongs
            .strip_suffix(&place.name)
            .unwrap_or(&belongs)
            .trim()
            .to_owned(),
        name: place.name,
    })
}

/// Whether the actor coordinates the organisation with this path, or one above it.
async fn coordinates(db: &impl ConnectionTrait, actor: &Actor, path: &str) -> Result<bool> {
    let own = actor.orgs(COORDINATOR);
    if own.is_empty() {
        return Ok(false);
    }
    let own = org::Entity::find()
        .filter(org::Column::Id.is_in(own))
        .all(db)
        .await?;
    Ok(own.iter().any(|org| path.starts_with(&org.path)))
}

/// Whether a helper lives in the scope, worked there, or stands on a roster there.
async fn known_in(db: &impl ConnectionTrait, scope: &Scope, id: HelperId) -> Result<bool> {
    if matches!(scope, Scope::Everything | Scope::Nothing) {
        return Ok(*scope == Scope::Everything);
    }
    let mut values = Values::default();
    let helper = values.bind(id.0);
    let (home, done, planned) = (
        values.within("home_id", scope),
        values.within("community_id", scope),
        values.within("community_id", scope),
    );
    let found = values
        .all(
            db,
            &format!(
                "SELECT 1 FROM helpers WHERE id = {helper} AND {home} \
                 UNION ALL SELECT 1 FROM tallies WHERE helper_id = {helper} AND {done} \
                 UNION ALL SELECT 1 FROM assignments WHERE helper_id = {helper} AND {planned} LIMIT 1"
            ),
        )
        .await?;
    Ok(!found.is_empty())
}

/// The orgs an actor who is no reader coordinates, with all below them; for the chooser.
pub(crate) async fn coordinated(db: &impl ConnectionTrait, actor: &Actor) -> Result<Vec<org::Model>> {
    let own = actor.orgs(COORDINATOR);
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let own = org::Entity::find()
        .filter(org::Column::Id.is_in(own))
        .all(db)
        .await?;
    let paths = Scope::Within(own.into_iter().map(|org| org.path).collect());
    Ok(org::Entity::find()
        .filter(paths.path(org::Column::Path))
        .all(db)
        .await?)
}

/// Places of exactly this name, or the one with this official code, among those the actor may read.
pub(crate) async fn places_named(
    db: &impl ConnectionTrait,
    actor: &Actor,
    name: &str,
) -> Result<Vec<place::Model>> {
    let scope = actor.scope(Role::READERS);
    match places::tree::by_code(db, name).await? {
        Some(place) => Ok(Some(place)
            .filter(|place| scope.holds(&place.path))
            .into_iter()
            .collect()),
        None => places::tree::by_name(db, &scope, name, None).await,
    }
}

/// The community of a place, for the audit trail.
pub(crate) async fn community(db: &impl ConnectionTrait, id: PlaceId) -> Result<Option<PlaceId>> {
    let place = place::Entity::find_by_id(id).one(db).await?;
    Ok(place.map(|place| place.community_id))
}
