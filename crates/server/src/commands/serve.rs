//! `fangxian serve`.

use std::{io::Write, net::SocketAddr};

use kit::{Code, Problem, Result};
use tokio::{net::TcpListener, signal};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{House, Options, commands::Done};

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
}

/// Serves until it is told to stop; what is queued is then committed and applied.
pub async fn serve(options: Options, listen: SocketAddr) -> Result<Done> {
    let demo = options.demo;
    let house = House::open(options).await?;
    let listener = TcpListener::bind(listen).await.map_err(|e| Problem {
        source: Some(Box::new(e)),
        ..Problem::new(CANNOT_LISTEN).with("address", listen)
    })?;
    let address = listener.local_addr().map_err(Problem::internal)?;
    say(&format!("Fangxian: http://{address}"));
    if !demo && let Some(link) = accounts::first_link(&house.app).await? {
        say(&format!(
            "First administrator (this link works once): http://{address}{link}"
        ));
    }
    let router = house.router().into_make_service_with_connect_info::<SocketAddr>();
    let jobs = tokio::spawn({
        let house = house.clone();
        async move { house.jobs().await }
    });
    axum::serve(listener, router)
        .with_graceful_shutdown(asked_to_stop())
        .await
        .map_err(Problem::internal)?;
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
