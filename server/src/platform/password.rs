//! Password hashing: Argon2id, off the async threads, a few at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::rng::Rng;

/// OWASP's second recommendation: 19 MiB, two passes, one lane
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// Hashes waiting for their turn, per hash that runs. Beyond it a caller is told to come back: a queue without an
/// end would hold every sign-in hostage to a flood.
const WAITING_PER_RUNNING: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("too many passwords are being checked at once")]
    Busy,
    #[error("a password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    #[error("the hashing thread ended early")]
    Lost(#[from] tokio::task::JoinError),
}

/// A hasher with a bounded queue.
#[derive(Clone)]
pub struct Passwords {
    params: Params,
    running: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    rng: Arc<dyn Rng>,
    /// Verified against when there is no such user, so that the answer takes as long.
    dummy: Arc<str>,
}

impl Passwords {
    /// A hasher at production strength.
    ///
    /// # Errors
    /// When the first hash, made here, fails.
    pub fn new(rng: Arc<dyn Rng>) -> Result<Self, PasswordError> {
        Self::with_cost(rng, MEMORY_KIB, PASSES)
    }

    /// # Errors
    /// When Argon2 refuses the cost.
    pub fn with_cost(rng: Arc<dyn Rng>, memory_kib: u32, passes: u32) -> Result<Self, PasswordError> {
        let params =
            Params::new(memory_kib, passes, LANES, None).map_err(|e| PasswordError::Hash(e.into()))?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let mut secret = [0; 32];
        rng.fill(&mut secret);
        let dummy = hash(&params, rng.as_ref(), &secret)?.into();
        Ok(Self {
            params,
            running: Arc::new(Semaphore::new(cores)),
            queue: Arc::new(Semaphore::new(cores * (1 + WAITING_PER_RUNNING))),
            rng,
            dummy,
        })
    }

    /// A PHC string (`$argon2id$v=19$…`) with a salt of its own.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when too many are waiting.
    pub async fn hash(&self, password: SecretString) -> Result<String, PasswordError> {
        let (params, rng) = (self.params.clone(), Arc::clone(&self.rng));
        self.run(move || hash(&params, rng.as_ref(), password.expose_secret().as_bytes()))
            .await?
    }

    /// Whether `password` is the one that `stored` was made of. With nothing stored the work is done all the same,
    /// and the answer is no.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when too many are waiting.
    pub async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<bool, PasswordError> {
        let params = self.params.clone();
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.to_string());
        self.run(move || {
            let stored = PasswordHash::new(&stored)
                .map_err(|_| PasswordError::Hash(argon2::password_hash::Error::Internal))?;
            let matches = argon2(&params)
                .verify_password(password.expose_secret().as_bytes(), &stored)
                .is_ok();
            Ok(matches && known)
        })
        .await?
    }

    /// Whether a hash was made with other parameters than today's; its PHC string names them.
    #[must_use]
    pub fn is_outdated(&self, stored: &str) -> bool {
        let head = |phc: &str| phc.rsplitn(3, '$').nth(2).map(ToOwned::to_owned);
        head(stored) != head(&self.dummy)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| PasswordError::Busy)?;
        let turn = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Busy)?;
        // Held by the work, not by the caller: a hash goes on when its caller hangs up, and whoever calls and hangs
        // up again and again must not get more of them than others.
        let held = move || {
            let _held = (place, turn);
            work()
        };
        Ok(tokio::task::spawn_blocking(held).await?)
    }
}

fn argon2(params: &Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
}

fn hash(params: &Params, rng: &dyn Rng, password: &[u8]) -> Result<String, PasswordError> {
    let mut salt = [0; SALT_BYTES];
    rng.fill(&mut salt);
    let hash = argon2(params)
        .hash_password_with_salt(password, &salt)
        .map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::rng::SystemRng;

    fn passwords() -> Passwords {
        Passwords::with_cost(Arc::new(SystemRng), 64, 1).unwrap()
    }

    #[tokio::test]
    async fn only_the_same_password_matches_and_no_two_hashes_are_alike() {
        let passwords = passwords();
        let first = passwords.hash("correct horse".into()).await.unwrap();
        let second = passwords.hash("correct horse".into()).await.unwrap();
        assert!(first.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{first}");
        assert_ne!(first, second);
        assert!(
            passwords
                .verify("correct horse".into(), Some(first.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct  horse".into(), Some(first))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn production_cost_is_owasps() {
        let passwords = Passwords::new(Arc::new(SystemRng)).unwrap();
        assert!(
            passwords.dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            passwords.dummy
        );
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_still_opens_and_is_known_to_be_outdated() {
        let (old, new) = (
            passwords(),
            Passwords::with_cost(Arc::new(SystemRng), 128, 1).unwrap(),
        );
        let stored = old.hash("right".into()).await.unwrap();
        assert!(!old.is_outdated(&stored));
        assert!(new.is_outdated(&stored));
        assert!(new.verify("right".into(), Some(stored.clone())).await.unwrap());
        assert!(!new.verify("wrong".into(), Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn security_34_a_caller_who_hangs_up_frees_no_turn_while_the_work_goes_on() {
        let passwords = passwords();
        let free = || {
            (
                passwords.running.available_permits(),
                passwords.queue.available_permits(),
            )
        };
        let (running, queue) = free();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let work = {
            let passwords = passwords.clone();
            async move {
                passwords
                    .run(move || {
                        begun.send(()).unwrap();
                        ended.recv().unwrap();
                    })
                    .await
            }
        };
        let caller = tokio::spawn(work);
        has_begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(free(), (running - 1, queue - 1));

        end.send(()).unwrap();
        // Every turn can be had again once the work is done.
        let all = u32::try_from(running).unwrap();
        let _turns = passwords.running.acquire_many(all).await.unwrap();
    }

    #[tokio::test]
    async fn the_queue_has_an_end() {
        let passwords = passwords();
        let places = passwords.queue.available_permits();
        let _held = passwords
            .queue
            .try_acquire_many(u32::try_from(places).unwrap())
            .unwrap();
        assert!(matches!(
            passwords.hash("x".into()).await,
            Err(PasswordError::Busy)
        ));
    }
}
