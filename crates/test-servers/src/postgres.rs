//! PostgreSQL, from Debian's package or whatever is on the path.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    Place, Recipe, StartError,
    place::{finish, on_path, write},
};

/// PostgreSQL with its durability on: `fsync`, `full_page_writes` and `synchronous_commit` as the server has them by default,
/// so that a test can change them.
pub static POSTGRES: Recipe = Recipe {
    name: "postgres",
    variable: "KONTOR_TEST_POSTGRES_URL",
    packages: "postgresql",
    user: "postgres",
    // Fast shutdown: clients are sent away and everything is written.
    signal: "INT",
    is_installed,
    prepare,
    serve,
    is_ready,
    url,
};

/// The same for encrypted connections alone, with a certificate that it signed itself for `localhost`: `server.crt` in its
/// folder.
pub static POSTGRES_TLS: Recipe = Recipe {
    name: "postgres-tls",
    variable: "KONTOR_TEST_POSTGRES_TLS_URL",
    packages: "postgresql openssl",
    user: "postgres",
    signal: "INT",
    is_installed: || is_installed() && on_path("openssl").is_some(),
    prepare: prepare_tls,
    serve: serve_tls,
    is_ready,
    url,
};

/// Where a program is: Debian keeps each major version's in a folder that is not on the path.
fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    debian.sort();
    debian.into_iter().rev().map(|folder| folder.join(name)).find(|file| file.is_file()).or_else(|| on_path(name))
}

fn is_installed() -> bool {
    ["initdb", "postgres", "pg_isready"].iter().all(|name| program(name).is_some())
}

fn found(name: &str) -> PathBuf {
    program(name).unwrap_or_else(|| PathBuf::from(name))
}

fn data(place: &Place) -> PathBuf {
    place.folder.join("data")
}

fn prepare(place: &Place) -> Result<(), StartError> {
    let password = place.folder.join("password");
    write(&password, &place.password)?;
    let mut initdb = place.command(&found("initdb"));
    initdb.args(["--username=kontor", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]);
    initdb.arg(format!("--pwfile={}", password.display())).arg("--pgdata").arg(data(place));
    finish(&mut initdb)
}

fn prepare_tls(place: &Place) -> Result<(), StartError> {
    prepare(place)?;
    let mut openssl = place.command(Path::new("openssl"));
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    openssl.arg("-keyout").arg(place.folder.join("server.key")).arg("-out").arg(place.folder.join("server.crt"));
    finish(&mut openssl)?;
    write(&data(place).join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n")
}

fn serve_tls(place: &Place) -> Command {
    let mut postgres = serve(place);
    for (setting, file) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
        postgres.arg("-c").arg(format!("{setting}={}", place.folder.join(file).display()));
    }
    postgres.args(["-c", "ssl=on"]);
    postgres
}

fn serve(place: &Place) -> Command {
    let mut postgres = place.command(&found("postgres"));
    postgres.arg("-D").arg(data(place)).args(["-p", &place.port.to_string()]);
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"] {
        postgres.args(["-c", setting]);
    }
    postgres
}

fn is_ready(place: &Place) -> bool {
    let asked = Command::new(found("pg_isready"))
        .args(["-q", "-h", "127.0.0.1", "-p", &place.port.to_string(), "-t", "3"])
        .current_dir(Path::new("/"))
        .stdin(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

fn url(place: &Place) -> String {
    format!("postgres://kontor:{}@127.0.0.1:{}/postgres", place.password, place.port)
}
