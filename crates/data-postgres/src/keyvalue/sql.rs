//! The statements of key-value. Each is one transaction; the server's clock decides what is over. `$1` is the bucket and `$2`
//! the key.

/// When the statement began, in microseconds since 1970 UTC.
macro_rules! now {
    () => {
        "(extract(epoch FROM statement_timestamp()) * 1000000)::bigint"
    };
}

/// Whether an entry is there: `e` names the table.
macro_rules! alive {
    () => {
        concat!("(e.expires_us IS NULL OR e.expires_us > ", now!(), ")")
    };
}

pub(super) const GET: &str =
    concat!("SELECT e.value FROM kontor_entries e WHERE e.bucket = $1 AND e.key = $2 AND ", alive!());

/// Sets to `$3`, gone after `$4` µs; leaves what is there if `$5`.
pub(super) const SET: &str = concat!(
    "INSERT INTO kontor_entries AS e (bucket, key, value, expires_us) VALUES ($1, $2, $3, ",
    now!(),
    " + $4) ON CONFLICT (bucket, key) DO UPDATE SET value = excluded.value, expires_us = excluded.expires_us WHERE NOT $5::boolean OR NOT ",
    alive!()
);

pub(super) const DELETE: &str =
    concat!("DELETE FROM kontor_entries e WHERE e.bucket = $1 AND e.key = $2 AND ", alive!());

/// Adds `$3`; an absent one begins with `$4` µs. Gives no row if there is no integer as Redis writes it.
pub(super) const INCREMENT: &str = concat!(
    "INSERT INTO kontor_entries AS e (bucket, key, value, expires_us) VALUES ($1, $2, convert_to($3::bigint::text, 'UTF8'), ",
    now!(),
    " + $4) ON CONFLICT (bucket, key) DO UPDATE SET value = CASE WHEN ",
    alive!(),
    " THEN convert_to((convert_from(e.value, 'UTF8')::bigint + $3::bigint)::text, 'UTF8') ELSE excluded.value END, \
     expires_us = CASE WHEN ",
    alive!(),
    " THEN e.expires_us ELSE excluded.expires_us END WHERE NOT ",
    alive!(),
    " OR encode(e.value, 'escape') ~ '^(0|-?[1-9][0-9]{0,18})$' RETURNING convert_from(value, 'UTF8')::bigint"
);

/// Sets `$3`, gone after `$4` µs, where `$5` is.
pub(super) const SWAP: &str = concat!(
    "UPDATE kontor_entries e SET value = $3, expires_us = ",
    now!(),
    " + $4 WHERE e.bucket = $1 AND e.key = $2 AND e.value = $5 AND ",
    alive!()
);

/// Deletes where `$3` is.
pub(super) const DROP: &str =
    concat!("DELETE FROM kontor_entries e WHERE e.bucket = $1 AND e.key = $2 AND e.value = $3 AND ", alive!());

/// Up to `$5` entries whose keys begin with `$2`, before `$3` if there is one, behind `$4` if there is one.
pub(super) const LIST: &str = concat!(
    "SELECT e.key, e.value FROM kontor_entries e WHERE e.bucket = $1 AND e.key >= $2 AND ($3::text IS NULL OR e.key < $3) \
     AND ($4::text IS NULL OR e.key > $4) AND ",
    alive!(),
    " ORDER BY e.key LIMIT $5"
);

/// Throws away what is over, some at a time.
pub(super) const EXPIRE: &str = concat!(
    "DELETE FROM kontor_entries WHERE (bucket, key) IN (SELECT bucket, key FROM kontor_entries WHERE expires_us <= ",
    now!(),
    " LIMIT 10000)"
);

/// What all entries take on the disk.
pub(super) const SIZE: &str = "SELECT pg_total_relation_size('kontor_entries')";
