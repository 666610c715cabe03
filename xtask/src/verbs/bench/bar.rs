//! A bar: a ratio that has to be reached, and the line that says whether it was.

use std::fmt;

/// One line at the end of a measurement.
#[derive(Debug, Clone)]
pub struct Bar {
    /// For example `p1`.
    pub id: &'static str,
    /// Kontor to its peer, or the allowed to the measured; more is better.
    pub ratio: f64,
    /// What is asked for; none for a figure beside a bar.
    pub bar: Option<f64>,
    /// What was measured: name and value.
    pub figures: Vec<(&'static str, String)>,
}

impl Bar {
    /// Whether it is reached. A figure always is.
    pub fn passes(&self) -> bool {
        self.bar.is_none_or(|bar| self.ratio.is_finite() && self.ratio >= bar)
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ratio={:.2}", self.id, self.ratio)?;
        if let Some(bar) = self.bar {
            write!(formatter, " bar={bar}")?;
        }
        for (name, value) in &self.figures {
            write!(formatter, " {name}={value}")?;
        }
        match (self.bar, self.passes()) {
            (None, _) => formatter.write_str(" figure"),
            (Some(_), true) => formatter.write_str(" pass"),
            (Some(_), false) => formatter.write_str(" fail"),
        }
    }
}

/// Measured values of one candidate, one for each turn.
#[derive(Debug, Clone, Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// Adds a turn's.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    /// The middle one, or the mean of the middle two.
    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        let at = |index: usize| self.0.get(index).copied().unwrap_or(f64::NAN);
        if self.0.len() % 2 == 1 { at(middle) } else { f64::midpoint(at(middle.wrapping_sub(1)), at(middle)) }
    }

    /// The largest.
    pub fn max(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }

    /// From the smallest to the largest, as a part of the median.
    pub fn spread(&self) -> f64 {
        let (first, last) = (self.0.first().copied(), self.0.last().copied());
        (last.unwrap_or(f64::NAN) - first.unwrap_or(f64::NAN)) / self.median()
    }
}

impl fmt::Display for Series {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "median {:.1}, spread {:.0} %, n={}", self.median(), self.spread() * 100.0, self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Bar, Series};

    #[test]
    fn the_line_begins_with_the_id_and_ends_with_the_verdict() {
        let mut bar = Bar { id: "p1", ratio: 13.2, bar: Some(12.0), figures: vec![("kontor", "92400".to_owned())] };
        assert_eq!(bar.to_string(), "p1 ratio=13.20 bar=12 kontor=92400 pass");
        bar.ratio = 11.99;
        assert_eq!(bar.to_string(), "p1 ratio=11.99 bar=12 kontor=92400 fail");
        bar.ratio = f64::NAN;
        assert!(!bar.passes());
    }

    #[test]
    fn the_median_is_the_middle() {
        for (values, median) in [(vec![3.0, 1.0, 2.0], 2.0), (vec![4.0, 1.0, 2.0, 3.0], 2.5), (vec![7.0], 7.0)] {
            let mut series = Series::default();
            values.into_iter().for_each(|value| series.push(value));
            assert!((series.median() - median).abs() < f64::EPSILON);
        }
        assert!(Series::default().median().is_nan());
    }
}
