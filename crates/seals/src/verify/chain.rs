//! The chain of seals, from the first one on, with every invoice that each covers.

use kontor_data::{Value, ValueType};
use kontor_rules::seal::{Broken, Hash, Seal, check_against, check_chain, merkle};

use super::{Next, Verification, VerifyError, wrong};
use crate::{
    Record,
    columns::Columns,
    sealer::LEAVES_MAX,
    store::{Run, SeriesKey, rows, seals_after, statement},
};
use ValueType::{Bytes, Integer, Text};

/// Seals that are looked at together, and their invoices: a result has at most so many rows and bytes.
const SEALS_AT_ONCE: usize = 256;
const LEAVES_AT_ONCE: i64 = 2 * LEAVES_MAX;

/// A run under a seal, with the hashes of its leaves.
pub(super) struct Covered {
    pub(super) seal: i64,
    pub(super) run: Run,
    pub(super) leaves: Vec<Hash>,
}

impl Verification<'_> {
    pub(super) async fn chain(&mut self) -> Result<(), VerifyError> {
        let mut last = self.checkpoint.seal.clone();
        if let Some(seal) = &last {
            let found = seals_after(self.store, seal.sequence - 1, 1).await?;
            self.checkpoint.still_holds(found.first().map(|record| &record.seal))?;
        }
        self.summary.seals = last.as_ref().map_or(0, |seal| seal.sequence);
        let mut next = self.checkpoint.next();
        loop {
            let after = last.as_ref().map_or(0, |seal| seal.sequence);
            let records = self.page(after).await?;
            if records.is_empty() {
                return self.compare(after, &[]).await;
            }
            let seals: Vec<Seal> = records.iter().map(|record| record.seal.clone()).collect();
            check_chain(last.as_ref(), &seals).map_err(broken)?;
            self.signatures(&records)?;
            self.compare(after, &records).await?;
            let covered = self.covered(after, &seals, &mut next).await?;
            self.covered_invoices(&covered).await?;
            last = seals.into_iter().next_back();
            self.summary.seals = last.as_ref().map_or(0, |seal| seal.sequence);
            self.checkpoint.seal.clone_from(&last);
            self.checkpoint.set_next(&next);
            self.checkpoint.invoices = self.summary.invoices;
            self.tell("sealed invoices", self.summary.invoices, self.all);
        }
    }

    /// The next seals, and no more than a few thousand invoices under them.
    async fn page(&self, after: i64) -> Result<Vec<Record>, VerifyError> {
        let mut records = seals_after(self.store, after, SEALS_AT_ONCE).await?;
        let mut room = LEAVES_AT_ONCE;
        let fits = |record: &&Record| {
            room = room.saturating_sub(record.seal.size.max(1));
            room >= 0
        };
        let fitting = records.iter().take_while(fits).count();
        records.truncate(fitting.max(1));
        Ok(records)
    }

    fn signatures(&mut self, records: &[Record]) -> Result<(), VerifyError> {
        for record in records {
            let (sequence, key) = (record.seal.sequence, record.public_key);
            if !self.keys.is_empty() && !self.keys.contains(&key) {
                return wrong(format!("seal {sequence} was signed with the key {}, which is none of yours", key.id()));
            }
            if !record.is_signed_by(&key)? {
                return wrong(format!(
                    "seal {sequence} has a wrong signature: it was changed, or somebody else made it"
                ));
            }
            if !self.summary.keys.contains(&key) {
                self.summary.keys.push(key);
            }
        }
        Ok(())
    }

    /// Against what was exported from the same place on. With no more seals here, there must be none there either.
    async fn compare(&mut self, after: i64, records: &[Record]) -> Result<(), VerifyError> {
        let Some(export) = &mut self.export else { return Ok(()) };
        let exported = export.after(after, records.len().max(1)).await?;
        let of = |records: &[Record]| -> Vec<Seal> { records.iter().map(|record| record.seal.clone()).collect() };
        check_against(&of(&exported), &of(records)).map_err(broken)?;
        self.summary.exported =
            exported.last().map(|record| record.seal.sequence).or(self.summary.exported).or(Some(0));
        Ok(())
    }

    /// What the seals cover. Each run begins where the last one of its series ended, and the leaves lead to the roots.
    async fn covered(&self, after: i64, seals: &[Seal], next: &mut Next) -> Result<Vec<Covered>, VerifyError> {
        let last = seals.last().map_or(after, |seal| seal.sequence);
        let mut runs = self.runs(after, last).await?.into_iter().peekable();
        let mut trees = self.trees(after, last).await?.into_iter().peekable();
        let mut covered = Vec::new();
        for seal in seals {
            let sequence = seal.sequence;
            let Some((_, leaves)) = trees.next_if(|(of, _)| *of == sequence) else {
                return wrong(format!("seal {sequence} has no leaves any more"));
            };
            if i64::try_from(leaves.len()) != Ok(seal.size) || merkle::root(&leaves) != seal.root {
                return wrong(format!("seal {sequence}: the leaves that are stored do not lead to its root"));
            }
            let mut place = 0;
            while let Some((_, position, run)) = runs.next_if(|(of, ..)| *of == sequence) {
                let wanted = next.get(&run.key).copied().unwrap_or(1);
                if position != place || run.size() < 1 || run.first != wanted {
                    return wrong(format!(
                        "seal {sequence} covers {} {} to {} at place {position}; {wanted} at place {place} comes next: which \
                         invoices a seal covers was changed",
                        run.key, run.first, run.last
                    ));
                }
                place += run.size();
                let hashes = usize::try_from(position).ok().zip(usize::try_from(place).ok());
                let Some(hashes) = hashes.and_then(|(begin, end)| leaves.get(begin..end)) else {
                    return wrong(format!("seal {sequence} covers more invoices than it has leaves"));
                };
                next.insert(run.key.clone(), run.last + 1);
                covered.push(Covered { seal: sequence, leaves: hashes.to_vec(), run });
            }
            if place != seal.size {
                return wrong(format!(
                    "seal {sequence} has {} leaves, and of {place} it is known which invoices they are",
                    seal.size
                ));
            }
        }
        match runs.next() {
            Some((seal, ..)) => wrong(format!("invoices are said to be under seal {seal}, which is not there")),
            None => Ok(covered),
        }
    }

    /// Seal, position and run.
    async fn runs(&self, after: i64, last: i64) -> Result<Vec<(i64, i64, Run)>, VerifyError> {
        let text = "SELECT seal, position, seller, series, period, first, last FROM seal_runs \
                    WHERE seal > $1 AND seal <= $2 ORDER BY seal, position";
        let range = vec![Value::Integer(after), Value::Integer(last)];
        let asked = statement(text, range, &[Integer, Integer, Text, Text, Text, Integer, Integer]);
        let read = |columns: &mut Columns| {
            let (seal, position) = (columns.integer()?, columns.integer()?);
            let run = Run { key: SeriesKey::read(columns)?, first: columns.integer()?, last: columns.integer()? };
            Ok((seal, position, run))
        };
        Ok(rows(self.store, asked, read).await?)
    }

    async fn trees(&self, after: i64, last: i64) -> Result<Vec<(i64, Vec<Hash>)>, VerifyError> {
        let text = "SELECT sequence, hashes FROM seal_leaves WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence";
        let asked = statement(text, vec![Value::Integer(after), Value::Integer(last)], &[Integer, Bytes]);
        let read = |columns: &mut Columns| {
            let (seal, hashes) = (columns.integer()?, columns.bytes()?);
            let (whole, rest) = hashes.as_chunks::<32>();
            // A rest makes a leaf too many, so that the tree does not fit.
            let rest = (!rest.is_empty()).then_some(Hash::ZERO);
            Ok((seal, whole.iter().copied().map(Hash).chain(rest).collect()))
        };
        Ok(rows(self.store, asked, read).await?)
    }
}

fn broken(broken: Broken) -> VerifyError {
    VerifyError::Wrong(broken.to_string())
}
