//! Where a certificate stands, and which steps it may take from there.

use kit::{Code, Day, Problem, Result};

/// Days a certificate is made public before it is issued, when nobody says otherwise. The figure rests on one
/// weak source; the handler may set another.
pub const PUBLIC_DAYS: i64 = 7;
/// As few days as a handler may set: without any, nobody could object.
pub const LEAST_DAYS: i64 = 1;
/// As many.
pub const MOST_DAYS: i64 = 60;

/// The days in which it is public are not over.
pub const NOT_YET: Code = Code::new("certificate-not-yet", 409);
/// The step cannot be taken from where it stands.
pub const NOT_NOW: Code = Code::new("certificate-not-now", 409);
/// The attendances say something else than what was made public.
pub const CHANGED: Code = Code::new("certificate-changed", 409);

/// There is no paper before it is issued.
pub const NOT_ISSUED: Code = Code::new("certificate-not-issued", 409);

kit::words! {
    /// As the database has it.
    State {
        /// Made public, so that anybody can object.
        Announced = "announced",
        /// Valid.
        Issued = "issued",
        /// Taken back.
        Withdrawn = "withdrawn",
    }
}

impl State {
    /// The day from which a certificate announced on `announced` with `days` public days may be issued.
    pub fn ripe(announced: Day, days: i64) -> Day {
        Day(announced
            .0
            .saturating_add(jiff::Span::new().days(days.clamp(0, MOST_DAYS))))
    }

    /// Announced anew, e.g. because the hours have changed; the public days begin again.
    pub fn announce_again(self) -> Result<Self> {
        match self {
            Self::Announced => Ok(Self::Announced),
            Self::Issued | Self::Withdrawn => Err(Problem::new(NOT_NOW)),
        }
    }

    /// Issued, when the public days are over.
    pub fn issue(self, announced: Day, days: i64, today: Day) -> Result<Self> {
        match self {
            Self::Announced if today >= Self::ripe(announced, days) => Ok(Self::Issued),
            Self::Announced => Err(Problem::new(NOT_YET).with("day", Self::ripe(announced, days))),
            Self::Issued | Self::Withdrawn => Err(Problem::new(NOT_NOW)),
        }
    }

    /// Taken back, before or after it was issued.
    pub fn withdraw(self) -> Result<Self> {
        match self {
            Self::Announced | Self::Issued => Ok(Self::Withdrawn),
            Self::Withdrawn => Err(Problem::new(NOT_NOW)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn every_step_from_every_state() {
        use State::{Announced, Issued, Withdrawn};
        let announced = day("2020-02-24");
        let said = |step: Result<State>| step.map_err(|problem| problem.code.name);
        for (from, again, early, ripe, back) in [
            (
                Announced,
                Ok(Announced),
                Err("certificate-not-yet"),
                Ok(Issued),
                Ok(Withdrawn),
            ),
            (
                Issued,
                Err("certificate-not-now"),
                Err("certificate-not-now"),
                Err("certificate-not-now"),
                Ok(Withdrawn),
            ),
            (
                Withdrawn,
                Err("certificate-not-now"),
                Err("certificate-not-now"),
                Err("certificate-not-now"),
                Err("certificate-not-now"),
            ),
        ] {
            assert_eq!(said(from.announce_again()), again, "{from:?}");
            assert_eq!(
                said(from.issue(announced, 7, day("2020-03-01"))),
                early,
                "{from:?}"
            );
            assert_eq!(
                said(from.issue(announced, 7, day("2020-03-02"))),
                ripe,
                "{from:?}"
            );
            assert_eq!(said(from.withdraw()), back, "{from:?}");
        }
    }

    #[test]
    fn public_days_are_whole_days() {
        assert_eq!(State::ripe(day("2020-02-24"), 1), day("2020-02-25"));
        assert_eq!(State::ripe(day("2020-02-24"), 7), day("2020-03-02"));
        assert_eq!(State::ripe(day("2020-02-24"), i64::MAX), day("2020-04-24"));
    }
}
