//! Roles and schemas: those of the setup role, and those of each function.

use kontor_data::{Finding, Limits};
use tokio_postgres::{Client, Error};

use super::shown;
use crate::{PostgresEngine, names::Names, schema::LAYOUT, session::Session};

/// What is said where a role or a schema is gone, for example after a restore into another server.
const RESTORE: &str = "roles are not part of a database's dump: pg_dumpall --roles-only on the old server, psql with it on \
    this one, then restore the database again";

/// The setup role's rights, and those of each function's roles.
pub(super) async fn look(engine: &PostgresEngine, client: &Client) -> Result<Vec<Finding>, Error> {
    let mut findings = setup(client).await?;
    if findings.iter().any(Finding::is_wrong) {
        return Ok(findings);
    }
    if !client.query_one("SELECT to_regclass('kontor.functions') IS NOT NULL", &[]).await?.try_get::<_, bool>(0)? {
        findings.push(Finding::good("schema", "nothing is there yet; the first start makes it"));
        return Ok(findings);
    }
    let asked = "SELECT name, password, layout FROM kontor.functions ORDER BY name";
    for row in client.query(asked, &[]).await? {
        let (name, password, layout): (String, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        findings.extend(function(engine, client, &name, &password, layout).await?);
    }
    Ok(findings)
}

async fn setup(client: &Client) -> Result<Vec<Finding>, Error> {
    let asked = "SELECT current_user::text, current_database()::text, rolsuper OR rolcreaterole, \
         has_database_privilege(current_database(), 'CREATE'), \
         (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'kontor' AND NOT pg_has_role(nspowner, 'USAGE')) \
         FROM pg_roles WHERE rolname = current_user";
    let row = client.query_one(asked, &[]).await?;
    let (role, database): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let (makes_roles, makes_schemas): (bool, bool) = (row.try_get(2)?, row.try_get(3)?);
    let mut wrong = Vec::new();
    if !makes_roles {
        let mend = format!("ALTER ROLE {} CREATEROLE;", shown(&role));
        wrong.push(Finding::wrong("setup role", format!("{role} may not make roles for functions"), mend));
    }
    if !makes_schemas {
        let mend = format!("GRANT CREATE ON DATABASE {} TO {};", shown(&database), shown(&role));
        wrong.push(Finding::wrong("setup role", format!("{role} may not make schemas in {database}"), mend));
    }
    if let Some(owner) = row.try_get::<_, Option<String>>(4)? {
        let mend = format!("GRANT {owner} TO {};", shown(&role));
        wrong.push(Finding::wrong("setup role", format!("Kontor's schema belongs to {owner}, not to {role}"), mend));
    }
    if wrong.is_empty() {
        wrong.push(Finding::good("setup role", format!("{role} may make schemas and roles")));
    }
    Ok(wrong)
}

async fn function(
    engine: &PostgresEngine,
    client: &Client,
    function: &str,
    password: &str,
    layout: i64,
) -> Result<Vec<Finding>, Error> {
    let names = Names::of(engine.setup().0.config.get_dbname().unwrap_or_default(), function);
    let subject = format!("schema of {function}");
    let wrong = |what: String, mend: &str| Ok(vec![Finding::wrong(subject.clone(), what, mend)]);
    let asked = "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1), \
         EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $2 AND NOT rolsuper AND NOT rolcanlogin), \
         EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $3)";
    let row = client.query_one(asked, &[&names.host, &names.runtime, &names.schema]).await?;
    let parts = [("role", &names.host), ("role", &names.runtime), ("schema", &names.schema)];
    for (place, (kind, name)) in parts.into_iter().enumerate() {
        if !row.try_get::<_, bool>(place)? {
            return wrong(format!("the {kind} {name} is not there, or not as Kontor made it"), RESTORE);
        }
    }
    if layout > LAYOUT {
        return wrong("it was made by a newer Kontor".to_owned(), "upgrade this program");
    }
    let mut findings = rights(client, &names, &subject).await?;
    findings.extend(login(engine, &names, function, password).await);
    if findings.is_empty() {
        findings.push(Finding::good(subject, state(client, &names, layout).await?));
    }
    Ok(findings)
}

async fn state(client: &Client, names: &Names, layout: i64) -> Result<String, Error> {
    let asked = format!("SELECT count(*) FROM {}.kontor_migrations", names.schema);
    let ran: i64 = client.query_one(&asked, &[]).await?.try_get(0)?;
    let older = if layout < LAYOUT { "; an older Kontor made it, and the next start brings it forward" } else { "" };
    Ok(format!("{ran} migrations ran; the roles have their rights and no more{older}"))
}

/// What the roles should be able to do and cannot, and the other way round, as the commands that mend it.
const RIGHTS: &str = "
SELECT format('GRANT USAGE ON SCHEMA %I TO %I', $1::text, role) FROM unnest(ARRAY[$2::text, $3::text]) role
 WHERE NOT has_schema_privilege(role::name, $1::text, 'USAGE')
UNION ALL
SELECT format('REVOKE CREATE ON SCHEMA %I FROM %I, PUBLIC', $1::text, role) FROM unnest(ARRAY[$2::text, $3::text]) role
 WHERE has_schema_privilege(role::name, $1::text, 'CREATE')
UNION ALL
SELECT format('GRANT %I TO %I', $2::text, $3::text) WHERE NOT pg_has_role($3::name, $2::name, 'MEMBER')
UNION ALL
SELECT format('GRANT SELECT%s ON %I.%I TO %I', CASE WHEN writes THEN ', INSERT' ELSE '' END, $1::text, relname, role) FROM (
  SELECT c.oid, c.relname, CASE WHEN starts_with(c.relname, 'kontor_') THEN $3::text ELSE $2::text END AS role,
         c.relname NOT IN ('kontor_migrations', 'kontor_collections') AS writes
    FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1::text) AND c.relkind = 'r'
) tables
 WHERE NOT has_table_privilege(role::name, oid, 'SELECT') OR (writes AND NOT has_table_privilege(role::name, oid, 'INSERT'))
 ORDER BY 1";

async fn rights(client: &Client, names: &Names, subject: &str) -> Result<Vec<Finding>, Error> {
    let rows = client.query(RIGHTS, &[&names.schema, &names.runtime, &names.host]).await?;
    let commands: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if commands.is_empty() {
        return Ok(Vec::new());
    }
    let mend = commands.join("; ") + ";";
    Ok(vec![Finding::wrong(subject, "its roles have not the rights that Kontor gave them", mend)])
}

/// Logs in as the function's host role, which is what serving does.
async fn login(engine: &PostgresEngine, names: &Names, function: &str, password: &str) -> Option<Finding> {
    let purpose = engine.host(names, password, &Limits::default());
    let refused = Session::try_to_connect(&purpose).await.err()?;
    let mend = if refused.mend.contains("password") {
        // The next start finds no password, makes a new one, and leaves everything else as it is.
        forget(function)
    } else {
        refused.mend
    };
    Some(Finding::wrong(format!("login of {function}"), refused.what, mend))
}

fn forget(function: &str) -> String {
    format!(
        "DELETE FROM kontor.functions WHERE name = '{function}'; then start Kontor again, which makes a new password"
    )
}
