//! `kontor seals`, and `[seals] export`.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    os::unix::fs::PermissionsExt as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use e2e::{client::Request, shop::Shop};
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Tested;

#[tokio::test]
async fn a_key_is_made_once_outside_the_data_folder_and_never_shown() -> Tested {
    let shop = Shop::new()?;
    let key = shop.public_key().await?;
    assert_eq!((key.len(), shop.public_key().await?), (64, key.clone()), "the second time it is only printed");
    let file = shop.root().join("kontor-data.seal-key");
    assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file)?;
    let secret = text.split('"').nth(1).context("a secret")?;
    assert_eq!(secret.len(), 64);
    let running = shop.open().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let invoice = shop.invoice(&token, 11_900).await?;
    let proof = shop.proof(&token, invoice["id"].as_str().unwrap_or_default()).await?;
    assert_eq!(proof["public_key"], key, "{proof}");
    let listed = shop.run(&["seals", "list", "--json"]).await?;
    let table = shop.run(&["seals", "list"]).await?;
    ensure!(listed.contains(&key) && table.contains(proof["key_id"].as_str().unwrap_or("?")), "{listed}\n{table}");
    running.stop().await?;
    ensure!(!format!("{listed}{table}{proof}{}", shop.log()).contains(secret), "the secret was shown");
    for entry in std::fs::read_dir(shop.data().join("sql"))? {
        let bytes = std::fs::read(entry?.path())?;
        ensure!(!bytes.windows(64).any(|window| window == secret.as_bytes()), "the secret is in the store");
    }
    // A key that seals were signed with is not replaced in silence.
    let refused = shop.command(&["seals", "key", "--replaces", &key]).await?;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is there already"), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn another_key_goes_on_only_where_it_says_that_it_replaces_the_first() -> Tested {
    let shop = Shop::new()?;
    let first = shop.public_key().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let running = shop.open().await?;
    let invoice = shop.invoice(&token, 11_900).await?;
    shop.proof(&token, invoice["id"].as_str().unwrap_or_default()).await?;
    running.stop().await?;

    std::fs::remove_file(shop.root().join("kontor-data.seal-key"))?;
    shop.public_key().await?;
    let running = shop.open().await?;
    shop.invoice(&token, 11_901).await?;
    let mut ready = serde_json::Value::Null;
    while !ready["warnings"].to_string().contains("the last seal was signed with the key") {
        ready = shop.call_admin(Request::get("/readyz")).await?.expect(200)?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.stop().await?;
    let (is_right, said) = shop.verify(&[]).await?;
    ensure!(!is_right && said.contains("none of yours"), "{said}");

    std::fs::remove_file(shop.root().join("kontor-data.seal-key"))?;
    shop.run(&["seals", "key", "--replaces", &first]).await?;
    let running = shop.open().await?;
    let invoice = shop.invoice(&token, 11_902).await?;
    shop.proof(&token, invoice["id"].as_str().unwrap_or_default()).await?;
    running.stop().await?;
    let (is_right, said) = shop.verify(&[]).await?;
    ensure!(is_right && said.contains(" unsealed=0 ") && said.matches(" key=").count() == 2, "{said}");
    Ok(())
}

#[tokio::test]
async fn a_folder_gets_every_seal_over_restarts_and_what_it_missed() -> Tested {
    let shop = Shop::new()?;
    shop.public_key().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let running = shop.open().await?;
    let first = shop.invoice(&token, 11_900).await?;
    shop.proof(&token, first["id"].as_str().unwrap_or_default()).await?;
    running.kill().await?;
    // Where to export is told later; a folder that cannot be made keeps nobody from registering.
    std::fs::write(shop.root().join("taken"), "a file")?;
    let shop = shop.configure("[seals]\nexport = \"taken/seals\"\n");
    let running = shop.open().await?;
    let second = shop.invoice(&token, 11_901).await?;
    shop.proof(&token, second["id"].as_str().unwrap_or_default()).await?;
    let mut ready = serde_json::Value::Null;
    while !ready["warnings"].to_string().contains("seals are not exported") {
        ready = shop.call_admin(Request::get("/readyz")).await?.expect(200)?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let metrics = shop.call_admin(Request::get("/metrics")).await?.text();
    ensure!(metrics.contains("kontor_seals_troubled 1") && metrics.contains("kontor_seals_last 2"), "{metrics}");
    std::fs::remove_file(shop.root().join("taken"))?;
    exported(&shop, 2).await?;
    running.stop().await?;
    let (is_right, said) = shop.verify(&["--against", "taken/seals"]).await?;
    ensure!(is_right && said.contains(" exported=2"), "{said}");
    // By hand, and again, which adds nothing.
    let copied = shop.run(&["seals", "export", "copy"]).await?;
    ensure!(copied.starts_with("2 seals were copied"), "{copied}");
    let copied = shop.run(&["seals", "export", "copy"]).await?;
    ensure!(copied.starts_with("0 seals were copied") && copied.contains("ends with seal 2"), "{copied}");
    Ok(())
}

/// Waits until so many seals were exported.
async fn exported(shop: &Shop, wanted: usize) -> Tested {
    let line = format!("kontor_seals_exported_last {wanted}");
    let asked = async {
        while !shop.call_admin(Request::get("/metrics")).await?.text().contains(&line) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.with_context(|| shop.log())?
}

/// Keeps what is put there, each name once, as an archive does.
#[derive(Default)]
struct Archive {
    kept: Mutex<BTreeMap<String, Bytes>>,
    is_away: AtomicBool,
}

impl Archive {
    async fn answer(&self, request: http::Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let name = head.uri.path().to_owned();
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_there = kept.contains_key(&name);
        let only_new = head.headers.get("if-none-match").is_some_and(|value| value == "*");
        let (status, found) = match head.method {
            _ if self.is_away.load(SeqCst) => (StatusCode::SERVICE_UNAVAILABLE, None),
            Method::PUT if is_there && only_new => (StatusCode::PRECONDITION_FAILED, None),
            Method::PUT => {
                kept.insert(name, body);
                (StatusCode::CREATED, None)
            }
            Method::GET if is_there => (StatusCode::OK, kept.get(&name).cloned()),
            _ => (StatusCode::NOT_FOUND, None),
        };
        let mut response = Response::new(Full::new(found.unwrap_or_default()));
        *response.status_mut() = status;
        Ok(response)
    }
}

#[tokio::test]
async fn an_address_gets_every_seal_once_and_after_it_was_away() -> Tested {
    let archive = Arc::new(Archive::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/archive/", listener.local_addr()?);
    let serving = archive.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let archive = serving.clone();
            let answer = service_fn(move |request| {
                let archive = archive.clone();
                async move { archive.answer(request).await }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    let shop = Shop::new()?.configure(&format!("[seals]\nexport = \"{address}\"\n"));
    shop.public_key().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let running = shop.open().await?;
    let sealed = async |cents| {
        let invoice = shop.invoice(&token, cents).await?;
        shop.proof(&token, invoice["id"].as_str().unwrap_or_default()).await
    };
    sealed(10_001).await?;
    exported(&shop, 1).await?;
    archive.is_away.store(true, SeqCst);
    sealed(10_002).await?;
    running.kill().await?;
    // Killed before it could note what was there: everything is sent again, and nothing is written over.
    std::fs::remove_file(shop.data().join("seals-exported"))?;
    archive.is_away.store(false, SeqCst);
    let running = shop.open().await?;
    sealed(10_003).await?;
    exported(&shop, 3).await?;
    running.stop().await?;
    let names: Vec<String> =
        archive.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner).keys().cloned().collect();
    assert_eq!(names, (1..=3).map(|seal| format!("/archive/{seal:012}.json")).collect::<Vec<_>>());
    let (is_right, said) = shop.verify(&["--against", &address]).await?;
    ensure!(is_right && said.contains(" exported=3"), "{said}");
    let forged = archive
        .kept
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .remove(&names[2])
        .context("the third")?;
    let text = String::from_utf8(forged.to_vec())?.replace("\"size\":1", "\"size\":2");
    archive.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(names[2].clone(), text.into());
    let (is_right, said) = shop.verify(&["--against", &address]).await?;
    ensure!(!is_right && said.contains("seal 3 is another one than was exported"), "{said}");
    Ok(())
}
