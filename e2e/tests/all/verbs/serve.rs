//! `kontor serve` where it cannot: one clear line, an exit status, nothing lost.

use std::{net::TcpListener, process::Output};

use anyhow::Result;
use e2e::shop::Shop;

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
