//! Roles, schemas and the host's own tables.
//!
//! A function has two roles. Kontor logs in as the *host* role, which keeps events and records in the function's schema;
//! for the function's statements it becomes the *runtime* role, which reads and writes rows of the function's tables. Both
//! reach nothing outside their schema, and neither can change one. The host role's password is random, made once, and
//! kept in `kontor.functions`, which only the setup identity can read.

use kontor_data::OpenError;
use kontor_data_server::chain;
use tokio_postgres::{Client, Error, Transaction};

use crate::names::{Names, literal, quoted};

/// The lock under which one process at a time changes schemas: "kontor" as a number.
const LOCK: i64 = 0x6b6f_6e74_6f72;

/// Which form of the host's tables this program knows; rises whenever they change.
pub(crate) const LAYOUT: i64 = 2;

/// Tries of what another transaction was in the way of.
const TRIES: u32 = 5;

/// Kontor's own tables, shared by all its processes.
const SHARED_TABLES: &str = "
CREATE SCHEMA IF NOT EXISTS kontor;
REVOKE ALL ON SCHEMA kontor FROM PUBLIC;
CREATE TABLE IF NOT EXISTS kontor.functions (name text COLLATE \"C\" PRIMARY KEY, password text NOT NULL, layout bigint NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS kontor.usage (hour bigint NOT NULL, function text COLLATE \"C\" NOT NULL, operation text COLLATE \"C\" NOT NULL, requests bigint NOT NULL, errors bigint NOT NULL, calls bigint NOT NULL, cpu_ns bigint NOT NULL, memory_page_us bigint NOT NULL, received_bytes bigint NOT NULL, sent_bytes bigint NOT NULL, row_count bigint NOT NULL, PRIMARY KEY (hour, function, operation));
CREATE TABLE IF NOT EXISTS kontor.spent (budget text COLLATE \"C\" PRIMARY KEY, window_number bigint NOT NULL, requests bigint NOT NULL, calls bigint NOT NULL, memory_page_us bigint NOT NULL, sent_bytes bigint NOT NULL);
CREATE TABLE IF NOT EXISTS kontor.runs (function text COLLATE \"C\" NOT NULL, schedule text COLLATE \"C\" NOT NULL, due_us bigint NOT NULL, ended_us bigint, error text, PRIMARY KEY (function, schedule));
CREATE TABLE IF NOT EXISTS kontor.tokens (name text COLLATE \"C\" PRIMARY KEY, hash bytea NOT NULL, scopes text NOT NULL, created_us bigint NOT NULL, revoked_us bigint);
CREATE TABLE IF NOT EXISTS kontor.desired (name text COLLATE \"C\" PRIMARY KEY, number bigint, enabled boolean NOT NULL, seen text, grants text NOT NULL);
CREATE TABLE IF NOT EXISTS kontor.deployments (function text COLLATE \"C\" NOT NULL, number bigint NOT NULL, hash text NOT NULL, version text NOT NULL, who text NOT NULL, deployed_us bigint NOT NULL, signature text, PRIMARY KEY (function, number));
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'kontor.deployments'::regclass AND attname = 'signature') THEN
    ALTER TABLE kontor.deployments ADD COLUMN signature text;
  END IF;
END $$;
CREATE TABLE IF NOT EXISTS kontor.components (hash text PRIMARY KEY, component bytea NOT NULL);
";

/// The database is Kontor's own: nobody makes temporary tables in it, where the setup role may say so.
const NO_TEMPORARY_TABLES: &str = "DO $$ BEGIN \
     IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN \
       EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); \
     END IF; END $$";

/// The host's tables in a function's schema. `head` marks the oldest event of each key: only it may be handed out. It is
/// due from `due_us` on, which is its making, the end of its lease, or its next try.
const HOST_TABLES: &str = "
CREATE TABLE IF NOT EXISTS kontor_migrations (number bigint PRIMARY KEY, name text NOT NULL, hash text NOT NULL, ran timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS kontor_subscribers (name text COLLATE \"C\" PRIMARY KEY);
CREATE TABLE IF NOT EXISTS kontor_subscriptions (subscriber text COLLATE \"C\" NOT NULL, name text COLLATE \"C\" NOT NULL, PRIMARY KEY (subscriber, name));
CREATE TABLE IF NOT EXISTS kontor_outbox (subscriber text COLLATE \"C\" NOT NULL, id bigint NOT NULL, name text NOT NULL, key text COLLATE \"C\" NOT NULL, payload text NOT NULL, time_us bigint NOT NULL, trace_id text NOT NULL, head boolean NOT NULL, due_us bigint NOT NULL, failed bigint NOT NULL DEFAULT 0, dead boolean NOT NULL DEFAULT false, error text, owner uuid, token uuid, PRIMARY KEY (subscriber, id));
CREATE INDEX IF NOT EXISTS kontor_outbox_key ON kontor_outbox (subscriber, key, id);
CREATE INDEX IF NOT EXISTS kontor_outbox_due ON kontor_outbox (subscriber, due_us, id) WHERE head AND NOT dead;
CREATE INDEX IF NOT EXISTS kontor_outbox_owner ON kontor_outbox (owner) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS kontor_outbox_failed ON kontor_outbox (time_us, id) WHERE failed > 0;
CREATE TABLE IF NOT EXISTS kontor_outbox_state (id bigint PRIMARY KEY CHECK (id = 1), next_id bigint NOT NULL, rows bigint NOT NULL, bytes bigint NOT NULL, dead bigint NOT NULL);
INSERT INTO kontor_outbox_state (id, next_id, rows, bytes, dead) VALUES (1, 1, 0, 0, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS kontor_processes (id uuid PRIMARY KEY, seen_us bigint NOT NULL);
CREATE TABLE IF NOT EXISTS kontor_commits (id uuid PRIMARY KEY);
CREATE TABLE IF NOT EXISTS kontor_idempotency (id bytea PRIMARY KEY, made_us bigint NOT NULL, fingerprint bytea NOT NULL, outcome bytea NOT NULL);
CREATE INDEX IF NOT EXISTS kontor_idempotency_made ON kontor_idempotency (made_us);
CREATE TABLE IF NOT EXISTS kontor_entries (bucket text COLLATE \"C\" NOT NULL, key text COLLATE \"C\" NOT NULL, value bytea NOT NULL, expires_us bigint, PRIMARY KEY (bucket, key));
CREATE INDEX IF NOT EXISTS kontor_entries_expires ON kontor_entries (expires_us) WHERE expires_us IS NOT NULL;
CREATE TABLE IF NOT EXISTS kontor_collections (name text COLLATE \"C\" PRIMARY KEY, declared text NOT NULL, deleted bigint NOT NULL DEFAULT 0);
";

/// What the host role may use; it changes rows of these and reads which migrations ran.
const KEPT_BY_HOST: &str = "kontor_subscribers, kontor_subscriptions, kontor_outbox, kontor_outbox_state, \
    kontor_processes, kontor_commits, kontor_idempotency, kontor_entries";

/// Takes the lock until the transaction ends.
pub(crate) async fn lock(transaction: &Transaction<'_>) -> Result<(), Error> {
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.map(|_| ())
}

/// Makes Kontor's own schema.
pub(crate) async fn prepare_database(client: &mut Client) -> Result<(), OpenError> {
    for tried in 1..=TRIES {
        match share(client).await {
            Ok(()) => break,
            Err(error) if was_in_the_way(&error) && tried < TRIES => {}
            Err(error) => return Err(refused("Kontor's own schema", &error)),
        }
    }
    Ok(())
}

async fn share(client: &mut Client) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    lock(&transaction).await?;
    transaction.batch_execute(SHARED_TABLES).await?;
    transaction.batch_execute(NO_TEMPORARY_TABLES).await?;
    transaction.commit().await
}

/// Makes a function's roles, its schema and the host's tables in it, unless they are there. Gives the host role's password.
pub(crate) async fn provision(client: &mut Client, names: &Names, function: &str) -> Result<String, OpenError> {
    let fresh = random_password()?;
    for tried in 1.. {
        match make(client, names, function, &fresh).await {
            Ok(password) => return Ok(password),
            Err(error) if was_in_the_way(&error) && tried < TRIES => {}
            Err(error) => return Err(refused(&format!("the schema of {function}"), &error)),
        }
    }
    Ok(fresh)
}

/// Whether the same again may work: a deadlock, a wait for a lock that was too long, or a catalogue's row that somebody
/// else changed at the same time, of which PostgreSQL only says that it is internal.
pub(crate) fn was_in_the_way(error: &Error) -> bool {
    error.as_db_error().is_some_and(|db| match db.code().code() {
        "40P01" | "40001" | "55P03" => true,
        "XX000" => db.message().contains("concurrently updated"),
        _ => false,
    })
}

async fn make(client: &mut Client, names: &Names, function: &str, fresh: &str) -> Result<String, Error> {
    let transaction = client.transaction().await?;
    lock(&transaction).await?;
    let (password, layout) = known(&transaction, function, fresh).await?;
    make_roles(&transaction, names, &password, password == *fresh).await?;
    // Making what is there already would still wait for everybody who writes, and let everybody wait.
    if layout < LAYOUT {
        make_schema(&transaction, names).await?;
        let made = "UPDATE kontor.functions SET layout = $2 WHERE name = $1";
        transaction.execute(made, &[&function, &LAYOUT]).await?;
    }
    transaction.commit().await?;
    Ok(password)
}

fn refused(what: &str, error: &Error) -> OpenError {
    let text = chain(error);
    match error.as_db_error().map(|db| db.code().code()) {
        None => OpenError::Unreachable(format!("PostgreSQL was lost while {what} was made: {text}")),
        Some("42501") => OpenError::Store(format!(
            "{what} cannot be made: {text}; the setup role needs rights: ALTER ROLE … CREATEROLE, and GRANT CREATE ON \
             DATABASE … TO it"
        )),
        Some(_) => OpenError::Store(format!("{what} cannot be made: {text}")),
    }
}

fn random_password() -> Result<String, OpenError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| OpenError::Store(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn known(transaction: &Transaction<'_>, function: &str, fresh: &str) -> Result<(String, i64), Error> {
    let insert = "INSERT INTO kontor.functions (name, password) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    transaction.execute(insert, &[&function, &fresh]).await?;
    let asked = "SELECT password, layout FROM kontor.functions WHERE name = $1";
    let row = transaction.query_one(asked, &[&function]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn make_roles(transaction: &Transaction<'_>, names: &Names, password: &str, is_fresh: bool) -> Result<(), Error> {
    // The verifier is sent and not the password, which would stand in the server's log otherwise.
    let verifier = literal(&postgres_protocol::password::scram_sha_256(password.as_bytes()));
    let (runtime, host) = (quoted(&names.runtime), quoted(&names.host));
    let exists = "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)";
    if !transaction.query_one(exists, &[&names.runtime]).await?.try_get::<_, bool>(0)? {
        transaction.batch_execute(&format!("CREATE ROLE {runtime} NOLOGIN NOINHERIT")).await?;
    }
    if !transaction.query_one(exists, &[&names.host]).await?.try_get::<_, bool>(0)? {
        transaction.batch_execute(&format!("CREATE ROLE {host} LOGIN NOINHERIT PASSWORD {verifier}")).await?;
    } else if is_fresh {
        // The role is left over from a database of the same name.
        transaction.batch_execute(&format!("ALTER ROLE {host} PASSWORD {verifier}")).await?;
    }
    transaction.batch_execute(&format!("GRANT {runtime} TO {host}")).await
}

async fn make_schema(transaction: &Transaction<'_>, names: &Names) -> Result<(), Error> {
    let (schema, runtime, host) = (quoted(&names.schema), quoted(&names.runtime), quoted(&names.host));
    transaction
        .batch_execute(&format!(
            "SET LOCAL client_min_messages = error; CREATE SCHEMA IF NOT EXISTS {schema}; \
             GRANT USAGE ON SCHEMA {schema} TO {runtime}, {host}; SET LOCAL search_path = {schema}; {HOST_TABLES} \
             GRANT SELECT ON kontor_migrations, kontor_collections TO {host}; \
             GRANT UPDATE (deleted) ON kontor_collections TO {host}; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON {KEPT_BY_HOST} TO {host};"
        ))
        .await
}
