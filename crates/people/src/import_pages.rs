//! Pages of imports: the form, the template to fill in, the result.

use accounts::Actor;
use askama::Template;
use axum::{extract::State, response::Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use kit::{FieldError, Problem, Result, Role};
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed},
    list::sheet_answer,
    problem::Answer,
    sheet,
    upload::Upload,
};

use crate::{
    home, household_pages,
    import::{self, HelperOptions, ImportReport, RosterOptions},
    import_businesses, import_helpers_rows, import_roster_rows,
    view::{Thing, mend},
};

/// A file of rejected rows up to this size travels inside the page; a larger one would make the page
/// too heavy for a phone.
const CARRIED: usize = 2 * 1024 * 1024;
/// Rejected rows that the page shows.
const SHOWN: usize = 50;
/// Types of file that can be read.
const TYPES: &str = ".xlsx,.csv,.txt";

/// A kind of import.
struct Kind {
    /// Locale key of the title.
    title: &'static str,
    /// Address of the template.
    template: &'static str,
    /// Locale key of the field for the file.
    file: &'static str,
}

const HELPERS: Kind = Kind {
    title: "people-import-helpers",
    template: "/helpers/template.xlsx",
    file: "people-file-helpers",
};

const ROSTER: Kind = Kind {
    title: "people-import-roster",
    template: "/residents/template.xlsx",
    file: "people-file-roster",
};

const BUSINESSES: Kind = Kind {
    title: "people-import-businesses",
    template: "/businesses/template.xlsx",
    file: "people-file-businesses",
};

impl Kind {
    /// The form, with the template to download beside it.
    fn ask(&self, page: &Page, form: &Form) -> Result<Response> {
        Thing::new(page, page.t(self.title))
            .action(self.template, "people-template")
            .form("people-import", form)?
            .answer()
    }

    /// The form again, with what is wrong.
    fn again(&self, page: &Page, mut form: Form, problem: Problem) -> Result<Response> {
        let (errors, whole) = file_errors(page, problem)?;
        form = form.errors(page, &errors);
        if whole.is_some() {
            form.error = whole;
        }
        Ok(Page::again(self.ask(page, &form)?))
    }
}

#[derive(Template)]
#[template(path = "imported.html")]
struct Imported {
    page: Page,
    title: String,
    report: ImportReport,
    counts: Vec<(String, usize)>,
    /// The rejected rows as a file inside the page.
    carried: Option<String>,
    form: Form,
}

impl Imported {
    fn rejected(&self) -> Vec<(usize, String)> {
        let shown = self.report.rejected.iter().take(SHOWN);
        shown
            .map(|row| (row.line, row.words(self.page.texts(), self.page.lang)))
            .collect()
    }

    fn columns(&self, keys: &[&'static str]) -> String {
        let words: Vec<String> = keys.iter().map(|key| self.page.t(key)).collect();
        words.join(self.page.pick("、", ", "))
    }
}

fn result(app: &App, page: Page, title: &str, report: ImportReport, form: Form) -> Result<Response> {
    let file = report.rejected_sheet(&app.texts, page.lang)?;
    let carried = file
        .filter(|bytes| bytes.len() <= CARRIED)
        .map(|bytes| format!("data:{};base64,{}", sheet::XLSX, BASE64_STANDARD.encode(bytes)));
    let counts = [
        ("people-count-rows", report.rows),
        ("people-count-added", report.added),
        ("people-count-changed", report.changed),
        ("people-count-unchanged", report.unchanged),
        ("people-count-households", report.households),
        ("people-count-places", report.places),
        ("people-count-orgs", report.orgs),
        ("people-count-rejected", report.rejected.len()),
        ("people-count-suspected", report.suspected),
    ]
    .into_iter()
    .map(|(key, n)| (page.t(key), n))
    .collect();
    Page::draw(&Imported {
        title: page.t(title),
        page,
        report,
        counts,
        carried,
        form,
    })
}

/// The errors of a file or its options, to draw the form again; any other problem goes on.
fn file_errors(page: &Page, problem: Problem) -> Result<(Vec<FieldError>, Option<String>)> {
    if [sheet::NOT_A_SHEET, sheet::WRONG_COLUMNS].contains(&problem.code) {
        let key = format!("problem-{}", problem.code.name);
        return Ok((Vec::new(), Some(page.tn(&key, &problem.args))));
    }
    Ok((mend(problem)?, None))
}

fn need_file(upload: &Upload) -> Result<()> {
    if upload.file.is_empty() {
        Err(crate::view::field("file", "required"))
    } else {
        Ok(())
    }
}

/// The file that is to be filled in: the head in the page's language, nothing else.
fn template<const N: usize>(page: &Page, name: &str, columns: [(&[&str], bool); N]) -> Result<Response> {
    let head: Vec<String> = columns
        .iter()
        .map(|(names, required)| {
            // Chinese first, then the plain English one.
            let english = names.iter().find(|name| name.is_ascii());
            let word = page.pick(names.first().unwrap_or(&""), english.unwrap_or(&""));
            format!("{word}{}", if *required { "*" } else { "" })
        })
        .collect();
    let name = page.t(name);
    Ok(sheet_answer(&name, sheet::workbook(&name, &head, &[])?))
}

/// `GET /helpers/template.xlsx`
pub(crate) async fn helper_template(page: Page) -> Answer {
    Ok(template(&page, "people-helpers", import_helpers_rows::COLUMNS)?)
}

/// `GET /residents/template.xlsx`
pub(crate) async fn roster_template(page: Page) -> Answer {
    Ok(template(&page, "people-roster", import_roster_rows::COLUMNS)?)
}

fn helper_form(page: &Page, actor: &Actor) -> Form {
    let mut form = Form::new(page, "/helpers/import", "people-import")
        .required(page, "file", HELPERS.file, Control::File(TYPES))
        .field(page, "dry_run", "people-dry-run", Control::Check);
    if actor.has(Role::STAFF) {
        form = form.field(page, "create_orgs", "people-create-orgs", Control::Check);
    }
    form.cancel(page, "/helpers")
}

/// `GET /helpers/import`
pub(crate) async fn helper_import(actor: Actor, page: Page) -> Answer {
    let form = helper_form(&page, &actor).fill(&Typed::default().set("dry_run", "on"));
    Ok(HELPERS.ask(&page, &form)?)
}

/// `POST /helpers/import`
pub(crate) async fn import_helpers(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    upload: Upload,
) -> Answer {
    let options = HelperOptions {
        dry_run: upload.typed.ticked("dry_run"),
        create_orgs: upload.typed.ticked("create_orgs"),
    };
    let form = helper_form(&page, &actor).fill(&upload.typed);
    let done = match need_file(&upload) {
        Ok(()) => import::helpers(&app, &actor, upload.file, options).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(report) => Ok(result(&app, page, HELPERS.title, report, form)?),
        Err(problem) => Ok(HELPERS.again(&page, form, problem)?),
    }
}

/// `GET /businesses/template.xlsx`
pub(crate) async fn business_template(page: Page) -> Answer {
    Ok(template(&page, "businesses", import_businesses::COLUMNS)?)
}

/// The form of a file about one community, sent to `to`.
async fn community_form(app: &App, page: &Page, actor: &Actor, to: &Kind) -> Result<Form> {
    let scope = actor.scope(Role::STAFF);
    let (back, _) = to.template.rsplit_once('/').unwrap_or_default();
    let mut form = Form::new(page, format!("{back}/import"), "people-import").required(
        page,
        "community",
        "people-community",
        Control::Text,
    );
    if let Some(community) = form.fields.last_mut() {
        community.suggest = household_pages::offers(app.store.read(), &scope).await?;
    }
    Ok(form
        .required(page, "file", to.file, Control::File(TYPES))
        .field(page, "dry_run", "people-dry-run", Control::Check)
        .cancel(page, back))
}

/// The empty form, with `?community=ID` already chosen.
async fn ask(app: &App, actor: &Actor, page: &Page, query: &ListQuery, kind: &Kind) -> Result<Response> {
    let db = app.store.read();
    let scope = actor.scope(Role::STAFF);
    let mut typed = Typed::default().set("dry_run", "on");
    let chosen = match home::community(db, &scope, &query.filter("community")).await? {
        Ok(Some(place)) => Some(place),
        // Whoever works for one community only need not choose it.
        _ => home::communities(db, &scope, 1)
            .await?
            .and_then(|mut all| all.pop()),
    };
    if let Some(place) = chosen {
        typed = typed.set("community", places::tree::full_name(db, &place).await?);
    }
    let form = community_form(app, page, actor, kind).await?.fill(&typed);
    kind.ask(page, &form)
}

/// `GET /residents/import`, with `?community=ID` already chosen.
pub(crate) async fn roster_import(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    query: ListQuery,
) -> Answer {
    Ok(ask(&app, &actor, &page, &query, &ROSTER).await?)
}

/// `GET /businesses/import`, with `?community=ID` already chosen.
pub(crate) async fn business_import(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    query: ListQuery,
) -> Answer {
    Ok(ask(&app, &actor, &page, &query, &BUSINESSES).await?)
}

/// `POST /residents/import`
pub(crate) async fn import_roster(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    upload: Upload,
) -> Answer {
    let form = community_form(&app, &page, &actor, &ROSTER)
        .await?
        .fill(&upload.typed);
    let done = match options(&app, &actor, &upload).await {
        Ok(options) => import::roster(&app, &actor, upload.file, options).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(report) => Ok(result(&app, page, ROSTER.title, report, form)?),
        Err(problem) => Ok(ROSTER.again(&page, form, problem)?),
    }
}

/// `POST /businesses/import`
pub(crate) async fn import_businesses(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    upload: Upload,
) -> Answer {
    let form = community_form(&app, &page, &actor, &BUSINESSES)
        .await?
        .fill(&upload.typed);
    let done = match options(&app, &actor, &upload).await {
        Ok(options) => import::businesses(&app, &actor, upload.file, options).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(report) => Ok(result(&app, page, BUSINESSES.title, report, form)?),
        Err(problem) => Ok(BUSINESSES.again(&page, form, problem)?),
    }
}

async fn options(app: &App, actor: &Actor, upload: &Upload) -> Result<RosterOptions> {
    let scope = actor.scope(Role::STAFF);
    let text = upload.typed.get("community");
    let community = match home::community(app.store.read(), &scope, &text).await? {
        Ok(Some(community)) => community.id,
        Ok(None) => return Err(crate::view::field("community", "required")),
        Err(kind) => return Err(crate::view::field("community", kind)),
    };
    need_file(upload)?;
    Ok(RosterOptions {
        community,
        dry_run: upload.typed.ticked("dry_run"),
    })
}
