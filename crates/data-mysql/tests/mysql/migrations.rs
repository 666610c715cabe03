//! Each change of a schema commits by itself; a process may die between any two.

use kontor_contract::schema::{Column, ColumnType, Index, Migration, Step, Table};
use kontor_data::{Engine, Limits, OpenError};
use kontor_data_conformance::shop::{batch, column, needs, sale, write};
use mysql_async::{Conn, prelude::Queryable as _};

use crate::server::Home;

fn table(name: &str) -> Step {
    Step::CreateTable(Table {
        name: name.into(),
        columns: vec![column("id", ColumnType::Integer)],
        primary_key: vec!["id".into()],
        indexes: vec![],
        append_only: false,
    })
}

fn steps() -> Vec<Step> {
    let note = Column { nullable: true, ..column("note", ColumnType::Text) };
    let index = Index { name: "sales_gross".into(), columns: vec!["gross".into()], unique: false };
    vec![
        table("fine"),
        Step::AddColumn { table: "sales".into(), column: note },
        Step::CreateIndex { table: "sales".into(), index },
        Step::InsertRow { table: "fine".into(), values: vec![("id".into(), 7.into())] },
    ]
}

fn second(steps: Vec<Step>) -> kontor_contract::SqlNeeds {
    let mut all = needs();
    all.migrations.push(Migration { number: 2, name: "more".into(), steps });
    all
}

/// What a process leaves that has noted so many steps and done them, but perhaps for the last one's note.
async fn leave(admin: &mut Conn, done: usize, is_last_noted: bool) {
    let texts = [
        "CREATE TABLE fine (id BIGINT PRIMARY KEY)",
        "ALTER TABLE sales ADD COLUMN note LONGTEXT",
        "CREATE INDEX sales_gross ON sales (gross)",
        "INSERT INTO fine VALUES (7)",
    ];
    for (place, step) in steps().iter().enumerate().take(done) {
        admin.query_drop(texts[place]).await.unwrap();
        let is_noted = place + 1 < done || is_last_noted || matches!(step, Step::InsertRow { .. });
        let note = "INSERT INTO kontor_migration_steps (place, number, body, done) VALUES (?, 2, ?, ?)";
        admin.exec_drop(note, (place, serde_json::to_string(step).unwrap(), is_noted)).await.unwrap();
    }
    // Rights come after the table; the one that died before its note had perhaps not given them.
    if done > 1 || (done == 1 && is_last_noted) {
        let roles = "SELECT DISTINCT grantee FROM information_schema.table_privileges WHERE table_schema = DATABASE() \
            AND table_name = 'sales'";
        let role: String = admin.query_first(roles).await.unwrap().unwrap();
        let role = role.trim_matches('\'').split('\'').next().unwrap().to_owned();
        admin.query_drop(format!("GRANT SELECT, INSERT, UPDATE, DELETE ON fine TO `{role}`")).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_comes_after_a_process_that_died_in_the_middle_goes_on_there() {
    for done in 0..=steps().len() {
        for is_last_noted in [false, true] {
            let home = Home::make();
            home.shop(Limits::default()).await.database.close().await;
            leave(&mut home.admin().await, done, is_last_noted).await;
            let engine = home.engine();
            let database = engine.open("shop", Some(second(steps())), Limits::default()).await.unwrap();
            let note = write("UPDATE sales SET note = 'thanks' WHERE id = 1", vec![]);
            let add = write("INSERT INTO fine (id) VALUES (8)", vec![]);
            database.execute(batch(vec![sale(1, 1), note, add])).await.unwrap();
            let mut admin = home.admin().await;
            let rows: Vec<i64> = admin.query("SELECT id FROM fine ORDER BY id").await.unwrap();
            assert_eq!(rows, [7, 8], "{done} {is_last_noted}");
            let left: Option<i64> = admin.query_first("SELECT COUNT(*) FROM kontor_migration_steps").await.unwrap();
            assert_eq!(left, Some(0));
        }
    }
}

/// The operator puts the older version back, or another text: what was begun goes, and what was there stays.
#[tokio::test]
async fn what_another_text_began_is_taken_back() {
    let home = Home::make();
    let shop = home.shop(Limits::default()).await;
    shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap();
    shop.database.close().await;
    leave(&mut home.admin().await, 3, false).await;
    home.engine().open("shop", Some(second(vec![table("other")])), Limits::default()).await.unwrap();
    let mut admin = home.admin().await;
    let count = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND \
        (table_name = 'fine' OR column_name = 'note')";
    assert_eq!(admin.query_first::<i64, _>(count).await.unwrap(), Some(0));
    assert_eq!(admin.query_first::<i64, _>("SELECT COUNT(*) FROM sales").await.unwrap(), Some(1));
}

/// A migration that fails in its middle leaves the schema as it was, and never touches what was there before.
#[tokio::test]
async fn a_migration_that_fails_is_taken_back() {
    let home = Home::make();
    let shop = home.shop(Limits::default()).await;
    shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap();
    let mut all = steps();
    all.push(table("sales"));
    let engine = home.engine();
    let error = engine.open("shop", Some(second(all)), Limits::default()).await.err().unwrap();
    assert!(matches!(&error, OpenError::Invalid(text) if text.contains("there already")), "{error:?}");
    let duplicate = Step::InsertRow {
        table: "totals".into(),
        values: vec![("id".into(), 1.into()), ("sales".into(), 0.into()), ("turnover".into(), 0.into())],
    };
    let error =
        engine.open("shop", Some(second(vec![table("fine"), duplicate])), Limits::default()).await.err().unwrap();
    assert!(matches!(&error, OpenError::Invalid(_)), "{error:?}");
    assert_eq!((shop.sales().await, shop.number("SELECT count(*) FROM totals").await), (1, 1));
    engine.open("shop", Some(second(steps())), Limits::default()).await.unwrap();
}

/// Several processes start at once with a new version.
#[tokio::test(flavor = "multi_thread")]
async fn one_process_at_a_time_changes_the_schema() {
    let home = std::sync::Arc::new(Home::make());
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let home = std::sync::Arc::clone(&home);
            tokio::spawn(async move {
                let engine = home.engine();
                engine.open("shop", Some(second(steps())), Limits::default()).await.map(|_| engine)
            })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    let ran: Option<i64> = home.admin().await.query_first("SELECT COUNT(*) FROM kontor_migrations").await.unwrap();
    assert_eq!(ran, Some(2));
}

/// A key of these servers has 3,072 bytes, four for each of a text's: no engine takes what one cannot have.
#[tokio::test]
async fn a_key_that_is_too_long_is_refused_with_its_length() {
    let columns = ["a", "b", "c", "d"];
    let key = Table {
        name: "long".into(),
        columns: columns.iter().map(|name| column(name, ColumnType::KeyText(255))).collect(),
        primary_key: columns.iter().map(|name| (*name).into()).collect(),
        indexes: vec![],
        append_only: false,
    };
    let engine = Home::make().engine();
    let error = engine.open("shop", Some(second(vec![Step::CreateTable(key)])), Limits::default()).await.err().unwrap();
    assert!(matches!(&error, OpenError::Invalid(text) if text.contains("3072")), "{error:?}");
}
