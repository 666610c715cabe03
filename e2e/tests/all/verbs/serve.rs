//! `kontor serve` where it cannot: one clear line, an exit status, nothing lost.

use std::{net::TcpListener, process::Output};

use anyhow::Result;
use e2e::{client::Request, shop::Shop};

use crate::{
    Tested,
    purchase::{money, sold},
};

/// What the program said before it gave up, which has to be one line of its own.
fn refusal(output: &Output) -> Result<String> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    anyhow::ensure!(!output.status.success(), "it should not have succeeded: {said}");
    anyhow::ensure!(output.status.code() != Some(101) && !said.contains("panicked"), "it panicked: {said}");
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    anyhow::ensure!(lines.len() == 1, "not one line: {said}");
    Ok(said)
}

#[tokio::test]
async fn a_taken_port_is_named() -> Tested {
    let shop = Shop::new()?;
    for taken in [shop.http(), shop.admin()] {
        let _somebody = TcpListener::bind(taken)?;
        let said = refusal(&shop.command(&["serve"]).await?)?;
        assert!(said.contains(&taken.port().to_string()), "{said}");
    }
    let _running = shop.open().await?;
    sold(&shop).await?;
    Ok(())
}

#[tokio::test]
async fn a_folder_in_use_is_refused_and_its_user_named() -> Tested {
    let first = Shop::new()?;
    let running = first.open().await?;
    sold(&first).await?;
    let second = Shop::new()?.keep_data_in(first.data());
    let said = refusal(&second.command(&["serve"]).await?)?;
    let pid = running.pid()?.as_raw_nonzero().to_string();
    assert!(said.contains(&pid) && said.contains("kontor-data"), "{said}");
    assert_eq!(money(&first).await?, (1, 1900), "the first goes on");
    running.stop().await
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() -> Tested {
    let shop = Shop::new()?;
    let file = shop.root().join("file");
    std::fs::write(&file, "not a folder")?;
    for folder in [file.join("data"), file] {
        let shop = Shop::new()?.keep_data_in(&folder);
        let said = refusal(&shop.command(&["serve"]).await?)?;
        assert!(said.contains(&folder.display().to_string()) && said.contains("--data"), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_broken_configuration_is_explained_with_its_place() -> Tested {
    for (toml, words) in [
        ("lissen = 1\n", &["kontor.toml", "lissen", "listen"][..]),
        ("[limits]\nrows_max = \"many\"\n", &["kontor.toml:5:12", "many"]),
        ("this is no TOML\n", &["kontor.toml"]),
        ("domain = \"https://shop.example\"\n", &["domain"]),
        ("[limits]\nmemory_max = \"a lot\"\n", &["kontor.toml", "a lot"]),
    ] {
        let shop = Shop::new()?.seller(false).configure(toml);
        let said = refusal(&shop.command(&["serve"]).await?)?;
        for word in words {
            assert!(said.contains(word), "{toml:?}: no {word} in {said}");
        }
        assert!(!shop.data().exists(), "nothing was begun");
    }
    Ok(())
}

#[tokio::test]
async fn a_damaged_database_is_named_and_left_as_it_is() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    sold(&shop).await?;
    running.stop().await?;
    let file = shop.data().join("sql/sales.sqlite");
    let damaged = vec![b'x'; 8192];
    std::fs::write(&file, &damaged)?;
    let said = refusal(&shop.command(&["serve"]).await?)?;
    assert!(said.contains("sales"), "{said}");
    assert_eq!(std::fs::read(&file)?, damaged);
    Ok(())
}

#[tokio::test]
async fn unknown_flags_and_verbs_are_refused() -> Tested {
    let shop = Shop::new()?;
    for arguments in [&["serve", "--wrong"][..], &["sell"], &["serve", "--listen", "nowhere"]] {
        let refused = shop.command(arguments).await?;
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&refused.stderr));
    }
    Ok(())
}

#[tokio::test]
async fn the_file_is_weaker_than_the_environment_and_that_than_a_flag() -> Tested {
    let shop = Shop::new()?.configure("[limits]\nrows_max = 11\n");
    let shown = shop.run(&["config", "check"]).await?;
    assert!(shown.contains("rows_max = 11"), "{shown}");
    let port = |shown: &str, port: u16| shown.contains(&format!("127.0.0.1:{port}"));
    assert!(port(&shown, shop.http().port()), "{shown}");
    let shown = shop.run_with(&["config", "check"], &[("KONTOR_LISTEN_HTTP", "127.0.0.1:4711")]).await?;
    assert!(port(&shown, 4711) && !port(&shown, shop.http().port()), "{shown}");
    let flagged = ["config", "check", "--listen", "127.0.0.1:4712"];
    let shown = shop.run_with(&flagged, &[("KONTOR_LISTEN_HTTP", "127.0.0.1:4711")]).await?;
    assert!(port(&shown, 4712) && !port(&shown, 4711), "{shown}");
    Ok(())
}

#[tokio::test]
async fn what_a_function_cannot_use_stops_the_start_and_not_the_first_purchase() -> Tested {
    for (toml, words) in [
        (
            "[functions.sales.config]\nlicenses = \"basic=abc\"\n",
            &["functions.sales.config.licenses", "basic=19.00"][..],
        ),
        ("[functions.sales.config]\ncurrency = \"Euro\"\n", &["functions.sales.config.currency", "Euro"]),
        ("[functions.invoices.config]\nseller_country = \"Germany\"\n", &["config.seller_country", "two letters"]),
        ("[[mounts]]\npath = \"/api\"\nfunction = \"sale\"\n", &["mounts", "/api", "did you mean sales?"]),
        ("[limits]\nin_flight_max = 0\n", &["limits.in_flight_max is 0", "1 to 640"]),
    ] {
        let shop = Shop::new()?.seller(false).configure(toml);
        let said = refusal(&shop.command(&["serve"]).await?)?;
        for word in words {
            assert!(said.contains(word), "{toml:?}: no {word} in {said}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_incomplete_seller_and_an_unknown_key_are_told_at_the_start_and_to_the_operator() -> Tested {
    let toml =
        "[functions.invoices.config]\nseller_name = \"Muster GmbH\"\n[functions.sales.config]\ncurency = \"CHF\"\n";
    let shop = Shop::new()?.seller(false).configure(toml);
    let _running = shop.open().await?;
    for word in ["did you mean currency?", "functions.invoices.config", "seller_street", "seller_vat_id"] {
        // It is said right after the addresses, when requests are served already.
        let said = async {
            while !shop.log().contains(word) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let said = tokio::time::timeout(std::time::Duration::from_secs(30), said).await;
        assert!(said.is_ok(), "no {word} in {}", shop.log());
    }
    let ready = shop.call_admin(Request::get("/readyz")).await?.expect(200)?;
    let warning = ready["warnings"][0].as_str().unwrap_or_default();
    assert!(
        warning.contains("invoices") && warning.contains("seller_city") && !warning.contains("seller_name"),
        "{ready}"
    );
    let overview = shop.call_admin(Request::get("/api/overview")).await?.expect(200)?;
    assert_eq!((&overview["ready"], &overview["warnings"]), (&serde_json::json!(true), &ready["warnings"]));
    Ok(())
}
