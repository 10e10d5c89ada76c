//! An authority of the deployment's own, for a local network without a domain: made once, kept in the data directory,
//! trusted by each phone once.

use std::{
    fs,
    io::Write,
    net::{IpAddr, SocketAddr, UdpSocket},
    path::Path,
    sync::Arc,
};

use kit::{Problem, Result, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, date_time_ymd,
};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};

/// Days for which a server's certificate is good; browsers take no longer ones.
const DAYS: i32 = 397;
/// Years of the authority.
const YEARS: i16 = 10;

/// The authority; cheap to clone.
#[derive(Clone)]
pub struct Authority(Arc<Parts>);

struct Parts {
    key: KeyPair,
    certificate: CertificateDer<'static>,
    name: String,
}

fn date(now: Timestamp, days: i32) -> Result<(i32, u8, u8)> {
    let day = now
        .day()
        .0
        .checked_add(jiff::Span::new().days(days))
        .map_err(Problem::internal)?;
    Ok((
        i32::from(day.year()),
        u8::try_from(day.month()).unwrap_or(1),
        u8::try_from(day.day()).unwrap_or(1),
    ))
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    // It signs certificates of servers and nothing else, and no other authorities.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn name_of(key: &KeyPair) -> String {
    use std::fmt::Write as _;
    let mut name = "Fangxian ".to_owned();
    for byte in &Sha256::digest(key.der_bytes())[..3] {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

impl Authority {
    /// The authority of this directory; made the first time.
    pub fn open(data: &Path, now: Timestamp) -> Result<Self> {
        let (key_file, file) = (data.join("authority.key"), data.join("authority.crt"));
        let away =
            |file: &Path, e: &dyn std::fmt::Display| Problem::unavailable(format!("{}: {e}", file.display()));
        if !key_file.exists() {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(Problem::internal)?;
            let mut params = params(&name_of(&key));
            let ((y, m, d), (until, ..)) = (date(now, -1)?, date(now, 0)?);
            params.not_before = date_time_ymd(y, m, d);
            params.not_after = date_time_ymd(until + i32::from(YEARS), 1, 1);
            let made = params.self_signed(&key).map_err(Problem::internal)?;
            fs::create_dir_all(data).map_err(|e| away(data, &e))?;
            // The certificate first: a key without one would be kept for ever and never trusted.
            fs::write(&file, made.pem()).map_err(|e| away(&file, &e))?;
            secret(&key_file, &key.serialize_pem()).map_err(|e| away(&key_file, &e))?;
        }
        let pem = fs::read_to_string(&key_file).map_err(|e| away(&key_file, &e))?;
        let key = KeyPair::from_pem(&pem).map_err(|e| away(&key_file, &e))?;
        let certificate = CertificateDer::from_pem_file(&file).map_err(|e| away(&file, &e))?;
        let name = name_of(&key);
        Ok(Self(Arc::new(Parts {
            key,
            certificate,
            name,
        })))
    }

    /// Its name, as phones list it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.0.certificate
    }

    /// SHA-256 of its certificate in groups of four, to be compared by eye.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.certificate());
        let groups: Vec<String> = digest
            .chunks(2)
            .map(|pair| format!("{:02X}{:02X}", pair[0], pair[1]))
            .collect();
        groups.join(" ")
    }

    /// A certificate for a server of these names and addresses, with its key.
    pub fn issue(
        &self,
        names: &[String],
        now: Timestamp,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(Problem::internal)?;
        let mut server =
            CertificateParams::new(names.to_vec()).map_err(|e| super::broken(names.join(", "), e))?;
        server.distinguished_name = rcgen::DistinguishedName::new();
        server.distinguished_name.push(
            DnType::CommonName,
            names.first().map_or("fangxian", String::as_str),
        );
        server.use_authority_key_identifier_extension = true;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let ((y, m, d), until) = (date(now, -1)?, date(now, DAYS - 2)?);
        server.not_before = date_time_ymd(y, m, d);
        server.not_after = date_time_ymd(until.0, until.1, until.2);
        let authority = params(&self.0.name);
        let issuer = Issuer::from_params(&authority, &self.0.key);
        let made = server.signed_by(&key, &issuer).map_err(Problem::internal)?;
        let chain = vec![made.der().clone(), self.0.certificate.clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok((chain, key))
    }
}

fn secret(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()
}

/// The names and addresses by which phones reach this machine: those given, `localhost`, where it listens, and its
/// address on the network.
pub fn names(listen: SocketAddr, given: &[String]) -> Vec<String> {
    let mut names: Vec<String> = given.to_vec();
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    if let Ok(host) = fs::read_to_string("/proc/sys/kernel/hostname")
        && !host.trim().is_empty()
    {
        add(host.trim().to_ascii_lowercase());
    }
    if !listen.ip().is_unspecified() {
        add(listen.ip().to_string());
    }
    if let Some(address) = outward() {
        add(address.to_string());
    }
    add("localhost".to_owned());
    add("127.0.0.1".to_owned());
    names
}

/// The address of this machine on its network; nothing is sent to find it.
pub fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address for documentation (RFC 5737): the way to it is the way to any other.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
}
