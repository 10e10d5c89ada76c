//! Certificates from an ACME authority (RFC 8555), asked for and renewed while the program serves. The authority looks at
//! port 443 of each name itself (RFC 8737, TLS-ALPN-01), so nothing but HTTPS has to be reachable.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::StreamExt;
use kit::{Problem, Result};
use rustls_acme::{AcmeConfig, AcmeState, caches::DirCache};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{Shown, broken, builder};

/// The authority asked when no other is named.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Folder of the data directory for account and certificate.
const FOLDER: &str = "acme";

/// Whom to ask, and for which names.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Names of this machine, as phones type them.
    pub names: Vec<String>,
    /// Address of the authority's directory.
    pub directory: String,
    /// Where the authority writes when something is wrong.
    pub contact: Option<String>,
    /// The authority's own root certificate (PEM), where browsers' roots do not vouch for it.
    pub root: Option<PathBuf>,
}

/// The asking, which must be driven ([`renew`]) for certificates to come.
pub struct Asking(AcmeState<std::io::Error>);

/// What HTTPS shows: nothing until the first certificate has come, then always the newest.
pub fn shown(wish: &Wish, data: &Path) -> Result<(Shown, Asking)> {
    let folder = data.join(FOLDER);
    private(&folder).map_err(|e| broken(folder.display(), e))?;
    let config = match &wish.root {
        None => AcmeConfig::new(&wish.names),
        Some(root) => AcmeConfig::new_with_client_config(&wish.names, trusting(root)?),
    };
    let state = config
        .contact(wish.contact.iter().map(|address| format!("mailto:{address}")))
        .directory(&wish.directory)
        .cache(DirCache::new(folder))
        .state();
    let mut config = builder()
        .map_err(Problem::internal)?
        .with_no_client_auth()
        .with_cert_resolver(state.resolver());
    config.alpn_protocols = super::protocols();
    config
        .alpn_protocols
        .push(rustls_acme::acme::ACME_TLS_ALPN_NAME.to_vec());
    Ok((Shown::new(Arc::new(config)), Asking(state)))
}

/// A folder for this user only: the key of the certificate lies in it.
fn private(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

fn trusting(root: &Path) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(root).map_err(|e| broken(root.display(), e))? {
        let certificate = certificate.map_err(|e| broken(root.display(), e))?;
        roots.add(certificate).map_err(|e| broken(root.display(), e))?;
    }
    if roots.is_empty() {
        return Err(broken(root.display(), "no certificate in it"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Problem::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Asks, keeps, and asks again before a certificate ends; after a failure again and again, ever more slowly. Never
/// returns.
pub async fn renew(Asking(mut state): Asking) {
    while let Some(event) = state.next().await {
        match event {
            Ok(done) => tracing::info!(what = ?done, "certificate"),
            Err(error) => {
                tracing::warn!(error = %error, "no certificate yet; it will be asked for again");
            }
        }
    }
}
