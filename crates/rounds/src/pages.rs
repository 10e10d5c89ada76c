//! Pages of rounds: for the committee, the coordinator and the wall.

pub mod answers;
pub mod board;
pub mod forms;
pub mod missing;
pub mod needs;
pub mod new;
pub mod overview;
pub mod show;
pub mod target;

use kit::Timestamp;
use shell::{Cell, Page};

use crate::model::round;

/// Where a round stands, in words and colour.
pub fn state(page: &Page, round: &round::Model, missing: i64, now: Timestamp) -> Cell {
    if missing == 0 {
        Cell::Badge(page.t("round-state-done"), "green")
    } else if round.closed_at.is_some() {
        Cell::Badge(page.t("round-state-closed"), "secondary")
    } else if round.deadline_at <= now {
        Cell::Badge(page.t("round-state-late"), "red")
    } else {
        Cell::Badge(page.t("round-state-open"), "blue")
    }
}

/// An outcome in words; a dash for none.
pub fn outcome(page: &Page, code: &str) -> String {
    if code.is_empty() {
        "—".to_owned()
    } else {
        page.code("round-outcome", code)
    }
}

/// The colour of a target: what is done is green, what was tried yellow, what needs a look red.
pub fn colour(outcome: &str, last: bool, contradicts: bool) -> &'static str {
    match (outcome, last) {
        _ if contradicts => "purple",
        ("needs-help", _) => "red",
        ("moved" | "exempt", true) => "grey",
        (_, true) => "green",
        ("", false) => "white",
        _ => "yellow",
    }
}
