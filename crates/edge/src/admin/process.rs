//! What the operating system says of this process.

/// Memory that is in RAM, bytes; none where the system does not say.
pub fn resident_bytes() -> Option<u64> {
    // Fields of /proc/PID/status are in kB, whatever the page size is.
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
