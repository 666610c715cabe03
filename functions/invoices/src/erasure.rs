//! `POST /customers/{login}/erasure`: what the law says to a customer who wants to be forgotten.
//!
//! Whoever has to keep invoices must not erase them: Art. 17 (3) (b) GDPR takes what a legal obligation asks for out of the
//! right to erasure. The request is recorded, because its answer is due within a month (Art. 12 (3) GDPR).

use kontor_rules::Date;
use kontor_sdk::{
    Caller, Created, Fault, Json, MandatoryKey, Path, Problem, Text, Written, id, problem,
    sql::{Batch, Error, Statement, Timestamp},
    time,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    issue::{fingerprint, name_of},
    register::SELLER,
};

/// Who wants to be forgotten.
#[derive(Deserialize, ToSchema)]
pub struct Customer {
    /// The customer's login.
    #[schema(inline)]
    login: Text<1, 200>,
}

/// Why, for the record.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"why": "letter of 2026-11-21"}))]
pub struct Asked {
    /// How the request came.
    #[schema(inline)]
    why: Text<1, 1000>,
}

/// The answer to a request for erasure.
#[derive(Serialize, ToSchema)]
pub struct Answer {
    /// The customer's login.
    login: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    received_at: String,
    /// Until when the customer has to be answered: a month later (Art. 12 (3) GDPR).
    answer_by: Date,
    /// What of the customer is kept, and why.
    kept: Vec<Kept>,
    /// What the law says.
    law: &'static str,
}

/// What is kept.
#[derive(Serialize, ToSchema)]
pub struct Kept {
    /// What.
    what: &'static str,
    /// How many; 100,000 stand for that many or more.
    count: i64,
    /// The last day that it has to be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Date>,
    /// Who says so.
    because: &'static str,
}

/// What is counted of one customer.
const COUNT_MAX: i64 = 100_000;
/// § 147 (3) AO in the form of the Viertes Bürokratieentlastungsgesetz, from 2025 on.
const YEARS: u16 = 8;
const LAW: &str = "Art. 17 (3) (b) GDPR: the right to erasure does not apply to what a legal obligation asks to be kept. \
                   Invoices and accounting records are kept for eight years from the end of their year (§ 14b (1) UStG, \
                   § 147 (1) no. 4, (3) AO, § 257 HGB). Until then they are used for nothing else (Art. 18 GDPR).";

/// Answers `requestErasure`.
pub fn request_erasure(
    caller: Caller,
    Path(customer): Path<Customer>,
    key: MandatoryKey,
    Json(asked): Json<Asked>,
) -> Result<Created<Written<Answer>>, Problem> {
    let (login, now) = (&*customer.login, time::now_us());
    if login.len() > 255 {
        let detail = "The login has more than 255 bytes.".to_owned();
        let fault = Fault { code: "too-long".to_owned(), pointer: "#/path/login".to_owned(), detail, hint: None };
        return Err(problem::invalid_parameters(vec![fault]));
    }
    let request = serde_json::to_vec(&(login, &asked)).unwrap_or_default();
    let idempotency = fingerprint(key, "requestErasure", &request)?;
    let answer = Written::new(&answer(login, now)?).map_err(|error| Error::Invalid(error.to_string()))?;
    let record =
        Statement::new("INSERT INTO erasure_requests (login, id, at, by_whom, why) VALUES ($1, $2, $3, $4, $5)")
            .bind(login)
            .bind(id::ulid_at(now))
            .bind(Timestamp(now))
            .bind(name_of(&caller))
            .bind(&*asked.why);
    Ok(Created(Batch::new().statement(record).answering(Some(idempotency), answer)?))
}

fn answer(login: &str, now: i64) -> Result<Answer, Problem> {
    let newest = |text: &'static str, mine: &[&str]| {
        let bound = mine.iter().fold(Statement::new(text), |statement, value| statement.bind(*value));
        bound.bind(COUNT_MAX).one::<(i64, Option<Timestamp>)>()
    };
    let invoices = newest(
        "SELECT count(*), max(i.issued_at) FROM (SELECT issued_at FROM registrations WHERE login = $1 AND seller = $2 \
         ORDER BY login DESC, seller DESC, series DESC, period DESC, sequence DESC LIMIT $3) i",
        &[login, SELLER],
    )?;
    let entries = newest(
        "SELECT count(*), max(e.at) FROM (SELECT at FROM balance_entries WHERE login = $1 \
         ORDER BY login DESC, currency DESC, id DESC LIMIT $2) e",
        &[login],
    )?;
    let until = |at: Option<Timestamp>| Date::of_moment(at?.0, 0)?.end_of_year_after(YEARS);
    let kept = [
        ("invoices, with what happened to them", invoices, "§ 14b (1) UStG, § 147 (1) no. 4 AO"),
        ("entries of the balance", entries, "§ 147 (1) no. 4 AO, § 257 (1) no. 4 HGB"),
    ];
    let kept = kept.into_iter().filter(|(_, (count, _), _)| *count > 0);
    let today = Date::of_moment(now, 0).ok_or_else(problem::unavailable)?;
    Ok(Answer {
        login: login.to_owned(),
        received_at: time::rfc3339(now),
        answer_by: today.plus_days(30).ok_or_else(problem::unavailable)?,
        kept: kept.map(|(what, (count, at), because)| Kept { what, count, until: until(at), because }).collect(),
        law: LAW,
    })
}
