//! Which questions show, what fits them, what is wrong with a form: tables.

use super::*;

fn question(name: &str, kind: Kind) -> Question {
    Question {
        name: name.into(),
        kind,
        words: Words {
            zh: name.into(),
            en: String::new(),
        },
        required: false,
        least: None,
        most: None,
        choices: Vec::new(),
        only_if: None,
        remember: false,
    }
}

fn choices(values: &[&str]) -> Vec<Choice> {
    values
        .iter()
        .map(|value| Choice {
            value: (*value).into(),
            words: Words {
                zh: (*value).into(),
                en: String::new(),
            },
        })
        .collect()
}

fn only_if(question: &str, is: &str) -> OnlyIf {
    OnlyIf {
        question: question.into(),
        is: is.into(),
    }
}

#[test]
fn forms_that_cannot_be_are_named() {
    let why = |questions: Vec<Question>| {
        Form { questions }
            .check()
            .into_iter()
            .map(|wrong| wrong.why)
            .collect::<Vec<_>>()
    };
    assert_eq!(why(vec![]), ["empty"]);
    assert_eq!(
        why(vec![question("a", Kind::Text), question("a", Kind::Text)]),
        ["twice"]
    );
    assert_eq!(why(vec![question("a b", Kind::Text)]), ["name"]);
    assert_eq!(why(vec![question("a", Kind::Choice)]), ["choices"]);
    let choice = |values: &[&str]| Question {
        choices: choices(values),
        ..question("a", Kind::Choice)
    };
    assert_eq!(why(vec![choice(&["x", "x"])]), ["choice-twice"]);
    let limits = Question {
        least: Some(5),
        most: Some(3),
        ..question("a", Kind::Number)
    };
    assert_eq!(why(vec![limits]), ["limits"]);
    // Two that wait for each other: each names the other, so one of them names a later one.
    let loops = vec![
        Question {
            only_if: Some(only_if("b", "x")),
            ..question("a", Kind::Text)
        },
        Question {
            only_if: Some(only_if("a", "x")),
            ..question("b", Kind::Text)
        },
    ];
    assert_eq!(why(loops), ["condition"]);
    let itself = Question {
        only_if: Some(only_if("a", "x")),
        ..question("a", Kind::Text)
    };
    assert_eq!(why(vec![itself]), ["condition"]);
    assert_eq!(
        why((0..61).map(|i| question(&format!("q{i}"), Kind::Text)).collect()),
        ["too-many"]
    );
    let photo = |name: &str| question(name, Kind::Photo);
    assert_eq!(why(vec![photo("a"), photo("b")]), ["photos"]);
    let good = vec![
        choice(&["yes", "no"]),
        Question {
            only_if: Some(only_if("a", "yes")),
            ..question("b", Kind::Date)
        },
    ];
    assert_eq!(why(good), Vec::<&str>::new());
}

#[test]
fn answers_fit_or_are_named() {
    let form = Form {
        questions: vec![
            Question {
                choices: choices(&["yes", "no"]),
                required: true,
                ..question("away", Kind::Choice)
            },
            Question {
                only_if: Some(only_if("away", "yes")),
                required: true,
                ..question("since", Kind::Date)
            },
            Question {
                least: Some(340),
                most: Some(430),
                ..question("degrees", Kind::Temperature)
            },
            Question {
                choices: choices(&["cough", "fever"]),
                ..question("signs", Kind::Several)
            },
            Question {
                only_if: Some(only_if("signs", "fever")),
                required: true,
                ..question("doctor", Kind::Text)
            },
            question("where", Kind::Place),
            question("letter", Kind::Photo),
            question("signed", Kind::Signature),
        ],
    };
    let answers = |json: &str| serde_json::from_str::<Answers>(json).unwrap();
    for (json, unfit) in [
        (r#"{"away":"no"}"#, vec![]),
        (r#"{"away":"no","since":"soon"}"#, vec![]),
        (r#"{"away":"yes","since":"2020-02-09","degrees":365}"#, vec![]),
        (r#"{"away":"yes"}"#, vec!["since"]),
        (r#"{"away":"yes","since":"soon"}"#, vec!["since"]),
        (r#"{"away":"perhaps"}"#, vec!["away"]),
        ("{}", vec!["away"]),
        (r#"{"away":"no","degrees":999}"#, vec!["degrees"]),
        (r#"{"away":"no","degrees":"warm"}"#, vec!["degrees"]),
        (r#"{"away":"no","signs":["cough"]}"#, vec![]),
        (r#"{"away":"no","signs":["fever"]}"#, vec!["doctor"]),
        (r#"{"away":"no","signs":["plague"]}"#, vec!["signs"]),
        (r#"{"away":"no","else":"x"}"#, vec!["else"]),
        (
            r#"{"away":"no","signs":["fever"],"doctor":"a\u0000"}"#,
            vec!["doctor"],
        ),
        (r#"{"away":"no","where":"31.23,121.47"}"#, vec![]),
        (r#"{"away":"no","where":"131.23,121.47"}"#, vec!["where"]),
        (r#"{"away":"no","letter":"data:image/jpeg;base64,AAAA"}"#, vec![]),
        (
            r#"{"away":"no","letter":"data:text/html;base64,AAAA"}"#,
            vec!["letter"],
        ),
        (r#"{"away":"no","signed":"M10 20L30 40"}"#, vec![]),
        (r#"{"away":"no","signed":"M10 20\"/><script>"}"#, vec!["signed"]),
    ] {
        assert_eq!(form.unfit(&answers(json)), unfit, "{json}");
    }
}
