//! The certificate on paper: one A4 page with a picture that leads to the public check.

use kit::{Lang, Problem, Result};
use serde_json::{Value, json};
use shell::{App, Page};

use super::{figures::Figures, serial, state::State, view};
use crate::{hours::Ledger, model::certificate, pdf, tables};

/// The PDF. `check` is the address of the public check, without a serial.
pub(crate) async fn render(app: &App, it: &certificate::Model, page: Page, check: &str) -> Result<Vec<u8>> {
    let names = view::activities(app.store.read(), &page).await?;
    let data = data(it, &names, &page, check)?;
    tokio::task::spawn_blocking(move || paper::set(pdf::CERTIFICATE, &data))
        .await
        .map_err(Problem::internal)?
}

fn data(it: &certificate::Model, names: &view::Names, page: &Page, check: &str) -> Result<Value> {
    let (lang, region) = match page.lang {
        Lang::ZhCn => ("zh", "cn"),
        Lang::En => ("en", "gb"),
    };
    let issued = it.issued_at.unwrap_or(it.created_at).day();
    let content = view::content(&Figures::read(&it.content)?, names, page);
    let rows: Vec<Vec<String>> = content
        .rows
        .iter()
        .map(|row| row.iter().map(tables::words).collect())
        .collect();
    let shown = serial::shown(&it.serial);
    let says = match it.ledger {
        Ledger::Official => "certificate-says-official",
        Ledger::Volunteer => "certificate-says-volunteer",
    };
    Ok(json!({
        "lang": lang,
        "region": region,
        "product": page.t("product"),
        "title": page.t("certificate-title"),
        "serial": shown,
        "serial-words": page.t("certificate-serial"),
        "name": it.name,
        "number": view::number(it, page),
        "says": page.tn(says, &[
            ("from", it.first_day.to_string()),
            ("to", it.last_day.to_string()),
            ("times", it.times.to_string()),
            ("hours", view::hours_text(it.tenths)),
        ]),
        "hours": view::hours_text(it.tenths),
        "hours-words": page.t("hours-hours"),
        "times": it.times.to_string(),
        "times-words": page.t("hours-times"),
        "content-words": content.title,
        "head": content.head,
        "numbers": (0..content.head.len()).map(|column| content.number(&column)).collect::<Vec<_>>(),
        "rows": rows,
        "issuer": it.issuer,
        "issuer-words": page.t("certificate-issuer"),
        "handler": it.handler,
        "handler-words": page.t("certificate-handler"),
        "date": [issued.0.year(), i16::from(issued.0.month()), i16::from(issued.0.day())],
        "date-text": issued.to_string(),
        "date-words": page.t("certificate-date"),
        "seal-words": page.t("certificate-seal"),
        "public": page.tn("certificate-was-public", &[
            ("from", it.announced_on.to_string()),
            ("to", view::last_public(it).to_string()),
        ]),
        "note": page.t("certificate-note"),
        "check": page.t1("certificate-check-at", "address", check),
        "qr": muster::invitation::picture(&format!("{check}/{}", it.serial))?,
        "withdrawn": if it.state == State::Withdrawn {
            page.t("certificate-withdrawn-mark")
        } else {
            String::new()
        },
        "withdrawn-since": it.withdrawn_at.map_or_else(String::new, |at| {
            page.t1("certificate-withdrawn-since", "at", at.minute_text())
        }),
    }))
}
