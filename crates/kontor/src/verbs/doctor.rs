//! `kontor doctor`: looks at everything that data is kept on.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use kontor_data::{Condition, Finding};

use crate::{
    engine,
    flags::{Flags, ServingFlags},
};

/// Room on the disk below which one has to act.
const FREE_MIN_BYTES: u64 = 1 << 30;

/// Check the data folder and every configured engine: exit status 0 if all is well, 1 if something has to be mended.
///
/// Prints a line for each thing that was looked at: `ok`, `wrong` with what mends it, or `unknown` where it cannot be told.
/// Changes nothing, and can be asked while Kontor serves.
#[derive(Args)]
#[command(after_help = "Examples:\n  kontor doctor\n  kontor doctor --config /etc/kontor.toml")]
pub struct Arguments {
    #[command(flatten)]
    serving: ServingFlags,
}

/// Looks at everything, and says how much is wrong.
pub fn run(flags: &Flags, arguments: &Arguments) -> Result<()> {
    let (settings, warnings) = flags.settings(&arguments.serving)?;
    for warning in warnings {
        eprintln!("kontor: {warning}");
    }
    let mut wrong = print(&format!("data folder {}", settings.data.display()), &folder(&settings.data));
    super::run(async {
        for check in engine::checks(&settings)? {
            wrong += print(&check.subject(), &check.check().await);
        }
        Ok(())
    })?;
    match wrong {
        0 => Ok(()),
        1 => bail!("1 thing is wrong; what mends it stands below it"),
        many => bail!("{many} things are wrong; what mends each stands below it"),
    }
}

/// Prints what was found, and gives how much of it is wrong.
fn print(subject: &str, findings: &[Finding]) -> usize {
    println!("{}", plain(subject));
    for finding in findings {
        let Finding { subject, condition, detail } = finding;
        let (word, mend) = match condition {
            Condition::Good => ("ok", None),
            Condition::Wrong { mend } => ("wrong", Some(mend)),
            Condition::Unknown => ("unknown", None),
        };
        println!("  {word:7}  {}: {}", plain(subject), plain(detail));
        if let Some(mend) = mend {
            println!("           mend: {}", plain(mend));
        }
    }
    findings.iter().filter(|finding| finding.is_wrong()).count()
}

/// One line, whatever a server says, that does not steer the terminal.
fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().map(|sign| if sign.is_control() { '?' } else { sign }).collect()
}

/// The data folder itself, which every setup needs.
fn folder(data: &Path) -> Vec<Finding> {
    let there = data.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let mut findings = Vec::new();
    let elsewhere = "make it for this user, or name another with --data FOLDER";
    match there.metadata() {
        Ok(metadata) if !metadata.is_dir() => {
            findings.push(Finding::wrong("folder", format!("{} is no folder", there.display()), elsewhere));
        }
        Ok(_) if there != data => findings.push(Finding::good("folder", "not there yet; the first start makes it")),
        Ok(_) => findings.push(Finding::good("folder", "it is there")),
        Err(error) => findings.push(Finding::wrong("folder", format!("{}: {error}", there.display()), elsewhere)),
    }
    if rustix::fs::access(there, rustix::fs::Access::WRITE_OK).is_err() {
        findings.push(Finding::wrong("rights", "this user may not write there", elsewhere));
    }
    findings.push(room(there));
    findings
}

fn room(folder: &Path) -> Finding {
    let free = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::unknown("room", error.to_string()),
    };
    let shown = bytesize::ByteSize::b(free);
    if free < FREE_MIN_BYTES {
        return Finding::wrong(
            "room",
            format!("{shown} are free"),
            "make room on the disk, or move the data folder to another: without any, Kontor takes no changes",
        );
    }
    Finding::good("room", format!("{shown} are free"))
}
