//! The days of a card.

use kit::{Day, FieldError};
use shell::form::Typed;

/// Days on a card at most: three years.
pub const MOST_DAYS: i64 = 1_100;

/// Spans of days that need no typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// From the first to the last day with work.
    All,
    /// Today.
    Today,
    /// The last seven days.
    Week,
    /// The last thirty days.
    Month,
    /// From the first of this month.
    ThisMonth,
    /// The whole month before this.
    LastMonth,
}

impl Preset {
    /// In the order of the page.
    pub const ALL: [Self; 6] = [
        Self::All,
        Self::Today,
        Self::Week,
        Self::Month,
        Self::ThisMonth,
        Self::LastMonth,
    ];

    /// The name in the query string and in the locale key `reports-period-NAME`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Today => "today",
            Self::Week => "week",
            Self::Month => "month",
            Self::ThisMonth => "this-month",
            Self::LastMonth => "last-month",
        }
    }

    pub(crate) fn days(self, span: Option<(Day, Day)>, today: Day) -> (Day, Day) {
        let back = |days: i64| Day(today.0.saturating_sub(jiff::Span::new().days(days)));
        match self {
            Self::All => span.unwrap_or((today, today)),
            Self::Today => (today, today),
            Self::Week => (back(6), today),
            Self::Month => (back(29), today),
            Self::ThisMonth => (Day(today.0.first_of_month()), today),
            Self::LastMonth => {
                let before = today.0.first_of_month().yesterday().unwrap_or(today.0);
                (Day(before.first_of_month()), Day(before))
            }
        }
    }
}

/// What was asked for: days that were typed go before a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Option<Day>,
    to: Option<Day>,
    preset: Preset,
}

/// Reads `from`, `to` and `period`.
pub(crate) fn read(typed: &Typed) -> (Option<Period>, Vec<FieldError>) {
    let mut check = typed.check();
    let from = check.parse_optional::<Day>("from", "date");
    let to = check.parse_optional::<Day>("to", "date");
    let preset = typed.get("period");
    let preset = Preset::ALL
        .into_iter()
        .find(|known| known.name() == preset)
        .unwrap_or(Preset::All);
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        check.error(FieldError::new("to", "before-start"));
    }
    match check.done(()) {
        Ok(()) => (Some(Period { from, to, preset }), Vec::new()),
        Err(errors) => (None, errors),
    }
}

impl Period {
    /// Whether the first and last day with work must be known.
    pub(crate) fn needs_span(self) -> bool {
        match (self.from, self.to) {
            (Some(_), Some(_)) => false,
            (None, None) => self.preset == Preset::All,
            _ => true,
        }
    }

    /// First and last day. An end that was not typed is the end of the work, or today.
    pub(crate) fn days(self, span: Option<(Day, Day)>, today: Day) -> Result<(Day, Day), FieldError> {
        let (first, last) = span.unwrap_or((today, today));
        let (from, to) = match (self.from, self.to) {
            (Some(from), Some(to)) => (from, to),
            (Some(from), None) => (from, last.max(from)),
            (None, Some(to)) => (first.min(to), to),
            (None, None) => self.preset.days(span, today),
        };
        let days = from
            .0
            .until(to.0)
            .map_or(i64::MAX, |span| i64::from(span.get_days()) + 1);
        if days > MOST_DAYS {
            return Err(FieldError::new("to", "reports-too-long").with("most", MOST_DAYS));
        }
        Ok((from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(query: &str, span: Option<(&str, &str)>) -> Result<(String, String), Vec<&'static str>> {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let (period, errors) = read(&Typed::parse(query));
        let Some(period) = period else {
            return Err(errors.iter().map(|error| error.kind).collect());
        };
        period
            .days(span.map(|(a, b)| (day(a), day(b))), day("2020-03-15"))
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .map_err(|error| vec![error.kind])
    }

    #[test]
    fn days_as_people_ask_for_them() {
        let work = Some(("2020-02-10", "2020-02-24"));
        for (query, span, from, to) in [
            ("", work, "2020-02-10", "2020-02-24"),
            ("", None, "2020-03-15", "2020-03-15"),
            (
                "from=2020-02-01&to=2020-02-29&period=week",
                work,
                "2020-02-01",
                "2020-02-29",
            ),
            ("from=2020-02-12", work, "2020-02-12", "2020-02-24"),
            ("to=2020-02-12", work, "2020-02-10", "2020-02-12"),
            ("period=week", work, "2020-03-09", "2020-03-15"),
            ("period=this-month", work, "2020-03-01", "2020-03-15"),
            ("period=last-month", work, "2020-02-01", "2020-02-29"),
        ] {
            assert_eq!(days(query, span), Ok((from.into(), to.into())), "{query}");
        }
    }

    #[test]
    fn wrong_days_are_answered() {
        for (query, kinds) in [
            ("from=2020-02-30&to=x", vec!["date", "date"]),
            ("from=2020-02-10&to=2020-02-09", vec!["before-start"]),
            ("from=2000-01-01&to=2020-01-01", vec!["reports-too-long"]),
        ] {
            assert_eq!(days(query, None), Err(kinds), "{query}");
        }
    }
}
