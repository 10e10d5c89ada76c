//! What a screen shows of personal data.

/// So many digits in a row look like somebody's number.
pub const LONG: usize = 7;

/// `13800001234` as `138****1234`; short numbers keep their last two digits.
pub fn phone(number: &str) -> String {
    let n = number.chars().count();
    let (head, tail) = if n >= 8 { (3, 4) } else { (0, 2.min(n)) };
    middle(number, head, tail)
}

/// An identity number with its first three and last two characters.
pub fn identity(number: &str) -> String {
    middle(number, 3, 2)
}

/// A text with the middle of every long number hidden: telephone and identity numbers, not years and quantities.
pub fn numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        shown.push_str(before);
        if number.len() >= LONG {
            shown.push_str(&phone(number));
        } else {
            shown.push_str(number);
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// A name with all but its first character hidden, for pages open to the public.
pub fn name(name: &str) -> String {
    middle(name, 1, 0)
}

fn middle(text: &str, head: usize, tail: usize) -> String {
    let n = text.chars().count();
    let (head, tail) = if n > head + tail { (head, tail) } else { (0, 0) };
    text.chars()
        .enumerate()
        .map(|(i, c)| if i < head || i >= n - tail { c } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn masks_hide_the_middle() {
        assert_eq!(super::phone("13800001234"), "138****1234");
        assert_eq!(super::phone("1234"), "**34");
        assert_eq!(super::identity("310107199001011234"), "310*************34");
        assert_eq!(super::name("王小明"), "王**");
        assert_eq!(super::name("王"), "*");
        assert_eq!(
            super::numbers("2020-02-10 call 00012345678"),
            "2020-02-10 call 000****5678"
        );
    }
}
