//! All rooms, put together.

use std::{
    convert::Infallible, net::IpAddr, panic::AssertUnwindSafe, path::PathBuf, sync::Arc, time::Instant,
};

use accounts::{Routes, Sessions, address::Proxies, routes::Rule};
use axum::{
    Router,
    extract::Request,
    http::Extensions,
    response::{IntoResponse, Response},
};
use field::{Field, Projection, projection::Registry};
use futures_util::FutureExt;
use kit::{Clock, Problem, Result, SystemClock, problem::code};
use places::PathUser;
use shell::{App, NavItem, Texts, app::Parts, problem::Failure, texts::Locales};
use store::{Cipher, Location, Migrations, Store, Which};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;
use tracing::Instrument;

/// How to open the house.
#[derive(Clone)]
pub struct Options {
    /// Directory of the deployment.
    pub data: PathBuf,
    /// PostgreSQL, or SQLite in `data`.
    pub database: Option<String>,
    /// Demonstration mode.
    pub demo: bool,
    /// Demonstration: so many a minute go through the gates.
    pub live: Option<u32>,
    /// Reached by HTTPS.
    pub secure: bool,
    /// The deployment's own authority, where HTTPS rests on it.
    pub authority: Option<crate::tls::local::Authority>,
    /// Proxies on other machines whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The usual: the machine's clock, no demonstration.
    pub fn new(data: PathBuf, database: Option<String>) -> Self {
        Self {
            data,
            database,
            demo: false,
            live: None,
            authority: None,
            secure: false,
            proxies: Vec::new(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// The open house.
#[derive(Clone)]
pub struct House {
    /// State of all handlers.
    pub app: App,
    /// The way in for records.
    pub field: Field,
    /// Signed-in users, kept for a moment.
    pub sessions: Sessions,
    /// What is known of passes and people, in memory.
    pub memory: gates::Memory,
    live: Option<u32>,
    authority: Option<crate::tls::local::Authority>,
    proxies: Proxies,
}

/// Sentences of all rooms.
pub const LOCALES: &[Locales] = &[
    shell::LOCALES,
    accounts::LOCALES,
    field::LOCALES,
    places::LOCALES,
    people::LOCALES,
    muster::LOCALES,
    gates::LOCALES,
    rounds::LOCALES,
    sampling::LOCALES,
    reports::LOCALES,
    LOCALE,
];

/// This room's own sentences.
const LOCALE: Locales = Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// Migrations of the main database, lowest room first.
pub fn migrations() -> Migrations {
    Migrations {
        which: Which::Main,
        rooms: vec![
            accounts::migrations,
            field::migrations,
            places::migrations,
            people::migrations,
            muster::migrations,
            gates::migrations,
            rounds::migrations,
            sampling::migrations,
            reports::migrations,
        ],
    }
}

/// Migrations of the journal's database.
pub fn journal_migrations() -> Migrations {
    Migrations {
        which: Which::Journal,
        rooms: vec![field::journal_migrations],
    }
}

/// Tables that refer to places, for the merging of two that are one.
pub const PATH_USERS: &[PathUser] = &[
    PathUser {
        table: "households",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "businesses",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "helpers",
        path: "",
        id: "home_id",
    },
    PathUser {
        table: "calls",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "posts",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "shifts",
        path: "place_path",
        id: "",
    },
    PathUser {
        table: "loops",
        path: "place_path",
        id: "",
    },
    PathUser {
        table: "attendances",
        path: "",
        id: "place_id",
    },
    PathUser {
        table: "gate_rules",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "rounds",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "round_parts",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "round_pieces",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "samples",
        path: "",
        id: "site_id",
    },
    PathUser {
        table: "call_ups",
        path: "",
        id: "site_id",
    },
    PathUser {
        table: "queue_tickets",
        path: "",
        id: "site_id",
    },
    PathUser {
        table: "tubes",
        path: "",
        id: "site_id",
    },
    PathUser {
        table: "tube_seals",
        path: "",
        id: "site_id",
    },
    PathUser {
        table: "tube_hand_overs",
        path: "",
        id: "site_id",
    },
    PathUser {
        table: "passages",
        path: "",
        id: "gate_id",
    },
    PathUser {
        table: "returnees",
        path: "",
        id: "gate_id",
    },
    PathUser {
        table: "parcels",
        path: "",
        id: "gate_id",
    },
    PathUser {
        table: "roll_calls",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "certificates",
        path: "place_path",
        id: "place_id",
    },
];

/// The navigation, in the order of the day's work.
fn nav() -> Vec<NavItem> {
    [
        muster::NAV,
        gates::NAV,
        rounds::NAV,
        sampling::NAV,
        reports::NAV,
        field::NAV,
        people::NAV,
        places::NAV,
        accounts::NAV,
    ]
    .concat()
}

/// All routes with their rules.
pub fn routes() -> Routes {
    Routes::new()
        .merge(accounts::routes())
        .merge(field::routes())
        .merge(places::routes(PATH_USERS))
        .merge(people::routes())
        .merge(muster::routes())
        .merge(gates::routes())
        .merge(rounds::routes())
        .merge(sampling::routes())
        .merge(reports::routes())
        .merge(crate::tls::trust::routes())
}

/// The rooms that have records of their own.
fn registry(cipher: &Cipher) -> Registry {
    let muster: Arc<dyn Projection> = Arc::new(muster::Muster::default());
    let gather: Arc<dyn Projection> = Arc::new(muster::Gather);
    let notes: Arc<dyn Projection> = Arc::new(muster::Notes::default());
    let rolls: Arc<dyn Projection> = Arc::new(muster::Rolls);
    let gates: Arc<dyn Projection> = Arc::new(gates::Gates::new(cipher.clone()));
    let rounds: Arc<dyn Projection> = Arc::new(rounds::Rounds::new(cipher.clone()));
    let sampling: Arc<dyn Projection> = Arc::new(sampling::Sampling::new(cipher.clone()));
    Registry::new(vec![muster, gather, notes, rolls, gates, rounds, sampling])
}

impl House {
    /// Opens the database, brings it to the newest shape, applies what was left behind, starts taking records.
    pub async fn open(options: Options) -> Result<Self> {
        let _ = crate::health::metrics();
        let location = Location {
            data: options.data,
            database: options.database,
        };
        let store = Store::open(&location).await?;
        migrations().run(&store).await?;
        journal_migrations().run(&store).await?;
        let cipher = Cipher::open(&location.data)?;
        let app = App::new(Parts {
            store,
            clock: options.clock,
            cipher,
            texts: Texts::new(LOCALES),
            nav: nav().into(),
            demo: options.demo,
            secure: options.secure,
        });
        muster::activity::seed(app.store.write()).await?;
        muster::activity::ensure(app.store.write(), gates::parcels::CARRIED).await?;
        let field = Field::open(app.clone(), registry(&app.cipher)).await?;
        Ok(Self {
            app,
            field,
            sessions: Sessions::default(),
            memory: gates::Memory::default(),
            live: options.live,
            authority: options.authority,
            proxies: Proxies(options.proxies.into()),
        })
    }

    /// The finished router, with its layers.
    pub fn router(&self) -> Router {
        let (router, ..) = routes().finish();
        let router = router
            .merge(shell::http::routes())
            .merge(crate::health::routes(self.clone()));
        self.around(router)
    }

    /// These routes, with all that is around every route of the house.
    pub fn around(&self, routes: Router<App>) -> Router {
        // One service around the router, not layers around each of its routes: a route is copied for every request, box by
        // box, with all that is around it; a router is shared.
        let (house, router) = (Arc::new(self.clone()), routes.with_state(self.app.clone()));
        let way = service_fn(move |request| through(house.clone(), router.clone(), request));
        Router::new().fallback_service(CompressionLayer::new().layer(way))
    }

    /// What handlers take as an `Extension`.
    fn lend(&self, extensions: &mut Extensions) {
        extensions.insert(self.proxies.clone());
        extensions.insert(self.memory.clone());
        extensions.insert(self.field.clone());
        if let Some(authority) = &self.authority {
            extensions.insert(authority.clone());
        }
    }

    /// Runs everything that goes on beside requests. Never returns.
    pub async fn jobs(&self) {
        tokio::join!(
            crate::health::upkeep(),
            self.field.look_around(),
            muster::close::job(self.app.clone(), self.field.clone()),
            muster::offer::job(self.app.clone()),
            self.memory.clone().follow(self.app.clone()),
            gates::parcels::job(self.app.clone()),
            rounds::open::job(self.app.clone()),
            self.lively()
        );
    }

    async fn lively(&self) {
        if let Some(a_minute) = self.live {
            crate::demo::gates::live(self.clone(), a_minute).await;
        }
    }

    /// Stops taking, applies what is queued, closes the database.
    pub async fn close(self) -> Result<()> {
        self.field.close().await;
        self.app.store.clone().close().await
    }
}

/// The way of every request through the house. A single service, because each layer is a box of its own on the way of every
/// record.
async fn through(house: Arc<House>, router: Router, request: Request) -> Result<Response, Infallible> {
    let (start, span) = (Instant::now(), crate::health::span(&request));
    let House { app, sessions, .. } = house.as_ref();
    let answer = shell::http::around(app, request, async |mut request| {
        house.lend(request.extensions_mut());
        accounts::session::identify(app, sessions, request, async |request| {
            // What falls over takes nobody with it: the panic is in the log, and the answer a problem.
            let caught = AssertUnwindSafe(router.oneshot(request)).catch_unwind().await;
            let Ok(answer) =
                caught.unwrap_or_else(|_| Ok(Failure(Problem::new(code::INTERNAL)).into_response()));
            answer
        })
        .await
    });
    let answer = answer.instrument(span.clone()).await;
    span.in_scope(|| crate::health::measure(&answer, start.elapsed()));
    Ok(answer)
}

/// Every route with its rule, for the test of access.
pub fn rules() -> Vec<Rule> {
    routes().finish().2
}

/// The description of the JSON interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let (_, mut api, _) = routes().finish();
    api.info = utoipa::openapi::InfoBuilder::new()
        .title("Fangxian")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Interface for phones and programs. Errors are RFC 9457 problems with stable codes.",
        ))
        .license(Some(
            utoipa::openapi::LicenseBuilder::new().name("Apache-2.0").build(),
        ))
        .build();
    api
}
