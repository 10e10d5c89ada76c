//! How far it is from one place to another, by the place tree alone: no place has coordinates. The figures are
//! our own choice and stand in `docs/roster.md`.

/// Metres by how many steps from the top both paths share: province, city, district, sub-district, community.
const FAR: [i64; 6] = [200_000, 100_000, 30_000, 8_000, 2_000, 300];

/// Metres between two places, given by their paths.
pub fn metres(one: &str, other: &str) -> i64 {
    let steps = |path: &str| path.matches('/').count();
    let shared = one
        .split_inclusive('/')
        .zip(other.split_inclusive('/'))
        .take_while(|(a, b)| a == b)
        .count();
    // Whoever lives in a sub-district, or stands there, may be anywhere in it.
    let known = steps(one).min(steps(other)).min(FAR.len() - 1);
    FAR[shared.min(known)]
}

#[cfg(test)]
mod tests {
    use super::metres;

    #[test]
    fn by_the_place_tree() {
        let home = "31/01/07/010/aaaaaaaaaaaa/";
        for (place, far) in [
            (home, 300),
            ("31/01/07/010/aaaaaaaaaaaa/gate/", 300),
            ("31/01/07/010/bbbbbbbbbbbb/", 2_000),
            ("31/01/07/010/", 2_000),
            ("31/01/07/011/aaaaaaaaaaaa/", 8_000),
            ("31/01/08/010/aaaaaaaaaaaa/", 30_000),
            ("31/02/07/010/aaaaaaaaaaaa/", 100_000),
            ("32/01/07/010/aaaaaaaaaaaa/", 200_000),
            ("", 200_000),
        ] {
            assert_eq!(metres(home, place), far, "{place}");
            assert_eq!(metres(place, home), far, "{place}");
        }
    }
}
