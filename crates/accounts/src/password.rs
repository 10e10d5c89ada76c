//! Passwords: argon2id, hashed away from the threads that answer requests.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use kit::{Problem, Result};

/// The shortest password that is accepted.
pub const SHORTEST: usize = 10;

/// The hash to keep.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || {
        let hash: PasswordHash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|e| Problem::internal(e.to_string()))?;
        Ok(hash.to_string())
    })
    .await
    .map_err(Problem::internal)?
}

/// Whether the password is the one that was hashed. Without a hash it takes as long and says no, so
/// that an answer's time does not tell which names exist.
pub async fn verify(password: &str, hash: Option<&str>) -> Result<bool> {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$3x4hVUOdqsJrFZzzZ1Ji5sM2yHbTL2TbYx8jOTjBkkI";
    let (password, hash, known) = (
        password.to_owned(),
        hash.unwrap_or(NOBODY).to_owned(),
        hash.is_some(),
    );
    tokio::task::spawn_blocking(move || {
        let parsed = PasswordHash::new(&hash).map_err(|e| Problem::internal(e.to_string()))?;
        Ok(Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
            && known)
    })
    .await
    .map_err(Problem::internal)?
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn only_the_right_password_opens() {
        let hash = super::hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(super::verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!super::verify("wrong horse", Some(&hash)).await.unwrap());
        assert!(!super::verify("anything", None).await.unwrap());
    }
}
