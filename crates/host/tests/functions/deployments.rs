//! Files that come, change and go while the house serves; and what operators order.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use bytes::Bytes;
use kontor_host::{DeployError, Deployments, Granted};
use serde_json::Value as Json;

use crate::setup::{House, call, guest, manifest, subscribing, until};

/// A house that lasts, its functions folder, and who watches it.
pub struct Shop {
    pub house: House,
    pub deployments: Arc<Deployments>,
    functions: PathBuf,
    grants: Granted,
}

pub fn everything() -> Granted {
    Granted { all: true, ..Granted::default() }
}

impl Shop {
    /// Opens what is in `folder`, with `sales` version `bundled` as the one that came with the program.
    pub async fn open(folder: &Path, grants: Granted) -> Self {
        let (house, registry) = House::lasting(&folder.join("sql"));
        let bundled = BTreeMap::from([("sales".to_owned(), component("sales", "bundled"))]);
        let granted = Granted { functions: grants.functions.clone(), all: grants.all, signers: grants.signers.clone() };
        let deployments = Deployments::new(house.host.clone(), registry, bundled, granted);
        deployments.start().await.unwrap();
        let functions = folder.join("functions");
        deployments.follow(&functions, "").await.unwrap();
        Self { house, deployments, functions, grants }
    }

    /// The same after a restart.
    pub async fn again(self, folder: &Path) -> Self {
        self.house.host.stop(std::time::Duration::from_secs(10)).await;
        let grants = self.grants;
        drop((self.house, self.deployments));
        Self::open(folder, grants).await
    }

    fn file(&self, name: &str) -> PathBuf {
        self.functions.join(format!("{name}.wasm"))
    }

    /// Copies as most programs do: into the file itself.
    pub fn copy(&self, name: &str, component: &[u8]) {
        fs::write(self.file(name), component).unwrap();
    }

    /// The version that answers; none if there is no such function.
    pub async fn version(&self, name: &str) -> Option<String> {
        let version = self.house.host.live().borrow().functions.get(name).cloned()?;
        Some(self.house.text(&version, "/version").await)
    }

    pub async fn serves(&self, name: &str, version: Option<&str>) {
        let what = format!("{name} serves as {version:?}");
        until(&what, async || self.version(name).await.as_deref() == version).await;
    }

    async fn says(&self, what: &str, words: &str) {
        let told = || self.deployments.failures().into_iter().find(|failure| failure.what == what);
        until(&format!("{what}: {words}"), async || told().is_some_and(|failure| failure.reason.contains(words))).await;
    }

    fn is_content(&self) -> bool {
        self.deployments.failures().is_empty()
    }
}

pub fn component(name: &str, version: &str) -> Bytes {
    guest(&manifest(name, version).to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_live_as_long_as_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    shop.copy("hello", &component("hello", "1"));
    shop.serves("hello", Some("1")).await;
    shop.copy("hello", &component("hello", "2"));
    shop.serves("hello", Some("2")).await;
    let aside = folder.path().join("aside");
    fs::rename(shop.file("hello"), &aside).unwrap();
    shop.serves("hello", None).await;
    fs::rename(&aside, shop.file("hello")).unwrap();
    shop.serves("hello", Some("2")).await;
    assert!(shop.is_content());
    let who = &shop.deployments.versions("hello").await.unwrap()[0].who;
    assert_eq!(who, "folder:hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_says_why_and_what_served_serves_on() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    let good = component("hello", "1");
    shop.copy("hello", &good);
    shop.serves("hello", Some("1")).await;
    let mut changed = manifest("hello", "2");
    changed["sql"]["migrations"][0]["name"] = "another past".into();
    let cases: [(Bytes, &str); 5] = [
        (good.slice(..good.len() / 2), "no WebAssembly component"),
        (Bytes::from_static(b"\0asm\x01\0\0\0"), "no WebAssembly component"),
        (Bytes::new(), "no WebAssembly component"),
        (component("another", "2"), "its name is another, but it is put there as hello"),
        (guest(&changed.to_string()), "migration"),
    ];
    for (wrong, words) in cases {
        shop.copy("hello", &wrong);
        shop.says("hello", words).await;
        assert_eq!(shop.version("hello").await.as_deref(), Some("1"), "{words}");
    }
    assert_eq!(shop.version("another").await, None);
    shop.copy("hello", &component("hello", "3"));
    shop.serves("hello", Some("3")).await;
    assert!(shop.is_content(), "what is mended is told no more");
    assert_eq!(shop.deployments.versions("hello").await.unwrap().len(), 2, "what never served is not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_brings_back_what_served_whatever_lies_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    shop.copy("hello", &component("hello", "1"));
    shop.serves("hello", Some("1")).await;
    shop.deployments.deploy(component("ordered", "1"), None, "somebody", None).await.unwrap();
    // Killed while somebody copied the next one.
    let half = component("hello", "2");
    shop.copy("hello", &half[..half.len() / 2]);
    let shop = shop.again(folder.path()).await;
    assert_eq!(shop.version("hello").await.as_deref(), Some("1"));
    assert_eq!(shop.version("ordered").await.as_deref(), Some("1"), "it came without a file");
    shop.copy("hello", &half);
    shop.serves("hello", Some("2")).await;
    // Taken away while nobody served.
    fs::remove_file(shop.file("hello")).unwrap();
    let shop = shop.again(folder.path()).await;
    assert_eq!(shop.version("hello").await, None);
    assert_eq!(shop.version("ordered").await.as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_with_the_program_gives_way_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    assert_eq!(shop.version("sales").await.as_deref(), Some("bundled"));
    shop.copy("sales", &component("sales", "own"));
    shop.serves("sales", Some("own")).await;
    fs::remove_file(shop.file("sales")).unwrap();
    shop.serves("sales", Some("bundled")).await;
    shop.deployments.switch("sales", false).await.unwrap();
    assert_eq!(shop.version("sales").await, None);
    let shop = shop.again(folder.path()).await;
    assert_eq!(shop.version("sales").await, None, "off is off");
    assert!(shop.deployments.is_off("sales"));
    shop.deployments.switch("sales", true).await.unwrap();
    assert_eq!(shop.version("sales").await.as_deref(), Some("bundled"));
    assert!(matches!(shop.deployments.switch("nobody", true).await, Err(DeployError::Unknown(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_grant_a_function_stays_dark_until_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), Granted::default()).await;
    let asking: Json = subscribing("hello", "sales");
    shop.copy("hello", guest(&asking.to_string()).as_ref());
    shop.says("hello", "`kontor functions grant hello events:sales sql`").await;
    assert_eq!(shop.version("hello").await, None);
    shop.deployments.grant("hello", &["events:sales".to_owned()]).await.unwrap();
    shop.says("hello", "`kontor functions grant hello sql`").await;
    shop.deployments.grant("hello", &["sql".to_owned()]).await.unwrap();
    shop.serves("hello", Some("1")).await;
    let live = shop.house.host.live().borrow().functions["hello"].clone();
    for _ in 0..3 {
        assert_eq!(shop.house.text(&live, "/calls").await, "1", "reuse was not granted");
    }
    shop.deployments.grant("hello", &["reuse".to_owned()]).await.unwrap();
    let shop = shop.again(folder.path()).await;
    let live = shop.house.host.live().borrow().functions["hello"].clone();
    for count in ["1", "2", "3"] {
        assert_eq!(shop.house.text(&live, "/calls").await, count, "grants outlive a restart");
    }
    let unknown = shop.deployments.grant("hello", &["everything".to_owned()]).await;
    assert!(matches!(unknown, Err(DeployError::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_a_swap_but_by_the_version() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Arc::new(Shop::open(folder.path(), everything()).await);
    shop.copy("hello", &component("hello", "0"));
    shop.serves("hello", Some("0")).await;
    let done = Arc::new(AtomicBool::new(false));
    let caller = |_| {
        let (host, done) = (shop.house.host.clone(), done.clone());
        tokio::spawn(async move {
            let (mut calls, mut last) = (0_u64, 0_u32);
            while !done.load(Relaxed) {
                let version = host.live().borrow().functions["hello"].clone();
                let kontor_host::Answer::Whole(answer) = host.handle(&version, call("/version")).await.unwrap() else {
                    panic!("it does not stream")
                };
                let text = std::str::from_utf8(&answer.body).unwrap();
                assert_eq!(text, version.manifest().version, "one version answers, and no mixture");
                let number: u32 = text.parse().unwrap();
                assert!(number >= last, "{number} after {last}");
                (calls, last) = (calls + 1, number);
            }
            calls
        })
    };
    let callers: Vec<_> = (0..64).map(caller).collect();
    for version in 1..=10 {
        // Half of it first, as a slow copy does.
        let whole = component("hello", &version.to_string());
        shop.copy("hello", &whole[..whole.len() / 2]);
        shop.copy("hello", &whole);
        shop.serves("hello", Some(&version.to_string())).await;
    }
    done.store(true, Relaxed);
    for caller in callers {
        assert!(caller.await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_never_rests_does_no_harm_and_wins_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    shop.copy("hello", &component("hello", "0"));
    shop.serves("hello", Some("0")).await;
    let whole: Vec<Bytes> = (1..=60).map(|version| component("hello", &version.to_string())).collect();
    for next in &whole {
        // In place and by renaming, by turns, some 50 times a second.
        let aside = folder.path().join("aside");
        fs::write(&aside, next).unwrap();
        fs::rename(&aside, shop.file("hello")).unwrap();
        shop.copy("hello", &next[..next.len() / 3]);
        shop.copy("hello", next);
        let answered = shop.version("hello").await.expect("always one of the versions answers");
        assert!(answered.parse::<u32>().unwrap() <= 60);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    shop.serves("hello", Some("60")).await;
    assert!(shop.is_content(), "{:?}", shop.deployments.failures());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_is_tried_again_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), Granted::default()).await;
    shop.copy("hello", &component("hello", "1"));
    shop.says("hello", "`kontor functions grant hello sql`").await;
    let mut shop = shop.again(folder.path()).await;
    shop.says("hello", "`kontor functions grant hello sql`").await;
    // Meanwhile the operator writes the grant into the configuration.
    shop.grants.functions.insert("hello".to_owned(), vec!["sql".to_owned()]);
    let shop = shop.again(folder.path()).await;
    shop.serves("hello", Some("1")).await;
    assert!(shop.is_content());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundled_name_is_not_to_be_had_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), Granted::default()).await;
    shop.copy("sales", &component("sales", "own"));
    shop.says("sales", "`kontor functions grant sales replace`").await;
    assert_eq!(shop.version("sales").await.as_deref(), Some("bundled"));
    shop.deployments.grant("sales", &["replace".to_owned(), "sql".to_owned()]).await.unwrap();
    shop.serves("sales", Some("own")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_gone_as_a_whole_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    shop.copy("hello", &component("hello", "1"));
    shop.serves("hello", Some("1")).await;
    let (functions, aside) = (shop.functions.clone(), folder.path().join("unmounted"));
    shop.house.host.stop(std::time::Duration::from_secs(10)).await;
    fs::rename(&functions, &aside).unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    assert_eq!(shop.version("hello").await.as_deref(), Some("1"));
    let shop = shop.again(folder.path()).await;
    assert_eq!(shop.version("hello").await.as_deref(), Some("1"), "and not later either");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_others_can_write_into_is_not_followed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let functions = folder.path().join("functions");
    fs::create_dir(&functions).unwrap();
    fs::set_permissions(&functions, fs::Permissions::from_mode(0o775)).unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    shop.says("functions folder", "chmod go-w").await;
    shop.copy("hello", &component("hello", "1"));
    assert_eq!(shop.version("sales").await.as_deref(), Some("bundled"), "the rest serves");
    assert_eq!(shop.version("hello").await, None);
    // Mended while it serves.
    fs::set_permissions(&functions, fs::Permissions::from_mode(0o755)).unwrap();
    shop.serves("hello", Some("1")).await;
    assert!(shop.is_content(), "{:?}", shop.deployments.failures());
    // A file that everybody can write into.
    let next = component("hello", "2");
    let aside = folder.path().join("aside");
    fs::write(&aside, &next).unwrap();
    fs::set_permissions(&aside, fs::Permissions::from_mode(0o646)).unwrap();
    fs::rename(&aside, shop.file("hello")).unwrap();
    shop.says("hello", "chmod o-w").await;
    assert_eq!(shop.version("hello").await.as_deref(), Some("1"));
    fs::set_permissions(shop.file("hello"), fs::Permissions::from_mode(0o644)).unwrap();
    shop.serves("hello", Some("2")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_and_files_do_not_undo_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    shop.copy("hello", &component("hello", "1"));
    shop.serves("hello", Some("1")).await;
    shop.deployments.deploy(component("hello", "2"), None, "somebody", None).await.unwrap();
    // The old file goes: it is not what serves.
    fs::remove_file(shop.file("hello")).unwrap();
    shop.copy("marker", &component("marker", "1"));
    shop.serves("marker", Some("1")).await;
    assert_eq!(shop.version("hello").await.as_deref(), Some("2"));
    // Taken away by command although a file lies there: it stays away until the file changes.
    shop.deployments.remove("marker").await.unwrap();
    shop.copy("another", &component("another", "1"));
    shop.serves("another", Some("1")).await;
    assert_eq!(shop.version("marker").await, None);
    shop.copy("marker", &component("marker", "2"));
    shop.serves("marker", Some("2")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_names_are_told_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    for name in ["Hello World", "kontor", "q?x=1"] {
        shop.copy(name, b"whatever");
        shop.says(name, "is no function's name").await;
        fs::remove_file(shop.file(name)).unwrap();
    }
    until("nothing is told any more", async || shop.is_content()).await;
    let names: Vec<String> = shop.deployments.list().await.unwrap().into_iter().map(|there| there.name).collect();
    assert_eq!(names, ["sales"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_is_removed_fills_no_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path(), everything()).await;
    shop.copy("hello", guest(&subscribing("hello", "sales").to_string()).as_ref());
    shop.serves("hello", Some("1")).await;
    fs::remove_file(shop.file("hello")).unwrap();
    shop.serves("hello", None).await;
    let sales = shop.house.host.live().borrow().functions["sales"].clone();
    for _ in 0..3 {
        emits(&shop, &sales).await;
    }
    let database = shop.house.host.databases()["sales"].clone();
    assert_eq!(database.backlog().rows, 3, "the file may come back");
    shop.deployments.remove("hello").await.unwrap();
    assert_eq!(database.backlog().rows, 0);
    assert!(database.subscribers().await.unwrap().is_empty());
    emits(&shop, &sales).await;
    assert_eq!(database.backlog().rows, 0);
}

async fn emits(shop: &Shop, version: &Arc<kontor_host::Version>) {
    let text = shop.house.text(version, "/emit?anna:hello").await;
    assert_eq!(text, "emitted");
}
