//! Every kind of server starts, is killed, starts again on its data, and is gone afterwards.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::{
    io::Write as _,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use kontor_test_servers::{MARIADB, MONGODB, POSTGRES, REDIS, REDIS_CLUSTER, Recipe, Server, StartError};

fn port(server: &Server) -> u16 {
    let rest = server.url().rsplit_once(':').unwrap().1;
    rest.split('/').next().unwrap().parse().unwrap()
}

fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// `cargo xtask test` counts what is noted in this file as skipped; without it a missing server is a failure.
fn skip(error: &StartError) {
    let Some(file) = std::env::var_os("KONTOR_SKIP_FILE") else { panic!("{error}") };
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let mut file = std::fs::File::options().append(true).open(file).unwrap();
    writeln!(file, "{name}: {error}").unwrap();
}

fn lives_and_ends(recipe: &'static Recipe) {
    let server = match Server::start(recipe) {
        Ok(server) => server,
        Err(error @ StartError::Missing { .. }) => return skip(&error),
        Err(error) => panic!("{error}"),
    };
    let (port, folder) = (port(&server), server.folder().unwrap().to_owned());
    assert!(answers(port) && folder.is_dir());
    server.kill();
    assert!(!answers(port), "it outlives SIGKILL");
    server.start_again().unwrap();
    assert!(answers(port));
    drop(server);
    assert!(!answers(port) && !folder.exists());
}

#[test]
fn postgres_lives_and_ends() {
    lives_and_ends(&POSTGRES);
}

#[test]
fn mariadb_lives_and_ends() {
    lives_and_ends(&MARIADB);
}

#[test]
fn mongodb_lives_and_ends() {
    lives_and_ends(&MONGODB);
}

#[test]
fn redis_lives_and_ends() {
    lives_and_ends(&REDIS);
}

#[test]
fn a_redis_cluster_lives_and_ends() {
    lives_and_ends(&REDIS_CLUSTER);
}

/// This test runs itself once more as a process that starts a server and aborts.
#[test]
fn a_server_ends_with_its_process_however_that_ends() {
    const NOTE: &str = "KONTOR_TEST_SERVERS_NOTE";
    if let Some(note) = std::env::var_os(NOTE) {
        let server = Server::start(&REDIS).unwrap();
        std::fs::write(note, format!("{}\n{}", port(&server), server.folder().unwrap().display())).unwrap();
        std::process::abort();
    }
    if !(REDIS.is_installed)() {
        return skip(&StartError::Missing { name: REDIS.name, packages: REDIS.packages });
    }
    let note: PathBuf = std::env::temp_dir().join(format!("kontor-note-{}", std::process::id()));
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_server_ends_with_its_process_however_that_ends"])
        .env(NOTE, &note)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let text = std::fs::read_to_string(&note).unwrap();
    std::fs::remove_file(&note).unwrap();
    assert!(!status.success());
    let (port, folder) = text.split_once('\n').unwrap();
    let (port, folder) = (port.parse().unwrap(), Path::new(folder));
    let started = std::time::Instant::now();
    while answers(port) || folder.exists() {
        assert!(started.elapsed().as_secs() < 30, "it is still there");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
