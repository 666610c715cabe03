//! Prometheus' text format, version 0.0.4.

use std::{
    fmt::{Display, Write},
    time::Duration,
};

use kontor_telemetry::Histogram;

/// What a figure is, for `# TYPE`.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Only rises.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Buckets, sum and count.
    Histogram,
}

/// Upper bounds of the latency buckets: from what a reused instance needs to what nobody waits for.
const BOUNDS: [Duration; 16] = [
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// A text under construction.
#[derive(Default)]
pub struct Exposition(String);

/// The samples of one figure.
pub struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Exposition {
    /// The media type of the text.
    pub const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Begins a figure. All its samples have to follow before the next figure begins.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family { text: &mut self.0, name }
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// Adds one sample.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.line("", labels, None, value);
    }

    /// Adds a histogram of durations in seconds.
    pub fn histogram(&mut self, labels: &[(&str, &str)], histogram: &Histogram) {
        let counts = histogram.cumulative(&BOUNDS);
        for (bound, count) in BOUNDS.iter().zip(&counts) {
            self.line("_bucket", labels, Some(&bound.as_secs_f64().to_string()), count);
        }
        // Counted after the buckets, and so never less than they: requests go on meanwhile.
        let count = histogram.count();
        self.line("_bucket", labels, Some("+Inf"), count);
        self.line("_sum", labels, None, histogram.sum().as_secs_f64());
        self.line("_count", labels, None, count);
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], le: Option<&str>, value: impl Display) {
        let _ = write!(self.text, "{}{suffix}", self.name);
        let all = labels.iter().copied().chain(le.map(|le| ("le", le)));
        for (index, (label, value)) in all.enumerate() {
            let _ = write!(self.text, "{}{label}=\"{}\"", if index == 0 { '{' } else { ',' }, escaped(value));
        }
        let close = if labels.is_empty() && le.is_none() { "" } else { "}" };
        let _ = writeln!(self.text, "{close} {value}");
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_help_stays_on_its_line() {
        let mut text = Exposition::default();
        let mut family = text.family("kontor_x", Kind::Gauge, "One\nor \\ two.");
        family.sample(&[("a", "x\"y\\z\nw"), ("b", "ü")], 3);
        family.sample(&[], 1.5);
        assert_eq!(
            text.finish(),
            "# HELP kontor_x One\\nor \\\\ two.\n# TYPE kontor_x gauge\n\
             kontor_x{a=\"x\\\"y\\\\z\\nw\",b=\"ü\"} 3\nkontor_x 1.5\n"
        );
    }

    #[test]
    fn a_histogram_is_cumulative_and_ends_with_everything() {
        let histogram = Histogram::default();
        for us in [50, 300, 2_000_000, 3_600_000_000] {
            histogram.record(Duration::from_micros(us));
        }
        let mut text = Exposition::default();
        text.family("kontor_t", Kind::Histogram, "Time.").histogram(&[("f", "s")], &histogram);
        let text = text.finish();
        let counts: Vec<u64> = text
            .lines()
            .filter(|line| line.contains("_bucket"))
            .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
            .collect();
        assert!(counts.is_sorted(), "{text}");
        assert_eq!((counts.first(), counts.last(), counts.len()), (Some(&1), Some(&4), BOUNDS.len() + 1), "{text}");
        assert!(text.contains("kontor_t_bucket{f=\"s\",le=\"0.0001\"} 1\n"), "{text}");
        assert!(text.contains("kontor_t_bucket{f=\"s\",le=\"+Inf\"} 4\nkontor_t_sum{f=\"s\"} 3602.00035\n"), "{text}");
        assert!(text.ends_with("kontor_t_count{f=\"s\"} 4\n"), "{text}");
    }
}
