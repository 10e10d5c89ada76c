//! Whole numbers for a written reason, with a trace in the audit trail.

use accounts::{Actor, audit};
use axum::response::Response;
use kit::{FieldError, Problem, Result, id::PlaceId};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
};

use crate::{
    numbers,
    view::{Thing, mend},
};

/// Characters of a reason at most. Together with a name it fits into an entry of the audit trail.
const REASON: usize = 100;

/// Whose numbers.
pub(crate) struct Subject<'a> {
    /// Address of the thing's page.
    pub href: String,
    /// Name.
    pub name: &'a str,
    /// Word for the audit trail.
    pub action: &'static str,
    /// Community it concerns.
    pub community: Option<PlaceId>,
    /// Telephone number.
    pub phone: Option<&'a Vec<u8>>,
    /// Identity number.
    pub identity: Option<&'a Vec<u8>>,
}

impl Subject<'_> {
    /// Whether there is anything to show.
    pub fn has_any(&self) -> bool {
        self.phone.is_some() || self.identity.is_some()
    }

    /// The form that asks for the reason.
    pub fn form(&self, page: &Page) -> Form {
        Form::new(page, format!("{}/reveal", self.href), "people-reveal").required(
            page,
            "reason",
            "people-reason",
            Control::Text,
        )
    }
}

/// Notes the reason and shows the numbers. Without a proper reason the form comes back.
pub(crate) async fn answer(
    app: &App,
    actor: &Actor,
    page: Page,
    typed: &Typed,
    subject: Subject<'_>,
) -> Result<Response> {
    let reason = match reason(typed) {
        Ok(reason) => reason,
        Err(problem) => {
            let form = subject
                .form(&page)
                .fill(typed)
                .errors(&page, &mend(problem)?)
                .cancel(&page, &subject.href);
            let title = page.t1("people-reveal-title", "name", subject.name);
            return form.answer(page, title);
        }
    };
    let phone = numbers::open(&app.cipher, subject.phone)?;
    let identity = numbers::open(&app.cipher, subject.identity)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    // The entry is committed before the numbers leave the server.
    let entry = audit::Entry {
        action: subject.action,
        subject: &format!("{} · {reason}", subject.name),
        community: subject.community,
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    let mut thing = Thing::new(&page, page.t1("people-reveal-title", "name", subject.name))
        .action(subject.href.clone(), "back")
        .fact("people-phone", phone);
    if subject.identity.is_some() {
        thing = thing.fact("people-identity", identity);
    }
    thing.note = page.t("people-reveal-note");
    thing.answer()
}

fn reason(typed: &Typed) -> Result<String> {
    let mut check = typed.check();
    let reason = check.text("reason", REASON);
    let mut run = 0;
    for c in reason.chars() {
        run = if c.is_numeric() { run + 1 } else { 0 };
        if run >= kit::mask::LONG {
            // The audit trail is read by others and kept for ever: no numbers in it.
            check.error(FieldError::new("reason", "people-has-number"));
            break;
        }
    }
    check.done(reason).map_err(Problem::invalid)
}
