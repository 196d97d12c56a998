//! Tests: laws of the world, whole runs against a fake server (in process, and over HTTP and SMTP).

mod bandit;
mod fake;
mod laws;
mod runs;
mod smtp;
mod wire;
