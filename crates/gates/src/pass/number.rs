//! Card numbers: seven random digits and a check digit, so that one wrong or two swapped digits are noticed at once.

/// The quasigroup of Damm's thesis (2004): it finds every single wrong digit and every swap of neighbours.
const TABLE: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// Digits of a card number.
pub const DIGITS: usize = 8;

fn damm(digits: &str) -> Option<u8> {
    digits.bytes().try_fold(0_u8, |state, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        Some(TABLE[usize::from(state)][usize::from(digit)])
    })
}

/// The card number of seven digits made from some random bits.
pub fn fresh(random: u32) -> String {
    // No leading zero: people leave it out.
    let seven = format!("{}", 1_000_000 + random % 9_000_000);
    let check = damm(&seven).unwrap_or(0);
    format!("{seven}{check}")
}

/// A card number as typed, without spaces; `None` when a digit is missing or wrong.
pub fn read(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (digits.len() == DIGITS && damm(&digits) == Some(0)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_known_example() {
        // 572 has the check digit 4 (Damm).
        assert_eq!(damm("572"), Some(4));
        assert_eq!(damm("5724"), Some(0));
        assert_eq!(read("1234"), None);
        assert_eq!(read("abcdefgh"), None);
    }

    proptest! {
        #[test]
        fn a_wrong_digit_and_a_swap_are_noticed(random in any::<u32>(), at in 0..DIGITS, digit in 0_u8..10) {
            let number = fresh(random);
            prop_assert_eq!(read(&number), Some(number.clone()));
            let mut wrong = number.clone().into_bytes();
            wrong[at] = b'0' + digit;
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(read(&wrong).is_some(), wrong == number);
            let mut swapped = number.clone().into_bytes();
            swapped.swap(at, (at + 1).min(DIGITS - 1));
            let swapped = String::from_utf8(swapped).unwrap();
            prop_assert_eq!(read(&swapped).is_some(), swapped == number);
        }
    }
}
