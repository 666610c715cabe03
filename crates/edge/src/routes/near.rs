//! What somebody may have meant who asked for a path that does not exist.

/// Longer paths are not compared: nobody mistypes them, and comparing costs the product of both lengths.
const COMPARED_MAX_BYTES: usize = 128;
/// How many candidates are compared.
const CANDIDATES_MAX: usize = 200;
/// How many are named.
const NAMED_MAX: usize = 3;
/// From here on two paths look alike.
const ALIKE: f64 = 0.6;

/// The candidates that look like `path`, the nearest first. A parameter of a template takes whatever stands in its
/// place.
pub(crate) fn nearest<'a>(path: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if path.len() > COMPARED_MAX_BYTES {
        return Vec::new();
    }
    let asked = path.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .take(CANDIDATES_MAX)
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&asked, &filled(candidate, &asked)), candidate))
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    scored.sort_by(|(left, left_name), (right, right_name)| right.total_cmp(left).then(left_name.cmp(right_name)));
    scored.dedup();
    scored.into_iter().take(NAMED_MAX).map(|(_, candidate)| candidate).collect()
}

/// The template with what was asked for in place of its parameters.
fn filled(template: &str, asked: &str) -> String {
    let mut segments = asked.split('/');
    let fill = |segment: &str| {
        let asked = segments.next();
        if segment.starts_with('{') { asked.unwrap_or(segment).to_owned() } else { segment.to_lowercase() }
    };
    template.split('/').map(fill).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_paths_are_named() {
        let known = ["/api/licenses", "/api/buy_mpi", "/api/sales", "/invoices", "/invoices/{id}", "/sales.html"];
        let long = "/api/licenses".repeat(20);
        let cases: [(&str, &[&str]); 8] = [
            ("/api/license", &["/api/licenses"]),
            ("/api/buy-mpi", &["/api/buy_mpi"]),
            ("/API/Licenses", &["/api/licenses"]),
            ("/invoces/01JABCDEFGHIJKLMNOPQRSTUVW", &["/invoices/{id}"]),
            ("/api/sales/", &["/api/sales"]),
            ("/wp-login.php", &[]),
            ("/", &[]),
            (&long, &[]),
        ];
        for (asked, expected) in cases {
            let found = nearest(asked, known.into_iter());
            assert_eq!(found.first(), expected.first(), "{asked}: {found:?}");
        }
    }
}
