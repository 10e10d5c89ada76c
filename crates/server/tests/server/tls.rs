//! HTTPS by the program itself, with its own authority.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, extract::ConnectInfo, routing::get};
use kit::Timestamp;
use server::tls::{Peer, Shown, TlsListener, local::Authority, with_peer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::common::{MORNING, worlds};

async fn serve(authority: &Authority) -> SocketAddr {
    let shown = Shown::local(authority, &["gate.local".into(), "127.0.0.1".into()], today()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let who = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string();
    let router = with_peer(Router::new().route("/", get(who)));
    let listener = TlsListener::new(listener, shown).unwrap();
    tokio::spawn(async move {
        axum::serve(listener, router.into_make_service_with_connect_info::<Peer>())
            .await
            .unwrap();
    });
    address
}

/// Certificates are judged by the machine's clock, so these are made now.
fn today() -> Timestamp {
    kit::Clock::now(&kit::SystemClock)
}

async fn ask(address: SocketAddr, trusted: &Authority, name: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(trusted.certificate().to_vec()))
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: gate.local\r\nconnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn whoever_trusts_the_authority_is_served_and_nobody_holds_up_others() {
    let (one, two) = (tempfile(), tempfile());
    let authority = Authority::open(&one, today()).unwrap();
    let stranger = Authority::open(&two, today()).unwrap();
    let address = serve(&authority).await;
    // Somebody who never shakes hands, and somebody who speaks plain HTTP.
    let _silent = TcpStream::connect(address).await.unwrap();
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let answer = ask(address, &authority, "gate.local").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with("127.0.0.1"), "handlers know who asks: {answer}");
    assert!(ask(address, &stranger, "gate.local").await.is_err());
    assert!(ask(address, &authority, "elsewhere.local").await.is_err());
    // Opened again it is the same, so that phones need not trust anew.
    let again = Authority::open(&one, today()).unwrap();
    assert_eq!(again.fingerprint(), authority.fingerprint());
    let address = serve(&again).await;
    assert!(ask(address, &authority, "gate.local").await.is_ok());
    for directory in [one, two] {
        std::fs::remove_dir_all(directory).unwrap();
    }
}

fn tempfile() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("fangxian-tls-{}", kit::id::fresh(today()).simple()))
}

#[tokio::test]
async fn without_an_authority_there_is_nothing_to_trust() {
    for world in worlds().await {
        assert_eq!(world.house.app.now().millis(), MORNING);
        let staff = world.worker().await;
        for path in ["/trust", "/trust/authority.crt", "/trust/authority.mobileconfig"] {
            assert_eq!(staff.get(path).await.status.as_u16(), 404, "{path}");
        }
    }
}
