//! What is asked at the doors of the demonstration.

use rounds::form::{Choice, Form, Kind, OnlyIf, Question, Words};

/// What a business is asked: what is known of it already is shown to be confirmed.
pub fn visit() -> Form {
    let counted = |name: &str, zh: &str, en: &str| Question {
        least: Some(0),
        most: Some(100_000),
        remember: true,
        ..question(name, Kind::Number, zh, en)
    };
    Form {
        questions: vec![
            counted("workers", "现有员工多少人？", "How many work here?"),
            counted(
                "returning",
                "其中从外地返回的多少人？",
                "How many of them are back from elsewhere?",
            ),
            Question {
                choices: choices(&[
                    ("masks", "戴口罩", "Masks"),
                    ("temperature", "量体温", "Temperature"),
                    ("disinfection", "每天消毒", "Disinfection every day"),
                ]),
                ..question(
                    "measures",
                    Kind::Several,
                    "防控措施做到了哪些？",
                    "Which measures are in place?",
                )
            },
            Question {
                choices: choices(&[
                    ("yes", "已经申请", "Done"),
                    ("helped", "当场指导申请", "Helped to do it"),
                    ("later", "答应去申请", "Will do it"),
                ]),
                remember: true,
                ..question(
                    "registered",
                    Kind::Choice,
                    "企业复工属地报到网上申请做了吗？",
                    "Registered online for the return to work?",
                )
            },
            Question {
                required: false,
                ..question(
                    "signed",
                    Kind::Signature,
                    "负责人签名",
                    "Signature of whoever answers for it",
                )
            },
        ],
    }
}

/// What the second screening asks.
pub fn screening() -> Form {
    Form {
        questions: vec![
            Question {
                least: Some(0),
                most: Some(30),
                remember: true,
                ..question(
                    "people",
                    Kind::Number,
                    "现在住几个人？",
                    "How many live here now?",
                )
            },
            Question {
                choices: choices(&[("yes", "有", "Yes"), ("no", "没有", "No")]),
                ..question(
                    "returned",
                    Kind::Choice,
                    "14天内有人从外地回来吗？",
                    "Has anybody come back within 14 days?",
                )
            },
            Question {
                only_if: Some(OnlyIf {
                    question: "returned".to_owned(),
                    is: "yes".to_owned(),
                }),
                ..question("since", Kind::Date, "哪天到的？", "When did they arrive?")
            },
            Question {
                required: false,
                choices: choices(&[
                    ("fever", "发热", "Fever"),
                    ("cough", "咳嗽", "Cough"),
                    ("none", "都没有", "None"),
                ]),
                ..question("signs", Kind::Several, "有没有不舒服？", "Is anybody unwell?")
            },
        ],
    }
}

/// A question that must be answered.
fn question(name: &str, kind: Kind, zh: &str, en: &str) -> Question {
    Question {
        name: name.to_owned(),
        kind,
        words: both(zh, en),
        required: true,
        least: None,
        most: None,
        choices: Vec::new(),
        only_if: None,
        remember: false,
    }
}

fn choices(all: &[(&str, &str, &str)]) -> Vec<Choice> {
    let choice = |(value, zh, en): &(&str, &str, &str)| Choice {
        value: (*value).to_owned(),
        words: both(zh, en),
    };
    all.iter().map(choice).collect()
}

fn both(zh: &str, en: &str) -> Words {
    Words {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}
