//! The outbox's statements. They run as the host role, in the schema of the function.
//!
//! Whatever changes which events there are first locks the one row of `kontor_outbox_state` and holds it until its commit:
//! numbers then rise in the order of commits, counts are exact, and the oldest event of each key is marked once, however
//! many processes share the schema. Since a group does this last, right before its commit, nobody holds the row for long.
//! The clock is the server's own: processes' clocks may differ.

/// Now, in microseconds since 1970 UTC.
macro_rules! now {
    () => {
        "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    };
}
pub(crate) use now;

/// Locks the state and reserves `$1` numbers.
pub(crate) const LOCK: &str = "UPDATE kontor_outbox_state SET next_id = next_id + $1 WHERE id = 1";

/// Stores events (names, keys, payloads, trace ids; `$5` of them) for everybody who subscribes now.
pub(crate) const ADD: &str = concat!(
    "WITH clock AS MATERIALIZED (SELECT ",
    now!(),
    " AS now_us), \
     made AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS e (name, key, payload, trace_id, place)), \
     wanted AS (SELECT s.subscriber, st.next_id - $5::bigint + e.place - 1 AS id, e.name, e.key, e.payload, e.trace_id, \
       row_number() OVER (PARTITION BY s.subscriber, e.key ORDER BY e.place) = 1 AS first \
       FROM made e JOIN kontor_subscriptions s ON s.name = e.name CROSS JOIN kontor_outbox_state st), \
     added AS (INSERT INTO kontor_outbox (subscriber, id, name, key, payload, time_us, trace_id, head, due_us) \
       SELECT w.subscriber, w.id, w.name, w.key, w.payload, c.now_us, w.trace_id, \
         w.first AND NOT EXISTS (SELECT 1 FROM kontor_outbox o WHERE o.subscriber = w.subscriber AND o.key = w.key), c.now_us \
       FROM wanted w CROSS JOIN clock c RETURNING octet_length(payload) AS size) \
     UPDATE kontor_outbox_state SET rows = rows + (SELECT count(*) FROM added), \
       bytes = bytes + (SELECT coalesce(sum(size), 0) FROM added) WHERE id = 1 RETURNING 0::bigint"
);

/// Removes events `$2` of subscriber `$1`, only dead letters if `$3`; the next of each key is free then.
pub(crate) const REMOVE: &str = "WITH gone AS (DELETE FROM kontor_outbox WHERE subscriber = $1 AND id = ANY($2) AND (dead OR NOT $3) \
       RETURNING id, key, head, octet_length(payload) AS size, dead), \
     next AS (SELECT n.id FROM (SELECT DISTINCT key FROM gone WHERE head) g CROSS JOIN LATERAL \
       (SELECT o.id FROM kontor_outbox o WHERE o.subscriber = $1 AND o.key = g.key AND NOT EXISTS \
         (SELECT 1 FROM gone WHERE gone.id = o.id) ORDER BY o.id LIMIT 1) n), \
     freed AS (UPDATE kontor_outbox o SET head = true, due_us = o.time_us FROM next WHERE o.subscriber = $1 AND o.id = next.id) \
     UPDATE kontor_outbox_state SET rows = rows - (SELECT count(*) FROM gone), \
       bytes = bytes - (SELECT coalesce(sum(size), 0) FROM gone), dead = dead - (SELECT count(*) FROM gone WHERE dead) \
     WHERE id = 1 RETURNING (SELECT count(*) FROM gone)";

/// Event `$2` of subscriber `$1` failed because of `$3`: again after `$4` µs, or dead if `$5`.
pub(crate) const FAIL: &str = concat!(
    "WITH hit AS (UPDATE kontor_outbox SET failed = failed + 1, error = $3, dead = $5, owner = NULL, token = NULL, due_us = ",
    now!(),
    " + $4 WHERE subscriber = $1 AND id = $2 AND NOT dead RETURNING id) \
     UPDATE kontor_outbox_state SET dead = dead + CASE WHEN $5 THEN (SELECT count(*) FROM hit) ELSE 0 END \
     WHERE id = 1 RETURNING (SELECT count(*) FROM hit)"
);

/// Dead letter `$2` of subscriber `$1` is tried again from the start.
pub(crate) const REPLAY: &str = "WITH hit AS (UPDATE kontor_outbox SET failed = 0, error = NULL, dead = false, due_us = time_us \
       WHERE subscriber = $1 AND id = $2 AND dead RETURNING id) \
     UPDATE kontor_outbox_state SET dead = dead - (SELECT count(*) FROM hit) WHERE id = 1 RETURNING (SELECT count(*) FROM hit)";

/// Events `$2` of subscriber `$1`, as far as process `$4` holds them, are due after `$3` µs.
pub(crate) const RELEASE: &str = concat!(
    "WITH hit AS (UPDATE kontor_outbox SET owner = NULL, token = NULL, due_us = ",
    now!(),
    " + $3 WHERE subscriber = $1 AND id = ANY($2) AND head AND NOT dead AND owner = $4::text::uuid RETURNING id) \
     SELECT count(*) FROM hit"
);

/// Leases up to `$2` events of subscriber `$1` for `$3` µs to process `$4`, marked by `$5`. What another process is just
/// leasing is passed over. A lease shows that the process lives; without one nothing is written.
pub(crate) const LEASE: &str = concat!(
    "WITH free AS MATERIALIZED (SELECT id FROM kontor_outbox WHERE subscriber = $1 AND head AND NOT dead AND due_us <= ",
    now!(),
    " ORDER BY due_us, id LIMIT $2 FOR UPDATE SKIP LOCKED), \
     seen AS (INSERT INTO kontor_processes (id, seen_us) SELECT $4::text::uuid, ",
    now!(),
    " WHERE EXISTS (SELECT 1 FROM free) ON CONFLICT (id) DO UPDATE SET seen_us = excluded.seen_us) \
     UPDATE kontor_outbox o SET owner = $4::text::uuid, token = $5::text::uuid, due_us = ",
    now!(),
    " + $3 FROM free WHERE o.subscriber = $1 AND o.id = free.id \
     RETURNING o.id, o.name, o.key, o.payload, o.time_us, o.failed, o.trace_id"
);

/// Subscribers, and what they want.
pub(crate) const SUBSCRIBERS: &str = "SELECT name FROM kontor_subscribers ORDER BY name";
pub(crate) const ADD_SUBSCRIBER: &str = "INSERT INTO kontor_subscribers (name) VALUES ($1) ON CONFLICT DO NOTHING";
pub(crate) const LOCK_SUBSCRIBER: &str = "SELECT name FROM kontor_subscribers WHERE name = $1 FOR UPDATE";
pub(crate) const FORGET_SUBSCRIPTIONS: &str = "DELETE FROM kontor_subscriptions WHERE subscriber = $1";
pub(crate) const ADD_SUBSCRIPTIONS: &str = "INSERT INTO kontor_subscriptions (subscriber, name) \
     SELECT DISTINCT $1::text, n.name FROM unnest($2::text[]) AS n (name)";

/// What is on its way.
pub(crate) const STATE: &str = "SELECT rows, bytes, dead FROM kontor_outbox_state WHERE id = 1";

/// When the oldest event that is no dead letter was made.
pub(crate) const OLDEST: &str = "SELECT min(first.time_us) FROM kontor_subscribers s CROSS JOIN LATERAL \
     (SELECT o.time_us FROM kontor_outbox o WHERE o.subscriber = s.name AND NOT o.dead ORDER BY o.id LIMIT 1) first";

/// Process `$1` lives.
pub(crate) const SEEN: &str = concat!(
    "INSERT INTO kontor_processes (id, seen_us) VALUES ($1::text::uuid, ",
    now!(),
    ") ON CONFLICT (id) DO UPDATE SET seen_us = excluded.seen_us"
);

/// What processes hold that were not seen for `$1` µs is free again.
pub(crate) const TAKE_OVER: &str = concat!(
    "UPDATE kontor_outbox o SET owner = NULL, token = NULL, due_us = least(o.due_us, ",
    now!(),
    ") WHERE o.owner IS NOT NULL AND NOT EXISTS (SELECT 1 FROM kontor_processes p WHERE p.id = o.owner AND p.seen_us > ",
    now!(),
    " - $1)"
);

/// What was leased under one of the tokens `$1` is free again.
pub(crate) const GIVE_BACK: &str = concat!(
    "UPDATE kontor_outbox SET owner = NULL, token = NULL, due_us = least(due_us, ",
    now!(),
    ") WHERE owner IS NOT NULL AND token = ANY($1::text[]::uuid[])"
);

/// What process `$1` holds is free again, and nobody waits for it.
pub(crate) const LEAVE: &str = concat!(
    "WITH gone AS (DELETE FROM kontor_processes WHERE id = $1::text::uuid) \
     UPDATE kontor_outbox SET owner = NULL, token = NULL, due_us = least(due_us, ",
    now!(),
    ") WHERE owner = $1::text::uuid"
);

/// Up to `$1` events that failed at least once, oldest first.
pub(crate) const FAILED: &str = "SELECT id, subscriber, name, key, payload, time_us, failed, trace_id, coalesce(error, ''), dead, due_us \
     FROM kontor_outbox WHERE failed > 0 ORDER BY time_us, id LIMIT $1";

/// What waits for each subscriber; of one no more than `$1` are counted.
pub(crate) const WAITING: &str = "SELECT s.name, \
     (SELECT count(*) FROM (SELECT 1 FROM kontor_outbox o WHERE o.subscriber = s.name LIMIT $1) counted), \
     (SELECT o.time_us FROM kontor_outbox o WHERE o.subscriber = s.name ORDER BY o.id LIMIT 1) \
     FROM kontor_subscribers s ORDER BY s.name";

/// What a schema takes on the disk.
pub(crate) const SIZE: &str = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c \
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";

/// Records whose time is over, some at a time.
pub(crate) const EXPIRE: &str = concat!(
    "DELETE FROM kontor_idempotency WHERE id IN (SELECT id FROM kontor_idempotency WHERE made_us < ",
    now!(),
    " - $1 ORDER BY made_us LIMIT 10000)"
);
pub(crate) const EXPIRE_COMMITS: &str = "DELETE FROM kontor_commits WHERE id < $1::text::uuid";
pub(crate) const EXPIRE_PROCESSES: &str = concat!("DELETE FROM kontor_processes WHERE seen_us < ", now!(), " - $1");

/// Append-only is a matter of rights: tables on which one of the function's two roles could do more than read and insert,
/// by a right of its own, of everybody, or as their owner.
pub(crate) const UNPROTECTED: &str = "SELECT asked.name FROM unnest($1::text[]) AS asked (name) \
     LEFT JOIN pg_class c ON c.relname = asked.name AND c.relkind = 'r' \
     AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $2::text) \
     WHERE c.oid IS NULL OR EXISTS (SELECT 1 FROM unnest(ARRAY[$3::text, $4::text]) AS role (name) \
     WHERE has_table_privilege(role.name, c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER') \
     OR has_any_column_privilege(role.name, c.oid, 'UPDATE') \
     OR pg_has_role(role.name, c.relowner, 'USAGE')) ORDER BY asked.name";
