//! RFC 7636, with S256 alone. Cases PK-01 to PK-12 of the threat model, as far as they need no store.

use app_connect::pkce::{CodeChallenge, PkceError, VerifierError, challenge_of, prove};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn challenge() -> CodeChallenge {
    CodeChallenge::parse(CHALLENGE, Some("S256")).unwrap()
}

#[test]
fn pk_01_appendix_b_proves() {
    assert_eq!(challenge_of(VERIFIER), CHALLENGE);
    assert_eq!(prove(Some(&challenge()), Some(VERIFIER)), Ok(()));
}

#[test]
fn pk_02_another_verifier_is_wrong_wherever_it_differs() {
    for place in 0..VERIFIER.len() {
        let mut other = VERIFIER.to_owned();
        other.replace_range(place..=place, "~");
        assert_eq!(challenge().verify(&other), Err(VerifierError::Wrong), "{place}");
    }
    for other in [&VERIFIER.to_lowercase(), CHALLENGE, &format!("{VERIFIER}A")] {
        assert_eq!(challenge().verify(other), Err(VerifierError::Wrong), "{other}");
    }
}

#[test]
fn pk_03_and_pk_04_challenge_and_verifier_come_together_or_not_at_all() {
    assert_eq!(prove(Some(&challenge()), None), Err(VerifierError::Missing));
    assert_eq!(prove(None, Some(VERIFIER)), Err(VerifierError::Unexpected));
    assert_eq!(prove(None, Some("")), Err(VerifierError::Unexpected));
    assert_eq!(prove(None, None), Ok(()));
}

#[test]
fn pk_05_and_pk_07_a_request_without_the_challenge_is_refused_where_pkce_is_required() {
    let requested = CodeChallenge::requested;
    assert_eq!(requested(None, None, true), Err(PkceError::Required));
    assert_eq!(requested(None, Some("S256"), true), Err(PkceError::Required));
    assert_eq!(requested(None, Some("S256"), false), Err(PkceError::Method));
    assert_eq!(requested(None, None, false), Ok(None));
    for required in [true, false] {
        assert_eq!(requested(Some(CHALLENGE), Some("S256"), required), Ok(Some(challenge())));
        assert_eq!(requested(Some(CHALLENGE), None, required), Err(PkceError::Method));
        assert_eq!(requested(Some(""), Some("S256"), required), Err(PkceError::Challenge));
    }
}

#[test]
fn pk_06_and_pk_11_the_method_is_s256_byte_for_byte() {
    for method in
        [None, Some(""), Some("plain"), Some("s256"), Some("S256 "), Some(" S256"), Some("S512"), Some("S256\0")]
    {
        assert_eq!(CodeChallenge::parse(CHALLENGE, method), Err(PkceError::Method), "{method:?}");
    }
}

#[test]
fn pk_08_and_pk_09_a_verifier_is_43_to_128_unreserved_characters() {
    let of_length = |length: usize| "a".repeat(length);
    for length in [0, 1, 42, 129, 2_000_000] {
        assert_eq!(challenge().verify(&of_length(length)), Err(VerifierError::Malformed), "{length}");
    }
    for length in [43, 44, 127, 128] {
        let own = CodeChallenge::parse(&challenge_of(&of_length(length)), Some("S256")).unwrap();
        assert_eq!(own.verify(&of_length(length)), Ok(()), "{length}");
    }
    let unreserved: String =
        (0u8..=127).map(char::from).filter(|c| c.is_ascii_alphanumeric() || "-._~".contains(*c)).collect();
    let own = CodeChallenge::parse(&challenge_of(&unreserved), Some("S256")).unwrap();
    assert_eq!(own.verify(&unreserved), Ok(()));
    let others = (0u8..=127).map(char::from).filter(|c| !c.is_ascii_alphanumeric() && !"-._~".contains(*c));
    for character in others.chain(['\u{e9}', '\u{ff21}', '\u{1f511}']) {
        let verifier = format!("{}{character}", of_length(60));
        assert_eq!(challenge().verify(&verifier), Err(VerifierError::Malformed), "{character:?}");
    }
}

#[test]
fn pk_10_a_challenge_is_43_characters_of_base64url_without_padding() {
    for challenge in [
        "",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw/cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw.cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw~cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c\0",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c ",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw\u{e9}M",
    ] {
        assert_eq!(CodeChallenge::parse(challenge, Some("S256")), Err(PkceError::Challenge), "{challenge:?}");
        let stored = serde_json::from_value::<CodeChallenge>(challenge.into());
        assert!(stored.is_err(), "{challenge:?}");
    }
}

#[test]
fn a_stored_challenge_is_read_as_it_was_written() {
    let json = serde_json::to_string(&challenge()).unwrap();
    assert_eq!(json, format!("\"{CHALLENGE}\""));
    assert_eq!(serde_json::from_str::<CodeChallenge>(&json).unwrap(), challenge());
}

#[test]
fn every_sentence_is_ascii_as_error_description_must_be() {
    let all = [PkceError::Challenge, PkceError::Method, PkceError::Required]
        .map(|error| error.to_string())
        .into_iter()
        .chain(
            [VerifierError::Malformed, VerifierError::Missing, VerifierError::Unexpected, VerifierError::Wrong]
                .map(|error| error.to_string()),
        );
    for sentence in all {
        assert!(sentence.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{sentence}");
    }
}
