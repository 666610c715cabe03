//! What an error of the driver or the server means.

use kontor_data::{DocumentError, OpenError};
use mongodb::error::{Error, ErrorKind};

use crate::server::{UNAUTHORIZED, code};

/// No disk, no shard, no primary or one on its way out: it passes.
const PASSING: [i32; 17] =
    [6, 7, 63, 70, 89, 91, 133, 150, 189, 234, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436, 14_031];
/// It took longer than it may.
const TOO_LONG: [i32; 4] = [24, 46, 50, 262];
const AUTHENTICATION_FAILED: i32 = 18;
/// The server's validator refuses.
const NOT_VALID: i32 = 121;

pub(crate) fn document(place: &str, error: &Error) -> DocumentError {
    match (error.kind.as_ref(), code(error)) {
        (ErrorKind::Authentication { .. }, _) | (_, Some(UNAUTHORIZED | AUTHENTICATION_FAILED)) => {
            DocumentError::Unavailable(rights(place, error))
        }
        (_, Some(code)) if TOO_LONG.contains(&code) => DocumentError::Busy(format!("{place} took too long: {error}")),
        (_, Some(NOT_VALID)) => DocumentError::Other(format!(
            "{place}: the collection's validator refuses what its schema allows; `kontor doctor` says how to mend it"
        )),
        (ErrorKind::Write(mongodb::error::WriteFailure::WriteConcernError(_)), _) => {
            DocumentError::Unavailable(format!("{place}: the majority has not confirmed it: {error}"))
        }
        (_, Some(code)) if !PASSING.contains(&code) => DocumentError::Other(format!("{place}: {error}")),
        (ErrorKind::InvalidArgument { .. } | ErrorKind::InvalidResponse { .. } | ErrorKind::Bson(_), _) => {
            DocumentError::Other(format!("{place}: {error}"))
        }
        _ => DocumentError::Unavailable(format!("{place}: {error}")),
    }
}

/// The same at the opening, where a missing right is somebody's to mend and not a matter of waiting.
pub(crate) fn open(place: &str, error: &Error) -> OpenError {
    match (error.kind.as_ref(), code(error)) {
        (ErrorKind::Authentication { .. }, _) | (_, Some(UNAUTHORIZED | AUTHENTICATION_FAILED)) => {
            OpenError::Store(rights(place, error))
        }
        _ => match document(place, error) {
            DocumentError::Unavailable(reason) | DocumentError::Busy(reason) => OpenError::Unreachable(reason),
            other => OpenError::Store(other.to_string()),
        },
    }
}

fn rights(place: &str, error: &Error) -> String {
    format!("{place} does not let Kontor do this; check user, password and roles in the address: {error}")
}
