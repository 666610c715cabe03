//! A document's content as JSON and as BSON.

use kontor_contract::{IndexedPath, PathType};
use kontor_data::{
    DocumentError,
    documents::{Body, Scalar, TEXT_SIZE_MAX_BYTES},
};
use mongodb::bson::{Bson, Document};
use serde_json::{Map, Value};

/// What [`Body`] took, field by field in the order of their names. Whole numbers become 64-bit integers, others doubles.
pub(crate) fn to_bson(value: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(yes) => Bson::Boolean(*yes),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Bson::Int64(whole),
            None => Bson::Double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Bson::String(text.clone()),
        Value::Array(items) => Bson::Array(items.iter().map(to_bson).collect()),
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| name.as_bytes());
            Bson::Document(sorted.into_iter().map(|(name, value)| (name.clone(), to_bson(value))).collect())
        }
    }
}

fn to_json(value: &Bson) -> Option<Value> {
    Some(match value {
        Bson::Null => Value::Null,
        Bson::Boolean(yes) => (*yes).into(),
        Bson::Int32(number) => (*number).into(),
        Bson::Int64(number) => (*number).into(),
        Bson::Double(number) => serde_json::Number::from_f64(*number)?.into(),
        Bson::String(text) => text.clone().into(),
        Bson::Array(items) => Value::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        Bson::Document(fields) => {
            let all = fields.iter().map(|(name, value)| Some((name.clone(), to_json(value)?)));
            Value::Object(all.collect::<Option<Map<_, _>>>()?)
        }
        _ => return None,
    })
}

/// The content in the form that every engine gives.
///
/// # Errors
/// If somebody else has written something there that is no JSON.
pub(crate) fn text(id: &str, body: &Document) -> Result<String, DocumentError> {
    let foreign =
        || DocumentError::Other(format!("the document {id} holds what no function stores; who else has written it?"));
    let value = to_json(&Bson::Document(body.clone())).ok_or_else(foreign)?;
    let body = Body::read(&value.to_string(), usize::MAX).map_err(|_| foreign())?;
    Ok(body.text().to_owned())
}

/// What lies at a path, as the port's indexes see it: never into a list, and of the declared type alone.
pub(crate) fn key(body: &Document, path: &IndexedPath) -> Option<Scalar> {
    let (before, last) =
        path.path.rsplit_once('.').map_or((None, path.path.as_str()), |(before, last)| (Some(before), last));
    let inner = before
        .into_iter()
        .flat_map(|before| before.split('.'))
        .try_fold(body, |inner, name| inner.get_document(name).ok())?;
    match (path.kind, inner.get(last)?) {
        (PathType::Boolean, Bson::Boolean(yes)) => Some(Scalar::Boolean(*yes)),
        (PathType::Integer, Bson::Int64(number)) => Some(Scalar::Integer(*number)),
        (PathType::Integer, Bson::Int32(number)) => Some(Scalar::Integer((*number).into())),
        (PathType::Text, Bson::String(text)) if text.len() <= TEXT_SIZE_MAX_BYTES => Some(Scalar::Text(text.clone())),
        _ => None,
    }
}

/// What is compared, as BSON.
pub(crate) fn scalar(value: &Scalar) -> Bson {
    match value {
        Scalar::Boolean(yes) => Bson::Boolean(*yes),
        Scalar::Integer(number) => Bson::Int64(*number),
        Scalar::Text(text) => Bson::String(text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use kontor_contract::{IndexedPath, PathType};
    use kontor_data::documents::{Body, Scalar};
    use mongodb::bson::{Bson, doc, oid::ObjectId};

    use super::{key, text, to_bson};

    #[test]
    fn a_content_comes_back_as_it_was() {
        for given in [
            r#"{"a":9223372036854775807,"b":-9223372036854775808,"c":0.1,"d":1e-300,"e":{"f":[[],{}]},"g":"🦀","h":null}"#,
            r#"{"z":1,"a":{"y":true,"b":false}}"#,
            "{}",
        ] {
            let body = Body::read(given, 1 << 20).unwrap();
            let Bson::Document(stored) = to_bson(body.value()) else { panic!("{given} is no document") };
            assert_eq!(text("a", &stored).unwrap(), body.text());
        }
    }

    #[test]
    fn what_others_wrote_is_read_if_it_is_json() {
        assert_eq!(text("a", &doc! {"n": 1_i32, "m": 1.0}).unwrap(), r#"{"m":1,"n":1}"#);
        assert!(text("a", &doc! {"n": ObjectId::new()}).is_err());
    }

    #[test]
    fn a_path_sees_its_own_type_and_no_lists() {
        let path = |kind| IndexedPath { path: "customer.login".into(), kind };
        let anna = doc! {"customer": {"login": "anna"}};
        assert_eq!(key(&anna, &path(PathType::Text)), Some(Scalar::Text("anna".into())));
        assert_eq!(key(&anna, &path(PathType::Integer)), None);
        for other in
            [doc! {"customer": [{"login": "anna"}]}, doc! {"customer": {"login": ["anna"]}}, doc! {"customer": 1}]
        {
            assert_eq!(key(&other, &path(PathType::Text)), None, "{other}");
        }
    }
}
