//! The text that is frozen.

use serde_json::Value;

use super::Invoice;
use crate::seal::{NotCanonical, canonical_text};

/// What is not written if it is zero or false: reading takes it for that. They would be a tenth of most invoices.
const LEFT_OUT: [&str; 4] = ["small_amount", "allowances_net", "charges_net", "rounding"];
const LEFT_OUT_OF_SELLER: [&str; 2] = ["small_business", "sample"];

impl Invoice {
    /// The canonical JSON (RFC 8785) that is stored, hashed and sealed. Fields that are zero or false as they mostly are do
    /// not stand in it.
    ///
    /// # Errors
    /// [`NotCanonical`].
    pub fn frozen(&self) -> Result<String, NotCanonical> {
        let mut invoice = serde_json::to_value(self)?;
        leave_out(Some(&mut invoice), &LEFT_OUT);
        leave_out(invoice.get_mut("seller"), &LEFT_OUT_OF_SELLER);
        canonical_text(&invoice)
    }
}

fn leave_out(object: Option<&mut Value>, names: &[&str]) {
    let is_nothing = |value: &Value| *value == Value::Bool(false) || value.as_i64() == Some(0);
    if let Some(fields) = object.and_then(Value::as_object_mut) {
        fields.retain(|name, value| !(is_nothing(value) && names.contains(&name.as_str())));
    }
}
