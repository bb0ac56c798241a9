//! Masks: how much of a name, phone or citizen number may be shown where the whole may not.
//!
//! A mask keeps enough for two people who both know the value to agree on it, and its length
//! tells nothing. Anything that does not look as expected is hidden, never shown.

/// `张三丰` → `张*`: the first character. Nothing gives nothing.
pub fn name(name: &str) -> String {
    name.trim().chars().next().map_or_else(String::new, |first| format!("{first}*"))
}

/// `13812340000` → `138****0000`. Shorter numbers show their last two digits, and those under
/// seven digits none. Signs between digits and the country code are dropped.
pub fn phone(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(&digits);
    // Only ASCII digits are left, so bytes are characters.
    match digits.len() {
        11.. => format!("{}****{}", &digits[..3], last(digits, 4)),
        7..=10 => format!("****{}", last(digits, 2)),
        _ => "****".to_owned(),
    }
}

/// `11010519491231002X` → `**************002X`: the last four (S7).
pub fn citizen(number: &str) -> String {
    const WHOLE: usize = 18;
    let number = number.trim();
    let hidden = "*".repeat(WHOLE - 4);
    if number.len() == WHOLE && number.is_ascii() {
        format!("{hidden}{}", last(number, 4))
    } else {
        hidden
    }
}

/// The last `count` bytes of an ASCII text that is at least so long.
fn last(ascii: &str, count: usize) -> &str {
    &ascii[ascii.len() - count..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_its_first_character_and_not_its_length() {
        for (whole, masked) in
            [("张三", "张*"), ("张三丰", "张*"), (" 𠮷野 ", "𠮷*"), ("Anna", "A*"), ("", "")]
        {
            assert_eq!(name(whole), masked);
        }
    }

    #[test]
    fn a_phone_shows_three_and_four_digits_at_most() {
        for (whole, masked) in [
            ("13812340000", "138****0000"),
            ("138-1234-0000", "138****0000"),
            ("+86 138 1234 0000", "138****0000"),
            ("4221234", "****34"),
            ("12345", "****"),
            ("", "****"),
            ("电话不详", "****"),
        ] {
            assert_eq!(phone(whole), masked);
        }
    }

    #[test]
    fn s7_a_citizen_number_shows_its_last_four() {
        assert_eq!(citizen("11010519491231002X"), "**************002X");
        for odd in ["", "002X", "110105491231002", "号码一二三四五六"] {
            assert_eq!(citizen(odd), "**************", "{odd}");
        }
    }
}
