//! Rounds. Zhongbei on 25 December 2021: a letter to every door, then everybody sampled, in made-up compounds of a
//! realistic build (towers with lifts, six-floor walk-ups). Wanli: the second screening of 交暨, and its corridors.

use std::time::Duration;

use kit::{
    FixedClock, Result, Role, Timestamp,
    id::{RecordId, RoundId, UserId},
};
use places::{NewPlace, PlaceKind, place};
use rounds::{
    kind::{Need, Outcome},
    model::target,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::{
    House,
    demo::{
        browser::Browser,
        forms,
        places_of::Wanli,
        plan::{self, Dice},
        session, setter, xiqing,
    },
};

/// 25 December 2021, 09:00 in Tianjin.
const DOORS: i64 = 1_640_394_000_000;
/// 13:00 on the same day.
const LANES: i64 = DOORS + 4 * HOUR;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Lanes of the sampling.
const LANES_OPEN: usize = 4;
/// People in a tube.
const TUBE: usize = 10;
/// Names before these are used elsewhere in the demonstration.
const FIRST_NAME: usize = 4_000;
/// Compound, buildings, floors, lift, staircases, flats on a floor.
const COMPOUNDS: [(&str, usize, i64, bool, usize, usize); 2] =
    [("万卉家园", 4, 6, false, 3, 2), ("溪秀苑", 2, 18, true, 1, 4)];

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Zhongbei's compounds, the letter and the sampling.
pub async fn zhongbei(house: &House, clock: &FixedClock) -> Result<()> {
    clock.set(at(DOORS));
    let community = xiqing::place(house, PlaceKind::Community, "中北社区").await?;
    fill(house, &community).await?;
    let staff = xiqing::browser(house, "中北社区居委会", Role::CommunityWorker, &community, None).await?;
    let letter = open(
        &staff,
        &community,
        ("一封信：通知核酸采样", "letter", "households"),
        "2021-12-25T13:00",
    )
    .await?;
    let mut dice = Dice::new(20_211_225);
    // Three hours at the doors; where nobody was in, once more before noon.
    let doors = targets(house, letter).await?;
    let mut records = Vec::new();
    let mut again = Vec::new();
    for (i, door) in doors.iter().enumerate() {
        let when = DOORS + i64::try_from(i).unwrap_or(0) * 3 * HOUR / i64::try_from(doors.len()).unwrap_or(1);
        let (outcome, need, note) = match dice.below(100) {
            0..=11 => (Outcome::NobodyIn, None, ""),
            12 => (
                Outcome::NeedsHelp,
                Some(Need::Examination),
                "考研，25日至27日去考点",
            ),
            13 => (Outcome::NeedsHelp, Some(Need::MedicalTrip), "每周二四透析"),
            14 => (Outcome::Moved, None, ""),
            15 => (Outcome::Refused, None, ""),
            _ => (Outcome::Letter, None, ""),
        };
        if outcome == Outcome::NobodyIn {
            again.push(door);
        }
        records.push(visited(door, at(when), outcome, need, note));
    }
    for (i, door) in again.iter().enumerate() {
        let when = DOORS + 3 * HOUR + i64::try_from(i).unwrap_or(0) * MINUTE;
        let outcome = if dice.below(10) < 8 {
            Outcome::Letter
        } else {
            Outcome::NobodyIn
        };
        records.push(visited(door, at(when), outcome, None, ""));
    }
    clock.set(at(LANES));
    staff.records(&records).await?;
    let round = open(
        &staff,
        &community,
        ("全员核酸采样", "sampling", "residents"),
        "2021-12-26T13:00",
    )
    .await?;
    let people = targets(house, round).await?;
    let (mut records, mut missed) = (Vec::new(), Vec::new());
    let mut sampled = Vec::new();
    for person in &people {
        match dice.below(100) {
            0..=4 => {}
            5 => missed.push((person, Outcome::Exempt)),
            6 => missed.push((person, Outcome::NobodyIn)),
            _ => sampled.push(person),
        }
    }
    // Four lanes, ten in a tube; the second batch of Yangliuqing has one lane each of its groups.
    for (i, ten) in sampled.chunks(TUBE).enumerate() {
        let (lane, tube) = (i % LANES_OPEN + 1, format!("ZB2021{:06}", i + 1));
        let begin = LANES + i64::try_from(i / LANES_OPEN).unwrap_or(0) * 12 * MINUTE;
        for (n, person) in ten.iter().enumerate() {
            let when = at(begin + i64::try_from(n).unwrap_or(0) * MINUTE);
            let body = json!({
                "round": round, "site": community.id, "lane": format!("{lane}号通道"), "tube": tube, "capacity": TUBE,
                "piece": person.piece_id, "target": person.id,
            });
            records.push(made("sampling.sample", when, &body));
        }
        let body =
            json!({ "round": round, "site": community.id, "tube": tube, "box": format!("{lane}号箱") });
        records.push(made("sampling.seal", at(begin + 11 * MINUTE), &body));
    }
    for (person, outcome) in missed {
        records.push(visited(person, at(LANES + HOUR), outcome, None, ""));
    }
    let tubes = sampled.chunks(TUBE).len();
    for lane in 1..=LANES_OPEN {
        let count = (0..tubes).filter(|i| i % LANES_OPEN + 1 == lane).count();
        let body = json!({ "site": community.id, "box": format!("{lane}号箱"), "tubes": count, "to": "区检测转运车" });
        records.push(made("sampling.hand-over", at(LANES + 5 * HOUR - MINUTE), &body));
    }
    clock.set(at(LANES + 5 * HOUR));
    staff.records(&records).await?;
    house.field.settled().await;
    // By the evening the laboratory has read all but the last tubes.
    let lines = (1..tubes.saturating_sub(3))
        .map(|i| sampling::results::Line {
            line: i,
            tube: format!("ZB2021{i:06}"),
            verdict: "阴性".to_owned(),
        })
        .collect();
    sampling::results::enter(&house.app, &setter(), lines).await?;
    Ok(())
}

fn made(kind: &str, at: Timestamp, body: &Value) -> Value {
    json!({ "id": RecordId::fresh(at), "kind": kind, "at": at, "shift": null, "body": body })
}

/// The second screening of 交暨 goes on now; its corridors were disinfected this morning.
pub async fn wanli(house: &House, wanli: &Wanli, worker: UserId) -> Result<()> {
    let (area, _) = wanli.area("交暨")?;
    let staff = Browser::new(house, session(house, worker).await?);
    let now = house.app.now();
    let deadline = kit::time::Typed(now + Duration::from_secs(20 * 3600)).to_string();
    let form =
        rounds::forms::save(&house.app, &setter(), None, "返沪人员排摸表", &forms::screening()).await?;
    let screening = open_asking(
        &staff,
        area,
        ("二次上门排摸", "screening", "households"),
        &deadline,
        &form.to_string(),
    )
    .await?;
    let corridors = open(
        &staff,
        area,
        ("楼道、电梯消杀", "disinfection", "units"),
        &deadline,
    )
    .await?;
    let sampling = open(
        &staff,
        area,
        ("从外地返回人员核酸采样", "sampling", "residents"),
        &deadline,
    )
    .await?;
    let quarter = 15 * MINUTE;
    let first = at((now.millis() / quarter + 1) * quarter);
    let called = [
        ("site", area.id.to_string()),
        ("from", kit::time::Typed(first).to_string()),
        ("lanes", "1".to_owned()),
        ("service", "40".to_owned()),
    ];
    let called: Vec<(&str, &str)> = called
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    staff
        .form(&format!("/sampling/rounds/{sampling}"), &called)
        .await?;
    let mut dice = Dice::new(20_200_211);
    let mut records = Vec::new();
    for (i, door) in targets(house, screening).await?.iter().enumerate() {
        let outcome = match (i % 24, dice.below(10)) {
            (16.., _) => continue,
            (_, 0) => Outcome::NobodyIn,
            (_, 1) if i % 3 == 0 => Outcome::Refused,
            _ => Outcome::Done,
        };
        let mut record = visited(door, now, outcome, None, "");
        if outcome == Outcome::Done {
            record["body"]["answers"] = json!({ "people": 1 + i % 4, "returned": "no", "signs": ["none"] });
        }
        records.push(record);
    }
    for unit in targets(house, corridors).await? {
        records.push(visited(&unit, now, Outcome::Done, None, ""));
    }
    staff.records(&records).await?;
    businesses(house, &staff, area, &deadline).await
}

/// Offices, shops and the supermarket of 交暨, half of them visited.
async fn businesses(house: &House, staff: &Browser, area: &place::Model, deadline: &str) -> Result<()> {
    for (i, (name, kind, label, workers, returning)) in BUSINESSES.iter().enumerate() {
        let fields = [
            ("name", (*name).to_owned()),
            ("kind", (*kind).to_owned()),
            ("place", area.id.to_string()),
            ("label", (*label).to_owned()),
            ("contact", plan::name(FIRST_NAME + 900 + i)),
            ("phone", plan::phone(FIRST_NAME + 900 + i)),
            ("workers", workers.to_string()),
            ("returning", returning.to_string()),
            ("active", "on".to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        staff.form("/businesses/new", &fields).await?;
    }
    let form = rounds::forms::save(&house.app, &setter(), None, "复工走访表", &forms::visit()).await?;
    let round = open_asking(
        staff,
        area,
        ("企业商铺逐家走访", "business-visit", "businesses"),
        deadline,
        &form.to_string(),
    )
    .await?;
    let now = house.app.now();
    let mut records = Vec::new();
    for (i, business) in targets(house, round).await?.iter().enumerate() {
        let outcome = match i % 5 {
            0..=2 => Outcome::Done,
            3 => Outcome::NobodyIn,
            _ => continue,
        };
        let mut record = visited(business, now, outcome, None, "");
        if outcome == Outcome::Done {
            record["body"]["answers"] = json!({
                "workers": 6 + i, "returning": i % 4, "measures": ["masks", "temperature"],
                "registered": if i.is_multiple_of(2) { "yes" } else { "helped" }
            });
        }
        records.push(record);
    }
    staff.records(&records).await
}

/// Name, kind, number, people who work there, back from elsewhere.
const BUSINESSES: [(&str, &str, &str, i64, i64); 12] = [
    ("交暨便利店", "shop", "1号铺", 3, 1),
    ("万里生鲜超市", "supermarket", "2号铺", 18, 6),
    ("富平面馆", "restaurant", "3号铺", 5, 3),
    ("真光药房", "shop", "4号铺", 4, 0),
    ("小白理发", "shop", "5号铺", 2, 2),
    ("新村路五金", "shop", "6号铺", 2, 1),
    ("友和物业办公室", "office", "101", 9, 2),
    ("长江软件", "office", "201", 42, 17),
    ("沪西设计事务所", "office", "202", 11, 4),
    ("万里会计", "office", "203", 7, 1),
    ("交通路菜场", "supermarket", "北门", 31, 22),
    ("中环快递站", "other", "7号铺", 8, 5),
];

async fn open(
    staff: &Browser,
    place: &place::Model,
    what: (&str, &str, &str),
    deadline: &str,
) -> Result<RoundId> {
    open_asking(staff, place, what, deadline, "").await
}

async fn open_asking(
    staff: &Browser,
    place: &place::Model,
    (name, kind, reach): (&str, &str, &str),
    deadline: &str,
    form: &str,
) -> Result<RoundId> {
    let to = staff
        .form(
            "/rounds/new",
            &[
                ("name", name),
                ("place", &place.id.to_string()),
                ("kind", kind),
                ("reach", reach),
                ("which", "all"),
                ("form", form),
                ("deadline", deadline),
                ("again_hours", "3"),
                ("hold_minutes", "120"),
            ],
        )
        .await?;
    to.rsplit('/')
        .next()
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| kit::Problem::internal("demonstration: no round"))
}

async fn targets(house: &House, round: RoundId) -> Result<Vec<target::Model>> {
    Ok(target::Entity::find()
        .filter(target::Column::RoundId.eq(round))
        .order_by_asc(target::Column::PieceId)
        .order_by_asc(target::Column::Unit)
        .order_by_asc(target::Column::Label)
        .all(house.app.store.write())
        .await?)
}

fn visited(target: &target::Model, at: Timestamp, outcome: Outcome, need: Option<Need>, note: &str) -> Value {
    let mut body = json!({
        "round": target.round_id,
        "piece": target.piece_id,
        "target": target.id,
        "outcome": outcome,
    });
    if let Some(need) = need {
        body["need"] = json!(need);
        body["note"] = json!(note);
    }
    made("round.outcome", at, &body)
}

/// Buildings, flats and people.
async fn fill(house: &House, community: &place::Model) -> Result<()> {
    let mut name = FIRST_NAME;
    for (compound, buildings, floors, lift, staircases, flats) in COMPOUNDS {
        let parent = xiqing::place(house, PlaceKind::Compound, compound).await?;
        for building in 1..=buildings {
            let tx = house.app.store.begin().await?;
            let new = NewPlace {
                parent: Some(parent.id),
                kind: PlaceKind::Building,
                name: format!("{building}号楼"),
                floors,
                lift,
            };
            places::create(&tx, house.app.now(), &setter(), new).await?;
            tx.commit().await?;
            for staircase in 1..=staircases {
                for floor in 1..=floors {
                    for flat in 1..=flats {
                        let weak = name.is_multiple_of(17);
                        let home = people::household::Input {
                            community: community.id.to_string(),
                            compound: compound.to_owned(),
                            building: format!("{building}号楼"),
                            unit: format!("{staircase}单元"),
                            label: format!("{floor}{flat:02}"),
                            needs: if weak {
                                "行动不便".to_owned()
                            } else {
                                String::new()
                            },
                            ..people::household::Input::default()
                        };
                        let home = people::household::create(&house.app, &setter(), &home).await?;
                        for _ in 0..=name % 3 {
                            let input = people::resident::Input {
                                name: plan::name(name),
                                phone: people::numbers::Number::Set(plan::phone(name)),
                                ..people::resident::Input::default()
                            };
                            people::resident::create(&house.app, &setter(), home, &input).await?;
                            name += 1;
                        }
                    }
                }
            }
        }
    }
    Ok(())
}
