//! A stand-in for MongoDB, which no distribution packages: mongo-java-server on a file, from Maven Central.
//!
//! It is fetched and compiled once, into the user's cache folder. It speaks MongoDB's protocol with single-document writes,
//! unique indexes, questions and sorts; it has no sessions, transactions, roles, validators and shards.

use std::{
    env, fs,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    Place, Recipe, StartError,
    place::{finish, on_path, write},
};

/// MongoDB's stand-in, with every answer after its write to the file.
pub static MONGODB: Recipe = Recipe {
    name: "mongodb",
    variable: "KONTOR_TEST_MONGODB_URL",
    packages: "default-jdk-headless maven",
    // Debian has this user everywhere, and it owns nothing.
    user: "daemon",
    signal: "TERM",
    is_installed,
    prepare,
    serve,
    is_ready: |place| greets(place).unwrap_or(false),
    url: |place| format!("mongodb://127.0.0.1:{}/kontor", place.port),
};

const SOURCE: &str = include_str!("../stand-in/StandIn.java");
const PROJECT: &str = include_str!("../stand-in/pom.xml");

fn is_installed() -> bool {
    let has = |names: &[&str]| names.iter().all(|name| on_path(name).is_some());
    has(&["java", "javac", "mvn"]) || (has(&["java"]) && built().is_some_and(|folder| folder.is_dir()))
}

/// Where it is built: another source, another folder.
fn built() -> Option<PathBuf> {
    let caches = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
    // FNV-1a: it only has to be the same everywhere.
    let hash = SOURCE
        .bytes()
        .chain(PROJECT.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Some(caches.join("kontor").join(format!("mongodb-stand-in-{hash:016x}")))
}

/// Fetches and compiles it, unless somebody has already. Several may do so at once: the last step is a rename.
fn build(built: &Path) -> Result<(), StartError> {
    let caches = built.parent().unwrap_or(built);
    let failed = |error: io::Error| StartError::Failed(format!("{}: {error}", caches.display()));
    fs::create_dir_all(caches).map_err(failed)?;
    let folder = tempfile::Builder::new().prefix("mongodb-stand-in-").tempdir_in(caches).map_err(failed)?;
    write(&folder.path().join("pom.xml"), PROJECT)?;
    write(&folder.path().join("StandIn.java"), SOURCE)?;
    let mut fetch = Command::new("mvn");
    fetch.args(["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"]);
    finish(fetch.current_dir(folder.path()))?;
    let mut compile = Command::new("javac");
    compile.args(["--release", "17", "-cp", "lib/*", "-d", "lib", "StandIn.java"]);
    finish(compile.current_dir(folder.path()))?;
    match fs::rename(folder.path(), built) {
        Err(_) if built.is_dir() => Ok(()),
        done => done.map_err(failed),
    }
}

/// The user that it runs as may not be able to read another one's cache, so it gets a copy.
fn prepare(place: &Place) -> Result<(), StartError> {
    let built = built().ok_or_else(|| StartError::Failed("there is no HOME, and so no cache folder".to_owned()))?;
    if !built.is_dir() {
        build(&built)?;
    }
    let failed = |error: io::Error| StartError::Failed(format!("{}: {error}", built.display()));
    let folder = place.folder.join("lib");
    fs::create_dir_all(&folder).map_err(failed)?;
    for file in fs::read_dir(built.join("lib")).map_err(failed)? {
        let file = file.map_err(failed)?;
        fs::copy(file.path(), folder.join(file.file_name())).map_err(failed)?;
    }
    Ok(())
}

fn serve(place: &Place) -> Command {
    let lib = place.folder.join("lib");
    let mut java = place.command(&on_path("java").unwrap_or_else(|| PathBuf::from("java")));
    java.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx512m", "-cp"]);
    java.arg(format!("{0}/*:{0}", lib.display())).arg("StandIn");
    java.arg(place.folder.join("data")).arg(place.port.to_string());
    java
}

/// Asks for `isMaster`, as drivers do first: an `OP_QUERY` with the smallest document that says so.
fn greets(place: &Place) -> io::Result<bool> {
    const QUESTION: &[u8] = b"\x3a\0\0\0\x01\0\0\0\0\0\0\0\xd4\x07\0\0\0\0\0\0admin.$cmd\0\0\0\0\0\x01\0\0\0\x13\0\0\0\x10isMaster\0\x01\0\0\0\0";
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, place.port))?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    stream.write_all(QUESTION)?;
    let mut answer = [0; 16];
    stream.read_exact(&mut answer)?;
    // OP_REPLY is 1.
    Ok(answer.get(12..16) == Some(&[1, 0, 0, 0]))
}
