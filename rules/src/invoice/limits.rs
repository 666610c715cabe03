//! What an invoice holds at most. Every message about one of them names it.

/// Lines.
pub const LINES_MAX: usize = 1_000;
/// Allowances, and as many charges, on one line.
pub const LINE_ALLOWANCES_MAX: usize = 20;
/// Allowances, and as many charges, on the whole.
pub const ALLOWANCES_MAX: usize = 50;
/// Notes.
pub const NOTES_MAX: usize = 20;
/// Ways to pay, and steps of skonto.
pub const PAYMENT_MAX: usize = 5;
/// Exemptions: one for each category that has none of the tax.
pub const EXEMPTIONS_MAX: usize = 5;
/// Characters of a login.
pub const LOGIN_MAX: usize = 200;
/// Characters of a name, a street, a town, a reference.
pub const TEXT_MAX: usize = 200;
/// Characters of a description, a note, terms, a reason.
pub const LONG_TEXT_MAX: usize = 1_000;
/// Characters of an id, a number in a register, a tax number.
pub const ID_MAX: usize = 64;
/// Characters of a source.
pub const SOURCE_MAX: usize = 100;
/// A quantity, either way.
pub const QUANTITY_MAX: i64 = 1_000_000_000;
/// A base quantity.
pub const BASE_QUANTITY_MAX: i64 = 1_000_000;
/// A unit price, in the currency's major unit.
pub const UNIT_PRICE_MAX: i64 = 100_000_000_000;
/// Digits behind the point of a quantity or a unit price.
pub const DECIMALS_MAX: u32 = 6;
/// Digits behind the point of a percentage.
pub const PERCENT_DECIMALS_MAX: u32 = 4;
/// Days to pay.
pub const DAYS_MAX: i64 = 1_000;
/// Up to here an invoice may lack its buyer: 250.00 EUR gross, in minor units (§ 33 sentence 1 UStDV).
pub const SMALL_AMOUNT_MAX: i64 = 25_000;
/// A moment, µs since 1970 UTC: in the year 2255. Past it, JSON's numbers are not exact in every program.
pub const MOMENT_MAX: i64 = (1 << 53) - 1;
