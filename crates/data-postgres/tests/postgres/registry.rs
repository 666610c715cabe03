//! Tokens of services.

use kontor_data::{Deployment, Desired, Engine, RegistryError, Token};

use crate::server::Home;

fn token(name: &str) -> Token {
    Token {
        name: name.into(),
        hash: [7; 32],
        scopes: vec!["sales:reset".into(), "invoices:read".into()],
        created_us: 5,
        revoked_us: None,
    }
}

#[tokio::test]
async fn a_token_is_kept_once_and_revoked_once() {
    let home = Home::make().await;
    let registry = home.engine().registry();
    registry.add_token(token("till")).await.unwrap();
    assert!(matches!(registry.add_token(token("till")).await, Err(RegistryError::Exists(_))));
    drop(registry);
    let registry = home.engine().registry();
    assert_eq!(registry.tokens().await.unwrap(), [token("till")]);
    assert!(registry.revoke_token("till", 9).await.unwrap());
    assert!(!registry.revoke_token("till", 9).await.unwrap());
    assert_eq!(registry.tokens().await.unwrap()[0].revoked_us, Some(9));
    registry.add_token(token("till")).await.unwrap();
    assert_eq!(registry.tokens().await.unwrap()[0].revoked_us, None);
}

fn deployment(function: &str, hash: &str) -> Deployment {
    let (function, hash) = (function.to_owned(), hash.to_owned());
    let (version, who) = ("1".into(), "somebody".into());
    Deployment { function, number: 0, hash, version, who, deployed_us: 5, signature: None }
}

#[tokio::test]
async fn the_last_twenty_deployments_are_kept_and_their_components_alone() {
    let home = Home::make().await;
    let registry = home.engine().registry();
    for count in 1..=22_u64 {
        let hash = format!("h{count}");
        let made = registry.deploy(deployment("hello", &hash), hash.as_bytes(), None).await.unwrap();
        assert_eq!(made.number, count);
    }
    registry.deploy(deployment("other", "h22"), b"h22", None).await.unwrap();
    // Another process sees the same.
    let registry = home.engine().registry();
    let numbers: Vec<u64> = registry.deployments("hello").await.unwrap().iter().map(|kept| kept.number).collect();
    assert_eq!(numbers, (3..=22).rev().collect::<Vec<_>>());
    assert_eq!(registry.component("hello", 3).await.unwrap().unwrap(), b"h3");
    assert_eq!(registry.component("hello", 2).await.unwrap(), None);
    assert_eq!(registry.component("other", 1).await.unwrap().unwrap(), b"h22", "one component, two functions");
    let kept = home.client().await.query_one("SELECT count(*) FROM kontor.components", &[]).await.unwrap();
    assert_eq!(kept.get::<_, i64>(0), 20);
}

#[tokio::test]
async fn what_is_to_serve_is_what_was_said_last() {
    let registry = Home::make().await.engine().registry();
    let mut wanted = Desired { grants: vec!["sql".into(), "reuse".into()], ..Desired::of("hello") };
    registry.desire(wanted.clone()).await.unwrap();
    registry.deploy(deployment("hello", "a"), b"a", Some("seen".into())).await.unwrap();
    (wanted.number, wanted.seen) = (Some(1), Some("seen".into()));
    assert_eq!(registry.desired().await.unwrap(), [wanted.clone()], "grants stay");
    (wanted.number, wanted.enabled) = (None, false);
    registry.desire(wanted.clone()).await.unwrap();
    assert_eq!(registry.desired().await.unwrap(), [wanted.clone()]);
    registry.deploy(deployment("hello", "b"), b"b", None).await.unwrap();
    (wanted.number, wanted.enabled) = (Some(2), true);
    assert_eq!(registry.desired().await.unwrap(), [wanted], "deploying switches it on, and forgets no file");
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
