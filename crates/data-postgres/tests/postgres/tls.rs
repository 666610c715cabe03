//! Encrypted connections, against a server that takes no others and signed its certificate itself.

use std::path::{Path, PathBuf};

use kontor_data::OpenError;
use kontor_data_postgres::{PostgresEngine, PostgresSettings};
use kontor_test_servers::{POSTGRES_TLS, Server};

use crate::server::Home;

fn engine(url: &str, ca_file: Option<PathBuf>) -> Result<PostgresEngine, OpenError> {
    PostgresEngine::new(&PostgresSettings { setup_url: url.to_owned(), readers_max: 1, ca_file })
}

async fn refused(url: &str, ca_file: Option<&Path>) -> String {
    let reached = match engine(url, ca_file.map(Path::to_owned)) {
        Ok(engine) => engine.reach().await,
        Err(error) => Err(error),
    };
    let text = reached.expect_err("it was reached").to_string();
    assert!(!text.contains('\n'), "more than one line: {text}");
    text
}

#[tokio::test]
async fn who_is_believed_is_what_sslmode_and_ca_file_say() {
    let server = Server::start(&POSTGRES_TLS).unwrap_or_else(|error| panic!("{error}"));
    let authority = server.folder().unwrap().join("server.crt");
    let by_name = server.url().replace("127.0.0.1", "localhost");
    let mode = |url: &str, mode: &str| format!("{url}?sslmode={mode}");

    for (url, ca_file) in [
        (server.url().to_owned(), None),
        (mode(server.url(), "require"), None),
        (mode(server.url(), "require"), Some(authority.clone())),
        (mode(server.url(), "verify-ca"), Some(authority.clone())),
        (mode(&by_name, "verify-full"), Some(authority.clone())),
    ] {
        engine(&url, ca_file).unwrap().reach().await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    let plain = refused(&mode(server.url(), "disable"), None).await;
    assert!(plain.contains("write sslmode=require or verify-full"), "{plain}");
    // The system's authorities have not signed it; and it is made out to localhost.
    let unknown = refused(&mode(&by_name, "verify-full"), None).await;
    assert!(unknown.contains("engines.postgres.ca_file"), "{unknown}");
    let other_name = refused(&mode(server.url(), "verify-full"), Some(&authority)).await;
    assert!(other_name.contains("not valid for name"), "{other_name}");
    let no_file = refused(&by_name, Some(Path::new("/nowhere/ca.pem"))).await;
    assert!(no_file.contains("engines.postgres.ca_file /nowhere/ca.pem cannot be used"), "{no_file}");
    let another = another_authority(&server);
    let foreign = refused(&mode(&by_name, "require"), Some(&another)).await;
    assert!(foreign.contains("certificate"), "{foreign}");
}

/// A second server's certificate: well-formed, and not the one that is shown.
fn another_authority(server: &Server) -> PathBuf {
    let file = server.folder().unwrap().join("another.crt");
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    openssl.arg("-keyout").arg(file.with_extension("key")).arg("-out").arg(&file);
    let done = openssl.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    file
}

#[tokio::test]
async fn what_has_to_be_encrypted_is_never_sent_to_a_server_that_cannot() {
    let home = Home::make().await;
    let required = refused(&format!("{}?sslmode=require", home.url), None).await;
    assert!(required.contains("ssl = on"), "{required}");
    engine(&format!("{}?sslmode=prefer", home.url), None).unwrap().reach().await.unwrap();
}
