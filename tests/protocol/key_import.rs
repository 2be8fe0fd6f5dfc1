//! Private keys that administrators bring along. Case JW-22 of the threat model; `tests/vectors/pem/` has the keys.

use app_connect::jose::find_key_type;
use app_connect::jose::import::{ImportError, read_pem, signing_key};
use app_connect::jose::jwk::Jwk;
use app_connect::jose::jws::verify;

use crate::support::vectors::encode;

macro_rules! pem {
    ($name:literal) => {
        ($name, include_str!(concat!("../vectors/pem/", $name, ".pem")))
    };
}

/// What is taken, and as which kind of key.
const GOOD: &[((&str, &str), &str)] = &[
    (pem!("ec-p256-pkcs8"), "ec-p256"),
    (pem!("ec-p256-sec1"), "ec-p256"),
    (pem!("ec-p256-sec1-parameters"), "ec-p256"),
    (pem!("ed25519-v1"), "ed25519"),
    (pem!("ed25519-v2"), "ed25519"),
    (pem!("rsa-2048-pkcs1"), "rsa-2048"),
    (pem!("rsa-2048-pkcs8"), "rsa-2048"),
    (pem!("rsa-3072-pkcs8"), "rsa-3072"),
    (pem!("rsa-4096-pkcs8"), "rsa-4096"),
];

/// What is not, and why. With the exponent 1, or an even one, it is no RSA key at all.
const BAD: &[((&str, &str), ImportError)] = &[
    (pem!("certificate"), ImportError::Public),
    (pem!("certificate-request"), ImportError::Malformed),
    (pem!("ec-p256-other-public"), ImportError::Unsupported),
    (pem!("ec-p384"), ImportError::Unsupported),
    (pem!("ec-parameters-alone"), ImportError::Malformed),
    (pem!("ec-secp256k1"), ImportError::Unsupported),
    (pem!("ed25519-v2-other-public"), ImportError::Unsupported),
    (pem!("ed448"), ImportError::Unsupported),
    (pem!("encrypted-pkcs1"), ImportError::Encrypted),
    (pem!("encrypted-pkcs8"), ImportError::Encrypted),
    (pem!("encrypted-sec1"), ImportError::Encrypted),
    (pem!("public-ec"), ImportError::Public),
    (pem!("public-ed25519"), ImportError::Public),
    (pem!("public-rsa"), ImportError::Public),
    (pem!("public-rsa-pkcs1"), ImportError::Public),
    (pem!("rsa-1024-pkcs1"), ImportError::Weak),
    (pem!("rsa-1024-pkcs8"), ImportError::Weak),
    (pem!("rsa-2048-e1"), ImportError::Unsupported),
    (pem!("rsa-2048-e257"), ImportError::Weak),
    (pem!("rsa-2048-e3"), ImportError::Weak),
    (pem!("rsa-2048-even"), ImportError::Unsupported),
    (pem!("rsa-2048-other-private"), ImportError::Unsupported),
    (pem!("rsa-2560"), ImportError::Unsupported),
    (pem!("rsa-pss"), ImportError::Unsupported),
    (pem!("x25519"), ImportError::Unsupported),
];

/// Reads a text as the kind of key that it is.
fn read(text: impl AsRef<[u8]>) -> Result<&'static str, ImportError> {
    let (algorithm, pair) = read_pem(text.as_ref())?;
    assert_eq!(find_key_type(pair.key_type().name).unwrap().0.name(), algorithm.name());
    Ok(pair.key_type().name)
}

#[test]
fn every_form_of_a_key_that_signs_here_is_taken() {
    for ((name, text), kind) in GOOD {
        assert_eq!(read(text), Ok(*kind), "{name}");
    }
}

#[test]
fn jw_22_every_other_key_is_refused_with_its_reason() {
    let found: Vec<_> = BAD.iter().map(|((name, text), _)| (*name, read(text))).collect();
    let wanted: Vec<_> = BAD.iter().map(|((name, _), why)| (*name, Err(*why))).collect();
    assert_eq!(found, wanted);
}

#[test]
fn what_a_key_that_was_taken_signs_is_verified_by_its_public_key() {
    for ((name, text), _) in GOOD {
        let (algorithm, pair) = read_pem(text.as_bytes()).unwrap();
        let message = format!("{}.{}", encode(format!(r#"{{"alg":"{}"}}"#, algorithm.name())), encode(name));
        let token = format!("{message}.{}", encode(pair.sign(message.as_bytes()).unwrap()));
        let jwk = Jwk::new(algorithm, pair.public());
        assert_eq!(verify(token.as_bytes(), &jwk), Ok(name.as_bytes().to_vec()), "{name}");
    }
}

#[test]
fn the_forms_of_one_key_are_one_key() {
    let public = |name: &str| {
        let ((_, text), _) = GOOD.iter().find(|((own, _), _)| *own == name).unwrap();
        read_pem(text.as_bytes()).unwrap().1.public()
    };
    assert_eq!(public("rsa-2048-pkcs1"), public("rsa-2048-pkcs8"));
    assert_eq!(public("ec-p256-sec1"), public("ec-p256-pkcs8"));
    assert_eq!(public("ed25519-v2"), public("ed25519-v1"));
    assert_ne!(public("ec-p256-sec1-parameters"), public("ec-p256-pkcs8"));
}

#[test]
fn what_is_written_again_is_pkcs_8_and_the_same_key() {
    for ((name, text), _) in GOOD {
        let (algorithm, pair) = read_pem(text.as_bytes()).unwrap();
        let again = algorithm.read(pair.pkcs8().unwrap().expose()).unwrap();
        assert_eq!(again.public(), pair.public(), "{name}");
        assert_eq!(again.pkcs8().unwrap().expose(), pair.pkcs8().unwrap().expose(), "{name}");
    }
}

#[test]
fn line_ends_and_what_stands_around_do_not_matter() {
    for ((name, text), kind) in GOOD {
        assert_eq!(read(text.replace('\n', "\r\n")), Ok(*kind), "{name}");
        assert_eq!(read(text.trim_end()), Ok(*kind), "{name}");
        assert_eq!(read(format!("Bag Attributes\n    friendlyName: mine\n{text}\nthat was it\n")), Ok(*kind), "{name}");
        assert_eq!(read(format!("\n\n  \n{text}\n\n")), Ok(*kind), "{name}");
        assert_eq!(read([b"\xff\n", text.as_bytes(), b"\0"].concat()), Ok(*kind), "{name}");
    }
}

#[test]
fn one_text_has_one_key_and_no_other_block() {
    let own = |place: usize| GOOD[place].0.1;
    let (certificate, public) = (BAD[0].0.1, include_str!("../vectors/pem/public-rsa.pem"));
    let encrypted = include_str!("../vectors/pem/encrypted-pkcs8.pem");
    let request = include_str!("../vectors/pem/certificate-request.pem");
    for (text, why) in [
        (format!("{}{}", own(0), own(0)), ImportError::Malformed),
        (format!("{}{}", own(0), own(3)), ImportError::Malformed),
        (format!("{}{certificate}", own(6)), ImportError::Public),
        (format!("{public}{}", own(6)), ImportError::Public),
        (format!("{}{encrypted}", own(6)), ImportError::Encrypted),
        (format!("{}{request}", own(6)), ImportError::Malformed),
        (own(0).replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"), ImportError::Malformed),
        (own(0).replace("PRIVATE KEY", "private key"), ImportError::Malformed),
        (own(0).replace("PRIVATE KEY", "PUBLIC KEY"), ImportError::Public),
    ] {
        assert_eq!(read(&text), Err(why), "{text}");
    }
}

#[test]
fn what_is_no_pem_is_refused() {
    let good = GOOD[0].0.1;
    let begin = "-----BEGIN PRIVATE KEY-----\n";
    let end = "-----END PRIVATE KEY-----\n";
    for text in [
        String::new(),
        "correct horse battery staple".to_owned(),
        good.replace("-----BEGIN", "----BEGIN"),
        good.lines().filter(|line| !line.starts_with('-')).collect(),
        good.replace("END PRIVATE", "END EC PRIVATE"),
        good.replace(end, ""),
        format!("{begin}***{end}"),
        format!("{good}{}", "x".repeat(16_385)),
    ] {
        assert_eq!(read(&text), Err(ImportError::Malformed), "{text}");
    }
    assert_eq!(read(format!("{good}{}", " ".repeat(16_384 - good.len()))), Ok("ec-p256"));
    for (text, why) in [
        (format!("{begin}{end}"), ImportError::Unsupported),
        (format!("{begin}AAAA\n{end}"), ImportError::Unsupported),
        (good.replace(good.lines().nth(1).unwrap(), ""), ImportError::Unsupported),
    ] {
        assert_eq!(read(&text), Err(why), "{text}");
    }
}

#[test]
fn every_byte_of_the_document_counts_or_it_is_another_key() {
    for ((name, text), _) in GOOD.iter().filter(|((name, _), _)| !name.starts_with("rsa")) {
        let der = pem::parse(text).unwrap();
        let own = read_pem(text.as_bytes()).unwrap().1.public();
        for place in 0..der.contents().len() {
            let mut other = der.contents().to_vec();
            other[place] ^= 0x55;
            let read = read_pem(pem::encode(&pem::Pem::new(der.tag(), other)).as_bytes());
            // Of an Ed25519 key without its public half any 32 bytes are one.
            assert!(read.is_err() || read.is_ok_and(|(_, pair)| pair.public() != own), "{name} {place}");
        }
    }
}

#[test]
fn the_reasons_have_codes_and_sentences_that_tell_nothing_of_the_text() {
    let all = [
        ImportError::Encrypted,
        ImportError::Malformed,
        ImportError::Public,
        ImportError::Unsupported,
        ImportError::Weak,
    ];
    let codes = all.map(ImportError::code);
    assert_eq!(codes, ["encrypted", "malformed", "public", "unsupported", "weak"]);
    for error in all {
        assert!(error.to_string().is_ascii() && !error.to_string().contains("BEGIN"));
    }
}

#[test]
fn a_signing_key_is_kept_by_its_text() {
    let [one, other] = [GOOD[0].0.1, GOOD[3].0.1];
    for _ in 0..2 {
        for (text, algorithm) in [(one, "ES256"), (other, "EdDSA")] {
            let token = signing_key(text.as_bytes()).unwrap().sign("JWT", &serde_json::json!({})).unwrap();
            assert!(token.starts_with(&encode(format!(r#"{{"typ":"JWT","alg":"{algorithm}""#))[..20]), "{token}");
        }
        assert_eq!(signing_key(b"").unwrap_err(), ImportError::Malformed);
    }
}
