//! Telephone and identity numbers: how they are typed, kept and shown.

use kit::{FieldError, Result};
use shell::form::{Check, Typed};
use store::Cipher;

/// What a form or a row says about a number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Number {
    /// Nothing: what is kept stays.
    #[default]
    Keep,
    /// It is to be removed.
    Clear,
    /// It is this one.
    Set(String),
}

/// A number as the database has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sealed {
    /// Encrypted; none when there is no number.
    pub sealed: Option<Vec<u8>>,
    /// Keyed index by which the exact number is found.
    pub index: Option<Vec<u8>>,
}

impl Sealed {
    /// Encrypts a number; an empty one is none.
    pub fn new(cipher: &Cipher, number: &str) -> Result<Self> {
        if number.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self {
            sealed: Some(cipher.encrypt(number)?),
            index: Some(cipher.index(number)),
        })
    }
}

impl Number {
    /// What is to be written, `None` to leave the columns alone.
    pub fn seal(&self, cipher: &Cipher) -> Result<Option<Sealed>> {
        match self {
            Self::Keep => Ok(None),
            Self::Clear => Ok(Some(Sealed::default())),
            Self::Set(number) => Sealed::new(cipher, number).map(Some),
        }
    }

    /// A number that stands in a file: an empty cell says nothing.
    pub fn cell(number: String) -> Self {
        if number.is_empty() {
            Self::Keep
        } else {
            Self::Set(number)
        }
    }

    fn typed(typed: &Typed, clear: &str, number: String) -> Self {
        if number.is_empty() && typed.ticked(clear) {
            Self::Clear
        } else {
            Self::cell(number)
        }
    }
}

/// The telephone number of a form (`phone`, with a box `clear_phone` to remove it).
pub(crate) fn phone(typed: &Typed, check: &mut Check<'_>) -> Number {
    let number = check.phone("phone");
    Number::typed(typed, "clear_phone", number)
}

/// The identity number of a form (`identity`, with a box `clear_identity` to remove it).
pub(crate) fn identity_of(typed: &Typed, check: &mut Check<'_>) -> Number {
    let text = check.optional("identity", 40);
    let number = if text.is_empty() {
        text
    } else {
        identity(&text).unwrap_or_else(|| {
            check.error(FieldError::new("identity", "people-identity"));
            String::new()
        })
    };
    Number::typed(typed, "clear_identity", number)
}

/// An identity number as it is kept: 5 to 20 letters and digits, capitals, without spaces and dashes.
/// Only the shape is looked at: passports and permits have no common check digit, and a wrong one on a
/// paper list must not keep a person out of it.
pub fn identity(text: &str) -> Option<String> {
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            ' ' | '-' | '\u{3000}' => {}
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
                // The wide forms stand 0xFEE0 above the plain ones.
                let plain = char::from_u32(u32::from(c) - 0xFEE0)?;
                kept.push(plain.to_ascii_uppercase());
            }
            c if c.is_ascii_alphanumeric() => kept.push(c.to_ascii_uppercase()),
            _ => return None,
        }
    }
    let digits = kept.bytes().filter(u8::is_ascii_digit).count();
    ((5..=20).contains(&kept.len()) && digits >= 4).then_some(kept)
}

/// The year of birth in a mainland identity number of 18 characters; none in any other.
pub fn year_of(identity: &str) -> Option<i64> {
    let whole = identity.len() == 18 && identity.as_bytes()[..17].iter().all(u8::is_ascii_digit);
    let year = whole.then(|| identity.get(6..10)?.parse().ok()).flatten()?;
    (1880..=2100).contains(&year).then_some(year)
}

/// The whole number, empty when none is kept.
pub fn open(cipher: &Cipher, sealed: Option<&Vec<u8>>) -> Result<String> {
    sealed.map_or_else(|| Ok(String::new()), |bytes| cipher.decrypt(bytes))
}

/// A telephone number as a screen shows it. One that cannot be decrypted is shown as `?`: a list must not
/// fail because of one row.
pub fn masked_phone(cipher: &Cipher, sealed: Option<&Vec<u8>>) -> String {
    open(cipher, sealed).map_or_else(|_| "?".to_owned(), |number| kit::mask::phone(&number))
}

/// An identity number as a screen shows it.
pub fn masked_identity(cipher: &Cipher, sealed: Option<&Vec<u8>>) -> String {
    open(cipher, sealed).map_or_else(|_| "?".to_owned(), |number| kit::mask::identity(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers_as_people_type_them() {
        for (typed, kept) in [
            ("31010719900101123x", Some("31010719900101123X")),
            ("３１０１０７ 19900101-1234", Some("310107199001011234")),
            ("E12345678", Some("E12345678")),
            ("none", None),
            ("王小明12345", None),
            ("123456789012345678901", None),
        ] {
            assert_eq!(identity(typed).as_deref(), kept, "{typed}");
        }
    }

    #[test]
    fn an_identity_number_tells_the_year_of_birth() {
        for (number, year) in [
            ("31010719380101123X", Some(1938)),
            ("310107179901011234", None),
            ("E12345678", None),
            ("31010719380101", None),
        ] {
            assert_eq!(year_of(number), year, "{number}");
        }
    }

    #[test]
    fn an_empty_number_is_none() {
        let cipher = Cipher::new(&[1; 32]);
        assert_eq!(Sealed::new(&cipher, "").unwrap(), Sealed::default());
        assert_eq!(Number::Keep.seal(&cipher).unwrap(), None);
        assert_eq!(Number::Clear.seal(&cipher).unwrap(), Some(Sealed::default()));
        let kept = Number::Set("00013800001".into()).seal(&cipher).unwrap().unwrap();
        assert_eq!(masked_phone(&cipher, kept.sealed.as_ref()), "000****0001");
        assert_eq!(masked_phone(&cipher, Some(&vec![1, 2])), "?");
    }
}
