//! `fangxian serve`.

use std::{
    io::Write,
    net::SocketAddr,
    panic,
    path::{Path, PathBuf},
};

use clap::Args;

use kit::{Code, Problem, Result};
use tokio::{net::TcpListener, signal};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    House, Options,
    commands::Done,
    tls::{
        self, Peer, Shown, TlsListener, acme,
        local::{self, Authority},
    },
};

/// The address is taken, or not this machine's.
const CANNOT_LISTEN: Code = Code::new("cannot-listen", 500);

/// JSON lines on the standard error for a server, plain warnings for other commands.
pub fn logging(server: bool) {
    let default = if server {
        "info,sqlx=warn,sea_orm_migration=warn"
    } else {
        "warn"
    };
    let filter = EnvFilter::try_from_env("FANGXIAN_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let registry = tracing_subscriber::registry().with(filter);
    let out = std::io::stderr;
    let started = if server {
        registry.with(fmt::layer().json().with_writer(out)).try_init()
    } else {
        registry.with(fmt::layer().with_writer(out)).try_init()
    };
    // A second start in one process (tests) keeps the first log.
    drop(started);
    if server {
        log_panics();
    }
}

/// From now on a panic is a line in the log that says where, and not its words: they may hold what somebody typed.
fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a handler or job fell over");
    }));
}

/// Where and how to serve.
#[derive(Debug, Clone, Args)]
pub struct Listen {
    /// Address and port to listen on
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:8080",
        env = "FANGXIAN_LISTEN"
    )]
    #[allow(clippy::struct_field_names, reason = "the name of the option")]
    listen: SocketAddr,
    /// HTTPS with this certificate (PEM, the whole chain); read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls_local")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// HTTPS on a local network: makes an authority of its own, which each phone trusts once (see /trust)
    #[arg(long)]
    tls_local: bool,
    /// HTTPS with certificates from an ACME authority, which must reach this machine at port 443 of each --tls-name
    #[arg(long, conflicts_with_all = ["tls_local", "tls_cert"], requires = "tls_names")]
    tls_acme: bool,
    /// A name or address by which phones reach this machine, for --tls-local and --tls-acme; may be given again
    #[arg(long = "tls-name", value_name = "NAME")]
    tls_names: Vec<String>,
    /// Address of the ACME authority's directory
    #[arg(long, value_name = "URL", default_value = acme::LETS_ENCRYPT)]
    acme_directory: String,
    /// E-mail address to which the ACME authority writes when something is wrong
    #[arg(long, value_name = "ADDRESS", requires = "tls_acme")]
    acme_contact: Option<String>,
    /// Root certificate (PEM) of an ACME authority for which browsers do not vouch
    #[arg(long, value_name = "FILE", requires = "tls_acme")]
    acme_root: Option<PathBuf>,
    /// Plain HTTP on this address beside HTTPS: leads to it, and shows /trust
    #[arg(long, value_name = "ADDR")]
    redirect: Option<SocketAddr>,
}

impl Listen {
    fn secure(&self) -> bool {
        self.tls_local || self.tls_acme || self.tls_cert.is_some()
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|e| Problem {
        source: Some(Box::new(e)),
        ..Problem::new(CANNOT_LISTEN).with("address", address)
    })
}

/// Keeps a certificate good while the program serves.
enum Keeping {
    Files(PathBuf, PathBuf),
    Local(Authority, Vec<String>),
    Acme(Box<acme::Asking>),
}

impl Keeping {
    async fn run(self, shown: Shown, app: shell::App) {
        match self {
            Self::Files(cert, key) => tls::follow(shown, cert, key).await,
            Self::Local(authority, names) => tls::renew(shown, authority, names, app).await,
            Self::Acme(asking) => acme::renew(*asking).await,
        }
    }
}

/// What HTTPS shows, where it is asked for, and how it stays good.
fn shown(
    listen: &Listen,
    authority: Option<&Authority>,
    data: &Path,
    now: kit::Timestamp,
) -> Result<Option<(Shown, Keeping)>> {
    if let (Some(cert), Some(key)) = (&listen.tls_cert, &listen.tls_key) {
        let shown = Shown::files(cert, key)?;
        return Ok(Some((shown, Keeping::Files(cert.clone(), key.clone()))));
    }
    if listen.tls_acme {
        let wish = acme::Wish {
            names: listen.tls_names.clone(),
            directory: listen.acme_directory.clone(),
            contact: listen.acme_contact.clone(),
            root: listen.acme_root.clone(),
        };
        let (shown, asking) = acme::shown(&wish, data)?;
        say(&format!(
            "Certificate for {} from {}",
            wish.names.join(", "),
            wish.directory
        ));
        return Ok(Some((shown, Keeping::Acme(Box::new(asking)))));
    }
    let Some(authority) = authority else {
        return Ok(None);
    };
    let names = local::names(listen.listen, &listen.tls_names);
    say(&format!("Certificate for {}", names.join(", ")));
    say(&format!(
        "{}: SHA-256 {}",
        authority.name(),
        authority.fingerprint()
    ));
    let shown = Shown::local(authority, &names, now)?;
    Ok(Some((shown, Keeping::Local(authority.clone(), names))))
}

/// Serves until it is told to stop; what is queued is then committed and applied.
pub async fn serve(mut options: Options, listen: &Listen) -> Result<Done> {
    let demo = options.demo;
    let now = options.clock.now();
    options.secure |= listen.secure();
    if listen.tls_local {
        options.authority = Some(Authority::open(&options.data, now)?);
    }
    let authority = options.authority.clone();
    let shown = shown(listen, authority.as_ref(), &options.data, now)?;
    let house = House::open(options).await?;
    let listener = bind(listen.listen).await?;
    let address = listener.local_addr().map_err(Problem::internal)?;
    let scheme = if listen.secure() { "https" } else { "http" };
    say(&format!("Fangxian: {scheme}://{address}"));
    if !demo && let Some(link) = accounts::first_link(&house.app).await? {
        say(&format!(
            "First administrator (this link works once): {scheme}://{address}{link}"
        ));
    }
    let mut beside = vec![tokio::spawn({
        let house = house.clone();
        async move { Box::pin(house.jobs()).await }
    })];
    if let (Some(plain), true) = (listen.redirect, listen.secure()) {
        let plain = bind(plain).await?;
        if let Ok(address) = plain.local_addr() {
            say(&format!("Plain HTTP, leading to it: http://{address}"));
        }
        let router = tls::plain(&house.app, authority.as_ref(), address);
        beside.push(tokio::spawn(async move {
            let _ = axum::serve(plain, router).await;
        }));
    }
    let router = house.router();
    if let Some((shown, keeping)) = shown {
        beside.push(tokio::spawn(keeping.run(shown.clone(), house.app.clone())));
        let router = tls::with_peer(router).into_make_service_with_connect_info::<Peer>();
        axum::serve(TlsListener::new(listener, shown)?, router)
            .with_graceful_shutdown(asked_to_stop())
            .await
    } else {
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, router)
            .with_graceful_shutdown(asked_to_stop())
            .await
    }
    .map_err(Problem::internal)?;
    let jobs = beside.swap_remove(0);
    for other in beside {
        other.abort();
    }
    jobs.abort();
    let _ = jobs.await;
    house.close().await?;
    tracing::info!("stopped");
    Ok(Done::Well)
}

/// Tells whoever started the server; that they have gone away must not stop it.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

async fn asked_to_stop() {
    let interrupt = async {
        let _ = signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {},
        () = terminate => {},
    }
    tracing::info!("stopping: what is queued is committed first");
}

#[cfg(test)]
mod tests;
