//! One batch inside the group's transaction.

use kontor_data::{Batch, Executed, Outcome, SqlError};
use rusqlite::{Connection, Statement};

use super::Writer;
use crate::failure::Failure;

/// The host's own statements, prepared once.
pub(crate) struct HostStatements<'c> {
    pub(crate) begin: Statement<'c>,
    pub(crate) commit: Statement<'c>,
    pub(crate) rollback: Statement<'c>,
    pub(crate) savepoint: Statement<'c>,
    pub(crate) release: Statement<'c>,
    pub(crate) rollback_to: Statement<'c>,
    pub(crate) add_event: Statement<'c>,
    pub(crate) remove_event: Statement<'c>,
    pub(crate) remove_failed: Statement<'c>,
    pub(crate) outbox_state: Statement<'c>,
    pub(crate) find_key: Statement<'c>,
    pub(crate) add_key: Statement<'c>,
}

impl<'c> HostStatements<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        let prepare = |text| connection.prepare(text);
        Ok(Self {
            begin: prepare("BEGIN IMMEDIATE")?,
            commit: prepare("COMMIT")?,
            rollback: prepare("ROLLBACK")?,
            savepoint: prepare("SAVEPOINT kontor_batch")?,
            release: prepare("RELEASE kontor_batch")?,
            rollback_to: prepare("ROLLBACK TO kontor_batch")?,
            add_event: prepare(
                "INSERT INTO kontor_outbox (id, name, key, payload, time_us, trace_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            remove_event: prepare("DELETE FROM kontor_outbox WHERE id = ?1")?,
            remove_failed: prepare("DELETE FROM kontor_outbox_failed WHERE id = ?1")?,
            outbox_state: prepare("UPDATE kontor_outbox_state SET reserved = ?1, rows = ?2, bytes = ?3 WHERE id = 1")?,
            find_key: prepare(
                "SELECT operation, caller, key, fingerprint, outcome, made_us FROM kontor_idempotency WHERE hash = ?1",
            )?,
            add_key: prepare(
                "INSERT INTO kontor_idempotency (hash, made_us, operation, caller, key, fingerprint, outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?,
        })
    }
}

impl Writer<'_> {
    /// Runs a batch: its statements, its events, and the record of its outcome.
    pub(super) fn run(&mut self, batch: &Batch) -> Result<Executed, Failure> {
        if let Some(idempotency) = &batch.idempotency
            && let Some(outcomes) = self.recorded(idempotency)?
        {
            return Ok(Executed { outcomes, replayed: true, ..Executed::default() });
        }
        self.events.have_room(batch, &self.shared)?;
        let outcomes = self.run_statements(batch)?;
        self.add_events(batch)?;
        if let Some(idempotency) = &batch.idempotency {
            self.record(idempotency, &outcomes)?;
        }
        Ok(Executed { outcomes, ..Executed::default() })
    }

    fn run_statements(&mut self, batch: &Batch) -> Result<Vec<Outcome>, Failure> {
        self.guard.function();
        let places = self.places(batch);
        self.guard.host();
        let places = places.map_err(Failure::Clean)?;
        let mut outcomes = Vec::with_capacity(places.len());
        for (index, (asked, place)) in batch.statements.iter().zip(places).enumerate() {
            let Some(prepared) = self.statements.at(place) else { continue };
            let (touched, rows) = prepared.run(asked, index, &self.shared.limits, &self.guard, &self.catalogue)?;
            if let Some(expected) = asked.expect_rows
                && expected != touched
            {
                let statement = u32::try_from(index).unwrap_or(u32::MAX);
                return Err(Failure::Batch(SqlError::Guard { statement, expected, found: touched }));
            }
            outcomes.push(Outcome { rows_affected: touched, rows });
        }
        Ok(outcomes)
    }

    /// Prepares every statement before the first one runs: what is not allowed then costs the others nothing.
    fn places(&mut self, batch: &Batch) -> Result<Vec<usize>, SqlError> {
        let mut places = Vec::with_capacity(batch.statements.len());
        for (index, asked) in batch.statements.iter().enumerate() {
            let place = self.statements.place(&asked.text).map_err(|error| name_statement(error, index))?;
            if let Some(prepared) = self.statements.at(place) {
                prepared.fits(asked, index)?;
            }
            places.push(place);
        }
        Ok(places)
    }
}

fn name_statement(error: SqlError, index: usize) -> SqlError {
    match error {
        SqlError::Invalid(text) => SqlError::Invalid(format!("statement {index}: {text}")),
        SqlError::TooLarge(text) => SqlError::TooLarge(format!("statement {index}: {text}")),
        other => other,
    }
}
