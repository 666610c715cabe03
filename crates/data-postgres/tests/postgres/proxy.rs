//! A TCP proxy that cuts connections where a test wants it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU8, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What happens to the next commit that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AtCommit {
    Pass = 0,
    /// The connection ends and the server never sees the commit.
    CutBefore = 1,
    /// The server commits, and its answer never comes back.
    CutAfter = 2,
}

#[derive(Default)]
struct Orders {
    at_commit: AtomicU8,
    /// Bytes, both ways, after which every connection ends; none below zero.
    bytes_left: AtomicI64,
    cuts: AtomicI64,
}

/// The proxy; ends with its runtime.
pub struct Proxy {
    pub port: u16,
    orders: Arc<Orders>,
}

impl Proxy {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let orders = Arc::new(Orders { bytes_left: AtomicI64::new(-1), ..Orders::default() });
        let proxy = Self { port: listener.local_addr().unwrap().port(), orders: Arc::clone(&orders) };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                tokio::spawn(carry(client, server, Arc::clone(&orders)));
            }
        });
        proxy
    }

    pub fn at_commit(&self, what: AtCommit) {
        self.orders.at_commit.store(what as u8, Ordering::SeqCst);
    }

    pub fn cut_after(&self, bytes: i64) {
        self.orders.bytes_left.store(bytes, Ordering::SeqCst);
    }

    pub fn cuts(&self) -> i64 {
        self.orders.cuts.load(Ordering::SeqCst)
    }
}

impl Orders {
    /// How many of these bytes may pass.
    fn pass(&self, bytes: usize) -> usize {
        let count = i64::try_from(bytes).unwrap();
        let spend = |left: i64| (left >= 0).then(|| if left <= count { -1 } else { left - count });
        match self.bytes_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend) {
            Ok(before) if before <= count => usize::try_from(before).unwrap(),
            _ => bytes,
        }
    }

    fn take_commit(&self) -> u8 {
        self.at_commit.swap(AtCommit::Pass as u8, Ordering::SeqCst)
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, orders: Arc<Orders>) {
    let (mut asked, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let is_commit = asked[..count].windows(7).any(|bytes| bytes == b"COMMIT\0");
                let order = if is_commit { orders.take_commit() } else { 0 };
                if order == AtCommit::CutBefore as u8 {
                    orders.cuts.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                let pass = orders.pass(count);
                if server.write_all(&asked[..pass]).await.is_err() {
                    return;
                }
                if order == AtCommit::CutAfter as u8 {
                    orders.cuts.fetch_add(1, Ordering::SeqCst);
                    // The tag of the answer to COMMIT is the last that comes.
                    while let Ok(count @ 1..) = server.read(&mut answered).await {
                        if answered[..count].windows(7).any(|bytes| bytes == b"COMMIT\0") {
                            return;
                        }
                    }
                    return;
                }
                if pass < count {
                    orders.cuts.fetch_add(1, Ordering::SeqCst);
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                let pass = orders.pass(count);
                if client.write_all(&answered[..pass]).await.is_err() {
                    return;
                }
                if pass < count {
                    orders.cuts.fetch_add(1, Ordering::SeqCst);
                    return;
                }
            }
        }
    }
}
