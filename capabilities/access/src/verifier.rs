//! Verifiers of passwords and PINs: argon2id, made and checked on a few threads of their own.
//!
//! One check costs tens of milliseconds and 19 MiB on purpose, so it never runs on the thread
//! that writes to the database, and no crowd at the door can take all memory.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use gate::{Chance, Refusal};
use tokio::sync::Semaphore;

/// OWASP ASVS 5 V11.4: at least 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Checks at work at once: 38 MiB, which a small machine has.
static AT_WORK: Semaphore = Semaphore::const_new(2);

/// Callers at work or waiting; at thirty a second the last one waits about a second.
static AT_THE_DOOR: Semaphore = Semaphore::const_new(32);

/// What is kept of a password or PIN, a PHC string. Never shown, never part of an event.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(String);

impl Verifier {
    /// Makes the verifier of a secret. Takes its time: on a thread that may wait only.
    ///
    /// # Errors
    /// A defect: the parameters are constants.
    pub fn make(secret: &str, chance: &Chance) -> Result<Verifier, Refusal> {
        let salt: [u8; 16] = chance.bytes();
        let hash: Result<PasswordHash, _> =
            hasher()?.hash_password_with_salt(secret.as_bytes(), &salt);
        hash.map(|hash| Verifier(hash.to_string())).map_err(|error| defect(&error))
    }

    /// As the database keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn from_kept(text: &str) -> Verifier {
        Verifier(text.to_owned())
    }

    fn matches(&self, secret: &str) -> bool {
        let Ok(kept) = PasswordHash::new(&self.0) else { return false };
        // The parameters written into the kept hash decide, so old ones go on working.
        Argon2::default().verify_password(secret.as_bytes(), &kept).is_ok()
    }
}

/// Makes a verifier on a thread of its own.
///
/// # Errors
/// Overloaded when too many wait.
pub async fn make(secret: String, chance: Chance) -> Result<Verifier, Refusal> {
    aside(move || Verifier::make(&secret, &chance)).await?
}

/// Whether the secret is the right one. Without a verifier (nobody has this name) it takes as
/// long and says no, so that nobody learns which names exist.
///
/// # Errors
/// Overloaded when too many wait.
pub async fn check(verifier: Option<Verifier>, secret: String) -> Result<bool, Refusal> {
    aside(move || match verifier {
        Some(verifier) => verifier.matches(&secret),
        None => {
            // The answer does not matter, the time it takes does.
            let _ = NOBODYS.as_ref().is_some_and(|nobodys| nobodys.matches(&secret));
            false
        }
    })
    .await
}

/// Verified in place of what does not exist.
static NOBODYS: LazyLock<Option<Verifier>> = LazyLock::new(|| {
    let salt = Chance::from(|bytes| bytes.fill(7));
    Verifier::make("nobody has this password", &salt).ok()
});

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let overloaded = || Refusal::Db(db::Error::Overloaded);
    let _place = AT_THE_DOOR.try_acquire().map_err(|_| overloaded())?;
    let _turn = AT_WORK.acquire().await.map_err(|_| overloaded())?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Refusal::Defect(format!("a verifier's thread died: {error}")))
}

fn hasher() -> Result<Argon2<'static>, Refusal> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| defect(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn defect(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::Defect(format!("argon2: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> Chance {
        let next = std::sync::atomic::AtomicU8::new(1);
        Chance::from(move |bytes| {
            bytes.fill(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        })
    }

    #[test]
    fn a_verifier_knows_its_secret_and_no_other() {
        let verifier = Verifier::make("七座桥边看月亮12", &counting()).unwrap();
        assert!(verifier.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(Verifier::from_kept(verifier.as_str()).matches("七座桥边看月亮12"));
        assert!(!verifier.matches("七座桥边看月亮13"));
        assert!(!verifier.matches(""));
        assert!(!Verifier::from_kept("nonsense").matches("nonsense"));
    }

    #[test]
    fn two_verifiers_of_one_secret_differ() {
        let chance = counting();
        let [one, other] = [(); 2].map(|()| Verifier::make("same secret", &chance).unwrap());
        assert_ne!(one.as_str(), other.as_str());
    }
}
