//! `gyre-sim`: simulated customers of a shop, for a Gyre server to work on, and the truth about what
//! moved them.
//!
//! It uses the server as a shop does: events over HTTP, e-mail over SMTP, decisions asked at visits. Or it
//! writes the files of a campaign that is over, dirt included (`prime-day`).
//! It links none of Gyre's crates, and the server never sees what is known here.

mod cli;
mod client;
mod customer;
mod dice;
mod events;
mod gyre;
mod history;
mod oracle;
mod path;
mod policy;
mod prime;
mod run;
mod sink;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod truth;
mod world;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be done when even this cannot be said.
            drop(writeln!(std::io::stderr(), "error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
