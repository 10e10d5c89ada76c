//! Sentences in both languages, and a rule for every route.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use accounts::Allow;
use kit::{Lang, Role};
use places::PlaceKind;
use shell::Texts;

#[test]
fn both_languages_have_every_sentence() {
    let keys = |source: &str| -> Vec<String> {
        let mut keys: Vec<String> = source
            .lines()
            .filter(|line| !line.starts_with([' ', '#']))
            .filter_map(|line| line.split_once(" = ").map(|(key, _)| key.to_owned()))
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(places::LOCALES.zh), keys(places::LOCALES.en));
    let texts = Texts::new(&[places::LOCALES]);
    for lang in Lang::ALL {
        for kind in PlaceKind::ALL {
            assert!(texts.has(lang, &format!("kind-{kind}")));
        }
        for reason in places::import::Reason::ALL {
            assert!(texts.has(lang, reason.key()));
        }
        for item in places::NAV {
            assert!(texts.has(lang, item.key));
        }
        for action in [
            "place-create",
            "place-edit",
            "place-import",
            "place-merge",
            "responsibility-set",
        ] {
            assert!(texts.has(lang, &format!("audit-{action}")));
        }
    }
}

#[test]
fn every_change_wants_staff() {
    let (_, api, rules) = places::routes(&[]).finish();
    assert!(api.paths.paths.contains_key("/api/places"));
    for rule in rules {
        let wanted = match (rule.method.as_str(), rule.path.as_str()) {
            ("POST", _) => Allow::Roles(Role::STAFF),
            (_, "/api/places") => Allow::SignedIn,
            (_, path) if path.contains("merge") || path.ends_with("/new") => Allow::Roles(Role::STAFF),
            (_, path) if path.ends_with("/edit") || path.ends_with("/responsibility") => {
                Allow::Roles(Role::STAFF)
            }
            _ => Allow::Roles(Role::READERS),
        };
        assert_eq!(rule.allow, wanted, "{} {}", rule.method, rule.path);
    }
}
