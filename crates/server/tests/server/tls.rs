//! HTTPS by the program itself, with its own authority.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, extract::ConnectInfo, routing::get};
use kit::Timestamp;
use server::tls::{Peer, Shown, TlsListener, acme, local::Authority, with_peer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::common::{MORNING, worlds};

async fn serve(authority: &Authority) -> SocketAddr {
    let shown = Shown::local(authority, &["gate.local".into(), "127.0.0.1".into()], today()).unwrap();
    serve_with(shown).await
}

async fn serve_with(shown: Shown) -> SocketAddr {
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
    fetch(address, trusted.certificate(), name, "/").await
}

async fn fetch(address: SocketAddr, root: &[u8], name: &str, path: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: gate.local\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
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

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// Against Pebble, the test authority of RFC 8555, where it is installed (`cargo xtask test` sees to it).
#[tokio::test]
async fn an_acme_authority_gives_a_certificate_and_it_is_kept() {
    let folder = tempfile();
    let own = Authority::open(&folder, today()).unwrap();
    let (chain, key) = own.issue(&["127.0.0.1".into()], today()).unwrap();
    let write = |name: &str, text: String| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let certificate = write(
        "cert.pem",
        chain.iter().map(|one| pem("CERTIFICATE", one)).collect(),
    );
    let secret = write("key.pem", pem("PRIVATE KEY", key.secret_der()));
    let root = write("root.pem", pem("CERTIFICATE", own.certificate()));
    let (acme_port, manage_port) = (free_port(), free_port());
    let wish = acme::Wish {
        names: vec!["localhost".into()],
        directory: format!("https://127.0.0.1:{acme_port}/dir"),
        contact: Some("committee@example.org".into()),
        root: Some(root),
    };
    let (shown, asking) = acme::shown(&wish, &folder).unwrap();
    let address = serve_with(shown).await;
    let config = serde_json::json!({"pebble": {
        "listenAddress": format!("127.0.0.1:{acme_port}"),
        "managementListenAddress": format!("127.0.0.1:{manage_port}"),
        "certificate": certificate,
        "privateKey": secret,
        "httpPort": free_port(),
        "tlsPort": address.port(),
    }});
    let config = write("pebble.json", config.to_string());
    let started = std::process::Command::new("pebble")
        .arg("-config")
        .arg(config)
        .env("PEBBLE_VA_NOSLEEP", "1")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let Ok(mut pebble) = started else {
        eprintln!("pebble is not installed: nothing was tried");
        return;
    };
    let manage = SocketAddr::from(([127, 0, 0, 1], manage_port));
    let issued = loop {
        // It is asked until it is up.
        match fetch(manage, own.certificate(), "127.0.0.1", "/roots/0").await {
            Ok(answer) => break answer,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    };
    let begin = issued.find("-----BEGIN").unwrap();
    let end = issued.find("-----END CERTIFICATE-----").unwrap();
    let root = CertificateDer::from_pem_slice(
        format!("{}-----END CERTIFICATE-----\n", &issued[begin..end]).as_bytes(),
    )
    .unwrap();
    assert!(
        fetch(address, &root, "localhost", "/").await.is_err(),
        "nothing is shown before there is a certificate"
    );
    let asking = tokio::spawn(acme::renew(asking));
    let answer = loop {
        match fetch(address, &root, "localhost", "/").await {
            Ok(answer) => break answer,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    };
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    asking.abort();
    pebble.kill().unwrap();
    pebble.wait().unwrap();
    // After a restart the certificate is there without the authority.
    let (shown, asking) = acme::shown(&wish, &folder).unwrap();
    let address = serve_with(shown).await;
    let asking = tokio::spawn(acme::renew(asking));
    loop {
        match fetch(address, &root, "localhost", "/").await {
            Ok(_) => break,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
    asking.abort();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_root_that_is_none_is_named() {
    let folder = tempfile();
    std::fs::create_dir_all(&folder).unwrap();
    let wish = acme::Wish {
        names: vec!["gate.example".into()],
        directory: acme::LETS_ENCRYPT.into(),
        contact: None,
        root: Some(folder.join("nothing.pem")),
    };
    let problem = acme::shown(&wish, &folder).err().unwrap();
    assert_eq!(problem.code, server::tls::TLS_FILES);
    std::fs::remove_dir_all(folder).unwrap();
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
