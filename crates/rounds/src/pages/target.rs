//! One target: everything that was recorded there, also what contradicts; noting an outcome at the desk.

use accounts::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use field::{Field, Status};
use kit::{
    FieldError, Problem, Result, Role, Timestamp,
    id::{PieceId, RecordId, RoundId, TargetId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use super::{colour, outcome};
use crate::{
    body::{MOST_NOTE, OUTCOME, Visited},
    kind::{Need, Outcome, Reach},
    model::{outcome as recorded, piece, round, target},
    queries,
};

struct Line {
    at: Timestamp,
    received_at: Timestamp,
    what: String,
    colour: &'static str,
    need: String,
    note: String,
    answers: Vec<Told>,
    by: String,
    counts: bool,
}

#[derive(Template)]
#[template(path = "target.html")]
struct TargetPage {
    page: Page,
    title: String,
    round: round::Model,
    building: String,
    /// Address and words of the page of whoever it is.
    about: Option<(String, String)>,
    contradicts: bool,
    lines: Vec<Line>,
    form: Option<Form>,
}

async fn find(
    app: &App,
    actor: &Actor,
    roles: &[Role],
    round: RoundId,
    id: TargetId,
) -> Result<(target::Model, piece::Model)> {
    // A place that was just recorded is read where it was written.
    let db = app.store.write();
    let row = target::Entity::find()
        .filter(target::Column::RoundId.eq(round))
        .filter(target::Column::Id.eq(id))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let piece = queries::piece(db, &actor.scope(roles), row.piece_id).await?;
    Ok((row, piece))
}

fn form(page: &Page, round: &round::Model, id: TargetId) -> Form {
    let offers = round
        .kind
        .offers()
        .iter()
        .map(|one| (one.name().to_owned(), page.code("round-outcome", one.name())))
        .collect();
    let mut needs = vec![(String::new(), page.t("round-need-none"))];
    needs.extend(
        Need::ALL
            .iter()
            .map(|one| (one.name().to_owned(), page.code("round-need", one.name()))),
    );
    Form::new(page, format!("/rounds/{}/targets/{id}", round.id), "round-note")
        .field(page, "id", "round-note", Control::Hidden)
        .required(page, "outcome", "round-what", Control::Select(offers))
        .field(page, "need", "round-need", Control::Select(needs))
        .field(page, "note", "round-remark", Control::Area)
}

/// `GET /rounds/{id}/targets/{target}`
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path((round, id)): Path<(RoundId, TargetId)>,
) -> Answer {
    let typed = Typed::default().set("id", RecordId::fresh(page.now));
    Ok(drawn(&app, &actor, page, round, id, &typed, &[]).await?)
}

async fn drawn(
    app: &App,
    actor: &Actor,
    page: Page,
    round: RoundId,
    id: TargetId,
    typed: &Typed,
    errors: &[FieldError],
) -> Result<Response> {
    let db = app.store.write();
    let round = queries::find(db, actor, Role::READERS, round).await?;
    let (row, piece) = find(app, actor, Role::READERS, round.id, id).await?;
    let rows = recorded::Entity::find()
        .filter(recorded::Column::TargetId.eq(id))
        .filter(recorded::Column::RoundId.eq(round.id))
        .order_by_desc(recorded::Column::At)
        .all(db)
        .await?;
    let senders = rows.iter().filter_map(|row| row.sender.map(|id| id.0)).collect();
    let names = accounts::names::names(db, "users", senders).await;
    let staff = actor.may(Role::STAFF, &piece.place_path);
    let asked = crate::forms::of(db, &round).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for one in rows {
        lines.push(Line {
            what: outcome(&page, one.outcome.name()),
            colour: match colour(one.outcome.name(), round.ends(one.outcome), false) {
                "grey" | "white" => "secondary",
                colour => colour,
            },
            need: if one.need.is_empty() {
                String::new()
            } else {
                page.code("round-need", &one.need)
            },
            note: match &one.note_sealed {
                Some(sealed) => app.cipher.decrypt(sealed)?,
                None => String::new(),
            },
            answers: match &one.answers_sealed {
                Some(sealed) => answers(&page, asked.as_ref(), &app.cipher.decrypt(sealed)?),
                None => Vec::new(),
            },
            by: one
                .sender
                .and_then(|id| names.get(&id.0).cloned())
                .unwrap_or_default(),
            counts: row.record_id == Some(one.id),
            at: one.at,
            received_at: one.received_at,
        });
    }
    let title = [row.unit.as_str(), row.label.as_str(), row.name.as_str()]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let about = match (round.reach, row.household_id) {
        (Reach::Businesses, _) => Some((format!("/businesses/{id}"), page.t("round-business"))),
        (Reach::Residents, _) => Some((format!("/residents/{id}"), page.t("round-resident"))),
        (_, Some(household)) => Some((format!("/households/{household}"), page.t("round-household"))),
        _ => None,
    };
    let form = staff.then(|| form(&page, &round, id).fill(typed).errors(&page, errors));
    Page::draw(&TargetPage {
        title,
        building: piece.name,
        about,
        contradicts: row.contradicts,
        lines,
        form,
        round,
        page,
    })
}

/// An answer with its question, in words; a picture or drawing to be shown.
struct Told {
    question: String,
    words: String,
    photo: String,
    drawing: String,
    /// Latitude and longitude.
    place: String,
}

fn answers(page: &Page, form: Option<&crate::form::Form>, json: &str) -> Vec<Told> {
    use crate::form::{Answer, Answers, Kind};
    let Ok(all) = serde_json::from_str::<Answers>(json) else {
        return Vec::new();
    };
    let english = page.lang == kit::Lang::En;
    let mut all: Vec<(String, Answer)> = all.into_iter().collect();
    // In the order in which they are asked.
    let place = |name: &str| form.and_then(|form| form.questions.iter().position(|one| one.name == name));
    all.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    all.into_iter()
        .map(|(name, answer)| {
            let question = form.and_then(|form| form.questions.iter().find(|one| one.name == name));
            // Only what fits is drawn: what does not may be anything.
            let good = question.filter(|one| one.takes(&answer));
            let of = |kind: Kind| match &answer {
                Answer::Text(text) if good.is_some_and(|one| one.kind == kind) => text.clone(),
                _ => String::new(),
            };
            let words = match (question, &answer) {
                (Some(question), answer) => question.said(answer).either(english).to_owned(),
                (None, Answer::Number(n)) => n.to_string(),
                (None, Answer::Text(text)) => text.chars().take(300).collect(),
                (None, Answer::Several(values)) => values.join(page.pick("、", ", ")),
            };
            Told {
                photo: of(Kind::Photo),
                drawing: of(Kind::Signature),
                place: of(Kind::Place),
                question: question.map_or(name, |one| one.words.either(english).to_owned()),
                words,
            }
        })
        .collect()
}

/// `POST /rounds/{id}/targets/{target}`: an outcome noted at the desk, as a phone would.
pub async fn note(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path((round, id)): Path<(RoundId, TargetId)>,
    typed: Typed,
) -> Answer {
    let row = queries::find(app.store.read(), &actor, Role::STAFF, round).await?;
    let (target, piece) = find(&app, &actor, Role::STAFF, round, id).await?;
    let mut check = typed.check();
    let outcome = Outcome::of(&check.text("outcome", 20)).filter(|one| row.kind.offers().contains(one));
    if outcome.is_none() && !typed.get("outcome").is_empty() {
        check.error(FieldError::new("outcome", "invalid"));
    }
    let need = check.optional("need", 20);
    if !need.is_empty() && Need::of(&need).is_none() {
        check.error(FieldError::new("need", "invalid"));
    }
    let note = check.optional("note", MOST_NOTE);
    let errors = match (check.done(()), outcome) {
        (Ok(()), Some(outcome)) => {
            let body = Visited {
                round,
                piece: PieceId(piece.id.0),
                target: target.id,
                outcome,
                need: Need::of(&need),
                note,
                answers: std::collections::BTreeMap::new(),
            };
            let now = app.now();
            let record = typed.get("id").parse().unwrap_or_else(|_| RecordId::fresh(now));
            let answer = field.record(&actor, record, OUTCOME, now, None, &body).await?;
            if !matches!(answer.status, Status::Rejected) {
                return Ok(Redirect::to(&format!("/rounds/{round}/targets/{id}?done=saved")).into_response());
            }
            vec![FieldError::new("outcome", "invalid")]
        }
        (checked, _) => checked.err().unwrap_or_default(),
    };
    let drawn = drawn(&app, &actor, page, round, id, &typed, &errors).await?;
    Ok(Page::again(drawn))
}
