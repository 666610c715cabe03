//! Two programs on one PostgreSQL.
//!
//! `cargo xtask test` installs PostgreSQL; where it cannot be had, these are skipped by name.

mod doctor;
mod starting;

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{
    client::Request,
    guest::{component, example, manifest},
    shop::Shop,
};
use kontor_test_servers::{POSTGRES, Recipe, Server};
use serde_json::{Value, json};

use crate::{
    Tested,
    functions::{
        drop_in::{file, hello},
        stores::{create, live, show},
    },
    purchase::{basic, buy_with_key, dense, invoices, money, receipt, sold},
};

/// A real server, and the configuration that leads to it.
pub async fn on_postgres() -> Result<(Server, String)> {
    let server = begun(Server::find).await?;
    let toml = configuration(server.url());
    Ok((server, toml))
}

async fn begun(begin: fn(&'static Recipe) -> Result<Server, kontor_test_servers::StartError>) -> Result<Server> {
    tokio::task::spawn_blocking(move || begin(&POSTGRES)).await?.map_err(|error| anyhow::anyhow!(error))
}

fn configuration(url: &str) -> String {
    format!("[engines.postgres]\nsetup_url = \"{url}\"\n")
}

/// The server as its owner sees it.
async fn owner(server: &Server) -> Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(server.url(), tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Waits until this program answers so, for at most as long as an order may take to arrive, and some more for compiling on
/// a busy machine.
async fn learns(shop: &Shop, status: u16, text: &str) -> Result<()> {
    let request = Request::get("/version").host(&shop.host("hello"));
    let begun = tokio::time::Instant::now();
    loop {
        let answer = shop.call(request.clone()).await?;
        if answer.status == status && answer.text().contains(text) {
            return Ok(());
        }
        anyhow::ensure!(
            begun.elapsed() < Duration::from_secs(20),
            "never {status} {text}, but {} {}; the log:\n{}",
            answer.status,
            answer.text(),
            shop.log()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_one_program_is_told_the_other_does_too() -> Tested {
    let (_server, toml) = on_postgres().await?;
    let (first, second) = (Shop::new()?.configure(&toml), Shop::new()?.configure(&toml));
    let (one, two) = (first.open().await?, second.open().await?);
    // A file in one program's folder is everybody's; that the other has no such file takes nothing away.
    std::fs::write(file(&first, "hello"), hello("1")?)?;
    learns(&second, 200, "1").await?;
    two.stop().await?;
    let _two = second.open().await?;
    learns(&second, 200, "1").await?;
    learns(&first, 200, "1").await?;
    // Deployed at the other, rolled back, switched off and on, and taken away, by turns.
    let path = second.root().join("hello.wasm");
    std::fs::write(&path, hello("2")?)?;
    second.run(&["deploy", path.to_str().context("a path that is text")?]).await?;
    learns(&first, 200, "2").await?;
    first.run(&["functions", "rollback", "hello"]).await?;
    learns(&second, 200, "1").await?;
    second.run(&["functions", "disable", "hello"]).await?;
    learns(&first, 421, "unknown-host").await?;
    first.run(&["functions", "enable", "hello"]).await?;
    learns(&second, 200, "1").await?;
    // What both know survives the restart of one, whatever lies in its folder.
    second.run(&["functions", "rollback", "hello", "--to", "2"]).await?;
    learns(&first, 200, "2").await?;
    one.stop().await?;
    let _one = first.open().await?;
    learns(&first, 200, "2").await?;
    learns(&second, 200, "2").await?;
    // So does a token that is revoked.
    let token = first.token("reader", &["invoices:read"]).await?;
    let asks = |shop: &Shop| Request::get("/invoices").host(&shop.host("invoices")).bearer(&token);
    until_status(&second, asks(&second), 200).await?;
    first.run(&["tokens", "revoke", "reader"]).await?;
    until_status(&second, asks(&second), 401).await?;
    second.run(&["functions", "remove", "hello"]).await?;
    learns(&first, 421, "unknown-host").await
}

async fn until_status(shop: &Shop, request: Request, status: u16) -> Result<()> {
    let begun = tokio::time::Instant::now();
    while shop.call(request.clone()).await?.status != status {
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(20), "never {status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[tokio::test]
async fn two_programs_share_one_shop_and_one_of_them_is_killed() -> Tested {
    let (_server, toml) = on_postgres().await?;
    let (first, second) = (Shop::new()?.configure(&toml), Shop::new()?.configure(&toml));
    let running = first.open().await?;
    let other = second.open().await?;
    let mut bought = Vec::new();
    for round in 0..10 {
        bought.push(sold(if round % 2 == 0 { &first } else { &second }).await?);
    }
    assert_eq!(money(&first).await?, (10, 19_000));
    assert_eq!(money(&second).await?, (10, 19_000), "both see all sales");
    // The same key, whichever of the two is asked.
    let one = first.call(buy_with_key(&basic(), "order-1")).await?.expect(201)?;
    let again = second.call(buy_with_key(&basic(), "order-1")).await?.expect(201)?;
    assert_eq!(one, again);
    bought.push(one);

    running.kill().await?;
    for _ in 0..5 {
        bought.push(sold(&second).await?);
    }
    for purchase in &bought {
        receipt(&second, purchase).await?;
    }
    dense(&invoices(&second).await?, bought.len())?;
    second.events_delivered(Duration::from_secs(60)).await?;
    let listed: Value = second.call_admin(Request::get("/api/functions")).await?.expect(200)?;
    listed["functions"].as_array().filter(|all| all.len() == 2).context("both functions are live")?;
    other.stop().await
}

#[tokio::test]
async fn buckets_are_shared() -> Tested {
    let (_server, toml) = on_postgres().await?;
    let toml = format!("{toml}[functions.counter]\ngrants = [\"keyvalue\"]\n");
    let shops = (Shop::new()?.configure(&toml), Shop::new()?.configure(&toml));
    let mut counter = manifest("counter", "1");
    counter["buckets"] = json!(["counters"]);
    counter["openapi"]["paths"] = json!({ "/keyvalue/increment": { "get": {
        "operationId": "increment",
        "parameters": [{ "in": "query", "name": "counters|n|1", "schema": { "type": "string" } }],
    } } });
    for shop in [&shops.0, &shops.1] {
        std::fs::create_dir_all(shop.data().join("functions"))?;
        std::fs::write(file(shop, "counter"), component(&counter)?)?;
    }
    let running = (shops.0.open().await?, shops.1.open().await?);
    for (shop, count) in [(&shops.0, "Ok(1)"), (&shops.1, "Ok(2)"), (&shops.0, "Ok(3)")] {
        let asked = Request::get("/keyvalue/increment?counters%7Cn%7C1").host(&shop.host("counter"));
        let answer = shop.call(asked).await?;
        assert_eq!((answer.status, answer.text().as_str()), (200, count), "{}", shop.log());
    }
    running.0.stop().await?;
    running.1.stop().await
}

#[tokio::test]
async fn documents_are_shared() -> Tested {
    let (_server, toml) = on_postgres().await?;
    let toml = format!("{toml}[functions.wishlists]\ngrants = [\"documents\", \"keyvalue\"]\n");
    let shops = (Shop::new()?.configure(&toml), Shop::new()?.configure(&toml));
    for shop in [&shops.0, &shops.1] {
        std::fs::create_dir_all(shop.data().join("functions"))?;
        std::fs::write(file(shop, "wishlists"), example()?)?;
    }
    let running = (shops.0.open().await?, shops.1.open().await?);
    live(&shops.0).await?;
    live(&shops.1).await?;
    let (birthday, wedding) = (create(&shops.0, "anna", "Birthday").await?, create(&shops.1, "anna", "Wedding").await?);
    for shop in [&shops.0, &shops.1] {
        let listed =
            shop.call(Request::get("/wishlists?owner=anna").host(&shop.host("wishlists"))).await?.expect(200)?;
        let titles: Vec<_> =
            listed["lists"].as_array().into_iter().flatten().map(|list| list["title"].as_str()).collect();
        assert_eq!(titles, [Some("Wedding"), Some("Birthday")], "both see the documents of both");
        assert_eq!(show(shop, &wedding).await?["list"]["title"], "Wedding");
    }
    // Of two who have read the same version, one changes it, whichever program each asks.
    let path = format!("/wishlists/{}", birthday["id"].as_str().context("a list has an id")?);
    let change = |shop: &Shop, title: &str| {
        let body = json!({ "version": birthday["version"], "title": title, "wishes": [] });
        Request::post(&path, &body).host(&shop.host("wishlists"))
    };
    shops.0.call(change(&shops.0, "Party")).await?.expect(200)?;
    shops.1.call(change(&shops.1, "Feast")).await?.problem(409, "changed-meanwhile")?;
    running.0.kill().await?;
    assert_eq!(show(&shops.1, &birthday).await?["list"]["title"], "Party");
    running.1.stop().await
}
