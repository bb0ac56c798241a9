//! The order in which people count: 2栋 before 10栋, 第二网格 before 第十网格.

/// A stretch of a name: a number, or what stands between numbers. Numbers come first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Number(u64),
    Text(String),
}

/// What a name is sorted by.
pub fn key(name: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let kind = kind(first);
        let end = rest.find(|sign| self::kind(sign) != kind).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        parts.push(match kind {
            Kind::Digit => Part::Number(run.parse().unwrap_or(u64::MAX)),
            Kind::Numeral => Part::Number(numeral(run)),
            Kind::Other => Part::Text(run.to_owned()),
        });
        rest = after;
    }
    parts
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digit,
    Numeral,
    Other,
}

/// The Chinese digits, by their value.
const DIGITS: &str = "零一二三四五六七八九";

fn kind(sign: char) -> Kind {
    match sign {
        '0'..='9' => Kind::Digit,
        '十' | '百' => Kind::Numeral,
        _ if DIGITS.contains(sign) => Kind::Numeral,
        _ => Kind::Other,
    }
}

/// 十 is 10, 二十三 is 23, 一百零五 is 105; what is no such number is read digit by digit.
fn numeral(run: &str) -> u64 {
    let (mut sum, mut digit) = (0_u64, 0_u64);
    for sign in run.chars() {
        let unit = match sign {
            '十' => 10,
            '百' => 100,
            _ => {
                let value = DIGITS.chars().position(|one| one == sign).unwrap_or(0);
                digit = digit.saturating_mul(10).saturating_add(value as u64);
                continue;
            }
        };
        sum = sum.saturating_add(digit.max(1).saturating_mul(unit));
        digit = 0;
    }
    sum.saturating_add(digit)
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn names_stand_in_the_order_in_which_people_count() {
        let counted = [
            "1栋",
            "2栋",
            "10栋",
            "第一网格",
            "第二网格",
            "第三网格",
            "第九网格",
            "第十网格",
            "第十一网格",
            "第二十网格",
            "第一百零五网格",
        ];
        let mut sorted = counted;
        sorted.reverse();
        sorted.sort_by_cached_key(|name| key(name));
        assert_eq!(sorted, counted);
        assert_eq!(key(""), vec![]);
        // Longer than any number: still sorted, never a panic.
        key(&"九百".repeat(50));
        key(&"9".repeat(50));
    }
}
