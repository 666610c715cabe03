//! As many open files as the system grants. Each connection is one, and the usual soft limit of 1024 is less than the
//! documented number of connections: past it, accepting would fail and keep healthy clients waiting.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::settings::Connections;

/// For databases and their logs, compiled code, the admin listener and the runtime.
const OTHER_FILES: u64 = 256;

/// Raises the soft limit to the hard one, and takes fewer connections where even that is too low for those configured.
pub fn make_room(connections: &mut Connections) {
    let granted = raise();
    let fit = fitting(granted, connections.max);
    if fit < connections.max {
        tracing::warn!(
            files = granted,
            connections = fit,
            configured = connections.max,
            "the system grants too few open files for connections.max, so fewer connections are taken; raise the limit \
             (ulimit -n, LimitNOFILE= of systemd) or lower connections.max"
        );
        connections.max = fit;
    }
}

/// The limit afterwards; none stands for no limit.
fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files stays as it is");
            current
        }
    }
}

/// How many of the wanted connections fit; at least one.
fn fitting(files: Option<u64>, wanted: u32) -> u32 {
    let Some(files) = files else { return wanted };
    // Very low limits are shared evenly: a program without a file left for its log cannot say what is wrong.
    let room = files.saturating_sub(OTHER_FILES).max(files / 2).max(1);
    wanted.min(u32::try_from(room).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{fitting, raise};

    #[test]
    fn connections_fit_beside_everything_else_that_is_open() {
        for (files, wanted, fit) in [
            (None, 10_000, 10_000),
            (Some(1 << 40), 10_000, 10_000),
            (Some(10_256), 10_000, 10_000),
            (Some(1024), 10_000, 768),
            (Some(64), 10_000, 32),
            (Some(0), 10_000, 1),
            (Some(1024), 10, 10),
        ] {
            assert_eq!(fitting(files, wanted), fit, "{files:?}, {wanted}");
        }
    }

    #[test]
    fn the_whole_hard_limit_is_used() {
        use rustix::process::{Resource, getrlimit};

        let granted = raise();
        assert_eq!(granted, getrlimit(Resource::Nofile).maximum);
        assert_eq!(granted, getrlimit(Resource::Nofile).current);
    }
}
