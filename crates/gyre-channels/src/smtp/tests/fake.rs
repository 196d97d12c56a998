//! A mail server of a few lines that misbehaves at a chosen word.

use super::{channel, deliver, message, options, permitted};
use crate::smtp::Options;
use gyre_ports::{Channel, Message, Sent};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it does.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Says this.
    Say(&'static str),
    /// Hangs up.
    HangUp,
    /// Says nothing more.
    Hang,
}

/// What it has seen.
#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    texts: usize,
}

/// The words are the verbs of SMTP, `hello` for the greeting, `text` for the first line of a text and
/// `.` for its end. A fault shows on the connection with that number, or on each.
#[derive(Debug, Clone, Copy)]
struct Fault {
    word: &'static str,
    act: Act,
    connection: Option<usize>,
    /// On the message with that number of the connection, or on each.
    message: Option<usize>,
}

struct Fake {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Fake {
    async fn start(faults: Vec<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut seen = shared.lock();
                    seen.connections += 1;
                    seen.connections
                };
                let mine: Vec<Fault> = faults
                    .iter()
                    .filter(|one| one.connection.is_none_or(|c| c == number))
                    .copied()
                    .collect();
                tokio::spawn(serve(stream, mine, Arc::clone(&shared)));
            }
        });
        Self { port, seen }
    }
}

/// Serves a connection until somebody hangs up.
async fn serve(stream: TcpStream, faults: Vec<Fault>, seen: Arc<Mutex<Seen>>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut message = 0;
    let mut word = "hello".to_owned();
    let mut in_text = false;
    loop {
        if word == "MAIL" {
            message += 1;
        }
        if word == "." {
            seen.lock().texts += 1;
        }
        let fault = faults
            .iter()
            .find(|one| one.word == word && one.message.is_none_or(|number| number == message));
        let reply = match fault.map(|one| one.act) {
            Some(Act::HangUp) => return,
            Some(Act::Hang) => return std::future::pending().await,
            Some(Act::Say(reply)) => reply,
            None => match word.as_str() {
                "hello" => "220 fake",
                "DATA" => "354 go on",
                "text" => "",
                _ => "250 ok",
            },
        };
        if !reply.is_empty() && writer.write_all(format!("{reply}\r\n").as_bytes()).await.is_err() {
            return;
        }
        if word == "DATA" && reply.starts_with('3') {
            in_text = true;
        }
        if word == "." {
            in_text = false;
        }
        let Ok(Some(line)) = lines.next_line().await else { return };
        word = match (in_text, line.as_str()) {
            (true, ".") => ".".to_owned(),
            (true, _) => "text".to_owned(),
            (false, line) => line.chars().take(4).collect::<String>().to_uppercase(),
        };
    }
}

fn at(word: &'static str, act: Act) -> Vec<Fault> {
    vec![Fault { word, act, connection: None, message: None }]
}

async fn send(options: &Options, messages: Vec<Message>) -> Vec<Sent> {
    deliver(&channel(options), messages).await
}

/// Sends one message to a server with faults; says what came of it and how many texts arrived whole.
async fn check(faults: Vec<Fault>, patience: Duration) -> (Sent, usize) {
    let fake = Fake::start(faults).await;
    let options = Options { timeout: patience, ..options(fake.port) };
    let sent = send(&options, vec![message(1, "ada@example.org")]).await;
    let texts = fake.seen.lock().texts;
    (sent.into_iter().next().unwrap(), texts)
}

const LONG: Duration = Duration::from_mins(1);

/// The server hangs for good at a word. Patience grows until the conversation comes that far.
async fn check_hang(word: &'static str, expected: (Sent, usize)) {
    let mut patience = Duration::from_millis(100);
    loop {
        let got = check(at(word, Act::Hang), patience).await;
        if got == expected || patience > LONG {
            assert_eq!(got, expected, "{word}");
            return;
        }
        patience *= 2;
    }
}

fn deferred(why: &str) -> Sent {
    Sent::Deferred { why: why.to_owned() }
}

fn uncertain(why: &str) -> Sent {
    Sent::Uncertain { why: why.to_owned() }
}

#[tokio::test]
async fn a_message_is_taken() {
    assert_eq!(check(Vec::new(), LONG).await, (Sent::Accepted, 1));
}

#[tokio::test]
async fn nobody_listens() {
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        free.local_addr().unwrap().port()
    };
    let sent = send(&options(port), vec![message(1, "ada@example.org")]).await;
    assert_eq!(sent, [deferred("connection broken at connecting")]);
}

#[tokio::test]
async fn what_breaks_before_the_text_is_deferred() {
    let why = "connection broken at the envelope";
    for word in ["MAIL", "RCPT", "DATA"] {
        assert_eq!(check(at(word, Act::HangUp), LONG).await, (deferred(why), 0), "{word}");
        check_hang(word, (deferred("no reply in time at the envelope"), 0)).await;
    }
    let nonsense = check(at("RCPT", Act::Say("what?")), LONG).await;
    assert_eq!(nonsense, (deferred(why), 0));
    let early = check(at("DATA", Act::Say("250 thanks, I know it already")), LONG).await;
    assert_eq!(early, (deferred(why), 0));
}

#[tokio::test]
async fn what_breaks_while_connecting_is_deferred_whatever_the_code() {
    for word in ["hello", "EHLO"] {
        let broken = deferred("connection broken at connecting");
        assert_eq!(check(at(word, Act::HangUp), LONG).await, (broken, 0), "{word}");
        check_hang(word, (deferred("no reply in time at connecting"), 0)).await;
    }
    let closed = check(at("hello", Act::Say("554 5.7.1 go away")), LONG).await;
    assert_eq!(closed, (deferred("554 5.7.1 at connecting"), 0));
}

#[tokio::test]
async fn what_breaks_in_the_text_is_uncertain_and_not_sent_again() {
    let broken = || uncertain("connection broken at the text");
    assert_eq!(check(at("text", Act::HangUp), LONG).await, (broken(), 0));
    assert_eq!(check(at(".", Act::HangUp), LONG).await, (broken(), 1));
    assert_eq!(check(at(".", Act::Say("???")), LONG).await, (broken(), 1));
    assert_eq!(check(at(".", Act::Say("354 more?")), LONG).await, (broken(), 1));
    check_hang(".", (uncertain("no reply in time at the text"), 1)).await;
}

#[tokio::test]
async fn a_last_reply_counts_whatever_it_is() {
    let busy = check(at(".", Act::Say("452 4.3.1 full")), LONG).await;
    assert_eq!(busy, (deferred("452 4.3.1 at the text"), 1));
    let spam = check(at(".", Act::Say("554 ada@example.org is not wanted")), LONG).await;
    assert_eq!(spam, (Sent::Failed { why: "554 at the text".to_owned() }, 1));
}

/// Two messages one after the other over one channel.
async fn two(faults: Vec<Fault>) -> ([Vec<Sent>; 2], usize, usize) {
    let fake = Fake::start(faults).await;
    let channel = channel(&options(fake.port));
    let first = deliver(&channel, vec![message(1, "ada@example.org")]).await;
    let second = deliver(&channel, vec![message(2, "bob@example.org")]).await;
    let seen = fake.seen.lock();
    ([first, second], seen.connections, seen.texts)
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let done = || vec![Sent::Accepted];
    assert_eq!(two(Vec::new()).await, ([done(), done()], 1, 2));
    let refused =
        Fault { word: "RCPT", act: Act::Say("550 no"), connection: None, message: Some(1) };
    let failed = vec![Sent::Failed { why: "550 at the envelope".to_owned() }];
    assert_eq!(two(vec![refused]).await, ([failed, done()], 1, 1));
}

#[tokio::test]
async fn an_idle_connection_that_died_costs_nothing() {
    let done = || vec![Sent::Accepted];
    for act in [Act::HangUp, Act::Say("421 idle for too long")] {
        let stale = Fault { word: "MAIL", act, connection: Some(1), message: Some(2) };
        assert_eq!(two(vec![stale]).await, ([done(), done()], 2, 2), "{act:?}");
    }
    // In the text it may have arrived: the new connection is for the next message only.
    let lost = Fault { word: ".", act: Act::HangUp, connection: Some(1), message: Some(2) };
    let uncertain = vec![uncertain("connection broken at the text")];
    assert_eq!(two(vec![lost]).await, ([done(), uncertain], 1, 2));
}

#[tokio::test]
async fn an_expired_permit_sends_nothing() {
    let fake = Fake::start(Vec::new()).await;
    let batch = permitted(vec![message(1, "ada@example.org")]).await;
    // A permit's life is real time.
    while !batch[0].0.is_expired() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let sent = channel(&options(fake.port)).send(batch).await;
    assert_eq!(sent, [deferred("the permit expired")]);
    assert_eq!(fake.seen.lock().connections, 0);
}

#[tokio::test]
async fn at_most_so_many_connections() {
    let fake = Fake::start(Vec::new()).await;
    let options = Options { connections: 3, ..options(fake.port) };
    let messages = (0..30).map(|number| message(number, "ada@example.org")).collect();
    let sent = send(&options, messages).await;
    assert!(sent.iter().all(|one| *one == Sent::Accepted), "{sent:?}");
    assert!((1..=3).contains(&fake.seen.lock().connections));
}
