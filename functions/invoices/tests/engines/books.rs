//! What a customer's account should be, as a bookkeeper would work it out on paper, and by nothing of `rules`.

/// Gross of one hour, minor units: 50.00 and 19 %.
pub const HOUR: i64 = 5_950;

/// An invoice on paper.
#[derive(Debug, Clone, Default)]
pub struct Paper {
    pub id: String,
    /// Hours that were invoiced, and those that credits took back.
    pub hours: i64,
    pub credited: i64,
    pub open: i64,
    /// Money that came in, less what was charged back.
    pub paid: i64,
    /// What became balance, and what of that was given back as money.
    pub back: i64,
    pub refunded: i64,
    pub cancelled: bool,
}

/// A customer on paper.
#[derive(Debug, Default)]
pub struct Customer {
    pub login: String,
    pub balance: i64,
    pub invoices: Vec<Paper>,
}

/// What the books say to an operation: done, or why not.
pub type Said = Result<(), &'static str>;

impl Paper {
    pub fn new(id: &str, hours: i64, used: i64) -> Self {
        Self { id: id.to_owned(), hours, open: hours * HOUR - used, ..Self::default() }
    }

    fn refundable(&self) -> i64 {
        (self.back.min(self.paid) - self.refunded).max(0)
    }

    /// Takes an amount back: what is open falls, and what was paid goes to the balance.
    fn take_back(&mut self, amount: i64) -> i64 {
        let back = (amount - self.open).max(0);
        self.open -= amount - back;
        self.back += back;
        back
    }
}

impl Customer {
    pub fn pay(&mut self, at: usize, amount: i64) -> Said {
        let invoice = &mut self.invoices[at];
        let over = (amount - invoice.open).max(0);
        invoice.open -= amount - over;
        invoice.paid += amount;
        invoice.back += over;
        self.balance += over;
        Ok(())
    }

    pub fn refund(&mut self, at: usize, amount: i64) -> Said {
        let invoice = &mut self.invoices[at];
        if amount > invoice.refundable() {
            return Err("exceeds-refundable");
        }
        if amount > self.balance {
            return Err("balance-too-small");
        }
        invoice.refunded += amount;
        self.balance -= amount;
        Ok(())
    }

    pub fn charge_back(&mut self, at: usize, amount: i64) -> Said {
        let invoice = &mut self.invoices[at];
        if amount > invoice.paid {
            return Err("exceeds-paid");
        }
        invoice.paid -= amount;
        invoice.open += amount;
        Ok(())
    }

    pub fn use_balance(&mut self, at: usize, amount: i64) -> Said {
        let invoice = &mut self.invoices[at];
        if invoice.cancelled {
            return Err("already-cancelled");
        }
        if amount > invoice.open {
            return Err("exceeds-open");
        }
        if amount > self.balance {
            return Err("balance-too-small");
        }
        invoice.open -= amount;
        self.balance -= amount;
        Ok(())
    }

    pub fn cancel(&mut self, at: usize) -> Said {
        let invoice = &mut self.invoices[at];
        if invoice.cancelled {
            return Err("already-cancelled");
        }
        if invoice.credited > 0 {
            return Err("already-corrected");
        }
        self.balance += invoice.take_back(invoice.hours * HOUR);
        invoice.cancelled = true;
        Ok(())
    }

    pub fn credit(&mut self, at: usize, hours: i64) -> Said {
        let invoice = &mut self.invoices[at];
        if invoice.credited + hours > invoice.hours {
            return Err("correction-exceeds-original");
        }
        invoice.credited += hours;
        self.balance += invoice.take_back(hours * HOUR);
        Ok(())
    }

    pub fn pay_out(&mut self, amount: i64) -> Said {
        if amount > self.balance {
            return Err("balance-too-small");
        }
        self.balance -= amount;
        Ok(())
    }
}
