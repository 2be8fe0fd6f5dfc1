//! The vault. Case SC-02 of the threat model, and SC-01 as far as it is about private keys.

use std::cell::RefCell;
use std::collections::VecDeque;

use app_connect::entropy::{Entropy, EntropyError};
use app_connect::secret::vault::{MIN_SECRET, Purpose, SecretState, SiteSecret, Source, Vault, VaultError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::entropy::{Dry, Seeded};
use crate::support::vectors::{decode, encode};

const PURPOSES: &[Purpose] = &[Purpose::SigningKeys];
const ONE: &[u8] = b"one secret of thirty-two bytes..";
const OTHER: &[u8] = b"another secret, of some more bytes than that";

fn known() -> Value {
    serde_json::from_str(include_str!("../vectors/envelope/known.json")).unwrap()
}

/// The secrets of a site, as the plugin hands them over.
fn secret(current: Option<&[u8]>, previous: Option<&[u8]>, salts: &[Vec<u8>]) -> SiteSecret {
    let text = |bytes: &[u8]| STANDARD.encode(bytes);
    let salts: Vec<String> = salts.iter().map(|salt| text(salt)).collect();
    let secrets = json!({"current": current.map(text), "previous": previous.map(text), "salts": salts});
    serde_json::from_value(secrets).unwrap()
}

fn current(bytes: &[u8]) -> SiteSecret {
    secret(Some(bytes), None, &[])
}

fn salts() -> Vec<Vec<u8>> {
    (0..8).map(|number| format!("salt {number}, and some more to make it thirty-two").into_bytes()).collect()
}

fn by_salts() -> SiteSecret {
    secret(None, None, &salts())
}

/// Bytes that are said beforehand.
struct Scripted(RefCell<VecDeque<Vec<u8>>>);

impl Entropy for Scripted {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let next = self.0.borrow_mut().pop_front().ok_or(EntropyError)?;
        buffer.fill(0);
        buffer[..next.len()].copy_from_slice(&next);
        Ok(())
    }
}

fn scripted(known: &Value, nonces: &[&str]) -> Scripted {
    let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let site = known["site"].as_str().unwrap().chars().map(|c| u8::try_from(alphabet.find(c).unwrap()).unwrap());
    let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let mut all = VecDeque::from([site.collect(), bytes(&known["data_key"])]);
    all.extend(nonces.iter().map(|name| bytes(&known["nonces"][name])));
    Scripted(RefCell::new(all))
}

fn known_secret(known: &Value, names: &[&str]) -> SiteSecret {
    let secrets: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), known[name].clone())).collect();
    serde_json::from_value(Value::Object(secrets)).unwrap()
}

#[test]
fn the_format_is_the_one_that_other_code_makes() {
    let known = known();
    let (record, value) =
        (known["record"].as_str().unwrap(), STANDARD.decode(known["value"].as_str().unwrap()).unwrap());
    let entropy = scripted(&known, &["stored", "sealed"]);
    let (vault, stored) = Vault::new(&known_secret(&known, &["current"]), &entropy).unwrap();
    assert_eq!(stored, known["stored"]["by_current"]);
    assert_eq!(vault.seal(Purpose::SigningKeys, record, &value, &entropy).unwrap(), known["sealed"]);
}

#[test]
fn what_other_code_sealed_is_opened_by_each_of_the_secrets() {
    let known = known();
    let (record, value) =
        (known["record"].as_str().unwrap(), STANDARD.decode(known["value"].as_str().unwrap()).unwrap());
    for (stored, name) in [("by_current", "current"), ("by_previous", "previous"), ("by_salts", "salts")] {
        let stored = known["stored"][stored].as_str().unwrap();
        for secret in [known_secret(&known, &[name]), known_secret(&known, &["current", "previous", "salts"])] {
            let vault = Vault::open(stored, &secret).unwrap();
            let opened = vault.unseal(Purpose::SigningKeys, record, known["sealed"].as_str().unwrap()).unwrap();
            assert_eq!(opened.expose(), &value, "{name}");
            assert_eq!(vault.is_outdated(&known_secret(&known, &["current"])), name != "current");
        }
        for other in ["current", "previous", "salts"].into_iter().filter(|other| *other != name) {
            assert_eq!(Vault::open(stored, &known_secret(&known, &[other])).unwrap_err(), VaultError::Lost, "{name}");
        }
    }
}

#[test]
fn a_data_key_has_thirty_two_bytes() {
    let known = known();
    let short = known["short"].as_str().unwrap();
    assert_eq!(Vault::open(short, &known_secret(&known, &["current"])).unwrap_err(), VaultError::Lost);
}

#[test]
fn what_was_sealed_is_opened_for_its_purpose_and_record_and_no_other() {
    let entropy = Seeded::default();
    let (vault, stored) = Vault::new(&current(ONE), &entropy).unwrap();
    let again = Vault::open(&stored, &current(ONE)).unwrap();
    let (other_site, _) = Vault::new(&current(ONE), &entropy).unwrap();
    for purpose in PURPOSES {
        for value in [b"".as_slice(), b"a value", &[0xff; 4000]] {
            let sealed = vault.seal(*purpose, "record", value, &entropy).unwrap();
            for opener in [&vault, &again] {
                assert_eq!(opener.unseal(*purpose, "record", &sealed).unwrap().expose(), value);
            }
            for other in ["", "Record", "record ", "recor", "record|", "another"] {
                assert_eq!(vault.unseal(*purpose, other, &sealed).unwrap_err(), VaultError::Damaged, "{other:?}");
            }
            assert_eq!(other_site.unseal(*purpose, "record", &sealed).unwrap_err(), VaultError::Damaged);
            // What seals data keys seals nothing else, and the other way round.
            assert_eq!(
                vault.unseal(*purpose, "kek", stored.split_once('.').unwrap().1).unwrap_err(),
                VaultError::Damaged
            );
            let (site, _) = stored.split_once('.').unwrap();
            assert_eq!(Vault::open(&format!("{site}.{sealed}"), &current(ONE)).unwrap_err(), VaultError::Lost);
        }
    }
}

#[test]
fn a_data_key_is_of_its_site() {
    let entropy = Seeded::default();
    let [one, other] = [0, 1].map(|_| Vault::new(&current(ONE), &entropy).unwrap().1);
    let (site, _) = one.split_once('.').unwrap();
    let (_, envelope) = other.split_once('.').unwrap();
    assert_eq!(Vault::open(&format!("{site}.{envelope}"), &current(ONE)).unwrap_err(), VaultError::Lost);
    assert_ne!(one.split_once('.').unwrap().0, other.split_once('.').unwrap().0);
    assert_eq!(site.len(), 22);
}

#[test]
fn sealed_twice_it_is_two_texts_and_neither_tells_what_is_in_it() {
    let entropy = Seeded::default();
    let (vault, stored) = Vault::new(&current(ONE), &entropy).unwrap();
    let seal = || vault.seal(Purpose::SigningKeys, "record", b"the private key", &entropy).unwrap();
    let (one, other) = (seal(), seal());
    assert_ne!(one, other);
    let bytes = decode(one.rsplit_once('.').unwrap().1);
    assert_eq!(bytes.len(), 12 + 15 + 16, "nonce, value and tag");
    for hidden in [b"the private key".as_slice(), ONE] {
        for text in [one.as_bytes(), stored.as_bytes(), &bytes] {
            assert!(!text.windows(hidden.len()).any(|window| window == hidden));
        }
    }
    assert_eq!(
        one.rsplit_once('.').unwrap().0,
        other.rsplit_once('.').unwrap().0,
        "the same key names itself the same"
    );
    assert_ne!(one.split('.').nth(1), stored.split('.').nth(2), "each key has a name of its own");
}

#[test]
fn every_changed_byte_of_an_envelope_is_noticed() {
    let entropy = Seeded::default();
    let (vault, stored) = Vault::new(&current(ONE), &entropy).unwrap();
    let sealed = vault.seal(Purpose::SigningKeys, "record", b"value", &entropy).unwrap();
    let others = |text: &str| {
        let text = text.as_bytes().to_vec();
        (0..text.len()).flat_map(move |place| {
            let text = text.clone();
            (0..8).filter_map(move |bit| {
                let mut other = text.clone();
                other[place] ^= 1 << bit;
                String::from_utf8(other).ok()
            })
        })
    };
    for other in others(&sealed) {
        assert_eq!(vault.unseal(Purpose::SigningKeys, "record", &other).unwrap_err(), VaultError::Damaged, "{other}");
    }
    for other in others(&stored) {
        assert_eq!(Vault::open(&other, &current(ONE)).unwrap_err(), VaultError::Lost, "{other}");
    }
}

#[test]
fn what_is_no_envelope_is_refused_without_a_fault() {
    let entropy = Seeded::default();
    let (vault, stored) = Vault::new(&current(ONE), &entropy).unwrap();
    let sealed = vault.seal(Purpose::SigningKeys, "record", b"value", &entropy).unwrap();
    let (head, body) = sealed.rsplit_once('.').unwrap();
    for other in [
        String::new(),
        ".".to_owned(),
        "ac1".to_owned(),
        "ac1.".to_owned(),
        "ac1..".to_owned(),
        head.to_owned(),
        format!("{head}."),
        format!("{head}.AAAA"),
        format!("{head}.{}", encode([0; 11])),
        format!("{head}.{}", encode([0; 12])),
        format!("{head}.{}", encode([0; 27])),
        format!("{head}.{}", encode([0; 28])),
        format!("{head}.{body}="),
        format!("{head}.{body}A"),
        format!("{head}.{body}."),
        format!("{head}.{body}.{body}"),
        format!("{head}.{body}\n"),
        format!(" {sealed}"),
        sealed.replacen("ac1", "ac2", 1),
        sealed.replacen("ac1", "AC1", 1),
        sealed.replacen("ac1.", "", 1),
        format!("{head}.{}", "A".repeat(16_384)),
        "ac1.".repeat(100_000),
    ] {
        assert_eq!(vault.unseal(Purpose::SigningKeys, "record", &other).unwrap_err(), VaultError::Damaged);
        assert_eq!(Vault::open(&other, &current(ONE)).unwrap_err(), VaultError::Lost);
        let (site, _) = stored.split_once('.').unwrap();
        assert_eq!(Vault::open(&format!("{site}.{other}"), &current(ONE)).unwrap_err(), VaultError::Lost);
    }
}

#[test]
fn what_could_not_be_opened_again_is_not_sealed() {
    let entropy = Seeded::default();
    let (vault, _) = Vault::new(&current(ONE), &entropy).unwrap();
    let longest = (16_384 - "ac1.XXXXXX.".len()) / 4 * 3 - 28;
    for (length, good) in [(longest, true), (longest + 2, false), (longest + 10_000, false)] {
        let value = vec![7; length];
        match vault.seal(Purpose::SigningKeys, "record", &value, &entropy) {
            Ok(sealed) => {
                assert!(good, "{length}");
                assert_eq!(vault.unseal(Purpose::SigningKeys, "record", &sealed).unwrap().expose(), &value);
            }
            Err(error) => assert!(!good && error == VaultError::TooLarge, "{length}"),
        }
    }
}

#[test]
fn without_random_bytes_nothing_is_sealed() {
    assert_eq!(Vault::new(&current(ONE), &Dry).unwrap_err(), VaultError::Entropy(EntropyError));
    let (vault, stored) = Vault::new(&current(ONE), &Seeded::default()).unwrap();
    let sealed = vault.seal(Purpose::SigningKeys, "record", b"value", &Dry);
    assert_eq!(sealed.unwrap_err(), VaultError::Entropy(EntropyError));
    let mut vault = Vault::open(&stored, &current(ONE)).unwrap();
    assert_eq!(vault.wrap(&current(OTHER), &Dry).unwrap_err(), VaultError::Entropy(EntropyError));
    // Enough for the name of the site, for the data key as well, and never for all of it.
    for given in 0..3 {
        let known = known();
        let entropy = scripted(&known, &["stored"]);
        entropy.0.borrow_mut().truncate(given);
        assert_eq!(Vault::new(&current(ONE), &entropy).unwrap_err(), VaultError::Entropy(EntropyError), "{given}");
    }
}

#[test]
fn sc_02_a_secret_that_was_changed_opens_as_the_previous_one_and_the_data_key_is_wrapped_again() {
    let entropy = Seeded::default();
    let (vault, stored) = Vault::new(&current(ONE), &entropy).unwrap();
    let sealed = vault.seal(Purpose::SigningKeys, "record", b"value", &entropy).unwrap();

    let rotated = secret(Some(OTHER), Some(ONE), &[]);
    let mut vault = Vault::open(&stored, &rotated).unwrap();
    assert!(vault.is_outdated(&rotated));
    let again = vault.wrap(&rotated, &entropy).unwrap();
    assert!(!vault.is_outdated(&rotated));
    assert_ne!(again, stored);

    // The former one is not needed any more, and opens no more.
    let vault = Vault::open(&again, &current(OTHER)).unwrap();
    assert!(!vault.is_outdated(&current(OTHER)));
    assert_eq!(vault.unseal(Purpose::SigningKeys, "record", &sealed).unwrap().expose(), b"value");
    assert_eq!(Vault::open(&again, &current(ONE)).unwrap_err(), VaultError::Lost);
    assert_eq!(again.split_once('.').unwrap().0, stored.split_once('.').unwrap().0, "the site keeps its name");
}

#[test]
fn sc_02_a_secret_comes_after_the_salts_and_the_salts_may_change_then() {
    let entropy = Seeded::default();
    let (vault, stored) = Vault::new(&by_salts(), &entropy).unwrap();
    let sealed = vault.seal(Purpose::SigningKeys, "record", b"value", &entropy).unwrap();
    assert!(!vault.is_outdated(&by_salts()));

    let both = secret(Some(ONE), None, &salts());
    let mut vault = Vault::open(&stored, &both).unwrap();
    assert!(vault.is_outdated(&both));
    let again = vault.wrap(&both, &entropy).unwrap();
    let mut others = salts();
    others[3][0] ^= 1;
    let vault = Vault::open(&again, &secret(Some(ONE), None, &others)).unwrap();
    assert_eq!(vault.unseal(Purpose::SigningKeys, "record", &sealed).unwrap().expose(), b"value");
}

#[test]
fn sc_02_a_secret_that_is_lost_is_said_to_be_and_no_new_key_is_made_in_silence() {
    let (_, stored) = Vault::new(&current(ONE), &Seeded::default()).unwrap();
    let mut others = salts();
    others.swap(0, 1);
    for (secret, why) in [
        (current(OTHER), VaultError::Lost),
        (secret(Some(OTHER), Some(OTHER), &salts()), VaultError::Lost),
        (by_salts(), VaultError::Lost),
        (secret(None, None, &[]), VaultError::Lost),
        (secret(Some(&ONE[..31]), Some(ONE), &[]), VaultError::Weak),
        (secret(Some(OTHER), Some(&ONE[..31]), &[]), VaultError::Lost),
    ] {
        assert_eq!(Vault::open(&stored, &secret).unwrap_err(), why);
    }
    let (_, stored) = Vault::new(&by_salts(), &Seeded::default()).unwrap();
    assert_eq!(Vault::open(&stored, &secret(None, None, &others)).unwrap_err(), VaultError::Lost, "their order counts");
}

#[test]
fn a_secret_has_thirty_two_bytes() {
    assert_eq!(MIN_SECRET, 32);
    for length in [0, 1, 31] {
        let weak = vec![b's'; length];
        assert_eq!(Vault::new(&current(&weak), &Seeded::default()).unwrap_err(), VaultError::Weak, "{length}");
        // It is a mistake, and is not passed over for something else.
        let beside = secret(Some(&weak), Some(ONE), &salts());
        assert_eq!(Vault::new(&beside, &Seeded::default()).unwrap_err(), VaultError::Weak, "{length}");
    }
    assert!(Vault::new(&current(&[b's'; 32]), &Seeded::default()).is_ok());
    // What was sealed by a good one is not opened by a short previous one.
    let (_, stored) = Vault::new(&current(ONE), &Seeded::default()).unwrap();
    let short = secret(Some(OTHER), Some(&ONE[..31]), &[]);
    assert_eq!(Vault::open(&stored, &short).unwrap_err(), VaultError::Lost);
}

#[test]
fn salts_count_when_somebody_made_each_of_them() {
    let sample = b"put your unique phrase here".to_vec();
    // That of the German sample, which is long enough.
    let german = "F\u{fc}ge hier deine Zeichenkette ein".as_bytes().to_vec();
    assert!(german.len() >= 32);
    let changed = |place: usize, salt: &[u8]| {
        let mut salts = salts();
        salts[place] = salt.to_vec();
        salts
    };
    let longer: Vec<Vec<u8>> =
        salts().into_iter().chain([b"a ninth salt, which WordPress does not have".to_vec()]).collect();
    for salts in [
        vec![],
        salts()[..7].to_vec(),
        longer,
        vec![sample.clone(); 8],
        vec![german; 8],
        changed(0, &sample),
        changed(7, b""),
        changed(4, &[b'x'; 31]),
        changed(5, &salts()[2]),
        changed(0, &salts()[7]),
    ] {
        let secret = secret(None, None, &salts);
        assert_eq!(Vault::new(&secret, &Seeded::default()).unwrap_err(), VaultError::Unset, "{}", salts.len());
        assert_eq!(secret.state(&Ok(None)), SecretState::Unset);
    }
    assert!(Vault::new(&secret(None, None, &changed(4, &[b'x'; 32])), &Seeded::default()).is_ok());
}

#[test]
fn salts_are_told_apart_where_one_ends_and_the_next_begins() {
    let moved = |first: usize| {
        let joined = "salts of which only the border moves, from here to there and back";
        let mut salts = salts();
        (salts[0], salts[1]) = (joined.as_bytes()[..first].to_vec(), joined.as_bytes()[first..].to_vec());
        secret(None, None, &salts)
    };
    let (_, stored) = Vault::new(&moved(32), &Seeded::default()).unwrap();
    assert!(Vault::open(&stored, &moved(32)).is_ok());
    assert_eq!(Vault::open(&stored, &moved(33)).unwrap_err(), VaultError::Lost);
}

#[test]
fn the_state_of_a_sites_secret() {
    let entropy = Seeded::default();
    let stored_by = |secret: &SiteSecret| Vault::new(secret, &entropy).unwrap().1;
    let (by_one, by_the_salts) = (stored_by(&current(ONE)), stored_by(&by_salts()));
    let none = || secret(None, None, &[]);
    let weak = || secret(Some(b"short"), None, &salts());
    for (secret, stored, state) in [
        (current(ONE), None, SecretState::Good),
        (current(ONE), Some(&by_one), SecretState::Good),
        (secret(Some(OTHER), Some(ONE), &[]), Some(&by_one), SecretState::Good),
        (secret(Some(ONE), None, &salts()), Some(&by_the_salts), SecretState::Good),
        (by_salts(), None, SecretState::Salts),
        (by_salts(), Some(&by_the_salts), SecretState::Salts),
        (secret(None, Some(ONE), &salts()), Some(&by_one), SecretState::Salts),
        (none(), None, SecretState::Unset),
        (secret(None, Some(ONE), &[]), None, SecretState::Unset),
        (secret(None, Some(ONE), &[]), Some(&by_one), SecretState::Unset),
        (weak(), None, SecretState::Weak),
        (weak(), Some(&by_one), SecretState::Weak),
        (weak(), Some(&by_the_salts), SecretState::Weak),
        (current(OTHER), Some(&by_one), SecretState::Lost),
        (by_salts(), Some(&by_one), SecretState::Lost),
        (none(), Some(&by_one), SecretState::Lost),
        (current(ONE), Some(&"garbage".to_owned()), SecretState::Lost),
        (current(ONE), Some(&String::new()), SecretState::Lost),
    ] {
        assert_eq!(secret.state(&stored.map(|stored| Vault::open(stored, &secret)).transpose()), state, "{secret:?}");
    }
    let words = [SecretState::Good, SecretState::Lost, SecretState::Salts, SecretState::Unset, SecretState::Weak];
    assert_eq!(json!(words), json!(["good", "lost", "salts", "unset", "weak"]));
    assert_eq!(json!([Source::Current, Source::Previous, Source::Salts]), json!(["current", "previous", "salts"]));
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let secret = secret(Some(ONE), Some(OTHER), &salts());
    let (vault, _) = Vault::new(&secret, &Seeded::default()).unwrap();
    let sealed = vault.seal(Purpose::SigningKeys, "record", b"value", &Seeded::default()).unwrap();
    let opened = vault.unseal(Purpose::SigningKeys, "record", &sealed).unwrap();
    assert_eq!(format!("{vault:?}"), "Vault { source: Current, .. }");
    assert_eq!(format!("{opened:?}"), "[redacted]");
    let shown = format!("{secret:?}");
    assert!(
        shown.starts_with("SiteSecret { current: Some([redacted]), previous: Some([redacted]), salts: [[redacted]")
    );
    assert!(!shown.contains("salt 0") && !shown.contains(&STANDARD.encode(ONE)) && !shown.contains("111"));
    for error in [
        VaultError::Damaged,
        VaultError::Entropy(EntropyError),
        VaultError::Lost,
        VaultError::TooLarge,
        VaultError::Unset,
        VaultError::Weak,
    ] {
        assert!(error.to_string().is_ascii() && !error.to_string().contains('{'), "{error}");
    }
}

#[test]
fn secrets_arrive_in_base64_and_in_no_other_form() {
    let good = STANDARD.encode(ONE);
    for bad in [
        json!({"current": "not base64!"}),
        json!({"current": good.trim_end_matches('=')}),
        json!({"current": 1}),
        json!({"current": [good]}),
        json!({"previous": "*"}),
        json!({"salts": ["*"]}),
        json!({"salts": [null]}),
        json!({"salts": good}),
        json!({"salts": {"0": good}}),
        json!({"current": good, "more": 1}),
        json!({"current": good, good.as_str(): 1}),
        json!(good),
        json!([1]),
        json!(null),
    ] {
        let error = serde_json::from_value::<SiteSecret>(bad.clone()).unwrap_err().to_string();
        assert!(!error.contains(good.trim_end_matches('=')), "{error}");
    }
    assert!(serde_json::from_value::<SiteSecret>(json!({})).is_ok());
    assert!(serde_json::from_value::<SiteSecret>(json!({"current": null, "previous": null, "salts": []})).is_ok());
}

proptest! {
    #[test]
    fn whatever_is_sealed_is_opened(value: Vec<u8>, record in "[A-Za-z0-9_-]{0,43}", secret in any::<[u8; 40]>()) {
        let entropy = Seeded::default();
        let (vault, stored) = Vault::new(&current(&secret), &entropy).unwrap();
        let sealed = vault.seal(Purpose::SigningKeys, &record, &value, &entropy).unwrap();
        let vault = Vault::open(&stored, &current(&secret)).unwrap();
        let opened = vault.unseal(Purpose::SigningKeys, &record, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &value);
    }

    #[test]
    fn whatever_was_not_sealed_is_refused(text: String, site in "[0-9A-Za-z]{0,23}", body: Vec<u8>) {
        let (vault, _) = Vault::new(&current(ONE), &Seeded::default()).unwrap();
        for other in [text, format!("ac1.AAAAAA.{}", encode(&body)), format!("{site}.ac1.AAAAAA.{}", encode(&body))] {
            prop_assert!(vault.unseal(Purpose::SigningKeys, "record", &other).is_err());
            prop_assert!(Vault::open(&other, &current(ONE)).is_err());
        }
    }
}
