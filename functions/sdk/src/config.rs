//! Configuration that the operator set. Read once an instance, not once a request.

use std::{
    any::{Any, TypeId},
    cell::RefCell,
    ops::Deref,
    rc::Rc,
    str::FromStr,
};

use crate::{Problem, document::OperationDocument, extract::Extract, request::Call, seam};

/// A configuration value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration key {key} cannot be used: {what}")]
pub struct Misconfigured {
    /// The key.
    pub key: String,
    /// What is wrong and what to write instead.
    pub what: String,
}

impl Misconfigured {
    /// A value that cannot be used: the key, and what is wrong with it and what to write instead.
    #[must_use]
    pub fn new(key: &str, what: impl Into<String>) -> Self {
        Self { key: key.to_owned(), what: what.into() }
    }
}

/// The value as text; none if it is neither set nor has a default.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    seam::config(key).filter(|value| !value.trim().is_empty())
}

/// The value, which has to be there and be read as a `T`.
///
/// # Errors
/// If it is not there, or no `T`.
pub fn need<T: FromStr<Err: ToString>>(key: &str) -> Result<T, Misconfigured> {
    let value = get(key).ok_or_else(|| Misconfigured::new(key, "it is not set"))?;
    value
        .trim()
        .parse()
        .map_err(|error: T::Err| Misconfigured::new(key, format!("it reads {value:?}: {}", error.to_string())))
}

/// Configuration in the shape that a function uses.
pub trait Configuration: Sized + 'static {
    /// Reads the keys and checks them.
    ///
    /// # Errors
    /// The first key that cannot be used.
    fn read() -> Result<Self, Misconfigured>;

    /// Every key that cannot be used, for the operator. Worth writing where several keys have to be set.
    fn faults() -> Vec<Misconfigured> {
        Self::read().err().into_iter().collect()
    }
}

type Cached = Vec<(TypeId, Rc<dyn Any>)>;

thread_local! {
    static CACHE: RefCell<Cached> = const { RefCell::new(Vec::new()) };
}

/// The configuration, read at its first use in this instance. What cannot be used is read again next time.
///
/// # Errors
/// The first key that cannot be used.
pub fn cached<T: Configuration>() -> Result<Rc<T>, Misconfigured> {
    let wanted = TypeId::of::<T>();
    let found =
        CACHE.with_borrow(|cache| cache.iter().find(|(id, _)| *id == wanted).map(|(_, value)| Rc::clone(value)));
    if let Some(Ok(value)) = found.map(Rc::downcast::<T>) {
        return Ok(value);
    }
    let value = Rc::new(T::read()?);
    CACHE.with_borrow_mut(|cache| cache.push((wanted, Rc::clone(&value) as Rc<dyn Any>)));
    Ok(value)
}

/// Forgets what was read. For tests, which give one thread several configurations.
pub fn forget() {
    CACHE.with_borrow_mut(Vec::clear);
}

/// Extracts configuration. If it cannot be used, the answer is 503 `misconfigured` and the log names the key.
pub struct Config<T>(pub Rc<T>);

impl<T> Deref for Config<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Configuration> Extract for Config<T> {
    fn extract(_: &mut Call<'_>) -> Result<Self, Problem> {
        Ok(Self(cached()?))
    }

    fn document(_: &mut OperationDocument) {}
}
