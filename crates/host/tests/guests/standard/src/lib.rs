//! A component of the world `wasi:http/proxy` that does what the last part of its path says; a number or a URL comes as
//! the query.

use std::{convert::Infallible, hint::black_box};

use futures_lite::stream::unfold;
use http_body_util::BodyExt;
use wstd::{
    http::{Body, Client, Error, Request, Response, body::Bytes},
    time::Duration,
};

type Answer = Result<Response<Body>, Error>;

fn text(text: impl Into<String>) -> Answer {
    Ok(Response::new(text.into().into()))
}

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let number: usize = query.parse().unwrap_or(1);
    match path.rsplit('/').next().unwrap_or_default() {
        "echo" => Ok(Response::new(request.into_body())),
        "count" => count(request).await,
        "request" => about(&request),
        "stream" => stream(number),
        "endless" => stream(usize::MAX),
        "body-fails" => body_fails(),
        "fetch" => fetch(&query).await,
        "sleep" => {
            wstd::task::sleep(Duration::from_millis(number as u64)).await;
            text("slept")
        }
        "loop" => loop {
            black_box(0);
        },
        "trap" => panic!("the component traps"),
        "fail" => Err(Error::msg("the component fails")),
        "grow" => grow(number),
        "handles" => handles(number),
        "world" => world(),
        "large-headers" => Ok(Response::builder().header("x-large", "v".repeat(number)).body(Body::empty())?),
        _ => text(format!("hello from {path}")),
    }
}

/// Reads the body piece by piece and keeps nothing of it.
async fn count(request: Request<Body>) -> Answer {
    let mut body = request.into_body().into_boxed_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame?.into_data().map_or(0, |data| data.len());
    }
    text(bytes.to_string())
}

fn about(request: &Request<Body>) -> Answer {
    let headers: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    text(format!(
        "{} {}\n{}",
        request.method(),
        request.uri().path_and_query().map_or("", |path| path.as_str()),
        headers.join("\n")
    ))
}

/// So many chunks of 64 KiB.
fn stream(chunks: usize) -> Answer {
    let next = |left: usize| async move {
        (left > 0).then(|| (Ok::<_, Infallible>(Bytes::from(vec![b'x'; 64 << 10])), left - 1))
    };
    Ok(Response::new(Body::from_try_stream(unfold(chunks, next))))
}

fn body_fails() -> Answer {
    let next = |left: usize| async move {
        let piece =
            if left == 2 { Ok(Bytes::from_static(b"a piece")) } else { Err(std::io::Error::other("the body fails")) };
        (left > 0).then_some((piece, left - 1))
    };
    Ok(Response::new(Body::from_try_stream(unfold(2_usize, next))))
}

async fn fetch(url: &str) -> Answer {
    let request =
        Request::get(url).header("x-kontor-caller", "forged").header("accept", "text/plain").body(Body::empty())?;
    match Client::new().send(request).await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let body = answer.into_body().into_boxed_body().collect().await;
            text(match body {
                Ok(body) => format!("{status} {}", String::from_utf8_lossy(&body.to_bytes())),
                Err(error) => format!("{status} and then {error:?}"),
            })
        }
        Err(error) => text(format!("no answer: {error:?}")),
    }
}

fn grow(mib: usize) -> Answer {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for _ in 0..mib {
        let mut piece = Vec::new();
        if piece.try_reserve_exact(1 << 20).is_err() {
            break;
        }
        piece.resize(1 << 20, 1);
        kept.push(piece);
    }
    text(black_box(&kept).len().to_string())
}

/// Takes so many handles and gives none back.
fn handles(count: usize) -> Answer {
    for _ in 0..count {
        std::mem::forget(wasip2::http::types::Fields::new());
    }
    text("it had them all")
}

/// What can be reached of the outside: it had better be nothing.
fn world() -> Answer {
    let environment = std::env::vars().count() + std::env::args().count();
    let file = std::fs::read("/etc/passwd").is_ok() || std::fs::read_dir("/").is_ok();
    text(format!("{environment} {file}"))
}
