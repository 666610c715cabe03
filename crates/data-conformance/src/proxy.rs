//! A connection that breaks when a test says so.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::AbortHandle,
};

/// What becomes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// They pass.
    Open,
    /// Connections are closed, and so are new ones.
    Cut,
    /// Connections stay, and nothing passes.
    Stalled,
    /// Requests pass; the answers' way is closed in order, as if the server had nothing more to say.
    HalfClosed,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the engine to its server.
    Requests,
    /// From the server to the engine.
    Answers,
}

/// A TCP proxy in front of a server.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    line: watch::Sender<Line>,
    /// Rises with each cut. Whatever was connected before goes, also where the line is mended before anybody looks at it.
    epoch: watch::Sender<u64>,
    /// The line is cut when so many more bytes have passed this way.
    cut: Mutex<Option<(Direction, usize)>>,
    /// The line is cut when a request with these bytes has passed.
    answer_to: Mutex<Option<&'static [u8]>>,
    /// How often that has happened.
    cuts: AtomicUsize,
}

impl Proxy {
    /// Listens on a free port of this machine and connects to `server` for whoever connects.
    pub async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            line: watch::Sender::new(Line::Open),
            epoch: watch::Sender::new(0),
            cut: Mutex::new(None),
            answer_to: Mutex::new(None),
            cuts: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&shared))).abort_handle();
        Self { address, shared, accepting }
    }

    /// Where to connect instead of to the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the line, now.
    pub fn set(&self, line: Line) {
        *self.shared.cut.lock().unwrap() = None;
        *self.shared.answer_to.lock().unwrap() = None;
        if line == Line::Cut {
            self.shared.cut_now();
        } else {
            self.shared.line.send_replace(line);
        }
    }

    /// Opens the line and cuts it when so many more bytes have passed, in the middle of whatever they belong to.
    pub fn cut_after(&self, direction: Direction, bytes: usize) {
        *self.shared.cut.lock().unwrap() = Some((direction, bytes));
        self.shared.line.send_replace(Line::Open);
    }
}

impl Proxy {
    /// Opens the line, lets the next request with these bytes pass, and cuts the line before the answer comes back.
    pub fn cut_the_answer_to(&self, request: &'static [u8]) {
        *self.shared.answer_to.lock().unwrap() = Some(request);
        self.shared.line.send_replace(Line::Open);
    }

    /// How often the line was cut in the middle of something.
    #[must_use]
    pub fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.cut_now();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        // Dropping the client closes its connection.
        let epoch = shared.epoch.subscribe();
        if *shared.line.borrow() == Line::Cut {
            continue;
        }
        let Ok(server) = TcpStream::connect(server).await else { continue };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::spawn(shared.clone().pass(Direction::Requests, epoch.clone(), from_client, to_server));
        tokio::spawn(shared.clone().pass(Direction::Answers, epoch, from_server, to_client));
    }
}

impl Shared {
    /// Passes bytes on until an end closes or the line is cut.
    async fn pass(
        self: Arc<Self>,
        direction: Direction,
        mut epoch: watch::Receiver<u64>,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
    ) {
        let mut line = self.line.subscribe();
        let mut bytes = vec![0; 16 << 10];
        loop {
            let ends =
                |line: &Line| *line == Line::Cut || (*line == Line::HalfClosed && direction == Direction::Answers);
            let read = tokio::select! {
                _ = epoch.changed() => return,
                _ = line.wait_for(ends) => return,
                read = from.read(&mut bytes) => read.unwrap_or(0),
            };
            if read == 0 {
                return;
            }
            let open = line.wait_for(|line| *line != Line::Stalled).await.map(|line| *line);
            if !open.is_ok_and(|line| !ends(&line)) || epoch.has_changed().unwrap_or(true) {
                return;
            }
            self.look_at(direction, &bytes[..read]);
            let may_pass = self.may_pass(direction, read);
            if to.write_all(&bytes[..may_pass]).await.is_err() {
                return;
            }
            if may_pass < read {
                self.cuts.fetch_add(1, Ordering::Relaxed);
                self.cut_now();
                return;
            }
        }
    }

    fn look_at(&self, direction: Direction, bytes: &[u8]) {
        let mut wanted = self.answer_to.lock().unwrap();
        let is_it = |request: &&'static [u8]| bytes.windows(request.len()).any(|window| window == *request);
        if direction == Direction::Requests && wanted.as_ref().is_some_and(is_it) {
            *wanted = None;
            *self.cut.lock().unwrap() = Some((Direction::Answers, 0));
        }
    }

    fn cut_now(&self) {
        self.line.send_replace(Line::Cut);
        self.epoch.send_modify(|epoch| *epoch += 1);
    }

    fn may_pass(&self, direction: Direction, bytes: usize) -> usize {
        let mut cut = self.cut.lock().unwrap();
        match cut.as_mut() {
            Some((way, left)) if *way == direction => {
                let may_pass = bytes.min(*left);
                *left -= may_pass;
                if may_pass < bytes {
                    *cut = None;
                }
                may_pass
            }
            _ => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Direction, Line, Proxy};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    /// A server that gives back what it gets.
    async fn echo() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = client.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        Proxy::start(address).await
    }

    /// What comes back of ten bytes before the connection ends.
    async fn comes_back(connection: &mut TcpStream) -> usize {
        let _ = connection.write_all(&[7; 10]).await;
        let mut back = [0; 10];
        let mut count = 0;
        while count < 10 {
            match connection.read(&mut back[count..]).await {
                Ok(0) | Err(_) => break,
                Ok(read) => count += read,
            }
        }
        count
    }

    #[tokio::test]
    async fn a_line_is_cut_and_mended() {
        let proxy = echo().await;
        let mut first = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(comes_back(&mut first).await, 10);
        proxy.set(Line::Cut);
        assert_eq!(comes_back(&mut first).await, 0);
        let mut second = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(comes_back(&mut second).await, 0);
        proxy.set(Line::Open);
        let mut third = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(comes_back(&mut third).await, 10);
    }

    #[tokio::test]
    async fn a_stalled_line_moves_nothing_and_goes_on() {
        let proxy = echo().await;
        let mut connection = TcpStream::connect(proxy.address()).await.unwrap();
        proxy.set(Line::Stalled);
        let stalled = tokio::time::timeout(Duration::from_millis(50), comes_back(&mut connection)).await;
        assert!(stalled.is_err());
        proxy.set(Line::Open);
        let mut back = [0; 10];
        connection.read_exact(&mut back).await.unwrap();
    }

    #[tokio::test]
    async fn the_answer_to_a_request_is_lost() {
        let proxy = echo().await;
        let mut connection = TcpStream::connect(proxy.address()).await.unwrap();
        proxy.cut_the_answer_to(&[8, 8]);
        assert_eq!(comes_back(&mut connection).await, 10);
        proxy.cut_the_answer_to(&[7, 7]);
        assert_eq!(comes_back(&mut connection).await, 0);
    }

    #[tokio::test]
    async fn a_half_closed_line_ends_answers_alone() {
        let proxy = echo().await;
        let mut connection = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(comes_back(&mut connection).await, 10);
        proxy.set(Line::HalfClosed);
        assert_eq!(connection.read(&mut [0; 1]).await.unwrap(), 0, "the end of answers is no error");
        connection.write_all(&[7; 10]).await.unwrap();
        proxy.set(Line::Open);
        let mut next = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(comes_back(&mut next).await, 10);
    }

    #[tokio::test]
    async fn a_line_is_cut_in_the_middle() {
        let proxy = echo().await;
        for (direction, bytes) in [(Direction::Requests, 4), (Direction::Answers, 6), (Direction::Answers, 0)] {
            proxy.set(Line::Open);
            let mut connection = TcpStream::connect(proxy.address()).await.unwrap();
            proxy.cut_after(direction, 10 + bytes);
            assert_eq!(comes_back(&mut connection).await, 10);
            let back = comes_back(&mut connection).await;
            // What was still on its way when the line went may be lost with it.
            assert!(back <= bytes, "{back} of {bytes} bytes came back");
            let mut next = TcpStream::connect(proxy.address()).await.unwrap();
            assert_eq!(comes_back(&mut next).await, 0);
        }
    }
}
