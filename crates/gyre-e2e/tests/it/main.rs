//! Product tests: the real binary, from outside, over HTTP, SMTP, SQL and its command line.

mod bad_input;
mod cli;
mod collect;
mod faults;
mod import;
mod sdk;
mod server;
mod shop;
mod smtp;
