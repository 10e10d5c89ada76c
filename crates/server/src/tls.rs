//! HTTPS by the program itself: from certificate files, or from an authority of its own on a local network. A phone's
//! camera and service worker work over HTTPS only.

pub mod acme;
pub mod local;
pub mod trust;

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, connect_info::Connected},
    http::{Method, StatusCode, Uri, header::HOST},
    response::{IntoResponse, Redirect, Response},
    serve::{IncomingStream, Listener},
};
use kit::{Code, Problem, Result};
use parking_lot::RwLock;
use shell::App;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ConfigBuilder, ServerConfig, WantsVerifier,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
    server::TlsStream,
};

/// A certificate or key cannot be read, or the two do not belong together.
pub const TLS_FILES: Code = Code::new("tls-files", 500);

/// Handshakes that take longer are given up: they hold nobody else up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often certificate files are looked at.
const LOOK: Duration = Duration::from_secs(30);
/// How often the certificate of the deployment's own authority is made anew.
const RENEW: Duration = Duration::from_secs(30 * 24 * 3600);
/// Connections that have shaken hands and wait to be served.
const WAITING: usize = 256;

/// What HTTPS shows to browsers; may be exchanged while it serves.
#[derive(Clone)]
pub struct Shown(Arc<RwLock<Arc<ServerConfig>>>);

fn broken(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Problem {
    Problem::new(TLS_FILES).with("file", what).with("why", why)
}

fn builder() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}

/// What is spoken over TLS, the preferred first.
fn protocols() -> Vec<Vec<u8>> {
    vec![b"h2".to_vec(), b"http/1.1".to_vec()]
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, String> {
    let mut config = builder()
        .map_err(|e| e.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| e.to_string())?;
    config.alpn_protocols = protocols();
    Ok(Arc::new(config))
}

fn from_files(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|e| broken(cert.display(), e))?;
    if chain.is_empty() {
        return Err(broken(cert.display(), "no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| broken(key.display(), e))?;
    config(chain, secret).map_err(|why| broken(key.display(), why))
}

impl Shown {
    fn new(config: Arc<ServerConfig>) -> Self {
        Self(Arc::new(RwLock::new(config)))
    }

    /// From PEM files; [`follow`] reads them again when they change.
    pub fn files(cert: &Path, key: &Path) -> Result<Self> {
        Ok(Self::new(from_files(cert, key)?))
    }

    /// From the authority of this deployment, for these names and addresses.
    pub fn local(authority: &local::Authority, names: &[String], now: kit::Timestamp) -> Result<Self> {
        let (chain, key) = authority.issue(names, now)?;
        Ok(Self::new(config(chain, key).map_err(Problem::internal)?))
    }

    fn exchange(&self, other: &Self) {
        *self.0.write() = other.0.read().clone();
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.read().clone())
    }
}

fn changed(files: [&Path; 2]) -> [Option<SystemTime>; 2] {
    files.map(|file| fs::metadata(file).and_then(|data| data.modified()).ok())
}

/// Reads certificate files again when they have changed; a broken new one leaves the old one in use. Never returns.
pub async fn follow(shown: Shown, cert: PathBuf, key: PathBuf) {
    let mut seen = changed([&cert, &key]);
    loop {
        tokio::time::sleep(LOOK).await;
        let now = changed([&cert, &key]);
        if now == seen {
            continue;
        }
        match from_files(&cert, &key) {
            Ok(config) => {
                *shown.0.write() = config;
                seen = now;
                tracing::info!("the new certificate is in use");
            }
            Err(problem) => {
                tracing::warn!(error = %problem, "the new certificate cannot be used; the old one stays");
            }
        }
    }
}

/// Makes the certificate of the deployment's own authority anew long before it ends. Never returns.
pub async fn renew(shown: Shown, authority: local::Authority, names: Vec<String>, app: App) {
    loop {
        tokio::time::sleep(RENEW).await;
        match Shown::local(&authority, &names, app.now()) {
            Ok(fresh) => shown.exchange(&fresh),
            Err(problem) => tracing::warn!(error = %problem, "the certificate could not be made anew"),
        }
    }
}

/// Accepts connections and shakes hands beside the serving.
pub struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    /// On a bound listener.
    pub fn new(listener: TcpListener, shown: Shown) -> Result<Self> {
        let address = listener.local_addr().map_err(Problem::internal)?;
        let (done, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            // Ends when the server has stopped and nobody waits for connections any more.
            while !done.is_closed() {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = done.closed() => return,
                };
                let Ok((stream, peer)) = accepted else {
                    // Too many open files, or the like: breathe.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                };
                let (acceptor, done) = (shown.acceptor(), done.clone());
                tokio::spawn(async move {
                    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
                    if let Ok(Ok(stream)) = shaken {
                        let _ = done.send((stream, peer)).await;
                    }
                });
            }
        });
        Ok(Self { ready, address })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

/// The other end of a connection over TLS.
#[derive(Debug, Clone, Copy)]
pub struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Puts the peer's address where handlers look for it.
pub fn with_peer(router: Router) -> Router {
    router.layer(axum::middleware::map_request(|mut request: Request| async move {
        if let Some(ConnectInfo(Peer(address))) = request.extensions().get::<ConnectInfo<Peer>>().copied() {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        request
    }))
}

/// What answers over plain HTTP beside HTTPS: how to come to trust it, and the way to it.
pub fn plain(app: &App, authority: Option<&local::Authority>, secure: SocketAddr) -> Router {
    let elsewhere = move |request: Request| async move { redirect(&request, secure.port()) };
    let mut router = Router::new().route("/healthz", axum::routing::get(async || "ok"));
    if let Some(authority) = authority {
        let (pages, ..) = trust::routes().finish();
        router = router.merge(
            pages
                .merge(shell::http::routes())
                .layer(axum::Extension(authority.clone()))
                .with_state(app.clone()),
        );
    }
    router.fallback(elsewhere)
}

fn redirect(request: &Request, port: u16) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        // What was sent in the clear cannot be taken back; nobody is to get used to it.
        return (
            StatusCode::UPGRADE_REQUIRED,
            [("upgrade", "TLS/1.2, HTTP/1.1")],
            "https only\n",
        )
            .into_response();
    }
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let to = if port == 443 {
        format!("https://{name}{path}")
    } else {
        format!("https://{name}:{port}{path}")
    };
    match to.parse::<Uri>() {
        Ok(_) => Redirect::permanent(&to).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_requests_are_led_to_https() {
        for (method, host, port, to) in [
            (
                "GET",
                "gate.local:8080",
                8443,
                Some("https://gate.local:8443/field?a=1"),
            ),
            ("GET", "gate.local", 443, Some("https://gate.local/field?a=1")),
            ("HEAD", "[::1]:80", 443, Some("https://[::1]/field?a=1")),
            ("POST", "gate.local", 443, None),
        ] {
            let request = Request::builder()
                .method(method)
                .uri("/field?a=1")
                .header("host", host)
                .body(axum::body::Body::empty())
                .unwrap();
            let response = redirect(&request, port);
            let found = response
                .headers()
                .get("location")
                .map(|to| to.to_str().unwrap().to_owned());
            assert_eq!(found.as_deref(), to, "{method} {host}");
        }
    }
}
