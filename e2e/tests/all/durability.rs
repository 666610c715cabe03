//! What was answered is kept, whatever happens.

mod full_disk;
mod kills;
mod tampering;
