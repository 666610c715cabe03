//! Compiled functions, carried from shop to shop.
//!
//! Every shop has a data folder of its own, and compiling all functions anew for each would take most of the tests' time.
//! So the first one's compiled code is kept beside the program and brought to the others. That is safe: the program looks
//! at hash and engine, and compiles what does not fit. When nothing can be carried, tests are slower and not wrong.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// Parallel tests must not see half a copy.
static CARRYING: Mutex<()> = Mutex::new(());

/// Where the compiled code of a data folder is.
const CACHE: &str = "cache";

/// Keeps a ready shop's compiled code, unless that was done for this program.
pub fn keep(program: &Path, data: &Path) {
    let Ok(_alone) = CARRYING.lock() else { return };
    let Some(kept) = kept(program) else { return };
    if kept.exists() {
        return;
    }
    let making = kept.with_extension(std::process::id().to_string());
    forget_others(&kept);
    if copy(&data.join(CACHE), &making).is_ok() {
        // Somebody else may have been first; then theirs stays.
        let _kept = fs::rename(&making, &kept);
    }
    let _gone = fs::remove_dir_all(&making);
}

/// Brings compiled code to a data folder that has none.
pub fn bring(program: &Path, data: &Path) {
    let Ok(_alone) = CARRYING.lock() else { return };
    let cache = data.join(CACHE);
    match kept(program) {
        Some(kept) if kept.exists() && !cache.exists() => _ = copy(&kept, &cache),
        _ => {}
    }
}

/// One folder for each build of the program: a new build is another file, or has another time.
fn kept(program: &Path) -> Option<PathBuf> {
    let built = fs::metadata(program).ok()?.modified().ok()?;
    let built = built.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis();
    let folder = program.parent()?.join("e2e-compiled");
    let name = program.file_name()?.to_str()?;
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join(format!("{name}-{built}")))
}

/// Earlier builds of the same program will not come back.
fn forget_others(kept: &Path) {
    let program = |path: &Path| path.file_name()?.to_str()?.rsplit_once('-').map(|(program, _)| program.to_owned());
    for entry in kept.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten() {
        if program(&entry.path()) == program(kept) && entry.path() != kept {
            let _gone = fs::remove_dir_all(entry.path());
        }
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
