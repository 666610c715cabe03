//! Two programs on one MariaDB, of which one is killed again and again.
//!
//! `cargo xtask test` installs MariaDB; where it cannot be had, these are skipped by name.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use e2e::{client::Request, shop::Shop};
use kontor_test_servers::{MARIADB, Server};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    Tested,
    purchase::{basic, buy_with_key, dense, invoices, money, receipt},
};

/// Buyers, who go to whichever of the two answers.
const BUYERS: usize = 8;
/// How often the one is killed.
const KILLS: usize = 5;
/// A purchase is made within this, whoever is killed.
const BOUGHT_MAX: Duration = Duration::from_secs(60);

/// A real server, as a configuration; each test has a database of its own.
async fn on_mariadb(database: &str) -> Result<(Server, String)> {
    let server =
        tokio::task::spawn_blocking(|| Server::find(&MARIADB)).await?.map_err(|error| anyhow::anyhow!(error))?;
    let (before, _) = server.url().rsplit_once('/').context("an address without a database")?;
    let name = format!("{database}_{:05}", fastrand::u32(..100_000));
    let toml = format!("[engines.mysql]\nsetup_url = \"{before}/{name}\"\n");
    Ok((server, toml))
}

/// Buys under one key until one of the programs says that it is done: what a client does whose till breaks.
async fn buy_somewhere(shops: &[Shop; 2], key: &str, first: usize) -> Result<Value> {
    let begun = Instant::now();
    for round in first.. {
        let shop = if round % 2 == 0 { &shops[0] } else { &shops[1] };
        match shop.call(buy_with_key(&basic(), key)).await {
            Ok(answer) if answer.status == 201 => return answer.json(),
            Ok(answer) => ensure!(answer.status == 503, "{}: {}", answer.status, shop.log()),
            Err(_) => {}
        }
        ensure!(begun.elapsed() < BOUGHT_MAX, "nobody sells; the log:\n{}", shop.log());
        sleep(Duration::from_millis(5)).await;
    }
    unreachable!("the rounds have no end")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_share_one_shop_and_one_of_them_is_killed_again_and_again() -> Tested {
    let (_server, toml) = on_mariadb("two").await?;
    let shops = Arc::new([Shop::new()?.configure(&toml), Shop::new()?.configure(&toml)]);
    let stays = shops[1].open().await?;
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let buyers: Vec<_> = (0..BUYERS)
        .map(|buyer| {
            let (shops, stop, count) = (Arc::clone(&shops), Arc::clone(&stop), Arc::clone(&count));
            tokio::spawn(async move {
                let mut bought = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let key = format!("buyer-{buyer}-{}", bought.len());
                    bought.push((key.clone(), buy_somewhere(&shops, &key, buyer + bought.len()).await?));
                    count.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(bought)
            })
        })
        .collect();
    for _ in 0..KILLS {
        let dies = shops[0].open().await?;
        let before = count.load(Ordering::Relaxed);
        while count.load(Ordering::Relaxed) < before + 2 * BUYERS && !buyers.iter().any(|buyer| buyer.is_finished()) {
            sleep(Duration::from_millis(1)).await;
        }
        dies.kill().await?;
    }
    stop.store(true, Ordering::Relaxed);
    let mut bought = Vec::new();
    for buyer in buyers {
        bought.extend(buyer.await??);
    }
    let sold = i64::try_from(bought.len())?;
    assert_eq!(money(&shops[1]).await?, (sold, sold * 1_900));
    // The same key has the same answer, whoever gave it and whoever is asked now.
    for (key, purchase) in bought.iter().step_by(10) {
        let again = shops[1].call(buy_with_key(&basic(), key)).await?.expect(201)?;
        assert_eq!(again, *purchase);
        receipt(&shops[1], purchase).await?;
    }
    shops[1].events_delivered(Duration::from_secs(60)).await?;
    dense(&invoices(&shops[1]).await?, bought.len())?;
    let listed: Value = shops[1].call_admin(Request::get("/api/functions")).await?.expect(200)?;
    listed["functions"].as_array().filter(|all| all.len() == 2).context("both functions are live")?;
    stays.stop().await
}
