//! An invoice as clients see it: what its registration found, and the frozen body.

use kontor_rules::{Date, Document, Invoice, invoice::Numbering, ledger::State};
use kontor_sdk::{
    Problem, log, row,
    sql::{Statement, Timestamp},
    time,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive;

/// The columns of a [`Row`], for every query that reads some; `WHERE` and the like follow.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.series, r.period, r.sequence, r.number, r.issued_at, r.utc_offset, r.balance_used, \
             r.receipt_hash, r.source, (SELECT h.state FROM history h WHERE h.invoice = r.id ORDER BY h.version DESC LIMIT 1), \
             coalesce(p.body, o.body) FROM registrations r LEFT JOIN pending p ON p.id = r.id LEFT JOIN outgoing o ON o.id = r.id ",
            $rest
        )
    };
}
pub(crate) use select;

/// The columns of a [`Found`]; `WHERE` and the like follow.
macro_rules! select_found {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.series, r.period, r.sequence, r.number, r.issued_at, r.utc_offset, r.balance_used, r.source, \
             (SELECT h.state FROM history h WHERE h.invoice = r.id ORDER BY h.version DESC LIMIT 1) FROM registrations r ",
            $rest
        )
    };
}
pub(crate) use select_found;

row! {
    /// What a registration found: as much as its answer needs besides the invoice. A repeat is answered from it, so it is
    /// stored with the key; the body, which is most of an invoice, is in the store already.
    #[derive(Clone)]
    pub struct Found {
        id: String,
        series: String,
        period: String,
        sequence: i64,
        number: String,
        issued_at: Timestamp,
        utc_offset: i64,
        balance_used: i64,
        source: String,
        state: String,
    }
}

impl Found {
    /// The registered invoice, in the state of its registration.
    ///
    /// # Errors
    /// 500 if it cannot be read, which only a broken store can bring about.
    pub fn with(self, invoice: Invoice) -> Result<RegisteredInvoice, Problem> {
        let state = self.state.parse().map_err(|error| broken(&self.id, &format!("{error}")))?;
        let offset = i32::try_from(self.utc_offset).unwrap_or_default();
        let issued_on = Date::of_moment(self.issued_at.0, offset);
        let issued_on = issued_on.ok_or_else(|| broken(&self.id, "its time is no date"))?;
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
        Ok(RegisteredInvoice::new(Document::join(numbering, invoice), self.source, state))
    }

    /// As [`Self::with`], with the invoice as it is stored.
    ///
    /// # Errors
    /// As [`Self::with`], and those of the database.
    pub fn with_stored(self) -> Result<RegisteredInvoice, Problem> {
        let row = Statement::new(select!("WHERE r.id = $1")).bind(&self.id).first::<Row>()?;
        let row = row.ok_or_else(|| broken(&self.id, "it is not there"))?;
        self.with(row.into_document()?.invoice)
    }
}

fn broken(id: &str, what: &str) -> Problem {
    log::error(&format!("the invoice {id} cannot be read: {what}"));
    Problem::new(500, "function-failed", "The function failed")
}

impl RegisteredInvoice {
    fn new(document: Document, source: String, state: State) -> Self {
        let issued_at = time::rfc3339(document.numbering.issued_at_us);
        Self { issued_at, source, state, keep_until: document.keep_until(), document }
    }
}

row! {
    /// A registration with its newest state and its body; none if the archive has it.
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
        body: Option<String>,
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
    /// Until when it has to be kept: eight years from the end of its year (§ 14b (1) UStG, § 147 (3) AO). Nothing deletes it
    /// before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<Date>,
}

impl Row {
    /// The invoice's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Joins registration and body.
    ///
    /// # Errors
    /// 500 if they cannot be read, which only a broken store can bring about.
    pub fn into_document(self) -> Result<Document, Problem> {
        let broken = |what: &str| broken(&self.id, what);
        let invoice: Invoice = match &self.body {
            Some(body) => serde_json::from_str(body).map_err(|error| broken(&error.to_string()))?,
            None => archive::invoice(&self.id)?,
        };
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
        Ok(RegisteredInvoice::new(document, source, if is_overdue { State::Overdue } else { state }))
    }
}
