//! What is sealed: secrets that a copy of the database must not tell (design §6).
//!
//! A data key of the site seals them, each for its purpose and its record. The data key itself is sealed by a key that
//! follows from the site's secret in wp-config.php; so a new secret means to wrap one value again, and nothing else.
//!
//! An envelope is `ac1.`, four bytes that name the key, a dot, and nonce, AES-256-GCM ciphertext and tag, all in base64url.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::secret::Secret;
use crate::secret::base62;

/// The shortest secret that protects anything, in bytes.
pub const MIN_SECRET: usize = 32;
/// The constants of wp-config.php that WordPress calls keys and salts.
const SALTS: usize = 8;
/// Bytes of a key, and characters of the site's name.
const KEY: usize = 32;
const SITE: usize = 22;
/// Bytes that name a key.
const KEY_ID: usize = 4;
const VERSION: &str = "ac1";
/// What the key is for that seals data keys.
const KEK: &str = "kek";
/// The largest envelope that is made or opened, in bytes: a PKCS#8 document of an RSA key of 4096 bits takes about 3,300.
const MAX_ENVELOPE: usize = 16_384;

/// What something is sealed for. A value that was sealed for one thing cannot be opened as another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// Private signing keys; the record is the key's name.
    SigningKeys,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::SigningKeys => "signing-keys",
        }
    }
}

/// Why nothing can be sealed or opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VaultError {
    /// A value was sealed by another key, or was changed.
    #[error("a sealed value cannot be opened: it was changed, or belongs to another site")]
    Damaged,
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// What the site's data key was sealed by is not there any more.
    #[error("the signing keys cannot be opened: AC_TOKEN_SECRET is not the one that sealed them")]
    Lost,
    /// The value is larger than anything that is opened again.
    #[error("the value is too large to be sealed")]
    TooLarge,
    /// Nothing in wp-config.php can seal.
    #[error("AC_TOKEN_SECRET is not set in wp-config.php")]
    Unset,
    /// The secret is too short.
    #[error("AC_TOKEN_SECRET in wp-config.php has fewer than 32 bytes")]
    Weak,
}

/// Which of the site's secrets something was sealed by.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `AC_TOKEN_SECRET`.
    Current,
    /// `AC_TOKEN_SECRET_PREVIOUS`.
    Previous,
    /// The keys and salts of WordPress.
    Salts,
}

/// The secrets in wp-config.php, each in base64.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, remote = "Self")]
pub struct SiteSecret {
    /// `AC_TOKEN_SECRET`.
    #[serde(deserialize_with = "bytes")]
    current: Option<Secret<Vec<u8>>>,
    /// `AC_TOKEN_SECRET_PREVIOUS`.
    #[serde(deserialize_with = "bytes")]
    previous: Option<Secret<Vec<u8>>>,
    /// The eight keys and salts of WordPress, if all are constants.
    #[serde(deserialize_with = "list")]
    salts: Vec<Secret<Vec<u8>>>,
}

impl<'de> Deserialize<'de> for SiteSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What stands in a wrong place is not told: it may be the secret.
        Self::deserialize(deserializer).map_err(|_| D::Error::custom("not the site's secrets in base64"))
    }
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret<Vec<u8>>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.map(Zeroizing::new);
    text.map(|text| STANDARD.decode(text.as_bytes()).map(Secret::new))
        .transpose()
        .map_err(|_| D::Error::custom("not base64"))
}

fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Secret<Vec<u8>>>, D::Error> {
    let texts = Zeroizing::new(Vec::<String>::deserialize(deserializer)?);
    texts
        .iter()
        .map(|text| STANDARD.decode(text).map(Secret::new).map_err(|_| D::Error::custom("not base64")))
        .collect()
}

impl SiteSecret {
    /// What seals now.
    fn sealing(&self) -> Result<(Source, Zeroizing<Vec<u8>>), VaultError> {
        match &self.current {
            // A secret that is there and no good is a mistake to be told of, not to be passed over.
            Some(secret) if secret.expose().len() < MIN_SECRET => Err(VaultError::Weak),
            Some(secret) => Ok((Source::Current, secret.expose().clone().into())),
            None => Ok((Source::Salts, self.joined_salts().ok_or(VaultError::Unset)?)),
        }
    }

    /// What may have sealed before, the likeliest first.
    fn opening(&self) -> impl Iterator<Item = (Source, Zeroizing<Vec<u8>>)> {
        let long = |secret: &Option<Secret<Vec<u8>>>| {
            let secret = secret.as_ref().filter(|secret| secret.expose().len() >= MIN_SECRET);
            secret.map(|secret| Zeroizing::new(secret.expose().clone()))
        };
        let (current, previous) = (long(&self.current), long(&self.previous));
        [(Source::Current, current), (Source::Previous, previous), (Source::Salts, self.joined_salts())]
            .into_iter()
            .filter_map(|(source, secret)| Some((source, secret?)))
    }

    /// The keys and salts as one secret, if somebody made each of them: wp-config-sample.php has one sentence, in whatever
    /// language, in place of all eight.
    fn joined_salts(&self) -> Option<Zeroizing<Vec<u8>>> {
        let distinct =
            |salt: &Secret<Vec<u8>>| self.salts.iter().filter(|other| other.expose() == salt.expose()).count() == 1;
        let long = |salt: &Secret<Vec<u8>>| salt.expose().len() >= MIN_SECRET;
        if self.salts.len() != SALTS || !self.salts.iter().all(|salt| distinct(salt) && long(salt)) {
            return None;
        }
        let mut joined = Zeroizing::new(Vec::new());
        for salt in &self.salts {
            joined.extend_from_slice(&u64::try_from(salt.expose().len()).unwrap_or(u64::MAX).to_be_bytes());
            joined.extend_from_slice(salt.expose());
        }
        Some(joined)
    }

    /// All that can open something, piece by piece, for a digest of it.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let secrets = [&self.current, &self.previous].into_iter().flat_map(|secret| match secret {
            None => [b"unset".as_slice(), b""],
            Some(secret) => [b"set".as_slice(), secret.expose().as_slice()],
        });
        secrets.chain(self.salts.iter().map(|salt| salt.expose().as_slice()))
    }

    /// How the site's secret stands, where this became of opening the data key.
    #[must_use]
    pub fn state(&self, opened: &Result<Option<Vault>, VaultError>) -> SecretState {
        match (opened, self.sealing()) {
            (_, Err(VaultError::Weak)) => SecretState::Weak,
            (Err(_), _) => SecretState::Lost,
            (_, Ok((Source::Salts, _))) => SecretState::Salts,
            (_, Ok(_)) => SecretState::Good,
            (_, Err(_)) => SecretState::Unset,
        }
    }
}

/// How the site's secret stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretState {
    /// `AC_TOKEN_SECRET` seals.
    Good,
    /// Something is sealed that nothing opens.
    Lost,
    /// The keys and salts of WordPress seal, for want of `AC_TOKEN_SECRET`.
    Salts,
    /// Nothing can seal.
    Unset,
    /// `AC_TOKEN_SECRET` is too short.
    Weak,
}

/// The site's data key, opened.
pub struct Vault {
    site: String,
    key: Secret<Vec<u8>>,
    source: Source,
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vault").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Vault {
    /// Makes a data key, and the text to store.
    ///
    /// # Errors
    /// [`VaultError`] when nothing can seal it.
    pub fn new(secret: &SiteSecret, entropy: &dyn Entropy) -> Result<(Self, String), VaultError> {
        let mut site = String::with_capacity(SITE);
        base62::push_random(&mut site, SITE, entropy)?;
        let mut key = vec![0; KEY];
        entropy.fill(&mut key)?;
        let mut vault = Self { site, key: Secret::new(key), source: Source::Current };
        let stored = vault.wrap(secret, entropy)?;
        Ok((vault, stored))
    }

    /// Opens the data key that is stored.
    ///
    /// # Errors
    /// [`VaultError::Weak`], [`VaultError::Lost`].
    pub fn open(stored: &str, secret: &SiteSecret) -> Result<Self, VaultError> {
        if matches!(secret.sealing(), Err(VaultError::Weak)) {
            return Err(VaultError::Weak);
        }
        let (site, envelope) = stored.split_once('.').ok_or(VaultError::Lost)?;
        let opened = secret.opening().find_map(|(source, material)| {
            let key = SealingKey::wrapping(&material, site).open(&[site, KEK], envelope)?;
            (key.len() == KEY).then(|| Self { site: site.to_owned(), key: Secret::new(key.to_vec()), source })
        });
        opened.ok_or(VaultError::Lost)
    }

    /// Whether the data key is sealed by something else than what seals now, and should be wrapped again.
    #[must_use]
    pub fn is_outdated(&self, secret: &SiteSecret) -> bool {
        secret.sealing().is_ok_and(|(source, _)| source != self.source)
    }

    /// Seals the data key by what seals now: the text to store.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn wrap(&mut self, secret: &SiteSecret, entropy: &dyn Entropy) -> Result<String, VaultError> {
        let (source, material) = secret.sealing()?;
        let wrapping = SealingKey::wrapping(&material, &self.site);
        let envelope = wrapping.seal(&[&self.site, KEK], self.key.expose(), entropy)?;
        self.source = source;
        Ok(format!("{}.{envelope}", self.site))
    }

    /// Seals a value.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn seal(
        &self,
        purpose: Purpose,
        record: &str,
        value: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<String, VaultError> {
        self.key_for(purpose).seal(&[&self.site, purpose.name(), record], value, entropy)
    }

    /// Opens what was sealed for the same purpose and record.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn unseal(&self, purpose: Purpose, record: &str, envelope: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        let opened = self.key_for(purpose).open(&[&self.site, purpose.name(), record], envelope);
        opened.map(|value| Secret::new(value.to_vec())).ok_or(VaultError::Damaged)
    }

    fn key_for(&self, purpose: Purpose) -> SealingKey {
        SealingKey::new(self.key.expose(), &self.site, purpose.name())
    }
}

/// What a sealing key is derived from, and for what (RFC 5869).
struct SealingKey {
    extracted: Prk,
    name: &'static str,
}

impl SealingKey {
    fn new(material: &[u8], site: &str, name: &'static str) -> Self {
        Self { extracted: Salt::new(HKDF_SHA256, site.as_bytes()).extract(material), name }
    }

    /// The one that seals data keys.
    fn wrapping(material: &[u8], site: &str) -> Self {
        Self::new(material, site, KEK)
    }

    fn expand<const N: usize>(&self, what: &str) -> Option<Zeroizing<[u8; N]>> {
        let info = format!("app-connect/1/{}{what}", self.name);
        let mut bytes = Zeroizing::new([0; N]);
        self.extracted.expand(&[info.as_bytes()], Length(N)).ok()?.fill(bytes.as_mut_slice()).ok()?;
        Some(bytes)
    }

    /// Names the key and tells nothing about it.
    fn id(&self) -> Option<String> {
        Some(URL_SAFE_NO_PAD.encode(self.expand::<KEY_ID>("/id")?.as_slice()))
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.expand::<KEY>("")?.as_slice()).ok()?))
    }

    fn seal(&self, place: &[&str], value: &[u8], entropy: &dyn Entropy) -> Result<String, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce)?;
        let (cipher, id) = self.cipher().zip(self.id()).ok_or(VaultError::Damaged)?;
        // All of its room at once: a vector that moves leaves what it held behind.
        let mut sealed = Zeroizing::new(Vec::with_capacity(value.len().saturating_add(AES_256_GCM.tag_len())));
        sealed.extend_from_slice(value);
        // 96 random bits: NIST SP 800-38D §8.3 allows 2^32 values under one key, and this one seals a few a year.
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), associated(place), &mut *sealed)
            .map_err(|_| VaultError::Damaged)?;
        let body = URL_SAFE_NO_PAD.encode([nonce.as_slice(), sealed.as_slice()].concat());
        let envelope = format!("{VERSION}.{id}.{body}");
        if envelope.len() > MAX_ENVELOPE {
            return Err(VaultError::TooLarge);
        }
        Ok(envelope)
    }

    fn open(&self, place: &[&str], envelope: &str) -> Option<Zeroizing<Vec<u8>>> {
        if envelope.len() > MAX_ENVELOPE {
            return None;
        }
        let (id, rest) = envelope.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        if id != self.id()? {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(rest).ok()?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.cipher()?.open_in_place(nonce, associated(place), &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// What an envelope is bound to: it cannot be moved to another site, purpose or record.
fn associated(place: &[&str]) -> Aad<Vec<u8>> {
    Aad::from(format!("app-connect/1|{}", place.join("|")).into_bytes())
}
