//! `cargo xtask demo`: a server and simulated customers on this machine, and how to look at what they
//! made of each other. Everything lies in a fresh folder that goes when the demo ends.

mod running;

use crate::{exec, place, ui};
use running::Running;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The key of the shop's source in `examples/shop`: a key to write events, known to every browser.
const WRITE_KEY: &str = "shop-server-key-0001";

/// How long the server may take to answer; it has nothing to recover.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often what goes on is looked at.
const TICK: Duration = Duration::from_millis(50);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ends after the report and does not stay up to be looked at.
    #[arg(long)]
    once: bool,
    /// The world; the same seed gives the same report.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Customers.
    #[arg(long, default_value_t = 3000)]
    people: u32,
    /// Turns of the loop, of 28 simulated days each.
    #[arg(long, default_value_t = 6)]
    turns: u32,
    /// Says where wall time went.
    #[arg(long)]
    profile: bool,
    /// Where the report goes as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The places of one demo.
struct Stand {
    gyre: PathBuf,
    sim: PathBuf,
    data: PathBuf,
    log: PathBuf,
    http: SocketAddr,
    smtp: SocketAddr,
    stop: Arc<AtomicBool>,
}

/// Runs the demo.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    ui::build_if_possible()?;
    exec::run(exec::cargo()?.args(["build", "--package", "gyre", "--package", "gyre-sim"]))?;
    let folder = tempfile::Builder::new().prefix("gyre-demo-").tempdir()?;
    let [http, smtp] = free_addresses()?;
    let stand = Stand {
        gyre: place::built("debug", "gyre")?,
        sim: place::built("debug", "gyre-sim")?,
        data: folder.path().join("data"),
        log: folder.path().join("server.log"),
        http,
        smtp,
        stop,
    };
    let done = stand.show(args);
    if done.is_err() && !stand.is_stopped() {
        stand.say_log();
    }
    match done {
        Err(_) if stand.is_stopped() => anyhow::bail!("stopped"),
        done => done,
    }
}

/// Two addresses on this machine that nobody listens on.
fn free_addresses() -> anyhow::Result<[SocketAddr; 2]> {
    // Both are held until both are known, so that they differ.
    let (one, two) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok([one.local_addr()?, two.local_addr()?])
}

impl Stand {
    fn show(&self, args: &Args) -> anyhow::Result<()> {
        let mut server = self.start_server(args.seed)?;
        self.wait_for(&mut server)?;
        self.say_where_the_pages_are()?;
        self.run(&mut server, Running::start("gyre apply", &mut self.apply()?)?)?;
        self.run(&mut server, Running::start("gyre-sim", &mut self.simulate(args))?)?;
        if args.once {
            return server.stop();
        }
        self.say_how_to_look();
        while !self.is_stopped() {
            self.check(&mut server)?;
            std::thread::sleep(TICK);
        }
        server.stop()
    }

    fn start_server(&self, seed: u64) -> anyhow::Result<Running> {
        let log = File::create(&self.log)?;
        let mut serve = program(&self.gyre);
        serve.arg("serve").arg("--data").arg(&self.data);
        serve.args([
            "--listen",
            &self.http.to_string(),
            "--smtp",
            &format!("smtp://{}", self.smtp),
        ]);
        serve.args(["--from", "Shop <shop@example.com>"]);
        serve.args(["--clock", "manual", "--start", "2026-01-01T00:00:00Z"]);
        // With this, the same world gives the same report.
        serve.args(["--secret-seed", &seed.to_string()]);
        serve.stdout(log.try_clone()?).stderr(log);
        Running::start("gyre serve", &mut serve)
    }

    fn wait_for(&self, server: &mut Running) -> anyhow::Result<()> {
        let begun = Instant::now();
        while !is_healthy(self.http) {
            self.check(server)?;
            anyhow::ensure!(begun.elapsed() < PATIENCE, "the server does not answer");
            std::thread::sleep(TICK);
        }
        Ok(())
    }

    fn apply(&self) -> anyhow::Result<Command> {
        let mut apply = program(&self.gyre);
        apply.arg("apply").arg(place::root()?.join("examples/shop"));
        self.address(&mut apply);
        Ok(apply)
    }

    fn simulate(&self, args: &Args) -> Command {
        let mut sim = program(&self.sim);
        sim.arg("run");
        self.address(&mut sim);
        sim.args(["--write-key", WRITE_KEY, "--smtp-listen", &self.smtp.to_string()]);
        sim.args(["--seed", &args.seed.to_string(), "--people", &args.people.to_string()]);
        sim.args(["--turns", &args.turns.to_string()]);
        if let Some(json) = &args.json {
            sim.arg("--json").arg(json);
        }
        if args.profile {
            sim.arg("--profile");
        }
        sim
    }

    fn address(&self, command: &mut Command) {
        command.args(["--server", &self.url(), "--token-file"]).arg(self.token());
    }

    fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    fn token(&self) -> PathBuf {
        self.data.join("token")
    }

    /// Waits for a program to end well, while the server lives and nobody asks to stop.
    fn run(&self, server: &mut Running, mut other: Running) -> anyhow::Result<()> {
        loop {
            if let Some(status) = other.ended()? {
                return other.judge(status);
            }
            self.check(server)?;
            std::thread::sleep(TICK);
        }
    }

    fn check(&self, server: &mut Running) -> anyhow::Result<()> {
        anyhow::ensure!(!self.is_stopped(), "stopped");
        match server.ended()? {
            Some(status) => Err(died(status)),
            None => Ok(()),
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// The end of what the server said.
    fn say_log(&self) {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        for line in &lines[lines.len().saturating_sub(20)..] {
            exec::say(&format!("server: {line}"));
        }
    }

    /// First, so that the loop can be watched while it turns. What is behind `#` stays in the browser.
    fn say_where_the_pages_are(&self) -> anyhow::Result<()> {
        let token = std::fs::read_to_string(self.token())?;
        exec::say(&format!("\nThe pages: {}/setup#token={}\n", self.url(), token.trim()));
        Ok(())
    }

    fn say_how_to_look(&self) {
        let gyre = self.gyre.display();
        let at = format!("--server {} --token-file {}", self.url(), self.token().display());
        exec::say(&format!(
            "\nThe server stays up until Ctrl-C. To look at it from the command line:\n\
             \x20 {gyre} loop show repurchase {at}\n\
             \x20 {gyre} query \"select * from decisions order by decided_at desc limit 5\" {at}\n\
             \x20 {gyre} decisions explain DECISION_ID {at}\n\
             \x20 curl {}/healthz\n\
             its log: {}",
            self.url(),
            self.log.display()
        ));
    }
}

/// A program that is told everything here, and nothing by the user's own settings.
fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GYRE_") {
            command.env_remove(name);
        }
    }
    command
}

fn died(status: ExitStatus) -> anyhow::Error {
    anyhow::anyhow!("the server ended: {status}")
}

/// Whether `GET /healthz` is answered with 200.
fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let request =
            format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(&status == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader};

    #[test]
    fn a_server_is_healthy_when_it_says_200() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
                let (mut stream, _) = listener.accept().unwrap();
                // All of it: what is closed with something unread is reset.
                let mut asked =
                    BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                assert_eq!(asked.next().as_deref(), Some("GET /healthz HTTP/1.1"));
                asked.find(String::is_empty).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        assert!(!is_healthy(address));
        assert!(is_healthy(address));
        server.join().unwrap();
        assert!(!is_healthy(address));
    }
}
