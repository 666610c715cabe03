//! What a reader wants to read.

/// A language that receipts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// German.
    German,
    /// English.
    English,
}

impl Language {
    /// The one that `Accept-Language` likes best; German if it likes neither, since the invoice follows German law.
    pub fn of(accepted: &str) -> Self {
        let mut best = (Self::German, 0);
        for (range, quality) in ranges(accepted) {
            let primary = range.split('-').next().unwrap_or_default();
            let language = if primary.eq_ignore_ascii_case("en") {
                Self::English
            } else if primary.eq_ignore_ascii_case("de") {
                Self::German
            } else {
                continue;
            };
            if quality > best.1 {
                best = (language, quality);
            }
        }
        best.0
    }

    /// As BCP 47 writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English => "en",
        }
    }
}

/// Whether `Accept` likes JSON better than HTML. Who likes both alike gets the page.
pub fn prefers_json(accepted: &str) -> bool {
    let quality = |media_type: &str, family: &str| {
        let found = |wanted: &str| {
            ranges(accepted).find(|(range, _)| range.eq_ignore_ascii_case(wanted)).map(|(_, quality)| quality)
        };
        found(media_type).or_else(|| found(family)).or_else(|| found("*/*")).unwrap_or(0)
    };
    quality("application/json", "application/*") > quality("text/html", "text/*")
}

/// The ranges of an `Accept…` header with their qualities in thousandths.
fn ranges(header: &str) -> impl Iterator<Item = (&str, u32)> {
    header.split(',').map(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let range = pieces.next().unwrap_or_default();
        let quality = pieces.find_map(|piece| piece.strip_prefix("q=")).and_then(thousandths).unwrap_or(1000);
        (range, quality)
    })
}

/// Reads `0.85` as 850.
fn thousandths(quality: &str) -> Option<u32> {
    let (whole, part) = quality.split_once('.').unwrap_or((quality, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    Some((whole.parse::<u32>().ok()?.min(1) * 1000 + part.parse::<u32>().ok()?).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_liked_best_wins() {
        use Language::{English, German};
        let cases = [
            ("", German),
            ("*", German),
            ("fr-FR,fr", German),
            ("en", English),
            ("en-GB,en;q=0.9,de;q=0.8", English),
            ("fr, de;q=0.5, en;q=0.6", English),
            ("de-AT,en", German),
            ("en;q=0, de;q=0.1", German),
            ("en;q=x;;,", English),
        ];
        for (accepted, language) in cases {
            assert_eq!(Language::of(accepted), language, "{accepted}");
        }
    }

    #[test]
    fn json_is_for_who_asks_for_it() {
        let cases = [
            ("application/json", true),
            ("application/*", true),
            ("application/json;q=0.9, */*;q=0.1", true),
            ("*/*", false),
            ("", false),
            ("text/html,application/json", false),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false),
            ("text/html;q=0.5, application/json", true),
        ];
        for (accepted, json) in cases {
            assert_eq!(prefers_json(accepted), json, "{accepted}");
        }
    }
}
