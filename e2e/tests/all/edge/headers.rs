//! Headers that every answer has, and what foreign pages may not do.

use e2e::{client::Request, shop::Shop};

use crate::{
    Tested,
    purchase::{basic, buy, money},
};

#[tokio::test]
async fn every_answer_names_its_request() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let mut ids = Vec::new();
    for path in ["/", "/api/get_current_money", "/api/get_current_money", "/nothing"] {
        let answer = shop.call(Request::get(path)).await?;
        let id = answer.header("x-request-id").map(ToOwned::to_owned);
        assert!(id.as_ref().is_some_and(|id| id.len() >= 16), "{path}: {:?}", answer.headers);
        if answer.status >= 400 {
            assert_eq!(answer.json()?["request_id"].as_str(), id.as_deref(), "a problem names it too");
        }
        ids.push(id);
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "no two are the same");
    Ok(())
}

#[tokio::test]
async fn a_trace_goes_on_where_the_caller_began_it() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request =
        Request::get("/api/get_current_money").header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let answer = shop.call(request).await?;
    assert!(answer.header("traceparent").is_some_and(|parent| parent.contains(trace)), "{:?}", answer.headers);
    for broken in ["", "00-xyz", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "ff", "\u{7f}"] {
        let Ok(answer) = shop.call(Request::get("/api/get_current_money").header("traceparent", broken)).await else {
            continue;
        };
        let parent = answer.header("traceparent").unwrap_or_default();
        let fresh = parent.split('-').nth(1).is_some_and(|id| id.len() == 32 && id.bytes().any(|byte| byte != b'0'));
        assert!(answer.status == 200 && fresh, "{broken:?}: {parent:?}");
    }
    Ok(())
}

#[tokio::test]
async fn browsers_are_told_not_to_guess_or_frame() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for (path, host) in [("/", ""), ("/sales.html", ""), ("/api/licenses", ""), ("/nothing", ""), ("/docs", "sales")] {
        let answer = shop.call(Request::get(path).host(&shop.host(host))).await?;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{host}{path}");
        let html = answer.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html"));
        if html {
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("default-src") && !policy.contains("unsafe-eval"), "{host}{path}: {policy}");
            assert!(policy.contains("frame-ancestors"), "{host}{path}: {policy}");
            assert!(answer.header("referrer-policy").is_some(), "{host}{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn another_sites_page_buys_nothing() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let own = format!("http://{}", shop.host(""));
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "http://localhost.evil.example"),
        ("origin", "null"),
    ] {
        shop.call(buy(&basic()).header(name, value)).await?.problem(403, "cross-site")?;
        let read = Request::get("/api/get_current_money").header(name, value);
        let answer = shop.call(read).await?;
        assert!(answer.header("access-control-allow-origin").is_none(), "{name}: {value}");
    }
    assert_eq!(money(&shop).await?, (0, 0));
    shop.call(buy(&basic()).header("sec-fetch-site", "same-origin").header("origin", own)).await?.expect(201)?;
    Ok(())
}
