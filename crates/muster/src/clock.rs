//! The call's clock: from what was sent, answered, counted and taken over to how many there were at each
//! minute, and how many minutes it took. Pure; the same events in any order give the same clock.

use std::collections::{BTreeMap, BTreeSet};

use kit::{
    Timestamp,
    id::{HelperId, OrgId},
};

/// What a gathering record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// One of the unit's people tapped "here" where the unit assembles.
    Here(HelperId),
    /// The leader counted so many heads there.
    Heads(i64),
    /// The receiving community took over so many.
    Arrived(i64),
}

/// A gathering record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Whose people.
    pub org: OrgId,
    /// Which of their batches, from 1.
    pub batch: i64,
    /// What it says.
    pub what: What,
    /// When, by the phone.
    pub at: Timestamp,
    /// When it was taken.
    pub received_at: Timestamp,
}

impl Event {
    /// The moment that counts: the phone's, unless it cannot be: later than the server took the record, or
    /// before the call went out. Then the server's.
    pub fn effective(&self, sent_at: Timestamp) -> Timestamp {
        if self.at > self.received_at || self.at < sent_at {
            self.received_at
        } else {
            self.at
        }
    }
}

/// An organisation's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Who.
    pub org: OrgId,
    /// Asked for.
    pub asked: i64,
    /// When the call was sent to them.
    pub sent_at: Option<Timestamp>,
    /// Promised, and when.
    pub pledged: Option<(i64, Timestamp)>,
}

/// A batch of an organisation's people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Batch {
    /// From 1.
    pub number: i64,
    /// Assembled: the last count of heads, or those who tapped "here" if that is more.
    pub assembled: i64,
    /// When the batch was complete as it is.
    pub assembled_at: Option<Timestamp>,
    /// Taken over by the receiving community.
    pub arrived: i64,
    /// When the last of them were.
    pub arrived_at: Option<Timestamp>,
}

/// The clock of one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Who.
    pub org: OrgId,
    /// Asked for.
    pub asked: i64,
    /// Promised.
    pub pledged: Option<i64>,
    /// Minutes from the call to the answer.
    pub to_answer: Option<i64>,
    /// All assembled.
    pub assembled: i64,
    /// Minutes from the call until as many stood together as were promised (or asked, without a promise).
    pub to_assemble: Option<i64>,
    /// All taken over.
    pub arrived: i64,
    /// Minutes from the call until as many had arrived.
    pub to_arrive: Option<i64>,
    /// Batch by batch.
    pub batches: Vec<Batch>,
}

/// How many at a moment, over all organisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// The moment.
    pub at: Timestamp,
    /// Promised.
    pub pledged: i64,
    /// Assembled.
    pub assembled: i64,
    /// Arrived.
    pub arrived: i64,
}

/// The clock of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clock {
    /// By organisation, in the order given.
    pub units: Vec<Unit>,
    /// The curve, from the moment the call was sent.
    pub curve: Vec<Point>,
}

/// How a batch stands while its events pass.
#[derive(Default)]
struct Standing {
    here: BTreeSet<HelperId>,
    heads: i64,
    arrived: i64,
}

impl Standing {
    fn assembled(&self) -> i64 {
        let here = i64::try_from(self.here.len()).unwrap_or(i64::MAX);
        // Whoever was taken over has been there, even when nobody counted before.
        self.heads.max(here).max(self.arrived)
    }
}

/// Minutes, rounded up: what took 29 minutes and a second took 30.
fn minutes(from: Timestamp, to: Timestamp) -> i64 {
    to.since(from).max(0).div_euclid(60_000) + i64::from(to.since(from).max(0) % 60_000 > 0)
}

/// Makes the clock.
pub fn clock(answers: &[Answer], events: &[Event]) -> Clock {
    let Some(start) = answers.iter().filter_map(|answer| answer.sent_at).min() else {
        return Clock::default();
    };
    let mut changes: BTreeMap<Timestamp, Point> = BTreeMap::from([(start, Point::default())]);
    let units = answers
        .iter()
        .map(|answer| unit(answer, events, &mut changes))
        .collect();
    let mut sum = Point::default();
    let curve = changes
        .into_iter()
        .map(|(at, change)| {
            sum = Point {
                at,
                pledged: sum.pledged + change.pledged,
                assembled: sum.assembled + change.assembled,
                arrived: sum.arrived + change.arrived,
            };
            sum
        })
        .collect();
    Clock { units, curve }
}

fn unit(answer: &Answer, events: &[Event], changes: &mut BTreeMap<Timestamp, Point>) -> Unit {
    let mut unit = Unit {
        org: answer.org,
        asked: answer.asked,
        pledged: answer.pledged.map(|(people, _)| people),
        to_answer: None,
        assembled: 0,
        to_assemble: None,
        arrived: 0,
        to_arrive: None,
        batches: Vec::new(),
    };
    let Some(sent_at) = answer.sent_at else {
        return unit;
    };
    if let Some((people, at)) = answer.pledged {
        unit.to_answer = Some(minutes(sent_at, at));
        changes.entry(at).or_default().pledged += people;
    }
    let goal = unit.pledged.unwrap_or(unit.asked).max(1);
    let mut own: Vec<(Timestamp, &Event)> = events
        .iter()
        .filter(|event| event.org == answer.org)
        .map(|event| (event.effective(sent_at), event))
        .collect();
    own.sort_by_key(|(at, event)| (*at, event.received_at, event.batch, order(event.what)));
    let mut standing: BTreeMap<i64, (Standing, Batch)> = BTreeMap::new();
    for (at, event) in own {
        let (state, batch) = standing.entry(event.batch).or_default();
        batch.number = event.batch;
        match event.what {
            What::Here(helper) => {
                state.here.insert(helper);
            }
            What::Heads(people) => state.heads = people,
            What::Arrived(people) => state.arrived = people,
        }
        let (assembled, arrived) = (state.assembled(), state.arrived);
        let change = changes.entry(at).or_default();
        if assembled != batch.assembled {
            change.assembled += assembled - batch.assembled;
            unit.assembled += assembled - batch.assembled;
            (batch.assembled, batch.assembled_at) = (assembled, Some(at));
        }
        if arrived != batch.arrived {
            change.arrived += arrived - batch.arrived;
            unit.arrived += arrived - batch.arrived;
            (batch.arrived, batch.arrived_at) = (arrived, Some(at));
        }
        if unit.assembled >= goal && unit.to_assemble.is_none() {
            unit.to_assemble = Some(minutes(sent_at, at));
        }
        if unit.arrived >= goal && unit.to_arrive.is_none() {
            unit.to_arrive = Some(minutes(sent_at, at));
        }
    }
    unit.batches = standing.into_values().map(|(_, batch)| batch).collect();
    unit
}

/// Events of one moment in a fixed order.
fn order(what: What) -> (u8, HelperId, i64) {
    match what {
        What::Here(helper) => (0, helper, 0),
        What::Heads(people) => (1, HelperId::default(), people),
        What::Arrived(people) => (2, HelperId::default(), people),
    }
}

#[cfg(test)]
mod tests;
