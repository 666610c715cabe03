//! Which statements are allowed. Stub.
