//! Skills: stable codes, worded in the locale files as `people-skill-CODE`.

use kit::Lang;
use shell::{Page, Texts};

/// All skills, in the order in which they are offered.
pub const SKILLS: [&str; 7] = [
    "medical",
    "driver",
    "interpreter",
    "electrician",
    "data-entry",
    "counselling",
    "heavy-lifting",
];

/// As kept: each code in commas, in the order of [`SKILLS`], unknown ones left out; empty when none.
pub fn join(codes: &[impl AsRef<str>]) -> String {
    let known: Vec<&str> = SKILLS
        .into_iter()
        .filter(|skill| codes.iter().any(|code| code.as_ref() == *skill))
        .collect();
    if known.is_empty() {
        String::new()
    } else {
        format!(",{},", known.join(","))
    }
}

/// The codes in what is kept.
pub fn split(kept: &str) -> Vec<&str> {
    kept.split(',').filter(|code| !code.is_empty()).collect()
}

/// What is kept, in words.
pub fn words(page: &Page, kept: &str) -> String {
    let words: Vec<String> = split(kept)
        .into_iter()
        .map(|code| page.t(&format!("people-skill-{code}")))
        .collect();
    words.join(page.pick("、", ", "))
}

/// Choices for a form or filter: code and words.
pub fn choices(page: &Page) -> Vec<(String, String)> {
    SKILLS
        .into_iter()
        .map(|code| (code.to_owned(), page.t(&format!("people-skill-{code}"))))
        .collect()
}

/// What a cell of a spreadsheet says, in codes or in the words of either language; `None` when one of
/// its words is no skill.
pub fn read(texts: &Texts, cell: &str) -> Option<String> {
    let mut codes: Vec<&str> = Vec::new();
    for word in cell.split([',', '，', '、', ';', '；', '/']) {
        let word = word.trim();
        if word.is_empty() {
            continue;
        }
        codes.push(SKILLS.into_iter().find(|code| {
            code.eq_ignore_ascii_case(word)
                || Lang::ALL.into_iter().any(|lang| {
                    texts.get(lang, &format!("people-skill-{code}")).to_lowercase() == word.to_lowercase()
                })
        })?);
    }
    Some(join(&codes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_in_words_and_codes() {
        let texts = Texts::new(&[crate::LOCALES]);
        assert_eq!(
            read(&texts, "司机、Medical, data-entry").as_deref(),
            Some(",medical,driver,data-entry,")
        );
        assert_eq!(read(&texts, "").as_deref(), Some(""));
        assert_eq!(read(&texts, "juggler"), None);
        assert_eq!(split(",medical,driver,"), ["medical", "driver"]);
        assert_eq!(join(&["nonsense"]), "");
    }
}
