//! `kontor tokens create|list|revoke`, while the program serves and while it does not.

use e2e::{client::Request, shop::Shop};

use crate::Tested;

async fn status(shop: &Shop, token: &str) -> anyhow::Result<u16> {
    let list = Request::get("/invoices").host(&shop.host("invoices")).bearer(token);
    Ok(shop.call(list).await?.status)
}

#[tokio::test]
async fn a_token_counts_from_the_next_request_to_its_revocation() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let token = shop.token("bookkeeping", &["invoices:read", "sales:reset"]).await?;
    assert_eq!(status(&shop, &token).await?, 200);
    let listed = shop.run(&["tokens", "list"]).await?;
    for word in ["bookkeeping", "invoices:read", "sales:reset", "good"] {
        assert!(listed.contains(word), "{listed}");
    }
    assert!(!listed.contains(&token), "a secret is shown once");
    shop.run(&["tokens", "revoke", "bookkeeping"]).await?;
    assert_eq!(status(&shop, &token).await?, 401);
    assert!(shop.run(&["tokens", "list"]).await?.contains("revoked"));
    Ok(())
}

#[tokio::test]
async fn the_same_works_while_nobody_serves() -> Tested {
    let shop = Shop::new()?;
    let kept = shop.token("kept", &["invoices:read"]).await?;
    let revoked = shop.token("revoked", &["invoices:read"]).await?;
    shop.run(&["tokens", "revoke", "revoked"]).await?;
    let running = shop.open().await?;
    assert_eq!((status(&shop, &kept).await?, status(&shop, &revoked).await?), (200, 401));
    running.stop().await?;
    shop.run(&["tokens", "revoke", "kept"]).await?;
    let _running = shop.open().await?;
    assert_eq!(status(&shop, &kept).await?, 401);
    Ok(())
}

#[tokio::test]
async fn wrong_orders_are_explained() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    shop.token("taken", &["*"]).await?;
    for (arguments, word) in [
        (&["tokens", "create", "taken", "--scope", "*"][..], "taken"),
        (&["tokens", "create", "Upper Case", "--scope", "*"], "name"),
        (&["tokens", "create", "scopeless"], "--scope"),
        (&["tokens", "revoke", "unknown"], "unknown"),
    ] {
        let refused = shop.command(arguments).await?;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(word), "{arguments:?}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_secret_is_stored_nowhere() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    let token = shop.token("secretive", &["invoices:read"]).await?;
    assert_eq!(status(&shop, &token).await?, 200);
    running.stop().await?;
    let mut folders = vec![shop.root().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path)?;
            let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            assert!(!found, "the secret is in {}", path.display());
            files += 1;
        }
    }
    assert!(files >= 4, "databases, configuration and log were looked at");
    Ok(())
}

#[tokio::test]
async fn a_scope_that_no_function_knows_is_told_whoever_makes_the_token() -> Tested {
    let shop = Shop::new()?;
    let warned = async |name: &str, scope: &str| {
        let made = shop.command(&["tokens", "create", name, "--scope", scope]).await?;
        assert!(made.status.success(), "its function may come later");
        anyhow::Ok(String::from_utf8_lossy(&made.stderr).into_owned())
    };
    let while_nobody_serves = warned("one", "sales:rest").await?;
    assert!(while_nobody_serves.contains("did you mean sales:reset?"), "{while_nobody_serves}");
    let _running = shop.open().await?;
    let while_it_serves = warned("two", "mail:send").await?;
    assert!(while_it_serves.contains("mail:send") && while_it_serves.contains("invoices:read"), "{while_it_serves}");
    assert!(!warned("three", "sales:reset").await?.contains("no function"), "a known scope is nothing to tell");
    Ok(())
}
