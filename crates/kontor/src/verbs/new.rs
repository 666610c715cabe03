//! `kontor new`.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use flate2::read::GzDecoder;

/// Template and SDK, as `build.rs` packs them: path by text, JSON, compressed.
const ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/new.json.gz"));
/// What a template's file ends with. Cargo would take a folder with a `Cargo.toml` for a package of ours.
const TEMPLATE: &str = ".in";
/// The vendored lock file is where the new folder's own begins: the versions that the SDK was tested with.
const LOCK: &str = "kontor/Cargo.lock";

/// Make a folder with a function of your own in it: a table, two operations, a test.
///
/// The SDK comes along, so that nothing but crates.io is needed to build it. One copy of what is built puts it live.
#[derive(Args)]
#[command(
    after_help = "Example:\n  kontor new hello && cd hello && cargo test && cargo build --release --target wasm32-wasip2"
)]
pub struct Arguments {
    /// The function's name, and the folder's: lower-case letters, digits, hyphens.
    name: String,
    /// The language it is written in.
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// Where to make the folder [default: here]
    #[arg(long, value_name = "FOLDER")]
    at: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
}

/// Makes the folder.
pub fn run(arguments: &Arguments) -> Result<()> {
    let (name, Language::Rust) = (arguments.name.as_str(), arguments.lang);
    check(name)?;
    let folder = arguments.at.clone().unwrap_or_default().join(name);
    if folder.exists() {
        bail!("{} is there already; choose another name, or another place with --at FOLDER", folder.display());
    }
    for (path, text) in files(name)? {
        write(&folder.join(path), &text)?;
    }
    let file = crate_name(name);
    say!(
        "{} is made. What to do with it:\n\n  cd {}\n  cargo test\n  cargo build --release --target wasm32-wasip2\n  \
         cp target/wasm32-wasip2/release/{file}.wasm DATA-FOLDER/functions/{name}.wasm\n\nREADME.md there says more.",
        folder.display(),
        folder.display()
    );
    Ok(())
}

fn check(name: &str) -> Result<()> {
    if !kontor_host::is_function_name(name) {
        bail!("{name:?} is no function's name; use [a-z][a-z0-9-]{{0,39}}, and neither kontor nor functions");
    }
    // A package of these names could not be compiled.
    const TAKEN: [&str; 8] = ["test", "core", "std", "alloc", "serde", "utoipa", "kontor-sdk", "kontor-testing"];
    if TAKEN.contains(&name) || name.ends_with('-') {
        bail!("a Rust package cannot be named {name}; choose another name");
    }
    Ok(())
}

/// What Rust calls the package in its own code.
fn crate_name(name: &str) -> String {
    name.replace('-', "_")
}

/// Every file of the new folder, by its path in it.
fn files(name: &str) -> Result<BTreeMap<String, String>> {
    let mut text = String::new();
    GzDecoder::new(ARCHIVE).read_to_string(&mut text).context("this program's template is damaged")?;
    let all: BTreeMap<String, String> = serde_json::from_str(&text).context("this program's template is damaged")?;
    let mut files = BTreeMap::new();
    for (path, text) in all {
        if path == LOCK {
            files.insert("Cargo.lock".to_owned(), text);
        } else if let Some(path) = path.strip_prefix("new/").and_then(|path| path.strip_suffix(TEMPLATE)) {
            let path = if path == "gitignore" { ".gitignore" } else { path };
            let crate_name = crate_name(name);
            let filled = text.replace("{name}", name).replace("{crate}", &crate_name).replace("{file}", &crate_name);
            files.insert(path.to_owned(), filled);
        } else {
            files.insert(path, text);
        }
    }
    Ok(files)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_the_function_its_test_and_the_sdk() {
        let files = files("my-notes").unwrap();
        for path in [
            "Cargo.toml",
            "Cargo.lock",
            "README.md",
            ".gitignore",
            "src/lib.rs",
            "tests/notes.rs",
            "kontor/Cargo.toml",
            "kontor/wit/kontor.wit",
            "kontor/functions/sdk/src/lib.rs",
            "kontor/crates/data-sqlite/Cargo.toml",
        ] {
            assert!(files.contains_key(path), "{path}");
        }
        assert!(files["src/lib.rs"].contains("Function::new(\"my-notes\""));
        assert!(files["tests/notes.rs"].contains("my_notes::function()"));
        let left: Vec<_> =
            files.iter().filter(|(path, text)| !path.starts_with("kontor/") && text.contains("{name}")).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn a_name_that_nobody_could_use_is_refused_and_what_is_there_stays() {
        for name in ["Hello", "kontor", "functions", "test", "a b", "", "../x"] {
            assert!(check(name).is_err(), "{name}");
        }
        let place = tempfile::tempdir().unwrap();
        let make =
            || run(&Arguments { name: "hello".to_owned(), lang: Language::Rust, at: Some(place.path().to_owned()) });
        make().unwrap();
        fs::write(place.path().join("hello/src/lib.rs"), "mine").unwrap();
        assert!(make().unwrap_err().to_string().contains("there already"));
        assert_eq!(fs::read_to_string(place.path().join("hello/src/lib.rs")).unwrap(), "mine");
    }
}
