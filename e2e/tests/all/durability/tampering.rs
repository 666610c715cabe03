//! Somebody changes the store behind Kontor's back, and puts everything that was in the way back into its place. `kontor
//! verify` finds it, and says which invoice it is.

use std::path::PathBuf;

use e2e::{seals::tamper, shop::Shop};

use crate::Tested;

/// Five sealed invoices and a customer's balance, with the chain exported; the shop is closed.
async fn closed_shop() -> anyhow::Result<(Shop, PathBuf)> {
    let shop = Shop::new()?;
    let export = shop.root().join("elsewhere");
    let shop = shop.configure(&format!("[seals]\nexport = {export:?}\n"));
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
    anyhow::ensure!(is_right && said.starts_with("ok ") && said.contains(" exported="), "{said}");
    anyhow::ensure!(said.contains(" invoices=5 unsealed=0 "), "{said}");
    Ok((shop, export))
}

/// What `kontor verify` says after something was done to the store: it must not be content, and has to say all of this.
async fn found(sql: &str, flags: &[&str], words: &[&str]) -> Tested {
    let (shop, _) = closed_shop().await?;
    tamper(shop.data(), sql)?;
    let (is_right, said) = shop.verify(flags).await?;
    anyhow::ensure!(!is_right && said.starts_with("wrong: "), "after {sql}: {said}");
    for word in words {
        anyhow::ensure!(said.contains(word), "{word:?} is missing after {sql}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_registration_that_was_changed_is_found() -> Tested {
    let changed = "UPDATE registrations SET issued_at = issued_at + 1 WHERE sequence = 3";
    found(changed, &[], &["-000003 (id", "is not what seal 3 covers"]).await
}

#[tokio::test]
async fn sums_that_were_changed_in_the_index_alone_are_found() -> Tested {
    let changed = "UPDATE registrations SET gross = gross + 1, net = net + 1 WHERE sequence = 4";
    found(changed, &[], &["-000004 (id", "sums"]).await
}

#[tokio::test]
async fn a_body_that_was_changed_is_found() -> Tested {
    let changed = "UPDATE pending SET body = replace(body, 'Anna', 'Anne') \
                   WHERE id = (SELECT id FROM registrations WHERE sequence = 2)";
    found(changed, &[], &["-000002 (id", "another body"]).await
}

#[tokio::test]
async fn a_body_that_is_gone_is_found() -> Tested {
    let gone = "DELETE FROM pending WHERE id = (SELECT id FROM registrations WHERE sequence = 2)";
    found(gone, &[], &["-000002 (id", "no body"]).await
}

#[tokio::test]
async fn a_seal_that_was_changed_is_found() -> Tested {
    found("UPDATE seals SET made_at = made_at + 1 WHERE sequence = 2", &[], &["seal 3 names another seal"]).await?;
    found("UPDATE seals SET made_at = made_at + 1 WHERE sequence = 5", &[], &["seal 5 has a wrong signature"]).await
}

#[tokio::test]
async fn a_tail_that_was_cut_off_is_found_against_the_export() -> Tested {
    // Seals, invoices, postings and the counter: what is left is a smaller store that fits together.
    let cut = "DELETE FROM seals WHERE sequence = 5; DELETE FROM seal_leaves WHERE sequence = 5; \
               DELETE FROM seal_runs WHERE seal = 5; \
               DELETE FROM history WHERE invoice = (SELECT id FROM registrations WHERE sequence = 5); \
               DELETE FROM taxes WHERE id = (SELECT id FROM registrations WHERE sequence = 5); \
               DELETE FROM pending WHERE id = (SELECT id FROM registrations WHERE sequence = 5); \
               DELETE FROM registrations WHERE sequence = 5; UPDATE series SET last_sequence = 4";
    let (shop, _) = closed_shop().await?;
    tamper(shop.data(), cut)?;
    let (is_right, said) = shop.verify(&[]).await?;
    anyhow::ensure!(is_right, "by itself it is right: {said}");
    let (is_right, said) = shop.verify(&["--against", "elsewhere"]).await?;
    anyhow::ensure!(!is_right && said.contains("seal 5 was exported and is not here"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_chain_that_was_rewritten_with_the_key_is_found_against_the_export() -> Tested {
    let (shop, export) = closed_shop().await?;
    // The program itself, which has the key, makes new seals over another history.
    tamper(
        shop.data(),
        "DELETE FROM seals; DELETE FROM seal_leaves; DELETE FROM seal_runs; \
         UPDATE registrations SET issued_at = issued_at - 60000000",
    )?;
    let token = shop.token("reader", &["invoices:read"]).await?;
    let running = shop.open().await?;
    let listed = e2e::client::Request::get("/invoices").host(&shop.host("invoices")).bearer(&token);
    let listed = shop.call(listed).await?.expect(200)?;
    shop.proof(&token, listed["invoices"][4]["id"].as_str().unwrap_or_default()).await?;
    // The exporter does not write over what it finds, and says so.
    let mut ready = serde_json::Value::Null;
    let told = async {
        while !ready["warnings"].to_string().contains("history was rewritten") {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            ready = shop.call_admin(e2e::client::Request::get("/readyz")).await?.expect(200)?;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), told).await.map_err(|_| anyhow::anyhow!(shop.log()))??;
    running.stop().await?;
    let (is_right, said) = shop.verify(&[]).await?;
    anyhow::ensure!(is_right, "the new chain is a good one: {said}");
    let (is_right, said) = shop.verify(&["--against", export.to_str().unwrap_or_default()]).await?;
    anyhow::ensure!(!is_right && said.contains("history was rewritten"), "{said}");
    Ok(())
}

#[tokio::test]
async fn two_invoices_that_changed_places_are_found() -> Tested {
    let swapped = "UPDATE registrations SET sequence = 99, number = 'x' WHERE sequence = 2; \
                   UPDATE registrations SET sequence = 2, number = replace(number, '3', '2') WHERE sequence = 3; \
                   UPDATE registrations SET sequence = 3, number = (SELECT replace(number, '000002', '000003') \
                   FROM registrations WHERE sequence = 2) WHERE sequence = 99";
    found(swapped, &[], &["-000002 (id", "is not what seal 2 covers"]).await?;
    // Only what they say, with its hash.
    let bodies = "CREATE TEMP TABLE b AS SELECT r.sequence, r.body_hash, p.body FROM registrations r JOIN pending p ON p.id = r.id; \
                  UPDATE registrations SET body_hash = (SELECT b.body_hash FROM b WHERE b.sequence = 5 - registrations.sequence) \
                  WHERE sequence IN (2, 3); UPDATE pending SET body = (SELECT b.body FROM b, registrations r \
                  WHERE r.id = pending.id AND b.sequence = 5 - r.sequence) \
                  WHERE id IN (SELECT id FROM registrations WHERE sequence IN (2, 3))";
    found(bodies, &[], &["-000002 (id", "is not what seal 2 covers"]).await
}

#[tokio::test]
async fn a_trigger_that_was_dropped_is_found() -> Tested {
    let (shop, _) = closed_shop().await?;
    let file = shop.data().join("sql/invoices.sqlite");
    rusqlite::Connection::open(file)?.execute_batch("DROP TRIGGER kontor_registrations_no_delete")?;
    let (is_right, said) = shop.verify(&[]).await?;
    anyhow::ensure!(!is_right && said.contains("the table registrations is not append-only any more"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_registration_that_was_deleted_is_found() -> Tested {
    found("DELETE FROM registrations WHERE sequence = 3", &[], &["has no invoice 3", "deleted"]).await?;
    found("DELETE FROM registrations WHERE sequence = 5", &[], &["has no invoice 5", "deleted"]).await
}

#[tokio::test]
async fn postings_that_were_changed_are_found() -> Tested {
    let of_third = "WHERE invoice = (SELECT id FROM registrations WHERE sequence = 3)";
    found(&format!("UPDATE history SET revenue = revenue - 1 {of_third}"), &[], &["-000003 (id", "sums to -1"]).await?;
    let shifted = format!("UPDATE history SET revenue = revenue - 1, vat = vat + 1 {of_third}");
    found(&shifted, &[], &["-000003 (id", "does not post what the invoice says"]).await?;
    found(&format!("DELETE FROM history {of_third}"), &[], &["-000003 (id", "no history"]).await
}

#[tokio::test]
async fn balances_that_were_changed_are_found() -> Tested {
    let money = "INSERT INTO balances (login, currency, amount, last_used) VALUES ('anna', 'EUR', 5, 0)";
    found(money, &[], &["the balance of customer \"anna\" is 5", "sum to 0"]).await?;
    let spent = "INSERT INTO balances (login, currency, amount, last_used) VALUES ('anna', 'EUR', -5, 0)";
    found(spent, &[], &["the balance of customer \"anna\" is -5"]).await
}

#[tokio::test]
async fn an_invoice_past_the_counter_is_found() -> Tested {
    let (insert, select) = (
        "INSERT INTO registrations SELECT 'forged', seller, series, period, 6, number || 'x', kind, issued_at, utc_offset, login, \
         currency, net, tax, gross, rounding, balance_used, due_on, body_hash, receipt_hash, 'forged'",
        "FROM registrations WHERE sequence = 5",
    );
    found(&format!("{insert} {select}"), &[], &["invoices from 1 to 6", "counter stands at 5"]).await?;
    found("UPDATE series SET last_sequence = 4", &[], &["counter", "4", "would be given again"]).await
}
