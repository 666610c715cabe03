//! A file in the folder `functions` is a function.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{
    client::{Client, Request},
    guest::{component, manifest},
    shop::Shop,
};
use tokio::time::{Instant, sleep};

use crate::Tested;

/// Longer than a swap takes on a busy machine with a debug build.
const PATIENCE: Duration = Duration::from_secs(60);

/// A component of a name and version without any needs.
pub fn hello(version: &str) -> Result<Vec<u8>> {
    component(&manifest("hello", version))
}

pub fn file(shop: &Shop, name: &str) -> PathBuf {
    shop.data().join("functions").join(format!("{name}.wasm"))
}

/// Asks `http://hello.localhost/version` once.
async fn version(client: &mut Client, host: &str) -> Result<(u16, String)> {
    let answer = client.send(Request::get("/version").host(host)).await?;
    Ok((answer.status, answer.text()))
}

/// Waits until `hello` answers so.
pub async fn answers(shop: &Shop, status: u16, text: &str) -> Result<()> {
    let (mut client, host) = (shop.client(), shop.host("hello"));
    let begun = Instant::now();
    loop {
        let (found, body) = version(&mut client, &host).await?;
        if found == status && body.contains(text) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            bail!("hello answers {found} {body} and never {status} {text}; the log:\n{}", shop.log());
        }
        sleep(Duration::from_millis(10)).await;
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

#[tokio::test]
async fn one_copy_puts_an_endpoint_live_and_removing_the_file_takes_it_away() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    answers(&shop, 421, "unknown-host").await?;
    put(&file(&shop, "hello"), &hello("1")?)?;
    answers(&shop, 200, "1").await?;
    let document = shop.call(Request::get("/openapi.json").host(&shop.host("hello"))).await?.expect(200)?;
    assert!(document["paths"]["/version"].is_object(), "it documents itself: {document}");
    running.stop().await?;

    let running = shop.open().await?;
    answers(&shop, 200, "1").await?;
    fs::remove_file(file(&shop, "hello"))?;
    answers(&shop, 421, "unknown-host").await?;
    running.stop().await
}

#[tokio::test]
async fn sixty_four_clients_notice_nothing_of_swaps_and_bad_copies() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    put(&file(&shop, "hello"), &hello("0")?)?;
    answers(&shop, 200, "0").await?;
    let done = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let (done, mut client, host) = (done.clone(), shop.client(), shop.host("hello"));
            tokio::spawn(async move {
                let (mut asked, mut last) = (0_u64, 0_u32);
                while !done.load(Relaxed) {
                    let (status, text) = version(&mut client, &host).await?;
                    ensure!(status == 200, "{status} {text}");
                    let number: u32 = text.parse().with_context(|| format!("a mixture: {text:?}"))?;
                    ensure!(number >= last, "{number} after {last}");
                    (asked, last) = (asked + 1, number);
                }
                anyhow::Ok(asked)
            })
        })
        .collect();
    for number in 1..=5 {
        let next = hello(&number.to_string())?;
        // What a full disk or an impatient person leaves behind.
        put(&file(&shop, "hello"), next.get(..next.len() / 2).context("half of it")?)?;
        failed(&shop, "hello").await?;
        put(&file(&shop, "hello"), &next)?;
        answers(&shop, 200, &number.to_string()).await?;
    }
    done.store(true, Relaxed);
    for client in clients {
        ensure!(client.await?? > 0, "a client that asked nothing shows nothing");
    }
    Ok(())
}

/// Waits until the operator is told why a function does not go live.
pub async fn failed(shop: &Shop, name: &str) -> Result<String> {
    let begun = Instant::now();
    loop {
        let listed = shop.call_admin(Request::get("/api/functions")).await?.expect(200)?;
        let failure = listed["failures"].as_array().into_iter().flatten().find(|failure| failure["what"] == name);
        if let Some(reason) = failure.and_then(|failure| failure["reason"].as_str()) {
            return Ok(reason.to_owned());
        }
        ensure!(begun.elapsed() < PATIENCE, "nobody is told of {name}: {listed}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn killed_in_the_middle_of_copies_one_of_the_versions_serves_after_the_restart() -> Tested {
    let shop = Shop::new()?;
    put_first(&shop).await?;
    for number in 2..=6_u32 {
        let running = shop.open().await?;
        let next = hello(&number.to_string())?;
        put(&file(&shop, "hello"), &next)?;
        // At another moment each time: before it is seen, while it is compiled, when it is live.
        sleep(Duration::from_millis(u64::from(number) * 45)).await;
        running.kill().await?;
        let running = shop.open().await?;
        answers(&shop, 200, "").await?;
        answers(&shop, 200, &number.to_string()).await?;
        running.kill().await?;
    }
    Ok(())
}

async fn put_first(shop: &Shop) -> Result<()> {
    let running = shop.open().await?;
    put(&file(shop, "hello"), &hello("1")?)?;
    answers(shop, 200, "1").await?;
    running.kill().await
}
