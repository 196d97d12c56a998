//! Product tests: the real binary, from outside, over HTTP, SMTP, SQL and its command line.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where something is not as it should be, and says what it left out"
)]

mod audiences;
mod backups;
mod bad_input;
mod boards;
mod cli;
mod collect;
mod connectors;
mod consent;
mod damage;
mod dedup;
mod faults;
mod features;
mod formats;
mod handed_on;
mod identity;
mod import;
mod kills;
mod ledger;
mod letters;
mod metric_doors;
mod metrics;
mod notices;
mod postgres;
mod prime_day;
mod promoted;
mod proxy;
mod rectify;
mod replay;
mod rights;
mod scan;
mod sdk;
mod sealed;
mod server;
mod shop;
mod signals;
mod smtp;
mod sources;
mod sql;
mod webhooks;
mod withheld;
