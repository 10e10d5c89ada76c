//! The page of one thing: its facts, buttons, and parts below (lists, forms).

use askama::Template;
use axum::response::Response;
use kit::{FieldError, Problem, Result, problem::code};
use shell::Page;

/// A page of one thing.
#[derive(Template)]
#[template(path = "thing.html")]
pub(crate) struct Thing {
    page: Page,
    title: String,
    /// A word of warning above the facts.
    pub note: String,
    actions: Vec<(String, String)>,
    facts: Vec<(String, String, Option<String>)>,
    parts: Vec<Part>,
}

/// A part below the facts.
pub(crate) struct Part {
    heading: String,
    /// Drawn already.
    html: String,
    /// A form stands on a card; lists bring their own.
    card: bool,
}

impl Thing {
    /// A page without facts yet.
    pub fn new(page: &Page, title: impl Into<String>) -> Self {
        Self {
            page: page.clone(),
            title: title.into(),
            note: String::new(),
            actions: Vec::new(),
            facts: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// A button; `key` is its locale key.
    #[must_use]
    pub fn action(mut self, href: impl Into<String>, key: &str) -> Self {
        self.actions.push((href.into(), self.page.t(key)));
        self
    }

    /// A fact; an empty one is shown as a dash.
    #[must_use]
    pub fn fact(mut self, key: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let value = if value.is_empty() { "—".to_owned() } else { value };
        self.facts.push((self.page.t(key), value, None));
        self
    }

    /// A fact that leads somewhere.
    #[must_use]
    pub fn link(mut self, key: &str, value: impl Into<String>, href: impl Into<String>) -> Self {
        self.facts
            .push((self.page.t(key), value.into(), Some(href.into())));
        self
    }

    /// A fact that is true or not.
    #[must_use]
    pub fn truth(self, key: &str, value: bool) -> Self {
        let words = self.page.t(if value { "yes" } else { "no" });
        self.fact(key, words)
    }

    /// A list or links.
    pub fn part(self, key: &str, drawn: &impl Template) -> Result<Self> {
        self.add(key, drawn, false)
    }

    /// A form.
    pub fn form(self, key: &str, form: &shell::Form) -> Result<Self> {
        self.add(key, form, true)
    }

    fn add(mut self, key: &str, drawn: &impl Template, card: bool) -> Result<Self> {
        let html = drawn.render().map_err(Problem::internal)?;
        self.parts.push(Part {
            heading: self.page.t(key),
            html,
            card,
        });
        Ok(self)
    }

    /// The page.
    pub fn answer(self) -> Result<Response> {
        Page::draw(&self)
    }
}

/// Links, one a line; a part of a page.
#[derive(Template)]
#[template(path = "links.html")]
pub(crate) struct Links {
    /// Address, words, and a word after them.
    pub links: Vec<(String, String, String)>,
    /// What is said when there are none.
    pub none: String,
}

/// The errors of a form, to draw it again; any other problem goes on.
pub(crate) fn mend(problem: Problem) -> Result<Vec<FieldError>> {
    if problem.code == code::INVALID && !problem.fields.is_empty() {
        Ok(problem.fields)
    } else {
        Err(problem)
    }
}

/// One field's error as a problem.
pub(crate) fn field(name: &'static str, kind: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(name, kind)])
}
