//! The gates of Wanli: households and residents behind them, passes, and the passages of the last days, sent as phones
//! send them. With `--live` people go on passing at a set pace, so that boards move.

use std::{collections::HashMap, time::Duration};

use gates::{
    body::{
        By, Decision, Direction, PARCEL, PARCEL_OUT, PASSAGE, Parcel, ParcelOut, Passage, RETURNEE, Returnee,
    },
    model::{PassKind, pass},
    pass::issue::{self, Wish},
};
use kit::{
    Day, Problem, Result, Role, Timestamp,
    id::{HouseholdId, PassId, PlaceId, RecordId, ResidentId, UserId},
};
use people::model::{household, resident};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    House,
    demo::{
        browser::Browser,
        places_of::Wanli,
        plan::{self, Dice},
        session, setter,
    },
};

/// Where most happens.
const BUSY: &str = "交暨";
/// Flats in each building of the demonstration.
const FLATS: [&str; 8] = ["101", "102", "201", "202", "301", "302", "401", "402"];
/// Names before these are the helpers'.
const FIRST_NAME: usize = 700;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const FROM: [&str; 6] = ["苏州", "武汉", "杭州", "合肥", "南通", "温州"];

/// A gate with those who live behind it.
struct Gate {
    place: PlaceId,
    residents: Vec<resident::Model>,
    passes: HashMap<ResidentId, PassId>,
    flats: Vec<(HouseholdId, String)>,
}

/// What comes through a gate, from a fixed seed.
pub struct Traffic {
    dice: Dice,
    gates: Vec<Gate>,
    /// Visitors let in and not yet out: gate and passage.
    inside: Vec<(usize, RecordId)>,
    /// Residents outside: gate and number.
    outside: Vec<(usize, usize)>,
    visitors: usize,
}

/// Fills the buildings of the twelve areas, issues passes, and sends the passages of the last three days.
pub async fn load(house: &House, wanli: &Wanli, worker: UserId) -> Result<()> {
    let mut name = FIRST_NAME;
    for (area, place, _) in &wanli.areas {
        for building in 1..=3 {
            for (i, flat) in FLATS.iter().enumerate() {
                let needs = if i == 5 { "行动不便" } else { "" };
                let home = people::household::Input {
                    community: place.id.to_string(),
                    compound: format!("{area}小区"),
                    building: format!("{building}号楼"),
                    label: (*flat).to_owned(),
                    needs: needs.to_owned(),
                    ..people::household::Input::default()
                };
                let home = people::household::create(&house.app, &setter(), &home).await?;
                let people = if *area == BUSY { 1 + i % 3 } else { 1 + i % 2 };
                for n in 0..people {
                    let input = people::resident::Input {
                        name: plan::name(name),
                        phone: people::numbers::Number::Set(plan::phone(name)),
                        lives_alone: people == 1 && i == 6,
                        cannot_shop: i == 6,
                        needs: if n == 0 { needs.to_owned() } else { String::new() },
                        ..people::resident::Input::default()
                    };
                    people::resident::create(&house.app, &setter(), home, &input).await?;
                    name += 1;
                }
            }
        }
    }
    passes(house, wanli).await?;
    let phone = Browser::new(house, session(house, worker).await?);
    let mut traffic = Traffic::new(house, wanli).await?;
    let now = house.app.now();
    for back in (0..3).rev() {
        let day = now.minus(Duration::from_secs(back * 24 * 3600)).day();
        phone.records(&traffic.day(day, now)).await?;
    }
    Ok(())
}

/// A pass for everybody, for a car in every third household, and for two workers.
async fn passes(house: &House, wanli: &Wanli) -> Result<()> {
    let (app, now) = (&house.app, house.app.now());
    let db = app.store.read();
    let until = now + Duration::from_secs(180 * 24 * 3600);
    for (area, place, _) in &wanli.areas {
        let residents = residents_of(house, place.id).await?;
        issue::to_residents(app, &setter(), &residents, now.day().start(), until).await?;
        if *area != BUSY {
            continue;
        }
        let homes = household::Entity::find()
            .filter(household::Column::CommunityId.eq(place.id))
            .order_by_asc(household::Column::Id)
            .all(db)
            .await?;
        let wish = |kind, name: &str, plate: String, purpose: &str| Wish {
            community: place.id,
            kind,
            resident: None,
            household: None,
            name: name.to_owned(),
            phone: String::new(),
            plate,
            purpose: purpose.to_owned(),
            from: now.day().start(),
            until,
        };
        for (i, home) in homes.iter().enumerate().step_by(3) {
            let car = Wish {
                household: Some(home.id),
                ..wish(PassKind::Vehicle, "", format!("沪A{:05}", 20_160 + i * 73), "")
            };
            issue::issue(app, &setter(), &car).await?;
        }
        for (name, what) in [("钱德生", "物业保洁"), ("施桂英", "蔬菜配送")] {
            issue::issue(app, &setter(), &wish(PassKind::Worker, name, String::new(), what)).await?;
        }
    }
    Ok(())
}

async fn residents_of(house: &House, community: PlaceId) -> Result<Vec<resident::Model>> {
    Ok(resident::Entity::find()
        .filter(resident::Column::CommunityId.eq(community))
        .order_by_asc(resident::Column::Id)
        .all(house.app.store.read())
        .await?)
}

fn envelope(id: RecordId, kind: &str, at: Timestamp, body: &impl Serialize) -> Value {
    json!({ "id": id, "kind": kind, "at": at, "shift": null, "body": body })
}

impl Traffic {
    /// Of the gates of Wanli.
    pub async fn new(house: &House, wanli: &Wanli) -> Result<Self> {
        let places: Vec<PlaceId> = wanli.areas.iter().map(|(_, place, _)| place.id).collect();
        Self::of(house, &places).await
    }

    /// Of the gate posts of these communities.
    async fn of(house: &House, communities: &[PlaceId]) -> Result<Self> {
        let db = house.app.store.read();
        let mut gates = Vec::new();
        for community in communities {
            let place = places::tree::load(db, *community).await?;
            let Some(gate) = gates::gate::all(db, &store::scope::under(&place.path), 1)
                .await?
                .into_iter()
                .next()
            else {
                continue;
            };
            let behind = gates::roster::behind(db, &gate).await?;
            let homes = household::Entity::find()
                .filter(household::Column::CommunityId.eq(*community))
                .order_by_asc(household::Column::Id)
                .all(db)
                .await?;
            let mut flats: Vec<(HouseholdId, String)> = gates::roster::flats(db, &behind, &homes)
                .await?
                .into_iter()
                .collect();
            flats.sort();
            let residents = residents_of(house, *community).await?;
            let passes = pass::Entity::find()
                .filter(pass::Column::CommunityId.eq(*community))
                .all(db)
                .await?
                .into_iter()
                .filter_map(|row| Some((row.resident_id?, row.id)))
                .collect();
            if !residents.is_empty() {
                gates.push(Gate {
                    place: gate.id,
                    residents,
                    passes,
                    flats,
                });
            }
        }
        if gates.is_empty() {
            return Err(Problem::internal("demonstration: no gate with residents"));
        }
        Ok(Self {
            dice: Dice::new(20_200_210),
            gates,
            inside: Vec::new(),
            outside: Vec::new(),
            visitors: 0,
        })
    }

    /// The records of one day, until `now`; the busy gate has most of them.
    fn day(&mut self, day: Day, now: Timestamp) -> Vec<Value> {
        let mut records = Vec::new();
        let start = day.start().millis() + 6 * HOUR;
        for _ in 0..420 {
            let minute = self.dice.between(0, 16 * 60);
            let at = Timestamp::from_millis(start + minute * MINUTE + self.dice.between(0, 59) * 1_000);
            if at < now {
                records.push(at);
            }
        }
        records.sort_unstable();
        records.into_iter().flat_map(|at| self.next(at)).collect()
    }

    /// What happens next at some gate: usually one passage.
    pub fn next(&mut self, at: Timestamp) -> Vec<Value> {
        // Half of everything happens at the first gate.
        let gate = if self.dice.below(2) == 0 {
            0
        } else {
            self.dice.below(self.gates.len())
        };
        match self.dice.below(100) {
            0..=5 => self.visitor(gate, at),
            6..=10 => self.visitor_leaves(at).unwrap_or_else(|| self.resident(gate, at)),
            11 => self.returnee(gate, at),
            12..=14 => self.parcel(gate, at),
            _ => self.resident(gate, at),
        }
    }

    fn passage(&self, gate: usize, direction: Direction, by: By) -> Passage {
        Passage {
            gate: self.gates[gate].place,
            direction,
            decision: Decision::Go,
            reason: String::new(),
            by,
            resident: None,
            pass: None,
            visit: None,
            name: String::new(),
            phone: String::new(),
            visiting: String::new(),
            from: String::new(),
            plate: String::new(),
            companions: 0,
            temperature: None,
            health: String::new(),
            travel: String::new(),
            mask: Some(true),
            boot: None,
            despite: String::new(),
        }
    }

    /// A temperature as it is measured on a cold morning; now and then above the alarm.
    fn temperature(&mut self) -> i64 {
        if self.dice.below(250) == 0 {
            self.dice.between(374, 385)
        } else {
            self.dice.between(358, 370)
        }
    }

    fn resident(&mut self, gate: usize, at: Timestamp) -> Vec<Value> {
        let back = (self.dice.below(2) == 0)
            .then(|| self.outside.iter().position(|(there, _)| *there == gate))
            .flatten();
        let (who, direction) = match back {
            Some(i) => (self.outside.remove(i).1, Direction::In),
            None => (self.dice.below(self.gates[gate].residents.len()), Direction::Out),
        };
        let scanned = self.dice.below(5) > 0;
        let temperature = self.temperature();
        let resident = self.gates[gate].residents[who].id;
        let mut body = Passage {
            resident: Some(resident),
            pass: self.gates[gate]
                .passes
                .get(&resident)
                .copied()
                .filter(|_| scanned),
            temperature: Some(temperature),
            ..self.passage(gate, direction, if scanned { By::Scan } else { By::Name })
        };
        if temperature > gates::rule::ALARM {
            body.decision = Decision::Stop;
            body.reason = "hot".into();
        } else if direction == Direction::Out {
            self.outside.push((gate, who));
        }
        vec![envelope(RecordId::fresh(at), PASSAGE, at, &body)]
    }

    fn visitor(&mut self, gate: usize, at: Timestamp) -> Vec<Value> {
        self.visitors += 1;
        let n = self.visitors;
        let flat = self.dice.below(self.gates[gate].flats.len());
        let refused = self.dice.below(4) == 0;
        let id = RecordId::fresh(at);
        let body = Passage {
            name: plan::name(2_000 + n),
            phone: plan::phone(2_000 + n),
            visiting: self.gates[gate].flats[flat].1.clone(),
            from: FROM[n % FROM.len()].to_owned(),
            temperature: Some(self.temperature().min(372)),
            plate: if n.is_multiple_of(3) {
                format!("苏E{:05}", 31_000 + n * 17)
            } else {
                String::new()
            },
            companions: i64::from(n.is_multiple_of(5)),
            decision: if refused { Decision::Stop } else { Decision::Go },
            reason: if refused {
                "visitors-closed".into()
            } else {
                String::new()
            },
            ..self.passage(gate, Direction::In, By::Visitor)
        };
        if !refused {
            self.inside.push((gate, id));
        }
        vec![envelope(id, PASSAGE, at, &body)]
    }

    fn visitor_leaves(&mut self, at: Timestamp) -> Option<Vec<Value>> {
        let (gate, visit) = (!self.inside.is_empty()).then(|| self.inside.remove(0))?;
        let body = Passage {
            visit: Some(visit),
            ..self.passage(gate, Direction::Out, By::Visit)
        };
        Some(vec![envelope(RecordId::fresh(at), PASSAGE, at, &body)])
    }

    fn returnee(&mut self, gate: usize, at: Timestamp) -> Vec<Value> {
        self.visitors += 1;
        let n = self.visitors;
        let flat = self.dice.below(self.gates[gate].flats.len());
        let (household, staying) = self.gates[gate].flats[flat].clone();
        let body = Returnee {
            gate: self.gates[gate].place,
            name: plan::name(4_000 + n),
            phone: plan::phone(4_000 + n),
            identity: String::new(),
            from: FROM[n % FROM.len()].to_owned(),
            arrived: at.day(),
            staying,
            household: Some(household),
            resident: None,
            health: "green".into(),
            travel: if n.is_multiple_of(4) { "marked" } else { "clear" }.into(),
            temperature: Some(self.temperature().min(372)),
            passage: None,
        };
        vec![envelope(RecordId::fresh(at), RETURNEE, at, &body)]
    }

    fn parcel(&mut self, gate: usize, at: Timestamp) -> Vec<Value> {
        let flat = self.dice.below(self.gates[gate].flats.len());
        let (household, words) = self.gates[gate].flats[flat].clone();
        let id = RecordId::fresh(at);
        let heavy = self.dice.below(4) == 0;
        let place = self.gates[gate].place;
        let parcel = Parcel {
            gate: place,
            code: format!("YT{:010}", self.dice.below(1_000_000_000)),
            household: Some(household),
            flat: words,
            name: String::new(),
            heavy,
            carry: heavy,
        };
        let mut records = vec![envelope(id, PARCEL, at, &parcel)];
        if self.dice.below(10) < 7 {
            let later = at + Duration::from_secs(60 * u64::try_from(self.dice.between(5, 90)).unwrap_or(5));
            let out = ParcelOut {
                gate: place,
                parcel: id,
                carried: heavy,
            };
            records.push(envelope(RecordId::fresh(later), PARCEL_OUT, later, &out));
        }
        records
    }
}

/// Sends people through the gates, so many a minute, until the server stops.
pub async fn live(house: House, a_minute: u32) {
    let pause = Duration::from_secs_f64(60.0 / f64::from(a_minute.max(1)));
    let mut beat = tokio::time::interval(pause);
    let (phone, mut traffic) = match begin(&house).await {
        Ok(begun) => begun,
        Err(problem) => {
            tracing::warn!(error = %problem, "nobody goes through the gates of the demonstration");
            return;
        }
    };
    loop {
        beat.tick().await;
        // Nothing from the future: a parcel that is to leave later leaves now.
        let now = house.app.now();
        let records: Vec<Value> = traffic
            .next(now)
            .into_iter()
            .map(|mut record| {
                record["at"] = json!(now);
                record
            })
            .collect();
        if let Err(problem) = phone.records(&records).await {
            tracing::warn!(error = %problem, "a passage of the demonstration was not taken");
        }
    }
}

async fn begin(house: &House) -> Result<(Browser, Traffic)> {
    let db = house.app.store.read();
    let worker = accounts::model::user::Entity::find()
        .filter(accounts::model::user::Column::NameKey.eq(accounts::demo::key(Role::CommunityWorker)))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let communities: Vec<PlaceId> = resident::Entity::find()
        .select_only()
        .column(resident::Column::CommunityId)
        .distinct()
        .order_by_asc(resident::Column::CommunityId)
        .into_tuple()
        .all(db)
        .await?;
    let traffic = Traffic::of(house, &communities).await?;
    tracing::info!(gates = traffic.gates.len(), "people go through the gates");
    Ok((Browser::new(house, session(house, worker.id).await?), traffic))
}
