//! Story D as facts: which unit came, when, where, and what its work came to.
//!
//! Totals given by the story are met exactly by individual records. Where it gives no figure (periods and
//! counts of the small units, most names), the demonstration makes plausible ones and says so in docs/demo.md.

/// A unit's stay.
pub struct Unit {
    /// Name of the organisation.
    pub org: &'static str,
    /// Residential areas.
    pub areas: &'static [&'static str],
    /// Days.
    pub first: &'static str,
    pub last: &'static str,
    /// People a day it is asked for.
    pub asked: i64,
    /// People it has.
    pub people: usize,
    /// Of these, officials of division rank, and how many person-times are theirs.
    pub division_rank: (usize, usize),
    /// Hours of a shift.
    pub hours: &'static str,
    /// Places on a shift.
    pub places: usize,
    /// In groups of.
    pub group: usize,
    /// Posts that are manned on a day, of all its areas in turn; 0 for all.
    pub areas_a_day: usize,
    /// Person-times in all.
    pub person_times: usize,
    /// Tenths of hours in all; `None` leaves it to chance.
    pub tenths: Option<i64>,
    /// What its people counted, in all.
    pub counts: &'static [(&'static str, i64)],
    /// For what it was called.
    pub purpose: &'static str,
}

/// The twelve residential areas. The story names eleven; 颐华第一 is made up.
pub const AREAS: [&str; 12] = [
    "交暨",
    "中浩云",
    "颐华第一",
    "颐华第二",
    "中骏天誉",
    "愉景华庭",
    "中环锦园",
    "万里名轩",
    "香泉",
    "中环家园",
    "万里雅筑",
    "颐和华城",
];

/// All units of the story's table.
pub const UNITS: &[Unit] = &[
    Unit {
        org: "区国资委",
        areas: &["交暨"],
        first: "2020-02-10",
        last: "2020-02-24",
        asked: 9,
        people: 26,
        division_rank: (0, 0),
        hours: "08:00-16:00",
        places: 9,
        group: 1,
        areas_a_day: 0,
        person_times: 130,
        tenths: Some(8_950),
        counts: &[("temperature-taken", 9_640), ("parcels-sorted", 1_730)],
        purpose: "小区卡点值守：查验居民通行证、测温、登记来访；在两个卡点搭好帐篷。",
    },
    Unit {
        org: "区体育局",
        areas: &AREAS,
        first: "2020-02-04",
        last: "2020-02-20",
        asked: 20,
        people: 64,
        division_rank: (0, 0),
        hours: "14:00-21:00",
        places: 2,
        group: 1,
        areas_a_day: 0,
        person_times: 413,
        tenths: None,
        counts: &[
            ("temperature-taken", 21_850),
            ("visitors-registered", 3_120),
            ("mask-registrations", 2_415),
        ],
        purpose: "从今晚起每天 20 人支援十二个居民区：卡点值守、口罩预约登记。",
    },
    Unit {
        org: "区城管执法局",
        areas: &["香泉", "颐和华城", "万里雅筑", "万里名轩"],
        first: "2020-02-10",
        last: "2020-02-29",
        asked: 12,
        people: 44,
        division_rank: (4, 13),
        hours: "08:00-17:00",
        places: 4,
        group: 4,
        areas_a_day: 3,
        person_times: 239,
        tenths: None,
        counts: &[
            ("temperature-taken", 17_400),
            ("patrol-hours", 640),
            ("rubbish-loads", 118),
        ],
        purpose: "每天四人一组，在居民区卡点值守和巡逻。",
    },
    Unit {
        org: "区生态环境局",
        areas: &["中骏天誉"],
        first: "2020-02-03",
        last: "2020-02-21",
        asked: 2,
        people: 2,
        division_rank: (0, 0),
        hours: "09:00-17:00",
        places: 2,
        group: 1,
        areas_a_day: 0,
        person_times: 38,
        tenths: None,
        counts: &[
            ("mask-registrations", 1_904),
            ("records-entered", 2_210),
            ("households-phoned", 1_086),
        ],
        purpose: "口罩预约登记、卡点值守、数据录入、电话摸排。",
    },
    Unit {
        org: "区医保中心",
        areas: &["愉景华庭"],
        first: "2020-02-05",
        last: "2020-02-25",
        asked: 1,
        people: 1,
        division_rank: (0, 0),
        hours: "09:00-17:00",
        places: 1,
        group: 1,
        areas_a_day: 0,
        person_times: 21,
        tenths: None,
        counts: &[("records-entered", 3_320)],
        purpose: "数据录入和每日统计。",
    },
    Unit {
        org: "税务第十六所",
        areas: &["中环锦园", "万里名轩"],
        first: "2020-02-06",
        last: "2020-02-20",
        asked: 2,
        people: 2,
        division_rank: (0, 0),
        hours: "09:00-17:00",
        places: 1,
        group: 1,
        areas_a_day: 0,
        person_times: 30,
        tenths: None,
        counts: &[("households-phoned", 1_745), ("temperature-taken", 1_420)],
        purpose: "电话摸排、卡点值守。",
    },
    Unit {
        org: "税务第八所",
        areas: &["中环家园", "万里雅筑"],
        first: "2020-02-06",
        last: "2020-02-20",
        asked: 2,
        people: 2,
        division_rank: (0, 0),
        hours: "08:00-14:00",
        places: 1,
        group: 1,
        areas_a_day: 0,
        person_times: 30,
        tenths: None,
        counts: &[("units-disinfected", 1_260)],
        purpose: "楼门、电梯、楼道消杀。",
    },
    Unit {
        org: "区行政服务中心",
        areas: &["香泉"],
        first: "2020-02-04",
        last: "2020-02-23",
        asked: 3,
        people: 3,
        division_rank: (0, 0),
        hours: "18:00-02:00",
        places: 3,
        group: 1,
        areas_a_day: 0,
        person_times: 58,
        tenths: None,
        counts: &[
            ("masks-handed-out", 4_150),
            ("records-entered", 1_080),
            ("units-disinfected", 312),
        ],
        purpose: "数据录入、口罩发放、夜间卡点、楼道排摸。",
    },
    Unit {
        org: "区少体校",
        areas: &["中浩云"],
        first: "2020-02-02",
        last: "2020-02-29",
        asked: 2,
        people: 11,
        division_rank: (0, 0),
        hours: "08:00-16:00",
        places: 2,
        group: 1,
        areas_a_day: 0,
        person_times: 55,
        tenths: None,
        counts: &[("temperature-taken", 4_980)],
        purpose: "十一人轮流支援卡点；捐赠帐篷两顶。",
    },
    Unit {
        org: "区规划资源局",
        areas: &["交暨"],
        first: "2020-02-07",
        last: "2020-02-21",
        asked: 2,
        people: 2,
        division_rank: (0, 0),
        hours: "09:00-17:00",
        places: 2,
        group: 1,
        areas_a_day: 0,
        person_times: 30,
        tenths: None,
        counts: &[("records-entered", 1_915), ("mask-registrations", 1_240)],
        purpose: "数据录入、口罩预约登记。",
    },
];

/// Places below the street in the other four stories: province, city, district, street or town, then
/// community and compounds. Streets that the official codes lack are made.
pub const OTHER_PLACES: &[(&[&str], &str, &[&str])] = &[
    (
        &["河南省", "信阳市", "平桥区", "上天梯管理区"],
        "上天梯社区",
        &["安馨苑", "廉租房", "府前名苑", "熙龙湾", "珍珠商城"],
    ),
    (
        &["河南省", "郑州市", "荥阳市", "京城路街道"],
        "文博社区",
        &["锦绣家园"],
    ),
    (
        &["天津市", "市辖区", "西青区", "中北镇"],
        "中北社区",
        &["万卉家园", "溪秀苑"],
    ),
    (
        &["吉林省", "吉林市", "昌邑区", "延安街道"],
        "嫩江社区",
        &["嫩江小区"],
    ),
];
