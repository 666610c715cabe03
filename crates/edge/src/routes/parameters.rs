//! Path parameters.

use matchit::Params;
use percent_encoding::percent_decode_str;

/// Names and decoded values, in the template's order.
pub(crate) type Parameters = Vec<(String, String)>;

/// A path parameter is not properly percent-encoded UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadPath;

/// Decodes what a path template matched.
pub(super) fn decode(matched: &Params<'_, '_>) -> Result<Parameters, BadPath> {
    matched.iter().map(|(name, value)| Ok((name.to_owned(), decoded(value)?))).collect()
}

fn decoded(value: &str) -> Result<String, BadPath> {
    if !value.contains('%') {
        return Ok(value.to_owned());
    }
    // `percent_decode_str` leaves a broken sequence as it is, and two readings of one path are one too many.
    let proper = value
        .split('%')
        .skip(1)
        .all(|rest| rest.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())));
    if !proper {
        return Err(BadPath);
    }
    percent_decode_str(value).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| BadPath)
}
