//! Embeds the bundle: the functions' components and the pages, each page also compressed.
//!
//! `KONTOR_BUNDLE` names a folder with `functions/*.wasm` and `pages/**`; without it the bundle is empty, so that the
//! program can be built and checked without a Wasm target and without Node.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=KONTOR_BUNDLE");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let bundle = env::var_os("KONTOR_BUNDLE").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let (mut functions, mut pages) = (String::new(), String::new());
    if let Some(bundle) = bundle {
        println!("cargo:rerun-if-changed={}", bundle.display());
        for file in files(&bundle.join("functions"))? {
            functions += &function(&file)?;
        }
        let root = bundle.join("pages");
        for file in files(&root)? {
            pages += &page(&root, &file, &out)?;
        }
    }
    let source =
        format!("pub static FUNCTIONS: &[Function] = &[{functions}\n];\npub static PAGES: &[Page] = &[{pages}\n];\n");
    fs::write(out.join("bundle.rs"), source)?;
    Ok(())
}

/// All files of a folder and of those in it, in order of their paths. An absent folder has none.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn function(file: &Path) -> Result<String> {
    let name = file.file_stem().and_then(|name| name.to_str()).ok_or("a component's name is not UTF-8")?;
    if file.extension().is_none_or(|extension| extension != "wasm") {
        return Ok(String::new());
    }
    Ok(format!("\n    Function {{ name: {name:?}, component: include_bytes!({:?}) }},", absolute(file)?))
}

/// How a page says that it is English, as long as no script has chosen; and the same for German visitors.
const ENGLISH: &str = "<html lang=\"en\">";
const GERMAN: &str = "<html lang=\"de\">";

/// The page's entry, and for a document the one that German visitors get: a browser must know the language before any
/// script runs, for hyphens and for who has pages read out.
fn page(root: &Path, file: &Path, out: &Path) -> Result<String> {
    let name = file.strip_prefix(root)?.to_str().ok_or("a page's name is not UTF-8")?.replace('\\', "/");
    let english = entry(&name, file, out)?;
    let Some(stem) = name.strip_suffix(".html") else { return Ok(english) };
    let text = fs::read_to_string(file)?;
    if !text.contains(ENGLISH) {
        return Err(format!("{name} does not begin with {ENGLISH}").into());
    }
    let name = format!("{stem}.de.html");
    let german = out.join(name.replace('/', "-"));
    fs::write(&german, text.replacen(ENGLISH, GERMAN, 1))?;
    Ok(english + &entry(&name, &german, out)?)
}

fn entry(name: &str, file: &Path, out: &Path) -> Result<String> {
    let body = fs::read(file)?;
    let hash = hexadecimal(&Sha256::digest(&body));
    let (mut brotli, mut gzip) = ("None".to_owned(), "None".to_owned());
    if is_text(file) {
        brotli = variant(out, &hash, "br", &body, compress_brotli)?;
        gzip = variant(out, &hash, "gz", &body, compress_gzip)?;
    }
    Ok(format!(
        "\n    Page {{ path: {:?}, hash: {:?}, body: include_bytes!({:?}), brotli: {brotli}, gzip: {gzip} }},",
        format!("/{name}"),
        hash.get(..32).ok_or("a hash is too short")?,
        absolute(file)?,
    ))
}

/// The compressed variant's source text, or `None` where it is not smaller. Kept by hash, as the best Brotli is slow.
fn variant(
    out: &Path,
    hash: &str,
    suffix: &str,
    body: &[u8],
    compress: fn(&[u8]) -> Result<Vec<u8>>,
) -> Result<String> {
    let path = out.join(format!("{hash}.{suffix}"));
    let size = match fs::metadata(&path) {
        Ok(kept) => usize::try_from(kept.len())?,
        Err(_) => {
            let compressed = compress(body)?;
            // Renamed into place: an interrupted build must not leave half a file under a good name.
            let unfinished = path.with_extension("unfinished");
            fs::write(&unfinished, &compressed)?;
            fs::rename(&unfinished, &path)?;
            compressed.len()
        }
    };
    if size >= body.len() { Ok("None".to_owned()) } else { Ok(format!("Some(include_bytes!({:?}))", absolute(&path)?)) }
}

fn compress_brotli(body: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    brotli::CompressorWriter::new(&mut compressed, 1 << 16, 11, 22).write_all(body)?;
    Ok(compressed)
}

fn compress_gzip(body: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body)?;
    Ok(encoder.finish()?)
}

fn absolute(file: &Path) -> Result<String> {
    let path = fs::canonicalize(file)?;
    Ok(path.to_str().ok_or("a path is not UTF-8")?.to_owned())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether compressing is worth it: pictures and fonts are compressed already.
fn is_text(file: &Path) -> bool {
    const TEXT: [&str; 11] = ["html", "css", "js", "mjs", "json", "map", "webmanifest", "svg", "txt", "py", "wasm"];
    file.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| TEXT.contains(&extension))
}
