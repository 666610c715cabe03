//! What no seal covers yet, series by series; and whether counters and registrations end at the same number.

use kontor_data::{Value, ValueType};

use super::{Verification, VerifyError, invoices::ends, wrong};
use crate::{
    columns::Columns,
    store::{Run, SeriesKey, rows, statement},
};
use ValueType::{Integer, Text};

/// Series that are read together.
const SERIES_AT_ONCE: i64 = 1000;

impl Verification<'_> {
    pub(super) async fn tails(&mut self) -> Result<(), VerifyError> {
        let mut next = self.checkpoint.next();
        let mut after = SeriesKey { seller: String::new(), series: String::new(), period: String::new() };
        loop {
            let page = self.counters(&after).await?;
            let Some((last, _)) = page.last() else { break };
            after = last.clone();
            for (key, counter) in page {
                self.tail(&key, next.remove(&key).unwrap_or(1), counter).await?;
            }
        }
        if let Some((key, next)) = next.first_key_value() {
            return wrong(format!("the counter of {key} is gone, though {} of its invoices are sealed", next - 1));
        }
        self.uncounted().await
    }

    async fn tail(&mut self, key: &SeriesKey, first: i64, counter: i64) -> Result<(), VerifyError> {
        if counter < first - 1 {
            return wrong(format!(
                "the counter of {key} stands at {counter}, and invoices up to {} are sealed: its numbers would be given again",
                first - 1
            ));
        }
        let before = self.summary.invoices;
        self.each(&Run { key: key.clone(), first, last: counter }, |_| Ok(())).await?;
        self.summary.unsealed += self.summary.invoices - before;
        self.tell("invoices without a seal", self.summary.invoices, self.all);
        match ends(self.store, key).await? {
            Some((largest, smallest, counter)) if largest == counter && smallest == 1 => Ok(()),
            Some((largest, smallest, counter)) => wrong(format!(
                "{key} has invoices from {smallest} to {largest}, and its counter stands at {counter}: invoices were added or \
                 deleted past it"
            )),
            None => wrong(format!("the counter of {key} is gone")),
        }
    }

    async fn counters(&self, after: &SeriesKey) -> Result<Vec<(SeriesKey, i64)>, VerifyError> {
        let text = "SELECT seller, series, period, last_sequence FROM series \
                    WHERE (seller, series, period) > ($1, $2, $3) \
                    ORDER BY seller, series, period LIMIT $4";
        let mut parameters = after.values().to_vec();
        parameters.push(Value::Integer(SERIES_AT_ONCE));
        let asked = statement(text, parameters, &[Text, Text, Text, Integer]);
        let read = |columns: &mut Columns| Ok((SeriesKey::read(columns)?, columns.integer()?));
        Ok(rows(self.store, asked, read).await?)
    }

    /// Registrations of series that have no counter; one step for each series.
    async fn uncounted(&self) -> Result<(), VerifyError> {
        let text = "SELECT r.seller, r.series, r.period, (SELECT count(*) FROM series s WHERE s.seller = r.seller \
                    AND s.series = r.series AND s.period = r.period) FROM registrations r \
                    WHERE (r.seller, r.series, r.period) > ($1, $2, $3) ORDER BY r.seller, r.series, r.period LIMIT 1";
        let mut after = SeriesKey { seller: String::new(), series: String::new(), period: String::new() };
        loop {
            let asked = statement(text, after.values().to_vec(), &[Text, Text, Text, Integer]);
            let read = |columns: &mut Columns| Ok((SeriesKey::read(columns)?, columns.integer()?));
            let Some((key, counters)) = rows(self.store, asked, read).await?.pop() else { return Ok(()) };
            if counters == 0 {
                return wrong(format!("{key} has invoices and no counter: they were put there past Kontor"));
            }
            after = key;
        }
    }
}
