//! What the README tells a newcomer to type.

use std::{path::Path, process::Command};

use anyhow::{Context as _, ensure};
use e2e::{client::Request, shop::Shop, skip::skipped};

use crate::Tested;

/// The commands between the README's two marks.
fn walk() -> anyhow::Result<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md"))?;
    let (_, after) = readme.split_once("<!-- walk: begin -->").context("no begin of the walk")?;
    let (walk, _) = after.split_once("<!-- walk: end -->").context("no end of the walk")?;
    Ok(walk.lines().filter(|line| !line.starts_with("```")).collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn the_first_steps_with_curl_do_what_they_say() -> Tested {
    let shop = Shop::new()?.dev(true);
    let _running = shop.open().await?;
    let program = std::env::var("KONTOR_BIN").context("KONTOR_BIN names the program under test")?;
    let here = format!("{program} --data {}", shop.data().display());
    let walk = walk()?.replace(":8000", &format!(":{}", shop.http().port())).replace("target/release/kontor", &here);
    // Each answer on a line of its own.
    let mut script = walk.replace("curl -s ", "curl -s -w '\\n' ");
    let has_library = Command::new("python3").args(["-c", "import cryptography"]).output();
    if !has_library.is_ok_and(|output| output.status.success()) {
        skipped("the_walks_check_of_a_proof", "python3 with the package cryptography is not there");
        script = script.replace("python3 check-invoice.py", "echo ok: #");
    }
    // The walk leaves files where it goes.
    let place = shop.root().to_owned();
    let walking = move || Command::new("bash").args(["-euc", script.as_str()]).current_dir(place).output();
    let output = tokio::task::spawn_blocking(walking).await??;
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{said}\n{errors}");

    let (checked, answers): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with("ok: "));
    ensure!(checked.len() == 1, "the proof was not checked: {said}");
    let answers: Vec<serde_json::Value> =
        answers.into_iter().map(serde_json::from_str).collect::<Result<_, _>>().with_context(|| said.to_string())?;
    let [bought, money, faults, invoices] = answers.as_slice() else {
        anyhow::bail!("{} answers:\n{said}", answers.len())
    };
    assert_eq!(bought["sale"]["gross"], 9800, "{bought}");
    assert_eq!((&money["sales"], &money["turnover"]), (&1.into(), &9800.into()), "{money}");
    let mut pointers: Vec<_> =
        faults["errors"].as_array().into_iter().flatten().map(|fault| &fault["pointer"]).collect();
    pointers.sort_by_key(|pointer| pointer.to_string());
    assert_eq!(pointers, ["/colour", "/license", "/quantity"], "{faults}");
    assert!(invoices["invoices"].is_array(), "{invoices}");

    // The invoice is there a moment later.
    shop.events_delivered(std::time::Duration::from_secs(30)).await?;
    let listed = shop.call(Request::get("/invoices").host(&shop.host("invoices"))).await?.expect(200)?;
    assert_eq!(listed["invoices"].as_array().map(Vec::len), Some(1), "{listed}");
    Ok(())
}
