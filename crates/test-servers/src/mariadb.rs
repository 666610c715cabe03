//! MariaDB, from Debian's package or whatever is on the path.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{
    Place, Recipe, StartError,
    place::{finish, on_path, write},
};

/// MariaDB with every commit written through, in the log of InnoDB and of replication.
pub static MARIADB: Recipe = Recipe {
    name: "mariadb",
    variable: "KONTOR_TEST_MYSQL_URL",
    packages: "mariadb-server",
    user: "mysql",
    signal: "TERM",
    is_installed: || PROGRAMS.iter().all(|name| on_path(name).is_some()),
    prepare,
    serve,
    is_ready,
    url: |place| format!("mysql://kontor:{}@127.0.0.1:{}/kontor", place.password, place.port),
};

const PROGRAMS: [&str; 3] = ["mariadb-install-db", "mariadbd", "mariadb-admin"];

fn found(name: &str) -> PathBuf {
    on_path(name).unwrap_or_else(|| PathBuf::from(name))
}

fn prepare(place: &Place) -> Result<(), StartError> {
    // Run at each start, before the first connection is taken.
    let password = &place.password;
    let first = format!(
        "CREATE USER IF NOT EXISTS 'kontor'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
         GRANT ALL ON *.* TO 'kontor'@'127.0.0.1' WITH GRANT OPTION;\n\
         ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
    );
    write(&place.folder.join("first.sql"), &first)?;
    let mut install = place.command(&found("mariadb-install-db"));
    install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
    install.arg(format!("--datadir={}", place.folder.join("data").display()));
    finish(&mut install)
}

fn serve(place: &Place) -> Command {
    let within = |name: &str| place.folder.join(name).display().to_string();
    let mut mariadb = place.command(&found("mariadbd"));
    mariadb.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--log-bin=binlog"]);
    mariadb.args(["--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1", "--character-set-server=utf8mb4"]);
    mariadb.arg(format!("--port={}", place.port)).arg(format!("--datadir={}", within("data")));
    mariadb.arg(format!("--socket={}", within("socket"))).arg(format!("--pid-file={}", within("mariadb.pid")));
    mariadb.arg(format!("--tmpdir={}", place.folder.display())).arg(format!("--init-file={}", within("first.sql")));
    mariadb
}

fn is_ready(place: &Place) -> bool {
    let settings = place.folder.join("client.cnf");
    // The password is not put where every user of the machine can read it: on a command line.
    if !settings.exists() && fs::write(&settings, format!("[client]\npassword={}\n", place.password)).is_err() {
        return false;
    }
    let asked = Command::new(found("mariadb-admin"))
        .arg(format!("--defaults-file={}", settings.display()))
        .args(["--host=127.0.0.1", "--user=kontor", "--connect-timeout=3", &format!("--port={}", place.port), "ping"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}
