//! Migrations run once, in order, and never change.

use kontor_contract::{
    SqlNeeds,
    schema::{ColumnType, Index, Migration, Step},
};
use kontor_data::{Engine, Limits, OpenError, Value};

use kontor_data_postgres::PostgresEngine;

use crate::server::Home;
use crate::shop::{batch, column, needs, sale, write};

fn next(number: u32, steps: Vec<Step>) -> Migration {
    Migration { number, name: "more".into(), steps }
}

fn add_column() -> Step {
    let column = kontor_contract::schema::Column { nullable: true, ..column("note", ColumnType::Text) };
    Step::AddColumn { table: "sales".into(), column }
}

async fn open(
    engine: &PostgresEngine,
    needs: SqlNeeds,
) -> Result<std::sync::Arc<dyn kontor_data::Database>, OpenError> {
    engine.open("shop", Some(needs), Limits::default()).await
}

#[tokio::test]
async fn a_new_version_brings_the_schema_forward_and_the_old_one_runs_on() {
    let engine = Home::make().await.engine();
    let old = open(&engine, needs()).await.unwrap();
    old.execute(batch(vec![sale(1, 1)])).await.unwrap();
    let mut newer = needs();
    let index = Index { name: "sales_gross".into(), columns: vec!["gross".into()], unique: false };
    newer.migrations.push(next(2, vec![add_column(), Step::CreateIndex { table: "sales".into(), index }]));
    let new = open(&engine, newer).await.unwrap();
    old.execute(batch(vec![sale(2, 2)])).await.unwrap();
    let note = write("UPDATE sales SET note = $1", vec![Value::Text("thanks".into())]);
    assert_eq!(new.execute(batch(vec![note])).await.unwrap().outcomes[0].rows_affected, 2);
    open(&engine, needs()).await.unwrap();
}

#[tokio::test]
async fn a_changed_migration_is_refused_with_both_hashes() {
    let engine = Home::make().await.engine();
    open(&engine, needs()).await.unwrap();
    let mut changed = needs();
    changed.migrations[0].steps.pop();
    let Err(OpenError::MigrationChanged { number: 1, ran, found, .. }) = open(&engine, changed).await else {
        panic!("it was taken")
    };
    assert!(ran.len() == 64 && found.len() == 64 && ran != found);
}

#[tokio::test]
async fn a_migration_that_makes_no_sense_leaves_nothing_behind() {
    let table = |name: &str| {
        let columns = vec![column("id", ColumnType::Integer)];
        let table = kontor_contract::schema::Table {
            name: name.into(),
            columns,
            primary_key: vec!["id".into()],
            indexes: vec![],
            append_only: false,
        };
        Step::CreateTable(table)
    };
    for broken in [
        next(3, vec![]),
        next(2, vec![table("fine"), table("sales")]),
        next(2, vec![table("kontor_mine")]),
        next(2, vec![table("a\"b")]),
        next(2, vec![Step::AddColumn { table: "sales".into(), column: column("must", ColumnType::Integer) }]),
    ] {
        let engine = Home::make().await.engine();
        let mut bad = needs();
        bad.migrations.push(broken);
        assert!(matches!(open(&engine, bad).await, Err(OpenError::Invalid(_))));
        let mut good = needs();
        good.migrations.push(next(2, vec![table("fine")]));
        open(&engine, good).await.unwrap();
    }
}
