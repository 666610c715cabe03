//! `kontor serve --dev`: everything is granted to this machine, and to nobody who was forwarded.

use e2e::{client::Request, shop::Shop};

use crate::{
    Tested,
    purchase::{receipt, sold},
};

fn reset() -> Request {
    Request::new("DELETE", "/api/sales")
}

#[tokio::test]
async fn loopback_may_do_everything_and_invoices_are_marked_as_samples() -> Tested {
    let shop = Shop::new()?.dev(true).seller(false);
    let _running = shop.open().await?;
    let invoice = receipt(&shop, &sold(&shop).await?).await?;
    assert_eq!(invoice["seller"]["sample"], true, "{invoice}");
    shop.call(reset()).await?.expect(200)?;
    shop.call(Request::get("/invoices").host(&shop.host("invoices"))).await?.expect(200)?;
    assert!(shop.log().contains("DEVELOPMENT"), "a banner says so:\n{}", shop.log());
    Ok(())
}

#[tokio::test]
async fn who_was_forwarded_is_not_on_this_machine() -> Tested {
    let shop = Shop::new()?.dev(true);
    let _running = shop.open().await?;
    for (name, value) in [
        ("forwarded", "for=203.0.113.7"),
        ("forwarded", "for=127.0.0.1"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "127.0.0.1"),
        ("via", "1.1 proxy"),
    ] {
        shop.call(reset().header(name, value)).await?.problem(401, "unauthorized")?;
    }
    Ok(())
}

#[tokio::test]
async fn without_it_nothing_is_granted() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    shop.call(reset()).await?.problem(401, "unauthorized")?;
    for (name, value) in [("x-kontor-scopes", "*"), ("x-dev", "1"), ("x-forwarded-for", "127.0.0.1")] {
        shop.call(reset().header(name, value)).await?.problem(401, "unauthorized")?;
    }
    assert!(!shop.log().contains("DEVELOPMENT"));
    Ok(())
}

#[tokio::test]
async fn it_refuses_listeners_that_others_reach() -> Tested {
    let shop = Shop::new()?;
    let address = format!("0.0.0.0:{}", shop.http().port());
    let refused = shop.command(&["serve", "--dev", "--listen", &address]).await?;
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("--dev") && said.contains(&address), "{said}");
    Ok(())
}
