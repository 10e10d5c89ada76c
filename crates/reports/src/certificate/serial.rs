//! Serials of certificates: the year, seven random characters, one that checks the others.
//!
//! The alphabet has 31 characters, a prime number: with weights that differ from one place to the next, a sum
//! modulo 31 catches every single wrong character and every swap of two neighbours.

use kit::{Day, Problem, Result};

/// Digits and capitals without those read one for another: B (8), I and L (1), O (0), U (V).
const ALPHABET: &[u8; 31] = b"0123456789ACDEFGHJKMNPQRSTVWXYZ";
/// Random characters: some 27 thousand million serials a year, so that none is hit by guessing.
const RANDOM: usize = 7;
/// Characters in all: year, random ones, check.
const LENGTH: usize = 4 + RANDOM + 1;
/// The largest multiple of 31 a byte holds; bytes above it would make some characters likelier.
const FAIR: u8 = 248;

/// What was typed as a serial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// It may be one.
    Fits(String),
    /// It cannot be one: a character is wrong, missing or too much.
    Wrong,
}

fn value(c: u8) -> Option<u32> {
    ALPHABET
        .iter()
        .position(|known| *known == c)
        .and_then(|at| u32::try_from(at).ok())
}

/// The weighted sum of the characters, modulo 31; 0 when the whole serial fits. `None` with a foreign character.
fn sum(text: &str) -> Option<u32> {
    text.bytes()
        .zip(1u32..)
        .try_fold(0, |sum, (c, weight)| Some((sum + weight * value(c)?) % 31))
}

/// The check character that follows `text`; `None` with a foreign character.
pub fn check(text: &str) -> Option<char> {
    let weight = u32::try_from(text.len()).ok()? + 1;
    let sum = sum(text)?;
    (0..31u32)
        .find(|candidate| (sum + weight * candidate) % 31 == 0)
        .and_then(|candidate| ALPHABET.get(usize::try_from(candidate).ok()?))
        .map(|c| char::from(*c))
}

/// A new serial of the year of `day`.
pub fn fresh(day: Day) -> Result<String> {
    let mut text = format!("{:04}", day.0.year());
    while text.len() < 4 + RANDOM {
        let mut byte = [0];
        getrandom::fill(&mut byte).map_err(|e| Problem::internal(e.to_string()))?;
        if byte[0] < FAIR {
            text.push(char::from(ALPHABET[usize::from(byte[0]) % ALPHABET.len()]));
        }
    }
    let check = check(&text).ok_or_else(|| Problem::internal("a serial of foreign characters"))?;
    text.push(check);
    Ok(text)
}

/// A serial as people type it: small letters, blanks and strokes, O for 0, I and L for 1, B for 8, U for V,
/// wide letters of a Chinese keyboard.
pub fn read(typed: &str) -> Typed {
    let mut text = String::with_capacity(LENGTH);
    for c in typed.chars() {
        let c = match c {
            // The wide forms stand 0xFEE0 above the plain ones.
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        };
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            'B' => '8',
            'U' => 'V',
            c if c.is_whitespace() || matches!(c, '-' | '–' | '—' | '.' | '_') => continue,
            c => c,
        };
        if text.len() >= LENGTH || !c.is_ascii() {
            return Typed::Wrong;
        }
        text.push(c);
    }
    if text.len() == LENGTH && sum(&text) == Some(0) {
        Typed::Fits(text)
    } else {
        Typed::Wrong
    }
}

/// A serial as shown: `2026-ABCD-EFGH`.
pub fn shown(serial: &str) -> String {
    let mut shown = String::with_capacity(serial.len() + 2);
    for (at, c) in serial.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            shown.push('-');
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day() -> Day {
        "2026-05-01".parse().unwrap()
    }

    fn serials() -> impl Strategy<Value = String> {
        prop::collection::vec(0..ALPHABET.len(), RANDOM).prop_map(|random| {
            let mut text = "2026".to_owned();
            text.extend(random.into_iter().map(|at| char::from(ALPHABET[at])));
            text.push(check(&text).unwrap());
            text
        })
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read(serial in serials()) {
            prop_assert_eq!(read(&shown(&serial)), Typed::Fits(serial.clone()));
            let careless = serial.to_lowercase().replace('0', "o").replace('1', "l").replace('8', " b ");
            prop_assert_eq!(read(&careless), Typed::Fits(serial));
        }

        #[test]
        fn every_wrong_character_is_caught(serial in serials(), at in 0..LENGTH, other in 0..ALPHABET.len()) {
            let mut bytes = serial.clone().into_bytes();
            prop_assume!(bytes[at] != ALPHABET[other]);
            bytes[at] = ALPHABET[other];
            prop_assert_eq!(read(&String::from_utf8(bytes).unwrap()), Typed::Wrong);
        }

        #[test]
        fn every_swap_of_neighbours_is_caught(serial in serials(), at in 0..LENGTH - 1) {
            let mut bytes = serial.clone().into_bytes();
            prop_assume!(bytes[at] != bytes[at + 1]);
            bytes.swap(at, at + 1);
            prop_assert_eq!(read(&String::from_utf8(bytes).unwrap()), Typed::Wrong);
        }

        #[test]
        fn nothing_typed_does_harm(typed in ".{0,40}") {
            if let Typed::Fits(serial) = read(&typed) {
                prop_assert_eq!(serial.len(), LENGTH);
            }
        }
    }

    #[test]
    fn fresh_ones_fit_and_differ() {
        let (one, two) = (fresh(day()).unwrap(), fresh(day()).unwrap());
        assert!(one.starts_with("2026") && one != two);
        assert_eq!(read(&one), Typed::Fits(one.clone()));
    }

    #[test]
    fn as_people_type_them() {
        let serial = "20261AC8V0Z".to_owned();
        let serial = format!("{serial}{}", check(&serial).unwrap());
        let last = &serial[11..];
        for typed in [
            format!("2026-1AC8-V0Z{last}"),
            format!(" 2o26 iacB uOz{} ", last.to_lowercase()),
            format!("２０２６–１ＡＣ８–Ｖ０Ｚ{last}"),
        ] {
            assert_eq!(read(&typed), Typed::Fits(serial.clone()), "{typed}");
        }
        for typed in ["", "2026", "王小明", &serial[..11], &format!("{serial}0")] {
            assert_eq!(read(typed), Typed::Wrong, "{typed}");
        }
    }
}
