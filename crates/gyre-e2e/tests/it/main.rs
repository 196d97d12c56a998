//! Product tests: the real binary, from outside, over HTTP, SMTP, SQL and its command line.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where something is not as it should be, and says what it left out"
)]

mod bad_input;
mod cli;
mod collect;
mod faults;
mod import;
mod kills;
mod sdk;
mod server;
mod shop;
mod smtp;
mod webhooks;
