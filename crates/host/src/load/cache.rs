//! Compiled code, kept over restarts.
//!
//! A file is named by the component's hash and by what its code depends on (the engine's version and settings, the
//! processor's features). It begins with the SHA-256 of what follows: what does not match is compiled again and never
//! run. That guards against damage. Against somebody who may write into the folder guards the folder's mode, as for the
//! databases beside it.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use wasmtime::{Engine, component::Component};

use crate::{LoadError, host::Shared, runtime::instance::text};

/// Compiling may take so long.
const COMPILE_MAX: Duration = Duration::from_secs(60);
/// A digest's size, bytes.
const DIGEST_BYTES: usize = 32;
/// Components that are compiled at once, also those whose time is over: Cranelift cannot be interrupted, and a flood of
/// components must not take every processor from the calls.
static COMPILING: Semaphore = Semaphore::const_new(2);

/// Makes the folder, for this user alone.
pub(crate) fn prepare(folder: &Path) -> Result<(), LoadError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        LoadError::Host(format!(
            "the folder for compiled functions, {}, cannot be made: {error}; make it writable or choose another one",
            folder.display()
        ))
    })
}

/// The component's code: from the cache, or compiled and put there.
pub(crate) async fn component(shared: Arc<Shared>, hash: String, bytes: Bytes) -> Result<Component, LoadError> {
    let file = shared.settings.cache_folder.join(format!("{hash}-{}.cwasm", shared.runtime.compatibility));
    let cached = {
        let (engine, file) = (shared.runtime.engine.clone(), file.clone());
        tokio::task::spawn_blocking(move || cached(&engine, &file))
    };
    if let Ok(Some(component)) = cached.await {
        return Ok(component);
    }
    let Ok(permit) = COMPILING.acquire().await else {
        return Err(LoadError::Host("the compiler is closed".to_owned()));
    };
    let compiling = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        compile(&shared.runtime.engine, &file, &bytes)
    });
    match tokio::time::timeout(COMPILE_MAX, compiling).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(LoadError::NotAFunction("the compiler failed on this component".to_owned())),
        Err(_elapsed) => Err(LoadError::NotAFunction(format!(
            "compiling took longer than {COMPILE_MAX:?}; split the component or leave parts of it out"
        ))),
    }
}

fn compile(engine: &Engine, file: &Path, bytes: &[u8]) -> Result<Component, LoadError> {
    let component = Component::from_binary(engine, bytes).map_err(|error| {
        LoadError::NotAFunction(format!(
            "this is no WebAssembly component that can be run here: {}; build it for wasm32-wasip2",
            text(&error)
        ))
    })?;
    let kept = component.serialize().map_err(|error| error.to_string());
    if let Err(error) = kept.and_then(|code| keep(file, &code).map_err(|error| error.to_string())) {
        tracing::warn!(file = %file.display(), error, "compiled code could not be kept; it is compiled again at the next start");
    }
    Ok(component)
}

/// Writes to another name first, so that nobody ever reads half a file under the right one.
fn keep(file: &Path, code: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let temporary = folder.join(format!(".{}-{:016x}", std::process::id(), getrandom::u64().unwrap_or_default()));
    let written = fs::File::create(&temporary).and_then(|mut to| {
        to.write_all(&Sha256::digest(code))?;
        to.write_all(code)?;
        fs::rename(&temporary, file)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The code in a file, if it is whole and for this engine.
fn cached(engine: &Engine, file: &Path) -> Option<Component> {
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "compiled code cannot be read; compiling again");
            return None;
        }
    };
    let component = bytes.split_at_checked(DIGEST_BYTES).and_then(|(digest, code)| {
        let whole = Sha256::digest(code).as_slice() == digest;
        whole.then(|| deserialize(engine, code))?.ok()
    });
    if component.is_none() {
        tracing::warn!(file = %file.display(), "compiled code is damaged; compiling again");
    }
    component
}

/// Takes compiled code as it is.
#[allow(unsafe_code)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` is what `Component::serialize` gave to `keep`: its SHA-256, written beside it in the same file, was
    // just found to match, so it is neither cut nor damaged. It was read into memory that nobody else can change, and
    // the folder belongs to this user alone (mode 0700); who may write there may also replace this program. wasmtime
    // itself checks that the code was made by this version with these settings.
    unsafe { Component::deserialize(engine, code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn kept_code_is_used_again() {
        let (engine, folder) = (Engine::default(), tempfile::tempdir().unwrap());
        let file = folder.path().join("a.cwasm");
        assert!(cached(&engine, &file).is_none());
        compile(&engine, &file, EMPTY).unwrap();
        assert!(cached(&engine, &file).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary stays");
    }

    #[test]
    fn damaged_code_is_never_run() {
        let (engine, folder) = (Engine::default(), tempfile::tempdir().unwrap());
        let file = folder.path().join("a.cwasm");
        compile(&engine, &file, EMPTY).unwrap();
        let good = fs::read(&file).unwrap();
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for bad in [&flipped[..], &good[..good.len() - 1], &good[..DIGEST_BYTES], &good[..10], b""] {
            fs::write(&file, bad).unwrap();
            assert!(cached(&engine, &file).is_none());
        }
    }

    #[test]
    fn what_is_no_component_says_so() {
        let (engine, folder) = (Engine::default(), tempfile::tempdir().unwrap());
        for bytes in [&b"hello"[..], b"", b"\0asm\x01\0\0\0", &EMPTY[..6]] {
            let error = compile(&engine, &folder.path().join("a"), bytes).map(|_| ()).unwrap_err();
            assert!(error.to_string().contains("wasm32-wasip2"), "{error}");
        }
    }
}
