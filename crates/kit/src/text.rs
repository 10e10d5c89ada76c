//! Languages, and what every typed text goes through.

use serde::{Deserialize, Serialize};

/// A language of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Lang {
    /// Simplified Chinese, the first language.
    #[default]
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// English, complete.
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The other one, for the switch.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::ZhCn => Self::En,
            Self::En => Self::ZhCn,
        }
    }

    /// The language of a tag such as `zh`, `zh-Hans-CN` or `en-GB`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase();
        match tag.split(['-', '_', ';']).next()? {
            "zh" => Some(Self::ZhCn),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The first language of an `Accept-Language` header that we speak.
    pub fn from_header(header: &str) -> Option<Self> {
        header.split(',').find_map(Self::from_tag)
    }
}

/// What a person typed, with outer white space (also the wide Chinese one) and control characters gone.
pub fn tidy(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}

/// The digits of a telephone number as typed: without spaces, dashes, brackets and the prefix of China.
/// `None` when something else is in it or its length is not 5 to 15 digits.
pub fn phone(text: &str) -> Option<String> {
    let mut digits = String::new();
    for c in text.trim().chars() {
        match c {
            '0'..='9' => digits.push(c),
            '０'..='９' => digits.push(char::from(
                b'0' + u8::try_from(u32::from(c) - u32::from('０')).unwrap_or(0),
            )),
            ' ' | '-' | '(' | ')' | '（' | '）' | '+' | '\u{3000}' => {}
            _ => return None,
        }
    }
    if digits.len() == 13 && digits.starts_with("86") {
        digits.drain(..2);
    }
    (5..=15).contains(&digits.len()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephones_as_people_type_them() {
        for (typed, kept) in [
            ("+86 138-0000-0000", Some("13800000000")),
            ("１３８００００００００", Some("13800000000")),
            ("021 5555 0001", Some("02155550001")),
            ("12", None),
            ("call me", None),
        ] {
            assert_eq!(phone(typed).as_deref(), kept, "{typed}");
        }
    }

    #[test]
    fn languages_by_header() {
        assert_eq!(Lang::from_header("fr;q=1, en-GB;q=0.8, zh"), Some(Lang::En));
        assert_eq!(Lang::from_header("zh-Hans-CN"), Some(Lang::ZhCn));
        assert_eq!(Lang::from_header("de"), None);
    }
}
