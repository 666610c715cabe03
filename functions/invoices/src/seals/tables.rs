//! Where seals are kept. The host's sealer writes them with the rights of this function, so they are append-only for it too.

use kontor_sdk::schema::{Column, ColumnType, Migration, Step, Table};

use ColumnType::{Bytes, Integer, KeyText, Timestamp};

use crate::tables::{append_only, column, index};

/// The step that brings them.
pub fn migration(number: u32) -> Migration {
    let steps = [seals(), seal_leaves(), seal_runs()].map(Step::CreateTable).into();
    Migration { number, name: "seals".to_owned(), steps }
}

/// The chain. The primary key is what keeps two sealers from making two seals of one place.
fn seals() -> Table {
    let columns = vec![
        column("sequence", Integer),
        column("previous", Bytes),
        column("root", Bytes),
        column("size", Integer),
        column("made_at", Timestamp),
        column("public_key", Bytes),
        column("signature", Bytes),
    ];
    append_only("seals", columns, &["sequence"])
}

/// The hashes of each seal's leaves, 32 bytes each, in the order of its tree: so a proof needs no more than one row, and
/// whoever looks for a changed invoice finds which one it is.
fn seal_leaves() -> Table {
    append_only("seal_leaves", vec![column("sequence", Integer), column("hashes", Bytes)], &["sequence"])
}

/// Which invoices a seal covers: runs of one series that follow each other, from `position` on in the seal's tree. A
/// registration is small and stays so: nothing is written for each invoice.
fn seal_runs() -> Table {
    let key: Vec<Column> =
        [("seller", 40), ("series", 40), ("period", 10)].map(|(name, most)| column(name, KeyText(most))).into();
    let numbers = ["first", "last", "seal", "position"].map(|name| column(name, Integer));
    let columns = key.into_iter().chain(numbers).collect();
    Table {
        indexes: vec![index("seal_runs_seal", &["seal", "position"], true)],
        ..append_only("seal_runs", columns, &["seller", "series", "period", "first"])
    }
}
