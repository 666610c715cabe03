//! The data folder: it belongs to one running program, which says in the lock file who it is.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

const SQL: &str = "sql";
const DOCUMENTS: &str = "documents";
const KEYVALUE: &str = "keyvalue";

/// The folders of a data folder that hold databases of the embedded engines.
pub fn databases(data: &Path) -> Vec<PathBuf> {
    [SQL, DOCUMENTS, KEYVALUE].into_iter().map(|name| data.join(name)).collect()
}

/// The data folder, held by this process until it is dropped.
pub struct Folder {
    path: PathBuf,
    lock: File,
}

/// Who holds a data folder, as the lock file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Its admin listener; none while it is starting, or if it is a command and not a server.
    pub admin: Option<SocketAddr>,
}

/// Names, addresses and receipts are nobody else's business on this machine. Who owns the folder may still let a group in;
/// and whose folder it is not cannot change it, which is no reason not to serve.
fn close_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Ok(metadata) = fs::metadata(path) {
        let mode = metadata.permissions().mode();
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode & !0o007));
    }
}

/// Makes the data folder and those above it, where they are not there.
fn make(path: &Path) -> Result<()> {
    let shown = path.display();
    // What stands in the way is named: "not a directory" alone would leave one to look for it.
    if let Some(file) = path.ancestors().find(|part| part.is_file()) {
        if file == path {
            bail!("the data folder {shown} is a file; name a folder with --data FOLDER");
        }
        let file = file.display();
        bail!("cannot make the data folder {shown}: {file} is a file and no folder; name another with --data FOLDER");
    }
    fs::create_dir_all(path).with_context(|| {
        format!("cannot make the data folder {shown}; make it for this user, or name another with --data FOLDER")
    })
}

/// What taking the folder gave.
pub enum Taken {
    /// It is ours.
    Ours(Folder),
    /// Somebody has it; who, if the lock file can be read.
    Theirs(Option<Holder>),
}

impl Folder {
    /// Makes the folder if it is not there, and takes it unless somebody has it.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn take(path: &Path) -> Result<Taken> {
        let unwritable = || {
            let path = path.display();
            format!("cannot write to the data folder {path}; change its rights, or choose another with --data FOLDER")
        };
        make(path)?;
        close_to_others(path);
        let file = lock_file(path);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&file)
            .with_context(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {
                let folder = Self { path: path.to_owned(), lock };
                folder.say(&Holder { pid: std::process::id(), admin: None }).with_context(unwritable)?;
                Ok(Taken::Ours(folder))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let read = lock.read_to_string(&mut text);
                Ok(Taken::Theirs(read.ok().and_then(|_| toml::from_str(&text).ok())))
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", file.display())),
        }
    }

    /// Takes the folder, or says who has it.
    ///
    /// # Errors
    /// Somebody has it, or it cannot be made or written.
    pub fn take_alone(path: &Path) -> Result<Self> {
        match Self::take(path)? {
            Taken::Ours(folder) => Ok(folder),
            Taken::Theirs(holder) => Err(anyhow!(
                "the data folder {} is in use by {}; stop it, or choose another folder with --data FOLDER",
                path.display(),
                holder.map_or_else(|| "another process".to_owned(), |holder| format!("process {}", holder.pid)),
            )),
        }
    }

    /// Whose invoices the folder holds; none if nobody ever sold with it.
    ///
    /// # Errors
    /// The note cannot be read.
    pub fn seller(&self) -> Result<Option<Seller>> {
        let path = seller_file(&self.path);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let known = [Seller::Sample, Seller::Real].into_iter().find(|seller| seller.note() == text.trim());
                known.map(Some).with_context(|| format!("{} is damaged: {:?}", path.display(), text.trim()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Notes whose invoices the folder holds from now on.
    ///
    /// # Errors
    /// The note cannot be written.
    pub fn note_seller(&self, seller: Seller) -> Result<()> {
        let path = seller_file(&self.path);
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(seller.note().as_bytes())?;
            file.sync_all()
        });
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Forgets whose invoices the folder holds, since it holds none.
    ///
    /// # Errors
    /// The note cannot be removed.
    pub fn forget_seller(&self) -> Result<()> {
        let path = seller_file(&self.path);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    }

    /// Tells this folder from those of other programs: 16 hexadecimal digits, made once.
    ///
    /// # Errors
    /// The file cannot be read or written, or the system gives no random bytes.
    pub fn mark(&self) -> Result<String> {
        let path = self.path.join("mark");
        match fs::read_to_string(&path) {
            Ok(mark) if mark.len() == 16 => return Ok(mark),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|error| anyhow!("the system gives no random bytes: {error}"))?;
        let mark = format!("{:016x}", u64::from_be_bytes(bytes));
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(mark.as_bytes())?;
            file.sync_all()
        });
        written.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(mark)
    }

    /// Where the databases are.
    pub fn sql(&self) -> PathBuf {
        self.path.join(SQL)
    }

    /// Where functions' documents are.
    pub fn documents(&self) -> PathBuf {
        self.path.join(DOCUMENTS)
    }

    /// Where functions' entries are.
    pub fn keyvalue(&self) -> PathBuf {
        self.path.join(KEYVALUE)
    }

    /// Where the operator puts functions.
    pub fn functions(&self) -> PathBuf {
        self.path.join("functions")
    }

    /// Where compiled code is kept.
    pub fn cache(&self) -> PathBuf {
        self.path.join("cache")
    }

    /// Tells other processes where the admin listener is.
    ///
    /// # Errors
    /// The lock file cannot be written.
    pub fn announce(&self, admin: SocketAddr) -> Result<()> {
        self.say(&Holder { pid: std::process::id(), admin: Some(admin) })
    }

    fn say(&self, holder: &Holder) -> Result<()> {
        let mut lock = &self.lock;
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(toml::to_string(holder)?.as_bytes())?;
        Ok(())
    }

    /// Makes a new admin key and writes it where only this user can read it. Who can read the folder may administrate.
    ///
    /// # Errors
    /// The file cannot be written, or the system gives no random bytes.
    pub fn make_admin_key(&self) -> Result<String> {
        let key = kontor_edge::admin::tokens::new_secret()?;
        let path = admin_key_file(&self.path);
        // A file of an earlier start keeps its rights when it is only written over: make a new one.
        drop(fs::remove_file(&path));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).with_context(|| format!("cannot write {}", path.display()))?;
        file.write_all(key.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(key)
    }
}

impl Drop for Folder {
    /// The lock goes with the file; what it says must not outlive it.
    fn drop(&mut self) {
        drop(fs::remove_file(admin_key_file(&self.path)));
        drop(self.lock.set_len(0));
    }
}

/// Whose invoices a data folder holds. Both in one folder would share a series of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seller {
    /// A sample's, which are worth nothing.
    Sample,
    /// A real one's.
    Real,
}

impl Seller {
    /// As the note in the folder says it.
    fn note(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Real => "real",
        }
    }
}

fn seller_file(folder: &Path) -> PathBuf {
    folder.join("seller")
}

fn lock_file(folder: &Path) -> PathBuf {
    folder.join("kontor.lock")
}

fn admin_key_file(folder: &Path) -> PathBuf {
    folder.join("admin.key")
}

/// The admin key of the program that serves this folder.
///
/// # Errors
/// It cannot be read: not this user's, or the program is starting or stopping.
pub fn admin_key(folder: &Path) -> Result<String> {
    let path = admin_key_file(folder);
    fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}; run this as the user that runs `kontor serve`", path.display()))
}

/// Who serves the folder, if anybody does and says so. Takes no lock.
pub fn holder(folder: &Path) -> Option<Holder> {
    toml::from_str(&fs::read_to_string(lock_file(folder)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_learns_who_was_first_and_where_it_listens() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("new/folder");
        let first = Folder::take_alone(&path).unwrap();
        let admin = SocketAddr::from(([127, 0, 0, 1], 1234));
        first.announce(admin).unwrap();
        let Taken::Theirs(Some(holder)) = Folder::take(&path).unwrap() else { panic!("taken twice") };
        assert_eq!(holder, Holder { pid: std::process::id(), admin: Some(admin) });
        let text = Folder::take_alone(&path).err().unwrap().to_string();
        assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
        drop(first);
        assert_eq!(super::holder(&path), None);
        assert!(matches!(Folder::take(&path).unwrap(), Taken::Ours(_)));
    }

    #[test]
    fn others_on_this_machine_cannot_look_into_the_folder() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let _folder = Folder::take_alone(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_admin_key_and_each_start_has_its_own() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::take_alone(place.path()).unwrap();
        let key = folder.make_admin_key().unwrap();
        let mode = fs::metadata(admin_key_file(place.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(admin_key(place.path()).unwrap(), key);
        assert_ne!(folder.make_admin_key().unwrap(), key);
        drop(folder);
        assert!(admin_key(place.path()).is_err());
    }
}
