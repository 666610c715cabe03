//! Virtual hosts: pages at the root, functions at theirs, 421 for everybody else.

use std::time::Duration;

use e2e::{
    client::{Request, raw},
    shop::Shop,
};

use crate::Tested;

#[tokio::test]
async fn an_unknown_host_is_421() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let port = shop.http().port();
    for host in [
        "evil.example",
        "sales.localhost.evil.example",
        "unknown.localhost",
        "localhost.",
        "10.0.0.1",
        "xsales.localhost",
    ] {
        for path in ["/", "/api/get_current_money"] {
            let answer = shop.call(Request::get(path).host(&format!("{host}:{port}"))).await?;
            // A trailing dot is the same name, written as absolute: it may be served.
            assert!(host.ends_with('.') || answer.status == 421, "{host}{path}: {}", answer.status);
            if answer.status == 421 {
                answer.problem(421, "unknown-host")?;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_host_is_known_in_every_way_to_write_it() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let port = shop.http().port();
    for host in ["sales.localhost", "SALES.Localhost", &format!("sales.localhost:{port}"), "sales.localhost:80"] {
        shop.call(Request::get("/api/get_current_money").host(host)).await?.expect(200)?;
    }
    for host in ["localhost", &format!("127.0.0.1:{port}"), &format!("[::1]:{port}")] {
        assert_eq!(shop.call(Request::get("/").host(host)).await?.status, 200, "{host}");
        shop.call(Request::get("/api/get_current_money").host(host)).await?.expect(200)?;
    }
    Ok(())
}

#[tokio::test]
async fn no_host_or_two_hosts_are_refused() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let host = shop.host("");
    for (name, head) in [
        ("none", "GET / HTTP/1.1\r\nconnection: close\r\n\r\n".to_owned()),
        ("two", format!("GET / HTTP/1.1\r\nhost: {host}\r\nhost: evil.example\r\nconnection: close\r\n\r\n")),
    ] {
        let answer = raw(shop.http(), head.as_bytes(), Duration::from_secs(10)).await?;
        let refused = ["HTTP/1.1 400 ", "HTTP/1.1 421 "].iter().any(|status| answer.starts_with(status));
        assert!(refused, "{name}: {answer:.200}");
    }
    Ok(())
}

#[tokio::test]
async fn every_function_explains_itself_on_its_host() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for (function, operations) in [
        ("sales", &["buyLicense", "getCurrentMoney", "listLicenses", "resetSales", "salesPerHour"][..]),
        ("invoices", &["getInvoice", "getReceipt", "listInvoices"][..]),
    ] {
        let host = shop.host(function);
        let document = shop.call(Request::get("/openapi.json").host(&host)).await?.expect(200)?;
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{document}");
        let text = document.to_string();
        assert!(operations.iter().all(|operation| text.contains(&format!("\"{operation}\""))), "{text}");
        docs_work_offline(&shop, &host).await?;
    }
    Ok(())
}

/// The page and everything that it loads come from the program itself.
async fn docs_work_offline(shop: &Shop, host: &str) -> Tested {
    let docs = shop.call(Request::get("/docs").host(host)).await?;
    assert_eq!(docs.status, 200, "{host}/docs: {}", docs.text());
    let text = docs.text();
    let loaded = |attribute: &str| -> Vec<String> {
        let begin = format!("{attribute}=\"");
        text.split(&begin).skip(1).filter_map(|rest| rest.split('"').next()).map(ToOwned::to_owned).collect()
    };
    let files = [loaded("src"), loaded("href")].concat();
    assert!(!files.is_empty(), "a page of Swagger UI loads its scripts: {text}");
    for file in files {
        assert!(!file.contains("://") && !file.starts_with("//"), "{file} is loaded from elsewhere");
        if file.starts_with("data:") || file.starts_with('#') {
            continue;
        }
        let path = if file.starts_with('/') { file } else { format!("/{}", file.trim_start_matches("./")) };
        assert_eq!(shop.call(Request::get(&path).host(host)).await?.status, 200, "{host}{path}");
    }
    Ok(())
}
