//! Pinyin of names, so that people find them by typing letters: in full and by first letters.

use pinyin::ToPinyin;

/// How a name is spelt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spelling {
    /// Full pinyin without tones and spaces, lower case; letters and digits of the name are kept.
    pub full: String,
    /// First letters of the pinyin; letters and digits of the name are kept.
    pub initials: String,
}

/// Words that are not read the way their characters usually are.
const WORDS: [(&str, &[&str]); 26] = [
    ("重庆", &["chong", "qing"]),
    ("重固", &["chong", "gu"]),
    ("厦门", &["xia", "men"]),
    ("西藏", &["xi", "zang"]),
    ("藏族", &["zang", "zu"]),
    ("六安", &["lu", "an"]),
    ("六合", &["lu", "he"]),
    ("蚌埠", &["beng", "bu"]),
    ("番禺", &["pan", "yu"]),
    ("乐清", &["yue", "qing"]),
    ("单县", &["shan", "xian"]),
    ("东阿", &["dong", "e"]),
    ("莘庄", &["xin", "zhuang"]),
    ("宝坻", &["bao", "di"]),
    ("涡阳", &["guo", "yang"]),
    ("浒墅", &["xu", "shu"]),
    ("蔚县", &["yu", "xian"]),
    ("尉犁", &["yu", "li"]),
    ("大埔", &["da", "bu"]),
    ("黄埔", &["huang", "pu"]),
    ("铅山", &["yan", "shan"]),
    ("枞阳", &["zong", "yang"]),
    ("会稽", &["kuai", "ji"]),
    ("银行", &["yin", "hang"]),
    ("商行", &["shang", "hang"]),
    ("音乐", &["yin", "yue"]),
];

/// Characters whose first reading in the tables is not the one names have.
const CHARACTERS: [(char, &str); 6] = [
    ('长', "chang"),
    ('都', "du"),
    ('曾', "zeng"),
    ('仇', "qiu"),
    ('翟', "zhai"),
    ('朴', "pu"),
];

/// The spelling of a name. Wide letters and digits count as narrow ones; other signs are left out.
pub fn of(name: &str) -> Spelling {
    let mut spelling = Spelling::default();
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if let Some((word, syllables)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            syllables.iter().for_each(|syllable| spelling.add(syllable));
            rest = &rest[word.len()..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if let Some((_, syllable)) = CHARACTERS.iter().find(|(known, _)| *known == c) {
            spelling.add(syllable);
        } else if let Some(syllable) = c.to_pinyin() {
            spelling.add(syllable.plain());
        } else {
            let c = narrow(c);
            if c.is_alphanumeric() {
                spelling.full.extend(c.to_lowercase());
                spelling.initials.extend(c.to_lowercase());
            }
        }
    }
    spelling
}

impl Spelling {
    fn add(&mut self, syllable: &str) {
        // Everybody types `v` for `ü`.
        self.full.extend(syllable.chars().map(unaccented));
        self.initials.extend(syllable.chars().next().map(unaccented));
    }
}

/// `ü` as it is typed; rare syllables such as `ê` by their letter.
fn unaccented(c: char) -> char {
    match c {
        'ü' => 'v',
        'ê' => 'e',
        c => c,
    }
}

/// Wide forms (`Ａ`, `３`, the Chinese space) as narrow ones.
pub(crate) fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn names_are_spelt() {
        for (name, full, initials) in [
            ("万里街道", "wanlijiedao", "wljd"),
            ("3号楼", "3haolou", "3hl"),
            ("３号楼Ａ座", "3haolouazuo", "3hlaz"),
            ("SOHO 广场", "sohoguangchang", "sohogc"),
            ("吕梁市", "lvliangshi", "lls"),
            ("重庆市", "chongqingshi", "cqs"),
            ("长宁区", "changningqu", "cnq"),
            ("成都市", "chengdushi", "cds"),
            ("厦门大厦", "xiamendasha", "xmds"),
            ("化学-沿江街道", "huaxueyanjiangjiedao", "hxyjjd"),
            ("", "", ""),
        ] {
            let spelling = of(name);
            assert_eq!(
                (spelling.full.as_str(), spelling.initials.as_str()),
                (full, initials),
                "{name}"
            );
        }
    }
}
