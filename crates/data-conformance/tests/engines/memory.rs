//! The models themselves: a case that a model does not pass asks for something else than the port says.

use std::sync::Arc;

use kontor_data::{
    documents::DocumentEngine,
    keyvalue::KeyValueEngine,
    memory::{MemoryDocuments, MemoryKeyValue},
};
use kontor_data_conformance::Stand;

/// What is in memory outlives an engine, as another process's would.
fn documents() -> Stand<dyn DocumentEngine> {
    let model = MemoryDocuments::default();
    Stand::new(move || std::future::ready(Arc::new(model.clone()) as Arc<dyn DocumentEngine>))
}

fn keyvalue() -> Stand<dyn KeyValueEngine> {
    let model = MemoryKeyValue::default();
    Stand::new(move || std::future::ready(Arc::new(model.clone()) as Arc<dyn KeyValueEngine>))
}

mod documents_in_memory {
    use super::documents;

    kontor_data_conformance::documents!(documents());
}

mod keyvalue_in_memory {
    use super::keyvalue;

    kontor_data_conformance::keyvalue!(keyvalue());
}
