//! Which functions the operator put there, and what is to serve.

use kontor_data::{Engine, registry::DEPLOYMENTS_KEPT, registry::Deployment, registry::Desired};

use crate::Stand;

fn new(function: &str, hash: &str) -> Deployment {
    Deployment {
        function: function.into(),
        number: 0,
        hash: hash.into(),
        version: "1".into(),
        who: "somebody".into(),
        deployed_us: 5,
        signature: None,
    }
}

pub async fn the_last_ones_are_kept_with_their_components(stand: &Stand<dyn Engine>) {
    let engine = stand.engine().await;
    let registry = engine.registry();
    let all = DEPLOYMENTS_KEPT as u64 + 5;
    for count in 1..=all {
        let (hash, component) = (format!("h{count}"), vec![u8::try_from(count).unwrap(); 100_000]);
        let made = registry.deploy(new("hello", &hash), &component, None).await.unwrap();
        assert_eq!(made, Deployment { number: count, ..new("hello", &hash) });
    }
    // One component, two functions: it stays as long as one of them has it.
    let last = format!("h{all}");
    registry.deploy(new("other", &last), &vec![u8::try_from(all).unwrap(); 100_000], None).await.unwrap();
    drop(registry);
    drop(engine);
    let registry = stand.engine().await.registry();
    let numbers: Vec<_> = registry.deployments("hello").await.unwrap().iter().map(|kept| kept.number).collect();
    assert_eq!(numbers, (6..=all).rev().collect::<Vec<_>>());
    assert_eq!(registry.component("hello", 6).await.unwrap(), Some(vec![6; 100_000]));
    assert_eq!(registry.component("hello", 5).await.unwrap(), None);
    let shared = registry.component("other", 1).await.unwrap().unwrap();
    assert_eq!(Some(shared), registry.component("hello", all).await.unwrap());
    assert_eq!(registry.deployments("nobody").await.unwrap(), []);
}

pub async fn one_component_is_kept_once_however_often_it_is_deployed(stand: &Stand<dyn Engine>) {
    let engine = stand.engine().await;
    let registry = engine.registry();
    registry.deploy(new("hello", "a"), b"a", None).await.unwrap();
    for _ in 0..=DEPLOYMENTS_KEPT {
        registry.deploy(new("hello", "b"), b"b", None).await.unwrap();
    }
    let signed = Deployment { signature: Some("c2lnbmVk".into()), ..new("hello", "b") };
    let last = registry.deploy(signed, b"b", None).await.unwrap();
    let kept = registry.deployments("hello").await.unwrap();
    assert_eq!(
        kept,
        [last, Deployment { number: 1, ..new("hello", "a") }],
        "the one before is still there to go back to"
    );
    assert_eq!(registry.component("hello", 1).await.unwrap().as_deref(), Some(&b"a"[..]));
}

pub async fn what_is_to_serve_is_what_was_said_last(stand: &Stand<dyn Engine>) {
    let engine = stand.engine().await;
    let registry = engine.registry();
    assert_eq!(registry.desired().await.unwrap(), []);
    let mut wanted = Desired { grants: vec!["sql".into(), "reuse".into()], ..Desired::of("hello") };
    registry.desire(wanted.clone()).await.unwrap();
    registry.deploy(new("hello", "a"), b"a", Some("seen".into())).await.unwrap();
    (wanted.number, wanted.seen) = (Some(1), Some("seen".into()));
    assert_eq!(registry.desired().await.unwrap(), [wanted.clone()], "grants stay");
    (wanted.number, wanted.enabled) = (None, false);
    registry.desire(wanted.clone()).await.unwrap();
    drop(registry);
    drop(engine);
    let registry = stand.engine().await.registry();
    assert_eq!(registry.desired().await.unwrap(), [wanted.clone()]);
    registry.deploy(new("hello", "b"), b"b", None).await.unwrap();
    (wanted.number, wanted.enabled) = (Some(2), true);
    assert_eq!(registry.desired().await.unwrap(), [wanted], "deploying switches it on, and forgets no file");
}
