//! What a certificate shows of its holder: a name on public pages, a number on the paper.

/// A name for pages open to all: first and last character, `王*明`; of a name of two only the first.
pub fn name(name: &str) -> String {
    let n = name.chars().count();
    name.chars()
        .enumerate()
        .map(|(i, c)| {
            if (i == 0 && n > 1) || (i + 1 == n && n > 2) {
                c
            } else {
                '*'
            }
        })
        .collect()
}

/// The last four of an identity number; of one that is hardly longer nothing.
pub fn last_four(number: &str) -> String {
    let n = number.chars().count();
    if n < 8 {
        return "****".to_owned();
    }
    let tail: String = number.chars().skip(n - 4).collect();
    format!("****{tail}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_masked() {
        for (name, masked) in [
            ("王小明", "王*明"),
            ("王明", "王*"),
            ("王", "*"),
            ("欧阳小明", "欧**明"),
            ("阿卜杜拉·买买提", "阿******提"),
            ("Li Wei", "L****i"),
            ("", ""),
        ] {
            assert_eq!(super::name(name), masked, "{name}");
        }
    }

    #[test]
    fn numbers_keep_their_last_four() {
        for (number, masked) in [
            ("310107199001011234", "****1234"),
            ("E12345678", "****5678"),
            ("E1234", "****"),
            ("", "****"),
        ] {
            assert_eq!(super::last_four(number), masked, "{number}");
        }
    }
}
