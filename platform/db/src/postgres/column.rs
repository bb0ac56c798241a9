//! Values on PostgreSQL's wire: each takes the type of its parameter, and each column is read
//! as what the row mapping asks for, so SQL needs no casts.

use crate::error::Error;
use crate::value::Value;
use ::postgres::Row;
use ::postgres::types::private::BytesMut;
use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

type Fault = Box<dyn std::error::Error + Sync + Send>;

/// A binary `jsonb` begins with the version of its form.
const JSONB_VERSION: u8 = 1;

impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self {
            Value::Null => return Ok(IsNull::Yes),
            Value::Int(int) => put_int(*int, wanted, out)?,
            Value::Text(text) | Value::Json(text) => match *wanted {
                Type::JSONB => {
                    out.extend_from_slice(&[JSONB_VERSION]);
                    out.extend_from_slice(text.as_bytes());
                }
                Type::TEXT
                | Type::VARCHAR
                | Type::BPCHAR
                | Type::NAME
                | Type::UNKNOWN
                | Type::JSON => out.extend_from_slice(text.as_bytes()),
                _ => return Err(mismatch(self, wanted)),
            },
            Value::Id(id) => match *wanted {
                Type::UUID | Type::BYTEA => out.extend_from_slice(id.as_bytes()),
                _ => return Err(mismatch(self, wanted)),
            },
            Value::Bytes(bytes) => match *wanted {
                Type::BYTEA => out.extend_from_slice(bytes),
                _ => return Err(mismatch(self, wanted)),
            },
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn mismatch(value: &Value, wanted: &Type) -> Fault {
    format!("a parameter is {} where {wanted} is wanted", value.kind()).into()
}

fn put_int(int: i64, wanted: &Type, out: &mut BytesMut) -> Result<(), Fault> {
    match *wanted {
        Type::INT8 => out.extend_from_slice(&int.to_be_bytes()),
        Type::INT4 => out.extend_from_slice(&i32::try_from(int)?.to_be_bytes()),
        Type::INT2 => out.extend_from_slice(&i16::try_from(int)?.to_be_bytes()),
        Type::BOOL => out.extend_from_slice(&[u8::from(int != 0)]),
        Type::NUMERIC => put_numeric(int, out),
        _ => return Err(mismatch(&Value::Int(int), wanted)),
    }
    Ok(())
}

/// `numeric` is digits to the base 10,000, the most significant first.
fn put_numeric(int: i64, out: &mut BytesMut) {
    let mut digits = Vec::new();
    let mut rest = int.unsigned_abs();
    while rest > 0 {
        digits.push((rest % 10_000) as u16);
        rest /= 10_000;
    }
    let count = digits.len() as u16;
    let sign: u16 = if int < 0 { NUMERIC_NEGATIVE } else { 0 };
    for part in
        [count, count.saturating_sub(1), sign, 0].into_iter().chain(digits.into_iter().rev())
    {
        out.extend_from_slice(&part.to_be_bytes());
    }
}

const NUMERIC_NEGATIVE: u16 = 0x4000;

/// A whole `numeric` that an `i64` can hold: what `sum` over integers answers.
fn whole(raw: &[u8]) -> Option<i64> {
    let mut parts = raw.chunks_exact(2).map(|part| u16::from_be_bytes([part[0], part[1]]));
    let (count, weight, sign) = (parts.next()?, parts.next()? as i16, parts.next()?);
    let _scale = parts.next()?;
    let mut number: i128 = 0;
    for (at, digit) in parts.take(count.into()).enumerate() {
        // The digit's power of 10,000; below zero it is behind the decimal point.
        match u32::try_from(i64::from(weight) - at as i64) {
            Ok(power) => {
                let factor = 10_000_i128.checked_pow(power)?;
                number = number.checked_add(factor.checked_mul(digit.into())?)?;
            }
            Err(_) if digit == 0 => {}
            Err(_) => return None,
        }
    }
    match sign {
        0 => i64::try_from(number).ok(),
        NUMERIC_NEGATIVE => i64::try_from(-number).ok(),
        _ => None,
    }
}

/// A column as it came.
struct Raw<'a> {
    kind: Type,
    bytes: &'a [u8],
}

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(kind: &Type, bytes: &'a [u8]) -> Result<Raw<'a>, Fault> {
        Ok(Raw { kind: kind.clone(), bytes })
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn read<'a, T>(
    row: &'a Row,
    index: usize,
    wanted: &'static str,
    decode: impl FnOnce(&Raw<'a>) -> Option<T>,
) -> Result<Option<T>, Error> {
    let cell: Option<Raw<'a>> =
        row.try_get(index).map_err(|_| Error::Column { index, wanted, found: "nothing" })?;
    let Some(cell) = cell else { return Ok(None) };
    match decode(&cell) {
        Some(value) => Ok(Some(value)),
        None => Err(Error::Column { index, wanted, found: kind(&cell.kind) }),
    }
}

pub(crate) fn int(row: &Row, index: usize, wanted: &'static str) -> Result<Option<i64>, Error> {
    read(row, index, wanted, |cell| match cell.kind {
        Type::INT8 => Some(i64::from_be_bytes(cell.bytes.try_into().ok()?)),
        Type::INT4 => Some(i32::from_be_bytes(cell.bytes.try_into().ok()?).into()),
        Type::INT2 => Some(i16::from_be_bytes(cell.bytes.try_into().ok()?).into()),
        Type::BOOL => Some((*cell.bytes.first()?).into()),
        Type::NUMERIC => whole(cell.bytes),
        _ => None,
    })
}

pub(crate) fn text<'a>(
    row: &'a Row,
    index: usize,
    wanted: &'static str,
) -> Result<Option<&'a str>, Error> {
    read(row, index, wanted, |cell| {
        let bytes = match cell.kind {
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON => cell.bytes,
            Type::JSONB => cell.bytes.strip_prefix(&[JSONB_VERSION])?,
            _ => return None,
        };
        std::str::from_utf8(bytes).ok()
    })
}

pub(crate) fn id(row: &Row, index: usize, wanted: &'static str) -> Result<Option<Uuid>, Error> {
    read(row, index, wanted, |cell| match cell.kind {
        Type::UUID | Type::BYTEA => Uuid::from_slice(cell.bytes).ok(),
        _ => None,
    })
}

pub(crate) fn bytes<'a>(
    row: &'a Row,
    index: usize,
    wanted: &'static str,
) -> Result<Option<&'a [u8]>, Error> {
    read(row, index, wanted, |cell| match cell.kind {
        Type::BYTEA | Type::UUID => Some(cell.bytes),
        _ => None,
    })
}

fn kind(kind: &Type) -> &'static str {
    match *kind {
        Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL => "an integer",
        Type::NUMERIC => "a number that is not a whole 64-bit one",
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => "text",
        Type::JSON | Type::JSONB => "json",
        Type::UUID => "an id",
        Type::BYTEA => "bytes",
        _ => "another type",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_whole_number_survives_numeric(int: i64) {
            let mut out = BytesMut::new();
            put_numeric(int, &mut out);
            proptest::prop_assert_eq!(whole(&out), Some(int));
        }
    }

    #[test]
    fn a_fraction_is_not_an_integer() {
        // 1.5 and NaN as PostgreSQL sends them.
        assert_eq!(whole(&[0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 0x13, 0x88]), None);
        assert_eq!(whole(&[0, 0, 0, 0, 0xC0, 0, 0, 0]), None);
        // 10,000.00: digits behind the point are not sent, the scale is.
        assert_eq!(whole(&[0, 1, 0, 1, 0, 0, 0, 2, 0, 1]), Some(10_000));
    }
}
