//! Whether somebody suits a free place, and who is asked first: pure functions.

use std::{collections::HashSet, time::Duration};

use kit::{
    Timestamp,
    id::{HelperId, OrgId},
    rules::MusterRules,
};

/// What a shift asks of those who take a place on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Beginning and end.
    pub span: (Timestamp, Timestamp),
    /// Kept for this organisation.
    pub org: Option<OrgId>,
    /// Skills it takes.
    pub skills: Vec<String>,
    /// Path of its place.
    pub path: String,
}

/// Somebody who might.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub helper: HelperId,
    /// Organisation.
    pub org: Option<OrgId>,
    /// Skills.
    pub skills: HashSet<String>,
    /// Last day of accident cover, where it is known.
    pub cover_until: Option<kit::Day>,
    /// Path of the home community, empty when it is not known.
    pub home: String,
    /// Has a user of their own, and so can be told.
    pub reachable: bool,
    /// Other shifts around that time.
    pub duties: Vec<(Timestamp, Timestamp)>,
    /// When they cannot come.
    pub away: Vec<(Timestamp, Timestamp)>,
}

/// Whether somebody suits the shift.
pub fn suits(wanted: &Wanted, candidate: &Candidate) -> bool {
    let (from, to) = wanted.span;
    let rest = MusterRules::default().rest;
    let free =
        |(start, end): &(Timestamp, Timestamp), rest: Duration| *end + rest <= from || to + rest <= *start;
    (wanted.org.is_none() || wanted.org == candidate.org)
        && wanted.skills.iter().all(|skill| candidate.skills.contains(skill))
        && candidate.cover_until.is_none_or(|until| until >= from.day())
        && candidate.duties.iter().all(|duty| free(duty, rest))
        && candidate.away.iter().all(|away| free(away, Duration::ZERO))
}

/// Those who suit: first those who can be told; of them the nearest, then those with the fewest duties around that time.
pub fn ranked(wanted: &Wanted, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let near = |home: &str| {
        home.split('/')
            .zip(wanted.path.split('/'))
            .take_while(|(a, b)| !a.is_empty() && a == b)
            .count()
    };
    let mut suited: Vec<Candidate> = candidates
        .into_iter()
        .filter(|candidate| suits(wanted, candidate))
        .collect();
    suited.sort_by_key(|candidate| {
        (
            !candidate.reachable,
            std::cmp::Reverse(near(&candidate.home)),
            candidate.duties.len(),
            candidate.helper,
        )
    });
    suited
}

/// Whether some spans together cover all of one.
pub fn covered((from, until): (Timestamp, Timestamp), free: &[(Timestamp, Timestamp)]) -> bool {
    let span = |(start, end): (Timestamp, Timestamp)| rota::Span::new(start.millis(), end.millis());
    span((from, until)).uncovered(free.iter().copied().map(span)) == 0
}

#[cfg(test)]
mod tests;
