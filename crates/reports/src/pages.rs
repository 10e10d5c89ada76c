//! Pages: the chooser, the card, and the files made of it.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use kit::{FieldError, Result, Role};
use people::model::org;
use shell::{
    App, Page,
    form::Typed,
    list::Cell,
    problem::{Answer, field_text},
    sheet,
};

use crate::{
    Card, access,
    ask::{self, Asked, Choice, Kind},
    chart::{self, Chart},
    choose,
    export::{self, File},
    period::Preset,
    tables::{self, Activities, Table},
};

/// One field of the chooser.
struct Field {
    name: &'static str,
    label: String,
    hint: String,
    value: String,
    error: Option<String>,
    suggest: Vec<String>,
}

#[derive(Template)]
#[template(path = "reports_choose.html")]
struct ChoosePage {
    page: Page,
    title: String,
    subjects: Vec<Field>,
    days: Vec<Field>,
    periods: Vec<(&'static str, String, bool)>,
    recent: Vec<org::Model>,
    own: Option<String>,
    choices: Vec<(String, String)>,
    wrong: bool,
}

/// A card with all its tables.
struct Drawn {
    card: Card,
    period: String,
    figures: Vec<(String, Cell)>,
    steps: Vec<(String, Cell, i64)>,
    tables: Vec<Table>,
    json: String,
}

#[derive(Template)]
#[template(path = "reports_card.html")]
struct CardPage {
    page: Page,
    title: String,
    drawn: Vec<Drawn>,
    compared: Option<Table>,
    compared_counts: Option<Table>,
    chart: Chart,
    subjects: Vec<(&'static str, String)>,
    from: String,
    to: String,
    presets: Vec<(String, String)>,
    files: Vec<(String, String)>,
    empty: bool,
}

/// The chooser.
pub(crate) async fn choose(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    RawQuery(query): RawQuery,
) -> Answer {
    let typed = Typed::parse(query.as_deref().unwrap_or_default());
    Ok(chooser(&app, page, &actor, &typed, &[], Vec::new()).await?)
}

/// The card, or several side by side; the chooser again when something does not fit.
pub(crate) async fn card(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    RawQuery(query): RawQuery,
) -> Answer {
    let typed = Typed::parse(query.as_deref().unwrap_or_default());
    let db = app.store.read();
    let cards = match ask::ask(db, &actor, &typed, app.now().day()).await? {
        Asked::Cards(cards) => cards,
        Asked::Wrong(errors) => return Ok(chooser(&app, page, &actor, &typed, &errors, Vec::new()).await?),
        Asked::Choose(kind, choices) => {
            let error = FieldError::new(kind.name(), "reports-choose");
            return Ok(chooser(&app, page, &actor, &typed, &[error], choices).await?);
        }
    };
    let activities = Activities::load(db, &page).await?;
    Ok(Page::draw(&drawn(page, cards, &activities))?)
}

/// The cards as Excel.
pub(crate) async fn xlsx(app: State<App>, page: Page, actor: Actor, query: RawQuery) -> Answer {
    file(app, page, actor, query, File::Xlsx).await
}

/// The cards as a PDF.
pub(crate) async fn pdf(app: State<App>, page: Page, actor: Actor, query: RawQuery) -> Answer {
    file(app, page, actor, query, File::Pdf).await
}

/// The cards as Markdown.
pub(crate) async fn markdown(app: State<App>, page: Page, actor: Actor, query: RawQuery) -> Answer {
    file(app, page, actor, query, File::Md).await
}

async fn file(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    RawQuery(query): RawQuery,
    file: File,
) -> Answer {
    let typed = Typed::parse(query.as_deref().unwrap_or_default());
    let cards = ask::cards(app.store.read(), &actor, &typed, app.now().day()).await?;
    let name = format!("{}.{}", tables::file_name(&cards, &page), file.ending());
    let bytes = export::render(&app, cards.clone(), page, file).await?;
    export::note(&app, &actor, &cards, file).await?;
    let head = [
        (CONTENT_TYPE, file.media().to_owned()),
        (CONTENT_DISPOSITION, sheet::attachment(&name)),
    ];
    Ok((head, bytes).into_response())
}

fn drawn(page: Page, cards: Vec<Card>, activities: &Activities) -> CardPage {
    let kind = cards.first().map_or("org", |card| card.subject.kind);
    let (from, to) = cards.first().map_or_else(Default::default, |card| {
        (card.from.to_string(), card.to.to_string())
    });
    let subjects: Vec<(&'static str, String)> = cards
        .iter()
        .map(|card| (kind, card.subject.id.to_string()))
        .collect();
    let address = |path: &str, days: &[(&'static str, String)]| {
        let query: Vec<&(&'static str, String)> = subjects.iter().chain(days).collect();
        format!(
            "{path}?{}",
            serde_urlencoded::to_string(query).unwrap_or_default()
        )
    };
    let these = [("from", from.clone()), ("to", to.clone())];
    let presets = Preset::ALL
        .into_iter()
        .map(|preset| {
            let days = [("period", preset.name().to_owned())];
            (
                address("/reports/card", &days),
                page.t(&format!("reports-period-{}", preset.name())),
            )
        })
        .collect();
    let mut files = vec![
        (address("/reports/card.xlsx", &these), "Excel".to_owned()),
        (address("/reports/card.pdf", &these), "PDF".to_owned()),
        (address("/reports/card.md", &these), "Markdown".to_owned()),
    ];
    if cards.len() == 1 {
        files.push((address("/api/reports/card", &these), "JSON".to_owned()));
    }
    let several = cards.len() > 1;
    let title = if several {
        page.t("reports-side-by-side")
    } else {
        cards.first().map_or_else(String::new, |card| {
            page.t1("reports-card-of", "name", &card.title)
        })
    };
    CardPage {
        compared: several.then(|| tables::compared(&cards, &page)),
        compared_counts: several
            .then(|| tables::of_counts(&cards, activities, &page))
            .filter(|table| !table.rows.is_empty()),
        chart: chart::curve(&cards, &page),
        empty: cards.iter().all(Card::is_empty),
        drawn: cards
            .into_iter()
            .map(|card| draw(card, activities, &page))
            .collect(),
        title,
        subjects,
        from,
        to,
        presets,
        files,
        page,
    }
}

fn draw(card: Card, activities: &Activities, page: &Page) -> Drawn {
    let one = std::slice::from_ref(&card);
    let tables = [
        tables::of_counts(one, activities, page),
        tables::by_ledger(&card, page),
        tables::by_rank(&card, page),
        tables::by_area(&card, &activities.of(one), page),
        tables::by_day(&card, page, false),
    ];
    let query = [
        (card.subject.kind, card.subject.id.to_string()),
        ("from", card.from.to_string()),
        ("to", card.to.to_string()),
    ];
    Drawn {
        period: tables::period(&card, page),
        figures: tables::figures(&card, page),
        steps: tables::steps(&card, page),
        tables: tables
            .into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect(),
        json: format!(
            "/reports/card?{}",
            serde_urlencoded::to_string(query).unwrap_or_default()
        ),
        card,
    }
}

async fn chooser(
    app: &App,
    page: Page,
    actor: &Actor,
    typed: &Typed,
    errors: &[FieldError],
    choices: Vec<Choice>,
) -> Result<Response> {
    let db = app.store.read();
    let reads = actor.has(Role::READERS);
    let recent = if reads {
        choose::recent(db).await?
    } else {
        access::coordinated(db, actor).await?
    };
    let said = |name: &str| {
        errors
            .iter()
            .find(|error| error.field == name)
            .map(|error| field_text(error, page.texts(), page.lang))
    };
    let field = |name: &'static str, value: String, suggest: Vec<String>| Field {
        name,
        label: page.t(&format!("reports-choose-{name}")),
        hint: page.t(&format!("reports-choose-{name}-hint")),
        value,
        error: said(name),
        suggest,
    };
    let mut subjects = Vec::new();
    if reads || !recent.is_empty() {
        let names = if reads {
            choose::org_names(db).await?
        } else {
            recent.iter().map(|org| org.name.clone()).collect()
        };
        subjects.push(field("org", typed.all("org").join("、"), names));
    }
    if reads {
        let names = choose::place_names(db, &actor.scope(Role::READERS)).await?;
        subjects.push(field("place", typed.get("place"), names));
    }
    if reads || !recent.is_empty() {
        subjects.push(field("helper", typed.get("helper"), Vec::new()));
    }
    let days = ["from", "to"].map(|name| Field {
        name,
        label: page.t(&format!("reports-{name}")),
        hint: String::new(),
        value: typed.get(name),
        error: said(name),
        suggest: Vec::new(),
    });
    let chosen = typed.get("period");
    let periods = Preset::ALL.map(|preset| {
        let name = preset.name();
        (name, page.t(&format!("reports-period-{name}")), name == chosen)
    });
    let rest: Vec<(&str, String)> = ["from", "to", "period"]
        .into_iter()
        .map(|name| (name, typed.get(name)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let choices = choices
        .into_iter()
        .map(|choice| {
            (
                card_address(choice.subject.kind(), choice.subject.id(), &rest),
                choice.words,
            )
        })
        .collect();
    let own = actor
        .helper_id
        .map(|helper| card_address(Kind::Helper.name(), helper.0, &[]));
    let wrong = !errors.is_empty();
    let drawn = Page::draw(&ChoosePage {
        title: page.t("reports-title"),
        subjects,
        days: days.into(),
        periods: periods.into(),
        recent,
        own,
        choices,
        wrong: !errors.is_empty(),
        page,
    })?;
    Ok(if wrong { Page::again(drawn) } else { drawn })
}

fn card_address(kind: &str, id: uuid::Uuid, rest: &[(&str, String)]) -> String {
    let id = id.to_string();
    let mut query = vec![(kind, id)];
    query.extend(rest.iter().cloned());
    format!(
        "/reports/card?{}",
        serde_urlencoded::to_string(query).unwrap_or_default()
    )
}
