//! Nights, weekends and weeks on the clock of the place.

use crate::instance::{Rules, Span};

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;
/// Minutes of a week.
pub const WEEK: i64 = 7 * DAY;

/// Number of the day in which a minute lies; day 0 begins at [`Rules::monday`].
pub fn day(minute: i64, rules: &Rules) -> i64 {
    (minute - rules.monday).div_euclid(DAY)
}

/// Number of the week in which a minute lies; week 0 begins at [`Rules::monday`].
pub fn week(minute: i64, rules: &Rules) -> i64 {
    (minute - rules.monday).div_euclid(WEEK)
}

/// Whether a shift is a night: at least [`Rules::least`] of its minutes lie in one night.
pub fn is_night(span: Span, rules: &Rules) -> bool {
    let length = (rules.night_to - rules.night_from).rem_euclid(DAY);
    // The night that began the day before may reach into the shift.
    (day(span.start, rules) - 1..=day(span.end, rules)).any(|day| {
        let start = rules.monday + day * DAY + rules.night_from;
        span.shared(Span::new(start, start + length)) >= rules.least.max(1)
    })
}

/// Whether a shift is at a weekend: at least [`Rules::least`] of its minutes lie in one Saturday and Sunday.
pub fn is_weekend(span: Span, rules: &Rules) -> bool {
    (week(span.start, rules)..=week(span.end, rules)).any(|week| {
        let monday = rules.monday + week * WEEK;
        span.shared(Span::new(monday + 5 * DAY, monday + WEEK)) >= rules.least.max(1)
    })
}

/// The weeks a span touches, with its minutes in each: a shift over Sunday's midnight counts in both.
pub fn weeks(span: Span, rules: &Rules) -> impl Iterator<Item = (i64, i64)> {
    let rules = *rules;
    (week(span.start, &rules)..=week(span.end, &rules)).filter_map(move |week| {
        let monday = rules.monday + week * WEEK;
        let minutes = span.shared(Span::new(monday, monday + WEEK));
        (minutes > 0).then_some((week, minutes))
    })
}

/// Minutes as whole hours, rounded half up: what fairness counts in.
pub fn hours(minutes: i64) -> i64 {
    (minutes + 30).div_euclid(60)
}

#[cfg(test)]
mod tests;
