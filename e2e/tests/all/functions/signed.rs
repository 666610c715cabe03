//! Where the operator demands signatures, only what was signed goes live.

use std::fs;

use anyhow::Context as _;
use e2e::shop::Shop;

use super::drop_in::{answers, failed, file, hello};
use crate::Tested;

#[tokio::test]
async fn only_what_was_signed_with_a_known_key_goes_live() -> Tested {
    let maker = Shop::new()?;
    let key = maker.root().join("release.key");
    let key = key.to_str().context("a path that is text")?;
    let toml = maker.run(&["sign", "--make-key", key]).await?;
    let stranger = maker.root().join("stranger.key");
    let stranger = stranger.to_str().context("a path that is text")?;
    maker.run(&["sign", "--make-key", stranger]).await?;
    let again = maker.command(&["sign", "--make-key", key]).await?;
    assert!(!again.status.success(), "a key that is there stays");

    let shop = Shop::new()?.configure(&toml);
    let running = shop.open().await?;
    // Dropped in: first without a signature, then with a stranger's, then with a good one.
    fs::write(file(&shop, "hello"), hello("1")?)?;
    assert!(failed(&shop, "hello").await?.contains("it is not signed"));
    let path = shop.root().join("hello.wasm");
    fs::write(&path, hello("1")?)?;
    let path = path.to_str().context("a path that is text")?;
    let signature = format!("{path}.sig");
    let beside = file(&shop, "hello").with_extension("wasm.sig");
    shop.run(&["sign", path, "--key", stranger]).await?;
    fs::copy(&signature, &beside)?;
    loop {
        if failed(&shop, "hello").await?.contains("none of the keys") {
            break;
        }
    }
    shop.run(&["sign", path, "--key", key]).await?;
    fs::copy(&signature, &beside)?;
    answers(&shop, 200, "1").await?;

    // By command: the signature goes along; one of another component does not do.
    fs::write(path, hello("2")?)?;
    let refused = shop.command(&["deploy", path]).await?;
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && text.contains("it was altered"), "{text}");
    answers(&shop, 200, "1").await?;
    shop.run(&["sign", path, "--key", key]).await?;
    shop.run(&["deploy", path]).await?;
    answers(&shop, 200, "2").await?;
    running.stop().await?;

    let running = shop.open().await?;
    answers(&shop, 200, "2").await?;
    shop.run(&["functions", "rollback", "hello"]).await?;
    answers(&shop, 200, "1").await?;
    running.stop().await
}

#[tokio::test]
async fn what_was_deployed_before_signatures_were_demanded_serves_no_longer() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    fs::write(file(&shop, "hello"), hello("1")?)?;
    answers(&shop, 200, "1").await?;
    running.stop().await?;
    let toml = shop.run(&["sign", "--make-key", "release.key"]).await?;
    let shop = shop.configure(&toml);
    let _running = shop.open().await?;
    answers(&shop, 421, "unknown-host").await?;
    assert!(failed(&shop, "hello").await?.contains("it is not signed"));
    Ok(())
}
