//! Fields that several forms of this room have.

use shell::{Form, Page, form::Control};

/// The telephone number: never filled in with the one that is kept. `kept` is that one, masked; empty
/// when there is none.
pub(crate) fn phone(form: Form, page: &Page, kept: &str) -> Form {
    number(
        form,
        page,
        ("phone", "people-phone", "clear_phone"),
        Control::Phone,
        kept,
    )
}

/// The identity number, likewise.
pub(crate) fn identity(form: Form, page: &Page, kept: &str) -> Form {
    number(
        form,
        page,
        ("identity", "people-identity", "clear_identity"),
        Control::Text,
        kept,
    )
}

fn number(
    form: Form,
    page: &Page,
    (name, label, clear): (&str, &str, &str),
    control: Control,
    kept: &str,
) -> Form {
    let mut form = form.field(page, name, label, control);
    if kept.is_empty() {
        return form;
    }
    if let Some(field) = form.fields.last_mut() {
        field.hint = page.t1("people-number-kept", "number", kept);
    }
    form.field(page, clear, "people-number-clear", Control::Check)
}
