//! Lists at size: every page comes from an index.

/// A resident of a large roster: 3 people a household, 40 households a unit, 2 units a building.
pub fn row(n: usize) -> [String; 12] {
    const FIRST: [&str; 20] = [
        "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗",
    ];
    const SECOND: [&str; 16] = [
        "伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
    ];
    let (household, scattered) = (n / 3, n.wrapping_mul(2_654_435_761) % 1_000_003);
    [
        format!("小区{}", household / 4_000),
        format!("{}号楼", household / 80 % 50),
        format!("{}单元", household / 40 % 2 + 1),
        format!("{}{:02}", household % 40 / 4 + 1, household % 4 + 1),
        String::new(),
        format!("{}{}{n}", FIRST[scattered % 20], SECOND[scattered / 20 % 16]),
        format!("000{n:08}"),
        format!("9999992000{n:08}"),
        String::new(),
        if scattered % 20 == 0 { "是" } else { "" }.to_owned(),
        if scattered % 10 == 0 { "是" } else { "" }.to_owned(),
        if scattered % 100 == 0 { "透析" } else { "" }.to_owned(),
    ]
}
