//! `GET /invoices`, `GET /invoices/{id}`: for services with the scope `invoices:read`. Nothing changes what is there.

use e2e::{client::Request, shop::Shop};

use crate::{
    Tested,
    purchase::{dense, receipt, sold},
};

fn on(shop: &Shop, method: &str, path: &str) -> Request {
    Request::new(method, path).host(&shop.host("invoices"))
}

#[tokio::test]
async fn only_a_service_with_the_scope_sees_them() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let id = sold(&shop).await?["invoice"]["id"].as_str().unwrap_or_default().to_owned();
    let wrong = shop.token("resetter", &["sales:reset"]).await?;
    for path in ["/invoices", &format!("/invoices/{id}")] {
        shop.call(on(&shop, "GET", path)).await?.problem(401, "unauthorized")?;
        let refused = shop.call(on(&shop, "GET", path).bearer(&wrong)).await?.problem(403, "forbidden")?;
        assert!(refused.to_string().contains("invoices:read"), "{refused}");
    }
    Ok(())
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for _ in 0..5 {
        receipt(&shop, &sold(&shop).await?).await?;
    }
    let token = shop.token("reader", &["invoices:read"]).await?;
    let mut path = "/invoices?limit=2".to_owned();
    let (mut sizes, mut numbers) = (Vec::new(), Vec::new());
    loop {
        let page = shop.call(on(&shop, "GET", &path).bearer(&token)).await?.expect(200)?;
        let invoices = page["invoices"].as_array().cloned().unwrap_or_default();
        sizes.push(invoices.len());
        numbers.extend(invoices.iter().map(|one| (one["number"].as_str().unwrap_or_default().to_owned(), 1900)));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/invoices?limit=2&after={next}");
    }
    assert_eq!(sizes, [2, 2, 1], "the last page says that it is the last");
    dense(&numbers, 5)
}

#[tokio::test]
async fn one_is_found_by_its_id_and_is_what_the_receipt_shows() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let bought = sold(&shop).await?;
    let shown = receipt(&shop, &bought).await?;
    let token = shop.token("reader", &["invoices:read"]).await?;
    let path = format!("/invoices/{}", bought["invoice"]["id"].as_str().unwrap_or_default());
    let invoice = shop.call(on(&shop, "GET", &path).bearer(&token)).await?.expect(200)?;
    for field in [
        "id",
        "number",
        "series",
        "sequence",
        "issued_at",
        "currency",
        "net",
        "tax",
        "gross",
        "taxes",
        "lines",
        "state",
    ] {
        assert!(!invoice[field].is_null(), "an invoice has {field}: {invoice}");
        assert_eq!(invoice[field], shown[field], "{field}");
    }
    assert_eq!([&invoice["gross"], &invoice["net"], &invoice["tax"]], [1900, 1597, 303], "{invoice}");
    assert_eq!(invoice["seller"]["sample"], false, "{invoice}");
    for unknown in ["/invoices/01JXXXXXXXXXXXXXXXXXXXXXXX", "/invoices/%00", "/invoices/..%2f..", "/invoices/'--"] {
        let answer = shop.call(on(&shop, "GET", unknown).bearer(&token)).await?;
        assert!((400..500).contains(&answer.status), "{unknown}: {} {}", answer.status, answer.text());
    }
    Ok(())
}

#[tokio::test]
async fn nothing_changes_or_removes_one() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let bought = sold(&shop).await?;
    let before = receipt(&shop, &bought).await?;
    let all = shop.token("root", &["*"]).await?;
    let one = format!("/invoices/{}", bought["invoice"]["id"].as_str().unwrap_or_default());
    for method in ["PUT", "PATCH", "DELETE", "POST"] {
        // To the list a new one can be posted.
        for path in ["/invoices", one.as_str()].into_iter().skip(usize::from(method == "POST")) {
            let request = on(&shop, method, path).bearer(&all).header("content-type", "application/json").body("{}");
            let refused = shop.call(request).await?;
            let problem = refused.problem(405, "method-not-allowed")?;
            let hint = problem["hint"].as_str().unwrap_or_default();
            assert!(hint.contains("/cancellation"), "{method} {path}: {problem}");
            assert!(refused.header("allow").is_some_and(|allow| allow.contains("GET")), "{method} {path}");
        }
    }
    assert_eq!(receipt(&shop, &bought).await?, before);
    Ok(())
}
