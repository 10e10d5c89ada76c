//! The building board (楼栋图): each door a cell, floors up, staircases across. For the wall, the desk and paper.

use accounts::Actor;
use askama::Template;
use axum::extract::{Path, State};
use kit::{
    Role, Timestamp,
    id::{PlaceId, RoundId},
};
use shell::{App, ListQuery, Page, problem::Answer};

use super::{colour, outcome, show};
use crate::{
    queries::{self, Coverage},
    sheet::{self, Door},
};

/// Buildings on one board at most.
const MOST: u64 = 60;

struct Cell {
    id: uuid::Uuid,
    label: String,
    colour: &'static str,
    words: String,
    mark: &'static str,
}

/// A staircase: floors from the top down, each with its doors.
struct Staircase {
    name: String,
    floors: Vec<(i64, Vec<Cell>)>,
}

struct Building {
    name: String,
    finals: i64,
    targets: i64,
    staircases: Vec<Staircase>,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    page: Page,
    title: String,
    id: RoundId,
    at: PlaceId,
    place: String,
    deadline: Timestamp,
    coverage: Coverage,
    buildings: Vec<Building>,
    more: bool,
    legend: Vec<(&'static str, &'static str, String)>,
}

/// A sign for those who do not tell colours apart.
fn mark(colour: &str) -> &'static str {
    match colour {
        "green" => "✓",
        "yellow" => "…",
        "red" => "!",
        "purple" => "≠",
        "grey" => "–",
        _ => "",
    }
}

fn staircases(page: &Page, doors: Vec<Door>, contradicts: &dyn Fn(uuid::Uuid) -> bool) -> Vec<Staircase> {
    let mut all: Vec<Staircase> = Vec::new();
    for door in doors {
        let colour = colour(&door.outcome, door.last, contradicts(door.id));
        let cell = Cell {
            id: door.id,
            words: [
                door.label.as_str(),
                door.name.as_str(),
                &outcome(page, &door.outcome),
            ]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
            label: if door.name.is_empty() {
                door.label
            } else {
                door.name
            },
            mark: mark(colour),
            colour,
        };
        if all.last().is_none_or(|last| last.name != door.unit) {
            all.push(Staircase {
                name: door.unit,
                floors: Vec::new(),
            });
        }
        let Some(staircase) = all.last_mut() else { continue };
        match staircase
            .floors
            .iter_mut()
            .find(|(floor, _)| *floor == door.floor)
        {
            Some((_, cells)) => cells.push(cell),
            None => staircase.floors.push((door.floor, vec![cell])),
        }
    }
    for staircase in &mut all {
        staircase
            .floors
            .sort_by_key(|(floor, _)| std::cmp::Reverse(*floor));
    }
    all
}

/// `GET /rounds/{id}/board`, with `?place=` for a part of it. It renews itself.
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<RoundId>,
    query: ListQuery,
) -> Answer {
    let db = app.store.read();
    let round = queries::find(db, &actor, Role::READERS, id).await?;
    let at = show::looked_at(&app, &actor, &round, &query.filter("place")).await?;
    let scope = show::within(&actor, &at.path);
    let mut pieces = queries::pieces(db, id, &scope, MOST + 1).await?;
    let more = pieces.len() as u64 > MOST;
    pieces.truncate(usize::try_from(MOST).unwrap_or(60));
    let both = queries::contradicting(db, id).await?;
    let mut buildings = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let doors = sheet::doors(db, &app.cipher, &piece, round.reach, None).await?;
        buildings.push(Building {
            staircases: staircases(&page, doors, &|id| both.contains(&id)),
            name: piece.name,
            finals: piece.finals,
            targets: piece.targets,
        });
    }
    let legend = [
        ("green", "round-legend-done"),
        ("yellow", "round-legend-tried"),
        ("red", "round-outcome-needs-help"),
        ("grey", "round-legend-moved"),
        ("purple", "round-legend-contradicts"),
        ("white", "round-legend-none"),
    ];
    Ok(Page::draw(&BoardPage {
        title: page.t("round-board"),
        id,
        at: at.id,
        place: format!("{} · {}", round.name, at.name),
        deadline: round.deadline_at,
        coverage: queries::coverage(db, id, &scope).await?,
        buildings,
        more,
        legend: legend
            .into_iter()
            .map(|(colour, key)| (colour, mark(colour), page.t(key)))
            .collect(),
        page,
    })?)
}
