//! Whether what is stored agrees with what buyers were told.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

use crate::books::{Books, Invoice, Sale};

/// A purchase that was answered 201.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The sale's id.
    pub sale: String,
    /// The licence that was asked for.
    pub license: String,
    /// What was to be paid, minor units.
    pub gross: i64,
    /// The receipt's address: a path on the root host.
    pub receipt: String,
}

/// Everything that buyers know.
#[derive(Debug, Clone, Default)]
pub struct Promises {
    /// What was answered.
    pub kept: Vec<Promise>,
    /// By licence: purchases without a key that were sent and not answered. Each may have happened, once.
    pub uncertain: BTreeMap<String, u64>,
    /// What buyers saw that must not be seen, for example a repeat with other bytes.
    pub complaints: Vec<String>,
}

impl Promises {
    /// Adds what another buyer knows.
    pub fn add(&mut self, other: Self) {
        self.kept.extend(other.kept);
        for (license, count) in other.uncertain {
            *self.uncertain.entry(license).or_default() += count;
        }
        self.complaints.extend(other.complaints);
    }
}

/// What the comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Purchases answered 201.
    pub acknowledged: u64,
    /// Of these, not there or there with another amount; and sales whose invoice is missing or has another amount.
    pub lost: u64,
    /// Sales that nobody asked for a second time, and second invoices of one sale.
    pub doubled: u64,
    /// Numbers that are missing in their series.
    pub gaps: u64,
    /// What exactly, in words; the first few of each kind.
    pub faults: Vec<String>,
}

/// More than these of one run say nothing new.
const FAULTS_MAX: usize = 20;

impl Report {
    /// Whether nothing at all was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.gaps == 0 && self.faults.is_empty()
    }

    fn fault(&mut self, what: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(what);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, lost, doubled, gaps, .. } = self;
        write!(f, "acknowledged={acknowledged} lost={lost} doubled={doubled} gaps={gaps}")
    }
}

/// Compares. `books` are read after all events were delivered, so that each sale has its invoice.
#[must_use]
pub fn audit(promises: &Promises, books: &Books) -> Report {
    let mut report = Report { acknowledged: promises.kept.len() as u64, ..Report::default() };
    for complaint in &promises.complaints {
        report.fault(complaint.clone());
    }
    purchases_are_stored_once(promises, &books.sales, &mut report);
    sales_have_one_invoice(&books.sales, &books.invoices, &mut report);
    numbers_are_dense(&books.invoices, &mut report);
    report
}

fn purchases_are_stored_once(promises: &Promises, sales: &[Sale], report: &mut Report) {
    let mut stored: HashMap<&str, &Sale> = HashMap::with_capacity(sales.len());
    for sale in sales {
        if stored.insert(&sale.id, sale).is_some() {
            report.doubled += 1;
            report.fault(format!("the sale {} is stored twice", sale.id));
        }
    }
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for promise in &promises.kept {
        if !told.insert(&promise.sale) {
            report.lost += 1;
            report.fault(format!("two purchases were answered with the one sale {}", promise.sale));
        }
        match stored.get(promise.sale.as_str()) {
            None => {
                report.lost += 1;
                report.fault(format!("the acknowledged sale {} is not stored", promise.sale));
            }
            Some(sale) if sale.gross != promise.gross || sale.license != promise.license => {
                report.lost += 1;
                report.fault(format!("acknowledged was {promise:?}, stored is {sale:?}"));
            }
            Some(_) => {}
        }
    }
    nobody_bought_more(promises, sales, &told, report);
}

/// A sale that no answer named is either one of the uncertain purchases, or a second effect of a purchase.
fn nobody_bought_more(promises: &Promises, sales: &[Sale], told: &BTreeSet<&str>, report: &mut Report) {
    let mut untold: BTreeMap<&str, u64> = BTreeMap::new();
    for sale in sales.iter().filter(|sale| !told.contains(sale.id.as_str())) {
        *untold.entry(&sale.license).or_default() += 1;
    }
    for (license, count) in untold {
        let uncertain = promises.uncertain.get(license).copied().unwrap_or_default();
        if count > uncertain {
            report.doubled += count - uncertain;
            report.fault(format!("{count} sales of {license} are stored that nobody was told of; {uncertain} can be"));
        }
    }
}

fn sales_have_one_invoice(sales: &[Sale], invoices: &[Invoice], report: &mut Report) {
    let mut by_sale: HashMap<&str, Vec<&Invoice>> = HashMap::with_capacity(invoices.len());
    for invoice in invoices {
        by_sale.entry(&invoice.sale).or_default().push(invoice);
    }
    for sale in sales {
        match by_sale.remove(sale.id.as_str()).as_deref() {
            None | Some([]) => {
                report.lost += 1;
                report.fault(format!("the sale {} has no invoice", sale.id));
            }
            Some([invoice, again @ ..]) => {
                if invoice.gross != sale.gross {
                    report.lost += 1;
                    report.fault(format!("{sale:?} has an invoice over another amount: {invoice:?}"));
                }
                if !again.is_empty() {
                    report.doubled += again.len() as u64;
                    report.fault(format!("the sale {} has {} invoices", sale.id, again.len() + 1));
                }
            }
        }
    }
    for (sale, orphans) in by_sale {
        report.lost += 1;
        report.fault(format!("{orphans:?} is of the sale {sale}, which is not stored"));
    }
}

fn numbers_are_dense(invoices: &[Invoice], report: &mut Report) {
    let mut series: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut numbers = BTreeSet::new();
    for invoice in invoices {
        series.entry(&invoice.series).or_default().push(invoice.sequence);
        if !numbers.insert(&invoice.number) {
            report.doubled += 1;
            report.fault(format!("the number {} is there twice", invoice.number));
        }
    }
    for (name, mut sequences) in series {
        sequences.sort_unstable();
        let last = sequences.last().copied().unwrap_or_default();
        let given = sequences.len();
        sequences.dedup();
        let again = given - sequences.len();
        if again > 0 {
            report.doubled += again as u64;
            report.fault(format!("series {name:?}: {again} numbers were given a second time"));
        }
        let missing = last - i64::try_from(sequences.len()).unwrap_or(i64::MAX);
        if missing != 0 {
            report.gaps += missing.unsigned_abs();
            report.fault(format!("series {name:?}: {} numbers, and the last is {last}", sequences.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale(id: &str) -> Sale {
        Sale { id: id.into(), license: "basic".into(), gross: 1900 }
    }

    fn promise(id: &str) -> Promise {
        Promise { sale: id.into(), license: "basic".into(), gross: 1900, receipt: format!("/receipts/{id}") }
    }

    fn invoice(sale: &str, sequence: i64) -> Invoice {
        Invoice {
            sale: sale.into(),
            series: "RE-2026".into(),
            sequence,
            number: format!("RE-2026-{sequence:06}"),
            gross: 1900,
        }
    }

    /// Three purchases, three sales, three invoices.
    fn in_order() -> (Promises, Books) {
        let promises = Promises { kept: vec![promise("a"), promise("b"), promise("c")], ..Promises::default() };
        let books = Books {
            sales: vec![sale("a"), sale("b"), sale("c")],
            invoices: vec![invoice("a", 1), invoice("c", 2), invoice("b", 3)],
        };
        (promises, books)
    }

    /// What an audit of the books in order finds after `spoil` was at them: lost, doubled, gaps.
    fn found(spoil: impl FnOnce(&mut Promises, &mut Books)) -> (u64, u64, u64) {
        let (mut promises, mut books) = in_order();
        spoil(&mut promises, &mut books);
        let report = audit(&promises, &books);
        assert!(!report.is_clean(), "{report:?}");
        assert!(!report.faults.is_empty(), "what was found is said in words");
        (report.lost, report.doubled, report.gaps)
    }

    #[test]
    fn books_in_order_are_clean() {
        let (promises, books) = in_order();
        let report = audit(&promises, &books);
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(report.to_string(), "acknowledged=3 lost=0 doubled=0 gaps=0");
    }

    #[test]
    fn an_acknowledged_sale_that_is_not_stored_is_lost() {
        let gone = found(|_, books| {
            books.sales.remove(2);
            books.invoices = vec![invoice("a", 1), invoice("b", 2)];
        });
        assert_eq!(gone, (1, 0, 0));
    }

    #[test]
    fn a_sale_of_another_amount_is_lost() {
        let altered = found(|_, books| {
            books.sales[0].gross = 1;
            books.invoices[0].gross = 1;
        });
        assert_eq!(altered, (1, 0, 0));
    }

    #[test]
    fn a_sale_without_its_invoice_is_lost() {
        assert_eq!(found(|_, books| drop(books.invoices.pop())), (1, 0, 0));
    }

    #[test]
    fn an_invoice_over_another_amount_is_lost() {
        assert_eq!(found(|_, books| books.invoices[1].gross = 1899), (1, 0, 0));
    }

    #[test]
    fn an_invoice_of_no_sale_is_found() {
        assert_eq!(found(|_, books| books.invoices.push(invoice("forged", 4))), (1, 0, 0));
    }

    #[test]
    fn one_sale_for_two_purchases_is_lost() {
        assert_eq!(found(|promises, _| promises.kept.push(promise("a"))), (1, 0, 0));
    }

    #[test]
    fn a_sale_that_nobody_was_told_of_is_doubled() {
        let doubled = found(|_, books| {
            books.sales.push(sale("d"));
            books.invoices.push(invoice("d", 4));
        });
        assert_eq!(doubled, (0, 1, 0));
    }

    #[test]
    fn an_unanswered_purchase_may_have_happened_once() {
        let (mut promises, mut books) = in_order();
        promises.uncertain.insert("basic".into(), 1);
        assert!(audit(&promises, &books).is_clean());
        books.sales.push(sale("d"));
        books.invoices.push(invoice("d", 4));
        assert!(audit(&promises, &books).is_clean());
        books.sales.push(sale("e"));
        books.invoices.push(invoice("e", 5));
        assert_eq!(audit(&promises, &books).doubled, 1);
    }

    #[test]
    fn a_sale_stored_twice_is_doubled() {
        assert_eq!(found(|_, books| books.sales.push(sale("a"))).1, 1);
    }

    #[test]
    fn a_second_invoice_is_doubled() {
        assert_eq!(found(|_, books| books.invoices.push(invoice("a", 4))), (0, 1, 0));
    }

    #[test]
    fn a_number_given_twice_is_doubled() {
        assert_eq!(found(|_, books| books.invoices[2].sequence = 2), (0, 1, 0));
        assert_eq!(found(|_, books| books.invoices[2].number = books.invoices[1].number.clone()), (0, 1, 0));
    }

    #[test]
    fn a_missing_number_is_a_gap() {
        assert_eq!(found(|_, books| books.invoices[2] = invoice("b", 4)), (0, 0, 1));
    }

    #[test]
    fn a_series_that_begins_late_has_gaps() {
        let late = found(|_, books| {
            books.invoices = vec![invoice("a", 3), invoice("b", 4), invoice("c", 5)];
        });
        assert_eq!(late, (0, 0, 2));
    }
}
