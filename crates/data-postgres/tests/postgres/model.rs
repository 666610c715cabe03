//! Random batches give the same as a model that is a map and a number.

use std::collections::BTreeMap;

use kontor_data::{Batch, SqlError, Value, ValueType};
use proptest::prelude::*;

use crate::shop::{Shop, batch, guarded, read_total, sale, select, total, write};

#[derive(Debug, Clone)]
enum Act {
    Sell(i64, i64),
    Undo(i64),
    UndoForSure(i64),
    Raise(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..30_i64, 1..100_i64).prop_map(|(id, gross)| Act::Sell(id, gross)),
        (0..30_i64).prop_map(Act::Undo),
        (0..30_i64).prop_map(Act::UndoForSure),
        (0..50_i64).prop_map(Act::Raise),
    ]
}

type Model = (BTreeMap<i64, i64>, i64);

/// What the model makes of a batch; an error leaves it as it was.
fn expect(model: &mut Model, acts: &[Act]) -> Result<(), &'static str> {
    let mut next = model.clone();
    for act in acts {
        match act {
            Act::Sell(id, gross) => {
                if next.0.insert(*id, *gross).is_some() {
                    return Err("conflict");
                }
                next.1 += gross;
            }
            Act::Undo(id) => {
                next.0.remove(id);
            }
            Act::UndoForSure(id) => {
                next.0.remove(id).ok_or("guard")?;
            }
            Act::Raise(least) => next.0.values_mut().filter(|gross| **gross > *least).for_each(|gross| *gross += 1),
        }
    }
    *model = next;
    Ok(())
}

fn statements(acts: &[Act]) -> Batch {
    let undo = "DELETE FROM sales WHERE id = $1";
    batch(
        acts.iter()
            .flat_map(|act| match act {
                Act::Sell(id, gross) => vec![sale(*id, *gross), total(*gross)],
                Act::Undo(id) => vec![write(undo, vec![Value::Integer(*id)])],
                Act::UndoForSure(id) => vec![guarded(undo, vec![Value::Integer(*id)], 1)],
                Act::Raise(least) => {
                    vec![write("UPDATE sales SET gross = gross + 1 WHERE gross > $1", vec![Value::Integer(*least)])]
                }
            })
            .collect(),
    )
}

async fn compare(shop: &Shop, model: &Model) {
    let asked = select("SELECT id, gross FROM sales ORDER BY id", vec![], &[ValueType::Integer, ValueType::Integer]);
    let rows = shop.database.query(asked).await.unwrap().rows;
    let expected: Vec<_> =
        model.0.iter().map(|(id, gross)| vec![Value::Integer(*id), Value::Integer(*gross)]).collect();
    assert_eq!(rows, expected);
    assert_eq!(shop.database.query(read_total()).await.unwrap().rows[0][1], Value::Integer(model.1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_batches_do_what_the_model_does(rounds in prop::collection::vec(prop::collection::vec(prop::collection::vec(act(), 1..4), 1..12), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let shop = Shop::open().await;
            let mut model = Model::default();
            for round in rounds {
                // All of a round are queued at once, in order, so that they share commits.
                let mut running = tokio::task::JoinSet::new();
                for (place, acts) in round.iter().enumerate() {
                    let (database, batch) = (std::sync::Arc::clone(&shop.database), statements(acts));
                    running.spawn(async move { (place, database.execute(batch).await) });
                }
                let mut results: Vec<_> = running.join_all().await;
                results.sort_by_key(|(place, _)| *place);
                for ((_, result), acts) in results.iter().zip(&round) {
                    match (expect(&mut model, acts), result) {
                        (Ok(()), Ok(_)) | (Err("conflict"), Err(SqlError::Conflict { .. })) | (Err("guard"), Err(SqlError::Guard { .. })) => {}
                        (expected, found) => panic!("{acts:?}: {expected:?}, {found:?}"),
                    }
                }
                compare(&shop, &model).await;
            }
        });
    }
}
