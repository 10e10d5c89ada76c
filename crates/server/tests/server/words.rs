//! Both languages have every sentence, each once, and every sentence the pages ask for exists.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use kit::Lang;
use server::house::LOCALES;
use shell::Texts;

fn keys(source: &str) -> Vec<String> {
    source
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim().to_owned()))
        .collect()
}

#[test]
fn both_languages_are_complete() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for room in LOCALES {
        let (zh, en): (BTreeSet<_>, BTreeSet<_>) = (
            keys(room.zh).into_iter().collect(),
            keys(room.en).into_iter().collect(),
        );
        assert_eq!(
            zh.symmetric_difference(&en).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        assert_eq!(keys(room.zh).len(), zh.len(), "a key stands twice");
        for key in zh {
            *seen.entry(key).or_default() += 1;
        }
    }
    let twice: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).map(|(key, _)| key).collect();
    assert_eq!(twice, Vec::<&String>::new(), "two rooms have the same key");
}

/// Files with one of these endings below a directory.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "html" || e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_sentence_that_is_asked_for_exists() {
    let texts = Texts::new(LOCALES);
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Vec::new();
    for room in fs::read_dir(&crates).unwrap().flatten() {
        for part in ["src", "templates"] {
            let directory = room.path().join(part);
            if directory.is_dir() {
                files(&directory, &mut sources);
            }
        }
    }
    let mut missing = BTreeSet::new();
    let mut asked = 0;
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        for call in [
            "page.t(\"",
            "page.t1(\"",
            "page.tn(\"",
            "words.t(\"",
            "words.t1(\"",
            "words.tn(\"",
        ] {
            for (_, rest) in text
                .match_indices(call)
                .map(|(i, _)| text.split_at(i + call.len()))
            {
                let key = rest.split('"').next().unwrap_or_default();
                asked += 1;
                if !key.contains('{') && !Lang::ALL.iter().all(|lang| texts.has(*lang, key)) {
                    missing.insert(format!("{key} ({})", source.display()));
                }
            }
        }
    }
    assert!(asked > 200, "the search finds the places: {asked}");
    assert_eq!(missing, BTreeSet::new());
}
