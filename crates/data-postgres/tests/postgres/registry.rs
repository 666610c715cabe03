//! Several processes on one registry.

use kontor_data::{Deployment, Engine};

use crate::server::Home;

fn deployment(function: &str, hash: &str) -> Deployment {
    let (function, hash) = (function.to_owned(), hash.to_owned());
    let (version, who) = ("1".into(), "somebody".into());
    Deployment { function, number: 0, hash, version, who, deployed_us: 5, signature: None }
}

#[tokio::test]
async fn two_processes_deploy_at_once_and_each_gets_a_number() {
    let home = Home::make().await;
    let registries = [home.engine().registry(), home.engine().registry()];
    let all = (0..10).map(|count| {
        let (registry, hash) = (&registries[count % 2], format!("h{count}"));
        async move { registry.deploy(deployment("hello", &hash), b"x", None).await.unwrap().number }
    });
    let mut numbers = futures_util::future::join_all(all).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
}
