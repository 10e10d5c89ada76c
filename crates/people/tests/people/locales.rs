//! Both locale files have the same sentences, and the code asks for none that is not there.

use std::{collections::BTreeSet, fs, path::Path};

fn keys(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, _)| key.to_owned())
        .collect()
}

#[test]
fn both_languages_are_complete() {
    let (zh, en) = (keys(people::LOCALES.zh), keys(people::LOCALES.en));
    assert_eq!(zh, en);
    assert!(zh.iter().all(|key| {
        [
            "people-",
            "message-",
            "business",
            "field-business-",
            "field-people-",
            "done-people-",
            "audit-",
            "problem-people-",
        ]
        .iter()
        .any(|prefix| key.starts_with(prefix))
    }));
}

#[test]
fn every_key_in_the_code_has_a_sentence() {
    let known = keys(people::LOCALES.en);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for dir in ["src", "templates"] {
        for file in fs::read_dir(root.join(dir)).unwrap() {
            let file = file.unwrap().path();
            if file.is_dir() {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            for word in text.split('"').filter(|word| word.starts_with("people-")) {
                let is_key = word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                let field =
                    known.contains(&format!("field-{word}")) || known.contains(&format!("done-{word}"));
                assert!(
                    !is_key || field || known.contains(word),
                    "{word} in {}",
                    file.display()
                );
            }
            for action in text.split('"').filter(|word| {
                ["org.", "helper.", "household.", "resident."]
                    .iter()
                    .any(|room| word.starts_with(room))
                    && word.chars().all(|c| c.is_ascii_lowercase() || c == '.')
            }) {
                let key = format!("audit-{}", action.replace('.', "-"));
                assert!(known.contains(&key), "{key} in {}", file.display());
            }
        }
    }
}
