//! What the tests ask for, by path; a number comes as the query.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use crate::{
    Request, Response,
    kontor::function::{
        answer::Sink,
        config, events, http,
        log::{self, Level},
        sql::NewEvent,
        types::Caller,
    },
    sql,
};

/// Calls that this instance has served.
static CALLS: AtomicU32 = AtomicU32::new(0);

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Response {
    Response { status, headers: vec![("content-type".to_owned(), "text/plain".to_owned())], body: body.into() }
}

fn text(body: impl std::fmt::Debug) -> Response {
    answer(200, format!("{body:?}"))
}

pub fn handle(request: &Request) -> Response {
    let calls = CALLS.fetch_add(1, Relaxed) + 1;
    let query = request.query.as_deref().unwrap_or_default();
    let number: usize = query.parse().unwrap_or(1);
    match request.path.as_str() {
        "/ok" => answer(200, "ok"),
        "/version" => answer(200, crate::manifest::version()),
        "/calls" => answer(200, calls.to_string()),
        "/echo" => echo(request),
        "/loop" => loop {
            black_box(0);
        },
        "/cheap-calls" => loop {
            black_box(config::get("none"));
        },
        "/recurse" => text(recurse(number as u64)),
        "/trap" => panic!("secret: {query}"),
        "/exit" => std::process::exit(3),
        "/grow" => grow(number),
        "/sleep" => sleep(number),
        "/work-and-wait" => work_and_wait(number),
        "/sleep-often" => sleep_often(number),
        "/log" => write_lines(number),
        "/print" => print_lines(number),
        "/long-line" => long_line(number),
        "/huge" => answer(200, vec![b'x'; number]),
        "/status" => answer(number as u16, "status"),
        "/headers" => Response {
            headers: vec![("x-many".to_owned(), "v".repeat(number)), ("Content-Length".to_owned(), "1".to_owned())],
            ..answer(200, "headers")
        },
        "/many-headers" => {
            Response { headers: vec![("x".to_owned(), String::new()); number], ..answer(200, "headers") }
        }
        "/split" => Response { headers: vec![("x".to_owned(), "a\r\nset-cookie: b".to_owned())], ..answer(200, "") },
        "/config" => text(config::get(query)),
        "/world" => world(),
        "/insert" => text(sql::insert(query, Vec::new())),
        "/notes" => text(sql::notes()),
        "/emit" => emit(query),
        "/publish" => text(events::publish(&[event(query)])),
        "/fetch" => fetch(request, query),
        "/fetch-often" => fetch_often(query),
        "/many-calls" => many_calls(number),
        "/handles" => handles(number),
        "/statement" => statement(&request.body),
        "/sockets" => sockets(query),
        "/utf8" => malformed(),
        "/stream-endless" => stream(usize::MAX, true),
        "/stream" => stream(number, true),
        "/stream-unfinished" => stream(number, false),
        "/stream-twice" => text((Sink::begin(200, &[]).is_ok(), Sink::begin(200, &[]).map(drop))),
        other => match crate::stores::ask(other, query) {
            Some(said) => answer(200, said),
            None => answer(404, format!("no {other}")),
        },
    }
}

fn echo(request: &Request) -> Response {
    let caller = match &request.caller {
        Caller::Anonymous => "anonymous".to_owned(),
        Caller::Service(identity) => format!("service {} {:?}", identity.name, identity.scopes),
        _ => "other".to_owned(),
    };
    let Request { operation, method, query, path_parameters, headers, body, trace_id, deadline_ms, .. } = request;
    let body = String::from_utf8_lossy(body);
    let bounded = *deadline_ms > 0 && *deadline_ms <= 10_000;
    answer(
        200,
        format!("{operation} {method} {query:?} {path_parameters:?} {headers:?} {body} {caller} {trace_id} {bounded}"),
    )
}

/// Keeps next to nothing in its memory, so that the stack ends before that does.
fn recurse(depth: u64) -> u64 {
    if depth == 0 { 0 } else { black_box(recurse(depth - 1)) + 1 }
}

/// Grows by so many MiB, at most as far as it is let, and says how far it came.
fn grow(mib: usize) -> Response {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for _ in 0..mib {
        let mut piece = Vec::new();
        if piece.try_reserve_exact(1 << 20).is_err() {
            break;
        }
        piece.resize(1 << 20, 1);
        kept.push(piece);
    }
    answer(200, black_box(&kept).len().to_string())
}

pub fn sleep(ms: usize) -> Response {
    std::thread::sleep(Duration::from_millis(ms as u64));
    answer(200, "slept")
}

/// Works for so many milliseconds, says so, and waits for ten minutes.
fn work_and_wait(ms: usize) -> Response {
    let began = std::time::Instant::now();
    while began.elapsed() < Duration::from_millis(ms as u64) {
        std::hint::black_box(0);
    }
    let _ = sql::insert("worked", Vec::new());
    sleep(600_000)
}

/// Waits for a moment, so many times, working almost nothing.
fn sleep_often(times: usize) -> Response {
    for _ in 0..times {
        std::thread::sleep(Duration::from_millis(20));
    }
    answer(200, "slept")
}

fn write_lines(count: usize) -> Response {
    (1..=count).for_each(|line| log::write(Level::Info, &format!("line {line}")));
    answer(200, "logged")
}

fn print_lines(count: usize) -> Response {
    (1..=count).for_each(|line| println!("printed {line}"));
    print!("without an end");
    let _ = std::io::Write::flush(&mut std::io::stdout());
    answer(200, "printed")
}

fn long_line(bytes: usize) -> Response {
    log::write(Level::Warn, &"ä".repeat(bytes / 2));
    answer(200, "logged")
}

/// What can be reached of the outside: it had better be nothing.
fn world() -> Response {
    let environment = std::env::vars().count();
    let arguments = std::env::args().count();
    let file = std::fs::read("/etc/passwd").is_ok();
    let listing = std::fs::read_dir("/").is_ok();
    text((environment, arguments, file, listing))
}

/// Sends this very request on, to the URL in the query. The answer begins with the status, or says why there is none.
fn fetch(request: &Request, url: &str) -> Response {
    let timeout =
        request.headers.iter().find(|(name, _)| name == "x-patience-ms").and_then(|(_, value)| value.parse().ok());
    let Request { method, headers, body, .. } = request;
    let sent = http::send(&http::Outgoing {
        method: method.clone(),
        url: url.to_owned(),
        headers: headers.clone(),
        body: body.clone(),
        timeout_ms: timeout,
    });
    match sent {
        Ok(answer) => {
            let mut text = format!("{} {:?} ", answer.status, answer.headers).into_bytes();
            text.extend(answer.body);
            self::answer(200, text)
        }
        Err(error) => text(error),
    }
}

/// `COUNT:URL`
fn fetch_often(query: &str) -> Response {
    let (count, url) = query.split_once(':').unwrap_or_default();
    let mut last = String::new();
    for _ in 0..count.parse().unwrap_or(1) {
        let request = http::Outgoing {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout_ms: None,
        };
        last = format!("{:?}", http::send(&request).map(|answer| answer.status));
    }
    answer(200, last)
}

fn many_calls(count: usize) -> Response {
    let found = (0..count).filter(|_| config::get("currency").is_some()).count();
    answer(200, found.to_string())
}

/// Takes so many handles and gives none back.
fn handles(count: usize) -> Response {
    for _ in 0..count {
        // A pollable of the clock: a resource of the host.
        std::mem::forget(wasip2::clocks::monotonic_clock::subscribe_duration(1));
    }
    answer(200, "it had them all")
}

/// Runs what the body says, as a query and as a batch.
fn statement(body: &[u8]) -> Response {
    let text = String::from_utf8_lossy(body);
    answer(200, format!("{:?} {:?}", sql::look(&text), sql::run(&text)))
}

/// Tries all that the standard has for reaching the network. Each is true if it worked.
fn sockets(address: &str) -> Response {
    use wasip2::sockets::{
        instance_network::instance_network,
        ip_name_lookup::resolve_addresses,
        network::{IpAddressFamily::Ipv4, IpSocketAddress, Ipv4SocketAddress},
        tcp_create_socket::create_tcp_socket,
        udp_create_socket::create_udp_socket,
    };
    let network = instance_network();
    let local = |port| IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (127, 0, 0, 1) });
    let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(1);
    let connected = create_tcp_socket(Ipv4).and_then(|socket| {
        socket.start_connect(&network, local(port))?;
        socket.subscribe().block();
        socket.finish_connect().map(drop)
    });
    let listening = create_tcp_socket(Ipv4).and_then(|socket| {
        socket.start_bind(&network, local(0))?;
        socket.finish_bind()
    });
    let datagrams = create_udp_socket(Ipv4).and_then(|socket| {
        socket.start_bind(&network, local(0))?;
        socket.finish_bind()
    });
    let name = resolve_addresses(&network, "localhost").and_then(|found| {
        found.subscribe().block();
        found.resolve_next_address()
    });
    text((connected.is_ok(), listening.is_ok(), datagrams.is_ok(), name.is_ok()))
}

/// Text that is none, where the contract says text.
fn malformed() -> Response {
    #[allow(unsafe_code, reason = "a guest in another language could do just this")]
    // SAFETY: none; the host has to notice.
    let text = unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe, b'x']) };
    log::write(Level::Info, &text);
    answer(200, "the host took it")
}

/// `KEY:PAYLOAD`
fn event(query: &str) -> NewEvent {
    let (key, payload) = query.split_once(':').unwrap_or((query, "ok"));
    NewEvent { name: "it.happened".to_owned(), key: key.to_owned(), payload: format!("\"{payload}\"") }
}

fn emit(query: &str) -> Response {
    match sql::insert("emitted", query.split(',').map(event).collect()) {
        Ok(_) => answer(200, "emitted"),
        Err(error) => answer(503, format!("{error:?}")),
    }
}

/// Sends so many chunks of 64 KiB, and notes each in the log.
fn stream(chunks: usize, finish: bool) -> Response {
    let sink = match Sink::begin(201, &[("x-kind".to_owned(), "stream".to_owned())]) {
        Ok(sink) => sink,
        Err(error) => return answer(500, format!("{error:?}")),
    };
    for chunk in 0..chunks {
        if sink.write(&vec![b'0' + (chunk % 10) as u8; 64 << 10]).is_err() {
            return answer(500, "closed");
        }
        log::write(Level::Info, &format!("chunk {chunk}"));
    }
    if finish && sink.finish().is_err() {
        return answer(500, "closed");
    }
    answer(500, "this is dropped")
}
