//! Embedded pages and their files.

mod encoding;
mod language;

use std::collections::HashMap;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, VARY},
};

use crate::{body::Body, conditional};
use encoding::Encoding;

/// How the name of a page for German visitors ends.
const GERMAN: &str = ".de.html";

/// One embedded file as it was built.
#[derive(Debug, Clone)]
pub struct File {
    /// Where it is found, with a slash before: `/index.html`, `/assets/shop-3f2a.js`. `/index.de.html` is what German
    /// visitors get at `/index.html`.
    pub path: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// The same, compressed with Brotli, if that is smaller.
    pub brotli: Option<Bytes>,
    /// The same, compressed with gzip, if that is smaller.
    pub gzip: Option<Bytes>,
    /// Hash of `bytes`: printable ASCII without quotes. Becomes the `ETag`.
    pub hash: String,
}

/// A file ready to be served: every header is made once.
pub struct Page {
    media_type: HeaderValue,
    cache: HeaderValue,
    html: bool,
    /// The same for German visitors.
    german: Option<Box<Page>>,
    plain: Variant,
    brotli: Option<Variant>,
    gzip: Option<Variant>,
}

struct Variant {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Variant {
    /// Each coding is a representation of its own, so it has an entity tag of its own (RFC 9110, 8.8.3.3).
    fn new(bytes: Bytes, hash: &str, suffix: &str) -> Self {
        let etag = HeaderValue::try_from(format!("\"{hash}{suffix}\""));
        Self { bytes, etag: etag.unwrap_or_else(|_| HeaderValue::from_static("\"-\"")) }
    }
}

impl Page {
    fn new(file: File) -> Self {
        let variant = |bytes: Option<Bytes>, suffix| bytes.map(|bytes| Variant::new(bytes, &file.hash, suffix));
        // Names of files below /assets/ contain a hash of their content.
        let hashed = file.path.starts_with("/assets/");
        let cache = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        let media_type = media_type(&file.path);
        Self {
            media_type: HeaderValue::from_static(media_type),
            cache: HeaderValue::from_static(cache),
            html: media_type.starts_with("text/html"),
            german: None,
            brotli: variant(file.brotli, "-br"),
            gzip: variant(file.gzip, "-gz"),
            plain: Variant::new(file.bytes.clone(), &file.hash, ""),
        }
    }

    /// Whether it is a document that can run scripts.
    #[must_use]
    pub fn is_html(&self) -> bool {
        self.html
    }

    fn choose(&self, headers: &HeaderMap) -> (&Variant, Option<Encoding>) {
        let offered = |encoding: Encoding| match encoding {
            Encoding::Brotli => self.brotli.as_ref(),
            Encoding::Gzip => self.gzip.as_ref(),
        };
        encoding::accepted(headers)
            .into_iter()
            .flatten()
            .find_map(|encoding| offered(encoding).map(|variant| (variant, Some(encoding))))
            .unwrap_or((&self.plain, None))
    }

    /// The answer to a `GET` or `HEAD` with these headers: 200, or 304 if the client has it already.
    #[must_use]
    pub fn answer(&self, headers: &HeaderMap) -> Response<Body> {
        let Some(german) = &self.german else {
            return self.in_its_language(headers, HeaderValue::from_static("accept-encoding"));
        };
        let is_german = language::is_german(headers);
        let page = if is_german { german } else { self };
        let mut answer = page.in_its_language(headers, HeaderValue::from_static("accept-encoding, accept-language"));
        let language = HeaderValue::from_static(if is_german { "de" } else { "en" });
        answer.headers_mut().insert(CONTENT_LANGUAGE, language);
        answer
    }

    fn in_its_language(&self, headers: &HeaderMap, vary: HeaderValue) -> Response<Body> {
        let (variant, encoding) = self.choose(headers);
        let fresh = conditional::has_it(headers, &variant.etag);
        let mut answer = Response::new(if fresh { Body::empty() } else { Body::from(variant.bytes.clone()) });
        if fresh {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let to = answer.headers_mut();
        to.insert(ETAG, variant.etag.clone());
        to.insert(CACHE_CONTROL, self.cache.clone());
        to.insert(VARY, vary);
        if !fresh {
            to.insert(CONTENT_TYPE, self.media_type.clone());
            if let Some(encoding) = encoding {
                to.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
            }
        }
        answer
    }
}

/// All embedded files by path.
#[derive(Default)]
pub struct Pages(HashMap<String, Page>);

impl Pages {
    /// Takes the files over.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = File>) -> Self {
        let mut pages: HashMap<String, Page> =
            files.into_iter().map(|file| (file.path.clone(), Page::new(file))).collect();
        let german: Vec<String> = pages.keys().filter(|path| path.ends_with(GERMAN)).cloned().collect();
        for path in german {
            let english = path.replace(GERMAN, ".html");
            if pages.contains_key(&english)
                && let Some(page) = pages.remove(&path)
                && let Some(english) = pages.get_mut(&english)
            {
                english.german = Some(Box::new(page));
            }
        }
        Self(pages)
    }

    /// The page at a path; `/` is `/index.html`, and a page is also found without its `.html`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Page> {
        match path {
            "/" => self.0.get("/index.html"),
            _ => self.0.get(path).or_else(|| self.0.get(&format!("{path}.html"))),
        }
    }

    /// Whether there is a page at this path or below it.
    #[must_use]
    pub fn has_below(&self, path: &str) -> bool {
        let below = |page: &String| page.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.get(path).is_some() || self.0.keys().any(below)
    }

    /// Whether there is none at all: the program was built without them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their paths, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn media_type(path: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        // Shown and not run by browsers: what is offered to be read before it is used.
        "txt" | "md" | "py" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
