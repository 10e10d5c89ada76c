//! Report cards as files. Each file that leaves the house leaves a trace.

use accounts::{Actor, audit};
use kit::{Problem, Result, id::PlaceId};
use shell::{App, Page, sheet};

use crate::{Card, access, excel, markdown, pdf, tables::Activities};

/// As what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum File {
    Xlsx,
    Pdf,
    Md,
}

impl File {
    /// Ending of the file's name.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
            Self::Md => "md",
        }
    }

    /// Media type.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Xlsx => sheet::XLSX,
            Self::Pdf => "application/pdf",
            Self::Md => "text/markdown; charset=utf-8",
        }
    }
}

/// Makes the file, beside the threads that answer requests.
pub(crate) async fn render(app: &App, cards: Vec<Card>, page: Page, file: File) -> Result<Vec<u8>> {
    let activities = Activities::load(app.store.read(), &page).await?;
    tokio::task::spawn_blocking(move || match file {
        File::Xlsx => excel::write(&cards, &activities, &page),
        File::Pdf => pdf::write(&cards, &activities, &page),
        File::Md => Ok(markdown::write(&cards, &activities, &page).into_bytes()),
    })
    .await
    .map_err(Problem::internal)?
}

/// Notes who took which cards out.
pub(crate) async fn note(app: &App, actor: &Actor, cards: &[Card], file: File) -> Result<()> {
    let tx = app.store.begin().await?;
    for card in cards {
        let subject = format!("{} {} {}..{}", card.title, file.ending(), card.from, card.to);
        let community = match card.subject.kind {
            "place" => access::community(&tx, PlaceId(card.subject.id)).await?,
            _ => None,
        };
        let entry = audit::Entry {
            action: "report.export",
            subject: &subject,
            community,
        };
        audit::note(&tx, actor, app.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(())
}
