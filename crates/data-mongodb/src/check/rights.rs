//! Looks at what the user who serves functions may do.

use kontor_contract::Policy;
use kontor_data::{Finding, OpenError};
use mongodb::bson::{Bson, Document, doc};

use crate::{
    connection::{ANSWER_TIME_MAX, Connection},
    declared::Declared,
    layout,
    server::run,
    setup::grant,
};

/// Actions that change or throw away what was written.
const CHANGES: [&str; 4] = ["update", "remove", "dropCollection", "convertToCapped"];

pub(super) async fn look(
    runtime: &Connection,
    is_apart: bool,
    declared: &[(String, Declared)],
) -> Result<Vec<Finding>, OpenError> {
    let database = runtime.database().await?;
    let asked = run(&database, doc! {"connectionStatus": 1, "showPrivileges": true});
    let Some(status) = runtime.within(ANSWER_TIME_MAX, asked).await? else {
        return Ok(vec![Finding::unknown("runtime user", "the server has no users")]);
    };
    let auth = status.get_document("authInfo").cloned().unwrap_or_default();
    if auth.get_array("authenticatedUsers").map_or(true, Vec::is_empty) {
        let mend = "start mongod with --auth and name users in engines.mongodb.url and setup_url";
        return Ok(vec![Finding::wrong("runtime user", "the server asks nobody who they are", mend)]);
    }
    if !is_apart {
        let mend =
            format!("name a second user in engines.mongodb.setup_url, and for the one of url: {}", grant(runtime));
        return Ok(vec![Finding::wrong("runtime user", "functions write as the user who sets things up", mend)]);
    }
    let privileges: Vec<&Document> =
        auth.get_array("authenticatedUserPrivileges").into_iter().flatten().filter_map(Bson::as_document).collect();
    Ok(declared.iter().map(|(name, declared)| rights(runtime, &privileges, name, declared)).collect())
}

fn rights(runtime: &Connection, privileges: &[&Document], name: &str, declared: &Declared) -> Finding {
    let subject = format!("rights on {name}");
    let may = |action: &str| {
        privileges.iter().any(|privilege| covers(privilege, runtime.database_name(), name) && has(privilege, action))
    };
    let wanted = layout::actions(declared.collection.policy);
    if let Some(missing) = wanted.iter().find(|action| !may(action)) {
        return Finding::wrong(subject, format!("the runtime user may not {missing}"), grant(runtime));
    }
    let extra = CHANGES.iter().find(|action| !wanted.contains(action) && may(action));
    match extra {
        Some(action) => Finding::wrong(
            subject,
            format!("the runtime user may {action}{}", only(declared.collection.policy)),
            format!("take every other role from it and leave {} of {}", layout::ROLE, runtime.database_name()),
        ),
        None => Finding::good(subject, wanted.join(", ")),
    }
}

fn only(policy: Policy) -> &'static str {
    match policy {
        Policy::AppendOnly => ", where documents are only ever added",
        Policy::Versioned => "",
    }
}

/// An empty name stands for every one.
fn covers(privilege: &Document, database: &str, collection: &str) -> bool {
    let Ok(resource) = privilege.get_document("resource") else { return false };
    let is_for = |key: &str, wanted: &str| resource.get_str(key).is_ok_and(|found| found.is_empty() || found == wanted);
    resource.get_bool("anyResource").unwrap_or(false) || (is_for("db", database) && is_for("collection", collection))
}

fn has(privilege: &Document, action: &str) -> bool {
    let actions = privilege.get_array("actions");
    actions.is_ok_and(|all| {
        all.iter().any(|known| matches!(known.as_str(), Some(known) if known == action || known == "anyAction"))
    })
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, Policy};
    use kontor_data::{Condition, Finding};
    use mongodb::bson::{Document, doc};

    use super::rights;
    use crate::{connection::Connection, declared::Declared};

    fn of(policy: Policy, actions: &[&str], collection: &str) -> Finding {
        let runtime = Connection::new("mongodb://web:secret@one/kontor?authSource=admin", 1).unwrap();
        let (paths, indexes, schema) = (vec![], vec![], true.into());
        let declared = Collection { name: "invoices".into(), policy, shard_key: None, paths, indexes, schema };
        let privilege: Document =
            doc! {"resource": {"db": "kontor", "collection": collection}, "actions": actions.to_vec()};
        rights(&runtime, &[&privilege], "shop.invoices", &Declared { collection: declared, schema_before: None })
    }

    #[test]
    fn whoever_may_change_what_stays_is_named() {
        let good = of(Policy::AppendOnly, &["find", "insert"], "shop.invoices");
        assert_eq!(good.condition, Condition::Good, "{good:?}");
        assert!(!of(Policy::Versioned, &["find", "insert", "update", "remove"], "").is_wrong());
        let too_much = of(Policy::AppendOnly, &["find", "insert", "update"], "");
        assert!(too_much.is_wrong() && too_much.detail.contains("may update"), "{too_much:?}");
        for (actions, collection) in [(&["find"][..], "shop.invoices"), (&["find", "insert"][..], "shop.profiles")] {
            let missing = of(Policy::AppendOnly, actions, collection);
            let Condition::Wrong { mend } = &missing.condition else { panic!("{missing:?}") };
            assert_eq!(
                mend,
                r#"db.getSiblingDB("admin").grantRolesToUser("web", [{role: "kontor_runtime", db: "kontor"}])"#
            );
        }
    }
}
