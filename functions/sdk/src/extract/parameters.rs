//! Parameters in path and query.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::{
    de::{
        DeserializeOwned, IntoDeserializer, Visitor,
        value::{Error, MapDeserializer},
    },
    forward_to_deserialize_any,
};
use utoipa::{ToSchema, openapi::path::ParameterIn};

use super::Extract;
use crate::{
    Problem,
    document::{OperationDocument, ResponseDocument},
    faults, problem,
    request::Call,
};

/// The path template's parameters, as a struct with a field for each.
pub struct Path<T>(pub T);

/// The query's parameters, as a struct with a field for each. Others do not get here: the edge refuses what the
/// operation's document does not name.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + ToSchema> Extract for Path<T> {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        let pairs: Vec<_> = call
            .request
            .path_parameters
            .iter()
            .map(|(name, value)| (Cow::Borrowed(name.as_str()), Raw(Cow::Borrowed(value.as_str()))))
            .collect();
        read("path", &pairs).map(Self)
    }

    fn document(operation: &mut OperationDocument) {
        operation.parameters::<T>(&ParameterIn::Path);
        document_faults(operation);
    }
}

impl<T: DeserializeOwned + ToSchema> Extract for Query<T> {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        let query = call.request.query.as_deref().unwrap_or_default();
        let pairs: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect();
        read("query", &pairs).map(Self)
    }

    fn document(operation: &mut OperationDocument) {
        operation.parameters::<T>(&ParameterIn::Query);
        document_faults(operation);
    }
}

fn document_faults(operation: &mut OperationDocument) {
    operation.response(400, ResponseDocument::problem("The request is no HTTP that makes sense."));
    operation.response(
        422,
        ResponseDocument::problem("A parameter is not what the operation takes; `errors` lists every fault."),
    );
}

type Pair<'a> = (Cow<'a, str>, Raw<'a>);

fn pair(pair: &str) -> Pair<'_> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (decode(name), Raw(decode(value)))
}

/// `+` is a space in queries, as HTML forms write them.
fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

fn read<T: DeserializeOwned + ToSchema>(place: &str, pairs: &[Pair<'_>]) -> Result<T, Problem> {
    let known = pairs.iter().map(|(name, value)| (name.as_ref(), value.clone()));
    T::deserialize(MapDeserializer::<_, Error>::new(known)).map_err(|error| {
        let texts = pairs.iter().map(|(name, value)| (name.as_ref(), value.0.as_ref()));
        problem::invalid_parameters(faults::in_parameters::<T>(place, texts, &error))
    })
}

/// A parameter's text, which becomes a number where a number is asked for.
#[derive(Clone)]
struct Raw<'a>(Cow<'a, str>);

impl<'de> IntoDeserializer<'de, Error> for Raw<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> serde::Deserializer<'de> for Raw<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.0)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.parse() {
            Ok(number) => visitor.visit_i64(number),
            Err(_) => visitor.visit_str(&self.0),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 u8 u16 u32 u64 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Bounded, Request, Text};

    #[derive(Debug, PartialEq, Deserialize, ToSchema)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        Oldest,
        Newest,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    struct Page {
        #[schema(inline)]
        order: Option<Order>,
        #[schema(inline)]
        limit: Option<Bounded<1, 500>>,
        #[schema(inline)]
        after: Option<Text<1, 10>>,
    }

    fn query(text: &str) -> Result<Page, Problem> {
        let mut request = Request { query: Some(text.to_owned()), ..Request::default() };
        Query::<Page>::extract(&mut Call { request: &mut request }).map(|Query(page)| page)
    }

    #[test]
    fn numbers_and_texts_are_read_and_others_are_the_edges() {
        let page = query("limit=20&after=a+%C3%A4&utm_source=x").unwrap();
        assert_eq!((page.limit.unwrap().get(), &*page.after.unwrap()), (20, "a ä"));
        assert!(query("").unwrap().limit.is_none());
        assert_eq!(query("order=newest").unwrap().order, Some(Order::Newest));
        assert_eq!(query("order=oldest").unwrap().order, Some(Order::Oldest));
    }

    #[test]
    fn every_fault_is_named() {
        let problem = query("limit=501&after=").unwrap_err();
        let found: Vec<_> = problem.errors.iter().map(|fault| (fault.code.as_str(), fault.pointer.as_str())).collect();
        assert_eq!(found, [("too-short", "#/query/after"), ("out-of-range", "#/query/limit")]);
        assert_eq!(query("order=best").unwrap_err().errors[0].code, "not-one-of");
        assert_eq!(query("limit=many").unwrap_err().errors[0].code, "wrong-type");
        assert_eq!(query("limit=1&limit=2").unwrap_err().errors[0].code, "duplicate-field");
    }
}
