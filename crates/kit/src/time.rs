//! Time: UTC milliseconds in the database, the place's zone on screen.

use std::{fmt, ops::Add, str::FromStr, time::Duration};

use jiff::{civil, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The zone of every place in the official tree. A deployment elsewhere would make it a setting.
pub const ZONE: &str = "Asia/Shanghai";

/// [`ZONE`] as a fixed offset; China has kept UTC+8 without summer time since 1991.
pub fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// A moment, in milliseconds since 1970 UTC. JSON shows it as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, sea_orm::DeriveValueType)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The moment at which a place's clock shows this date and time.
    pub fn local(date: civil::Date, time: civil::Time) -> Self {
        zone()
            .to_timestamp(date.to_datetime(time))
            .map_or(Self(0), |at| Self(at.as_millisecond()))
    }

    /// Date and time on a place's clock.
    pub fn civil(self) -> civil::DateTime {
        let at = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        zone().to_datetime(at)
    }

    /// The day on a place's calendar.
    pub fn day(self) -> Day {
        Day(self.civil().date())
    }

    /// `2020-02-10 18:30`, in the place's zone.
    pub fn minute_text(self) -> String {
        self.civil().strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// `18:30`, in the place's zone.
    pub fn clock_text(self) -> String {
        self.civil().strftime("%H:%M").to_string()
    }

    /// Milliseconds from `earlier` to this; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// This moment moved back.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0 - i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "?"),
        }
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>()
            .map(|at| Self(at.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A day and time as a form's field says it, `2020-02-10T18:30`, on the clock of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Typed(pub Timestamp);

impl FromStr for Typed {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at: civil::DateTime = text.trim().parse()?;
        Ok(Self(Timestamp::local(at.date(), at.time())))
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.civil().strftime("%Y-%m-%dT%H:%M").fmt(f)
    }
}

/// A calendar day, kept and shown as `2020-02-10`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    sea_orm::DeriveValueType,
)]
#[sea_orm(value_type = "String")]
#[serde(transparent)]
pub struct Day(pub civil::Date);

impl Day {
    /// The moment at which this day begins at a place.
    pub fn start(self) -> Timestamp {
        Timestamp::local(self.0, civil::Time::midnight())
    }

    /// The day after; the last day of the calendar is its own successor.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }

    /// All days from this to `last`, both included.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        self.0
            .series(jiff::Span::new().days(1))
            .take_while(move |day| *day <= last.0)
            .map(Self)
    }
}

impl sea_orm::TryFromU64 for Day {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("Day"))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_its_own_clock() {
        let at: Timestamp = "2020-02-09T16:30:00Z".parse().unwrap();
        assert_eq!(at.day().to_string(), "2020-02-10");
        assert_eq!(at.minute_text(), "2020-02-10 00:30");
        assert_eq!(at.to_string(), "2020-02-09T16:30:00.000Z");
        assert_eq!(
            "2020-02-10".parse::<Day>().unwrap().start(),
            "2020-02-09T16:00:00Z".parse().unwrap()
        );
    }

    #[test]
    fn what_a_form_says_is_on_the_clock_of_the_place() {
        let typed: Typed = "2020-02-10T00:30".parse().unwrap();
        assert_eq!(typed.0.to_string(), "2020-02-09T16:30:00.000Z");
        assert_eq!(typed.to_string(), "2020-02-10T00:30");
        assert!("soon".parse::<Typed>().is_err());
    }

    #[test]
    fn days_include_both_ends() {
        let days: Vec<Day> = "2020-02-28"
            .parse::<Day>()
            .unwrap()
            .through("2020-03-01".parse().unwrap())
            .collect();
        assert_eq!(days.len(), 3);
    }
}
