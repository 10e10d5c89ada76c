//! The actor: who asks, with what rights.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use kit::{
    Problem, Result, Role,
    id::{HelperId, OrgId, PlaceId, ShiftId, UserId},
    problem::code,
};
use shell::{Viewer, problem::Failure};
use store::Scope;

/// A role at a place and all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub role: Role,
    /// Where; `None` for the whole deployment.
    pub place_id: Option<PlaceId>,
    /// Path of that place; empty for the whole deployment.
    pub place_path: String,
    /// Of which organisation, for a coordinator or team leader.
    pub org_id: Option<OrgId>,
}

/// Who asks. A handler takes `Actor` as an argument; that alone requires signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user; `None` for the command line.
    pub user_id: Option<UserId>,
    /// Name on pages and in the audit trail.
    pub name: String,
    /// The helper this user is.
    pub helper_id: Option<HelperId>,
    /// Rights.
    pub grants: Vec<Grant>,
    /// Came in by an invitation's code: these shifts exist for them, and nothing else; then there are no rights.
    pub only: Option<Vec<ShiftId>>,
    /// Network address, for the audit trail.
    pub address: String,
}

impl Actor {
    /// The one who runs a command on the server itself: may do everything.
    pub fn command_line() -> Self {
        Self {
            user_id: None,
            name: "command line".to_owned(),
            helper_id: None,
            grants: vec![Grant {
                role: Role::Administrator,
                place_id: None,
                place_path: String::new(),
                org_id: None,
            }],
            only: None,
            address: "command line".to_owned(),
        }
    }

    /// Whether one of these roles is held anywhere.
    pub fn has(&self, roles: &[Role]) -> bool {
        self.grants.iter().any(|grant| roles.contains(&grant.role))
    }

    /// Whether one of these roles covers the place with this path.
    pub fn may(&self, roles: &[Role], path: &str) -> bool {
        self.grants
            .iter()
            .any(|g| roles.contains(&g.role) && path.starts_with(&g.place_path))
    }

    /// [`Actor::may`], or the problem "not found": what is outside one's places does not exist for one.
    pub fn require(&self, roles: &[Role], path: &str) -> Result<()> {
        if self.may(roles, path) {
            Ok(())
        } else if self.has(roles) {
            Err(Problem::not_found())
        } else {
            Err(Problem::forbidden())
        }
    }

    /// What these roles let the actor see.
    pub fn scope(&self, roles: &[Role]) -> Scope {
        let mut paths: Vec<&str> = self
            .grants
            .iter()
            .filter(|grant| roles.contains(&grant.role))
            .map(|grant| grant.place_path.as_str())
            .collect();
        paths.sort_unstable();
        if paths.is_empty() {
            return Scope::Nothing;
        }
        if paths[0].is_empty() {
            return Scope::Everything;
        }
        // A subtree inside another adds nothing.
        let mut kept: Vec<String> = Vec::new();
        for path in paths {
            if !kept.last().is_some_and(|last| path.starts_with(last.as_str())) {
                kept.push(path.to_owned());
            }
        }
        Scope::Within(kept)
    }

    /// Organisations for which one of these roles is held.
    pub fn orgs(&self, roles: &[Role]) -> Vec<OrgId> {
        self.grants
            .iter()
            .filter(|g| roles.contains(&g.role))
            .filter_map(|g| g.org_id)
            .collect()
    }

    /// Whether this shift exists for the actor, as far as a code that they came in by goes.
    pub fn reaches(&self, shift: ShiftId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&shift))
    }

    /// For the page.
    pub fn viewer(&self) -> Viewer {
        let mut roles: Vec<Role> = self.grants.iter().map(|grant| grant.role).collect();
        roles.sort_unstable();
        roles.dedup();
        if self.only.is_some() {
            // None of the navigation leads anywhere for them.
            roles.clear();
        }
        Viewer {
            name: self.name.as_str().into(),
            roles: roles.into(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Arc<Self>>()
            .map(|actor| actor.as_ref().clone())
            .ok_or_else(|| Failure(Problem::new(code::SIGNED_OUT)))
    }
}

/// The actor, if somebody is signed in, for pages open to all.
#[derive(Debug, Clone)]
pub struct MaybeActor(pub Option<Arc<Actor>>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeActor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Arc<Actor>>().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(grants: &[(Role, &str)]) -> Actor {
        let grants = grants
            .iter()
            .map(|(role, path)| Grant {
                role: *role,
                place_id: None,
                place_path: (*path).to_owned(),
                org_id: None,
            })
            .collect();
        Actor {
            grants,
            ..Actor::command_line()
        }
    }

    #[test]
    fn a_role_counts_for_its_subtree_only() {
        let worker = actor(&[(Role::CommunityWorker, "31/a/"), (Role::Auditor, "")]);
        assert!(worker.may(Role::STAFF, "31/a/b/"));
        assert!(!worker.may(Role::STAFF, "31/b/"));
        assert_eq!(
            worker.require(Role::STAFF, "31/b/").unwrap_err().code.name,
            "not-found"
        );
        assert_eq!(
            worker
                .require(&[Role::Administrator], "31/a/")
                .unwrap_err()
                .code
                .name,
            "forbidden"
        );
        assert_eq!(worker.scope(Role::STAFF), Scope::Within(vec!["31/a/".into()]));
        assert_eq!(worker.scope(Role::READERS), Scope::Everything);
        assert_eq!(worker.scope(&[Role::Helper]), Scope::Nothing);
    }

    #[test]
    fn scopes_are_joined() {
        let actor = actor(&[
            (Role::Commander, "31/a/"),
            (Role::Commander, "31/a/b/"),
            (Role::Commander, "32/"),
        ]);
        assert_eq!(
            actor.scope(Role::STAFF),
            Scope::Within(vec!["31/a/".into(), "32/".into()])
        );
    }
}
