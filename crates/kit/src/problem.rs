//! Problems: what goes wrong, as RFC 9457 has it. One type; `shell` renders it as a page or as JSON.
//!
//! A problem's `code` is stable; its words are in the locale files as `problem-CODE` (and
//! `problem-CODE-detail` where a second sentence helps). Internals go to the log, never to the user.

use std::{borrow::Cow, error::Error, fmt};

use sea_orm::{DbErr, TransactionError};

/// A stable problem code with its HTTP status. Rooms define their own as constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Lower-case words joined by dashes.
    pub name: &'static str,
    /// HTTP status.
    pub status: u16,
}

impl Code {
    /// A code.
    pub const fn new(name: &'static str, status: u16) -> Self {
        Self { name, status }
    }
}

/// Codes that every room uses.
pub mod code {
    use super::Code;

    /// Something is wrong inside; the log knows.
    pub const INTERNAL: Code = Code::new("internal", 500);
    /// No such page or thing, or none that you may see.
    pub const NOT_FOUND: Code = Code::new("not-found", 404);
    /// You are not signed in.
    pub const SIGNED_OUT: Code = Code::new("signed-out", 401);
    /// You have not the right.
    pub const FORBIDDEN: Code = Code::new("forbidden", 403);
    /// The form or body has errors, named field by field.
    pub const INVALID: Code = Code::new("invalid", 422);
    /// The request itself cannot be read.
    pub const MALFORMED: Code = Code::new("malformed", 400);
    /// The body is larger than allowed.
    pub const TOO_LARGE: Code = Code::new("too-large", 413);
    /// Somebody changed it meanwhile, or it is already so.
    pub const CONFLICT: Code = Code::new("conflict", 409);
    /// Too many tries; wait.
    pub const TOO_MANY: Code = Code::new("too-many", 429);
    /// The store is away or full; nothing was taken.
    pub const UNAVAILABLE: Code = Code::new("unavailable", 503);
    /// A request from a foreign page.
    pub const FOREIGN_ORIGIN: Code = Code::new("foreign-origin", 403);
}

/// What is wrong with one field of a form. Worded in the locale files as `field-KIND`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the field, as in the form.
    pub field: Cow<'static, str>,
    /// Kind of error: `required`, `too-long`, `invalid`, `taken`, ...
    pub kind: &'static str,
    /// Arguments for the sentence.
    pub args: Vec<(&'static str, String)>,
}

impl FieldError {
    /// An error without arguments.
    pub fn new(field: impl Into<Cow<'static, str>>, kind: &'static str) -> Self {
        Self {
            field: field.into(),
            kind,
            args: Vec::new(),
        }
    }

    /// Adds an argument for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

/// A problem on its way to the user.
#[derive(Debug)]
pub struct Problem {
    /// Which.
    pub code: Code,
    /// Arguments for the sentence.
    pub args: Vec<(&'static str, String)>,
    /// Per field, for [`code::INVALID`].
    pub fields: Vec<FieldError>,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u32>,
    /// For the log only.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// The result of everything that can go wrong in front of a user.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    /// A problem with this code.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            args: Vec::new(),
            fields: Vec::new(),
            retry_after: None,
            source: None,
        }
    }

    /// No such thing, or none you may see.
    pub fn not_found() -> Self {
        Self::new(code::NOT_FOUND)
    }

    /// You have not the right.
    pub fn forbidden() -> Self {
        Self::new(code::FORBIDDEN)
    }

    /// A form with these errors.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        Self {
            fields,
            ..Self::new(code::INVALID)
        }
    }

    /// Something inside went wrong.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(code::INTERNAL)
        }
    }

    /// The store cannot take anything now; try again in five seconds.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            retry_after: Some(5),
            ..Self::new(code::UNAVAILABLE)
        }
    }

    /// Adds an argument for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.name)?;
        for field in &self.fields {
            write!(f, " {}:{}", field.field, field.kind)?;
        }
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl Error for Problem {}

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::RecordNotFound(_) => Self::not_found(),
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => Self::unavailable(error),
            other if is_away(&other.to_string()) => Self::unavailable(error),
            _ => Self::internal(error),
        }
    }
}

/// Whether a database's message means "later" rather than "never".
fn is_away(message: &str) -> bool {
    const SIGNS: [&str; 10] = [
        "database or disk is full",
        "disk I/O error",
        "database is locked",
        "No space left",
        "Connection refused",
        "connection",
        "terminating",
        "shutting down",
        "starting up",
        "communicating with database",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}

impl From<TransactionError<Self>> for Problem {
    fn from(error: TransactionError<Self>) -> Self {
        match error {
            TransactionError::Connection(error) => error.into(),
            TransactionError::Transaction(problem) => problem,
        }
    }
}
