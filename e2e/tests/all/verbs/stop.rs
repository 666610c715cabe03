//! SIGTERM: what is under way is answered, then the program ends well.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{client::Request, shop::Shop};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    Tested,
    purchase::{basic, money, receipt, sold},
};

#[tokio::test]
async fn a_purchase_under_way_is_answered_before_the_end() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    let order = basic().to_string();
    let (begin, rest) = order.split_at(5);
    let head = format!(
        "POST /api/buy_mpi HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         expect: 100-continue\r\n\r\n",
        shop.host(""),
        order.len()
    );
    let mut slow = TcpStream::connect(shop.http()).await?;
    slow.write_all(head.as_bytes()).await?;
    // The program says that it waits for the body: so the purchase is under way.
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    timeout(Duration::from_secs(20), slow.read_exact(&mut go_on)).await??;
    assert!(go_on.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&go_on));
    slow.write_all(begin.as_bytes()).await?;
    running.terminate()?;
    nobody_is_let_in(&shop).await?;
    slow.write_all(rest.as_bytes()).await?;
    let mut answer = String::new();
    timeout(Duration::from_secs(20), slow.read_to_string(&mut answer)).await??;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(running.ended().await?.success(), "{}", shop.log());
    let _running = shop.open().await?;
    assert_eq!(money(&shop).await?, (1, 1900));
    Ok(())
}

/// Waits until new connections are refused, or closed without an answer.
async fn nobody_is_let_in(shop: &Shop) -> Result<()> {
    let turned_away = async {
        while shop.call(Request::get("/api/licenses")).await.is_ok_and(|answer| answer.status < 500) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), turned_away).await.context("still letting customers in after SIGTERM")
}

#[tokio::test]
async fn idle_connections_do_not_hold_it_up() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    let mut idle = Vec::new();
    for _ in 0..20 {
        let mut client = shop.client();
        client.send(Request::get("/")).await?;
        idle.push(client);
    }
    running.stop().await?;
    assert!(!shop.log().contains("broke off"), "no connection had to be broken off:\n{}", shop.log());
    Ok(())
}

#[tokio::test]
async fn events_that_were_not_delivered_are_delivered_after_the_next_start() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    let mut bought = Vec::new();
    for _ in 0..50 {
        bought.push(sold(&shop).await?);
    }
    running.stop().await?;
    let _running = shop.open().await?;
    for purchase in &bought {
        receipt(&shop, purchase).await?;
    }
    Ok(())
}
