//! Tests of the channel: what it writes, what it makes of each end of a conversation, and both again
//! with a mail server that is not ours.

mod fake;
mod real;

use super::message::{Unfit, build};
use super::send::{Stage, Trouble, Why};
use super::{Error, Options, Smtp};
use expect_test::{Expect, expect};
use gyre_model::{Cause, NodeId, NodeKind, SendId, Timestamp, Workspace};
use gyre_ports::clock::ManualClock;
use gyre_ports::memory::state::MemoryState;
use gyre_ports::state::{Intent, Op, Reservation};
use gyre_ports::{Channel, Message, Permit, Sent, State, redeem};
use std::sync::Arc;
use std::time::Duration;

/// 2026-03-09 at noon.
const NOON: Timestamp = Timestamp(1_773_057_600_000_000);

fn send_id(number: u32) -> SendId {
    SendId::of(&[b"test", &number.to_be_bytes()])
}

fn message(number: u32, to: &str) -> Message {
    Message {
        send: send_id(number),
        to: to.to_owned(),
        subject: "Your favourites".to_owned(),
        text: "They are back.\n".to_owned(),
        html: None,
        headers: Vec::new(),
    }
}

/// One fresh permit for each message: the only way there is, through a commit.
async fn permitted(messages: Vec<Message>) -> Vec<(Permit, Message)> {
    let state = MemoryState::new();
    let epoch = state.begin().await.unwrap();
    let workspace = Workspace::new("default");
    let node = NodeId::node("default", NodeKind::User, "ada");
    let intent = |message: &Message| {
        Op::Enqueue(Intent {
            send: message.send,
            workspace: workspace.clone(),
            campaign: "favourites".to_owned(),
            node,
            channel: "email".to_owned(),
            due: NOON,
            expires: NOON,
            cause: Cause { partition: 0, offset: 0, ordinal: 0 },
        })
    };
    let reservation = |message: &Message| Reservation {
        send: message.send,
        attempt: 1,
        workspace: workspace.clone(),
        node,
        channel: "email".to_owned(),
        at: NOON,
        spends: Vec::new(),
        decision: Vec::new(),
    };
    state.commit(epoch, None, messages.iter().map(intent).collect()).await.unwrap();
    let reservations = messages.iter().map(reservation).collect();
    let permits = redeem(&state, epoch, None, reservations, Vec::new()).await.unwrap();
    permits.into_iter().zip(messages).collect()
}

/// Sends each message; one whose permit expired on a busy machine gets another, as it would in earnest.
async fn deliver(channel: &Smtp, messages: Vec<Message>) -> Vec<Sent> {
    let expired = Sent::Deferred { why: "the permit expired".to_owned() };
    let mut all = vec![expired.clone(); messages.len()];
    while all.contains(&expired) {
        let waiting: Vec<usize> = (0..all.len()).filter(|index| all[*index] == expired).collect();
        let batch = waiting.iter().map(|index| messages[*index].clone()).collect();
        let sent = channel.send(permitted(batch).await).await;
        waiting.into_iter().zip(sent).for_each(|(index, one)| all[index] = one);
    }
    all
}

fn options(port: u16) -> Options {
    Options {
        timeout: Duration::from_secs(20),
        ..Options::new(format!("smtp://127.0.0.1:{port}"), "Shop <shop@example.com>")
    }
}

fn channel(options: &Options) -> Smtp {
    Smtp::connect(options, Arc::new(ManualClock::new(NOON))).unwrap()
}

fn check_wire(message: &Message, expected: &Expect) {
    let from = "Shop <shop@example.com>".parse().unwrap();
    let mail = build(message, &from, NOON).unwrap();
    expected.assert_eq(&String::from_utf8(mail.bytes).unwrap().replace('\r', ""));
}

#[test]
fn a_message_carries_its_send_id_and_the_given_time() {
    let mut one = message(1, "ada@example.org");
    one.headers = vec![("List-Unsubscribe".to_owned(), "<https://shop.example/u/1>".to_owned())];
    check_wire(
        &one,
        &expect![[r"
            From: Shop <shop@example.com>
            To: ada@example.org
            Subject: Your favourites
            Date: Mon, 09 Mar 2026 12:00:00 +0000
            Message-ID: <e84b00956a6768dff14fff1c64510381@example.com>
            X-Gyre-Send-Id: e84b00956a6768dff14fff1c64510381
            List-Unsubscribe: <https://shop.example/u/1>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            They are back."]],
    );
}

#[test]
fn html_goes_beside_the_text() {
    let mut one = message(2, "ada@example.org");
    one.subject = "Für dich".to_owned();
    one.html = Some("<p>They are back.</p>".to_owned());
    check_wire(
        &one,
        &expect![[r#"
            From: Shop <shop@example.com>
            To: ada@example.org
            Subject: =?utf-8?b?RsO8cg==?= dich
            Date: Mon, 09 Mar 2026 12:00:00 +0000
            Message-ID: <9a241fd6c926679794bcd22b5a4d1ca4@example.com>
            X-Gyre-Send-Id: 9a241fd6c926679794bcd22b5a4d1ca4
            MIME-Version: 1.0
            Content-Type: multipart/alternative;
             boundary="gyre-9a241fd6c926679794bcd22b5a4d1ca4"

            --gyre-9a241fd6c926679794bcd22b5a4d1ca4
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            They are back.
            --gyre-9a241fd6c926679794bcd22b5a4d1ca4
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: 7bit

            <p>They are back.</p>
            --gyre-9a241fd6c926679794bcd22b5a4d1ca4--"#]],
    );
}

fn check_unfit(spoil: impl FnOnce(&mut Message), expected: Unfit) {
    let mut one = message(3, "ada@example.org");
    spoil(&mut one);
    let from = "Shop <shop@example.com>".parse().unwrap();
    assert_eq!(build(&one, &from, NOON).map(|mail| mail.bytes), Err(expected));
}

#[test]
fn nobody_writes_headers_through_a_value() {
    let control = |header: &str| Unfit::Control { header: header.to_owned() };
    let ours = |header: &str| Unfit::Ours { header: header.to_owned() };
    let with = |name: &str, value: &str| {
        let header = (name.to_owned(), value.to_owned());
        move |one: &mut Message| one.headers.push(header)
    };
    check_unfit(|one| one.subject = "Hi\r\nBcc: eve@example.net".to_owned(), control("Subject"));
    check_unfit(|one| one.subject = "Hi\nthere".to_owned(), control("Subject"));
    check_unfit(with("X-Tag", "a\r\nBcc: eve@example.net"), control("X-Tag"));
    check_unfit(with("X-Tag", "a\u{85}b"), control("X-Tag"));
    check_unfit(with("X-Tag: a\r\nBcc", "eve@example.net"), Unfit::Name { number: 1 });
    check_unfit(with("", "a"), Unfit::Name { number: 1 });
    check_unfit(with("bcc", "eve@example.net"), ours("bcc"));
    check_unfit(with("content-type", "text/html"), ours("content-type"));
    for to in ["ada", "ada@example.org\r\nRCPT TO:<eve@example.net>", "Ada <ada@example.org>", ""] {
        check_unfit(|one| one.to = to.to_owned(), Unfit::Address);
    }
}

#[test]
fn what_an_end_means() {
    let refused =
        |code, enhanced: Option<&str>| Why::Refused { code, enhanced: enhanced.map(str::to_owned) };
    let mut table = Vec::new();
    let mut row = |stage, why| table.push(format!("{:?}", Trouble { stage, why }.outcome()));
    for stage in [Stage::Connect, Stage::Envelope, Stage::Text] {
        row(stage, refused(421, None));
        row(stage, refused(451, Some("4.3.0")));
        row(stage, refused(550, Some("5.1.1")));
        row(stage, Why::Slow);
        row(stage, Why::Broken);
    }
    row(Stage::Envelope, Why::Unsupported);
    row(Stage::Envelope, Why::Expired);
    expect![[r#"
        Deferred { why: "421 at connecting" }
        Deferred { why: "451 4.3.0 at connecting" }
        Deferred { why: "550 5.1.1 at connecting" }
        Deferred { why: "no reply in time at connecting" }
        Deferred { why: "connection broken at connecting" }
        Deferred { why: "421 at the envelope" }
        Deferred { why: "451 4.3.0 at the envelope" }
        Failed { why: "550 5.1.1 at the envelope" }
        Deferred { why: "no reply in time at the envelope" }
        Deferred { why: "connection broken at the envelope" }
        Deferred { why: "421 at the text" }
        Deferred { why: "451 4.3.0 at the text" }
        Failed { why: "550 5.1.1 at the text" }
        Uncertain { why: "no reply in time at the text" }
        Uncertain { why: "connection broken at the text" }
        Failed { why: "the server takes no such address" }
        Deferred { why: "the permit expired" }"#]]
    .assert_eq(&table.join("\n"));
}

#[test]
fn options_that_cannot_be_used() {
    let refused = |url: &str, from: &str, connections: usize| {
        let options = Options { connections, ..Options::new(url, from) };
        Smtp::connect(&options, Arc::new(ManualClock::new(NOON))).unwrap_err()
    };
    let from = "Shop <shop@example.com>";
    let errors: Vec<String> = [
        refused("mail.example.com", from, 8),
        refused("http://mail.example.com", from, 8),
        refused("smtp:mail", from, 8),
        refused("smtp://mail.example.com?tls=maybe", from, 8),
        refused("smtp://mail.example.com/inbox", from, 8),
        refused("smtp://shop:secret@mail.example.com", from, 8),
        refused("smtps://sh%ffop:secret@mail.example.com", from, 8),
        refused("smtp://mail.example.com", "Shop", 8),
        refused("smtp://mail.example.com", from, 0),
    ]
    .iter()
    .map(Error::to_string)
    .collect();
    expect![[r"
        the mail server's address is not a url
        the mail server's url begins with http:, not with smtp: or smtps:
        the mail server's url names no host
        the mail server's url ends with what is not `?tls=required`
        the mail server's url ends with what is not `?tls=required`
        a password needs smtps: or ?tls=required unless the mail server is on this machine
        the mail server's user or password is not percent-encoded text
        the sender is not of the form `Name <name@domain>`
        the number of connections is zero"]]
    .assert_eq(&errors.join("\n"));
}

#[test]
fn a_password_is_not_shown() {
    let options = Options::new("smtps://shop:hush@mail.example.com", "shop@example.com");
    let channel = channel(&options);
    assert!(!format!("{options:?} {channel:?}").contains("hush"));
}

#[tokio::test]
async fn a_permit_is_for_one_send() {
    let mut batch = permitted(vec![message(1, "ada@example.org")]).await;
    batch[0].1.send = send_id(2);
    let sent = channel(&options(9)).send(batch).await;
    assert_eq!(sent, [Sent::Failed { why: "the permit is for another send".to_owned() }]);
}
