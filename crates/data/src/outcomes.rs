//! Outcomes as bytes, for the record of an idempotency key. The first byte is the format's version.

use crate::{Outcome, Value};

const VERSION: u8 = 1;

/// Writes outcomes.
#[must_use]
pub fn encode(outcomes: &[Outcome]) -> Vec<u8> {
    let mut out = vec![VERSION];
    number(&mut out, outcomes.len() as u64);
    for outcome in outcomes {
        number(&mut out, outcome.rows_affected);
        number(&mut out, outcome.rows.len() as u64);
        for row in &outcome.rows {
            number(&mut out, row.len() as u64);
            row.iter().for_each(|value| encode_value(&mut out, value));
        }
    }
    out
}

fn encode_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Boolean(no) if !no => out.push(1),
        Value::Boolean(_) => out.push(2),
        Value::Integer(number) => fixed(out, 3, *number),
        Value::Timestamp(number) => fixed(out, 4, *number),
        Value::Decimal(text) => bytes(out, 5, text.as_bytes()),
        Value::Text(text) => bytes(out, 6, text.as_bytes()),
        Value::Bytes(all) => bytes(out, 7, all),
        Value::Json(text) => bytes(out, 8, text.as_bytes()),
        Value::Uuid(text) => bytes(out, 9, text.as_bytes()),
    }
}

fn fixed(out: &mut Vec<u8>, tag: u8, value: i64) {
    out.push(tag);
    out.extend(value.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, tag: u8, all: &[u8]) {
    out.push(tag);
    number(out, all.len() as u64);
    out.extend(all);
}

/// Seven bits a byte, lowest first.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads outcomes; none if the bytes are no such.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<Outcome>> {
    let mut input = Input(bytes);
    if input.byte()? != VERSION {
        return None;
    }
    let count = input.count()?;
    let outcomes = (0..count).map(|_| input.outcome()).collect::<Option<Vec<_>>>()?;
    input.0.is_empty().then_some(outcomes)
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn fixed(&mut self) -> Option<i64> {
        self.take(8)?.try_into().ok().map(i64::from_le_bytes)
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        let length = self.count()?;
        self.take(length).map(<[u8]>::to_vec)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?).ok()
    }

    fn outcome(&mut self) -> Option<Outcome> {
        let rows_affected = self.number()?;
        let rows = (0..self.count()?).map(|_| self.row()).collect::<Option<_>>()?;
        Some(Outcome { rows_affected, rows })
    }

    fn row(&mut self) -> Option<Vec<Value>> {
        (0..self.count()?).map(|_| self.value()).collect()
    }

    fn value(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            0 => Value::Null,
            1 => Value::Boolean(false),
            2 => Value::Boolean(true),
            3 => Value::Integer(self.fixed()?),
            4 => Value::Timestamp(self.fixed()?),
            5 => Value::Decimal(self.text()?),
            6 => Value::Text(self.text()?),
            7 => Value::Bytes(self.bytes()?),
            8 => Value::Json(self.text()?),
            9 => Value::Uuid(self.text()?),
            _ => return None,
        })
    }
}
