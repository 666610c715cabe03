//! The ledger: every row sums to zero, an invoice's rows follow each other from its registration on, and that one posts
//! what the invoice says.

use kontor_data::{SqlError, Value, ValueType};

use super::{Verification, VerifyError, wrong};
use crate::{
    columns::Columns,
    store::{rows, statement},
};
use ValueType::{Integer, Text};

const ROWS_AT_ONCE: usize = 4000;

/// A row with the invoice that it is of.
struct Posting {
    invoice: String,
    version: i64,
    operation: String,
    /// Receivable, balance, revenue, VAT, cash, rounding.
    amounts: [i64; 6],
    /// Number, kind, net, tax, rounding and balance used of the registration.
    number: Option<String>,
    kind: Option<String>,
    sums: [i64; 4],
    /// Whether the customer has a balance.
    balances: i64,
}

impl Posting {
    fn read(columns: &mut Columns) -> Result<Self, SqlError> {
        let six = |columns: &mut Columns| -> Result<[i64; 6], SqlError> {
            let mut amounts = [0; 6];
            for amount in &mut amounts {
                *amount = columns.integer()?;
            }
            Ok(amounts)
        };
        Ok(Self {
            invoice: columns.text()?,
            version: columns.integer()?,
            operation: columns.text()?,
            amounts: six(columns)?,
            number: columns.optional_text()?,
            kind: columns.optional_text()?,
            sums: [columns.integer()?, columns.integer()?, columns.integer()?, columns.integer()?],
            balances: columns.integer()?,
        })
    }

    fn name(&self) -> String {
        let number = self.number.as_deref().unwrap_or("?");
        format!("posting {} of invoice {number} (id {})", self.version, self.invoice)
    }

    fn check(&self, wanted: i64) -> Result<(), VerifyError> {
        let name = self.name();
        if self.number.is_none() {
            return wrong(format!("{name} is of no invoice there is"));
        }
        if self.version != wanted {
            return wrong(format!("{name} stands where posting {wanted} belongs: one was deleted or added"));
        }
        let sum: i128 = self.amounts.iter().map(|amount| i128::from(*amount)).sum();
        if sum != 0 {
            return wrong(format!("{name} sums to {sum} and not to zero"));
        }
        if self.amounts.get(1).is_some_and(|balance| *balance != 0) && self.balances == 0 {
            return wrong(format!("{name} is about a balance that is not there"));
        }
        if wanted == 1 && !self.is_registration() {
            return wrong(format!("{name} does not post what the invoice says"));
        }
        Ok(())
    }

    /// What a cancellation or a credit takes back is posted on its original.
    fn is_registration(&self) -> bool {
        let [net, tax, rounding, used] = self.sums;
        let is_credit = !matches!(self.kind.as_deref(), Some("invoice" | "corrected"));
        let (net, tax, rounding) = if is_credit { (0, 0, 0) } else { (net, tax, rounding) };
        let total = net.saturating_add(tax).saturating_add(rounding).max(0);
        let posted = [total.saturating_sub(used), used, -net, -tax, 0, -rounding];
        self.operation == "registration" && self.amounts == posted
    }
}

impl Verification<'_> {
    pub(super) async fn ledger(&mut self) -> Result<(), VerifyError> {
        loop {
            let page = self.postings().await?;
            let is_last = page.len() < ROWS_AT_ONCE;
            for row in page {
                let wanted = match &self.checkpoint.ledger {
                    Some((invoice, version)) if *invoice == row.invoice => version + 1,
                    _ => 1,
                };
                row.check(wanted)?;
                self.checkpoint.ledger = Some((row.invoice, row.version));
                self.summary.postings += 1;
            }
            // Each invoice has two rows or more; how many there are only counting them would say.
            self.tell("postings", self.summary.postings, 2 * self.all);
            if is_last {
                return Ok(());
            }
        }
    }

    async fn postings(&self) -> Result<Vec<Posting>, VerifyError> {
        let text = "SELECT h.invoice, h.version, h.operation, h.receivable, h.balance, h.revenue, h.vat, h.cash, h.rounding, \
                    r.number, r.kind, coalesce(r.net, 0), coalesce(r.tax, 0), coalesce(r.rounding, 0), \
                    coalesce(r.balance_used, 0), (SELECT count(*) FROM balances b WHERE b.login = r.login \
                    AND b.currency = r.currency) FROM history h LEFT JOIN registrations r ON r.id = h.invoice \
                    WHERE (h.invoice, h.version) > ($1, $2) ORDER BY h.invoice, h.version LIMIT $3";
        let (invoice, version) = self.checkpoint.ledger.clone().unwrap_or_default();
        let most = i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX);
        let parameters = vec![Value::Text(invoice), Value::Integer(version), Value::Integer(most)];
        let mut kinds = vec![Text, Integer, Text];
        kinds.extend([Integer; 6]);
        kinds.extend([Text, Text]);
        kinds.extend([Integer; 5]);
        Ok(rows(self.store, statement(text, parameters, &kinds), Posting::read).await?)
    }
}
