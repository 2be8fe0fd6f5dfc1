//! The vault. The first byte says what the rest is: `O` a stored data key, `U` an envelope, `S` a record and, after the first
//! newline, a value to seal, `J` the site's secrets in JSON.

#![no_main]

use std::cell::{Cell, LazyCell};

use app_connect::secret::vault::{Purpose, SecretState, SiteSecret, Vault};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use support::Counter;

const KNOWN: &str = include_str!("../../vectors/envelope/known.json");

struct Site {
    known: Value,
    secret: SiteSecret,
    vault: Vault,
}

thread_local! {
    static SITE: LazyCell<Site> = LazyCell::new(|| {
        let known: Value = serde_json::from_str(KNOWN).unwrap();
        let names = ["current", "previous", "salts"];
        let secrets = names.map(|name| (name.to_owned(), known[name].clone()));
        let secret: SiteSecret = serde_json::from_value(Value::Object(secrets.into_iter().collect())).unwrap();
        let vault = Vault::open(known["stored"]["by_current"].as_str().unwrap(), &secret).unwrap();
        Site { known, secret, vault }
    });
}

fuzz_target!(|input: &[u8]| {
    let Some((what, rest)) = input.split_first() else { return };
    SITE.with(|site| match what {
        b'O' => open(site, &String::from_utf8_lossy(rest)),
        b'U' => unseal(site, &String::from_utf8_lossy(rest)),
        b'S' => seal(site, rest),
        b'J' => secrets(site, rest),
        _ => {}
    });
});

/// A data key that opens was sealed by one of the site's secrets.
fn open(site: &Site, text: &str) {
    let genuine = site.known["stored"].as_object().unwrap().values().any(|stored| stored == text);
    assert_eq!(Vault::open(text, &site.secret).is_ok(), genuine);
    assert_eq!(site.secret.state(Some(text)) == SecretState::Lost, !genuine);
}

/// A value that opens was sealed, for this record.
fn unseal(site: &Site, text: &str) {
    let record = site.known["record"].as_str().unwrap();
    let genuine = site.known["sealed"] == text;
    assert_eq!(site.vault.unseal(Purpose::SigningKeys, record, text).is_ok(), genuine);
    assert!(site.vault.unseal(Purpose::SigningKeys, "another", text).is_err());
}

/// What is sealed opens as it was, for its record alone, and not when a byte of it has changed.
fn seal(site: &Site, input: &[u8]) {
    let split = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (record, value) = (String::from_utf8_lossy(&input[..split]), input.get(split + 1..).unwrap_or_default());
    let start = input.first().copied().unwrap_or_default();
    let Ok(sealed) = site.vault.seal(Purpose::SigningKeys, &record, value, &Counter(Cell::new(start))) else {
        assert!(value.len() > 12_000, "a value that is not too large");
        return;
    };
    let unseal = |record: &str, text: &str| site.vault.unseal(Purpose::SigningKeys, record, text);
    assert_eq!(unseal(&record, &sealed).unwrap().expose(), value);
    assert!(unseal(&format!("{record}x"), &sealed).is_err());
    let place = usize::from(start) % sealed.len();
    let mut changed = sealed.into_bytes();
    changed[place] ^= 1;
    assert!(unseal(&record, std::str::from_utf8(&changed).unwrap()).is_err());
}

/// Secrets that can seal open what they sealed, and those that cannot say why.
fn secrets(site: &Site, text: &[u8]) {
    let Ok(secret) = serde_json::from_slice::<SiteSecret>(text) else { return };
    match Vault::new(&secret, &Counter(Cell::new(0))) {
        Ok((_, stored)) => {
            assert!(!Vault::open(&stored, &secret).unwrap().is_outdated(&secret));
            assert!(matches!(secret.state(Some(&stored)), SecretState::Good | SecretState::Salts));
            assert_eq!(secret.state(None), secret.state(Some(&stored)));
        }
        Err(_) => assert!(matches!(secret.state(None), SecretState::Unset | SecretState::Weak)),
    }
    for stored in site.known["stored"].as_object().unwrap().values() {
        let state = secret.state(stored.as_str());
        assert_eq!(
            Vault::open(stored.as_str().unwrap(), &secret).is_err(),
            matches!(state, SecretState::Lost | SecretState::Weak)
        );
    }
}
