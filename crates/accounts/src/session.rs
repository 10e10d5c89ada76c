//! Sessions and tokens: from a bearer secret to an [`Actor`].

use std::{sync::Arc, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderMap, header::AUTHORIZATION},
    response::{IntoResponse, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kit::{
    Problem, Recent, Result, Timestamp,
    id::{ShiftId, UserId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use shell::{App, Viewer, problem::Failure};

use crate::{
    Actor, Grant,
    address::address,
    model::{
        grant,
        ticket::{self, Kind},
        user,
    },
    throttle::Throttle,
};

/// Name of the session cookie.
pub const COOKIE: &str = "fangxian";
/// How long a session lasts.
pub const SESSION: Duration = Duration::from_hours(30 * 24);
/// How long another server's sign-out or change of roles may go unnoticed here.
const FRESH: i64 = 2_000;

/// Somebody signed in, as requests carry them; made once, for all of their requests from one address.
#[derive(Debug, Clone)]
struct Somebody {
    actor: Arc<Actor>,
    viewer: Viewer,
}

impl Somebody {
    fn new(actor: Actor) -> Self {
        Self {
            viewer: actor.viewer(),
            actor: Arc::new(actor),
        }
    }
}

/// What this server remembers of those who ask: who they are by their secret, kept for a moment so that a busy phone
/// does not cost a look-up per record, and how often somebody has guessed.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    seen: Recent<Vec<u8>, Option<Somebody>, FRESH>,
    /// Tries at passwords.
    pub throttle: Throttle,
}

impl Sessions {
    /// Forgets everybody: somebody's rights have changed.
    pub fn forget(&self) {
        self.seen.clear();
    }

    /// Who holds this secret and asks from this network address.
    async fn somebody(&self, app: &App, secret: &str, address: String) -> Result<Option<Somebody>> {
        let (hash, now) = (app.cipher.hash(secret), app.now());
        if let Some(mut somebody) = self.seen.get(&hash, now) {
            if let Some(Somebody { actor, .. }) = &mut somebody
                && actor.address != address
            {
                Arc::make_mut(actor).address = address;
            }
            return Ok(somebody);
        }
        // In a box, as wherever something is looked up that is mostly known: every request carries the future.
        let somebody = Box::pin(load(app, &hash, now))
            .await?
            .map(|actor| Somebody::new(Actor { address, ..actor }));
        self.seen.put(hash, somebody.clone(), now);
        Ok(somebody)
    }
}

async fn load(app: &App, hash: &[u8], now: Timestamp) -> Result<Option<Actor>> {
    let db = app.store.read();
    let Some(ticket) = ticket::Entity::find_by_id(hash.to_vec()).one(db).await? else {
        return Ok(None);
    };
    if ticket.kind == Kind::Link || ticket.expires_at <= now {
        return Ok(None);
    }
    let actor = by_user(db, ticket.user_id).await?;
    let Some(shifts) = ticket.shifts else {
        return Ok(actor);
    };
    // Whatever rights the user has, a name and a telephone number are no proof that this is the user.
    Ok(actor.map(|actor| Actor {
        only: Some(shifts.split(',').filter_map(|id| id.parse().ok()).collect()),
        grants: Vec::new(),
        ..actor
    }))
}

/// The actor a user is, with all grants; `None` when there is no such user or it is disabled.
pub async fn by_user(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Actor>> {
    let Some(user) = user::Entity::find_by_id(id)
        .one(db)
        .await?
        .filter(|user| !user.disabled)
    else {
        return Ok(None);
    };
    let grants = grant::Entity::find()
        .filter(grant::Column::UserId.eq(id))
        .all(db)
        .await?;
    Ok(Some(Actor {
        user_id: Some(user.id),
        name: user.name,
        helper_id: user.helper_id,
        grants: grants
            .into_iter()
            .map(|g| Grant {
                role: g.role,
                place_id: g.place_id,
                place_path: g.place_path,
                org_id: g.org_id,
            })
            .collect(),
        only: None,
        address: String::new(),
    }))
}

/// Makes a bearer secret for a user and keeps its hash. The secret is shown once, here.
pub async fn issue(
    db: &impl ConnectionTrait,
    app: &App,
    user_id: UserId,
    kind: Kind,
    label: &str,
    lasts: Duration,
) -> Result<String> {
    issue_for(db, app, (user_id, None), kind, (label, lasts)).await
}

/// As [`issue`]; with shifts, the secret reaches nothing else.
pub(crate) async fn issue_for(
    db: &impl ConnectionTrait,
    app: &App,
    (user_id, shifts): (UserId, Option<&[ShiftId]>),
    kind: Kind,
    (label, lasts): (&str, Duration),
) -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Problem::internal(e.to_string()))?;
    let secret = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let now = app.now();
    ticket::Entity::insert(ticket::ActiveModel {
        hash: Set(app.cipher.hash(&secret)),
        id: Set(kit::id::fresh(now)),
        kind: Set(kind),
        user_id: Set(user_id),
        label: Set(label.chars().take(100).collect()),
        created_at: Set(now),
        expires_at: Set(now + lasts),
        shifts: Set(shifts.map(|ids| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            ids.join(",")
        })),
    })
    .exec_without_returning(db)
    .await?;
    Ok(secret)
}

/// The session cookie for a secret.
pub fn cookie(app: &App, secret: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(COOKIE, secret);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(app.secure);
    cookie.make_permanent();
    cookie
}

/// The secret a request carries: a bearer token, else the session cookie.
pub fn secret(headers: &HeaderMap) -> Option<String> {
    match bearer(headers) {
        Some(token) => Some(token.trim().to_owned()),
        None => CookieJar::from_headers(headers)
            .get(COOKIE)
            .map(|cookie| cookie.value().to_owned()),
    }
}

/// The bearer token of a program.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "))
}

/// Starts a browser's session for a user, within `db`, and removes those of its tickets that have ended.
pub async fn start(db: &impl ConnectionTrait, app: &App, user_id: UserId, label: &str) -> Result<String> {
    ticket::Entity::delete_many()
        .filter(ticket::Column::UserId.eq(user_id))
        .filter(ticket::Column::ExpiresAt.lte(app.now()))
        .exec(db)
        .await?;
    issue(db, app, user_id, Kind::Session, label, SESSION).await
}

/// Ends all sessions of a user but the one with this hash; tokens stay. Returns how many ended.
pub async fn end_all(db: &impl ConnectionTrait, user_id: UserId, but: Option<Vec<u8>>) -> Result<u64> {
    let mut delete = ticket::Entity::delete_many()
        .filter(ticket::Column::UserId.eq(user_id))
        .filter(ticket::Column::Kind.eq(Kind::Session));
    if let Some(hash) = but {
        delete = delete.filter(ticket::Column::Hash.ne(hash));
    }
    Ok(delete.exec(db).await?.rows_affected)
}

/// Finds out who asks, for all routes.
pub async fn identify(
    app: &App,
    sessions: &Sessions,
    mut request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let found = match secret(request.headers()) {
        None => Ok(None),
        Some(secret) => {
            let address = address(request.headers(), request.extensions());
            sessions.somebody(app, &secret, address).await
        }
    };
    let somebody = match found {
        Ok(somebody) => somebody,
        Err(problem) => return Failure(problem).into_response(),
    };
    let extensions = request.extensions_mut();
    extensions.insert(sessions.clone());
    let Some(Somebody { actor, viewer }) = somebody else {
        return inner(request).await;
    };
    extensions.insert(actor);
    extensions.insert(viewer.clone());
    let mut response = inner(request).await;
    if !response.status().is_success() {
        // The page of a problem says who looks.
        response.extensions_mut().insert(viewer);
    }
    response
}
