//! What operators order, and what they read.

use std::collections::BTreeMap;

use kontor_host::{DeployError, Granted};

use crate::{
    deployments::{Shop, component, everything},
    setup::guest,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_the_checks_of_another_component() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    let hello = component("hello", "1");
    shop.deployments.deploy(hello.clone(), None, "ada", None).await.unwrap();
    let deployments = shop.deployments.clone();
    // Its `describe` never ends by itself.
    let slow = tokio::spawn(async move { deployments.deploy(guest("LOOP"), None, "bob", None).await });
    tokio::task::yield_now().await;
    shop.deployments.deploy(hello, None, "ada", None).await.unwrap();
    shop.deployments.switch("sales", false).await.unwrap();
    assert!(!slow.is_finished(), "they were done meanwhile");
    assert!(matches!(slow.await.unwrap(), Err(DeployError::Load(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_revoked_is_gone_and_the_configuration_wins() {
    let folder = tempfile::tempdir().unwrap();
    let configured = BTreeMap::from([("hello".to_owned(), vec!["reuse".to_owned()])]);
    let shop = Shop::open(folder.path(), Granted { functions: configured, ..Granted::default() }).await;
    let (sql, reuse) = (["sql".to_owned()], ["reuse".to_owned()]);
    shop.deployments.grant("hello", &sql).await.unwrap();
    shop.copy("hello", &component("hello", "1"));
    shop.serves("hello", Some("1")).await;
    let listed = shop.deployments.list().await.unwrap();
    let hello = listed.iter().find(|installed| installed.name == "hello").unwrap();
    assert_eq!((hello.configured.as_slice(), hello.desired.grants.as_slice()), (&reuse[..], &sql[..]));
    assert_eq!(hello.grants(), ["reuse", "sql"]);
    for (names, words) in [(&reuse, "the configuration grants it"), (&["replace".to_owned()], "it is not granted")] {
        let error = shop.deployments.revoke("hello", names).await.unwrap_err();
        assert!(matches!(&error, DeployError::Invalid(text) if text.contains(words)), "{error}");
    }
    assert_eq!(shop.version("hello").await.as_deref(), Some("1"));
    let why = shop.deployments.revoke("hello", &sql).await.unwrap().unwrap();
    assert!(why.contains("`kontor functions grant hello sql`"), "{why}");
    assert_eq!(shop.version("hello").await, None, "what served had what was revoked");
    let shop = shop.again(folder.path()).await;
    assert_eq!(shop.version("hello").await, None);
    shop.deployments.grant("hello", &sql).await.unwrap();
    shop.serves("hello", Some("1")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_component_many_times_is_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    let (one, two) = (component("hello", "1"), component("hello", "2"));
    for next in [&one, &two, &two, &two] {
        shop.deployments.deploy(next.clone(), None, "ada", None).await.unwrap();
    }
    let kept: Vec<_> = shop.deployments.versions("hello").await.unwrap().iter().map(|kept| kept.number).collect();
    assert_eq!(kept, [4, 1]);
    assert_eq!(shop.deployments.roll_back("hello", None).await.unwrap().version, "1", "the one before, and no copy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_function_logged_can_be_read_and_waited_for() {
    let (house, version) = crate::setup::house().await;
    let waits = house.host.logged("sales", 0);
    house.text(&version, "/log?3").await;
    waits.await;
    let _ = house.whole(&version, "/trap?why").await;
    let read = house.host.log("sales", 0).unwrap();
    // What the function said, what it printed when it trapped, and what the host says of it.
    assert!(read.lines.len() > 4 && read.lines.len() as u64 == read.last && read.lost == 0, "{read:?}");
    let trap = read.lines.last().unwrap();
    assert_eq!((trap.level, trap.version.as_str()), (kontor_host::LogLevel::Error, "1"));
    assert!(trap.text.contains("a call of handle failed"), "{trap:?}");
    assert!(read.lines.iter().all(|line| line.trace_id == "07".repeat(16)), "{read:?}");
    assert_eq!(house.host.log("nobody", 0), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_back_is_an_order_that_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    for version in ["1", "2", "3"] {
        shop.copy("hello", &component("hello", version));
        shop.serves("hello", Some(version)).await;
    }
    assert_eq!(shop.deployments.roll_back("hello", None).await.unwrap().number, 2);
    shop.serves("hello", Some("2")).await;
    let shop = shop.again(folder.path()).await;
    assert_eq!(shop.version("hello").await.as_deref(), Some("2"), "the file has not changed since");
    shop.deployments.roll_back("hello", Some(1)).await.unwrap();
    shop.serves("hello", Some("1")).await;
    for (function, number) in [("hello", None), ("hello", Some(9)), ("nobody", None)] {
        let error = shop.deployments.roll_back(function, number).await.unwrap_err();
        assert!(matches!(&error, DeployError::Unknown(text) if text.contains(function)), "{error}");
    }
    shop.copy("hello", &component("hello", "4"));
    shop.serves("hello", Some("4")).await;
}
