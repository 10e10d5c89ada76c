//! The rules of closed loops, as pure functions: who may stand on which shift, when the next test is due, how
//! long somebody has rested, what is needed in a day.

use std::time::Duration;

use jiff::ToSpan as _;
use kit::{
    Code, Day, Timestamp,
    id::{HelperId, LoopId, PostId},
};

use super::{
    CLOSED_LOOP, HELPER_IN_LOOP,
    model::{Per, TestResult},
};

/// A negative test counts for entering for this long; the validity of a test as proof, 48 h by default.
pub const TEST_COUNTS: Duration = Duration::from_secs(48 * 3600);

/// A span of time; its end does not belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Beginning.
    pub from: Timestamp,
    /// End.
    pub until: Timestamp,
}

impl Span {
    /// Whether both have a moment in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.cut(other).is_some()
    }

    /// The moments both have in common, if any.
    pub fn cut(self, other: Self) -> Option<Self> {
        let both = Self {
            from: self.from.max(other.from),
            until: self.until.min(other.until),
        };
        (both.from < both.until).then_some(both)
    }

    /// Whether all of the other lies in it.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }
}

/// A loop that runs at a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The loop.
    pub id: LoopId,
    /// Its name.
    pub name: String,
    /// The post.
    pub post: PostId,
    /// First day until the end, planned or real.
    pub span: Span,
}

/// Somebody's stay in a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// Who.
    pub helper: HelperId,
    /// The loop.
    pub closed_loop: LoopId,
    /// Its post.
    pub post: PostId,
    /// From going in until coming out, at the latest until the loop ends.
    pub span: Span,
}

/// Whether a helper may stand on a shift of a post. `loops` and `stays` may hold those of others too.
///
/// A shift of a loop takes only whoever is inside for as much of the shift as the loop lasts; whoever is inside
/// stands on no shift of another post meanwhile.
pub fn may_stand(
    helper: HelperId,
    (post, shift): (PostId, Span),
    loops: &[Running],
    stays: &[Stay],
) -> Result<(), Code> {
    let own = || stays.iter().filter(|stay| stay.helper == helper);
    let outside = loops
        .iter()
        .filter(|running| running.post == post)
        .filter_map(|running| Some((running.id, running.span.cut(shift)?)))
        .any(|(id, part)| !own().any(|stay| stay.closed_loop == id && stay.span.covers(part)));
    if outside {
        return Err(CLOSED_LOOP);
    }
    if own().any(|stay| stay.post != post && stay.span.overlaps(shift)) {
        return Err(HELPER_IN_LOOP);
    }
    Ok(())
}

/// The day on which somebody is to be tested next; `None` for whoever is positive. Without a test it is due on
/// the day of going in; a sample whose result is waited for counts from its day.
pub fn next_test(entered: Day, last: Option<(Day, TestResult)>, every: i64) -> Option<Day> {
    match last {
        None => Some(entered),
        Some((_, TestResult::Positive)) => None,
        Some((day, _)) => Some(Day(day.0.saturating_add(every.days()))),
    }
}

/// How somebody works and rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rest {
    /// Milliseconds on shift on this day.
    pub today: i64,
    /// On a shift now.
    pub on: bool,
    /// Milliseconds since the last shift ended; none on a shift, or when there was none.
    pub since: Option<i64>,
    /// Milliseconds until the next shift begins.
    pub until: Option<i64>,
    /// Less than the rule's rest lies between the last shift (or the one that is on) and the next.
    pub short: bool,
}

/// How somebody with these shifts rests at a moment; `least` is the rule's rest between two shifts.
pub fn rest(shifts: &[Span], now: Timestamp, least: Duration) -> Rest {
    let day = Span {
        from: now.day().start(),
        until: now.day().next().start(),
    };
    let today = shifts
        .iter()
        .filter_map(|shift| shift.cut(day))
        .map(|part| part.until.since(part.from))
        .sum();
    let begun = shifts.iter().filter(|shift| shift.from <= now);
    let last = begun.map(|shift| shift.until).max();
    let next = shifts
        .iter()
        .map(|shift| shift.from)
        .filter(|from| *from > now)
        .min();
    let on = last.is_some_and(|end| end > now);
    Rest {
        today,
        on,
        since: last.filter(|_| !on).map(|end| now.since(end)),
        until: next.map(|from| from.since(now)),
        short: last
            .zip(next)
            .is_some_and(|(end, from)| from.since(end) < millis(least)),
    }
}

/// The shortest rest between two of these shifts, in milliseconds.
pub fn least_rest(shifts: &[Span]) -> Option<i64> {
    let mut sorted = shifts.to_vec();
    sorted.sort_by_key(|shift| (shift.from, shift.until));
    sorted.windows(2).map(|two| two[1].from.since(two[0].until)).min()
}

/// A span of the rules as milliseconds.
pub fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Tenths of a supply that are needed in so many days by so many people.
pub fn needed((per, tenths): (Per, i64), people: i64, days: i64) -> i64 {
    let heads = match per {
        Per::Person => people,
        Per::Loop => 1,
    };
    tenths * heads * days
}

/// Days from today until the planned end, both counted; none when it has passed. Before the first day all
/// days of the loop are counted.
pub fn days_left(today: Day, first: Day, end: Day) -> i64 {
    let from = today.max(first);
    from.0
        .until(end.0)
        .map_or(0, |span| i64::from(span.get_days()) + 1)
        .max(0)
}

/// A quantity as typed, `2` or `0.5`, in tenths; `None` when it is no such number, nothing or too much.
pub fn tenths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once(['.', '．']).unwrap_or((text, "0"));
    if whole.is_empty() || part.len() != 1 {
        return None;
    }
    let whole: u16 = whole.parse().ok()?;
    let part = part.chars().next()?.to_digit(10)?;
    let tenths = i64::from(whole) * 10 + i64::from(part);
    (tenths > 0).then_some(tenths)
}

/// Tenths in words: `5`, `5.5`.
pub fn shown(tenths: i64) -> String {
    if tenths % 10 == 0 {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests;
