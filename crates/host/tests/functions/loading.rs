//! From a file to a live function, and what stands in the way.

use std::{collections::BTreeMap, fs, sync::Arc};

use bytes::Bytes;
use kontor_host::{Limits, LoadError};
use serde_json::json;

use crate::setup::{House, call, guest, house, manifest};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_live_is_seen_and_signalled() {
    let house = House::new(Limits::default());
    let mut live = house.host.live();
    assert!(live.borrow_and_update().functions.is_empty());
    let version = house.put(&manifest("sales", "1.2.3")).await;
    live.changed().await.unwrap();
    let seen = live.borrow_and_update().functions["sales"].clone();
    assert!(Arc::ptr_eq(&seen, &version));
    assert_eq!((&**seen.name(), seen.manifest().version.as_str(), seen.hash().len()), ("sales", "1.2.3", 64));
    assert!(house.host.databases().contains_key("sales"));

    assert!(house.host.take_down("sales"));
    live.changed().await.unwrap();
    assert!(live.borrow_and_update().functions.is_empty());
    assert!(!house.host.take_down("sales"), "it is gone");
    assert!(house.host.databases().contains_key("sales"), "its data stays");
    assert_eq!(house.text(&version, "/ok").await, "ok", "who holds it can finish");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_versions_serve_at_once_and_figures_go_on() {
    let (house, old) = house().await;
    old.endpoint("ok").received_bytes.add(5);
    let new = house.put(&manifest("sales", "2")).await;
    assert_ne!(old.hash(), new.hash());
    for version in [&old, &new] {
        assert_eq!(house.text(version, "/calls").await, "1", "each has its own instances");
    }
    assert_eq!(new.endpoint("ok").received_bytes.get(), 5);
    assert!(house.text(&old, "/insert?by-old").await.contains("Ok"));
    assert_eq!(house.text(&new, "/notes").await, r#"Ok(["by-old"])"#, "and both the same data");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_under_way_finishes_on_the_old_version() {
    let (house, old) = house().await;
    let (host, version) = (house.host.clone(), old.clone());
    let slow = tokio::spawn(async move { host.handle(&version, call("/sleep?200")).await.map(|_| ()) });
    house.put(&manifest("sales", "2")).await;
    drop(old);
    slow.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compiled_code_is_kept_and_never_trusted_when_damaged() {
    let cache = tempfile::tempdir().unwrap();
    House::cached_in(cache.path()).put(&manifest("sales", "1")).await;
    let file = fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
    let (made, good) = (fs::metadata(&file).unwrap().modified().unwrap(), fs::read(&file).unwrap());

    House::cached_in(cache.path()).put(&manifest("sales", "1")).await;
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), made, "it was used as it is");

    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    fs::write(&file, &damaged).unwrap();
    let house = House::cached_in(cache.path());
    let version = house.put(&manifest("sales", "1")).await;
    assert_eq!(house.text(&version, "/ok").await, "ok");
    assert_ne!(fs::read(&file).unwrap(), damaged, "it was compiled again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_function_says_why_and_the_old_version_stays() {
    let (house, version) = house().await;
    let cut = guest(&manifest("sales", "2").to_string()).slice(..1000);
    let wrong: [(Bytes, &str); 5] = [
        (Bytes::from_static(b"hello"), "no WebAssembly component"),
        (cut, "no WebAssembly component"),
        (Bytes::from_static(b"\0asm\x0d\0\x01\0"), "does not export handle, describe, on-event, on-schedule"),
        (guest("TRAP"), "`describe` failed: trapped"),
        (guest("no JSON"), "no manifest"),
    ];
    for (component, why) in wrong {
        let error = house.host.put_live(component).await.map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    assert!(Arc::ptr_eq(&house.host.live().borrow().functions["sales"], &version));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_description_without_end_is_ended() {
    let house = House::new(Limits { cpu: std::time::Duration::from_millis(50), ..Limits::default() });
    let error = house.host.put_live(guest("LOOP")).await.map(|_| ()).unwrap_err();
    assert!(matches!(&error, LoadError::BadManifest(text) if text.contains("CPU")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_migration_stays_dark() {
    let (house, version) = house().await;
    let mut changed = manifest("sales", "2");
    changed["sql"]["migrations"][0]["name"] = json!("other");
    let error = house.host.put_live(guest(&changed.to_string())).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, LoadError::Data(_)), "{error}");
    assert!(Arc::ptr_eq(&house.host.live().borrow().functions["sales"], &version));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_operator_set_and_the_function_cannot_use_keeps_it_dark() {
    let mut picky = manifest("sales", "1");
    picky["misconfigured"] = json!([{"key": "seller", "what": "nobody is no seller"}]);
    let set = |value: &str| {
        let seller = BTreeMap::from([("seller".to_owned(), value.to_owned())]);
        House::configured(BTreeMap::from([("sales".to_owned(), seller)]))
    };
    let house = set("nobody");
    let error = house.host.put_live(guest(&picky.to_string())).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, LoadError::Misconfigured(_)), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("functions.sales.config.seller is \"nobody\" and cannot be used: nobody is no seller"),
        "{text}"
    );
    assert!(house.host.databases().is_empty(), "and nothing is left behind");

    for house in [House::new(Limits::default()), set(" ")] {
        let version = house.put(&picky).await;
        assert_eq!(version.misconfigured()[0].key, "seller", "what nobody set is told, and the rest works");
        assert_eq!(house.text(&version, "/ok").await, "ok");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn describing_puts_nothing_live() {
    let house = House::new(Limits::default());
    let manifest = house.host.describe(guest(&manifest("sales", "9").to_string())).await.unwrap();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("sales", "9"));
    assert!(house.host.live().borrow().functions.is_empty());
    assert!(house.host.databases().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_functions_come_up_at_once() {
    let house = House::new(Limits::default());
    let manifests: Vec<_> = (0..6).map(|index| manifest(&format!("f{index}"), "1")).collect();
    futures_util::future::join_all(manifests.iter().map(|manifest| house.put(manifest))).await;
    assert_eq!(house.host.live().borrow().functions.len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_lets_calls_finish_and_takes_no_new_ones() {
    let (house, version) = house().await;
    let (host, slow_version) = (house.host.clone(), version.clone());
    let slow = tokio::spawn(async move { host.handle(&slow_version, call("/sleep?200")).await.map(|_| ()) });
    crate::setup::until("it is at work", || async { version.pool().in_flight == 1 }).await;
    house.host.stop(std::time::Duration::from_secs(30)).await;
    slow.await.unwrap().unwrap();
    assert!(matches!(house.whole(&version, "/ok").await.unwrap_err(), kontor_host::CallError::Stopping));
    let late = house.host.put_live(guest(&manifest("late", "1").to_string())).await;
    assert!(late.is_err());
}
