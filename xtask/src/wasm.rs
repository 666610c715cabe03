//! Builds functions for WebAssembly, with whichever compiler on this machine can.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    debian, process,
    stamp::{self, Stamp},
    workspace::{Workspace, cargo},
};

const TARGET: &str = "wasm32-wasip2";
/// A download of 20 MB; where it cannot be had it may hang instead of failing.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(60);
/// Debian's recent Rust, for browsers' sake in stable releases too, with its library as source, and a libc for WASI.
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "wasi-libc"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";
const DEBIAN_CLIPPY_PACKAGE: &str = "rust-web-clippy";
const DEBIAN_WASI_LIBRARIES: &str = "/usr/lib/wasm32-wasi";
/// Functions that are part of the program: packages of the workspace, and their file names.
const BUNDLED: [&str; 2] = ["sales", "invoices"];

/// What else has code for Wasm alone.
const LINTED: [&str; 1] = ["kontor-sdk"];
/// The function of the host's tests.
const GUEST: &str = "guest";
/// A function that does not come with the program: tests copy it into a running one, as an operator would.
const EXAMPLE: &str = "wishlists";
/// The component of the standard world, beside it.
const STANDARD: &str = "standard";
/// Of all functions: with one profile and one build folder, Rust's own library is built once.
const PROFILE: &str = "wasm";

/// A way to build for [`TARGET`].
#[derive(Debug, Clone)]
enum Toolchain {
    /// The cargo that runs this task has the target's library.
    Installed,
    /// Debian's compiler, which builds the library too. `tools` has a linker for components and `wasm-ld`.
    Debian { linker: PathBuf, tools: Vec<PathBuf> },
}

/// Builds the bundled functions into `bundle/functions`. False if nothing had changed.
pub fn build_functions(workspace: &Workspace) -> Result<bool> {
    let folder = workspace.bundle().join("functions");
    let root = &workspace.root;
    let inputs = ["functions", "rules", "wit", "Cargo.toml", "Cargo.lock"].map(|name| root.join(name));
    let stamp = Stamp::of(workspace.notes("stamps")?.join("functions"), root, &inputs, &BUNDLED)?;
    let complete = BUNDLED.iter().all(|name| folder.join(format!("{name}.wasm")).is_file());
    if complete && stamp.is_fresh() {
        return Ok(false);
    }
    let arguments: Vec<&str> = BUNDLED.iter().flat_map(|name| ["--package", name]).collect();
    cargo_build(workspace, "functions", root, &arguments)?;
    for name in BUNDLED {
        copy_built(workspace, name, &folder)?;
    }
    stamp.note()?;
    Ok(true)
}

/// Builds the functions that tests of the host run, into [`Workspace::guests`]. False if nothing had changed, or if
/// there are none.
pub fn build_guests(workspace: &Workspace) -> Result<bool> {
    let source = guests_source(workspace);
    if !source.join("Cargo.toml").is_file() {
        return Ok(false);
    }
    let root = &workspace.root;
    let inputs = [source.clone(), root.join("wit"), root.join("functions/sdk"), root.join("functions").join(EXAMPLE)];
    let stamp = Stamp::of(workspace.notes("stamps")?.join("guests"), &workspace.root, &inputs, &[])?;
    let guests = workspace.guests();
    if [GUEST, STANDARD, EXAMPLE].iter().all(|name| guests.join(format!("{name}.wasm")).is_file()) && stamp.is_fresh() {
        return Ok(false);
    }
    cargo_build(workspace, "guests", &source, &[])?;
    copy_built(workspace, GUEST, &guests)?;
    copy_built(workspace, STANDARD, &guests)?;
    cargo_build(workspace, "example", &workspace.root, &["--package", EXAMPLE])?;
    copy_built(workspace, EXAMPLE, &guests)?;
    stamp.note()?;
    Ok(true)
}

/// Clippy over all that is compiled for Wasm alone: the functions with the SDK's inner side, and the tests' guest. Shows
/// what it says. Gives why nothing was linted, where there is no compiler for Wasm or none with clippy.
pub fn lint(workspace: &Workspace) -> Result<Option<String>> {
    let logs = workspace.notes("logs")?;
    let toolchain = match Toolchain::find(workspace, &logs) {
        Ok(toolchain) => toolchain,
        Err(error) => return Ok(Some(format!("{error:#}"))),
    };
    if !toolchain.has_clippy(&logs)? {
        let how = debian::command(&[DEBIAN_CLIPPY_PACKAGE]);
        return Ok(Some(format!("no clippy; rustup component add clippy, or as root on Debian: {how}")));
    }
    let functions: Vec<&str> =
        LINTED.iter().chain(&BUNDLED).chain([&EXAMPLE]).flat_map(|name| ["--package", name]).collect();
    for (folder, arguments) in [(workspace.root.clone(), &*functions), (guests_source(workspace), &[])] {
        let mut clippy = toolchain.cargo("clippy")?;
        clippy.args(["--quiet", "--lib", "--profile", PROFILE, "--target", TARGET, "--target-dir"]);
        clippy.arg(workspace.wasm_target()).args(arguments).args(["--", "-D", "warnings"]).current_dir(folder);
        if !clippy.status()?.success() {
            bail!("clippy for {TARGET} is not satisfied");
        }
    }
    Ok(None)
}

/// Where the function of the host's tests is written; it is a workspace of its own.
pub fn guests_source(workspace: &Workspace) -> PathBuf {
    workspace.root.join("crates/host/tests/guests")
}

fn cargo_build(workspace: &Workspace, name: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
    let logs = workspace.notes("logs")?;
    let mut build = Toolchain::find(workspace, &logs)?.cargo("build")?;
    build.args(["--lib", "--profile", PROFILE, "--target", TARGET, "--target-dir"]).arg(workspace.wasm_target());
    build.args(arguments).current_dir(folder);
    process::succeed(&mut build, &logs.join(format!("{name}.log")))
}

fn copy_built(workspace: &Workspace, name: &str, folder: &Path) -> Result<()> {
    let file = format!("{name}.wasm");
    stamp::copy_changed(&workspace.wasm_target().join(TARGET).join(PROFILE).join(&file), &folder.join(&file))
}

impl Toolchain {
    /// What is there comes before what has to be fetched. Looking is quick, so that nothing is remembered: a note
    /// would be wrong after the next change of compilers.
    fn find(workspace: &Workspace, logs: &Path) -> Result<Self> {
        if has_target() {
            return Ok(Self::Installed);
        }
        let debian = Self::debian(workspace)?;
        if let Some(debian) = debian {
            return Ok(debian);
        }
        let log = logs.join("rustup.log");
        let rustup = process::found("rustup").is_some();
        if rustup && process::bounded(Command::new("rustup").args(["target", "add", TARGET]), &log, RUSTUP_PATIENCE)? {
            return Ok(Self::Installed);
        }
        if debian::can_install() {
            debian::install(&DEBIAN_PACKAGES, &logs.join("apt.log"))?;
            return Self::debian(workspace)?.context("Debian's packages are installed, but have no linker for Wasm");
        }
        let why = if rustup { format!("rustup cannot add it:\n{}\n", process::tail(&log)) } else { String::new() };
        bail!(
            "no compiler for {TARGET}. {why}Run one of these, then this command again:\n  \
             rustup target add {TARGET}\n  as root on Debian: {}",
            debian::command(&DEBIAN_PACKAGES)
        )
    }

    /// Debian's compiler if all of it is there. It finds its own linker for components, but calls it without a
    /// `wasm-ld`; LLVM's linker is one under that name.
    fn debian(workspace: &Workspace) -> Result<Option<Self>> {
        let Some(sysroot) = process::answer(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"])) else {
            return Ok(None);
        };
        let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.toml");
        if !library.is_file() || !Path::new(DEBIAN_CARGO).is_file() || !Path::new(DEBIAN_WASI_LIBRARIES).is_dir() {
            return Ok(None);
        }
        let host = env::consts::ARCH;
        let own = Path::new(&sysroot).join(format!("lib/rustlib/{host}-unknown-linux-gnu/bin"));
        let lld = Path::new("/usr/bin/rust-lld");
        if own.join("wasm-component-ld").is_file() && lld.is_file() {
            let tools = workspace.notes("wasm-tools")?;
            let wasm_ld = tools.join("wasm-ld");
            if !wasm_ld.exists() {
                symlink(lld, &wasm_ld)?;
            }
            return Ok(Some(Self::Debian { linker: own.join("wasm-component-ld"), tools: vec![tools] }));
        }
        // Releases without these two: rustup's toolchain has them even where it has not the target.
        let Some(sysroot) = process::answer(Command::new("rustc").args(["--print", "sysroot"])) else {
            return Ok(None);
        };
        let theirs = Path::new(&sysroot).join(format!("lib/rustlib/{host}-unknown-linux-gnu/bin"));
        let linker = theirs.join("wasm-component-ld");
        Ok(linker.is_file().then(|| Self::Debian { linker, tools: vec![theirs.join("gcc-ld"), theirs] }))
    }

    /// Whether it can lint. Debian has clippy in a package of its own, which is fetched where that is possible.
    fn has_clippy(&self, logs: &Path) -> Result<bool> {
        match self {
            Self::Installed => Ok(process::answer(cargo().args(["clippy", "--version"])).is_some()),
            Self::Debian { .. } => {
                if !Path::new(DEBIAN_CLIPPY).is_file() && debian::can_install() {
                    debian::install(&[DEBIAN_CLIPPY_PACKAGE], &logs.join("apt.log"))?;
                }
                Ok(Path::new(DEBIAN_CLIPPY).is_file())
            }
        }
    }

    /// The cargo for [`TARGET`] with this verb.
    fn cargo(&self, verb: &str) -> Result<Command> {
        let mut build = match self {
            Self::Installed => cargo(),
            // Looked for by cargo itself, it would be rustup's, which knows another compiler.
            Self::Debian { .. } if verb == "clippy" => Command::new(DEBIAN_CLIPPY),
            Self::Debian { .. } => Command::new(DEBIAN_CARGO),
        };
        build.arg(verb);
        // What is meant for the host's code must not reach the functions'.
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"] {
            build.env_remove(name);
        }
        if let Self::Debian { linker, tools } = self {
            let path = env::var_os("PATH").unwrap_or_default();
            let path: OsString = env::join_paths(tools.iter().cloned().chain(env::split_paths(&path)))?;
            build.args(["-Z", "build-std=std,panic_abort"]);
            build.env("PATH", path).env("RUSTC", DEBIAN_RUSTC).env("CARGO_TARGET_WASM32_WASIP2_LINKER", linker);
            // Building the library is not stable yet; the packages of one Debian release fit each other.
            build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", format!("-L {DEBIAN_WASI_LIBRARIES}"));
            // Nor may Debian's compiler meet the libraries and tools of rustup's.
            let foreign =
                ["CARGO", "LD_LIBRARY_PATH", "RUSTC_WORKSPACE_WRAPPER", "RUSTC_WRAPPER", "RUSTDOC", "RUSTUP_TOOLCHAIN"];
            for name in foreign {
                build.env_remove(name);
            }
            // Whom clippy calls.
            build.env("CARGO", DEBIAN_CARGO);
        }
        Ok(build)
    }
}

fn has_target() -> bool {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let folder = process::answer(rustc.args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_some_and(|folder| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("libstd-"))
    })
}
