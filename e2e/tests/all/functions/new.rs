//! `kontor new`: a folder that builds, is tested, and goes live by one copy.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use e2e::{client::Request, shop::Shop};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::drop_in::file;
use crate::Tested;

/// The workspace's task runner, which finds a compiler for Wasm. `cargo xtask test` names itself.
fn xtask() -> Command {
    match std::env::var_os("KONTOR_TEST_XTASK") {
        Some(xtask) => Command::new(xtask),
        None => {
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args(["run", "--quiet", "--package", "xtask", "--"]);
            cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
            cargo
        }
    }
}

async fn finished(mut command: Command) -> Result<String> {
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{}\n{out}{err}", output.status);
    Ok(out.into_owned())
}

/// Builds what `kontor new` made in this folder, and gives the component's path.
pub async fn built(folder: &Path) -> Result<PathBuf> {
    let mut build = xtask();
    build.arg("function").arg(folder);
    let said = finished(build).await?;
    let path = said.lines().rev().find(|line| line.ends_with(".wasm")).context("no component was named")?;
    Ok(PathBuf::from(path.trim()))
}

#[tokio::test]
async fn a_new_function_is_built_and_live_by_one_copy_with_a_database_that_answers() -> Tested {
    let shop = Shop::new()?.dev(true);
    shop.run(&["new", "my-notes"]).await?;
    let folder = shop.root().join("my-notes");
    let component = built(&folder).await?;
    let running = shop.open().await?;
    std::fs::copy(component, file(&shop, "my-notes"))?;
    let host = shop.host("my-notes");
    let begun = Instant::now();
    while shop.call(Request::get("/notes").host(&host)).await?.status != 200 {
        ensure!(begun.elapsed() < Duration::from_secs(60), "never live; the log:\n{}", shop.log());
        sleep(Duration::from_millis(20)).await;
    }
    let note = Request::post("/notes", &json!({ "text": "Good morning" })).host(&host);
    shop.call(note).await?.expect(201)?;
    running.stop().await?;
    let _running = shop.open().await?;
    let notes = shop.call(Request::get("/notes").host(&host)).await?.expect(200)?;
    assert_eq!(notes["notes"][0]["text"], "Good morning", "{notes}");
    Ok(())
}

/// The folder's own test, which runs natively on the SQLite that comes along.
#[tokio::test]
async fn the_tests_of_a_new_function_pass() -> Tested {
    let shop = Shop::new()?;
    shop.run(&["new", "my-notes"]).await?;
    let mut test = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    test.arg("test").current_dir(shop.root().join("my-notes")).env_remove("CARGO_TARGET_DIR");
    // Where the workspace's own build folder is, what it needs is not built anew for each run.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    test.arg("--target-dir").arg(target);
    let said = finished(test).await?;
    ensure!(said.contains("2 passed"), "{said}");
    Ok(())
}
