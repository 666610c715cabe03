//! Random batches give the same as a model that is a map and a number.

use std::{collections::BTreeMap, sync::Arc};

use kontor_data::{Batch, Engine, SqlError, Value, ValueType};

use crate::{
    Stand,
    random::Random,
    shop::{Shop, batch, guarded, sale, select, total, write},
};

const BATCHES: i64 = 10_000;
/// Clients at once; each has sales of its own, so that it knows what comes of its batches.
const CLIENTS: i64 = 16;
const SALES_EACH: i64 = 30;

#[derive(Debug)]
enum Act {
    Sell(i64, i64),
    Undo(i64),
    UndoForSure(i64),
    Raise(i64),
}

#[derive(Debug, PartialEq)]
enum End {
    Done,
    Conflict,
    Guard,
}

/// One client: its sales by id, and what the total owes to it.
#[derive(Clone)]
struct Client {
    ids: std::ops::Range<i64>,
    sales: BTreeMap<i64, i64>,
    turnover: i64,
}

impl Client {
    fn act(&self, random: &mut Random) -> Act {
        let mut number = |below: u64| i64::try_from(random.below(below)).unwrap();
        let id = self.ids.start + number(SALES_EACH.unsigned_abs());
        match number(4) {
            0 => Act::Sell(id, 1 + number(100)),
            1 => Act::Undo(id),
            2 => Act::UndoForSure(id),
            _ => Act::Raise(number(50)),
        }
    }

    /// What the model makes of a batch; an error leaves it as it was.
    fn expect(&mut self, acts: &[Act]) -> End {
        let mut next = self.clone();
        for act in acts {
            match act {
                Act::Sell(id, gross) => {
                    if next.sales.insert(*id, *gross).is_some() {
                        return End::Conflict;
                    }
                    next.turnover += gross;
                }
                Act::Undo(id) => {
                    next.sales.remove(id);
                }
                Act::UndoForSure(id) => {
                    if next.sales.remove(id).is_none() {
                        return End::Guard;
                    }
                }
                Act::Raise(least) => {
                    next.sales.values_mut().filter(|gross| **gross > *least).for_each(|gross| *gross += 1);
                }
            }
        }
        *self = next;
        End::Done
    }

    fn batch(&self, acts: &[Act]) -> Batch {
        let undo = "DELETE FROM sales WHERE id = $1";
        let raise = "UPDATE sales SET gross = gross + 1 WHERE gross > $1 AND id >= $2 AND id < $3";
        let integer = Value::Integer;
        batch(
            acts.iter()
                .flat_map(|act| match act {
                    Act::Sell(id, gross) => vec![sale(*id, *gross), total(*gross)],
                    Act::Undo(id) => vec![write(undo, vec![integer(*id)])],
                    Act::UndoForSure(id) => vec![guarded(undo, vec![integer(*id)], 1)],
                    Act::Raise(least) => {
                        let own = [*least, self.ids.start, self.ids.end];
                        vec![write(raise, own.map(integer).to_vec())]
                    }
                })
                .collect(),
        )
    }

    async fn work(mut self, shop: Arc<Shop>, mut random: Random) -> Self {
        for _ in 0..BATCHES / CLIENTS {
            let acts: Vec<_> = (0..=random.below(4)).map(|_| self.act(&mut random)).collect();
            let found = match shop.database.execute(self.batch(&acts)).await {
                Ok(_) => End::Done,
                Err(SqlError::Conflict { .. }) => End::Conflict,
                Err(SqlError::Guard { .. }) => End::Guard,
                Err(error) => panic!("{acts:?}: {error:?}"),
            };
            assert_eq!(found, self.expect(&acts), "{acts:?}");
        }
        self
    }
}

pub async fn ten_thousand_random_batches_do_what_the_model_does(stand: &Stand<dyn Engine>) {
    let shop = Arc::new(Shop::open(stand).await);
    let mut random = Random::seeded();
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let ids = number * SALES_EACH..(number + 1) * SALES_EACH;
        let client = Client { ids, sales: BTreeMap::new(), turnover: 0 };
        clients.push(tokio::spawn(client.work(Arc::clone(&shop), random.branch())));
    }
    let (mut sales, mut turnover) = (Vec::new(), 0);
    for client in clients {
        let client = client.await.unwrap();
        turnover += client.turnover;
        sales.extend(client.sales.into_iter().map(|(id, gross)| vec![Value::Integer(id), Value::Integer(gross)]));
    }
    let all = select("SELECT id, gross FROM sales ORDER BY id", vec![], &[ValueType::Integer, ValueType::Integer]);
    assert_eq!(shop.database.query(all).await.unwrap().rows, sales);
    assert_eq!(shop.number("SELECT turnover FROM totals").await, turnover);
}
