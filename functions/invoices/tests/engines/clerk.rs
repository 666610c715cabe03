//! One of several clerks, each with customers of his own: does something, and compares the answer with the paper.

use kontor_data_conformance::random::Random;
use kontor_sdk::{Event, id, sql::Statement};
use kontor_testing::{Answer, App, service};
use serde_json::{Value, json};

use crate::books::{Customer, HOUR, Paper, Said};

/// One in so many operations is sent once more.
const REPEATED: u64 = 20;
/// µs. Clocks of processes differ, and are set back.
const JUMP: u64 = 3_600_000_000;

pub struct Clerk {
    app: App,
    random: Random,
    customers: Vec<Customer>,
    name: usize,
    now: i64,
    sales: u64,
    /// What was not as on paper.
    pub wrong: Vec<String>,
    pub operations: u64,
}

impl Clerk {
    pub fn new(app: App, name: usize, random: Random, now: i64) -> Self {
        let customer = |index| Customer { login: format!("c{name}-{index}"), ..Customer::default() };
        Self {
            app,
            random,
            customers: (0..3).map(customer).collect(),
            name,
            now,
            sales: 0,
            wrong: Vec::new(),
            operations: 0,
        }
    }

    pub fn work(&mut self, operations: u64) {
        for _ in 0..operations {
            let jump = i64::try_from(self.random.below(2 * JUMP)).unwrap() - i64::try_from(JUMP).unwrap() * 9 / 10;
            self.now += jump;
            self.app.set_time(self.now);
            let at = usize::try_from(self.random.below(self.customers.len() as u64)).unwrap();
            self.step(at);
            self.operations += 1;
        }
    }

    /// An amount around what may be asked for: less, just that, and more.
    fn amount(&mut self, around: i64) -> i64 {
        match self.random.below(4) {
            0 => around.max(1),
            1 => around + 1,
            _ => 1 + i64::try_from(self.random.below(u64::try_from(around.max(0) + HOUR).unwrap())).unwrap(),
        }
    }

    fn step(&mut self, at: usize) {
        let invoices = self.customers[at].invoices.len() as u64;
        let kind = if invoices == 0 { self.random.below(4) } else { self.random.below(16) };
        match kind {
            0 | 1 => self.register(at),
            2 => self.sell(),
            3 => self.book(at),
            _ => {
                // Mostly the newest ones: there is more to be done with them.
                let last = usize::try_from(invoices - 1 - self.random.below(invoices.min(4))).unwrap();
                self.change(at, last, kind);
            }
        }
        self.balance_is_right(at);
    }

    fn register(&mut self, at: usize) {
        let hours = 1 + i64::try_from(self.random.below(5)).unwrap();
        let (total, balance) = (hours * HOUR, self.customers[at].balance);
        let (asked, said) = match self.random.below(4) {
            0 => (json!("all"), Ok(balance.min(total))),
            1 => {
                let amount = self.amount(balance);
                let said = if amount > total {
                    Err("exceeds-open")
                } else if amount > balance {
                    Err("balance-too-small")
                } else {
                    Ok(amount)
                };
                (json!(amount), said)
            }
            _ => (json!("none"), Ok(0)),
        };
        let draft = json!({
            "login": self.customers[at].login, "buyer": buyer(), "currency": "EUR", "pricing": "net",
            "delivery": {"date": "2026-11-21"}, "use_balance": asked, "lines": [line(hours)],
            "series": if self.random.below(5) == 0 { json!("K") } else { Value::Null },
        });
        let answer = self.send("/invoices", &draft);
        if self.is_as(&answer, &said.map(|_| ()), "register")
            && let Ok(used) = said
        {
            let invoice = answer.json();
            if invoice["balance_used"] != used || invoice["gross"] != total {
                self.wrong.push(format!("{used} of the balance pay {total}: {invoice}"));
            }
            let customer = &mut self.customers[at];
            customer.balance -= used;
            customer.invoices.push(Paper::new(invoice["id"].as_str().unwrap(), hours, used));
        }
    }

    /// A sale's event, and once in a while the same one again.
    fn sell(&mut self) {
        self.sales += 1;
        let sale = format!("{}-{}", self.name, self.sales);
        let payload = json!({
            "version": 1, "sale": sale, "invoice": format!("{}{}", id::ulid_at(self.now), "000000"), "sold_at_us": self.now,
            "currency": "EUR", "tax_rate": "19", "gross": 1_900, "receipt_hash": "",
            "lines": [{"name": "basic", "quantity": 1, "unit_gross": 1_900}], "buyer": {"login": format!("guest-{sale}")},
        });
        let event = Event {
            id: self.sales,
            source: "sales".to_owned(),
            name: "sale.made".to_owned(),
            payload: payload.to_string(),
            attempt: 1,
            ..Event::default()
        };
        for _ in 0..=u64::from(self.random.below(4) == 0) {
            if let Err(error) = self.app.deliver(&event) {
                self.wrong.push(format!("a sale is not taken: {error:?}"));
            }
        }
    }

    fn book(&mut self, at: usize) {
        let amount = self.amount(self.customers[at].balance);
        let deposit = self.random.below(2) == 0;
        let body = json!({
            "operation": if deposit { "deposit" } else { "pay_out" }, "currency": "EUR", "amount": amount, "why": "model",
        });
        let path = format!("/customers/{}/balance", self.customers[at].login);
        let answer = self.send(&path, &body);
        let said = if deposit {
            self.customers[at].balance += amount;
            Ok(())
        } else {
            self.customers[at].pay_out(amount)
        };
        self.is_as(&answer, &said, "book");
    }

    fn change(&mut self, at: usize, nth: usize, kind: u64) {
        let paper = self.customers[at].invoices[nth].clone();
        let path = |what: &str| format!("/invoices/{}/{what}", paper.id);
        let hours = 1 + i64::try_from(self.random.below(3)).unwrap();
        let around = match kind {
            4..=8 => paper.open,
            9 | 10 => paper.back - paper.refunded,
            11 => paper.paid,
            _ => paper.open.min(self.customers[at].balance),
        };
        let amount = self.amount(around);
        let money = json!({"amount": amount, "why": "model"});
        let (what, body) = match kind {
            4..=8 => ("payments", money),
            9 | 10 => ("refunds", money),
            11 => ("chargebacks", money),
            12 | 13 => ("balance-uses", money),
            14 => ("cancellation", json!({"reason": "model"})),
            // What is cancelled would be stated anew.
            _ if paper.cancelled => return,
            _ => ("corrections", json!({"lines": [line(hours)], "reason": "model"})),
        };
        let answer = self.send(&path(what), &body);
        let customer = &mut self.customers[at];
        let said = match kind {
            4..=8 => customer.pay(nth, amount),
            9 | 10 => customer.refund(nth, amount),
            11 => customer.charge_back(nth, amount),
            12 | 13 => customer.use_balance(nth, amount),
            14 => customer.cancel(nth),
            _ => customer.credit(nth, hours),
        };
        let open = customer.invoices[nth].open;
        if self.is_as(&answer, &said, what) && said.is_ok() && kind < 14 && answer.json()["open"] != open {
            self.wrong.push(format!("{what}: {open} are open on paper, and {}", answer.text()));
        }
        self.account_is_right(at, nth);
    }

    /// Sends it, now and then twice: then both answers are the same.
    fn send(&mut self, path: &str, body: &Value) -> Answer {
        let key = id::ulid();
        let caller = service(&["invoices:read", "invoices:write"]);
        let send = || self.app.post(path).caller(caller.clone()).header("idempotency-key", &key).json(body).send();
        let answer = send();
        if answer.status() == 201 && self.random.below(REPEATED) == 0 {
            let again = send();
            if again != answer {
                self.wrong.push(format!("{path} is answered {} again, and was {}", again.text(), answer.text()));
            }
        }
        answer
    }

    /// Whether it is answered as the books say.
    fn is_as(&mut self, answer: &Answer, said: &Said, what: &str) -> bool {
        let fits = match said {
            Ok(()) => answer.status() == 201,
            Err(code) => answer.status() == 409 && answer.json()["code"] == **code,
        };
        if !fits {
            self.wrong.push(format!("{what}: on paper {said:?}, answered {} {}", answer.status(), answer.text()));
        }
        fits
    }

    /// The entries of an invoice sum to zero, and those on its receivable to what is open.
    fn account_is_right(&mut self, at: usize, nth: usize) {
        let paper = &self.customers[at].invoices[nth];
        let sums = Statement::new(
            "SELECT sum(receivable), sum(CASE WHEN receivable + balance + revenue + vat + cash + rounding = 0 THEN 0 ELSE 1 END) \
             FROM history WHERE invoice = $1",
        );
        let found = self.app.rows::<(i64, i64)>(sums.bind(&paper.id));
        if found != Ok(vec![(paper.open, 0)]) {
            self.wrong.push(format!("{} are open on paper, and there are {found:?} of {}", paper.open, paper.id));
        }
    }

    fn balance_is_right(&mut self, at: usize) {
        let customer = &self.customers[at];
        let read = Statement::new("SELECT amount FROM balances WHERE login = $1 AND currency = 'EUR'");
        let found = self.app.rows::<(i64,)>(read.bind(&customer.login));
        let found = found.map(|rows| rows.first().map_or(0, |(amount,)| *amount));
        if found != Ok(customer.balance) {
            self.wrong.push(format!("{} has {} on paper, and {found:?}", customer.login, customer.balance));
        }
    }
}

fn line(hours: i64) -> Value {
    json!({"name": "Beratung", "quantity": hours, "unit": "HUR", "unit_price": "50.00", "rate": "19"})
}

fn buyer() -> Value {
    json!({"name": "Anna Beispiel", "street": "Weg 1", "zip": "10115", "city": "Berlin", "country": "DE"})
}
