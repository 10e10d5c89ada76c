//! A small known world: Wanli sub-district in February 2020.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

mod write;

use std::sync::Arc;

use accounts::{Actor, Grant};
use kit::{
    Day, FixedClock, Role, Timestamp,
    id::{CallId, HelperId, OrgId, PlaceId},
};
use muster::model::{CallState, activity, call, call_org};
use people::model::org;
use places::{PlaceKind, place};
use sea_orm::{ActiveValue::Set, EntityTrait};
use shell::{App, Texts, app::Parts};
use store::{Cipher, Migrations, Store, Which, testing::TestStore};
pub use write::{Where, helper};

pub const NOW: &str = "2020-03-01T02:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub struct World {
    pub app: App,
    pub wanli: PlaceId,
    pub changshou: PlaceId,
    pub jiaoji: PlaceId,
    pub xiangquan: PlaceId,
    pub compound: PlaceId,
    pub organs: OrgId,
    pub assets: OrgId,
    pub sports: OrgId,
    pub wang: HelperId,
    pub li: HelperId,
    pub zhao: HelperId,
    paths: Vec<(PlaceId, String)>,
}

pub async fn worlds() -> Vec<World> {
    let mut all = Vec::new();
    for TestStore { store, .. } in store::testing::stores().await.unwrap() {
        all.push(build(store).await);
    }
    all
}

pub async fn migrate(store: &Store) {
    Migrations {
        which: Which::Main,
        rooms: vec![
            accounts::migrations,
            field::migrations,
            places::migrations,
            people::migrations,
            muster::migrations,
            reports::migrations,
        ],
    }
    .run(store)
    .await
    .unwrap();
}

pub fn app(store: Store) -> App {
    App::new(Parts {
        store,
        clock: Arc::new(FixedClock::at(now())),
        cipher: Cipher::new(&[7; 32]),
        texts: Texts::new(&[shell::LOCALES, accounts::LOCALES, reports::LOCALES]),
        nav: reports::NAV.into(),
        demo: false,
        secure: false,
    })
}

impl World {
    pub fn path(&self, place: PlaceId) -> String {
        self.paths.iter().find(|(id, _)| *id == place).unwrap().1.clone()
    }

    pub fn actor(&self, role: Role, place: Option<PlaceId>, org: Option<OrgId>) -> Actor {
        Actor {
            grants: vec![Grant {
                role,
                place_id: place,
                place_path: place.map(|id| self.path(id)).unwrap_or_default(),
                org_id: org,
            }],
            name: "某人".into(),
            ..Actor::command_line()
        }
    }

    pub fn commander(&self) -> Actor {
        self.actor(Role::Commander, None, None)
    }
}

async fn places(store: &Store) -> Vec<place::Model> {
    let mut all: Vec<place::Model> = Vec::new();
    for (name, kind, parent) in [
        ("上海市", PlaceKind::Province, None),
        ("普陀区", PlaceKind::District, Some(0)),
        ("万里街道", PlaceKind::Street, Some(1)),
        ("长寿路街道", PlaceKind::Street, Some(1)),
        ("交暨", PlaceKind::Community, Some(2)),
        ("香泉", PlaceKind::Community, Some(2)),
        ("香泉", PlaceKind::Community, Some(3)),
        ("交暨苑", PlaceKind::Compound, Some(4)),
        ("北门", PlaceKind::Gate, Some(7)),
    ] {
        let id = PlaceId::fresh(now());
        let parent = parent.map(|at: usize| all[at].clone());
        let above = parent.as_ref().map_or("", |p| p.path.as_str());
        all.push(place::Model {
            id,
            parent_id: parent.as_ref().map(|p| p.id),
            community_id: match &parent {
                Some(parent) if kind > PlaceKind::Community => parent.community_id,
                _ => id,
            },
            kind,
            code: Some(format!("c{}", all.len())),
            name: name.to_owned(),
            path: format!("{above}{}", store::scope::path_step(id)),
            pinyin: String::new(),
            initials: String::new(),
            sort_key: String::new(),
            plain: String::new(),
            floors: 0,
            lift: false,
            created_at: now(),
        });
    }
    let rows = all.iter().cloned().map(place::ActiveModel::from);
    place::Entity::insert_many(rows)
        .exec_without_returning(store.write())
        .await
        .unwrap();
    all
}

async fn orgs(store: &Store) -> [OrgId; 3] {
    let ids = [OrgId::fresh(now()), OrgId::fresh(now()), OrgId::fresh(now())];
    let names = ["区级机关工委", "区国资委", "区体育局"];
    let rows = ids
        .iter()
        .zip(names)
        .enumerate()
        .map(|(i, (id, name))| org::ActiveModel {
            id: Set(*id),
            parent_id: Set((i > 0).then_some(ids[0])),
            name: Set(name.to_owned()),
            path: Set(if i > 0 {
                format!("top/{i}/")
            } else {
                "top/".to_owned()
            }),
            pinyin: Set(String::new()),
            initials: Set(String::new()),
            contact: Set(String::new()),
            phone_sealed: Set(None),
            created_at: Set(now()),
        });
    org::Entity::insert_many(rows)
        .exec_without_returning(store.write())
        .await
        .unwrap();
    ids
}

async fn call(
    store: &Store,
    place: &place::Model,
    days: (&str, &str),
    people: i64,
    state: CallState,
    orgs: &[(OrgId, i64, Option<i64>)],
) {
    let id = CallId::fresh(now());
    call::Entity::insert(call::ActiveModel {
        community_id: Set(place.community_id),
        id: Set(id),
        place_id: Set(place.id),
        place_path: Set(place.path.clone()),
        title: Set("支援".into()),
        purpose: Set(String::new()),
        first_day: Set(day(days.0)),
        last_day: Set(day(days.1)),
        weekdays: Set("12345".into()),
        from_time: Set("08:00".into()),
        to_time: Set("18:00".into()),
        people_per_day: Set(people),
        skills: Set(String::new()),
        answer_by: Set(now()),
        state: Set(state),
        created_by: Set(None),
        created_at: Set(now()),
        sent_at: Set(Some(now())),
    })
    .exec_without_returning(store.write())
    .await
    .unwrap();
    for (org, asked, pledged) in orgs {
        call_org::Entity::insert(call_org::ActiveModel {
            community_id: Set(place.community_id),
            call_id: Set(id),
            org_id: Set(*org),
            asked: Set(*asked),
            sent_at: Set(Some(now())),
            pledged: Set(*pledged),
            note: Set(String::new()),
            answered_by: Set(None),
            answered_at: Set(None),
        })
        .exec_without_returning(store.write())
        .await
        .unwrap();
    }
}

const NAMES: [&str; 10] = [
    "王建国",
    "李小红",
    "陈志强",
    "刘玉兰",
    "黄海燕",
    "周文博",
    "吴秀英",
    "徐立新",
    "孙家明",
    "朱晓峰",
];

/// The state-assets commission: ten helpers on thirteen days from 10 February, 130 person-times and 895
/// hours, and one attendance on each side of the period. The sports bureau: one helper on two days.
async fn build(store: Store) -> World {
    migrate(&store).await;
    let places = places(&store).await;
    let [organs, assets, sports] = orgs(&store).await;
    let mut helpers = Vec::new();
    for (i, name) in NAMES.iter().enumerate() {
        let rank = ["处级", "科级", ""][i.min(2)];
        helpers.push(helper(&store, assets, name, rank).await);
    }
    let zhao = helper(&store, sports, "赵敏", "").await;
    for (i, (code, zh, en)) in [
        ("mask-handout", "发放口罩", "Masks handed out"),
        ("disinfection", "消杀楼道", ""),
    ]
    .into_iter()
    .enumerate()
    {
        activity::Entity::insert(activity::ActiveModel {
            code: Set(code.into()),
            zh: Set(zh.into()),
            en: Set(en.into()),
            position: Set(i64::try_from(i).unwrap()),
            active: Set(true),
        })
        .exec_without_returning(store.write())
        .await
        .unwrap();
    }

    work(&store, &places, (assets, &helpers), (sports, zhao)).await;
    calls(&store, &places, assets, sports).await;
    World {
        wanli: places[2].id,
        changshou: places[3].id,
        jiaoji: places[4].id,
        xiangquan: places[5].id,
        compound: places[7].id,
        organs,
        assets,
        sports,
        wang: helpers[0],
        li: helpers[1],
        zhao,
        paths: places
            .iter()
            .map(|place| (place.id, place.path.clone()))
            .collect(),
        app: app(store),
    }
}

async fn work(
    store: &Store,
    places: &[place::Model],
    (assets, helpers): (OrgId, &[HelperId]),
    (sports, zhao): (OrgId, HelperId),
) {
    let jiaoji = Where {
        store,
        community: places[4].id,
        gate: &places[8],
    };
    let mut done = 0;
    for date in day("2020-02-10").through(day("2020-02-22")) {
        let shift = jiaoji.shift(date, false).await;
        for helper in helpers {
            let tenths = if done < 110 { 69 } else { 68 };
            jiaoji.attend(shift, date, assets, *helper, tenths).await;
            done += 1;
        }
        if date == day("2020-02-10") {
            jiaoji
                .count(shift, date, (assets, helpers[0]), "mask-handout", 120, false)
                .await;
            jiaoji
                .count(shift, date, (assets, helpers[0]), "disinfection", 99, true)
                .await;
        }
    }
    for date in ["2020-02-09", "2020-02-25"] {
        let shift = jiaoji.shift(day(date), false).await;
        jiaoji.attend(shift, day(date), assets, helpers[0], 80).await;
    }
    // Came in and never out; stood on the roster and never came; stood on a roster that was cancelled.
    let late = jiaoji.shift(day("2020-02-23"), false).await;
    jiaoji
        .attend(late, day("2020-02-23"), assets, helpers[1], 0)
        .await;
    jiaoji.assign(late, day("2020-02-23"), assets, helpers[2]).await;
    let off = jiaoji.shift(day("2020-02-24"), true).await;
    jiaoji.assign(off, day("2020-02-24"), assets, helpers[3]).await;

    let xiangquan = Where {
        store,
        community: places[5].id,
        gate: &places[5],
    };
    for (date, tenths) in [("2020-02-12", 30), ("2020-02-13", 25)] {
        let shift = xiangquan.shift(day(date), false).await;
        xiangquan.attend(shift, day(date), sports, zhao, tenths).await;
        if tenths == 30 {
            xiangquan
                .count(shift, day(date), (sports, zhao), "disinfection", 7, false)
                .await;
        }
    }
}

async fn calls(store: &Store, places: &[place::Model], assets: OrgId, sports: OrgId) {
    let period = ("2020-02-10", "2020-02-28");
    call(
        store,
        &places[2],
        period,
        20,
        CallState::Open,
        &[(assets, 8, Some(6)), (sports, 12, None)],
    )
    .await;
    call(
        store,
        &places[5],
        ("2020-02-12", "2020-02-12"),
        3,
        CallState::Closed,
        &[(sports, 3, Some(3))],
    )
    .await;
    call(
        store,
        &places[4],
        period,
        50,
        CallState::Cancelled,
        &[(assets, 50, Some(50))],
    )
    .await;
    call(
        store,
        &places[4],
        period,
        70,
        CallState::Draft,
        &[(assets, 70, None)],
    )
    .await;
}
