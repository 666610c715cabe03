//! Balances: none below zero, each what its entries sum to.

use kontor_data::{SqlError, Value, ValueType};

use super::{Verification, VerifyError, texts, wrong};
use crate::{
    columns::Columns,
    store::{rows, statement},
};
use ValueType::{Integer, Text};

const BALANCES_AT_ONCE: i64 = 200;
const ENTRIES_AT_ONCE: i64 = 4000;

impl Verification<'_> {
    /// Amount and entries are read in one statement, so they are of one moment whatever is booked meanwhile.
    pub(super) async fn balances(&mut self) -> Result<(), VerifyError> {
        let text = "SELECT b.login, b.currency, b.amount, CAST(\
                    0 - (SELECT coalesce(sum(h.balance), 0) FROM registrations r JOIN history h ON h.invoice = r.id \
                    WHERE r.login = b.login AND r.currency = b.currency) \
                    - (SELECT coalesce(sum(e.balance), 0) FROM balance_entries e WHERE e.login = b.login \
                    AND e.currency = b.currency) AS bigint) FROM balances b \
                    WHERE (b.login, b.currency) > ($1, $2) ORDER BY b.login, b.currency LIMIT $3";
        let (mut after, mut size) = ((String::new(), String::new()), BALANCES_AT_ONCE);
        loop {
            let mut parameters = texts(&[&after.0, &after.1]);
            parameters.push(Value::Integer(size));
            let asked = statement(text, parameters, &[Text, Text, Integer, Integer]);
            let read = |row: &mut Columns| Ok((row.text()?, row.text()?, row.integer()?, row.integer()?));
            let page = match rows(self.store, asked, read).await {
                // Customers with very many invoices take longer than a statement may.
                Err(SqlError::Busy(_)) if size > 1 => {
                    size = (size / 4).max(1);
                    continue;
                }
                page => page?,
            };
            let Some((login, currency, ..)) = page.last() else { return Ok(()) };
            after = (login.clone(), currency.clone());
            for (login, currency, amount, entries) in page {
                if amount < 0 || amount != entries {
                    return wrong(format!(
                        "the balance of customer {login:?} is {amount} (minor units of {currency}), and its entries sum to \
                         {entries}: the balance or an entry was changed"
                    ));
                }
            }
        }
    }

    /// Entries of balances that are of no invoice.
    pub(super) async fn entries(&mut self) -> Result<(), VerifyError> {
        let text = "SELECT e.login, e.currency, e.id, e.balance, e.cash, (SELECT count(*) FROM balances b \
                    WHERE b.login = e.login AND b.currency = e.currency) FROM balance_entries e \
                    WHERE (e.login, e.currency, e.id) > ($1, $2, $3) ORDER BY e.login, e.currency, e.id LIMIT $4";
        let mut after = [String::new(), String::new(), String::new()];
        loop {
            let [login, currency, id] = &after;
            let mut parameters = texts(&[login, currency, id]);
            parameters.push(Value::Integer(ENTRIES_AT_ONCE));
            let asked = statement(text, parameters, &[Text, Text, Text, Integer, Integer, Integer]);
            let read = |row: &mut Columns| {
                Ok(([row.text()?, row.text()?, row.text()?], [row.integer()?, row.integer()?], row.integer()?))
            };
            let page = rows(self.store, asked, read).await?;
            let Some((last, ..)) = page.last() else { return Ok(()) };
            after.clone_from(last);
            for ([login, _, id], [balance, cash], balances) in page {
                if balance.checked_add(cash) != Some(0) || balances == 0 {
                    return wrong(format!(
                        "the entry {id} of the balance of customer {login:?} does not sum to zero, or its balance is gone"
                    ));
                }
                self.summary.postings += 1;
            }
        }
    }
}
