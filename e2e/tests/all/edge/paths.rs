//! Paths and methods: the functions' documents are the route table, and what is not there is named.

use std::time::Duration;

use e2e::{
    client::{Request, raw},
    shop::Shop,
};

use crate::{Tested, purchase::money};

#[tokio::test]
async fn an_unknown_path_names_near_ones() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for (path, near) in [("/api/buy_mpl", "/api/buy_mpi"), ("/api/get_curent_money", "/api/get_current_money")] {
        for host in [shop.host(""), shop.host("sales")] {
            let unknown = shop.call(Request::get(path).host(&host)).await?.problem(404, "unknown-path")?;
            assert!(unknown["hint"].as_str().is_some_and(|hint| hint.contains(near)), "{host}: {unknown}");
        }
    }
    for path in ["/nothing/like/it", "/api", "/api/", "/api/buy_mpi/", "//", "/%2e%2e/admin.key", "/..%2fkontor.lock"] {
        let answer = shop.call(Request::get(path)).await?;
        assert!(answer.status == 404 || answer.status == 400, "{path}: {}", answer.status);
    }
    Ok(())
}

#[tokio::test]
async fn only_what_is_mounted_of_a_function_is_on_the_pages_host() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for path in ["/invoices", "/invoices/1"] {
        shop.call(Request::get(path)).await?.problem(404, "unknown-path")?;
    }
    let unknown = shop.call(Request::get("/invoices")).await?.problem(404, "unknown-path")?;
    let hint = unknown["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("http://invoices.localhost") && hint.contains("/invoices"), "where to find it: {unknown}");
    // One page documents all functions, from one list.
    for path in ["/docs", "/openapi.json"] {
        assert_eq!(shop.call(Request::get(path)).await?.status, 200, "{path}");
    }
    shop.call(Request::get("/receipts/x").host(&shop.host("sales"))).await?.problem(404, "unknown-path")?;
    shop.call(Request::get("/api/licenses").host(&shop.host("invoices"))).await?.problem(404, "unknown-path")?;
    Ok(())
}

#[tokio::test]
async fn a_wrong_method_is_405_and_says_which_are_right() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for (method, path, allowed) in [
        ("GET", "/api/buy_mpi", "POST"),
        ("DELETE", "/api/buy_mpi", "POST"),
        ("POST", "/api/get_current_money", "GET"),
        ("GET", "/api/sales", "DELETE"),
        ("BREW", "/api/sales", "DELETE"),
        ("POST", "/index.html", "GET"),
        ("DELETE", "/", "GET"),
    ] {
        let refused = shop.call(Request::new(method, path)).await?;
        refused.problem(405, "method-not-allowed")?;
        let allow = refused.header("allow").unwrap_or_default();
        let names: Vec<&str> = allow.split(',').map(str::trim).collect();
        assert!(names.contains(&allowed) && !names.contains(&method), "{method} {path}: {allow}");
    }
    assert_eq!(money(&shop).await?, (0, 0));
    Ok(())
}

#[tokio::test]
async fn head_is_get_without_a_body() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for path in ["/", "/index.html", "/api/get_current_money", "/api/licenses", "/nothing"] {
        let get = shop.call(Request::get(path)).await?;
        let head = shop.call(Request::new("HEAD", path)).await?;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    // Clients that keep the connection must not find a body where the next answer begins.
    let two = format!(
        "HEAD /api/licenses HTTP/1.1\r\nhost: {host}\r\n\r\nGET /api/licenses HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n",
        host = shop.host("")
    );
    let answers = raw(shop.http(), two.as_bytes(), Duration::from_secs(10)).await?;
    let second = answers.split_once("\r\n\r\n").map(|(_, rest)| rest).unwrap_or_default();
    assert!(second.starts_with("HTTP/1.1 200 "), "{answers}");
    Ok(())
}

#[tokio::test]
async fn a_head_without_end_is_431() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let many = format!("GET / HTTP/1.1\r\nhost: {}\r\nx-long: {}\r\n\r\n", shop.host(""), "a".repeat(1 << 20));
    let answer = raw(shop.http(), many.as_bytes(), Duration::from_secs(10)).await?;
    // The rest of the head is still on its way when the server closes, so a reset can overtake the answer.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer:.200}");
    let path = format!("GET /{} HTTP/1.1\r\nhost: {}\r\n\r\n", "a".repeat(70_000), shop.host(""));
    let answer = raw(shop.http(), path.as_bytes(), Duration::from_secs(10)).await?;
    let refused = ["HTTP/1.1 414 ", "HTTP/1.1 431 "].iter().any(|status| answer.starts_with(status));
    assert!(answer.is_empty() || refused, "{answer:.200}");
    assert_eq!(shop.call(Request::get("/")).await?.status, 200, "others are served");
    Ok(())
}

#[tokio::test]
async fn an_unknown_query_parameter_is_refused_with_near_ones() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for (path, near) in [("/api/sales_per_hour?hour=1", "hours"), ("/api/get_current_money?currency=EUR", "no query")] {
        let refused = shop.call(Request::get(path)).await?;
        let problem = refused.problem(422, "invalid-parameters")?;
        let fault = &problem["errors"][0];
        assert_eq!(fault["code"], "unknown-parameter", "{problem}");
        assert!(fault["hint"].as_str().is_some_and(|hint| hint.contains(near)), "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn a_functions_own_problem_names_the_request_like_the_edges() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let order = serde_json::json!({ "license": "none" });
    let refused = shop.call(Request::post("/api/buy_mpi", &order).header("x-request-id", "my-own-1")).await?;
    assert_eq!(refused.problem(422, "unknown-license")?["request_id"], "my-own-1");
    Ok(())
}
