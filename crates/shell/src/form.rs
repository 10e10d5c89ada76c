//! The one form component. It keeps what was typed and marks each field that needs mending.

use std::{collections::HashMap, fmt::Write as _};

use askama::Template;
use axum::response::{IntoResponse, Response};
use kit::{FieldError, Result};

use crate::{Page, problem::field_text};

/// How a field is drawn and what the keyboard of a phone shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// One line.
    Text,
    /// A telephone number.
    Phone,
    /// A secret; never filled in again.
    Password,
    /// A whole number with bounds.
    Number(i64, i64),
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time of day.
    DateTime,
    /// Several lines.
    Area,
    /// One of these (value, words).
    Select(Vec<(String, String)>),
    /// Any of these (value, words).
    Checks(Vec<(String, String)>),
    /// Yes or no.
    Check,
    /// A file of these types.
    File(&'static str),
    /// Carried along unseen.
    Hidden,
}

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name in the form.
    pub name: String,
    /// Words before it.
    pub label: String,
    /// How it is drawn.
    pub control: Control,
    /// What is in it; for [`Control::Checks`] joined by commas.
    pub value: String,
    /// A word of help under it.
    pub hint: String,
    /// Must be filled in.
    pub required: bool,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Words offered while typing.
    pub suggest: Vec<String>,
}

impl Field {
    /// Whether this value is chosen.
    pub fn has(&self, value: &str) -> bool {
        self.value.split(',').any(|chosen| chosen == value)
    }
}

/// A form, ready to be drawn: `{{ form|safe }}` in a template, or [`Form::answer`] as a page.
#[derive(Debug, Clone, Template)]
#[template(path = "form.html")]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Words on the button.
    pub submit: String,
    /// Fields in order.
    pub fields: Vec<Field>,
    /// What is wrong with the whole.
    pub error: Option<String>,
    /// Carries a file.
    pub multipart: bool,
    /// Where "cancel" goes, and its words.
    pub cancel: Option<(String, String)>,
}

/// What was typed into a form, as it came: every value of every field.
#[derive(Debug, Clone, Default)]
pub struct Typed(HashMap<String, Vec<String>>);

impl Typed {
    /// From a URL-encoded body or query.
    pub fn parse(body: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(body).unwrap_or_default();
        let mut map: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in pairs {
            map.entry(name).or_default().push(value);
        }
        Self(map)
    }

    /// Sets a field, e.g. to fill a form from what is stored.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.0.insert(name.to_owned(), vec![value.to_string()]);
        self
    }

    /// A field's text, tidied; empty when it was not sent.
    pub fn get(&self, name: &str) -> String {
        kit::text::tidy(self.raw(name))
    }

    /// A field exactly as typed (secrets).
    pub fn raw(&self, name: &str) -> &str {
        self.0
            .get(name)
            .and_then(|values| values.first())
            .map_or("", String::as_str)
    }

    /// All values of a field with check boxes.
    pub fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.get(name).map_or(&[][..], Vec::as_slice);
        values
            .iter()
            .flat_map(|v| v.split(','))
            .map(kit::text::tidy)
            .filter(|v| !v.is_empty())
            .collect()
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        matches!(self.raw(name), "on" | "yes" | "true" | "1")
    }

    /// Starts checking.
    pub fn check(&self) -> Check<'_> {
        Check {
            typed: self,
            errors: Vec::new(),
        }
    }
}

impl<S: Send + Sync> axum::extract::FromRequest<S> for Typed {
    type Rejection = crate::problem::Failure;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Self::Rejection> {
        let body = String::from_request(request, state)
            .await
            .map_err(|_| kit::Problem::new(kit::problem::code::MALFORMED))?;
        Ok(Self::parse(&body))
    }
}

/// Checks field after field and gathers what is wrong, so that the user sees all of it at once.
#[derive(Debug)]
pub struct Check<'a> {
    typed: &'a Typed,
    /// What is wrong so far.
    pub errors: Vec<FieldError>,
}

impl Check<'_> {
    /// Notes an error.
    pub fn error(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// A text that must be there, of at most `most` characters.
    pub fn text(&mut self, name: &'static str, most: usize) -> String {
        let text = self.optional(name, most);
        if text.is_empty() && !self.errors.iter().any(|e| e.field == name) {
            self.errors.push(FieldError::new(name, "required"));
        }
        text
    }

    /// A text that may be empty, of at most `most` characters.
    pub fn optional(&mut self, name: &'static str, most: usize) -> String {
        let text = self.typed.get(name);
        if text.chars().count() > most {
            self.errors
                .push(FieldError::new(name, "too-long").with("most", most));
            return String::new();
        }
        text
    }

    /// A whole number within bounds.
    pub fn number(&mut self, name: &'static str, least: i64, most: i64) -> i64 {
        let text = self.text(name, 20);
        if text.is_empty() {
            return least;
        }
        match text.parse::<i64>() {
            Ok(n) if (least..=most).contains(&n) => n,
            Ok(_) => {
                self.errors.push(
                    FieldError::new(name, "out-of-range")
                        .with("least", least)
                        .with("most", most),
                );
                least
            }
            Err(_) => {
                self.errors.push(FieldError::new(name, "not-a-number"));
                least
            }
        }
    }

    /// Anything that parses (ids, days, times, roles); must be there. `kind` is the error when it does not.
    pub fn parse<T: std::str::FromStr + Default>(&mut self, name: &'static str, kind: &'static str) -> T {
        self.parse_optional(name, kind).unwrap_or_else(|| {
            if !self.errors.iter().any(|e| e.field == name) {
                self.errors.push(FieldError::new(name, "required"));
            }
            T::default()
        })
    }

    /// As [`Check::parse`]; empty is `None`.
    pub fn parse_optional<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        kind: &'static str,
    ) -> Option<T> {
        let text = self.optional(name, 100);
        if text.is_empty() {
            return None;
        }
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.errors.push(FieldError::new(name, kind));
        }
        parsed
    }

    /// A telephone number, as digits; empty when none was typed.
    pub fn phone(&mut self, name: &'static str) -> String {
        let text = self.optional(name, 40);
        if text.is_empty() {
            return text;
        }
        kit::text::phone(&text).unwrap_or_else(|| {
            self.errors.push(FieldError::new(name, "phone"));
            String::new()
        })
    }

    /// The value when nothing is wrong, else all that is.
    pub fn done<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(self.errors)
        }
    }
}

impl Form {
    /// An empty form; `submit` is the locale key of the button.
    pub fn new(page: &Page, action: impl Into<String>, submit: &str) -> Self {
        Self {
            action: action.into(),
            submit: page.t(submit),
            fields: Vec::new(),
            error: None,
            multipart: false,
            cancel: None,
        }
    }

    /// Adds a field. Its words are `label` in the locale files, its help `label-hint` if there is one.
    #[must_use]
    pub fn field(mut self, page: &Page, name: &str, label: &str, control: Control) -> Self {
        self.multipart |= matches!(control, Control::File(_));
        let mut hint_key = label.to_owned();
        let _ = write!(hint_key, "-hint");
        let hint = if page.has(&hint_key) {
            page.t(&hint_key)
        } else {
            String::new()
        };
        self.fields.push(Field {
            name: name.to_owned(),
            label: if control == Control::Hidden {
                String::new()
            } else {
                page.t(label)
            },
            control,
            value: String::new(),
            hint,
            required: false,
            error: None,
            suggest: Vec::new(),
        });
        self
    }

    /// Adds a field that must be filled in.
    #[must_use]
    pub fn required(self, page: &Page, name: &str, label: &str, control: Control) -> Self {
        let mut form = self.field(page, name, label, control);
        if let Some(last) = form.fields.last_mut() {
            last.required = true;
        }
        form
    }

    /// Adds a link back.
    #[must_use]
    pub fn cancel(mut self, page: &Page, href: &str) -> Self {
        self.cancel = Some((href.to_owned(), page.t("cancel")));
        self
    }

    /// Fills in what was typed; secrets and files stay empty.
    #[must_use]
    pub fn fill(mut self, typed: &Typed) -> Self {
        for field in &mut self.fields {
            match field.control {
                Control::Password | Control::File(_) => {}
                Control::Checks(_) => field.value = typed.all(&field.name).join(","),
                Control::Check => {
                    field.value = if typed.ticked(&field.name) {
                        "on".into()
                    } else {
                        String::new()
                    }
                }
                _ => typed.raw(&field.name).clone_into(&mut field.value),
            }
        }
        self
    }

    /// Marks fields; an error of a field that is not in the form is shown above it.
    #[must_use]
    pub fn errors(mut self, page: &Page, errors: &[FieldError]) -> Self {
        for error in errors {
            let text = field_text(error, page.texts(), page.lang);
            match self.fields.iter_mut().find(|field| field.name == error.field) {
                Some(field) => field.error = Some(text),
                None => self.error = Some(text),
            }
        }
        if self.error.is_none() && !errors.is_empty() {
            self.error = Some(page.t1("form-errors", "count", errors.len()));
        }
        self
    }

    /// The form as a page of its own. With errors the status is 422.
    pub fn answer(self, page: Page, title: String) -> Result<Response> {
        let status = if self.error.is_some() { 422 } else { 200 };
        let drawn = Page::draw(&FormPage {
            page,
            title,
            form: self,
        })?;
        let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
        Ok((status, drawn).into_response())
    }
}

#[derive(Template)]
#[template(path = "form_page.html")]
struct FormPage {
    page: Page,
    title: String,
    form: Form,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_at_once() {
        let typed = Typed::parse("name=&people=12x&phone=abc&day=2020-02-31&long=aaaa");
        let mut check = typed.check();
        check.text("name", 10);
        check.number("people", 1, 9);
        check.phone("phone");
        check.parse::<kit::Day>("day", "date");
        check.text("long", 3);
        let errors = check.done(()).unwrap_err();
        let kinds: Vec<_> = errors.iter().map(|e| (e.field.as_ref(), e.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("name", "required"),
                ("people", "not-a-number"),
                ("phone", "phone"),
                ("day", "date"),
                ("long", "too-long")
            ]
        );
    }
}
