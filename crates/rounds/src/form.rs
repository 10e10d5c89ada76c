//! What is asked at each target: a form is data. Pure: what a form may be, which questions show, whether answers fit.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Questions of a form at most: nobody at a door answers more.
pub const MOST: usize = 60;
/// Choices of a question at most.
pub const MOST_CHOICES: usize = 60;
/// Characters of an answer at most.
pub const LONG: usize = 300;
/// Characters of a picture at most, as a data URL: it must fit into one record beside the other answers.
pub const PICTURE: usize = 10_000;
/// Characters of a signature at most, as the path of a drawing 300 wide and 120 high.
pub const SIGNATURE: usize = 3_000;

/// What a question wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Words.
    Text,
    /// A whole number.
    Number,
    /// Tenths of a degree, such as 36.5.
    Temperature,
    /// One of the choices.
    Choice,
    /// Any of the choices.
    Several,
    /// A day.
    Date,
    /// Where the phone is.
    Place,
    /// A small picture.
    Photo,
    /// A signature drawn with the finger.
    Signature,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Number,
        Self::Temperature,
        Self::Choice,
        Self::Several,
        Self::Date,
        Self::Place,
        Self::Photo,
        Self::Signature,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Temperature => "temperature",
            Self::Choice => "choice",
            Self::Several => "several",
            Self::Date => "date",
            Self::Place => "place",
            Self::Photo => "photo",
            Self::Signature => "signature",
        }
    }

    /// The one of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Words in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English; empty for the Chinese.
    #[serde(default)]
    pub en: String,
}

impl Words {
    /// In English where that is asked for and there, else in Chinese.
    pub fn either(&self, english: bool) -> &str {
        if english && !self.en.is_empty() {
            &self.en
        } else {
            &self.zh
        }
    }
}

/// One of the choices of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// As it is kept.
    pub value: String,
    /// As it is shown.
    pub words: Words,
}

/// A question shows only when an earlier one was answered so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnlyIf {
    /// Name of the earlier question.
    pub question: String,
    /// Its answer (or one of its answers).
    pub is: String,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// Its name in answers: letters, digits, `_`.
    pub name: String,
    /// What it wants.
    pub kind: Kind,
    /// What is asked.
    pub words: Words,
    /// Must be answered when it shows.
    #[serde(default)]
    pub required: bool,
    /// Least number (tenths of a degree for temperatures).
    #[serde(default)]
    pub least: Option<i64>,
    /// Largest.
    #[serde(default)]
    pub most: Option<i64>,
    /// Choices.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// When it shows; none: always.
    #[serde(default)]
    pub only_if: Option<OnlyIf>,
    /// The answer is kept as a fact of this name about whom it was given, and shown to be confirmed the next time.
    #[serde(default)]
    pub remember: bool,
}

/// The questions of a form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Form {
    /// In the order in which they are asked.
    pub questions: Vec<Question>,
}

/// What is wrong with a form: the question (its place from 1) and why, worded as `form-WHY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The question, from 1; 0 for the whole form.
    pub question: usize,
    /// `empty`, `too-many`, `name`, `twice`, `words`, `choices`, `choice-twice`, `limits`, `condition`, `photos`.
    pub why: &'static str,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A number, or tenths of a degree.
    Number(i64),
    /// Words, a choice, a day.
    Text(String),
    /// Choices.
    Several(Vec<String>),
}

/// Answers by the name of their question.
pub type Answers = BTreeMap<String, Answer>;

impl Form {
    /// What is wrong with it. A condition names an earlier question only, so no two can wait for each other.
    pub fn check(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        if self.questions.is_empty() {
            wrong.push(Wrong {
                question: 0,
                why: "empty",
            });
        }
        if self.questions.len() > MOST {
            wrong.push(Wrong {
                question: 0,
                why: "too-many",
            });
        }
        let mut seen = HashSet::new();
        for (i, one) in self.questions.iter().enumerate().take(MOST) {
            let mut bad = |why| wrong.push(Wrong { question: i + 1, why });
            let plain = |text: &str| {
                !text.is_empty()
                    && text.len() <= 40
                    && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
            };
            if !plain(&one.name) {
                bad("name");
            }
            if !seen.insert(one.name.as_str()) {
                bad("twice");
            }
            if one.words.zh.trim().is_empty()
                || one.words.zh.chars().count() > 200
                || one.words.en.chars().count() > 200
            {
                bad("words");
            }
            let choosing = matches!(one.kind, Kind::Choice | Kind::Several);
            if choosing && (one.choices.is_empty() || one.choices.len() > MOST_CHOICES) {
                bad("choices");
            }
            let values: HashSet<&str> = one.choices.iter().map(|choice| choice.value.as_str()).collect();
            if values.len() != one.choices.len()
                || one
                    .choices
                    .iter()
                    .any(|choice| choice.value.trim().is_empty() || choice.words.zh.is_empty())
            {
                bad("choice-twice");
            }
            if one.least.zip(one.most).is_some_and(|(least, most)| least > most) {
                bad("limits");
            }
            if let Some(only) = &one.only_if {
                let before = self.questions[..i]
                    .iter()
                    .find(|other| other.name == only.question);
                let fits = before.is_some_and(|other| {
                    other.choices.is_empty() || other.choices.iter().any(|choice| choice.value == only.is)
                });
                if !fits {
                    bad("condition");
                }
            }
        }
        // A record holds one picture.
        let pictures = |kind: Kind| self.questions.iter().filter(|one| one.kind == kind).count();
        if pictures(Kind::Photo) > 1 || pictures(Kind::Signature) > 1 {
            wrong.push(Wrong {
                question: 0,
                why: "photos",
            });
        }
        wrong
    }

    /// Names of the questions whose answers are remembered.
    pub fn remembered(&self) -> BTreeSet<&str> {
        let remembered = self.questions.iter().filter(|one| one.remembers());
        remembered.map(|one| one.name.as_str()).collect()
    }

    /// Whether a question shows, by the answers so far.
    pub fn shows(&self, question: &Question, answers: &Answers) -> bool {
        let Some(only) = &question.only_if else {
            return true;
        };
        // What is not asked cannot be answered, whatever is still in the field.
        let asked = self
            .questions
            .iter()
            .find(|other| other.name == only.question)
            .is_some_and(|other| self.shows(other, answers));
        asked
            && match answers.get(&only.question) {
                Some(Answer::Text(text)) => *text == only.is,
                Some(Answer::Number(n)) => n.to_string() == only.is,
                Some(Answer::Several(all)) => all.contains(&only.is),
                None => false,
            }
    }

    /// Questions whose answers do not fit: missing, of the wrong kind, out of bounds; and answers to no question.
    pub fn unfit(&self, answers: &Answers) -> Vec<String> {
        let mut unfit: Vec<String> = answers
            .keys()
            .filter(|name| !self.questions.iter().any(|one| one.name == **name))
            .cloned()
            .collect();
        for one in &self.questions {
            let good = match (self.shows(one, answers), answers.get(&one.name)) {
                (true, None) => !one.required,
                (true, Some(answer)) => one.takes(answer),
                // Left over from before another answer was changed: not asked, and not counted.
                (false, _) => true,
            };
            if !good {
                unfit.push(one.name.clone());
            }
        }
        unfit
    }
}

/// Latitude and longitude in degrees of `31.23,121.47`.
pub fn place(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(',')?;
    let degrees = |text: &str, most: f64| text.parse::<f64>().ok().filter(|n| n.abs() <= most);
    Some((degrees(latitude, 90.0)?, degrees(longitude, 180.0)?))
}

/// A picture as a data URL, which a page may show as it is.
fn picture(text: &str) -> bool {
    text.len() <= PICTURE
        && text.strip_prefix("data:image/jpeg;base64,").is_some_and(|data| {
            data.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        })
}

/// The path of a drawing: strokes of whole coordinates, nothing else.
fn drawing(text: &str) -> bool {
    text.len() <= SIGNATURE
        && text.starts_with('M')
        && text.bytes().all(|b| b.is_ascii_digit() || b"ML ".contains(&b))
}

impl Question {
    /// An answer in words of both languages; a picture or drawing by its name.
    pub fn said(&self, answer: &Answer) -> Words {
        let same = |text: String| Words {
            en: text.clone(),
            zh: text,
        };
        let choice = |value: &String| {
            let known = self.choices.iter().find(|choice| choice.value == *value);
            known.map_or_else(
                || same(value.clone()),
                |choice| Words {
                    zh: choice.words.zh.clone(),
                    en: choice.words.either(true).to_owned(),
                },
            )
        };
        match answer {
            Answer::Number(n) if self.kind == Kind::Temperature => same(format!("{}.{} ℃", n / 10, n % 10)),
            Answer::Number(n) => same(n.to_string()),
            Answer::Text(_) if matches!(self.kind, Kind::Photo | Kind::Signature) => Words {
                zh: "有".into(),
                en: "yes".into(),
            },
            Answer::Text(text) => choice(text),
            Answer::Several(values) => {
                let all: Vec<Words> = values.iter().map(choice).collect();
                let join = |en: bool, with: &str| {
                    let words: Vec<&str> = all.iter().map(|one| one.either(en)).collect();
                    words.join(with)
                };
                Words {
                    zh: join(false, "、"),
                    en: join(true, ", "),
                }
            }
        }
    }

    /// Whether its answer is kept as a fact. A picture or a signature belongs to one visit: nobody confirms it for another.
    pub fn remembers(&self) -> bool {
        self.remember && !matches!(self.kind, Kind::Photo | Kind::Signature)
    }

    /// Whether an answer fits the question.
    pub fn takes(&self, answer: &Answer) -> bool {
        let chosen = |value: &String| self.choices.iter().any(|choice| choice.value == *value);
        match (self.kind, answer) {
            (Kind::Text, Answer::Text(text)) => {
                !(self.required && text.trim().is_empty())
                    && text.chars().count() <= LONG
                    && !text.contains('\0')
            }
            (Kind::Number | Kind::Temperature, Answer::Number(n)) => {
                self.least.is_none_or(|least| *n >= least) && self.most.is_none_or(|most| *n <= most)
            }
            (Kind::Choice, Answer::Text(value)) => chosen(value),
            (Kind::Several, Answer::Several(values)) => {
                !(self.required && values.is_empty()) && values.iter().all(chosen)
            }
            (Kind::Date, Answer::Text(day)) => day.parse::<kit::Day>().is_ok(),
            (Kind::Place, Answer::Text(text)) => place(text).is_some(),
            (Kind::Photo, Answer::Text(text)) => picture(text),
            (Kind::Signature, Answer::Text(text)) => drawing(text),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
