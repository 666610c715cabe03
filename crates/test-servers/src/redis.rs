//! Redis or Valkey, from Debian's package or whatever is on the path.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    process::Command,
    time::Duration,
};

use crate::{
    Place, Recipe, StartError,
    place::{free_port, on_path, write},
};

/// Redis that writes every change through before it answers, and evicts nothing.
pub static REDIS: Recipe = ALONE;

const ALONE: Recipe = Recipe {
    name: "redis",
    variable: "KONTOR_TEST_REDIS_URL",
    packages: "redis-server",
    user: "redis",
    signal: "TERM",
    is_installed: || program().is_some(),
    prepare,
    serve,
    is_ready: |place| ping(place).unwrap_or(false),
    url: |place| format!("redis://:{}@127.0.0.1:{}/0", place.password, place.port),
};

/// The same as a cluster of one, which holds all slots: it refuses what reaches from one slot into another.
pub static REDIS_CLUSTER: Recipe = Recipe {
    name: "redis-cluster",
    variable: "KONTOR_TEST_REDIS_CLUSTER_URL",
    prepare: |place| {
        prepare(place)?;
        let file = place.folder.join("redis.conf");
        let settings = fs::read_to_string(&file).unwrap_or_default();
        // Others would be reached on this port; there are none.
        let bus = free_port()?;
        write(&file, &format!("{settings}cluster-enabled yes\ncluster-port {bus}\n"))
    },
    is_ready: |place| is_whole(place).unwrap_or(false),
    url: |place| format!("redis://:{}@127.0.0.1:{}/", place.password, place.port),
    ..ALONE
};

fn program() -> Option<PathBuf> {
    ["redis-server", "valkey-server"].iter().find_map(|name| on_path(name))
}

fn prepare(place: &Place) -> Result<(), StartError> {
    let (port, password, folder) = (place.port, &place.password, place.folder.display());
    let settings = format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir \"{folder}\"\nappendonly yes\nappendfsync always\n\
         maxmemory-policy noeviction\ndaemonize no\n"
    );
    write(&place.folder.join("redis.conf"), &settings)
}

fn serve(place: &Place) -> Command {
    let mut redis = place.command(&program().unwrap_or_else(|| PathBuf::from("redis-server")));
    redis.arg(place.folder.join("redis.conf"));
    redis
}

/// Its protocol is simple enough to ask without a client.
fn ping(place: &Place) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, place.port))?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    stream.write_all(format!("AUTH {}\r\nPING\r\n", place.password).as_bytes())?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(&answer == b"+OK\r\n+PONG\r\n")
}

/// Gives it all slots, which it keeps, and asks whether it serves them.
fn is_whole(place: &Place) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, place.port))?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    let orders = format!("AUTH {}\r\nCLUSTER ADDSLOTSRANGE 0 16383\r\nCLUSTER INFO\r\nQUIT\r\n", place.password);
    stream.write_all(orders.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.contains("cluster_state:ok"))
}
