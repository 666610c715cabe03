//! Buying a licence.

use kontor_rules::tax;
use kontor_sdk::{
    Config, Created, Fault, IdempotencyKey, Json, Problem, Written, id, problem,
    sql::{self, Batch, Statement, Timestamp},
    time,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::{
    made,
    order::{Customer, Order},
    prices::Prices,
    turnover::hour_of,
};

/// A purchase that was made.
#[derive(Serialize, ToSchema)]
pub struct Bought {
    /// The sale.
    sale: Sale,
    /// Its invoice, which follows a moment later.
    invoice: InvoiceReference,
    /// The receipt's path. Whoever has it sees the receipt; nobody can guess it.
    receipt: String,
    /// The receipt's whole address.
    receipt_url: String,
}

/// A sale. Amounts are in minor units.
#[derive(Serialize, ToSchema)]
pub struct Sale {
    /// Unique; rises with time.
    pub id: String,
    /// The licence's name.
    #[schema(example = "basic")]
    pub license: String,
    /// How many.
    pub quantity: i64,
    /// Gross price of one.
    #[schema(example = 1900)]
    pub unit_gross: i64,
    /// Without tax.
    #[schema(example = 1597)]
    pub net: i64,
    /// The tax.
    #[schema(example = 303)]
    pub tax: i64,
    /// What was paid.
    #[schema(example = 1900)]
    pub gross: i64,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    pub currency: String,
    /// Percent.
    #[schema(example = "19")]
    pub tax_rate: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub sold_at: String,
}

/// Names an invoice.
#[derive(Serialize, ToSchema)]
pub struct InvoiceReference {
    /// Its id.
    id: String,
}

/// Answers `buyLicense`.
pub fn buy_license(
    prices: Config<Prices>,
    key: IdempotencyKey,
    Json(order): Json<Order>,
) -> Result<Created<Written<Bought>>, Problem> {
    let now = time::now_us();
    let sale = price(&prices, &order, now)?;
    if prices.need_customer(sale.gross) && order.customer.is_none() {
        return Err(customer_required(&prices));
    }
    let faults = order.customer.as_ref().map(Customer::faults).unwrap_or_default();
    if !faults.is_empty() {
        return Err(problem::invalid_body(faults));
    }
    let fingerprint = |asked: &[u8]| Sha256::digest(asked).to_vec();
    let idempotency = key.of("buyLicense", &order, fingerprint)?;

    let login = order
        .customer
        .as_ref()
        .map_or_else(|| format!("guest-{}", id::ulid_at(now)), |customer| customer.login.to_string());
    let invoice = invoice_id(now, &login);
    let secret = id::secret();
    let receipt_hash = hexadecimal(&Sha256::digest(&secret));
    let receipt = ["/receipts/", &invoice, &secret].concat();
    let receipt_url = [&prices.receipt_base, receipt.as_str()].concat();
    let answer = Bought { sale, invoice: InvoiceReference { id: invoice }, receipt, receipt_url };

    let purchase = || {
        let Bought { sale, invoice, .. } = &answer;
        let event = made::event(sale, &invoice.id, now, &login, order.customer.as_ref(), &receipt_hash)?;
        let written = Written::new(&answer).map_err(|error| sql::Error::Invalid(error.to_string()))?;
        batch(sale, &invoice.id, now).event(event).answering(idempotency.clone(), written)
    };
    for _ in 0..ATTEMPTS {
        match purchase() {
            Err(sql::Error::Guard { statement: HOUR, .. }) => open_hour(now)?,
            done => return Ok(Created(done?)),
        }
    }
    Err(sql::Error::Busy.into())
}

fn price(prices: &Prices, order: &Order, now: i64) -> Result<Sale, Problem> {
    let found = prices.licenses.iter().find(|(name, _)| *name == *order.license);
    let (license, unit_gross) = found.ok_or_else(|| unknown_license(prices, &order.license))?;
    let quantity = order.quantity.map_or(1, kontor_sdk::Bounded::get);
    let gross = unit_gross * quantity;
    let split = tax::from_gross(gross, prices.tax_rate);
    Ok(Sale {
        id: id::ulid_at(now),
        license: license.clone(),
        quantity,
        unit_gross: *unit_gross,
        net: split.net,
        tax: split.tax,
        gross,
        currency: prices.currency.code().to_owned(),
        tax_rate: prices.tax_rate_text.clone(),
        sold_at: time::rfc3339(now),
    })
}

/// One for the hour's row that is not there yet, more for sales that are emptied at that moment.
const ATTEMPTS: usize = 4;
/// Place in the batch of the statement that counts the hour.
const HOUR: u32 = 1;

/// The sale and the running totals, committed together. If the hour has no row yet, the guard of [`HOUR`] undoes it all.
fn batch(sale: &Sale, invoice: &str, now: i64) -> Batch {
    let hour = Timestamp(hour_of(now));
    Batch::new()
        .statement(
            Statement::new(
                "INSERT INTO sales (id, sold_at, license, quantity, unit_gross, net, tax, gross, currency, tax_rate, invoice) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(&sale.id)
            .bind(Timestamp(now))
            .bind(&sale.license)
            .bind(sale.quantity)
            .bind(sale.unit_gross)
            .bind(sale.net)
            .bind(sale.tax)
            .bind(sale.gross)
            .bind(&sale.currency)
            .bind(&sale.tax_rate)
            .bind(invoice),
        )
        .statement(
            Statement::new("UPDATE sales_by_hour SET sales = sales + 1, turnover = turnover + $1 WHERE hour = $2")
                .bind(sale.gross)
                .bind(hour)
                .expect_rows(1),
        )
        .statement(
            Statement::new("UPDATE totals SET sales = sales + 1, turnover = turnover + $1 WHERE id = 1")
                .bind(sale.gross)
                .expect_rows(1),
        )
}

/// Makes the row of the hour, unless somebody else has. Looking for it in every purchase would cost each of them more than
/// the sale itself: reading the table that it writes to makes an engine copy what it read.
fn open_hour(now: i64) -> Result<(), sql::Error> {
    let insert = Statement::new(
        "INSERT INTO sales_by_hour (hour, sales, turnover) SELECT $1, 0, 0 FROM totals \
         WHERE id = 1 AND NOT EXISTS (SELECT 1 FROM sales_by_hour WHERE hour = $1)",
    );
    Batch::new().statement(insert.bind(Timestamp(hour_of(now)))).execute().map(|_| ())
}

/// A ULID, so that invoices arrive in the order of their keys, and after it 30 bits of a hash of the login, so that the
/// id stays unique over shards that are split by login, where no shard sees what the others gave out. The login itself cannot be read from it.
fn invoice_id(now: i64, login: &str) -> String {
    let mut invoice = id::ulid_at(now);
    let hash = Sha256::new_with_prefix("kontor invoice id\n").chain_update(login).finalize();
    let bits = hash.iter().take(4).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    id::push_base32(bits, 6, &mut invoice);
    invoice
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for nibble in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.push(char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }));
    }
    text
}

fn unknown_license(prices: &Prices, license: &str) -> Problem {
    let known: Vec<&str> = prices.licenses.iter().map(|(name, _)| name.as_str()).collect();
    let hint = format!("Known licences are {}.", known.join(", "));
    Problem::new(422, "unknown-license", "There is no such licence")
        .detail(format!("There is no licence {license:?}."))
        .hint(hint.clone())
        .faults(vec![Fault {
            code: "not-one-of".to_owned(),
            pointer: "/license".to_owned(),
            detail: "This licence is not sold.".to_owned(),
            hint: Some(hint),
        }])
}

fn customer_required(prices: &Prices) -> Problem {
    let code = prices.currency.code();
    let when = if prices.need_customer(0) {
        format!("for a purchase in {code}")
    } else {
        format!("above {} {code} gross", prices.currency.format_amount(prices.customer_required_above))
    };
    Problem::new(422, "customer-required", "This purchase needs the customer's name and address")
        .detail(format!("An invoice has to name its buyer {when} (§ 33 UStDV, § 14 (4) UStG)."))
        .hint("Send customer with login, name, street, zip, city and country.")
        .faults(vec![Fault {
            code: "missing".to_owned(),
            pointer: "/customer".to_owned(),
            detail: format!("The field customer is required {when}."),
            hint: None,
        }])
}
