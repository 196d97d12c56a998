//! The mail box: a real SMTP server that takes every e-mail the shop sends to its customers.
//!
//! A message is in the box before it is acknowledged, so that when the server says that all mail was
//! handed over, all mail is here.

use anyhow::Context;
use mailin::{Action, Handler, Response, SessionBuilder, response};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// One e-mail, with what the server says of it in the headers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) send: String,
    pub(crate) campaign: String,
    pub(crate) variant: String,
    pub(crate) token: String,
}

/// What came in.
#[derive(Debug, Default)]
struct Arrived {
    new: Vec<Mail>,
    /// How often each send id came.
    sends: BTreeMap<String, u64>,
    /// E-mails without a send id.
    nameless: u64,
}

/// Counts over all e-mails so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) received: u64,
    /// E-mails whose send id had come before.
    pub(crate) duplicates: u64,
    pub(crate) nameless: u64,
}

/// The mail box.
#[derive(Debug, Clone)]
pub(crate) struct Sink {
    arrived: Arc<Mutex<Arrived>>,
    address: SocketAddr,
}

impl Sink {
    /// Listens; connections are served by threads of their own until the process ends.
    pub(crate) fn listen(address: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .with_context(|| format!("cannot listen for SMTP on {address}"))?;
        let sink =
            Self { arrived: Arc::default(), address: listener.local_addr().context("no port")? };
        let arrived = Arc::clone(&sink.arrived);
        thread::Builder::new().name("smtp".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let arrived = Arc::clone(&arrived);
                // A connection that breaks is the client's to report: it has no acknowledgement.
                let serve = move || drop(serve(stream, arrived));
                drop(thread::Builder::new().name("smtp-session".to_owned()).spawn(serve));
            }
        })?;
        Ok(sink)
    }
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
    /// Takes what came since the last time, in order of address and send id.
    pub(crate) fn take(&self) -> Vec<Mail> {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let mut mails = std::mem::take(&mut arrived.new);
        mails.sort();
        mails
    }
    /// How many came so far.
    pub(crate) fn counts(&self) -> Counts {
        let arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let named: u64 = arrived.sends.values().sum();
        Counts {
            received: named + arrived.nameless,
            duplicates: named - arrived.sends.len() as u64,
            nameless: arrived.nameless,
        }
    }
}

fn serve(stream: TcpStream, arrived: Arc<Mutex<Arrived>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let peer: IpAddr = stream.peer_addr()?.ip();
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let handler = Box { arrived, to: String::new(), data: Vec::new() };
    let mut session = SessionBuilder::new("customers.example").build(peer, handler);
    answer(&mut writer, &session.greeting())?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let said = session.process(&line);
        match said.action {
            Action::Reply => answer(&mut writer, &said)?,
            Action::NoReply => {}
            Action::Close | Action::UpgradeTls => return answer(&mut writer, &said),
        }
    }
}

fn answer(writer: &mut TcpStream, said: &Response) -> io::Result<()> {
    let mut text = Vec::new();
    said.write_to(&mut text)?;
    writer.write_all(&text)
}

/// One connection's side of the mail box.
struct Box {
    arrived: Arc<Mutex<Arrived>>,
    to: String,
    data: Vec<u8>,
}

impl Handler for Box {
    fn rcpt(&mut self, to: &str) -> Response {
        to.trim_matches(['<', '>']).clone_into(&mut self.to);
        response::OK
    }
    fn data_start(&mut self, _: &str, _: &str, _: bool, _: &[String]) -> Response {
        self.data.clear();
        response::OK
    }
    fn data(&mut self, part: &[u8]) -> io::Result<()> {
        self.data.extend_from_slice(part);
        Ok(())
    }
    fn data_end(&mut self) -> Response {
        let headers = headers(&String::from_utf8_lossy(&self.data));
        let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
        let mail = Mail {
            to: std::mem::take(&mut self.to),
            send: header("x-gyre-send-id"),
            campaign: header("x-gyre-campaign"),
            variant: header("x-gyre-variant"),
            token: header("x-gyre-token"),
        };
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        if mail.send.is_empty() {
            arrived.nameless += 1;
        } else {
            *arrived.sends.entry(mail.send.clone()).or_default() += 1;
        }
        arrived.new.push(mail);
        response::OK
    }
}

/// The headers by lower-case name, folded lines joined without the fold.
fn headers(message: &str) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in message.lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some(value) = current.as_ref().and_then(|name| headers.get_mut(name)) {
                // Tokens have no spaces: a fold inside one was made by the mail library.
                let value: &mut String = value;
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let name = name.trim().to_ascii_lowercase();
            headers.insert(name.clone(), value.trim().to_owned());
            current = Some(name);
        }
    }
    headers
}
