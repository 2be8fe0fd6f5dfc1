//! Keys that were parsed once, and `jsonwebtoken`'s way to them.
//!
//! Parsing costs more than signing, and `jsonwebtoken` parses at every call. So this is its cryptography: what it is handed as
//! a private key is the name of the place where the parsed one is kept, and a public key is found again by the digest of its
//! bytes. Nothing is decided here: which key counts is read from the store at every request, and a key that nobody asks for
//! any more falls out.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;

use aws_lc_rs::signature::ParsedPublicKey;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use sha2::{Digest, Sha256};

use super::{KeyPair, SigningAlgorithm, find_id, find_key_type};

/// How many keys of each sort are kept. A site has one or two, a network of sites that many each.
const MOST: usize = 16;

/// Parsed keys by what they were parsed from (its digest, where it is a secret), the one used last at the end.
pub(super) struct Kept<T: ?Sized, K = [u8; 32]>(VecDeque<(K, Rc<T>)>);

impl<T: ?Sized, K> Kept<T, K> {
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// The key that was parsed from this, or that `parse` answers now.
    pub fn get<E, Q>(
        &mut self,
        from: &Q,
        parse: impl FnOnce() -> std::result::Result<Rc<T>, E>,
    ) -> std::result::Result<Rc<T>, E>
    where
        Q: Eq + ToOwned<Owned = K> + ?Sized,
        K: Borrow<Q>,
    {
        // The last is the one again, most of the time.
        if let Some((known, key)) = self.0.back()
            && known.borrow() == from
        {
            return Ok(Rc::clone(key));
        }
        let place = self.0.iter().position(|(known, _)| known.borrow() == from);
        let entry = match place.and_then(|place| self.0.remove(place)) {
            Some(entry) => entry,
            None => (from.to_owned(), parse()?),
        };
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        let key = Rc::clone(&entry.1);
        self.0.push_back(entry);
        Ok(key)
    }
}

thread_local! {
    static PAIRS: RefCell<Kept<dyn KeyPair>> = const { RefCell::new(Kept::new()) };
    static PUBLIC: RefCell<Kept<ParsedPublicKey>> = const { RefCell::new(Kept::new()) };
}

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory, verifier_factory, key_utils: KeyUtils::new_unimplemented() };

/// Makes this the cryptography of `jsonwebtoken`, which otherwise brings its own. Cheap, and harmless to repeat.
pub(super) fn install() {
    // Refused when it is installed already.
    let _ = PROVIDER.install_default();
}

fn algorithm(id: Algorithm) -> Result<&'static dyn SigningAlgorithm> {
    find_id(id).ok_or_else(|| ErrorKind::InvalidAlgorithm.into())
}

/// Where a key pair is kept: a digest of what it was made from.
pub type Place = [u8; 32];

/// The place of what follows from these parts.
pub fn place<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Place {
    let mut digest = Sha256::new();
    for part in parts {
        // Nothing can be moved from one part to the next.
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// The key pair in a place, or the one that `read` answers now.
pub(super) fn pair<E>(
    place: &Place,
    read: impl FnOnce() -> std::result::Result<Rc<dyn KeyPair>, E>,
) -> std::result::Result<Rc<dyn KeyPair>, E> {
    PAIRS.with_borrow_mut(|kept| kept.get(place, read))
}

/// What `jsonwebtoken` is handed instead of a private key: where the pair is kept, and nothing of it.
pub(super) fn handle(algorithm: &dyn SigningAlgorithm, place: &Place, pair: &Rc<dyn KeyPair>) -> EncodingKey {
    // Others may have taken its place since it was read.
    let _ = self::pair(place, || Ok::<_, Infallible>(Rc::clone(pair)));
    algorithm.encoding_key(place)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is jsonwebtoken's")]
fn signer_factory(id: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let place = Place::try_from(key.as_bytes()).map_err(|_| ErrorKind::InvalidKeyFormat)?;
    let pair = pair(&place, || Err(ErrorKind::InvalidKeyFormat))?;
    let own = find_key_type(pair.key_type().name).map(|(algorithm, _)| algorithm.id());
    if own != Some(*id) {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(Signs { id: *id, pair }))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is jsonwebtoken's")]
fn verifier_factory(id: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let algorithm = algorithm(*id)?;
    let digest = Sha256::new_with_prefix(algorithm.name());
    let digest = match key.kind() {
        DecodingKeyKind::SecretOrDer(bytes) => digest.chain_update(bytes),
        DecodingKeyKind::RsaModulusExponent { n, e } => {
            // The exponent has at most eight bytes: nothing can be moved from one to the other.
            digest.chain_update([u8::try_from(e.len()).unwrap_or(u8::MAX)]).chain_update(e).chain_update(n)
        }
    };
    let digest: [u8; 32] = digest.finalize().into();
    let key = PUBLIC.with_borrow_mut(|kept| kept.get(&digest, || algorithm.verifier(key).map(Rc::new)));
    let key = key.map_err(|_| ErrorKind::InvalidKeyFormat)?;
    Ok(Box::new(Verifies { id: *id, key }))
}

struct Signs {
    id: Algorithm,
    pair: Rc<dyn KeyPair>,
}

impl Signer<Vec<u8>> for Signs {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        self.pair.sign(message).map_err(|_| Error::new())
    }
}

impl JwtSigner for Signs {
    fn algorithm(&self) -> Algorithm {
        self.id
    }
}

struct Verifies {
    id: Algorithm,
    key: Rc<ParsedPublicKey>,
}

impl Verifier<Vec<u8>> for Verifies {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.key.verify_sig(message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Verifies {
    fn algorithm(&self) -> Algorithm {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::KeyError;

    #[test]
    fn it_keeps_those_that_were_used_last_and_no_more() {
        let mut kept: Kept<u8> = Kept::new();
        let mut parsed = 0;
        let mut get = |name: u8, parsed: &mut i32| {
            let parse = || {
                *parsed += 1;
                Ok::<_, KeyError>(Rc::new(name))
            };
            assert_eq!(*kept.get(&[name; 32], parse).unwrap(), name);
        };
        for name in 0..16 {
            get(name, &mut parsed);
        }
        get(0, &mut parsed);
        assert_eq!(parsed, 16);
        get(16, &mut parsed);
        get(0, &mut parsed);
        assert_eq!(parsed, 17);
        get(1, &mut parsed);
        assert_eq!(parsed, 18);
        assert_eq!(kept.0.len(), MOST);
    }
}
