//! Lines of JSON in files: `seals-000000000001.jsonl` begins with seal 1.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, ErrorKind, Read as _, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::ExportError;
use crate::Record;

/// Seals in one file: some tens of megabytes.
const SEALS_IN_A_FILE: i64 = 100_000;
/// A line has some 500 bytes.
const LINE_MAX_BYTES: u64 = 4096;

/// A folder of lines.
pub struct FolderExport {
    folder: PathBuf,
    /// Where reading goes on: the last sequence that was read, and the file behind it.
    reading: Option<(i64, BufReader<File>)>,
}

impl FolderExport {
    /// The folder is made when something is written.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), reading: None }
    }

    /// The same folder, read from the beginning.
    pub(super) fn again(&self) -> Self {
        Self::new(&self.folder)
    }

    fn file_of(&self, sequence: i64) -> PathBuf {
        let first = (sequence - 1) / SEALS_IN_A_FILE * SEALS_IN_A_FILE + 1;
        self.folder.join(format!("seals-{first:012}.jsonl"))
    }

    /// The last whole line; one that was cut off when the program died is taken away.
    pub(super) fn last(&self) -> Result<Option<Record>, ExportError> {
        let Some(path) = self.newest()? else { return Ok(None) };
        let failed = |source| ExportError::File { path: path.clone(), source };
        let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
        let size = file.seek(SeekFrom::End(0)).map_err(failed)?;
        let begin = size.saturating_sub(2 * LINE_MAX_BYTES);
        file.seek(SeekFrom::Start(begin)).map_err(failed)?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).map_err(failed)?;
        let end = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        let kept = begin + end as u64;
        if kept < size {
            file.set_len(kept).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        let whole = tail.get(..end.saturating_sub(1)).unwrap_or_default();
        match whole.rsplit(|byte| *byte == b'\n').next().filter(|line| !line.is_empty()) {
            Some(line) => parse(line, &path).map(Some),
            // The first line of a new file was cut off: the file before it has the last one.
            None => {
                fs::remove_file(&path).map_err(failed)?;
                self.last()
            }
        }
    }

    fn newest(&self) -> Result<Option<PathBuf>, ExportError> {
        let failed = |source| ExportError::File { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut newest = None;
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with("seals-") && name.ends_with(".jsonl") {
                newest = newest.max(Some(path));
            }
        }
        Ok(newest)
    }

    pub(super) fn add(&self, records: &[Record]) -> Result<(), ExportError> {
        for some in records.chunk_by(|one, next| self.file_of(one.seal.sequence) == self.file_of(next.seal.sequence)) {
            let Some(first) = some.first() else { continue };
            let path = self.file_of(first.seal.sequence);
            append(&self.folder, &path, some).map_err(|source| ExportError::File { path, source })?;
        }
        Ok(())
    }

    pub(super) fn after(&mut self, sequence: i64, most: usize) -> Result<Vec<Record>, ExportError> {
        let mut found = Vec::new();
        let mut last = sequence;
        while found.len() < most {
            let file = match self.reading.take() {
                Some((at, file)) if at == last => Some(file),
                _ => self.open_at(last)?,
            };
            let Some(mut file) = file else { break };
            let path = self.file_of(last + 1);
            let mut line = String::new();
            file.read_line(&mut line).map_err(|source| ExportError::File { path: path.clone(), source })?;
            // An unfinished line is being written, or was cut off and will be written anew.
            let Some(line) = line.strip_suffix('\n') else { break };
            let record = parse(line.as_bytes(), &path)?;
            last = record.seal.sequence;
            found.push(record);
            if last % SEALS_IN_A_FILE != 0 {
                self.reading = Some((last, file));
            }
        }
        Ok(found)
    }

    /// The file that has the seal behind this one, read up to it.
    fn open_at(&self, sequence: i64) -> Result<Option<BufReader<File>>, ExportError> {
        let path = self.file_of(sequence + 1);
        let failed = |source| ExportError::File { path: path.clone(), source };
        let mut file = match File::open(&path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        for _ in 0..sequence % SEALS_IN_A_FILE {
            let mut line = String::new();
            if file.read_line(&mut line).map_err(failed)? == 0 {
                return Ok(None);
            }
        }
        Ok(Some(file))
    }
}

fn parse(line: &[u8], path: &Path) -> Result<Record, ExportError> {
    serde_json::from_slice(line).map_err(|error| ExportError::Damaged {
        place: path.display().to_string(),
        what: format!("a line is no seal: {error}"),
    })
}

/// One write, one sync; the folder is synced for a new file.
fn append(folder: &Path, path: &Path, records: &[Record]) -> std::io::Result<()> {
    let is_new = !path.exists();
    if is_new {
        fs::create_dir_all(folder)?;
    }
    let mut lines = Vec::new();
    for record in records {
        serde_json::to_writer(&mut lines, record)?;
        lines.push(b'\n');
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(&lines)?;
    file.sync_data()?;
    if is_new { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use kontor_rules::seal::{Hash, Seal};

    use super::*;
    use crate::PublicKey;

    fn record(sequence: i64) -> Record {
        let seal = Seal { sequence, previous: Hash::ZERO, root: Hash::ZERO, size: 1, made_at_us: 1 };
        Record { seal, public_key: PublicKey([1; 32]), signature: [2; 64] }
    }

    #[test]
    fn what_was_added_is_read_again_over_the_border_of_files() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("export");
        let mut export = FolderExport::new(&path);
        assert_eq!((export.last().unwrap(), export.after(0, 5).unwrap().len()), (None, 0));
        let border = SEALS_IN_A_FILE;
        export.add(&[record(1), record(2)]).unwrap();
        export.add(&[record(3)]).unwrap();
        assert_eq!(export.after(0, 2).unwrap(), [record(1), record(2)]);
        assert_eq!(export.after(2, 9).unwrap(), [record(3)]);
        assert_eq!(export.after(1, 1).unwrap(), [record(2)]);
        export.add(&[record(border), record(border + 1)]).unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 2);
        assert_eq!(export.last().unwrap(), Some(record(border + 1)));
        assert_eq!(export.after(border, 9).unwrap(), [record(border + 1)]);
    }

    #[test]
    fn a_line_that_was_cut_off_is_written_anew() {
        let place = tempfile::tempdir().unwrap();
        let mut export = FolderExport::new(place.path());
        export.add(&[record(1), record(2)]).unwrap();
        let file = export.file_of(1);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, &text[..text.len() - 9]).unwrap();
        assert_eq!(export.after(0, 9).unwrap(), [record(1)]);
        assert_eq!(FolderExport::new(place.path()).last().unwrap(), Some(record(1)));
        export.add(&[record(2)]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        fs::write(&file, &text[..9]).unwrap();
        assert_eq!(FolderExport::new(place.path()).last().unwrap(), None);
        fs::write(&file, "{}\n").unwrap();
        assert!(matches!(export.last(), Err(ExportError::Damaged { .. })));
    }
}
