//! The embedded pages.

use std::io::Read as _;

use anyhow::{Context as _, Result};
use e2e::{
    client::{Answer, Request},
    shop::Shop,
};

use crate::Tested;

const PAGES: [&str; 4] = ["/", "/index.html", "/sales.html", "/sales"];

#[tokio::test]
async fn pages_are_there_and_say_what_changes() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for path in PAGES {
        let page = shop.call(Request::get(path)).await?;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        assert!(page.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html")), "{path}");
        assert!(!page.header("cache-control").is_some_and(|cache| cache.contains("immutable")), "{path} may change");
        let etag = page.header("etag").context("a page has an ETag")?;
        let again = shop.call(Request::get(path).header("if-none-match", etag)).await?;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("etag"), Some(etag));
        let other = shop.call(Request::get(path).header("if-none-match", "\"other\"")).await?;
        assert_eq!((other.status, &other.body), (200, &page.body), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn hashed_files_may_be_kept_for_ever() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let files = assets(&shop).await?;
    for path in files {
        let file = shop.call(Request::get(&path)).await?;
        assert_eq!(file.status, 200, "{path}");
        let cache = file.header("cache-control").unwrap_or_default();
        assert!(cache.contains("immutable") && cache.contains("max-age=31536000"), "{path}: {cache}");
    }
    Ok(())
}

#[tokio::test]
async fn every_coding_gives_the_same_file() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let mut paths = assets(&shop).await?;
    paths.push("/".to_owned());
    let mut compressed = 0;
    for path in paths {
        let plain = shop.call(Request::get(&path)).await?;
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        assert!(plain.header("vary").is_some_and(|vary| vary.to_lowercase().contains("accept-encoding")), "{path}");
        for coding in ["br", "gzip"] {
            let answer = shop.call(Request::get(&path).header("accept-encoding", coding)).await?;
            if answer.header("content-encoding").is_some() {
                assert_eq!(answer.header("content-encoding"), Some(coding), "{path}");
                assert!(answer.body.len() < plain.body.len(), "{path} as {coding} is not smaller");
                assert_ne!(answer.header("etag"), plain.header("etag"), "{path}: each coding has its own");
                compressed += 1;
            }
            assert!(unpack(&answer)? == plain.body, "{path} as {coding} is another file");
        }
    }
    assert!(compressed >= 2, "at least one script is worth compressing, in both ways");
    Ok(())
}

/// The files below `/assets/` that the shop page loads.
async fn assets(shop: &Shop) -> Result<Vec<String>> {
    let page = shop.call(Request::get("/")).await?.text();
    let files: Vec<String> =
        page.split('"').filter(|part| part.starts_with("/assets/")).map(ToOwned::to_owned).collect();
    anyhow::ensure!(!files.is_empty(), "the shop page loads nothing: {page}");
    Ok(files)
}

fn unpack(answer: &Answer) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match answer.header("content-encoding") {
        Some("br") => brotli::Decompressor::new(answer.body.as_ref(), 4096).read_to_end(&mut bytes)?,
        Some("gzip") => flate2::read::GzDecoder::new(answer.body.as_ref()).read_to_end(&mut bytes)?,
        Some(other) => anyhow::bail!("nobody asked for {other}"),
        None => return Ok(answer.body.to_vec()),
    };
    Ok(bytes)
}

#[tokio::test]
async fn a_page_is_in_the_visitors_language_before_any_script_runs() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for path in PAGES {
        for (accepted, language) in [("de-DE,de;q=0.9,en;q=0.8", "de"), ("en", "en"), ("fr", "en")] {
            let page = shop.call(Request::get(path).header("accept-language", accepted)).await?;
            assert!(page.text().contains(&format!("<html lang=\"{language}\">")), "{path} {accepted}: {}", page.text());
            assert_eq!(page.header("content-language"), Some(language), "{path}");
            let vary = page.header("vary").unwrap_or_default();
            assert!(vary.contains("accept-language") && vary.contains("accept-encoding"), "{path}: {vary}");
        }
    }
    Ok(())
}
