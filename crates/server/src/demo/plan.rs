//! Who came on which day and for how long, from a fixed seed: the same every time, and adding up exactly.

/// A small generator (SplitMix64): the demonstration must be the same on every machine and in every version.
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n64 = n.max(1) as u64;
        usize::try_from(self.roll() % n64).unwrap_or(0)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(usize::try_from(most - least + 1).unwrap_or(1))).unwrap_or(0)
    }
}

/// `count` parts from `least` to `most` that add up to `total`. `total` must lie between
/// `count * least` and `count * most`; otherwise the nearest possible sum is made.
pub fn parts(dice: &mut Dice, count: usize, total: i64, least: i64, most: i64) -> Vec<i64> {
    let mut parts: Vec<i64> = (0..count).map(|_| dice.between(least, most)).collect();
    let mut left = total - parts.iter().sum::<i64>();
    let mut stuck = 0;
    while left != 0 && stuck < count * 50 {
        let i = dice.below(count);
        let step = left.signum();
        if (least..=most).contains(&(parts[i] + step)) {
            parts[i] += step;
            left -= step;
            stuck = 0;
        } else {
            stuck += 1;
        }
    }
    parts
}

const FAMILY: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何",
    "高", "林", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田",
    "董", "潘", "袁", "蔡", "蒋", "余", "于", "杜", "叶", "程", "魏", "苏", "吕", "丁", "任", "卢", "姚",
    "沈", "钟", "姜", "崔", "谭", "陆",
];
const GIVEN: &[&str] = &[
    "建国", "志强", "丽华", "晓明", "秀英", "海燕", "国栋", "文静", "永辉", "春梅", "俊杰", "雪琴", "振华",
    "玉兰", "浩然", "佳怡", "立新", "淑芬", "德福", "思远", "红霞", "正阳", "美玲", "宏伟", "慧敏", "子轩",
    "桂芳", "卫东", "婷婷", "家豪", "金凤", "伟民", "晓燕", "学文", "月琴", "明亮", "雅楠", "长青", "静怡",
    "少华", "翠萍", "凯", "敏", "磊", "静", "涛", "娟", "勇", "洁", "斌", "琳", "峰",
];

/// The nth made-up name; no two of the first few thousand are the same.
pub fn name(n: usize) -> String {
    let family = FAMILY[n % FAMILY.len()];
    let given = GIVEN[(n / FAMILY.len() * 7 + n * 13) % GIVEN.len()];
    format!("{family}{given}")
}

/// The nth made-up telephone number, from a range that cannot be dialled.
pub fn phone(n: usize) -> String {
    format!("000{:08}", 10_000_000 + n * 37)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn parts_add_up() {
        for seed in 0..50 {
            let parts = parts(&mut Dice::new(seed), 130, 8_950, 45, 90);
            assert_eq!(parts.len(), 130);
            assert_eq!(parts.iter().sum::<i64>(), 8_950);
            assert!(parts.iter().all(|part| (45..=90).contains(part)));
        }
    }

    #[test]
    fn names_and_numbers_differ() {
        let names: HashSet<String> = (0..500).map(name).collect();
        assert_eq!(names.len(), 500);
        let phones: HashSet<String> = (0..500).map(phone).collect();
        assert_eq!(phones.len(), 500);
    }
}
