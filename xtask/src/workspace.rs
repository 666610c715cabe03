//! Where things are: the clone, the build folder, the cache that outlives clones.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The folders that tasks work in.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The clone.
    pub root: PathBuf,
    /// Cargo's build folder, wherever the caller has put it.
    pub target: PathBuf,
}

/// How the program is built.
#[derive(Debug, Clone, Copy)]
pub enum Profile {
    /// Quick to build: to work with, and for tests.
    Release,
    /// As it is shipped: slow to build and the quickest to run.
    Dist,
}

impl Profile {
    /// Cargo's name of it, and of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dist => "dist",
        }
    }
}

impl Workspace {
    /// Asks cargo, because the build folder can be set in three places.
    pub fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
        let mut metadata = cargo();
        metadata.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(&manifest);
        let output = metadata.output().context("cannot run cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata fails:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata is no JSON")?;
        let folder = |name: &str| -> Result<PathBuf> {
            Ok(PathBuf::from(metadata.get(name).and_then(Value::as_str).context("cargo metadata names no folder")?))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// Functions are built here: their cargo may be another one, and two cargos never share a build folder.
    pub fn wasm_target(&self) -> PathBuf {
        self.target.join("wasm")
    }

    /// Functions and pages as `kontor` embeds them.
    pub fn bundle(&self) -> PathBuf {
        self.target.join("bundle")
    }

    /// Functions that only tests run.
    pub fn guests(&self) -> PathBuf {
        self.target.join("guests")
    }

    /// Pages and everything else that Node makes.
    pub fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// The program, built with one of the profiles.
    pub fn program(&self, profile: Profile) -> PathBuf {
        self.target.join(profile.name()).join("kontor")
    }

    /// xtask's own notes and logs; made if it is not there.
    pub fn notes(&self, name: &str) -> Result<PathBuf> {
        made(self.target.join("xtask").join(name))
    }
}

/// The cargo that runs this task.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// What is fetched once for all clones: test tools, peers. `$XDG_CACHE_HOME/kontor/NAME`; made if it is not there.
pub fn cache(name: &str) -> Result<PathBuf> {
    let base = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
        (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
        (_, Some(home)) => PathBuf::from(home).join(".cache"),
        _ => bail!("neither XDG_CACHE_HOME nor HOME is set: set one, so that downloads have a place"),
    };
    made(base.join("kontor").join(name))
}

fn made(folder: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
