//! `kontor tokens create|list|revoke`.

use anyhow::Result;
use clap::{Args, Subcommand};
use kontor_edge::admin::tokens::{NewToken, Shown};

use crate::{
    desk::Desk,
    flags::{Flags, ServingFlags},
    logging,
};

/// Give services access, and take it away.
///
/// A token is a secret that a service sends as `Authorization: Bearer SECRET`. Functions see its name and scopes.
/// Changes count at once, whether the program serves or not.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// Make a token and show its secret, this once.
    #[command(
        after_help = "Examples:\n  kontor tokens create bookkeeping --scope invoices:read\n  kontor tokens create deploy --scope sales:reset --scope invoices:read"
    )]
    Create {
        /// The service's name: lower-case letters, digits, hyphens.
        name: String,
        /// What it may do: FUNCTION:RIGHT, or * for everything. Repeat for several.
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// List all tokens, revoked ones too. Secrets are not stored and cannot be shown.
    List {
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Make a token worthless, from the next request on.
    #[command(after_help = "Example:\n  kontor tokens revoke bookkeeping")]
    Revoke {
        /// The service's name.
        name: String,
    },
}

/// Carries the order out.
pub fn run(flags: &Flags, arguments: Arguments) -> Result<()> {
    let (settings, _) = flags.settings(&ServingFlags::default())?;
    logging::begin_quietly(&settings)?;
    super::run(async {
        let desk = Desk::open(&settings)?;
        match arguments.order {
            Order::Create { name, scopes } => create(&desk, name, scopes).await,
            Order::List { json } => list(&desk, json).await,
            Order::Revoke { name } => {
                desk.revoke_token(&name).await?;
                say!("The token {name} is revoked.");
                Ok(())
            }
        }
    })
}

/// The secret goes to standard output alone, so that it can be piped into where it belongs.
async fn create(desk: &Desk, name: String, scopes: Vec<String>) -> Result<()> {
    let created = desk.create_token(NewToken { name, scopes }).await?;
    eprintln!("Token {} with {}. Its secret is shown only now:", created.name, created.scopes.join(", "));
    for warning in &created.warnings {
        eprintln!("kontor: {warning}");
    }
    say!("{}", created.secret);
    Ok(())
}

async fn list(desk: &Desk, json: bool) -> Result<()> {
    let tokens = desk.tokens().await?;
    if json {
        say!("{}", serde_json::to_string_pretty(&tokens)?);
    } else if tokens.is_empty() {
        say!("There are no tokens. `kontor tokens create NAME --scope SCOPE` makes one.");
    } else {
        super::print_table(&["NAME", "SCOPES", "CREATED", "STATE"], &tokens.into_iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(())
}

fn row(token: Shown) -> Vec<String> {
    let state = token.revoked_ms.map_or_else(|| "good".to_owned(), |ms| format!("revoked {}", super::moment(ms)));
    vec![token.name, token.scopes.join(" "), super::moment(token.created_ms), state]
}
