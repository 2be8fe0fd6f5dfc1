//! Random text over `0-9A-Za-z`, and a checksum in the same alphabet.

use crate::entropy::{Entropy, EntropyError};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Digits of a checksum: 62⁶ > 2³².
pub const CHECKSUM_LENGTH: usize = 6;

/// Appends `length` random characters to `text`, each drawn with equal chance (bytes of 248 and more are drawn again).
///
/// # Errors
/// [`EntropyError`] when there are no random bytes.
pub fn push_random(text: &mut String, length: usize, entropy: &dyn Entropy) -> Result<(), EntropyError> {
    let mut wanted = length;
    let mut buffer = zeroize::Zeroizing::new([0_u8; 64]);
    while wanted > 0 {
        entropy.fill(buffer.as_mut())?;
        for byte in buffer.iter().copied().filter(|byte| *byte < 248).take(wanted) {
            text.push(char::from(digit(u32::from(byte))));
            wanted = wanted.saturating_sub(1);
        }
    }
    Ok(())
}

/// CRC-32 (ISO-HDLC) of `text` as six digits, most significant first. It finds typing errors; it protects nothing.
#[must_use]
pub fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for place in digits.iter_mut().rev() {
        *place = digit(rest);
        rest = rest.checked_div(62).unwrap_or(0);
    }
    digits.iter().copied().map(char::from).collect()
}

fn digit(value: u32) -> u8 {
    usize::try_from(value % 62).ok().and_then(|index| ALPHABET.get(index)).copied().unwrap_or(b'0')
}

/// Whether `text` is not empty and only of the alphabet.
#[must_use]
pub fn is_base62(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32_in_six_digits() {
        // CRC-32/ISO-HDLC of "123456789" is 0xCBF43926 = 3421780262.
        assert_eq!(checksum("123456789"), "3jZRME");
    }

    struct Bytes(std::cell::Cell<u8>);

    impl Entropy for Bytes {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            for byte in buffer {
                *byte = self.0.get();
                self.0.set(self.0.get().wrapping_add(1));
            }
            Ok(())
        }
    }

    #[test]
    fn every_digit_is_equally_likely() {
        let mut text = String::new();
        push_random(&mut text, 248, &Bytes(std::cell::Cell::new(0))).unwrap();
        for digit in ALPHABET {
            assert_eq!(text.bytes().filter(|byte| byte == digit).count(), 4);
        }
    }
}
