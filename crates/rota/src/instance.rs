//! What a roster is made from. Shifts and helpers are known by their position in the lists; organisations,
//! closed loops and groups by numbers of the caller's choice.

use std::collections::BTreeSet;

/// Minutes since an origin of the caller's choice, on the clock of the place. Within a thousand years of it.
pub type Minute = i64;

/// A span of time: the first minute is in it, the last is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Beginning.
    pub start: Minute,
    /// End.
    pub end: Minute,
}

impl Span {
    /// From `start` until `end`.
    pub const fn new(start: Minute, end: Minute) -> Self {
        Self { start, end }
    }

    /// Minutes it lasts; a span that ends before it begins lasts none.
    pub fn minutes(self) -> i64 {
        (self.end - self.start).max(0)
    }

    /// Minutes in both spans.
    pub fn shared(self, other: Self) -> i64 {
        (self.end.min(other.end) - self.start.max(other.start)).max(0)
    }

    /// Minutes between the end of one span and the beginning of the other; negative when they overlap.
    pub fn gap(self, other: Self) -> i64 {
        (other.start - self.end).max(self.start - other.end)
    }

    /// Minutes of this span that none of `spans` covers.
    pub fn uncovered(self, spans: impl Iterator<Item = Self> + Clone) -> i64 {
        let (mut at, mut missing) = (self.start, 0);
        while at < self.end {
            let covered = spans.clone().filter(|s| s.start <= at).map(|s| s.end).max();
            if let Some(end) = covered.filter(|end| *end > at) {
                at = end;
                continue;
            }
            let next = spans.clone().map(|s| s.start).filter(|start| *start > at).min();
            let next = next.map_or(self.end, |start| start.min(self.end));
            missing += next - at;
            at = next;
        }
        missing
    }
}

/// A post for a span of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shift {
    /// When.
    pub span: Span,
    /// Places.
    pub needed: u32,
    /// Skills that everybody on it must have, one a bit.
    pub skills: u64,
    /// A risky shift: accident cover must be in force until then, as a rule its end.
    pub covered_to: Option<Minute>,
    /// Where: a column of [`Instance::metres`]; `None` leaves travel out.
    pub place: Option<u32>,
    /// Kept for this organisation.
    pub org: Option<u32>,
    /// Belongs to this closed loop: only those who live in it may stand here.
    pub closed_loop: Option<u32>,
    /// How many people of one group should stand here together; 0 and 1 when it does not matter.
    pub together: u32,
}

/// Somebody's stay in a closed loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// The loop.
    pub closed_loop: u32,
    /// From going in until coming out.
    pub span: Span,
}

/// Somebody who may stand on shifts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Helper {
    /// Skills, one a bit.
    pub skills: u64,
    /// Accident cover is in force until then; `None` for somebody who needs none. Who has none, though they
    /// need it, has cover until a moment in the past.
    pub cover_until: Option<Minute>,
    /// When they can come; `None` for at any time.
    pub available: Option<Vec<Span>>,
    /// When they cannot, whatever `available` says.
    pub unavailable: Vec<Span>,
    /// Where they live: a row of [`Instance::metres`]; `None` leaves travel out.
    pub home: Option<u32>,
    /// The organisation that sends them.
    pub org: Option<u32>,
    /// Their stays in closed loops.
    pub stays: Vec<Stay>,
    /// Their group.
    pub group: Option<u32>,
    /// The most minutes a week they give, when less than the rules allow.
    pub week_minutes: Option<i64>,
    /// Minutes done before this roster; they count for fairness and nothing else.
    pub already_minutes: i64,
    /// Nights done before.
    pub nights_before: u32,
    /// Shifts at weekends done before.
    pub weekends_before: u32,
}

/// How heavy each wish is; all are whole numbers, none negative. `docs/roster.md` explains the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// A place left empty.
    pub empty: i64,
    /// Times the square of a helper's nights.
    pub nights: i64,
    /// Times the square of a helper's shifts at weekends.
    pub weekends: i64,
    /// Times the square of a helper's hours.
    pub hours: i64,
    /// A kilometre from home to the place.
    pub travel: i64,
    /// Each person missing where others of the group stand.
    pub groups: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            empty: 1_000_000,
            nights: 60,
            weekends: 60,
            hours: 1,
            travel: 20,
            groups: 100,
        }
    }
}

/// Rules that differ by city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Minutes between two shifts of one person, at least.
    pub rest: i64,
    /// Minutes of one person in one week, at most. The default of 44 h is the working week of the labour law
    /// of 1994, a weak source for volunteers.
    pub week_minutes: i64,
    /// A moment at which a Monday begins; weeks and days are counted from it.
    pub monday: Minute,
    /// Night begins at this minute of the day.
    pub night_from: i64,
    /// Night ends at this minute of the day, the next one if that is not after `night_from`.
    pub night_to: i64,
    /// A shift with so many minutes in one night is a night; a shift with so many minutes of Saturday and
    /// Sunday is at a weekend.
    pub least: i64,
    /// What is weighed.
    pub weights: Weights,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            rest: 8 * 60,
            week_minutes: 44 * 60,
            monday: 0,
            night_from: 22 * 60,
            night_to: 6 * 60,
            least: 2 * 60,
            weights: Weights::default(),
        }
    }
}

/// A name on a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assignment {
    /// Position of the shift.
    pub shift: usize,
    /// Position of the helper.
    pub helper: usize,
}

/// A roster to be filled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Instance {
    /// Shifts. To let duties of the days before count for rest and the week, give these as shifts too, with
    /// their names in `fixed`.
    pub shifts: Vec<Shift>,
    /// Helpers.
    pub helpers: Vec<Helper>,
    /// Names put there by hand: never moved. Where they break a rule they stay, with a warning.
    pub fixed: Vec<Assignment>,
    /// Names that people do not want there: never proposed.
    pub barred: BTreeSet<Assignment>,
    /// Metres from a home (row) to a place (column), none negative. What the table does not have is no way
    /// at all.
    pub metres: Vec<Vec<i64>>,
    /// Rules.
    pub rules: Rules,
}

impl Instance {
    /// Metres from a home to a place; 0 when one of them, or the way, is not known.
    pub fn way(&self, home: Option<u32>, place: Option<u32>) -> i64 {
        let (Some(home), Some(place)) = (home, place) else {
            return 0;
        };
        let row = self.metres.get(home as usize);
        row.and_then(|row| row.get(place as usize))
            .copied()
            .unwrap_or(0)
            .max(0)
    }
}
