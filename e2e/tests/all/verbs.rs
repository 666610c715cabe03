//! What the program does when it is told so on the command line.

mod dev;
pub mod doctor;
mod events;
mod seals;
mod serve;
mod simulate;
mod stop;
mod tokens;
mod usage;
mod verify;
