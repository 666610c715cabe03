//! What is done for the outbox beside the lanes.

use std::sync::Arc;

use kontor_data::{DeadLetter, Delivery, Waiting};
use kontor_data_server::{Failure, Keeping, State, ids::unsigned};
use mysql_async::{Row, Value};

use crate::{
    names::{Names, literal, quoted},
    outbox::{self, NOW, in_chunks, insert_rows, read, seen},
    server::Flavor,
    session::{Role, Session},
};

/// What is freed is due at once, unless it was due before.
const FREE: &str = "UPDATE kontor_outbox SET owner = NULL, token = NULL, due_us = LEAST(due_us, ";

impl Session {
    async fn list<T>(
        &mut self,
        text: &str,
        given: Vec<Value>,
        read: impl Fn(Row) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        self.own(text, given).await?.0.into_iter().map(read).collect()
    }

    async fn replace_subscriptions(&mut self, subscriber: &str, names: &[String]) -> Result<(), Failure> {
        let text = "INSERT INTO kontor_subscribers (name) VALUES (?) ON DUPLICATE KEY UPDATE name = VALUES(name)";
        self.touch(text, vec![subscriber.into()]).await?;
        // Two processes that start at the same time subscribe one after the other.
        self.own("SELECT name FROM kontor_subscribers WHERE name = ? FOR UPDATE", vec![subscriber.into()]).await?;
        self.touch("DELETE FROM kontor_subscriptions WHERE subscriber = ?", vec![subscriber.into()]).await?;
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let rows: Vec<Vec<Value>> = names.into_iter().map(|name| vec![subscriber.into(), name.into()]).collect();
        insert_rows(self, "INSERT INTO kontor_subscriptions (subscriber, name) VALUES ", "(?, ?)", &rows).await
    }

    /// What the tables that the role may see take, bytes.
    async fn size_of(&mut self, role: Role, names: &Names) -> Result<u64, Failure> {
        let text = "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) FROM information_schema.tables \
             WHERE table_schema = ";
        // Not prepared: a statement of the host's own runs as the host role.
        self.become_role(role).await?;
        let rows = self.rows(&format!("{text}{}", literal(&names.database))).await?;
        let (bytes,): (i64,) = rows.into_iter().next().map_or(Ok((0,)), read)?;
        Ok(unsigned(bytes))
    }
}

impl Keeping for Session {
    async fn subscribe(&mut self, subscriber: &str, names: &[String]) -> Result<(), Failure> {
        let begin = self.flavor().begin();
        self.say(&begin).await?;
        let done = self.replace_subscriptions(subscriber, names).await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let end = format!("{end}{}", self.flavor().after());
        self.say(&end).await?;
        done
    }

    async fn subscribers(&mut self) -> Result<Vec<String>, Failure> {
        let all = self.list("SELECT name FROM kontor_subscribers ORDER BY name", vec![], read::<(String,)>).await?;
        Ok(all.into_iter().map(|(name,)| name).collect())
    }

    async fn waiting(&mut self, most: i64) -> Result<Vec<Waiting>, Failure> {
        let mut all = Vec::new();
        for subscriber in self.subscribers().await? {
            let count =
                "SELECT COUNT(*) FROM (SELECT 1 AS one FROM kontor_outbox WHERE subscriber = ? LIMIT ?) counted";
            let rows = self.list(count, vec![subscriber.as_str().into(), most.into()], read::<(i64,)>).await?;
            let oldest = "SELECT time_us FROM kontor_outbox WHERE subscriber = ? ORDER BY id LIMIT 1";
            let oldest = self.list(oldest, vec![subscriber.as_str().into()], read::<(i64,)>).await?;
            all.push(Waiting {
                subscriber,
                rows: rows.first().map_or(0, |(count,)| unsigned(*count)),
                oldest_us: oldest.first().map(|(time_us,)| *time_us),
            });
        }
        Ok(all)
    }

    async fn failed(&mut self, most: i64) -> Result<Vec<DeadLetter>, Failure> {
        let text = "SELECT id, subscriber, name, event_key, payload, time_us, failed, trace_id, COALESCE(error, ''), dead, \
             due_us FROM kontor_outbox WHERE failed > 0 ORDER BY time_us, id LIMIT ?";
        self.list(text, vec![most.into()], dead_letter).await
    }

    async fn state(&mut self) -> Result<State, Failure> {
        outbox::state(self).await
    }

    async fn oldest(&mut self) -> Result<Option<i64>, Failure> {
        let text = "SELECT MIN((SELECT o.time_us FROM kontor_outbox o WHERE o.subscriber = s.name AND o.dead = 0 \
             ORDER BY o.id LIMIT 1)) FROM kontor_subscribers s";
        let found = self.list(text, vec![], read::<(Option<i64>,)>).await?;
        Ok(found.first().and_then(|(oldest,)| *oldest))
    }

    async fn seen(&mut self, owner: &str) -> Result<(), Failure> {
        self.touch(&seen(), vec![owner.into()]).await.map(drop)
    }

    async fn take_over(&mut self, dead_after_us: i64) -> Result<(), Failure> {
        // Looked at first: an update would lock what others lease.
        let text = format!(
            "SELECT DISTINCT o.owner FROM kontor_outbox o WHERE o.owner IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM kontor_processes p WHERE p.id = o.owner AND p.seen_us > {NOW} - ?)"
        );
        for (owner,) in self.list(&text, vec![dead_after_us.into()], read::<(String,)>).await? {
            self.touch(&format!("{FREE}{NOW}) WHERE owner = ?"), vec![owner.into()]).await?;
        }
        Ok(())
    }

    async fn give_back(&mut self, tokens: &[String]) -> Result<(), Failure> {
        for (marks, part) in in_chunks(tokens) {
            let text = format!("{FREE}{NOW}) WHERE owner IS NOT NULL AND token IN ({marks})");
            self.touch(&text, part.into_iter().map(|token| token.as_str().into()).collect()).await?;
        }
        Ok(())
    }

    async fn leave(&mut self, owner: &str) -> Result<(), Failure> {
        self.touch("DELETE FROM kontor_processes WHERE id = ?", vec![owner.into()]).await?;
        self.touch(&format!("{FREE}{NOW}) WHERE owner = ?"), vec![owner.into()]).await.map(drop)
    }

    /// Append-only is a matter of rights. Whoever logs in sees what he and the role that is on were granted.
    async fn unprotected(&mut self, names: &Arc<Names>, tables: &[String]) -> Result<Vec<String>, Failure> {
        let (mut granted, mut there) = (Vec::new(), Vec::new());
        for role in [Role::Runtime, Role::Host] {
            self.become_role(role).await?;
            let asked = match self.flavor() {
                Flavor::MariaDb => "SHOW GRANTS".to_owned(),
                Flavor::MySql => {
                    format!("SHOW GRANTS FOR CURRENT_USER() USING {}, {}", quoted(&names.runtime), quoted(&names.host))
                }
            };
            for row in self.rows(&asked).await? {
                granted.push(read::<(String,)>(row)?.0);
            }
            if role == Role::Runtime {
                let asked = format!(
                    "SELECT table_name FROM information_schema.tables WHERE table_schema = {}",
                    literal(&names.database)
                );
                for row in self.rows(&asked).await? {
                    there.push(read::<(String,)>(row)?.0);
                }
            }
        }
        let is_kept = |table: &String| there.contains(table) && granted.iter().all(|line| keeps(line, names, table));
        Ok(tables.iter().filter(|table| !is_kept(table)).cloned().collect())
    }

    async fn size(&mut self, names: &Arc<Names>) -> Result<u64, Failure> {
        Ok(self.size_of(Role::Runtime, names).await? + self.size_of(Role::Host, names).await?)
    }

    async fn tidy(&mut self, records_us: i64, commits_before: &str, processes_us: i64) -> Result<(), Failure> {
        let text = format!("DELETE FROM kontor_idempotency WHERE made_us < {NOW} - ? ORDER BY made_us LIMIT 10000");
        self.touch(&text, vec![records_us.into()]).await?;
        self.touch("DELETE FROM kontor_commits WHERE id < ? LIMIT 100000", vec![commits_before.into()]).await?;
        self.touch(&format!("DELETE FROM kontor_processes WHERE seen_us < {NOW} - ?"), vec![processes_us.into()])
            .await
            .map(drop)
    }
}

/// Whether a line like ``GRANT SELECT, INSERT ON `database`.`table` TO …`` gives no more than reading and inserting, if it is
/// about that table, and no membership in further roles.
fn keeps(line: &str, names: &Names, table: &str) -> bool {
    // In ANSI mode, which every connection is in, MariaDB writes names in the standard's quotes.
    let line = line.replace('"', "`");
    let Some((rights, rest)) = line.strip_prefix("GRANT ").and_then(|line| line.split_once(" ON ")) else {
        let own = [&names.runtime, &names.host];
        return own.iter().any(|role| line.contains(&quoted(role))) && line.starts_with("GRANT `");
    };
    let Some((on, _)) = rest.split_once(" TO ") else { return false };
    let own = format!("{}.{}", quoted(&names.database), quoted(table));
    // On another single table: not about this one. On everything, or on all of a database, it may be.
    let is_other = on != own && !on.ends_with(".*");
    is_other || rights.split(", ").all(|right| matches!(right, "SELECT" | "INSERT" | "USAGE"))
}

fn dead_letter(row: Row) -> Result<DeadLetter, Failure> {
    let mut values = row.unwrap().into_iter();
    let mut next = || values.next().unwrap_or(Value::NULL);
    let unreadable = |_| Failure::Lost("a dead letter cannot be read".to_owned());
    macro_rules! column {
        ($kind:ty) => {
            mysql_async::from_value_opt::<$kind>(next()).map_err(unreadable)?
        };
    }
    Ok(DeadLetter {
        delivery: Delivery {
            id: unsigned(column!(i64)),
            subscriber: column!(String),
            name: column!(String),
            key: column!(String),
            payload: column!(String),
            time_us: column!(i64),
            failed: u32::try_from(column!(i64)).unwrap_or(u32::MAX),
            trace_id: column!(String),
        },
        error: column!(String),
        dead: column!(bool),
        next_us: column!(i64),
    })
}

#[cfg(test)]
mod tests {
    use super::keeps;
    use crate::names::Names;

    #[test]
    fn a_right_too_many_is_seen() {
        let names = Names::of("kontor", "shop");
        let (run, other) = (names.runtime.clone(), Names::of("kontor", "other").runtime);
        for (line, kept) in [
            (format!("GRANT SELECT, INSERT ON `kontor_fn_shop`.`receipts` TO `{run}`"), true),
            (format!("GRANT SELECT, UPDATE, DELETE ON `kontor_fn_shop`.`sales` TO `{run}`"), true),
            (format!("GRANT SELECT, INSERT ON \"kontor_fn_shop\".\"receipts\" TO \"{run}\""), true),
            (format!("GRANT \"{run}\" TO \"x\"@\"%\""), true),
            (format!("GRANT DELETE ON \"kontor_fn_shop\".\"receipts\" TO \"{run}\""), false),
            ("GRANT USAGE ON *.* TO `x`@`%` IDENTIFIED BY PASSWORD '*0'".to_owned(), true),
            (format!("GRANT `{run}` TO `x`@`%`"), true),
            (format!("GRANT SELECT, INSERT, UPDATE ON `kontor_fn_shop`.`receipts` TO `{run}`"), false),
            (format!("GRANT SELECT, UPDATE (`source`) ON `kontor_fn_shop`.`receipts` TO `{run}`"), false),
            (format!("GRANT DELETE ON `kontor_fn_shop`.* TO `{run}`"), false),
            ("GRANT ALL PRIVILEGES ON *.* TO `x`@`%`".to_owned(), false),
            (format!("GRANT `{other}` TO `x`@`%`"), false),
        ] {
            assert_eq!(keeps(&line, &names, "receipts"), kept, "{line}");
        }
    }
}
