//! The end of a group's transaction: what the host adds to it, and the commit.

use kontor_data_server::{Asking, Before, Closed, Closing, Done, Failure, ids::microseconds};
use mysql_async::Value;

use crate::{
    Shared,
    outbox::{self, Leasing, NOW, in_chunks, insert_rows},
    session::{Role, Session},
};

/// Writes the group's id, by which a lost answer to the commit is decided.
const MARK: &str = "INSERT INTO kontor_commits (id) VALUES (?)";

/// Says it all and commits.
pub(crate) async fn close(
    session: &mut Session,
    shared: &Shared,
    closing: &Closing<'_>,
    before: Before,
) -> Result<Closed, Failure> {
    let opening = session.opening(before);
    let opening = match session.becoming(Role::Host) {
        becoming if becoming.is_empty() => opening,
        becoming => format!("{opening}; {}", becoming.trim_end_matches("; ")),
    };
    session.say(&opening).await?;
    let mut closed = Closed::default();
    if let Some(id) = closing.id {
        session.touch(MARK, vec![id.into()]).await?;
    }
    add_records(session, closing).await?;
    if closing.changes_events {
        let first = outbox::lock(session, closing.events.len()).await?;
        if !closing.events.is_empty() {
            outbox::add(session, &closing.events, first).await?;
        }
    }
    for (place, subscriber, asking) in &closing.outbox {
        let done = match asking {
            Asking::Change(change) => Done::Changed(outbox::change(session, subscriber, change, &shared.owner).await?),
            Asking::Lease { max, lease, token } => {
                let lease_us = microseconds(*lease);
                let leasing = Leasing { subscriber, max: *max, lease_us, owner: &shared.owner, token };
                Done::Leased(outbox::lease(session, &leasing).await?)
            }
        };
        closed.results.push((*place, done));
    }
    if closing.changes_events {
        closed.state = Some(outbox::state(session).await?);
    }
    let commit = format!("COMMIT{}", session.flavor().after());
    session.say(&commit).await?;
    Ok(closed)
}

/// Records whose time is over make room for new ones of the same key.
async fn add_records(session: &mut Session, closing: &Closing<'_>) -> Result<(), Failure> {
    let ids: Vec<&[u8]> = closing.records.iter().map(|record| record.id.as_slice()).collect();
    for (marks, part) in in_chunks(&ids) {
        let text = format!("DELETE FROM kontor_idempotency WHERE id IN ({marks}) AND made_us < {NOW} - ?");
        let mut given: Vec<Value> = part.into_iter().map(|id| Value::from(*id)).collect();
        given.push(closing.records_live_us.into());
        session.touch(&text, given).await?;
    }
    let rows: Vec<Vec<Value>> = closing
        .records
        .iter()
        .map(|record| {
            vec![record.id.as_slice().into(), record.fingerprint.as_slice().into(), record.outcome.as_slice().into()]
        })
        .collect();
    let text = "INSERT INTO kontor_idempotency (id, fingerprint, outcome, made_us) VALUES ";
    insert_rows(session, text, &format!("(?, ?, ?, {NOW})"), &rows).await
}
