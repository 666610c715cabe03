//! `GET /receipts/{token}`: one invoice, for whoever has the link.

use e2e::{client::Request, shop::Shop};

use crate::{
    Tested,
    purchase::{ada, buy, receipt, sold},
};

#[tokio::test]
async fn it_is_json_or_a_page_to_print_as_asked() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let bought = sold(&shop).await?;
    let invoice = receipt(&shop, &bought).await?;
    let number = invoice["number"].as_str().unwrap_or_default();
    let path = bought["receipt"].as_str().unwrap_or_default();
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (accept, language, words) in [
        (browser, "de-DE,de;q=0.9,en;q=0.5", "Rechnung"),
        (browser, "en-GB,en", "Invoice"),
        ("text/html", "en", "Invoice"),
    ] {
        let request = Request::get(path).header("accept", accept).header("accept-language", language);
        let page = shop.call(request).await?;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html")));
        let text = page.text();
        for part in [number, words, "Muster Lizenzen GmbH", "<html lang="] {
            assert!(text.contains(part), "{accept}, {language}: no {part} in {text}");
        }
    }
    let json = shop.call(Request::get(path).header("accept", "application/json")).await?;
    assert_eq!(json.header("content-type"), Some("application/json"));
    Ok(())
}

#[tokio::test]
async fn what_a_buyer_calls_itself_stays_text_in_the_page() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let mut customer = ada();
    customer["name"] = "<script>alert(1)</script>\" onload=\"x & \u{202e}Ada".into();
    let bought = shop.call(buy(&serde_json::json!({ "license": "basic", "customer": customer }))).await?.expect(201)?;
    receipt(&shop, &bought).await?;
    let path = bought["receipt"].as_str().unwrap_or_default();
    let page = shop.call(Request::get(path).header("accept", "text/html")).await?;
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    // The function's own policy and the edge's: browsers enforce both, so both must allow the page's own styles.
    let policies: Vec<&str> =
        page.headers.get_all("content-security-policy").iter().filter_map(|policy| policy.to_str().ok()).collect();
    assert_eq!(policies.len(), 2, "{policies:?}");
    for policy in policies {
        let styled = policy.split(';').any(|part| part.contains("style-src") && part.contains("'unsafe-inline'"));
        let bare = policy.contains("default-src 'none'") && !policy.contains("script-src");
        assert!(styled && bare, "{policy}");
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_one_is_404_and_may_follow() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let bought = sold(&shop).await?;
    receipt(&shop, &bought).await?;
    let path = bought["receipt"].as_str().unwrap_or_default();
    let mut near = path.to_owned();
    let last = near.pop();
    near.push(if last == Some('A') { 'B' } else { 'A' });
    for unknown in [near.as_str(), "/receipts/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let answer = shop.call(Request::get(unknown).header("accept", "application/json")).await?;
        answer.problem(404, "unknown-receipt")?;
        assert_eq!(answer.header("retry-after"), Some("1"), "{unknown}");
    }
    for nonsense in ["/receipts/x", "/receipts/%00", "/receipts/..%2Fadmin.key", "/receipts/%F0%28"] {
        let answer = shop.call(Request::get(nonsense)).await?;
        assert!((400..500).contains(&answer.status), "{nonsense}: {} {}", answer.status, answer.text());
    }
    Ok(())
}
