//! Somebody changes the store behind Kontor's back, and puts everything that was in the way back into its place. `kontor
//! verify` finds it, and says which invoice it is.

use std::{path::Path, time::Duration};

use anyhow::ensure;
use e2e::{client::Request, seals::tamper, shop::Shop};

use crate::Tested;

/// Five sealed invoices and a paid one's money, with the chain exported; the shop is closed.
async fn closed_shop() -> anyhow::Result<Shop> {
    let shop = Shop::new()?.configure("[seals]\nexport = \"elsewhere\"\n");
    shop.public_key().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let running = shop.open().await?;
    for cents in 10_001..=10_005 {
        let invoice = shop.invoice(&token, cents).await?;
        // One after the other, so that there are several seals.
        shop.proof(&token, invoice["id"].as_str().unwrap_or_default()).await?;
    }
    running.stop().await?;
    let (is_right, said) = shop.verify(&["--against", "elsewhere"]).await?;
    ensure!(is_right && said.starts_with("ok seals=5 invoices=5 unsealed=0 "), "{said}");
    ensure!(said.contains(" exported=5"), "{said}");
    Ok(shop)
}

/// What was done to the store, and what has to be said of it.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "a row",
        "UPDATE registrations SET issued_at = issued_at + 1 WHERE sequence = 3",
        &["-000003 (id", "is not what seal 3 covers"],
    ),
    (
        "sums in the index alone",
        "UPDATE registrations SET gross = gross + 1, net = net + 1 WHERE sequence = 4",
        &["-000004 (id", "sums"],
    ),
    (
        "a customer in the index alone",
        "UPDATE registrations SET login = 'eve' WHERE sequence = 4",
        &["-000004 (id", "customer"],
    ),
    ("a tax group", "UPDATE registrations SET tax_rate = tax_rate + 1 WHERE sequence = 1", &["-000001 (id", "tax"]),
    (
        "a body",
        "UPDATE pending SET body = replace(body, 'Anna', 'Anne') WHERE id = (SELECT id FROM registrations WHERE sequence = 2)",
        &["-000002 (id", "another body"],
    ),
    (
        "a body that is gone",
        "DELETE FROM pending WHERE id = (SELECT id FROM registrations WHERE sequence = 2)",
        &["-000002 (id", "no body"],
    ),
    ("a seal", "UPDATE seals SET made_at = made_at + 1 WHERE sequence = 2", &["seal 3 names another seal"]),
    ("the last seal", "UPDATE seals SET made_at = made_at + 1 WHERE sequence = 5", &["seal 5 has a wrong signature"]),
    ("a seal in the middle", "DELETE FROM seals WHERE sequence = 3", &["seal 3 is wanted, and seal 4 is there"]),
    (
        "a leaf",
        "UPDATE seal_leaves SET hashes = zeroblob(32) WHERE sequence = 4",
        &["seal 4", "do not lead to its root"],
    ),
    ("what a seal covers", "UPDATE seal_runs SET last = 7 WHERE seal = 4", &["seal 4"]),
    (
        "two invoices",
        "UPDATE registrations SET sequence = 99, number = 'x' WHERE sequence = 2; \
         UPDATE registrations SET sequence = 2, number = replace(number, '3', '2') WHERE sequence = 3; \
         UPDATE registrations SET sequence = 3, number = (SELECT replace(number, '000002', '000003') \
         FROM registrations WHERE sequence = 2) WHERE sequence = 99",
        &["-000002 (id", "is not what seal 2 covers"],
    ),
    (
        "what two invoices say, with its hashes",
        "CREATE TEMP TABLE b AS SELECT r.sequence, r.body_hash, p.body FROM registrations r JOIN pending p ON p.id = r.id; \
         UPDATE registrations SET body_hash = (SELECT b.body_hash FROM b WHERE b.sequence = 5 - registrations.sequence) \
         WHERE sequence IN (2, 3); UPDATE pending SET body = (SELECT b.body FROM b, registrations r \
         WHERE r.id = pending.id AND b.sequence = 5 - r.sequence) \
         WHERE id IN (SELECT id FROM registrations WHERE sequence IN (2, 3))",
        &["-000002 (id", "is not what seal 2 covers"],
    ),
    ("a deleted registration", "DELETE FROM registrations WHERE sequence = 3", &["has no invoice 3", "deleted"]),
    ("the last registration", "DELETE FROM registrations WHERE sequence = 5", &["has no invoice 5", "deleted"]),
    (
        "an invoice past the counter",
        "INSERT INTO registrations SELECT 'forged', seller, series, period, 6, number || 'x', kind, issued_at, utc_offset, login, \
         currency, net, tax, gross, rounding, balance_used, tax_category, tax_rate, due_on, body_hash, receipt_hash, 'forged' \
         FROM registrations WHERE sequence = 5",
        &["invoices from 1 to 6", "counter stands at 5"],
    ),
    ("the counter", "UPDATE series SET last_sequence = 4", &["counter", "4", "would be given again"]),
    (
        "a ledger entry",
        "UPDATE history SET revenue = revenue - 1 WHERE invoice = (SELECT id FROM registrations WHERE sequence = 3)",
        &["-000003 (id", "sums to -1"],
    ),
    (
        "two ledger entries",
        "UPDATE history SET revenue = revenue - 1, vat = vat + 1 \
         WHERE invoice = (SELECT id FROM registrations WHERE sequence = 3)",
        &["-000003 (id", "does not post what the invoice says"],
    ),
    (
        "a deleted posting",
        "DELETE FROM history WHERE invoice = (SELECT id FROM registrations WHERE sequence = 3)",
        &["-000003 (id", "no history"],
    ),
    (
        "a posting for nothing",
        "INSERT INTO history SELECT 'zzz', 1, at, operation, state, by_whom, why, document, 0, 0, 0, 0, 0, 0 FROM history LIMIT 1",
        &["zzz", "no invoice there is"],
    ),
    (
        "money in a balance",
        "INSERT INTO balances (login, currency, amount, last_used) VALUES ('anna', 'EUR', 5, 0)",
        &["the balance of customer \"anna\" is 5", "sum to 0"],
    ),
    (
        "a balance below zero",
        "INSERT INTO balances (login, currency, amount, last_used) VALUES ('anna', 'EUR', -5, 0)",
        &["the balance of customer \"anna\" is -5"],
    ),
];

fn copy(from: &Path, to: &Path) -> Tested {
    drop(std::fs::remove_dir_all(to));
    let copied = std::process::Command::new("cp").arg("-r").args([from, to]).status()?;
    ensure!(copied.success(), "{} was not copied", from.display());
    Ok(())
}

#[tokio::test]
async fn whatever_was_changed_is_found_and_named() -> Tested {
    let shop = closed_shop().await?;
    let whole = shop.root().join("whole");
    copy(shop.data(), &whole)?;
    for (what, sql, words) in CASES {
        copy(&whole, shop.data())?;
        tamper(shop.data(), sql)?;
        let (is_right, said) = shop.verify(&[]).await?;
        ensure!(!is_right && said.starts_with("wrong: "), "{what}: {said}");
        for word in *words {
            ensure!(said.contains(word), "{what}: {word:?} is missing: {said}");
        }
    }

    // Nothing but the trigger, which nobody put back.
    copy(&whole, shop.data())?;
    let file = shop.data().join("sql/invoices.sqlite");
    rusqlite::Connection::open(file)?.execute_batch("DROP TRIGGER kontor_registrations_no_delete")?;
    let (is_right, said) = shop.verify(&[]).await?;
    ensure!(!is_right && said.contains("the table registrations is not append-only any more"), "{said}");

    // Seals, invoices, postings and the counter: what is left is a smaller store that fits together.
    copy(&whole, shop.data())?;
    tamper(
        shop.data(),
        "DELETE FROM seals WHERE sequence = 5; DELETE FROM seal_leaves WHERE sequence = 5; \
         DELETE FROM seal_runs WHERE seal = 5; \
         DELETE FROM history WHERE invoice = (SELECT id FROM registrations WHERE sequence = 5); \
         DELETE FROM taxes WHERE id = (SELECT id FROM registrations WHERE sequence = 5); \
         DELETE FROM pending WHERE id = (SELECT id FROM registrations WHERE sequence = 5); \
         DELETE FROM registrations WHERE sequence = 5; UPDATE series SET last_sequence = 4",
    )?;
    let (is_right, said) = shop.verify(&[]).await?;
    ensure!(is_right, "by itself it is right: {said}");
    let (is_right, said) = shop.verify(&["--against", "elsewhere"]).await?;
    ensure!(!is_right && said.contains("seal 5 was exported and is not here"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_chain_that_was_rewritten_with_the_key_is_found_against_the_export() -> Tested {
    let shop = closed_shop().await?;
    // The program itself, which has the key, makes new seals over another history.
    tamper(
        shop.data(),
        "DELETE FROM seals; DELETE FROM seal_leaves; DELETE FROM seal_runs; \
         UPDATE registrations SET issued_at = issued_at - 60000000",
    )?;
    let token = shop.token("reader", &["invoices:read"]).await?;
    let running = shop.open().await?;
    let listed = Request::get("/invoices").host(&shop.host("invoices")).bearer(&token);
    let listed = shop.call(listed).await?.expect(200)?;
    shop.proof(&token, listed["invoices"][4]["id"].as_str().unwrap_or_default()).await?;
    // The exporter does not write over what it finds, and says so.
    let told = async {
        let mut ready = serde_json::Value::Null;
        while !ready["warnings"].to_string().contains("history was rewritten") {
            tokio::time::sleep(Duration::from_millis(20)).await;
            ready = shop.call_admin(Request::get("/readyz")).await?.expect(200)?;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(60), told).await.map_err(|_| anyhow::anyhow!(shop.log()))??;
    running.stop().await?;
    let (is_right, said) = shop.verify(&[]).await?;
    ensure!(is_right, "the new chain is a good one: {said}");
    let (is_right, said) = shop.verify(&["--against", "elsewhere"]).await?;
    ensure!(!is_right && said.contains("history was rewritten"), "{said}");
    Ok(())
}
