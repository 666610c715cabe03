//! Makes seals: one chain over all series.

use std::sync::Arc;

use kontor_data::{Batch, Database, SqlError, Statement, Value};
use kontor_rules::seal::{Hash, NotCanonical, Seal};

use crate::{
    PublicKey, Record, SigningKey,
    store::{self, Registered, Run},
};

/// Invoices under one seal at most.
pub const LEAVES_MAX: i64 = 4096;
/// Rows of one insert: it has seven parameters for each, and SQLite takes 999.
const RUNS_IN_A_STATEMENT: usize = 100;

/// Why nothing was sealed. Registering goes on; what was not sealed waits.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The database does not do it now, or has no tables of seals.
    #[error("seals wait: {0}")]
    Sql(#[from] SqlError),
    /// A number cannot be hashed.
    #[error("seals wait: {0}")]
    NotCanonical(#[from] NotCanonical),
    /// The end of the chain was signed by a key that this process neither has nor replaces.
    #[error(
        "seals wait: the last seal was signed with the key {}, and this process has {}; put that key's file back, or make a \
         new one with `kontor seals key --replaces {theirs}`", theirs.id(), ours.id()
    )]
    OtherKey {
        /// Who signed the last seal.
        theirs: PublicKey,
        /// The key at hand.
        ours: PublicKey,
    },
    /// The end of the chain is not what was signed.
    #[error(
        "seals wait: the last seal, {0}, has a wrong signature: somebody changed it or put it there; run `kontor verify`"
    )]
    Forged(i64),
    /// A registration is missing below its series' counter.
    #[error("seals wait: {series} has no invoice {sequence}, though its counter is past it; run `kontor verify`")]
    Missing {
        /// The series.
        series: String,
        /// Which is missing.
        sequence: i64,
    },
}

/// What a round did.
#[derive(Debug, Default)]
pub struct Made {
    /// The new seal; none if there was nothing to seal, or somebody else made it.
    pub record: Option<Record>,
    /// Whether more waits already.
    pub more: bool,
    /// Of a series that cannot be sealed: the others are all the same.
    pub fault: Option<SealError>,
}

/// Seals what was registered since the last seal. Two of them may run at the same time: the chain's primary key lets one of
/// them make each seal, and the other reads the end of the chain anew.
pub struct Sealer {
    database: Arc<dyn Database>,
    key: Arc<SigningKey>,
    /// The end of the chain, once it was read.
    last: Option<Option<Record>>,
}

impl Sealer {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(database: Arc<dyn Database>, key: Arc<SigningKey>) -> Self {
        Self { database, key, last: None }
    }

    /// Makes one seal over the newest run of registrations, if there are any. `now_us` is µs since 1970 UTC.
    ///
    /// # Errors
    /// [`SealError`]; the next round begins anew.
    pub async fn round(&mut self, now_us: i64) -> Result<Made, SealError> {
        let done = self.attempt(now_us).await;
        match &done {
            // Whatever was done or not, only the store knows where the chain ends now.
            Err(_) | Ok(Made { record: None, .. }) => self.last = None,
            Ok(Made { record, .. }) => self.last = Some(record.clone()),
        }
        done
    }

    async fn attempt(&mut self, now_us: i64) -> Result<Made, SealError> {
        let waiting = store::unsealed(&self.database, LEAVES_MAX).await?;
        if waiting.is_empty() {
            return Ok(Made::default());
        }
        let last = match self.last.take() {
            Some(last) => last,
            None => self.end_of_chain().await?,
        };
        let (runs, more) = cut(waiting);
        let (runs, leaves, fault) = self.leaves(runs).await?;
        let seal = Seal::next(last.as_ref().map(|record| &record.seal), &leaves, now_us)?;
        let Some(seal) = seal else { return Ok(Made { fault, ..Made::default() }) };
        let record = self.key.sign(seal)?;
        match self.database.execute(batch(&record, &leaves, &runs)).await {
            Ok(_) => Ok(Made { record: Some(record), more, fault }),
            // Another process was quicker.
            Err(SqlError::Conflict { .. }) => Ok(Made { record: None, more: true, fault }),
            Err(error) => Err(error.into()),
        }
    }

    /// The last seal, which has to be one that this key may follow: nobody's row is taken for a seal because it is there.
    async fn end_of_chain(&self) -> Result<Option<Record>, SealError> {
        let Some(last) = store::last_seal(&self.database).await? else { return Ok(None) };
        let (theirs, ours) = (last.public_key, self.key.public());
        if !self.key.trusted().contains(&theirs) {
            return Err(SealError::OtherKey { theirs, ours });
        }
        if last.is_signed_by(&theirs)? { Ok(Some(last)) } else { Err(SealError::Forged(last.seal.sequence)) }
    }

    /// The leaves of the runs that are whole; what is wrong with another one.
    async fn leaves(&self, runs: Vec<Run>) -> Result<(Vec<Run>, Vec<Hash>, Option<SealError>), SealError> {
        let (mut whole, mut leaves, mut fault) = (Vec::with_capacity(runs.len()), Vec::new(), None);
        for run in runs {
            let found = store::registered(&self.database, &run).await?;
            match (run.first..=run.last).zip(found.iter().map(Some).chain(std::iter::repeat(None))).find(is_missing) {
                Some((sequence, _)) => fault = Some(SealError::Missing { series: run.key.to_string(), sequence }),
                None => {
                    for row in &found {
                        leaves.push(row.leaf(&run.key).hash()?);
                    }
                    whole.push(run);
                }
            }
        }
        Ok((whole, leaves, fault))
    }
}

fn is_missing((wanted, found): &(i64, Option<&Registered>)) -> bool {
    found.is_none_or(|row| row.sequence != *wanted)
}

/// As many as fit one seal, and whether that leaves something.
fn cut(waiting: Vec<Run>) -> (Vec<Run>, bool) {
    let (mut runs, mut room, mut more) = (Vec::new(), LEAVES_MAX, false);
    for run in waiting {
        more |= run.size() > room;
        if room > 0 {
            let last = run.last.min(run.first + room - 1);
            let taken = Run { last, ..run };
            room -= taken.size();
            runs.push(taken);
        }
    }
    (runs, more)
}

/// Chain, leaves and runs in one commit.
fn batch(record: &Record, leaves: &[Hash], runs: &[Run]) -> Batch {
    let Record { seal, public_key, signature } = record;
    let number = Value::Integer;
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    let chain = insert(
        "INSERT INTO seals (sequence, previous, root, size, made_at, public_key, signature) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
            .to_owned(),
        vec![
            number(seal.sequence),
            bytes(&seal.previous.0),
            bytes(&seal.root.0),
            number(seal.size),
            Value::Timestamp(seal.made_at_us),
            bytes(&public_key.0),
            bytes(signature),
        ],
    );
    let hashes = leaves.iter().flat_map(|leaf| leaf.0).collect();
    let tree = insert(
        "INSERT INTO seal_leaves (sequence, hashes) VALUES ($1, $2)".to_owned(),
        vec![number(seal.sequence), Value::Bytes(hashes)],
    );
    let mut position = 0;
    let mut statements = vec![chain, tree];
    for some in runs.chunks(RUNS_IN_A_STATEMENT) {
        let mut parameters = Vec::with_capacity(some.len() * 7);
        for run in some {
            parameters.extend(run.key.values());
            parameters.extend([run.first, run.last, seal.sequence, position].map(number));
            position += run.size();
        }
        let places = |row: usize| (1..=7).map(|column| format!("${}", row * 7 + column)).collect::<Vec<_>>().join(", ");
        let rows = (0..some.len()).map(|row| format!("({})", places(row))).collect::<Vec<_>>().join(", ");
        let text = format!("INSERT INTO seal_runs (seller, series, period, first, last, seal, position) VALUES {rows}");
        statements.push(insert(text, parameters));
    }
    Batch { statements, ..Batch::default() }
}

fn insert(text: String, parameters: Vec<Value>) -> Statement {
    Statement { text: text.into(), parameters, results: Vec::new(), expect_rows: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SeriesKey;

    fn run(first: i64, last: i64) -> Run {
        let key = SeriesKey { seller: "default".to_owned(), series: "RE".to_owned(), period: "2026".to_owned() };
        Run { key, first, last }
    }

    #[test]
    fn a_seal_takes_what_fits_and_says_whether_more_waits() {
        assert_eq!(cut(vec![run(1, 3), run(5, 5)]), (vec![run(1, 3), run(5, 5)], false));
        assert_eq!(cut(vec![run(1, LEAVES_MAX)]), (vec![run(1, LEAVES_MAX)], false));
        assert_eq!(cut(vec![run(1, LEAVES_MAX), run(7, 7)]), (vec![run(1, LEAVES_MAX)], true));
        assert_eq!(cut(vec![run(7, 7), run(1, LEAVES_MAX)]), (vec![run(7, 7), run(1, LEAVES_MAX - 1)], true));
    }
}
