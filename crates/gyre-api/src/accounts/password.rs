//! Passwords: hashed with argon2id, checked in a time that does not tell whether the name exists.

use super::store;
use crate::error::{Error, Result};
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// The fewest characters of a password.
pub(crate) const SHORTEST: usize = 10;
/// The most bytes of one: hashing takes longer the longer it is.
const LONGEST: usize = 1024;
const SALT_BYTES: usize = 16;
/// Each takes 19 MiB and a core for a while, so only so many at once.
static HASHING: Semaphore = Semaphore::const_new(2);
/// What is checked when there is no such user.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| digest("nobody has this").ok());

/// The hash to keep, or why the password will not do.
pub(super) async fn hash(password: String) -> Result<String> {
    if password.chars().count() < SHORTEST {
        return Err(Error::invalid(
            "the password is too short",
            format!("at least {SHORTEST} characters; a few words are easy to remember"),
        ));
    }
    if password.len() > LONGEST {
        return Err(Error::invalid("the password is too long", format!("at most {LONGEST} bytes")));
    }
    apart(move || digest(&password)).await
}

/// Whether a password is the one of a hash; never, where there is no hash.
pub(super) async fn is(password: String, hash: Option<String>) -> Result<bool> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    apart(move || {
        let known = hash.is_some();
        let Some(text) = hash.or_else(|| NOBODY.clone()) else { return Ok(false) };
        let parsed = PasswordHash::new(&text)
            .map_err(|why| Error::internal("a password's hash cannot be read", &why))?;
        let same = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(same && known)
    })
    .await
}

fn digest(password: &str) -> Result<String> {
    let wrong = |why| Error::internal("a password cannot be hashed", &why);
    let salt = SaltString::encode_b64(&store::random::<SALT_BYTES>()?).map_err(wrong)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(wrong)?;
    Ok(hash.to_string())
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let permit =
        HASHING.acquire().await.map_err(|why| Error::internal("hashing is closed", &why))?;
    let done = tokio::task::spawn_blocking(work).await;
    drop(permit);
    done.map_err(|why| Error::internal("hashing ended early", &why))?
}

#[cfg(test)]
mod tests {
    use super::{digest, hash, is};

    #[tokio::test]
    async fn a_password_is_itself_and_nothing_else() {
        let kept = hash("correct horse".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is("correct horse".to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!is("correct horsf".to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!is("nobody has this".to_owned(), None).await.unwrap());
        assert_ne!(digest("correct horse").unwrap(), kept, "no salt");
    }

    #[tokio::test]
    async fn what_is_too_short_or_too_long_is_refused() {
        assert!(hash("123456789".to_owned()).await.is_err());
        assert!(hash("x".repeat(1025)).await.is_err());
    }
}
