//! `GET /invoices/{id}/proof`, and whether somebody without Kontor can check what it gives.

use std::{path::Path, process::Command};

use anyhow::{Context as _, ensure};
use e2e::{client::Request, shop::Shop, skip::skipped};
use serde_json::{Value, json};

use crate::Tested;

#[tokio::test]
async fn without_a_key_invoices_are_registered_and_not_sealed_and_somebody_is_told() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let invoice = shop.invoice(&token, 11_900).await?;
    let path = format!("/invoices/{}/proof", invoice["id"].as_str().unwrap_or_default());
    let ask = |token: &str| Request::get(path.clone()).host(&shop.host("invoices")).bearer(token);
    let answer = shop.call(ask(&token)).await?;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.problem(404, "not-sealed-yet")?;
    let ready = shop.call_admin(Request::get("/readyz")).await?.expect(200)?;
    assert!(ready["warnings"].to_string().contains("`kontor seals key` makes one"), "{ready}");
    let other = shop.token("other", &["sales:reset"]).await?;
    shop.call(ask(&other)).await?.problem(403, "forbidden")?;
    running.stop().await?;

    // With a key, what was registered before is sealed too.
    shop.public_key().await?;
    let _running = shop.open().await?;
    let proof = shop.proof(&token, invoice["id"].as_str().unwrap_or_default()).await?;
    assert_eq!((&proof["leaf"]["number"], &proof["seal"]["sequence"]), (&invoice["number"], &json!(1)), "{proof}");
    Ok(())
}

#[tokio::test]
async fn the_script_of_thirty_lines_takes_a_right_proof_and_no_other() -> Tested {
    let name = "the_script_of_thirty_lines_takes_a_right_proof_and_no_other";
    let has_library = Command::new("python3").args(["-c", "import cryptography"]).output();
    if !has_library.is_ok_and(|output| output.status.success()) {
        skipped(name, "python3 with the package cryptography is not there");
        return Ok(());
    }
    let shop = Shop::new()?;
    let key = shop.public_key().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let _running = shop.open().await?;
    let page = shop.call(Request::get("/check.html")).await?;
    ensure!(page.status == 200 && page.text().contains("<html"), "{page:?}");
    // The one that the page offers.
    let script = shop.call(Request::get("/check-invoice.py")).await?;
    ensure!(script.status == 200, "{script:?}");
    assert!(script.text().lines().count() <= 30, "the page says thirty lines");
    std::fs::write(shop.root().join("check.py"), script.text())?;

    let mut last = Value::Null;
    for cents in 20_001..=20_007 {
        last = shop.invoice(&token, cents).await?;
    }
    let proof = shop.proof(&token, last["id"].as_str().unwrap_or_default()).await?;
    let said = check(shop.root(), &proof, &key)?;
    let number = proof["leaf"]["number"].as_str().context("a number")?;
    assert_eq!(said, Ok(format!("ok: {number} 20007 EUR under seal {}", proof["seal"]["sequence"])));

    let other = "00".repeat(32);
    assert!(check(shop.root(), &proof, &other)?.is_err(), "another key");
    for (pointer, wrong, words) in [
        ("/invoice/gross", json!(1), "not the one that was registered"),
        ("/leaf/number", json!("RE-2026-000099"), "does not lead to the seal"),
        ("/leaf/balance_used", json!(1), "does not lead to the seal"),
        ("/seal/root", json!("00".repeat(32)), "does not lead to the seal"),
        ("/seal/made_at_us", json!(1), "did not sign"),
        ("/signature", json!("00".repeat(64)), "did not sign"),
        ("/index", json!(4096), "no place"),
    ] {
        let mut forged = proof.clone();
        *forged.pointer_mut(pointer).with_context(|| pointer.to_owned())? = wrong;
        let said = check(shop.root(), &forged, &key)?;
        assert!(said.as_ref().is_err_and(|said| said.contains(words)), "{pointer}: {said:?}");
    }
    Ok(())
}

/// What the script says of a proof; an error if its exit status does.
fn check(folder: &Path, proof: &Value, key: &str) -> anyhow::Result<Result<String, String>> {
    std::fs::write(folder.join("proof.json"), serde_json::to_vec(proof)?)?;
    let output = Command::new("python3").current_dir(folder).args(["check.py", "proof.json", key]).output()?;
    let (said, wrong) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    Ok(if output.status.success() { Ok(said.trim().to_owned()) } else { Err(wrong.trim().to_owned()) })
}
