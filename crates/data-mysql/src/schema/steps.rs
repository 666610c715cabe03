//! The steps of a migration that is under way, as they are noted.

use kontor_contract::schema::{Migration, Step};
use mysql_async::{Conn, prelude::Queryable as _};

use super::{
    migrate::Stopped,
    render::{is_there, render, undo},
};
use crate::names::Names;

/// What is noted.
pub(super) struct Steps<'a> {
    names: &'a Names,
    noted: Vec<Noted>,
}

struct Noted {
    number: u32,
    step: Step,
    done: bool,
}

impl<'a> Steps<'a> {
    /// Reads what is noted.
    pub(super) async fn noted(conn: &mut Conn, names: &'a Names) -> Result<Self, Stopped> {
        let asked = "SELECT number, body, done FROM kontor_migration_steps ORDER BY place";
        let rows: Vec<(u32, String, bool)> = conn.query(asked).await?;
        let read = |(number, body, done): (u32, String, bool)| {
            let step = serde_json::from_str(&body)
                .map_err(|error| Stopped::Refused(format!("a step that is under way cannot be read: {error}")))?;
            Ok(Noted { number, step, done })
        };
        Ok(Self { names, noted: rows.into_iter().map(read).collect::<Result<_, Stopped>>()? })
    }

    /// How many are done, from the first on.
    pub(super) fn count(&self) -> usize {
        self.noted.len()
    }

    /// Takes back what is not of this migration, and a step of which is not known whether it was done.
    pub(super) async fn keep_what_fits(&mut self, conn: &mut Conn, next: &Migration) -> Result<(), Stopped> {
        let fits = |(noted, step): &(&Noted, &Step)| noted.done && noted.number == next.number && noted.step == **step;
        let kept = self.noted.iter().zip(&next.steps).take_while(fits).count();
        while self.noted.len() > kept {
            self.undo_last(conn).await?;
        }
        Ok(())
    }

    /// Does the next step.
    pub(super) async fn take(&mut self, conn: &mut Conn, number: u32, step: &Step) -> Result<(), Stopped> {
        let place = self.noted.len();
        let body = serde_json::to_string(step).map_err(|error| Stopped::Refused(error.to_string()))?;
        let note = "INSERT INTO kontor_migration_steps (place, number, body, done) VALUES (?, ?, ?, ?)";
        let noted = |done| Noted { number, step: step.clone(), done };
        let Some(look) = is_there(step, self.names) else {
            // A row and its note are one transaction.
            conn.query_drop("START TRANSACTION").await?;
            for text in render(step, self.names) {
                if let Err(error) = conn.query_drop(text).await {
                    conn.query_drop("ROLLBACK").await?;
                    return Err(error.into());
                }
            }
            conn.exec_drop(note, (place, number, body, true)).await?;
            conn.query_drop("COMMIT").await?;
            self.noted.push(noted(true));
            return Ok(());
        };
        // What was there before must never be taken back.
        if conn.query_first::<i64, _>(&look).await?.unwrap_or(0) > 0 {
            return Err(Stopped::Refused("it does not run: what it makes is there already".to_owned()));
        }
        conn.exec_drop(note, (place, number, body, false)).await?;
        self.noted.push(noted(false));
        for text in render(step, self.names) {
            if let Err(error) = conn.query_drop(text).await {
                if !error.is_fatal() {
                    self.undo_last(conn).await?;
                }
                return Err(error.into());
            }
        }
        conn.exec_drop("UPDATE kontor_migration_steps SET done = TRUE WHERE place = ?", (place,)).await?;
        if let Some(last) = self.noted.last_mut() {
            last.done = true;
        }
        Ok(())
    }

    /// Takes everything back, the last one first.
    pub(super) async fn undo_all(&mut self, conn: &mut Conn) -> Result<(), Stopped> {
        while !self.noted.is_empty() {
            self.undo_last(conn).await?;
        }
        Ok(())
    }

    async fn undo_last(&mut self, conn: &mut Conn) -> Result<(), Stopped> {
        let Some(last) = self.noted.last() else { return Ok(()) };
        let was_done = match is_there(&last.step, self.names) {
            Some(look) => conn.query_first::<i64, _>(look).await?.unwrap_or(0) > 0,
            None => true,
        };
        conn.query_drop("START TRANSACTION").await?;
        if was_done {
            conn.query_drop(undo(&last.step, self.names)).await?;
        }
        let forget = "DELETE FROM kontor_migration_steps WHERE place = ?";
        conn.exec_drop(forget, (self.noted.len() - 1,)).await?;
        conn.query_drop("COMMIT").await?;
        self.noted.pop();
        Ok(())
    }
}
