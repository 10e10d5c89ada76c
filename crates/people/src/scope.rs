//! Who may see and who may change organisations and helpers.
//!
//! Organisations and helpers lie in no place, so their scope is not a subtree of places but this:
//!
//! - who reads or arranges the work of the whole deployment sees all helpers; at a place, those who live
//!   there, who are or were on a shift there, and those of organisations that were called there;
//! - a coordinator and a team leader see the helpers of their organisation and of those below it;
//! - everybody sees themself.

use accounts::Actor;
use kit::{
    Role,
    id::{HelperId, OrgId},
};
use sea_orm::{
    ColumnTrait, Condition, ExprTrait,
    sea_query::{Alias, Expr, Query, SelectStatement, UnionType},
};
use store::{Scope, scope::COMMUNITY_KINDS};

use crate::model::{helper, org};

const COORDINATOR: &[Role] = &[Role::Coordinator];
const OF_AN_ORG: &[Role] = &[Role::Coordinator, Role::TeamLeader];

/// Roots of at least this many steps (sub-districts and below) hold few enough helpers to be gathered
/// first; above them it is quicker to walk the list and ask of each row whether it is inside.
const NARROW: usize = 4;

/// The helpers whom the actor may see.
pub fn helper_scope(actor: &Actor) -> Condition {
    helpers(
        &actor.scope(Role::READERS),
        &actor.orgs(OF_AN_ORG),
        actor.helper_id,
    )
}

/// The helpers whom the actor may change, and whose numbers they may see for a reason.
pub fn helper_rights(actor: &Actor) -> Condition {
    helpers(&actor.scope(Role::STAFF), &actor.orgs(COORDINATOR), None)
}

/// The organisations that the actor may see.
pub fn org_scope(actor: &Actor) -> Condition {
    if actor.has(Role::READERS) {
        Condition::all()
    } else {
        orgs(&actor.orgs(OF_AN_ORG))
    }
}

/// The organisations that the actor may change.
pub fn org_rights(actor: &Actor) -> Condition {
    if actor.has(Role::STAFF) {
        Condition::all()
    } else {
        orgs(&actor.orgs(COORDINATOR))
    }
}

/// The organisations for which the actor may enter helpers wherever these live: all, own ones and those
/// below, and those called in the actor's places.
pub(crate) fn enters_for(actor: &Actor) -> Condition {
    let places = actor.scope(Role::STAFF);
    let own = actor.orgs(COORDINATOR);
    match &places {
        Scope::Everything => Condition::all(),
        Scope::Nothing => orgs(&own),
        Scope::Within(_) => Condition::any()
            .add(orgs(&own))
            .add(org::Column::Id.in_subquery(called(&places))),
    }
}

fn helpers(places: &Scope, own: &[OrgId], themself: Option<HelperId>) -> Condition {
    let mut ways: Vec<Condition> = Vec::new();
    match places {
        Scope::Everything => return Condition::all(),
        Scope::Nothing => {}
        Scope::Within(paths) if paths.iter().all(|path| path.matches('/').count() >= NARROW) => {
            ways.push(Condition::all().add(helper::Column::Id.in_subquery(gathered(places))));
        }
        Scope::Within(_) => ways.extend(each(places)),
    }
    if !own.is_empty() {
        ways.push(Condition::all().add(helper::Column::OrgId.in_subquery(below(own))));
    }
    if let Some(id) = themself {
        ways.push(Condition::all().add(helper::Column::Id.eq(id)));
    }
    if ways.is_empty() {
        return nothing();
    }
    ways.into_iter().fold(Condition::any(), Condition::add)
}

fn orgs(own: &[OrgId]) -> Condition {
    if own.is_empty() {
        nothing()
    } else {
        Condition::all().add(org::Column::Id.in_subquery(below(own)))
    }
}

/// The ids of all helpers in these places, from three indexes.
fn gathered(places: &Scope) -> SelectStatement {
    Query::select()
        .column(helper::Column::Id)
        .from(helper::Entity)
        .and_where(helper::Column::HomeId.in_subquery(inside(places)))
        .union(
            UnionType::Distinct,
            Query::select()
                .column(Alias::new("helper_id"))
                .from(Alias::new("assignments"))
                .and_where(Expr::col(Alias::new("community_id")).in_subquery(inside(places)))
                .to_owned(),
        )
        .union(
            UnionType::Distinct,
            Query::select()
                .column(helper::Column::Id)
                .from(helper::Entity)
                .and_where(helper::Column::OrgId.in_subquery(called(places)))
                .to_owned(),
        )
        .to_owned()
}

/// The same three ways, asked of one row at a time.
fn each(places: &Scope) -> [Condition; 3] {
    let assigned = Query::select()
        .expr(Expr::val(1))
        .from(Alias::new("assignments"))
        .and_where(
            Expr::col((Alias::new("assignments"), Alias::new("helper_id")))
                .equals((helper::Entity, helper::Column::Id)),
        )
        .and_where(
            Expr::col((Alias::new("assignments"), Alias::new("community_id"))).in_subquery(inside(places)),
        )
        .to_owned();
    [
        Condition::all().add(helper::Column::HomeId.in_subquery(inside(places))),
        Condition::all().add(Expr::exists(assigned)),
        Condition::all().add(helper::Column::OrgId.in_subquery(called(places))),
    ]
}

/// Ids of the communities in a scope, and of the places above them: where people live, and what shifts and
/// calls are kept under.
fn inside(places: &Scope) -> SelectStatement {
    Query::select()
        .column(places::model::place::Column::Id)
        .from(places::model::place::Entity)
        .and_where(places::model::place::Column::Kind.is_in(COMMUNITY_KINDS))
        .cond_where(places.path(places::model::place::Column::Path))
        .to_owned()
}

/// Organisations that were called in a scope. The table belongs to a room above and is named only.
fn called(places: &Scope) -> SelectStatement {
    Query::select()
        .column(Alias::new("org_id"))
        .from(Alias::new("call_orgs"))
        .and_where(Expr::col(Alias::new("community_id")).in_subquery(inside(places)))
        .to_owned()
}

/// Organisations and all below them.
pub(crate) fn below(own: &[OrgId]) -> SelectStatement {
    let (mine, it) = (Alias::new("mine"), Alias::new("it"));
    let column = |of: &Alias, name| Expr::col((of.clone(), Alias::new(name)));
    Query::select()
        .expr(column(&it, "id"))
        .from_as(org::Entity, it.clone())
        .from_as(org::Entity, mine.clone())
        .and_where(column(&mine, "id").is_in(own.iter().copied()))
        .and_where(column(&it, "path").gte(column(&mine, "path")))
        // '~' sorts after every character of a path.
        .and_where(column(&it, "path").lt(Expr::cust("mine.path || '~'")))
        .to_owned()
}

fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}
