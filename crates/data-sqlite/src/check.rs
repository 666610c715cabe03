//! What `kontor doctor` looks at. It may be asked while Kontor serves: the databases are looked at from outside.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::Instant,
};

use kontor_data::{Async, Finding, Limits, doctor::Check};

use crate::{
    connection::{Role, Storage, Tables, open},
    engine::VERSION_MIN,
};

/// How every database begins; see <https://www.sqlite.org/fileformat2.html>.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// What bytes 18 and 19 of a database are if it has a write-ahead log.
const WAL: [u8; 2] = [2, 2];

/// Looks at what the embedded engines need, and at their files.
pub struct SqliteCheck {
    data: PathBuf,
    folders: Vec<PathBuf>,
}

impl SqliteCheck {
    /// `data` is the data folder, `folders` those in it that hold databases; none of them has to be there yet.
    #[must_use]
    pub fn new(data: &Path, folders: Vec<PathBuf>) -> Self {
        Self { data: data.to_owned(), folders }
    }

    fn look(&self) -> Vec<Finding> {
        // What is not there yet will be in the folder above it.
        let there = self.data.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
        let mut findings = vec![version(), filesystem(there)];
        if self.data.is_dir() {
            findings.push(commit(&self.data));
            findings.push(self.files());
        }
        findings
    }

    fn files(&self) -> Finding {
        let (mut count, mut bad) = (0, Vec::new());
        for folder in &self.folders {
            for entry in folder.read_dir().into_iter().flatten().flatten() {
                let path = entry.path();
                if path.extension().is_some_and(|extension| extension == "sqlite") {
                    count += 1;
                    bad.extend(fault(&path).map(|fault| format!("{}: {fault}", path.display())));
                }
            }
        }
        if bad.is_empty() {
            return Finding::good("databases", format!("{count} files, each with a write-ahead log"));
        }
        Finding::wrong("databases", bad.join("; "), "stop Kontor and put these files back from a backup")
    }
}

impl Check for SqliteCheck {
    fn subject(&self) -> String {
        format!("SQLite in {}", self.data.display())
    }

    fn check(&self) -> Async<'_, Vec<Finding>> {
        Box::pin(async move { self.look() })
    }
}

fn version() -> Finding {
    let version = rusqlite::version();
    if rusqlite::version_number() < VERSION_MIN {
        let what = format!("SQLite {version} can lose commits when its log starts over");
        return Finding::wrong("version", what, "build Kontor with SQLite 3.51.3 or newer");
    }
    Finding::good("version", format!("SQLite {version}"))
}

/// What is wrong with a file from its first bytes; none if it is a database as the engine makes them, or still empty.
fn fault(path: &Path) -> Option<String> {
    let mut head = [0; 20];
    match File::open(path).and_then(|mut file| {
        if file.metadata()?.len() == 0 { Ok(false) } else { file.read_exact(&mut head).map(|()| true) }
    }) {
        Err(error) => Some(format!("cannot be read: {error}")),
        Ok(false) => None,
        Ok(true) if !head.starts_with(MAGIC) => Some("is no database any more".to_owned()),
        Ok(true) if !head.ends_with(&WAL) => Some("has no write-ahead log".to_owned()),
        Ok(true) => None,
    }
}

/// Commits once in a database of its own beside the others, opened as they are.
fn commit(folder: &Path) -> Finding {
    let tried = || -> Result<(String, i64, u128), String> {
        let place = tempfile::Builder::new().prefix("doctor-").tempdir_in(folder).map_err(|error| error.to_string())?;
        let began = Instant::now();
        let path = place.path().join("doctor.sqlite");
        let opened = open(&path, Role::Writer, &Limits::default(), Storage::DURABLE, &Tables::default());
        let (connection, _) = opened.map_err(|error| error.to_string())?;
        let asked = || {
            connection.execute_batch("CREATE TABLE doctor (id INTEGER PRIMARY KEY); INSERT INTO doctor VALUES (1)")?;
            let journal = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            let synchronous = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
            Ok((journal, synchronous, began.elapsed().as_millis()))
        };
        asked().map_err(|error: rusqlite::Error| error.to_string())
    };
    let mend =
        "give the user that runs Kontor the folder, make room on its disk, or name another one with --data FOLDER";
    match tried() {
        Ok((journal, 2, ms)) if journal == "wal" => {
            Finding::good("durability", format!("journal_mode=wal, synchronous=FULL; a first commit takes {ms} ms"))
        }
        Ok((journal, synchronous, _)) => {
            let what =
                format!("journal_mode={journal}, synchronous={synchronous}: the filesystem cannot do what WAL needs");
            Finding::wrong("durability", what, "put the data folder on a disk of this machine: --data FOLDER")
        }
        Err(error) => {
            Finding::wrong("durability", format!("nothing can be written in {}: {error}", folder.display()), mend)
        }
    }
}

/// Whether the filesystem keeps what it was given. The numbers are Linux's, from `linux/magic.h`.
#[cfg(target_os = "linux")]
fn filesystem(folder: &Path) -> Finding {
    let kind = match rustix::fs::statfs(folder) {
        Ok(kind) => kind.f_type,
        Err(error) => return Finding::unknown("filesystem", error.to_string()),
    };
    let elsewhere = "put the data folder on a disk of this machine: --data FOLDER";
    match kind & 0xffff_ffff {
        0x0102_1994 | 0x8584_58f6 => {
            Finding::wrong("filesystem", "it is in memory: everything is gone when the machine stops", elsewhere)
        }
        0x6969 | 0xff53_4d42 | 0xfe53_4d42 | 0x517b => {
            Finding::wrong("filesystem", "it is on the network, where locks and syncs cannot be trusted", elsewhere)
        }
        0x794c_7630 => Finding::unknown(
            "filesystem",
            "overlay: if it is a container's own, the data goes with the container; put the data folder on a volume then",
        ),
        _ => Finding::good("filesystem", "it is on a disk"),
    }
}

/// Nobody tells elsewhere.
#[cfg(not(target_os = "linux"))]
fn filesystem(_: &Path) -> Finding {
    Finding::unknown("filesystem", "this system does not tell what it is")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kontor_data::{Engine, Finding, Limits, doctor::Check as _};

    use super::SqliteCheck;
    use crate::SqliteEngine;

    async fn look(folder: &std::path::Path) -> Vec<Finding> {
        SqliteCheck::new(folder, vec![folder.join("sql")]).check().await
    }

    fn of<'a>(findings: &'a [Finding], subject: &str) -> &'a Finding {
        findings.iter().find(|finding| finding.subject == subject).unwrap()
    }

    #[tokio::test]
    async fn a_healthy_folder_is_well_also_while_it_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let engine = SqliteEngine::open(&folder.path().join("sql")).unwrap();
        let _database = engine.open("shop", None, Limits::default()).await.unwrap();
        let findings = look(folder.path()).await;
        assert!(!of(&findings, "durability").is_wrong(), "{findings:?}");
        assert!(of(&findings, "databases").detail.starts_with("2 files"), "{findings:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[tokio::test]
    async fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sql")).unwrap();
        fs::write(folder.path().join("sql/shop.sqlite"), "this was a database once").unwrap();
        let findings = look(folder.path()).await;
        let databases = of(&findings, "databases");
        assert!(databases.is_wrong() && databases.detail.contains("shop.sqlite"), "{findings:?}");
    }
}
