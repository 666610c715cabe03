//! The schemas of problems, as `kontor_contract::Problem` writes them.

use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, schema::Type};

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// RFC 9457 problem details.
pub fn problem() -> RefOr<Schema> {
    let status = ObjectBuilder::new().schema_type(Type::Integer).description(Some("The HTTP status."));
    let errors = ArrayBuilder::new().items(Ref::from_schema_name("Fault")).description(Some("Every fault."));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("What went wrong (RFC 9457), with a stable code and what to do."))
        .property("type", text("`urn:kontor:problem:CODE`."))
        .property("title", text("The kind in a few words."))
        .property("status", status)
        .property("code", text("Stable, for programs, for example `unknown-license`."))
        .property("detail", text("What happened this time."))
        .property("hint", text("What to do."))
        .property("pointer", text("JSON pointer to the field, if it is about one."))
        .property("errors", errors)
        .property("request_id", text("What to look for in the log."))
        .required("type")
        .required("title")
        .required("status")
        .required("code")
        .into()
}

/// One fault.
pub fn fault() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("One fault in what was sent."))
        .property("code", text("Stable, for programs, for example `out-of-range`."))
        .property(
            "pointer",
            text("JSON pointer (RFC 6901) into the body, `/NAME`; for what is no body `#/query/NAME`, `#/path/NAME`, `#/headers/NAME`."),
        )
        .property("detail", text("What is wrong."))
        .property("hint", text("What to do."))
        .required("code")
        .required("pointer")
        .required("detail")
        .into()
}
