//! The contract as wasmtime sees it, made from the package in `wit/`.
//!
//! Parameters of exports are borrowed, so that a call copies a request straight into the guest. The unsafe code in here
//! is the generator's own: it looks exports up without checking their types again, which `FunctionPre::new` has done.
#![allow(missing_docs, unsafe_code, clippy::all, clippy::indexing_slicing, unused_variables)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "function",
    imports: {
        "kontor:function/sql.query": async,
        "kontor:function/sql.execute": async,
        "kontor:function/documents": async,
        "kontor:function/keyvalue": async,
        "kontor:function/events.publish": async,
        "kontor:function/http.send": async,
        "kontor:function/answer.[method]sink.write": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: { "kontor:function/answer.sink": crate::imports::answer::Sink },
    ownership: Borrowing { duplicate_if_necessary: true },
});
