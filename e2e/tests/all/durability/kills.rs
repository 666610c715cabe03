//! `kill -9` under 64 buyers. `cargo xtask torture kills` does the same for longer.

use anyhow::Context as _;
use e2e::kills::{Plan, run};

use crate::Tested;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_purchase_outlives_the_kills() -> Tested {
    let kills = match std::env::var("KONTOR_E2E_KILLS") {
        Ok(kills) => kills.parse().with_context(|| format!("KONTOR_E2E_KILLS={kills}"))?,
        Err(_) => 100,
    };
    let plan = Plan { kills, clients: 64, seed: fastrand::u64(..) };
    let outcome = run(plan, |_| ()).await.with_context(|| format!("{plan:?}"))?;
    outcome.verdict()?;
    println!("{outcome}");
    Ok(())
}
