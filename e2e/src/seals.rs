//! A shop whose invoices are under seals, and what somebody does to its store behind the program's back.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{client::Request, shop::Shop};

/// A seal follows a registration by a second; on a busy machine by more.
const SEALED_MAX: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl Shop {
    /// Makes the signing key if there is none, and gives its public half.
    ///
    /// # Errors
    /// If the program does not.
    pub async fn public_key(&self) -> Result<String> {
        Ok(self.run(&["seals", "key"]).await?.trim().to_owned())
    }

    /// Registers an invoice as a service; `token` has the scope `invoices:write`. Each has another gross amount.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn invoice(&self, token: &str, cents: u32) -> Result<Value> {
        let draft = json!({
            "buyer": {
                "login": "anna", "name": "Anna Änderung", "street": "Weg 1", "zip": "10115", "city": "Berlin",
                "country": "DE",
            },
            "currency": "EUR", "pricing": "gross", "delivery": {"date": "2026-11-21"},
            "lines": [{
                "name": "Lizenz", "quantity": 1, "unit_price": format!("{}.{:02}", cents / 100, cents % 100), "rate": "19",
            }],
        });
        let request = Request::post("/invoices", &draft).host(&self.host("invoices")).bearer(token);
        self.call(request.header("idempotency-key", format!("invoice-{cents}"))).await?.expect(201)
    }

    /// Waits for an invoice's proof.
    ///
    /// # Errors
    /// If there is none after a minute; the text has the log.
    pub async fn proof(&self, token: &str, id: &str) -> Result<Value> {
        let asked = async {
            loop {
                let request = Request::get(format!("/invoices/{id}/proof")).host(&self.host("invoices")).bearer(token);
                let answer = self.call(request).await?;
                if answer.status == 404 && answer.json()?["code"] == "not-sealed-yet" {
                    sleep(LOOK_AGAIN).await;
                    continue;
                }
                return answer.expect(200);
            }
        };
        let proof = timeout(SEALED_MAX, asked).await;
        proof.unwrap_or_else(|_| bail!("not sealed after {SEALED_MAX:?}; the log:\n{}", self.log()))
    }

    /// What `kontor verify` says of the store, with further flags: its line on standard output, and whether it is content.
    ///
    /// # Errors
    /// If it cannot be run.
    pub async fn verify(&self, flags: &[&str]) -> Result<(bool, String)> {
        let output = self.command(&[&["verify"], flags].concat()).await?;
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let said = if said.trim().is_empty() { errors } else { said };
        Ok((output.status.success(), said.trim().to_owned()))
    }
}

/// Does something to the invoices of a closed shop that no function and no verb could do. Whoever can do that can also put the
/// triggers back that were in the way, so they are.
///
/// # Errors
/// If the file has other tables.
pub fn tamper(data: &Path, sql: &str) -> Result<()> {
    let file = data.join("sql/invoices.sqlite");
    let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let triggers: Vec<(String, String)> = database
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, _) in &triggers {
        database.execute_batch(&format!("DROP TRIGGER \"{name}\""))?;
    }
    let before = database.total_changes();
    database.execute_batch(sql).with_context(|| sql.to_owned())?;
    anyhow::ensure!(database.total_changes() > before, "nothing was changed by {sql}");
    for (_, text) in &triggers {
        database.execute_batch(text)?;
    }
    Ok(())
}
