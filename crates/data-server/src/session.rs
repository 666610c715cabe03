//! How an engine's server is talked to: what a connection can do.
//!
//! Every method ends within the time that the server has for a statement, with [`Failure::Lost`] if it does not answer.

use std::future::Future;

use kontor_data::{DeadLetter, Outcome, Statement, Waiting};

use crate::{
    Failure, Shared, State,
    lane::{Asked, Before, Closed, Closing, Record},
};

/// One connection.
pub trait Session: Send + Sized + 'static {
    /// Where connections lead, as whom, and how they are set up.
    type Purpose: Clone + Send + Sync + 'static;
    /// What the function's things are called on the server.
    type Names: Send + Sync + 'static;
    /// A statement that the server knows.
    type Prepared: Clone + Send + Sync;

    /// What people call the server.
    const SERVER: &'static str;
    /// What an operator does so that a database takes less room.
    const MAKE_ROOM: &'static str;

    /// Connects; the error is one line that says where, why, and what to do.
    fn connect(purpose: &Self::Purpose) -> impl Future<Output = Result<Self, String>> + Send;

    /// The same place for queries of a function alone.
    fn for_queries(purpose: &Self::Purpose, names: &Self::Names) -> Self::Purpose;

    /// Whether it is of no use any more.
    fn is_broken(&self) -> bool;

    /// Notes whether something runs on it; who finds it so does not use it.
    fn set_busy(&mut self, busy: bool);

    /// Forgets what was prepared: the tables have changed.
    fn forget(&mut self);

    /// Prepares statement number `index`, unless it is known. `parameters` is how many the text has by the reading of
    /// `kontor_data::statement`.
    fn prepare(
        &mut self,
        asked: &Statement,
        index: usize,
        parameters: usize,
    ) -> impl Future<Output = Result<Self::Prepared, Failure>> + Send;
}

/// What readers do.
pub trait Reading: Session {
    /// Runs a query that was [prepared](Session::prepare).
    fn query(
        &mut self,
        shared: &Shared<Self>,
        prepared: Self::Prepared,
        asked: &Statement,
    ) -> impl Future<Output = Result<Outcome, Failure>> + Send;
}

/// What lanes do.
pub trait Writing: Session {
    /// Before each group, while no transaction is open.
    fn get_ready(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Runs statements of batches in an open transaction, as the function's runtime role: one answer for each, in order,
    /// up to the first one that failed or whose guard does not hold, and perhaps further.
    fn flight(
        &mut self,
        shared: &Shared<Self>,
        asked: &[Asked<'_, Self>],
        before: Before,
    ) -> impl Future<Output = Result<Vec<Result<Outcome, Failure>>, Failure>> + Send;

    /// Adds what the host has to say and commits. [`Failure::Lost`] means that it is not known whether it was committed.
    fn close(
        &mut self,
        shared: &Shared<Self>,
        closing: &Closing<'_>,
        before: Before,
    ) -> impl Future<Output = Result<Closed, Failure>> + Send;

    /// Ends whatever transaction is open; false if that cannot be done, so that the connection is of no use any more.
    fn roll_back(&mut self) -> impl Future<Output = bool> + Send;

    /// Whether the group of that id was committed. The id is written anew: if the old transaction is still under way, this
    /// waits for its end; and if it never came, it never will, since it would meet this one's id.
    fn decide(&mut self, id: &str) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Outcomes that are kept under these ids and not older than `live_us`.
    fn records(&mut self, ids: &[Vec<u8>], live_us: i64) -> impl Future<Output = Result<Vec<Record>, Failure>> + Send;
}

/// What is done for the outbox beside the lanes.
pub trait Keeping: Session {
    /// Replaces what a subscriber wants.
    fn subscribe(&mut self, subscriber: &str, names: &[String]) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Everybody who subscribes.
    fn subscribers(&mut self) -> impl Future<Output = Result<Vec<String>, Failure>> + Send;

    /// What waits for each subscriber; of one no more than `most` are counted.
    fn waiting(&mut self, most: i64) -> impl Future<Output = Result<Vec<Waiting>, Failure>> + Send;

    /// Up to `most` events that failed at least once, oldest first.
    fn failed(&mut self, most: i64) -> impl Future<Output = Result<Vec<DeadLetter>, Failure>> + Send;

    /// What is on its way.
    fn state(&mut self) -> impl Future<Output = Result<State, Failure>> + Send;

    /// When the oldest event that is no dead letter was made.
    fn oldest(&mut self) -> impl Future<Output = Result<Option<i64>, Failure>> + Send;

    /// This process lives.
    fn seen(&mut self, owner: &str) -> impl Future<Output = Result<(), Failure>> + Send;

    /// What processes hold that were not seen for so many microseconds is free again.
    fn take_over(&mut self, dead_after_us: i64) -> impl Future<Output = Result<(), Failure>> + Send;

    /// What was leased under one of these tokens is free again.
    fn give_back(&mut self, tokens: &[String]) -> impl Future<Output = Result<(), Failure>> + Send;

    /// What the process holds is free again, and nobody waits for it.
    fn leave(&mut self, owner: &str) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Which of these tables the function's roles could do more with than read and insert, or are not there.
    fn unprotected(
        &mut self,
        names: &Self::Names,
        tables: &[String],
    ) -> impl Future<Output = Result<Vec<String>, Failure>> + Send;

    /// What the function's database takes on the disk, bytes.
    fn size(&mut self, names: &Self::Names) -> impl Future<Output = Result<u64, Failure>> + Send;

    /// Throws away records of idempotency keys that are older than `records_us`, ids of groups before `commits_before`, and
    /// processes that were not seen for `processes_us`.
    fn tidy(
        &mut self,
        records_us: i64,
        commits_before: &str,
        processes_us: i64,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}
