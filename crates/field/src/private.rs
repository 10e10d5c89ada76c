//! Bodies that hold personal data (a visitor's name and telephone number) are encrypted wherever they are kept: in the
//! journal, and among the records to settle. In memory a [`Record`](crate::Record) has the plain body.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use kit::{Problem, Result};
use store::Cipher;

/// What an encrypted body begins with. No JSON does.
const MARK: char = '~';

/// A body as it is kept.
pub(crate) fn seal(cipher: &Cipher, body: &str) -> Result<String> {
    Ok(format!(
        "{MARK}{}",
        BASE64_STANDARD_NO_PAD.encode(cipher.encrypt(body)?)
    ))
}

/// The body of something kept, encrypted or not.
pub fn open(cipher: &Cipher, kept: &str) -> Result<String> {
    let Some(sealed) = kept.strip_prefix(MARK) else {
        return Ok(kept.to_owned());
    };
    let sealed = BASE64_STANDARD_NO_PAD.decode(sealed).map_err(Problem::internal)?;
    cipher.decrypt(&sealed)
}

/// What a page shows of something kept: long numbers are masked. One that cannot be opened is shown as `?`.
pub fn shown(cipher: &Cipher, kept: &str) -> String {
    if kept.starts_with(MARK) {
        open(cipher, kept).map_or_else(|_| "?".to_owned(), |body| kit::mask::numbers(&body))
    } else {
        kept.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_and_opened() {
        let cipher = Cipher::new(&[3; 32]);
        let body = r#"{"name":"王小明","phone":"00012345678"}"#;
        let kept = seal(&cipher, body).unwrap();
        assert!(!kept.contains("王") && !kept.contains("0001234"));
        assert_eq!(open(&cipher, &kept).unwrap(), body);
        assert_eq!(open(&cipher, body).unwrap(), body, "what is not encrypted stays");
        assert_eq!(
            shown(&cipher, &kept),
            r#"{"name":"王小明","phone":"000****5678"}"#
        );
        assert_eq!(shown(&Cipher::new(&[4; 32]), &kept), "?");
    }
}
