//! What a later process finds, and how schemas go forward.

use std::sync::Arc;

use kontor_contract::{
    SqlNeeds,
    schema::{Column, ColumnType, Index, Migration, Step, Table},
};
use kontor_data::{Database, Engine, Health, Limits, OpenError, SqlError, Value};

use crate::{
    Stand,
    shop::{Shop, batch, column, needs, read_total, sale, total, write},
};

pub async fn what_was_acknowledged_is_there_after_a_restart(stand: &Stand<dyn Engine>) {
    let mut shop = Shop::open(stand).await;
    for id in 1..=20 {
        shop.database.execute(batch(vec![sale(id, 100), total(100)])).await.unwrap();
        shop = shop.restart(stand).await;
    }
    let rows = shop.database.query(read_total()).await.unwrap().rows;
    assert_eq!(rows, vec![vec![Value::Integer(20), Value::Integer(2_000)]]);
    assert_eq!((shop.sales().await, shop.engine.existing().unwrap()), (20, vec!["shop".to_owned()]));
}

pub async fn a_closed_database_says_so(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    shop.database.close().await;
    let error = shop.database.execute(batch(vec![sale(2, 100)])).await.unwrap_err();
    assert!(matches!(error, SqlError::Unavailable(_)), "{error:?}");
    let error = shop.database.query(read_total()).await.unwrap_err();
    assert!(matches!(error, SqlError::Unavailable(_)), "{error:?}");
    assert_eq!(shop.database.health(), Health::Ok);
    let again = shop.engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
    again.execute(batch(vec![sale(2, 100)])).await.unwrap();
}

fn next(number: u32, steps: Vec<Step>) -> Migration {
    Migration { number, name: "more".into(), steps }
}

async fn open(engine: &dyn Engine, needs: SqlNeeds) -> Result<Arc<dyn Database>, OpenError> {
    engine.open("shop", Some(needs), Limits::default()).await
}

pub async fn the_schema_goes_forward_and_old_versions_run_on(stand: &Stand<dyn Engine>) {
    let engine = stand.engine().await;
    let old = open(engine.as_ref(), needs()).await.unwrap();
    old.execute(batch(vec![sale(1, 1)])).await.unwrap();
    let mut newer = needs();
    let note = Column { nullable: true, ..column("note", ColumnType::Text) };
    let kind = Column { default: Some("paid".into()), ..column("kind", ColumnType::KeyText(10)) };
    let index = Index { name: "sales_gross".into(), columns: vec!["gross".into()], unique: false };
    let add = |column| Step::AddColumn { table: "sales".into(), column };
    newer.migrations.push(next(2, vec![add(note), add(kind), Step::CreateIndex { table: "sales".into(), index }]));
    let new = open(engine.as_ref(), newer).await.unwrap();
    old.execute(batch(vec![sale(2, 2)])).await.unwrap();
    let note = write("UPDATE sales SET note = $1 WHERE kind = 'paid'", vec![Value::Text("thanks".into())]);
    assert_eq!(new.execute(batch(vec![note])).await.unwrap().outcomes[0].rows_affected, 2);
    open(engine.as_ref(), needs()).await.unwrap();
}

pub async fn a_changed_migration_is_refused_with_both_hashes(stand: &Stand<dyn Engine>) {
    let engine = stand.engine().await;
    open(engine.as_ref(), needs()).await.unwrap();
    let mut changed = needs();
    changed.migrations[0].steps.pop();
    let Err(OpenError::MigrationChanged { number: 1, ran, found, function }) = open(engine.as_ref(), changed).await
    else {
        panic!("it was taken")
    };
    assert_eq!((ran.len(), found.len(), function.as_str()), (64, 64, "shop"));
    assert_ne!(ran, found);
}

/// Whatever is wrong with it, the mended migration runs afterwards.
pub async fn a_migration_that_fails_can_be_mended(stand: &Stand<dyn Engine>) {
    let table = |name: &str| {
        Step::CreateTable(Table {
            name: name.into(),
            columns: vec![column("id", ColumnType::Integer)],
            primary_key: vec!["id".into()],
            indexes: vec![],
            append_only: false,
        })
    };
    // A key of more bytes than MySQL has, or of a text of any length, which it cannot have at all.
    let keyed = |count: usize, kind: ColumnType| {
        let names: Vec<String> = (0..count).map(|number| format!("part_{number}")).collect();
        Step::CreateTable(Table {
            name: "fine".into(),
            columns: names.iter().map(|name| column(name, kind)).collect(),
            primary_key: names,
            indexes: vec![],
            append_only: false,
        })
    };
    let engine = stand.engine().await;
    let broken = [
        next(3, vec![]),
        next(2, vec![table("fine"), table("sales")]),
        next(2, vec![table("kontor_mine")]),
        next(2, vec![table("a\"b")]),
        next(2, vec![Step::AddColumn { table: "sales".into(), column: column("must", ColumnType::Integer) }]),
        next(2, vec![keyed(4, ColumnType::KeyText(255))]),
        next(2, vec![keyed(1, ColumnType::Text)]),
    ];
    for (round, broken) in broken.into_iter().enumerate() {
        let function = format!("shop-{round}");
        let mut bad = needs();
        bad.migrations.push(broken);
        let opened = engine.open(&function, Some(bad), Limits::default()).await;
        assert!(matches!(opened, Err(OpenError::Invalid(_))), "{round}: {:?}", opened.err());
        let mut good = needs();
        good.migrations.push(next(2, vec![table("fine")]));
        let database = engine.open(&function, Some(good), Limits::default()).await.unwrap();
        let add = write("INSERT INTO fine (id) VALUES (1)", vec![]);
        database.execute(batch(vec![add, sale(1, 1)])).await.unwrap();
    }
}
