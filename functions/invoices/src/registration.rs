//! An invoice as clients see it: what its registration found, and the frozen body.

use kontor_rules::{Date, Document, Invoice, invoice::Numbering, ledger::State};
use kontor_sdk::{Problem, log, row, sql::Timestamp, time};
use serde::Serialize;
use utoipa::ToSchema;

/// The columns of a [`Row`], for every query that reads some; `WHERE` and the like follow.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.series, r.period, r.sequence, r.number, r.issued_at, r.utc_offset, r.balance_used, \
             r.receipt_hash, r.source, (SELECT h.state FROM history h WHERE h.invoice = r.id ORDER BY h.version DESC LIMIT 1), \
             p.body FROM registrations r JOIN pending p ON p.id = r.id ",
            $rest
        )
    };
}
pub(crate) use select;

row! {
    /// A registration with its newest state and its body.
    #[derive(Clone)]
    pub struct Row {
        id: String,
        series: String,
        period: String,
        sequence: i64,
        number: String,
        issued_at: Timestamp,
        utc_offset: i64,
        balance_used: i64,
        receipt_hash: String,
        source: String,
        state: String,
        body: String,
    }
}

/// A registered invoice, whole. Amounts are in minor units.
#[derive(Serialize, ToSchema)]
pub struct RegisteredInvoice {
    /// What never changes.
    #[serde(flatten)]
    pub document: Document,
    /// When it was issued: RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub issued_at: String,
    /// What made the invoice.
    pub source: String,
    /// What has become of it by now.
    pub state: State,
    /// Until when it has to be kept (§ 14b UStG).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<Date>,
}

impl Row {
    /// Joins registration and body.
    ///
    /// # Errors
    /// 500 if they cannot be read, which only a broken store can bring about.
    pub fn into_document(self) -> Result<Document, Problem> {
        let broken = |what: &str| {
            log::error(&format!("the invoice {} cannot be read: {what}", self.id));
            Problem::new(500, "function-failed", "The function failed")
        };
        let invoice: Invoice = serde_json::from_str(&self.body).map_err(|error| broken(&error.to_string()))?;
        let offset = i32::try_from(self.utc_offset).unwrap_or_default();
        let issued_on = Date::of_moment(self.issued_at.0, offset).ok_or_else(|| broken("its time is no date"))?;
        let numbering = Numbering {
            id: self.id,
            series: self.series,
            period: self.period,
            sequence: self.sequence,
            number: self.number,
            issued_at_us: self.issued_at.0,
            issued_on,
            balance_used: self.balance_used,
        };
        Ok(Document::join(numbering, invoice))
    }

    /// Everything that clients see, with the state of a day where the seller is.
    ///
    /// # Errors
    /// As [`Self::into_document`].
    pub fn into_invoice(mut self) -> Result<RegisteredInvoice, Problem> {
        let (source, state) = (std::mem::take(&mut self.source), std::mem::take(&mut self.state));
        let offset = i32::try_from(self.utc_offset).unwrap_or_default();
        let document = self.into_document()?;
        let state: State = state.parse().map_err(|error| {
            log::error(&format!("the invoice {} has a state that is none: {error}", document.numbering.id));
            Problem::new(500, "function-failed", "The function failed")
        })?;
        let today = Date::of_moment(time::now_us(), offset);
        let is_overdue = matches!(state, State::Registered | State::PartlyPaid)
            && document.due_on.zip(today).is_some_and(|(due_on, today)| today > due_on);
        Ok(RegisteredInvoice {
            issued_at: time::rfc3339(document.numbering.issued_at_us),
            source,
            state: if is_overdue { State::Overdue } else { state },
            keep_until: document.keep_until(),
            document,
        })
    }
}
