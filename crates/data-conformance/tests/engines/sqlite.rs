//! The embedded engine, on files that are synced.

use std::sync::Arc;

use kontor_data::{Engine, documents::DocumentEngine, keyvalue::KeyValueEngine};
use kontor_data_conformance::Stand;
use kontor_data_sqlite::{SqliteDocuments, SqliteEngine, SqliteKeyValue};

fn sql() -> Stand<dyn Engine> {
    let folder = tempfile::tempdir().unwrap();
    Stand::new(move || std::future::ready(Arc::new(SqliteEngine::open(folder.path()).unwrap()) as Arc<dyn Engine>))
}

fn documents() -> Stand<dyn DocumentEngine> {
    let folder = tempfile::tempdir().unwrap();
    let open = move || Arc::new(SqliteDocuments::open(folder.path()).unwrap()) as Arc<dyn DocumentEngine>;
    Stand::new(move || std::future::ready(open()))
}

fn keyvalue() -> Stand<dyn KeyValueEngine> {
    let folder = tempfile::tempdir().unwrap();
    let open = move || Arc::new(SqliteKeyValue::open(folder.path()).unwrap()) as Arc<dyn KeyValueEngine>;
    Stand::new(move || std::future::ready(open()))
}

mod sql_and_events {
    use super::sql;

    kontor_data_conformance::sql_and_events!(sql());
}

mod documents_on_sqlite {
    use super::documents;

    kontor_data_conformance::documents!(documents());
}

mod keyvalue_on_sqlite {
    use super::keyvalue;

    kontor_data_conformance::keyvalue!(keyvalue());
}
