//! Scope: what part of the place tree a query may see.
//!
//! A place's `path` is the chain of short codes from the root to it, each ending in `/`
//! (`31/07/07/010/…/`), so a subtree is a range of paths. Everything that happens somewhere carries
//! the `community_id` of its community (or, above communities, of the place itself).

use kit::id::PlaceId;
use sea_orm::{
    ColumnTrait, Condition, ExprTrait,
    sea_query::{Alias, Expr, Query},
};

/// Kinds of places whose ids stand in a `community_id`. Below them a place shares its community's id, so that the
/// communities of a whole city are found without walking its buildings.
pub const COMMUNITY_KINDS: [&str; 5] = ["province", "city", "district", "street", "community"];

/// What a query may see. Made from an actor's roles; a query cannot be written without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole deployment.
    Everything,
    /// These subtrees, by path.
    Within(Vec<String>),
    /// Nothing at all.
    Nothing,
}

impl Scope {
    /// Rows whose community lies in the scope; `column` holds a `community_id`.
    pub fn community(&self, column: impl ColumnTrait) -> Condition {
        match self {
            Self::Everything => Condition::all(),
            Self::Nothing => nothing(),
            Self::Within(paths) => {
                let places = Query::select()
                    .column(Alias::new("id"))
                    .from(Alias::new("places"))
                    .and_where(Expr::col(Alias::new("kind")).is_in(COMMUNITY_KINDS))
                    .cond_where(in_paths(paths, &Expr::col(Alias::new("path"))))
                    .to_owned();
                Condition::all().add(column.in_subquery(places))
            }
        }
    }

    /// Rows of the place table itself (or with a copy of a path) that lie in the scope.
    pub fn path(&self, column: impl ColumnTrait) -> Condition {
        match self {
            Self::Everything => Condition::all(),
            Self::Nothing => nothing(),
            Self::Within(paths) => in_paths(paths, &Expr::col(column.as_column_ref())),
        }
    }

    /// Whether a place with this path lies in the scope.
    pub fn holds(&self, path: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Nothing => false,
            Self::Within(paths) => paths.iter().any(|root| path.starts_with(root.as_str())),
        }
    }
}

/// One place's subtree.
pub fn under(path: &str) -> Scope {
    Scope::Within(vec![path.to_owned()])
}

fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

fn in_paths(paths: &[String], column: &Expr) -> Condition {
    paths.iter().fold(Condition::any(), |any, root| {
        // '~' sorts after every character of a path.
        any.add(
            Condition::all()
                .add(column.clone().gte(root.as_str()))
                .add(column.clone().lt(format!("{root}~"))),
        )
    })
}

/// The part of [`PlaceId`]'s text that a path uses: its random tail, unique within a parent.
pub fn path_step(id: PlaceId) -> String {
    let text = id.0.simple().to_string();
    format!("{}/", &text[text.len() - 12..])
}
