//! What is printed once the program serves.

use std::io::{self, Write};

use anyhow::{Context, Result};
use kontor_edge::admin::Admin;

use crate::settings::Settings;

const DEV: &str = "\
  DEVELOPMENT (--dev): every caller on this machine may do everything, also empty the sales;
  invoices name a sample seller unless one is configured. Not for real business.";

/// Prints the addresses, to standard output: the log goes elsewhere.
///
/// # Errors
/// Standard output is closed.
pub fn print(settings: &Settings, admin: &Admin, dev: bool) -> Result<()> {
    let text = text(settings, admin.version, &admin.bundled, dev)?;
    io::stdout().write_all(text.as_bytes()).context("cannot print the addresses")
}

fn text(settings: &Settings, version: &str, functions: &[String], dev: bool) -> Result<String> {
    let address = settings.address()?;
    let root = address.root();
    let mut lines = vec![("pages".to_owned(), format!("{root}/")), (String::new(), format!("{root}/sales.html"))];
    for name in functions {
        lines.push((name.clone(), format!("{}/docs", address.function(name))));
    }
    lines.push(("dashboard".to_owned(), format!("http://{}/", local(settings))));
    lines.push(("data".to_owned(), settings.data.display().to_string()));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = format!("\nKontor {version} serves\n\n");
    for (name, value) in lines {
        text += &format!("  {name:width$}   {value}\n");
    }
    if dev {
        text += &format!("\n{DEV}\n");
    }
    Ok(text + "\nCtrl-C stops it.\n\n")
}

/// The admin listener as one types it into a browser on this machine.
fn local(settings: &Settings) -> String {
    let admin = settings.listen.admin;
    match admin.ip() {
        std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST) => format!("localhost:{}", admin.port()),
        _ => admin.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_stand_below_each_other() {
        let functions = ["invoices".to_owned(), "sales".to_owned()];
        let text = text(&Settings::default(), "1.2.3", &functions, false).unwrap();
        assert_eq!(
            text,
            "\nKontor 1.2.3 serves\n\n\
             \x20 pages       http://localhost:8000/\n\
             \x20             http://localhost:8000/sales.html\n\
             \x20 invoices    http://invoices.localhost:8000/docs\n\
             \x20 sales       http://sales.localhost:8000/docs\n\
             \x20 dashboard   http://localhost:8080/\n\
             \x20 data        kontor-data\n\n\
             Ctrl-C stops it.\n\n"
        );
    }

    #[test]
    fn dev_says_what_it_grants() {
        assert!(text(&Settings::default(), "1.2.3", &[], true).unwrap().contains("may do everything"));
    }
}
