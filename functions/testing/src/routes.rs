//! Finds the operation as the host does: in the function's document, and nowhere else.

use kontor_contract::Manifest;
use kontor_sdk::Request;
use percent_encoding::percent_decode_str;
use serde_json::Value;

type Found = (String, Vec<(String, String)>);

/// The operation's name and the path's parameters; or 404, 405, 401 or 403.
pub fn find(manifest: &Manifest, request: &Request) -> Result<Found, u16> {
    let paths = manifest.openapi.get("paths").and_then(Value::as_object).ok_or(404_u16)?;
    let mut matched =
        paths.iter().filter_map(|(template, item)| parameters(template, &request.path).map(|found| (item, found)));
    let (item, parameters) = matched.next().ok_or(404_u16)?;
    let operation = item.get(request.method.to_lowercase()).ok_or(405_u16)?;
    let scopes = operation.pointer("/security/0/service").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if !scopes.is_empty() && request.caller == kontor_sdk::Caller::Anonymous {
        return Err(401);
    }
    if !scopes.iter().filter_map(Value::as_str).all(|scope| request.caller.may(scope)) {
        return Err(403);
    }
    let name = operation.get("operationId").and_then(Value::as_str).ok_or(404_u16)?;
    Ok((name.to_owned(), parameters))
}

fn parameters(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (wanted, found): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    if wanted.len() != found.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (wanted, found) in wanted.into_iter().zip(found) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                parameters.push((name.to_owned(), percent_decode_str(found).decode_utf8_lossy().into_owned()))
            }
            None if wanted == found => {}
            None => return None,
        }
    }
    Some(parameters)
}
