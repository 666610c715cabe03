//! What is part of the program: functions and pages. `build.rs` writes the tables.

use bytes::Bytes;
use kontor_edge::{File, Pages};

/// A function that comes with the program.
pub struct Function {
    /// Its name, for messages; what counts is what its manifest says.
    pub name: &'static str,
    /// The component.
    pub component: &'static [u8],
}

/// A file of the pages.
pub struct Page {
    path: &'static str,
    /// The first half of its SHA-256, hexadecimal.
    hash: &'static str,
    body: &'static [u8],
    /// Compressed, where that is smaller.
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

/// The names of the functions.
pub fn names() -> Vec<&'static str> {
    FUNCTIONS.iter().map(|function| function.name).collect()
}

/// The embedded pages, ready to be served.
pub fn pages() -> Pages {
    Pages::new(PAGES.iter().map(|page| File {
        path: page.path.to_owned(),
        bytes: Bytes::from_static(page.body),
        brotli: page.brotli.map(Bytes::from_static),
        gzip: page.gzip.map(Bytes::from_static),
        hash: page.hash.to_owned(),
    }))
}
