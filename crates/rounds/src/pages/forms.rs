//! Forms: the list, making one question by question with a preview, taking one in from XLSForm.

use std::collections::BTreeMap;

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Result, Role, id::FormId};
use people::known::{Shape, Whose};
use shell::{
    App, Form as Fields, Page,
    form::{Control, Typed},
    problem::Answer,
    sheet,
    upload::Upload,
};

use crate::{
    form::{Choice, Form, Kind, OnlyIf, Question, Words, Wrong},
    forms, xlsform,
};

struct Line {
    place: usize,
    name: String,
    kind: String,
    zh: String,
    en: String,
    required: bool,
    remember: bool,
    limits: String,
    choices: Vec<String>,
    only_if: String,
}

#[derive(Template)]
#[template(path = "forms.html")]
struct FormsPage {
    page: Page,
    title: String,
    forms: Vec<(FormId, String, i64, usize)>,
    form: Option<Fields>,
    refused: Vec<(usize, String)>,
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    page: Page,
    title: String,
    id: FormId,
    version: i64,
    lines: Vec<Line>,
    form: Option<Fields>,
}

fn new_form(page: &Page) -> Fields {
    Fields::new(page, "/forms", "form-make")
        .required(page, "name", "form-name", Control::Text)
        .field(page, "file", "form-file", Control::File(".xlsx"))
}

async fn drawn(
    app: &App,
    actor: &Actor,
    page: Page,
    form: Fields,
    refused: Vec<(usize, String)>,
) -> Result<Response> {
    let rows = forms::all(app.store.write()).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let n = forms::questions(&row)?.questions.len();
        all.push((row.id, row.name, row.version, n));
    }
    Page::draw(&FormsPage {
        title: page.t("form-title"),
        forms: all,
        form: actor.has(Role::STAFF).then_some(form),
        refused,
        page,
    })
}

/// `GET /forms`
pub async fn list(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    let form = new_form(&page);
    Ok(drawn(&app, &actor, page, form, vec![]).await?)
}

/// `POST /forms`: an empty form, or one from a file.
pub async fn create(State(app): State<App>, actor: Actor, page: Page, upload: Upload) -> Answer {
    let mut check = upload.typed.check();
    let name = check.text("name", 60);
    let errors = check.done(()).err().unwrap_or_default();
    let mut fields = new_form(&page).fill(&upload.typed).errors(&page, &errors);
    let mut refused = Vec::new();
    let mut form = Form::default();
    if !upload.file.is_empty() {
        match xlsform::read(&upload.file) {
            Ok(Ok(read)) => {
                refused = read
                    .check()
                    .into_iter()
                    .map(|wrong| (wrong.question, words_of(&page, &wrong)))
                    .collect();
                form = read;
            }
            Ok(Err(not)) => {
                refused = not
                    .into_iter()
                    .map(|one| (one.line, page.t1("form-not-supported", "what", one.what)))
                    .collect();
            }
            Err(problem) if problem.code == sheet::NOT_A_SHEET => {
                fields.error = Some(page.t("form-no-xlsform"));
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    if errors.is_empty() && refused.is_empty() && fields.error.is_none() {
        let id = forms::save(&app, &actor, None, &name, &form).await?;
        return Ok(Redirect::to(&format!("/forms/{id}?done=saved")).into_response());
    }
    let drawn = drawn(&app, &actor, page, fields, refused).await?;
    Ok(Page::again(drawn))
}

fn words_of(page: &Page, wrong: &Wrong) -> String {
    page.code("form-wrong", wrong.why)
}

fn question_form(page: &Page, id: FormId, form: &Form) -> Fields {
    let kinds = Kind::ALL
        .into_iter()
        .map(|kind| (kind.name().to_owned(), page.code("form-kind", kind.name())))
        .collect();
    let mut earlier = vec![(String::new(), page.t("form-always"))];
    for question in &form.questions {
        for choice in &question.choices {
            let words = format!("{} = {}", question.words.zh, choice.words.zh);
            earlier.push((format!("{}={}", question.name, choice.value), words));
        }
    }
    let mut fields = Fields::new(page, format!("/forms/{id}/questions"), "form-add")
        .required(page, "zh", "form-zh", Control::Text)
        .field(page, "en", "form-en", Control::Text)
        .required(page, "kind", "form-kind", Control::Select(kinds))
        .field(page, "required", "form-required", Control::Check)
        .field(page, "choices", "form-choices", Control::Area)
        .field(page, "least", "form-least", Control::Text)
        .field(page, "most", "form-most", Control::Text)
        .field(page, "only_if", "form-only-if", Control::Select(earlier))
        .field(page, "fact", "form-fact", Control::Text);
    if let Some(fact) = fields.fields.last_mut() {
        fact.suggest = facts().keys().map(|name| page.code("form-fact", name)).collect();
    }
    fields
}

/// Facts that are columns of households, residents and businesses.
fn facts() -> BTreeMap<&'static str, Shape> {
    Whose::ALL.iter().flat_map(|whose| whose.own()).copied().collect()
}

/// The name under which an answer is remembered: one of ours where its words name it in either language, else as typed.
fn fact(page: &Page, typed: &str) -> String {
    let names = facts().into_keys().find(|name| {
        *name == typed
            || kit::Lang::ALL
                .into_iter()
                .any(|lang| page.texts().get(lang, &format!("form-fact-{name}")) == typed)
    });
    names.map_or_else(|| typed.replace(' ', "_"), str::to_owned)
}

/// Whether a fact is yes or no: its choices are then given.
fn yes_or_no(fact: &str) -> bool {
    facts().get(fact) == Some(&Shape::Truth)
}

/// `GET /forms/{id}`: the preview, and adding a question.
pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<FormId>) -> Answer {
    let row = forms::newest(app.store.write(), id).await?;
    let form = forms::questions(&row)?;
    let fields = forms::may_change(&actor, &row).then(|| question_form(&page, id, &form));
    Ok(preview(page, &row, &form, fields)?)
}

fn preview(
    page: Page,
    row: &crate::model::form::Model,
    form: &Form,
    fields: Option<Fields>,
) -> Result<Response> {
    let shown = |kind: Kind, n: i64| match kind {
        Kind::Temperature => format!("{}.{}", n / 10, n % 10),
        _ => n.to_string(),
    };
    let lines = form
        .questions
        .iter()
        .enumerate()
        .map(|(i, one)| Line {
            place: i + 1,
            name: one.name.clone(),
            kind: page.code("form-kind", one.kind.name()),
            zh: one.words.zh.clone(),
            en: one.words.en.clone(),
            required: one.required,
            remember: one.remember,
            limits: match (one.least, one.most) {
                (None, None) => String::new(),
                (least, most) => format!(
                    "{} – {}",
                    least.map(|n| shown(one.kind, n)).unwrap_or_default(),
                    most.map(|n| shown(one.kind, n)).unwrap_or_default()
                ),
            },
            choices: one
                .choices
                .iter()
                .map(|choice| choice.words.either(page.lang == kit::Lang::En).to_owned())
                .collect(),
            only_if: one
                .only_if
                .as_ref()
                .map(|only| format!("{} = {}", only.question, only.is))
                .unwrap_or_default(),
        })
        .collect();
    Page::draw(&FormPage {
        title: row.name.clone(),
        id: row.id,
        version: row.version,
        lines,
        form: fields,
        page,
    })
}

/// Choices as typed: one a line, Chinese, then English after a stroke.
fn choices(text: &str) -> Vec<Choice> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(i, line)| {
            let (zh, en) = line.split_once(['|', '｜', '/']).unwrap_or((line, ""));
            Choice {
                value: format!("c{}", i + 1),
                words: Words {
                    zh: zh.trim().to_owned(),
                    en: en.trim().to_owned(),
                },
            }
        })
        .collect()
}

/// Yes and no, as facts have them.
fn yes_no() -> Vec<Choice> {
    [("yes", "是", "Yes"), ("no", "否", "No")]
        .into_iter()
        .map(|(value, zh, en)| Choice {
            value: value.to_owned(),
            words: Words {
                zh: zh.to_owned(),
                en: en.to_owned(),
            },
        })
        .collect()
}

fn limit(text: &str, kind: Kind) -> Option<i64> {
    let text = text.trim();
    if kind == Kind::Temperature {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let tenth = part.parse::<i64>().ok().filter(|_| part.len() == 1)?;
        return Some(whole.parse::<i64>().ok()? * 10 + tenth);
    }
    text.parse().ok()
}

/// `POST /forms/{id}/questions`: one more question at the end.
pub async fn add(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<FormId>,
    typed: Typed,
) -> Answer {
    let row = forms::newest(app.store.write(), id).await?;
    let mut form = forms::questions(&row)?;
    let mut check = typed.check();
    let words = Words {
        zh: check.text("zh", 200),
        en: check.optional("en", 200),
    };
    let kind = Kind::of(&check.text("kind", 20)).unwrap_or(Kind::Text);
    let mut bounds = [None, None];
    for (bound, name) in bounds.iter_mut().zip(["least", "most"]) {
        let text = check.optional(name, 10);
        if !text.is_empty() {
            *bound = limit(&text, kind);
            if bound.is_none() {
                check.error(FieldError::new(name, "not-a-number"));
            }
        }
    }
    let fact = fact(&page, &check.optional("fact", 40));
    let next = (1..=form.questions.len() + 1)
        .map(|n| format!("q{n}"))
        .find(|name| !form.questions.iter().any(|one| one.name == *name));
    form.questions.push(Question {
        remember: !fact.is_empty(),
        name: if fact.is_empty() {
            next.unwrap_or_default()
        } else {
            fact.clone()
        },
        kind,
        words,
        required: typed.ticked("required"),
        least: bounds[0],
        most: bounds[1],
        choices: if kind == Kind::Choice && yes_or_no(&fact) {
            yes_no()
        } else if matches!(kind, Kind::Choice | Kind::Several) {
            choices(typed.raw("choices"))
        } else {
            Vec::new()
        },
        only_if: typed.get("only_if").split_once('=').map(|(question, is)| OnlyIf {
            question: question.to_owned(),
            is: is.to_owned(),
        }),
    });
    let mut errors = check.done(()).err().unwrap_or_default();
    if errors.is_empty() {
        errors = form
            .check()
            .into_iter()
            .map(|wrong| {
                let field = match wrong.why {
                    "choices" | "choice-twice" => "choices",
                    "limits" => "most",
                    "condition" => "only_if",
                    "name" | "twice" => "fact",
                    "photos" => "kind",
                    _ => "zh",
                };
                FieldError::new(
                    field,
                    match wrong.why {
                        "choices" => "form-choices",
                        "choice-twice" => "form-choice-twice",
                        "limits" => "form-limits",
                        "condition" => "form-condition",
                        "too-many" => "form-too-many",
                        "name" => "form-fact",
                        "twice" => "taken",
                        "photos" => "form-photos",
                        _ => "invalid",
                    },
                )
            })
            .collect();
    }
    if errors.is_empty() {
        forms::save(&app, &actor, Some(id), &row.name, &form).await?;
        return Ok(Redirect::to(&format!("/forms/{id}?done=saved")).into_response());
    }
    form.questions.pop();
    let fields = question_form(&page, id, &form)
        .fill(&typed)
        .errors(&page, &errors);
    let drawn = preview(page, &row, &form, Some(fields))?;
    Ok(Page::again(drawn))
}

/// `POST /forms/{id}/questions/{name}/remove`: takes a question out, and the conditions that named it.
pub async fn remove(
    State(app): State<App>,
    actor: Actor,
    Path((id, name)): Path<(FormId, String)>,
) -> Answer {
    let row = forms::newest(app.store.write(), id).await?;
    let mut form = forms::questions(&row)?;
    form.questions.retain(|one| one.name != name);
    for one in &mut form.questions {
        if one.only_if.as_ref().is_some_and(|only| only.question == name) {
            one.only_if = None;
        }
    }
    forms::save(&app, &actor, Some(id), &row.name, &form).await?;
    Ok(Redirect::to(&format!("/forms/{id}?done=saved")).into_response())
}
