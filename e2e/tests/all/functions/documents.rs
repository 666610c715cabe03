//! `kontor openapi`, and the pages that show the documents.

use std::path::Path;

use e2e::{client::Request, shop::Shop};
use serde_json::Value;

use crate::Tested;

/// The document that was reviewed. The function's own test renews it.
fn reviewed(name: &str) -> anyhow::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../functions/{name}/openapi.json"));
    Ok(std::fs::read_to_string(path)?)
}

#[tokio::test]
async fn what_is_printed_is_the_contract_that_was_reviewed() -> Tested {
    let shop = Shop::new()?;
    for name in ["sales", "invoices"] {
        let printed = shop.run(&["openapi", name]).await?;
        assert!(printed == reviewed(name)?, "{name}: run KONTOR_RENEW=1 cargo test -p {name} and look at what changed");
    }
    let _running = shop.open().await?;
    let all: Value = serde_json::from_str(&shop.run(&["openapi"]).await?)?;
    for name in ["sales", "invoices"] {
        assert_eq!(all[name], serde_json::from_str::<Value>(&reviewed(name)?)?, "the same while it serves");
    }
    let nobody = shop.command(&["openapi", "nobody"]).await?;
    let text = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(!nobody.status.success() && text.contains("there are invoices, sales"), "{text}");
    Ok(())
}

#[tokio::test]
async fn one_page_shows_all_functions() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    assert_eq!(shop.call(Request::get("/docs")).await?.status, 200);
    let index = shop.call(Request::get("/openapi.json")).await?.expect(200)?;
    let names: Vec<_> = index["functions"].as_array().into_iter().flatten().map(|each| &each["name"]).collect();
    assert_eq!(names, ["invoices", "sales"], "{index}");
    for function in index["functions"].as_array().into_iter().flatten() {
        let path = function["document"].as_str().unwrap_or_default();
        let document = shop.call(Request::get(path)).await?.expect(200)?;
        assert_eq!(document["info"]["title"], function["title"], "{path}");
    }
    Ok(())
}
