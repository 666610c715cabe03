//! The statements of the one batch.

use std::borrow::Cow;

use kontor_rules::{choice::UseBalance, invoice::object::TaxGroup, seal::Hash};
use kontor_sdk::sql::{Batch, Statement, Timestamp};

use super::{Registration, SELLER};
use crate::{archive::Archive, numbers::Numbers};

/// Thousand lines may have as many rates, and a batch has at most a hundred statements.
const TAXES_IN_A_STATEMENT: usize = 50;

impl Registration<'_> {
    /// Number, issue time and the balance used are computed in here: the function never guesses them, so nothing has to be
    /// tried again however many do the same. The issue time is never before the series' last one, whatever the clock does.
    pub(super) fn batch(&self) -> Batch {
        let mut batch = Batch::new().statement(self.raise_counter());
        if self.uses_balance() {
            batch = batch.statement(self.take_from_balance());
        }
        batch = batch.statement(self.insert());
        if self.only_tax().is_none() {
            for groups in self.invoice.taxes.chunks(TAXES_IN_A_STATEMENT) {
                batch = batch.statement(self.taxes(groups));
            }
        }
        let body = match self.archive {
            Archive(false) => "INSERT INTO pending (id, body) VALUES ($1, $2)",
            Archive(true) => "INSERT INTO outgoing (id, body) VALUES ($1, $2)",
        };
        batch.statement(self.history()).statement(Statement::new(body).bind(self.entry.id).bind(&self.body))
    }

    fn raise_counter(&self) -> Statement {
        Statement::new(
            "UPDATE series SET last_sequence = last_sequence + 1, \
             last_time = CASE WHEN last_time > $1 THEN last_time ELSE $1 END \
             WHERE seller = $2 AND series = $3 AND period = $4 AND last_time < $5",
        )
        .bind(Timestamp(self.now))
        .bind(SELLER)
        .bind(&self.numbers.series)
        .bind(&self.numbers.period)
        .bind(Timestamp(self.until))
        .expect_rows(1)
    }

    /// The guard keeps the balance from falling below zero, whatever runs at the same time.
    fn take_from_balance(&self) -> Statement {
        let (least, most) = match self.entry.use_balance {
            UseBalance::Amount(amount) => (amount, amount),
            UseBalance::All | UseBalance::None => (0, self.sums.total()),
        };
        Statement::new(
            "UPDATE balances SET last_used = CASE WHEN amount > $1 THEN $1 ELSE amount END, \
             amount = amount - CASE WHEN amount > $1 THEN $1 ELSE amount END \
             WHERE login = $2 AND currency = $3 AND amount >= $4",
        )
        .bind(most)
        .bind(&self.invoice.login)
        .bind(self.invoice.currency.code())
        .bind(least)
        .expect_rows(1)
    }

    /// The one tax group that most invoices have.
    fn only_tax(&self) -> Option<&TaxGroup> {
        match self.invoice.taxes.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    fn insert(&self) -> Statement {
        let text = match (self.elsewhere, self.uses_balance()) {
            (Some(_), _) => FROM_ELSEWHERE,
            (None, true) => WITH_BALANCE,
            (None, false) => WITHOUT_BALANCE,
        };
        let tax = self.only_tax();
        let statement = Statement::new(text)
            .bind(self.entry.id)
            .bind(self.invoice.kind.name())
            .bind(i64::from(self.utc_offset))
            .bind(&self.invoice.login)
            .bind(self.invoice.currency.code())
            .bind(self.invoice.net)
            .bind(self.invoice.tax)
            .bind(self.invoice.gross)
            .bind(self.invoice.rounding)
            .bind(tax.map(|group| group.category.code().to_owned()))
            .bind(tax.map(|group| group.rate.unwrap_or_default().hundredths()))
            .bind(self.due_on.clone())
            .bind(Hash::of(self.body.as_bytes()).0.to_vec())
            .bind(self.entry.receipt_hash)
            .bind(self.entry.source)
            .bind(SELLER)
            .bind(&self.numbers.series)
            .bind(&self.numbers.period);
        let Numbers { before, behind, filled_below, .. } = &self.numbers;
        let statement = match self.elsewhere {
            Some((number, issued_at)) => statement.bind(number).bind(Timestamp(issued_at)),
            None => statement.bind(before).bind(behind).bind(*filled_below),
        };
        statement.expect_rows(1)
    }

    fn taxes(&self, groups: &[TaxGroup]) -> Statement {
        const ONE: &str = "INSERT INTO taxes (id, category, rate, net, tax) VALUES ($1, $2, $3, $4, $5)";
        let row = |index: usize| {
            let place = |column: usize| index * 4 + column;
            format!(", ($1, ${}, ${}, ${}, ${})", place(2), place(3), place(4), place(5))
        };
        let more: String = (1..groups.len()).map(row).collect();
        let statement = Statement::new(if more.is_empty() { ONE.into() } else { Cow::Owned([ONE, &more].concat()) });
        groups.iter().fold(statement.bind(self.entry.id), |statement, group| {
            let rate = group.rate.unwrap_or_default().hundredths();
            statement.bind(group.category.code()).bind(rate).bind(group.net).bind(group.tax)
        })
    }

    /// The first row of the history; with the second one, if the money is there already. What was issued elsewhere got into
    /// these books now, and not when it was issued.
    fn history(&self) -> Statement {
        let [unpaid, partly] = self.states;
        let is_paid = self.entry.is_paid && self.sums.total() > 0;
        let statement = Statement::new(match (is_paid, self.elsewhere) {
            (false, None) => REGISTERED,
            (true, None) => REGISTERED_AND_PAID,
            (false, Some(_)) => IMPORTED,
            (true, Some(_)) => IMPORTED_AND_PAID,
        })
        .bind(self.entry.id)
        .bind(unpaid.name())
        .bind(self.sums.total())
        .bind(partly.name())
        .bind(self.entry.author.by)
        .bind(self.entry.author.why)
        .bind(-self.sums.net)
        .bind(-self.sums.tax)
        .bind(-self.sums.rounding);
        let statement = if self.elsewhere.is_some() { statement.bind(Timestamp(self.now)) } else { statement };
        statement.expect_rows(if is_paid { 2 } else { 1 })
    }
}

macro_rules! insert {
    ($number:literal, $issued_at:literal, $used:literal, $from:literal) => {
        concat!(
            "INSERT INTO registrations (id, seller, series, period, sequence, number, kind, issued_at, utc_offset, login, \
             currency, net, tax, gross, rounding, balance_used, tax_category, tax_rate, due_on, body_hash, receipt_hash, source) \
             SELECT $1, s.seller, s.series, s.period, s.last_sequence, ",
            $number,
            ", $2, ",
            $issued_at,
            ", $3, $4, $5, $6, $7, $8, $9, ",
            $used,
            ", $10, $11, $12, $13, $14, $15 FROM series s",
            $from,
            " WHERE s.seller = $16 AND s.series = $17 AND s.period = $18"
        )
    };
    ($used:literal, $from:literal) => {
        insert!(
            "$19 || CASE WHEN s.last_sequence < $21 THEN substr(CAST($21 + s.last_sequence AS char(20)), 2) \
             ELSE CAST(s.last_sequence AS char(20)) END || $20",
            "s.last_time",
            $used,
            $from
        )
    };
}

const WITHOUT_BALANCE: &str = insert!("0", "");
const WITH_BALANCE: &str = insert!("b.last_used", " JOIN balances b ON b.login = $4 AND b.currency = $5");
const FROM_ELSEWHERE: &str = insert!("$19", "$20", "0", "");

macro_rules! history {
    ($at:literal, $more:expr) => {
        concat!(
            "INSERT INTO history (invoice, version, at, operation, state, by_whom, why, document, \
             receivable, balance, revenue, vat, cash, rounding) SELECT id, 1, ",
            $at,
            ", 'registration', CASE WHEN balance_used = 0 THEN $2 WHEN balance_used = $3 THEN 'paid' ELSE $4 END, $5, $6, NULL, \
             $3 - balance_used, balance_used, $7, $8, 0, $9 FROM registrations WHERE id = $1",
            $more
        )
    };
}

macro_rules! paid {
    ($at:literal) => {
        concat!(
            " UNION ALL SELECT id, 2, ",
            $at,
            ", 'payment', 'paid', $5, $6, NULL, 0 - $3, 0, 0, 0, $3, 0 FROM registrations WHERE id = $1"
        )
    };
}

const REGISTERED: &str = history!("issued_at", "");
const REGISTERED_AND_PAID: &str = history!("issued_at", paid!("issued_at"));
const IMPORTED: &str = history!("$10", "");
const IMPORTED_AND_PAID: &str = history!("$10", paid!("$10"));
