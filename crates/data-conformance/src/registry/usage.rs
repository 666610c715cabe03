//! What was used, what budgets have spent, and which scheduled runs there were.

use kontor_data::{Engine, Run, Spent, Usage, Used};

use crate::Stand;

fn usage(operation: &str, hour: i64, calls: u64) -> Usage {
    let used = Used { requests: calls + 1, calls, cpu_ns: 7 * calls, rows: 2 * calls, ..Used::default() };
    Usage { function: "sales".into(), operation: operation.into(), hour, used }
}

pub async fn usage_adds_up_and_budgets_are_replaced(stand: &Stand<dyn Engine>) {
    let spent = |requests| Spent { budget: "sales day ".into(), window: 3, requests, ..Spent::default() };
    let engine = stand.engine().await;
    engine.registry().settle(vec![usage("read", 100, 1), usage("buy", 100, 3)], vec![spent(1)]).await.unwrap();
    drop(engine);
    let registry = stand.engine().await.registry();
    registry.settle(vec![usage("buy", 100, 4), usage("buy", 101, 5)], vec![spent(9)]).await.unwrap();
    let sum = Used { requests: 15, calls: 12, cpu_ns: 84, rows: 24, ..Used::default() };
    let buy = Usage { used: sum, ..usage("buy", 100, 0) };
    assert_eq!(registry.usage(0).await.unwrap(), [buy, usage("read", 100, 1)]);
    assert_eq!(registry.usage(101).await.unwrap(), [usage("buy", 101, 5)]);
    assert_eq!(registry.spent().await.unwrap(), [spent(9)]);
}

pub async fn a_run_begins_once_whoever_asks(stand: &Stand<dyn Engine>) {
    let run = |due_us| Run { function: "sales".into(), schedule: "nightly".into(), due_us, ..Run::default() };
    let registry = stand.engine().await.registry();
    let (one, two) = tokio::join!(registry.begin_run(run(10)), registry.begin_run(run(10)));
    assert_ne!(one.unwrap(), two.unwrap(), "one of both begins it");
    assert!(!registry.begin_run(run(9)).await.unwrap(), "what is past is past");
    assert!(registry.begin_run(run(20)).await.unwrap());
    registry.end_run(Run { ended_us: Some(11), ..run(10) }).await.unwrap();
    assert_eq!(registry.runs().await.unwrap(), [run(20)], "an old run's end does not end the new one");
    let ended = Run { ended_us: Some(21), error: Some("why".into()), ..run(20) };
    registry.end_run(ended.clone()).await.unwrap();
    assert_eq!(registry.runs().await.unwrap(), [ended]);
}
