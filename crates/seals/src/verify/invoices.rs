//! Single invoices: the registration against its leaf, and against its body.

use std::collections::BTreeMap;

use kontor_data::{SqlError, Statement, Value, ValueType};
use kontor_rules::{Date, Invoice, seal::Hash};

use super::{Verification, VerifyError, chain::Covered, named, wrong};
use crate::{
    columns::Columns,
    store::{Registered, Run, SeriesKey, Store, rows, statement},
};
use ValueType::{Bytes, Integer, Text, Timestamp};

/// Invoices that are read together.
const INVOICES_AT_ONCE: i64 = 500;

/// A registration with everything that it has to agree with.
pub(super) struct Row {
    registered: Registered,
    kind: String,
    utc_offset: i64,
    login: String,
    currency: String,
    sums: [i64; 4],
    due_on: Option<String>,
    body: Option<String>,
    /// Rows of the ledger; tax groups, their net and their tax.
    postings: i64,
    taxes: [i64; 3],
}

const COLUMNS: [ValueType; 20] = [
    Text, Integer, Text, Timestamp, Integer, Bytes, Text, Integer, Text, Text, Integer, Integer, Integer, Integer,
    Text, Text, Integer, Integer, Integer, Integer,
];

impl Row {
    fn read(columns: &mut Columns) -> Result<Self, SqlError> {
        Ok(Self {
            registered: Registered::read(columns)?,
            kind: columns.text()?,
            utc_offset: columns.integer()?,
            login: columns.text()?,
            currency: columns.text()?,
            sums: [columns.integer()?, columns.integer()?, columns.integer()?, columns.integer()?],
            due_on: columns.optional_text()?,
            body: columns.optional_text()?,
            postings: columns.integer()?,
            taxes: [columns.integer()?, columns.integer()?, columns.integer()?],
        })
    }

    fn name(&self) -> String {
        named(&self.registered.number, &self.registered.id)
    }
}

fn asked(run: &Run) -> Statement {
    let text = "SELECT r.id, r.sequence, r.number, r.issued_at, r.balance_used, r.body_hash, r.kind, r.utc_offset, r.login, \
                r.currency, r.net, r.tax, r.gross, r.rounding, r.due_on, \
                (SELECT p.body FROM pending p WHERE p.id = r.id), \
                (SELECT count(*) FROM history h WHERE h.invoice = r.id), \
                (SELECT count(*) FROM taxes t WHERE t.id = r.id), \
                (SELECT CAST(coalesce(sum(t.net), 0) AS bigint) FROM taxes t WHERE t.id = r.id), \
                (SELECT CAST(coalesce(sum(t.tax), 0) AS bigint) FROM taxes t WHERE t.id = r.id) \
                FROM registrations r WHERE r.seller = $1 AND r.series = $2 AND r.period = $3 \
                AND r.sequence >= $4 AND r.sequence <= $5 ORDER BY r.seller, r.series, r.period, r.sequence";
    let mut parameters = run.key.values().to_vec();
    parameters.extend([Value::Integer(run.first), Value::Integer(run.last)]);
    statement(text, parameters, &COLUMNS)
}

impl Verification<'_> {
    /// Looks at what seals cover. Runs of one series that follow each other are read together: in a quiet shop each seal has
    /// one invoice.
    pub(super) async fn covered_invoices(&mut self, covered: &[Covered]) -> Result<(), VerifyError> {
        let mut by_series: BTreeMap<&SeriesKey, Vec<&Covered>> = BTreeMap::new();
        for one in covered {
            by_series.entry(&one.run.key).or_default().push(one);
        }
        for (key, runs) in by_series {
            let (Some(first), Some(last)) = (runs.first(), runs.last()) else { continue };
            let whole = Run { key: key.clone(), first: first.run.first, last: last.run.last };
            let mut leaves = runs.iter().flat_map(|one| one.leaves.iter().map(|leaf| (one.seal, *leaf)));
            self.each(&whole, |row| {
                let Some((seal, leaf)) = leaves.next() else { return wrong(format!("{} has no leaf", row.name())) };
                if row.registered.leaf(key).hash()? == leaf {
                    return Ok(());
                }
                wrong(format!(
                    "{} is not what seal {seal} covers: its number, its time, the balance used or the hash of its body was changed",
                    row.name()
                ))
            })
            .await?;
        }
        Ok(())
    }

    /// Looks at the invoices of a run, each of which has to be there.
    pub(super) async fn each(
        &mut self,
        run: &Run,
        mut more: impl FnMut(&Row) -> Result<(), VerifyError>,
    ) -> Result<(), VerifyError> {
        let (mut first, mut size) = (run.first, INVOICES_AT_ONCE);
        while first <= run.last {
            let part = Run { first, last: run.last.min(first + size - 1), key: run.key.clone() };
            let found = match rows(self.store, asked(&part), Row::read).await {
                // Invoices of a thousand lines.
                Err(SqlError::TooLarge(_)) if size > 1 => {
                    size = (size / 4).max(1);
                    continue;
                }
                found => found?,
            };
            let bodies = self.archived(&found).await?;
            let mut found = found.into_iter();
            for sequence in part.first..=part.last {
                let Some(row) = found.next().filter(|row| row.registered.sequence == sequence) else {
                    return wrong(format!("{} has no invoice {sequence}: its registration was deleted", run.key));
                };
                more(&row)?;
                check(&row, bodies.get(&row.registered.id))?;
                self.summary.invoices += 1;
            }
            first = part.last + 1;
        }
        Ok(())
    }

    /// Bodies that are not pending any more. A body may leave `pending` between the two questions, and is in the archive
    /// before it does.
    async fn archived(&mut self, found: &[Row]) -> Result<BTreeMap<String, String>, VerifyError> {
        let Some(archive) = &self.archive else { return Ok(BTreeMap::new()) };
        let pending = found.iter().filter(|row| row.body.is_some()).count();
        let behind = self.summary.archive_behind.get_or_insert_default();
        *behind += i64::try_from(pending).unwrap_or(i64::MAX);
        let gone = found.iter().filter(|row| row.body.is_none()).map(|row| row.registered.id.clone()).collect();
        Ok(archive.bodies(gone).await?)
    }
}

/// A registration against its body.
fn check(row: &Row, archived: Option<&String>) -> Result<(), VerifyError> {
    let name = row.name();
    let Some(body) = row.body.as_ref().or(archived) else {
        return wrong(format!("{name} has no body: it is neither pending nor in the archive"));
    };
    if Hash::of(body.as_bytes()) != row.registered.body {
        return wrong(format!("{name} has another body than was registered: its hash differs"));
    }
    let Ok(invoice) = serde_json::from_str::<Invoice>(body) else {
        return wrong(format!("{name} has a body that is no invoice"));
    };
    let day = i32::try_from(row.utc_offset).ok().and_then(|ahead| Date::of_moment(row.registered.issued_at_us, ahead));
    let Some(day) = day else { return wrong(format!("{name} was issued at no time there is")) };
    let in_days = invoice.payment.due_in_days.and_then(|days| day.plus_days(days));
    let due_on = invoice.payment.due_on.or(in_days).filter(|_| !invoice.kind.is_credit()).map(|day| day.to_string());
    let groups = i64::try_from(invoice.taxes.len()).unwrap_or(i64::MAX);
    let (net, tax) = invoice.taxes.iter().fold((0, 0), |(net, tax), group| (net + group.net, tax + group.tax));
    for (is_right, what) in [
        (row.kind == invoice.kind.name(), "kind"),
        (row.login == invoice.login, "customer"),
        (row.currency == invoice.currency.code(), "currency"),
        (row.sums == [invoice.net, invoice.tax, invoice.gross, invoice.rounding], "sums"),
        (row.due_on == due_on, "due date"),
        (row.taxes == [groups, net, tax], "tax groups"),
    ] {
        if !is_right {
            return wrong(format!("{name}: its {what} in the index differs from its body"));
        }
    }
    if row.postings < 1 {
        return wrong(format!("{name} has no history: its postings were deleted"));
    }
    Ok(())
}

/// The largest sequence of a series' registrations, its smallest, and the counter, of one moment.
pub(super) async fn ends(store: &dyn Store, key: &SeriesKey) -> Result<Option<(i64, i64, i64)>, VerifyError> {
    let text = "SELECT coalesce((SELECT max(r.sequence) FROM registrations r WHERE r.seller = s.seller AND r.series = s.series \
                AND r.period = s.period), 0), coalesce((SELECT min(r.sequence) FROM registrations r WHERE r.seller = s.seller \
                AND r.series = s.series AND r.period = s.period), 1), s.last_sequence FROM series s \
                WHERE s.seller = $1 AND s.series = $2 AND s.period = $3";
    let asked = statement(text, key.values().to_vec(), &[Integer, Integer, Integer]);
    let found = rows(store, asked, |row| Ok((row.integer()?, row.integer()?, row.integer()?))).await?;
    Ok(found.into_iter().next())
}
