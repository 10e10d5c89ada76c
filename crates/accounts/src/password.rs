//! Passwords: argon2id, hashed away from the threads that answer requests.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use kit::{FieldError, Problem, Result};
use shell::form::{Check, Typed};
use tokio::sync::Semaphore;

/// The shortest password that is accepted, in characters.
pub const SHORTEST: usize = 10;
/// The longest, in characters.
const LONGEST: usize = 200;
/// Hashes computed at once. Each takes 19 MiB, so a flood of sign-ins must queue.
const AT_ONCE: usize = 4;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Why a password is not accepted for somebody with this name and telephone number; `None` when it is.
pub fn fault(password: &str, name: &str, phone: Option<&str>) -> Option<FieldError> {
    let length = password.chars().count();
    let same = |word: &str| !word.is_empty() && password.trim().to_lowercase() == word.to_lowercase();
    if length == 0 {
        Some(FieldError::new("new_password", "required"))
    } else if same(name) || phone.is_some_and(same) {
        Some(FieldError::new("new_password", "password-is-name"))
    } else if length < SHORTEST {
        Some(FieldError::new("new_password", "password-short").with("least", SHORTEST))
    } else if length > LONGEST {
        Some(FieldError::new("new_password", "too-long").with("most", LONGEST))
    } else {
        None
    }
}

/// A new password typed twice, in the fields `new_password` and `again`.
pub fn typed_twice(check: &mut Check<'_>, typed: &Typed, name: &str, phone: Option<&str>) -> String {
    let password = typed.raw("new_password");
    match fault(password, name, phone) {
        Some(error) => check.error(error),
        None if typed.raw("again") != password => {
            check.error(FieldError::new("again", "password-differs"));
        }
        None => {}
    }
    password.to_owned()
}

/// The hash to keep.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    let _turn = turn().await?;
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
    let _turn = turn().await?;
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

async fn turn() -> Result<tokio::sync::SemaphorePermit<'static>> {
    TURNS.acquire().await.map_err(Problem::internal)
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

    #[test]
    fn a_name_or_number_is_no_password() {
        let fault =
            |password: &str| super::fault(password, "Zhang Guofeng", Some("13800000000")).map(|e| e.kind);
        assert_eq!(fault(""), Some("required"));
        assert_eq!(fault("zhang guofeng"), Some("password-is-name"));
        assert_eq!(fault("13800000000"), Some("password-is-name"));
        assert_eq!(fault("nine char"), Some("password-short"));
        assert_eq!(fault(&"长".repeat(201)), Some("too-long"));
        assert_eq!(fault("ten chars!"), None);
    }
}
