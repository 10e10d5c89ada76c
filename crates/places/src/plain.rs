//! Names without differences of writing: `３ 号楼`, `三幢` and `3#` are one building.

use std::fmt::Write as _;

use crate::{
    model::PlaceKind,
    pinyin::{self, narrow},
};

/// What a building is called beside its number; the longer words first.
const BUILDING_WORDS: [&str; 5] = ["号楼", "#楼", "幢", "栋", "号"];

/// The name by which duplicates among siblings are suspected: narrow lower-case letters and digits, no
/// spaces, Chinese numerals as digits without leading zeros, every word for a building as `#`.
pub fn plain(name: &str) -> String {
    let narrow: String = name
        .chars()
        .map(narrow)
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    let mut text = numerals(&narrow);
    for word in BUILDING_WORDS {
        // `号` only counts at the end: `3号院` is something else than `3#`.
        if word != "号" {
            text = text.replace(word, "#");
        } else if let Some(number) = text.strip_suffix(word) {
            text = format!("{number}#");
        }
    }
    text
}

/// What lists sort by: the pinyin with numbers padded. Buildings and units sort by their number,
/// however it is written.
pub fn sort_key(kind: PlaceKind, name: &str) -> String {
    let full = if kind.has_floors() {
        plain(name)
    } else {
        name.to_owned()
    };
    let mut key = String::new();
    let mut digits = String::new();
    for c in pinyin::of(&full).full.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
        } else {
            pad(&mut key, &mut digits);
            key.push(c);
        }
    }
    pad(&mut key, &mut digits);
    key
}

fn pad(key: &mut String, digits: &mut String) {
    if !digits.is_empty() {
        let _ = write!(key, "{digits:0>6}");
        digits.clear();
    }
}

/// Chinese numerals as digits: `二十三` is 23, `一〇二` is 102; leading zeros are dropped everywhere.
fn numerals(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars() {
        if value(c).is_some() || unit(c).is_some() || c.is_ascii_digit() {
            run.push(c);
        } else {
            flush(&mut out, &mut run);
            out.push(c);
        }
    }
    flush(&mut out, &mut run);
    out
}

fn flush(out: &mut String, run: &mut String) {
    if run.is_empty() {
        return;
    }
    let digits = if run.chars().any(|c| unit(c).is_some()) {
        counted(run).map_or_else(|| run.clone(), |n| n.to_string())
    } else {
        run.chars()
            .map(|c| value(c).and_then(|n| char::from_digit(n, 10)).unwrap_or(c))
            .collect()
    };
    let trimmed = digits.trim_start_matches('0');
    out.push_str(if trimmed.is_empty() { "0" } else { trimmed });
    run.clear();
}

/// The value of a numeral with tens and hundreds; `None` when it is none after all.
fn counted(run: &str) -> Option<u32> {
    let (mut sum, mut last) = (0u32, None);
    for c in run.chars() {
        if let Some(unit) = unit(c) {
            sum = sum.checked_add(last.take().unwrap_or(1) * unit)?;
        } else {
            let digit = value(c).or_else(|| c.to_digit(10))?;
            // `二零` inside a counted number only stands for the gap.
            if last.is_some_and(|digit| digit != 0) {
                return None;
            }
            last = Some(digit);
        }
    }
    sum.checked_add(last.unwrap_or(0))
}

const fn value(c: char) -> Option<u32> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

const fn unit(c: char) -> Option<u32> {
    Some(match c {
        '十' => 10,
        '百' => 100,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_building_however_it_is_written() {
        for name in ["3号楼", "３ 号楼", "三幢", "3栋", "3#", "三号", "03号楼", "3＃楼"] {
            assert_eq!(plain(name), "3#", "{name}");
        }
        for (name, kept) in [
            ("二十三号楼", "23#"),
            ("十号楼", "10#"),
            ("一百零二幢", "102#"),
            ("一〇二幢", "102#"),
            ("3号院", "3号院"),
            ("A 区", "a区"),
            ("香泉小区", "香泉小区"),
            ("十二三", "十二三"),
        ] {
            assert_eq!(plain(name), kept, "{name}");
        }
        assert_ne!(plain("3号楼"), plain("13号楼"));
    }

    #[test]
    fn two_comes_before_ten() {
        let mut names = vec!["10号楼", "2号楼", "一号楼"];
        names.sort_by_key(|name| sort_key(PlaceKind::Building, name));
        assert_eq!(names, ["一号楼", "2号楼", "10号楼"]);
        assert_eq!(sort_key(PlaceKind::Compound, "三林苑"), "sanlinyuan");
    }
}
