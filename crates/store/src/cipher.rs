//! Encryption at rest of telephone and identity numbers, and the keyed index by which they are found.
//!
//! AES-256-GCM-SIV: a nonce used twice reveals only that two values are equal. The look-up index is
//! HMAC-SHA-256 of the value, cut to 16 bytes, so that a stolen database does not tell numbers.

use std::{fs, io::Write, path::Path};

use aes_gcm_siv::{
    Aes256GcmSiv, Nonce,
    aead::{Aead, KeyInit},
};
use hmac::{Hmac, Mac};
use kit::{Problem, Result};
use sha2::{Digest, Sha256};

const NONCE: usize = 12;

/// The deployment's key at work.
#[derive(Clone)]
pub struct Cipher {
    aead: Aes256GcmSiv,
    index: [u8; 32],
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher")
    }
}

impl Cipher {
    /// From 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        let (encrypt, index) = (derive(secret, b"encrypt"), derive(secret, b"index"));
        Self {
            aead: Aes256GcmSiv::new(&encrypt.into()),
            index,
        }
    }

    /// Reads `secret.key` in the data directory; makes it (readable by its owner only) the first time.
    /// Several servers on one database need the same file.
    pub fn open(data: &Path) -> Result<Self> {
        let file = data.join("secret.key");
        match fs::read(&file) {
            Ok(bytes) => {
                let secret: [u8; 32] = bytes.try_into().map_err(|_| {
                    Problem::unavailable(format!("{} is not a key of 32 bytes", file.display()))
                })?;
                Ok(Self::new(&secret))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map_err(|e| Problem::internal(e.to_string()))?;
                write_new(&file, &secret)
                    .map_err(|e| Problem::unavailable(format!("cannot write {}: {e}", file.display())))?;
                Ok(Self::new(&secret))
            }
            Err(e) => Err(Problem::unavailable(format!(
                "cannot read {}: {e}",
                file.display()
            ))),
        }
    }

    /// Nonce and ciphertext.
    pub fn encrypt(&self, plain: &str) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|e| Problem::internal(e.to_string()))?;
        let sealed = self
            .aead
            .encrypt(&Nonce::from(nonce), plain.as_bytes())
            .map_err(|_| Problem::internal("encryption failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// What [`Cipher::encrypt`] was given; an error when the bytes were altered or the key is another.
    pub fn decrypt(&self, sealed: &[u8]) -> Result<String> {
        let broken = || Problem::internal("a value cannot be decrypted with this deployment's key");
        let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or_else(broken)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| broken())?;
        let plain = self
            .aead
            .decrypt(&Nonce::from(nonce), sealed)
            .map_err(|_| broken())?;
        String::from_utf8(plain).map_err(|_| broken())
    }

    /// The key under which an exact value is found again.
    pub fn index(&self, value: &str) -> Vec<u8> {
        mac(&self.index, value.as_bytes())[..16].to_vec()
    }

    /// A keyed hash of a bearer secret (session, token): the database holds only this.
    pub fn hash(&self, secret: &str) -> Vec<u8> {
        Sha256::digest(secret.as_bytes()).to_vec()
    }
}

fn derive(secret: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    mac(secret, purpose)
}

fn mac(key: &[u8; 32], data: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot fail; an empty MAC would be caught by the tests.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else {
        return [0; 32];
    };
    mac.update(data);
    mac.finalize().into_bytes().into()
}

fn write_new(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file)?;
    out.write_all(bytes)?;
    out.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_opens_and_notices() {
        let cipher = Cipher::new(&[7; 32]);
        let sealed = cipher.encrypt("00013800000").unwrap();
        assert_eq!(cipher.decrypt(&sealed).unwrap(), "00013800000");
        assert_ne!(sealed, cipher.encrypt("00013800000").unwrap());
        let mut altered = sealed.clone();
        altered[20] ^= 1;
        assert!(cipher.decrypt(&altered).is_err());
        assert!(Cipher::new(&[8; 32]).decrypt(&sealed).is_err());
        assert_eq!(cipher.index("1"), cipher.index("1"));
        assert_ne!(cipher.index("1"), cipher.index("2"));
        assert_ne!(cipher.index("1"), Cipher::new(&[8; 32]).index("1"));
    }
}
