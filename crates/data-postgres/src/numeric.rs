//! PostgreSQL's binary `numeric` as decimal text: digits to the base of 10,000, of which the first has a weight.
//! The form is that of `numeric_send` in PostgreSQL's `src/backend/utils/adt/numeric.c`.

use std::fmt::Write as _;

const NEGATIVE: u16 = 0x4000;
const POSITIVE: u16 = 0;

/// The exact decimal; none for what is no number (`NaN`, infinity) or no such bytes.
pub(crate) fn to_text(raw: &[u8]) -> Option<String> {
    let mut words = raw.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_be_bytes));
    let count = words.next()?;
    let weight = i32::from(words.next()?.cast_signed());
    let sign = words.next()?;
    let scale = usize::from(words.next()?);
    let digits: Vec<u16> = words.collect();
    if digits.len() != usize::from(count) || !matches!(sign, POSITIVE | NEGATIVE) {
        return None;
    }
    let digit = |place: i32| usize::try_from(place).ok().and_then(|place| digits.get(place)).copied().unwrap_or(0);
    let mut text = String::new();
    for place in 0..=weight.max(0) {
        // A weight below zero means that nothing stands before the point.
        let value = if weight < 0 { 0 } else { digit(place) };
        let _ = if place == 0 { write!(text, "{value}") } else { write!(text, "{value:04}") };
    }
    if scale > 0 {
        text.push('.');
        let mut part = String::new();
        let mut place = weight + 1;
        let mut position = 0;
        while part.len() < scale {
            // With a weight below minus one, zeros come before the first digit.
            let value =
                if position < -1 - weight { 0 } else { digit(if weight < 0 { position + weight + 1 } else { place }) };
            let _ = write!(part, "{value:04}");
            place += 1;
            position += 1;
        }
        text.push_str(part.get(..scale)?);
    }
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    Some(if sign == NEGATIVE && !is_zero { format!("-{text}") } else { text })
}

#[cfg(test)]
mod tests {
    use super::to_text;

    fn raw(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
        let head = [u16::try_from(digits.len()).unwrap(), weight.cast_unsigned(), sign, scale];
        head.iter().chain(digits).flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn numbers_read_as_they_were_written() {
        for (bytes, text) in [
            (raw(0, 0, 0, &[]), "0"),
            (raw(0, 0, 2, &[]), "0.00"),
            (raw(0, 0, 0, &[7]), "7"),
            (raw(0, 0x4000, 2, &[12, 5000]), "-12.50"),
            (raw(1, 0, 0, &[1]), "10000"),
            (raw(2, 0, 1, &[1, 2, 3, 4000]), "100020003.4"),
            (raw(-1, 0, 4, &[1]), "0.0001"),
            (raw(-1, 0, 2, &[500]), "0.05"),
            (raw(-2, 0x4000, 8, &[12]), "-0.00000012"),
            (raw(-2, 0, 6, &[1200]), "0.000012"),
            (raw(4, 0, 0, &[922, 3372, 368, 5477, 5807]), "9223372036854775807"),
        ] {
            assert_eq!(to_text(&bytes).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for bytes in [raw(0, 0xC000, 0, &[]), raw(0, 0xD000, 0, &[]), vec![], vec![0, 1, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(to_text(&bytes), None);
        }
    }
}
