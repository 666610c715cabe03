//! `kontor verify`: while the program serves and while it does not, elsewhere with the public key alone, and in parts.

use anyhow::ensure;
use e2e::shop::Shop;

use crate::Tested;

#[tokio::test]
async fn a_store_is_checked_while_it_is_served_and_while_it_is_not() -> Tested {
    let shop = Shop::new()?;
    let (is_right, said) = shop.verify(&[]).await?;
    ensure!(!is_right && said.contains("there is no data folder"), "{said}");
    let key = shop.public_key().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let (is_right, said) = shop.verify(&[]).await?;
    ensure!(!is_right && said.contains("no invoices in this store yet"), "{said}");
    let running = shop.open().await?;
    let (is_right, said) = shop.verify(&[]).await?;
    ensure!(is_right && said == "ok seals=0 invoices=0 unsealed=0 postings=0", "{said}");
    let mut last = serde_json::Value::Null;
    for cents in 10_001..=10_020 {
        last = shop.invoice(&token, cents).await?;
    }
    shop.proof(&token, last["id"].as_str().unwrap_or_default()).await?;
    let (is_right, served) = shop.verify(&[]).await?;
    ensure!(is_right && served.contains(" invoices=20 unsealed=0 postings=20 "), "{served}");
    running.stop().await?;
    let (is_right, alone) = shop.verify(&[]).await?;
    ensure!(is_right && alone == served, "{alone}, and before {served}");

    // Elsewhere: a copy of the data, and the public key alone.
    let elsewhere = Shop::new()?;
    let copied = std::process::Command::new("cp").arg("-r").args([shop.data(), elsewhere.data()]).status()?;
    ensure!(copied.success(), "the data was not copied");
    std::fs::write(elsewhere.root().join("public-key.txt"), &key)?;
    let (is_right, said) = elsewhere.verify(&["--public-key", "public-key.txt"]).await?;
    ensure!(is_right && said == alone, "{said}");
    std::fs::write(elsewhere.root().join("public-key.txt"), "11".repeat(32))?;
    let (is_right, said) = elsewhere.verify(&["--public-key", "public-key.txt"]).await?;
    ensure!(!is_right && said.contains("none of yours"), "{said}");
    let (is_right, said) = elsewhere.verify(&[]).await?;
    ensure!(is_right && said == alone, "without any key all else is checked: {said}");
    Ok(())
}

#[tokio::test]
async fn a_check_goes_on_at_its_checkpoint_and_forgets_it_at_the_end() -> Tested {
    let shop = Shop::new()?;
    shop.public_key().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let running = shop.open().await?;
    let mut proof = serde_json::Value::Null;
    for cents in 10_001..=10_003 {
        let invoice = shop.invoice(&token, cents).await?;
        proof = shop.proof(&token, invoice["id"].as_str().unwrap_or_default()).await?;
    }
    running.stop().await?;
    let file = shop.root().join("verify.json");
    // As it is written after the last seal, before the ledger.
    let next = serde_json::json!([["default", "RE", proof["leaf"]["period"], 4]]);
    let seal = proof["seal"].clone();
    let checkpoint = serde_json::json!({"seal": seal, "next": next, "invoices": 3, "ledger": null});
    std::fs::write(&file, checkpoint.to_string())?;
    // Something that only the part before could find: it is not looked at again.
    e2e::seals::tamper(shop.data(), "UPDATE seals SET made_at = made_at + 1 WHERE sequence = 1")?;
    let (is_right, said) = shop.verify(&["--checkpoint", "verify.json"]).await?;
    ensure!(is_right && said.contains("seals=3 invoices=3 unsealed=0 postings=3"), "after {checkpoint}: {said}");
    ensure!(!file.exists(), "what is done begins anew the next time");
    let (is_right, said) = shop.verify(&["--checkpoint", "verify.json"]).await?;
    ensure!(!is_right && said.contains("seal 2 names another seal before it"), "{said}");

    // The seal that it ended with is another one now.
    let mut other = checkpoint;
    other["seal"]["made_at_us"] = 1.into();
    std::fs::write(&file, other.to_string())?;
    let (is_right, said) = shop.verify(&["--checkpoint", "verify.json"]).await?;
    ensure!(!is_right && said.contains("history was rewritten since"), "{said}");
    std::fs::write(&file, "nothing")?;
    let (is_right, said) = shop.verify(&["--checkpoint", "verify.json"]).await?;
    ensure!(!is_right && said.contains("is no checkpoint"), "{said}");
    Ok(())
}
