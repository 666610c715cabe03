//! Each service on an engine of its own: statements on PostgreSQL, documents on MongoDB (or its stand-in), keys and values on
//! Redis.
//!
//! `cargo xtask test` installs them; where one cannot be had, these are skipped by name.

use std::{fs, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use e2e::{client::Request, guest::example, shop::Shop, skip::skipped};
use kontor_test_servers::{MONGODB, POSTGRES, REDIS, Recipe, Server, StartError};
use tokio::time::{Instant, sleep};

use crate::{
    Tested,
    functions::{
        drop_in::file,
        stores::{create, live, path, show},
    },
    purchase::{money, sold},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A server of the test's own, which it kills; none where its program is not there.
async fn start(recipe: &'static Recipe) -> Result<Option<Arc<Server>>> {
    match tokio::task::spawn_blocking(|| Server::start(recipe)).await? {
        Ok(server) => Ok(Some(Arc::new(server))),
        Err(error @ StartError::Missing { .. }) => {
            skipped("documents_and_counters_are_shared_and_come_back_with_their_servers", &error.to_string());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

#[tokio::test]
async fn documents_and_counters_are_shared_and_come_back_with_their_servers() -> Tested {
    let Some(postgres) = start(&POSTGRES).await? else { return Ok(()) };
    let Some(mongodb) = start(&MONGODB).await? else { return Ok(()) };
    let Some(redis) = start(&REDIS).await? else { return Ok(()) };
    let toml = format!(
        "[engines.postgres]\nsetup_url = \"{}\"\n[engines.mongodb]\nurl = \"{}\"\n[engines.redis]\nurl = \"{}\"\n\
         [functions.wishlists]\ngrants = [\"documents\", \"keyvalue\"]\n",
        postgres.url(),
        mongodb.url(),
        redis.url()
    );
    let (first, second) = (Shop::new()?.configure(&toml), Shop::new()?.configure(&toml));
    for shop in [&first, &second] {
        fs::create_dir_all(shop.data().join("functions"))?;
        fs::write(file(shop, "wishlists"), example()?)?;
    }
    let (running, other) = (first.open().await?, second.open().await?);
    live(&first).await?;
    live(&second).await?;
    let list = create(&first, "anna", "Birthday").await?;
    assert_eq!(show(&second, &list).await?["list"]["title"], "Birthday", "both see the same documents");
    assert_eq!(show(&first, &list).await?["views"], 2, "and count together");
    sold(&first).await?;
    assert_eq!(money(&second).await?, (1, 1_900));

    for server in [&mongodb, &redis] {
        let mortal = Arc::clone(server);
        tokio::task::spawn_blocking(move || mortal.kill()).await?;
        let answer = second.call(Request::get(path(&list)?).host(&second.host("wishlists"))).await?;
        assert_eq!(answer.status, 503, "{}", answer.text());
        sold(&first).await.context("what needs no documents goes on")?;
        let reborn = Arc::clone(server);
        tokio::task::spawn_blocking(move || reborn.start_again()).await?.map_err(|error| anyhow::anyhow!(error))?;
        back(&first, &path(&list)?).await?;
        back(&second, &path(&list)?).await?;
    }
    running.stop().await?;
    other.stop().await
}

/// Waits until the list is shown again.
async fn back(shop: &Shop, path: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let answer = shop.call(Request::get(path).host(&shop.host("wishlists"))).await?;
        if answer.status == 200 {
            return Ok(());
        }
        anyhow::ensure!(begun.elapsed() < PATIENCE, "{} {}; the log:\n{}", answer.status, answer.text(), shop.log());
        sleep(Duration::from_millis(10)).await;
    }
}
