//! Takes the ports.

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use anyhow::{Result, anyhow};
use tokio::net::TcpListener;

use crate::settings::Listen;

/// Ports that are ours.
pub struct Listeners {
    /// Pages and functions; the first is the configured one.
    pub http: Vec<TcpListener>,
    /// Dashboard and admin API.
    pub admin: TcpListener,
}

impl Listeners {
    /// Takes the ports. Beside `127.0.0.1` also the same port of `[::1]`, if it is free: browsers may try that first
    /// for `localhost`.
    ///
    /// # Errors
    /// Which port cannot be had, why, and how to choose another.
    pub async fn bind(listen: &Listen) -> Result<Self> {
        let first = bind(listen.http, "--listen", "listen.http").await?;
        let port = first.local_addr()?.port();
        let mut http = vec![first];
        if listen.http.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(also) => http.push(also),
                Err(error) => tracing::debug!(%error, port, "not listening on [::1]"),
            }
        }
        Ok(Self { http, admin: bind(listen.admin, "--admin-listen", "listen.admin").await? })
    }

    /// The addresses that they have, with the port that the system chose where 0 was asked for.
    ///
    /// # Errors
    /// The system does not say.
    pub fn addresses(&self) -> io::Result<Listen> {
        let http = self.http.first().ok_or(ErrorKind::AddrNotAvailable)?;
        Ok(Listen { http: http.local_addr()?, admin: self.admin.local_addr()?, admin_name: String::new() })
    }
}

async fn bind(address: SocketAddr, flag: &str, key: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let choose = format!("choose another with {flag} {}:PORT or {key} in kontor.toml", host(address));
        match error.kind() {
            ErrorKind::AddrInUse => anyhow!("port {} on {} is taken; {choose}", address.port(), host(address)),
            ErrorKind::PermissionDenied => {
                anyhow!("this user may not use port {}; {choose}, for example one above 1023", address.port())
            }
            _ => anyhow!("cannot listen on {address}: {error}; {choose}"),
        }
    })
}

fn host(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}
