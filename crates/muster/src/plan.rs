//! The plan of some days: which shifts, who might stand on them, and what a proposal makes of it.
//!
//! [`load`] reads, within what the actor may arrange; [`rows`] turns what was read into the model of `rota`,
//! which proposes and explains; [`accept`] writes the names that people have ticked.

pub mod accept;
pub mod load;
pub mod propose;
pub mod rows;
pub mod ways;

use accounts::Actor;
use kit::{
    Day, FieldError, Role,
    id::{HelperId, OrgId, PlaceId, ShiftId},
};
use sea_orm::{ColumnTrait, Condition, ExprTrait, sea_query::Expr};
use shell::form::Typed;
use store::Scope;

use crate::model::shift;

/// The longest plan, in days.
pub const MOST_DAYS: i32 = 31;
/// Shifts of one plan at most.
pub const MOST_SHIFTS: usize = 1_000;
/// Helpers of one plan at most.
pub const MOST_HELPERS: usize = 2_000;
/// Days shown when nobody says which.
const USUAL_DAYS: i32 = 7;

/// A name on a shift, as a form carries it: `SHIFT.HELPER`.
pub type Pair = (ShiftId, HelperId);

/// The names a form carries under this field; what cannot be read is left out.
pub fn pairs(typed: &Typed, field: &str) -> Vec<Pair> {
    let read = |text: &String| {
        let (shift, helper) = text.split_once('.')?;
        Some((shift.parse().ok()?, helper.parse().ok()?))
    };
    typed.all(field).iter().filter_map(read).collect()
}

/// What the actor may arrange: all shifts at the places where they are staff, and those kept for the
/// organisations they coordinate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Places.
    pub staff: Scope,
    /// Organisations.
    pub orgs: Vec<OrgId>,
}

impl Rights {
    /// Of an actor.
    pub fn of(actor: &Actor) -> Self {
        Self {
            staff: actor.scope(Role::STAFF),
            orgs: actor.orgs(&[Role::Coordinator]),
        }
    }

    /// The shifts among them.
    pub fn shifts(&self) -> Condition {
        let mut any = Condition::any().add(self.staff.path(shift::Column::PlacePath));
        if !self.orgs.is_empty() {
            any = any.add(shift::Column::OrgId.is_in(self.orgs.iter().copied()));
        }
        any
    }

    /// Whether they see a name that this organisation sends to a shift at this place.
    pub fn sees(&self, path: &str, org: Option<OrgId>) -> bool {
        self.staff.holds(path) || org.is_some_and(|org| self.orgs.contains(&org))
    }
}

/// Nothing at all.
pub(crate) fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

/// Which shifts are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Only in this place.
    pub place: Option<PlaceId>,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

/// The day so many days after.
pub(crate) fn later(day: Day, days: i32) -> Day {
    day.0.checked_add(jiff::Span::new().days(days)).map_or(day, Day)
}

impl Ask {
    /// Reads what was typed; `place` has been looked up. Left empty: tomorrow, for a week.
    pub fn read(typed: &Typed, place: Option<PlaceId>, today: Day) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        if place.is_none() && !check.optional("place", 100).is_empty() {
            check.error(FieldError::new("place", "unknown"));
        }
        let from: Option<Day> = check.parse_optional("from", "date");
        let to: Option<Day> = check.parse_optional("to", "date");
        let from = from.unwrap_or_else(|| today.next());
        let to = to.unwrap_or_else(|| later(from, USUAL_DAYS - 1));
        if to < from {
            check.error(FieldError::new("to", "before-start"));
        } else if to > later(from, MOST_DAYS - 1) {
            check.error(FieldError::new("to", "roster-too-long").with("most", MOST_DAYS));
        }
        check.done(Self { place, from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_asked_for() {
        let today: Day = "2020-02-10".parse().unwrap();
        let ask = |from: &str, to: &str| {
            let typed = Typed::default().set("from", from).set("to", to);
            Ask::read(&typed, None, today)
                .map(|ask| format!("{} {}", ask.from, ask.to))
                .map_err(|errors| errors[0].kind)
        };
        assert_eq!(ask("", ""), Ok("2020-02-11 2020-02-17".into()));
        assert_eq!(ask("2020-02-01", ""), Ok("2020-02-01 2020-02-07".into()));
        assert_eq!(
            ask("2020-02-01", "2020-03-02"),
            Ok("2020-02-01 2020-03-02".into())
        );
        assert_eq!(ask("2020-02-01", "2020-03-03"), Err("roster-too-long"));
        assert_eq!(ask("2020-02-02", "2020-02-01"), Err("before-start"));
        assert_eq!(ask("2020-02-31", ""), Err("date"));
        assert_eq!(ask("", "9999-12-31"), Err("roster-too-long"));
        assert_eq!(ask("9999-12-31", ""), Ok("9999-12-31 9999-12-31".into()));
    }

    #[test]
    fn names_in_a_form() {
        let (shift, helper) = (ShiftId::default(), HelperId::default());
        let typed = Typed::default().set("name", format!("{shift}.{helper},x.y,{shift}"));
        assert_eq!(pairs(&typed, "name"), [(shift, helper)]);
    }
}
