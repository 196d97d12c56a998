//! What a message looks like on the wire. The same message has the same bytes at every attempt, but
//! for its date.

use gyre_ports::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, address::Envelope};
use std::time::{Duration, SystemTime};

/// The last second of the year 9999; the date header has four digits for the year.
const LAST: u64 = 253_402_300_799;

/// Headers that are set here, besides all that begin with `Content-`.
const OURS: [&str; 11] = [
    "Bcc",
    "Cc",
    "Date",
    "From",
    "Message-ID",
    "MIME-Version",
    "Return-Path",
    "Sender",
    "Subject",
    "To",
    "X-Gyre-Send-Id",
];

/// A message that cannot be put on the wire. Says no address and no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the address is not an e-mail address")]
    Address,
    #[error("header {header} holds a control character")]
    Control { header: String },
    #[error("header {number} has a name that is none")]
    Name { number: usize },
    #[error("header {header} is set by the channel")]
    Ours { header: String },
    #[error("the message cannot be built: {what}")]
    Build { what: &'static str },
}

/// What goes to the server. Personal: not in `Debug`.
pub(super) struct Mail {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
    /// Whether an address needs SMTPUTF8.
    pub(super) is_international: bool,
}

/// Builds the message.
pub(super) fn build(
    message: &Message,
    from: &Mailbox,
    now: gyre_model::Timestamp,
) -> Result<Mail, Unfit> {
    let to: Address = message.to.parse().map_err(|_| Unfit::Address)?;
    refuse_control("Subject", &message.subject)?;
    let id = format!("<{}@{}>", message.send, from.email.domain());
    let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or(0).min(LAST);
    let mut builder = lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(message.subject.as_str())
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(id))
        .raw_header(header("X-Gyre-Send-Id", message.send.to_string(), 0)?);
    for (index, (name, value)) in message.headers.iter().enumerate() {
        builder = builder.raw_header(further(name, value, index + 1)?);
    }
    // SMTP ends the last line itself.
    let plain = SinglePart::plain(message.text.trim_end_matches(['\r', '\n']).to_owned());
    let built = match &message.html {
        None => builder.singlepart(plain),
        Some(html) => builder.multipart(
            MultiPart::builder()
                .kind(lettre::message::MultiPartKind::Alternative)
                .boundary(format!("gyre-{}", message.send))
                .singlepart(plain)
                .singlepart(SinglePart::html(html.clone())),
        ),
    };
    let built = built.map_err(|_| Unfit::Build { what: "headers or parts" })?;
    let is_international =
        [&from.email, &to].iter().any(|one| !AsRef::<str>::as_ref(*one).is_ascii());
    let envelope = Envelope::new(Some(from.email.clone()), vec![to])
        .map_err(|_| Unfit::Build { what: "the envelope" })?;
    let mut bytes = built.formatted();
    if bytes.ends_with(b"\r\n") {
        bytes.truncate(bytes.len() - 2);
    }
    Ok(Mail { envelope, bytes, is_international })
}

/// A header that the message brings along.
fn further(name: &str, value: &str, number: usize) -> Result<HeaderValue, Unfit> {
    let checked = header(name, value.to_owned(), number)?;
    let content = name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"));
    if content || OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name)) {
        return Err(Unfit::Ours { header: name.to_owned() });
    }
    Ok(checked)
}

fn header(name: &str, value: String, number: usize) -> Result<HeaderValue, Unfit> {
    // Only what RFC 5322 allows in a name, so that the name itself may be shown from here on.
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Unfit::Name { number });
    }
    let parsed = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| Unfit::Name { number })?;
    refuse_control(name, &value)?;
    Ok(HeaderValue::new(parsed, value))
}

/// Refuses line breaks, with which somebody could write further headers, and their like.
fn refuse_control(header: &str, value: &str) -> Result<(), Unfit> {
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Unfit::Control { header: header.to_owned() });
    }
    Ok(())
}
