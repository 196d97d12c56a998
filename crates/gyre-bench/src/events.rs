//! Bodies as an SDK sends them, written once: for a request the ids and times in them are overwritten, so
//! that the generator copies instead of formatting.

use crate::load::Requests;
use chrono::{SecondsFormat, Utc};
use hyper::StatusCode;

/// The write key of the benchmarks' source.
pub(crate) const KEY: &str = "bench-server-key-0001";

/// What people do, in this order, over and over, as a browser sends it: with the device it was done on and
/// what was chosen in the banner. `@user---`, `@device-`, `@message--------` and `@time-…` are holes of the
/// length that fills them.
const SHAPES: [&str; 5] = [
    r#"{"type":"page","name":"Product","userId":"@user---","anonymousId":"@device-","messageId":"ajs-next-@message--------","timestamp":"@time-------------------","properties":{"path":"/coffee/filter-500","referrer":"https://shop.example.com/","title":"Filter coffee 500 g"},"context":{"consent":{"categoryPreferences":{"analytics":true,"advertising":false}},"library":{"name":"analytics.js","version":"2.11.1"},"locale":"en-GB","timezone":"Europe/Berlin"}}"#,
    r#"{"type":"track","event":"Product Viewed","userId":"@user---","anonymousId":"@device-","messageId":"ajs-next-@message--------","timestamp":"@time-------------------","properties":{"product_id":"sku-4711","category":"coffee","name":"Filter coffee 500 g","price":12.5,"currency":"EUR"},"context":{"consent":{"categoryPreferences":{"analytics":true,"advertising":false}},"library":{"name":"analytics.js","version":"2.11.1"},"page":{"path":"/coffee/filter-500"},"locale":"en-GB"}}"#,
    r#"{"type":"track","event":"Product Added","userId":"@user---","anonymousId":"@device-","messageId":"ajs-next-@message--------","timestamp":"@time-------------------","properties":{"cart_id":"cart-1183","product_id":"sku-4711","name":"Filter coffee 500 g","price":12.5,"quantity":2,"currency":"EUR"},"context":{"consent":{"categoryPreferences":{"analytics":true,"advertising":false}},"library":{"name":"analytics.js","version":"2.11.1"},"page":{"path":"/cart"}}}"#,
    r#"{"type":"track","event":"Shipping Info Viewed","userId":"@user---","anonymousId":"@device-","messageId":"ajs-next-@message--------","timestamp":"@time-------------------","properties":{"cart_id":"cart-1183","method":"standard","price":3.9,"currency":"EUR"},"context":{"consent":{"categoryPreferences":{"analytics":true,"advertising":false}},"library":{"name":"analytics.js","version":"2.11.1"},"page":{"path":"/checkout/shipping"},"locale":"en-GB"}}"#,
    ORDER,
];

const ORDER: &str = r#"{"type":"track","event":"Order Completed","userId":"@user---","anonymousId":"@device-","messageId":"ajs-next-@message--------","properties":{"order_id":"o-@message--------","revenue":40.5,"margin":18.25,"discount":0,"shipping":3.9,"currency":"EUR","products":[{"product_id":"sku-4711","quantity":2,"price":12.5}]},"timestamp":"@time-------------------","context":{"consent":{"categoryPreferences":{"analytics":true,"advertising":false}},"library":{"name":"analytics.js","version":"2.11.1"}}}"#;

const IDENTIFY: &str = r#"{"type":"identify","userId":"@user---","messageId":"ajs-next-@message--------","timestamp":"@time-------------------","traits":{"first_name":"Ada","email":"@user---@example.com","plan":"standard","in_app_consent":true,"email_consent":true},"context":{"library":{"name":"analytics-node","version":"2.1.0"},"locale":"en-GB"}}"#;

#[derive(Debug, Clone, Copy)]
enum Hole {
    User,
    /// The person's only device.
    Device,
    Message,
    Time,
}

const HOLES: [(Hole, &[u8]); 4] = [
    (Hole::User, b"@user---"),
    (Hole::Device, b"@device-"),
    (Hole::Message, b"@message--------"),
    (Hole::Time, b"@time-------------------"),
];

/// Who an event is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    /// Anybody of so many people.
    Anybody(u64),
    /// One after the other, so many events each.
    InTurn(u64),
}

/// Requests with events.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    template: Vec<u8>,
    /// Where each hole is, and by how many events the event it is in follows the body's first.
    holes: Vec<(usize, Hole, u64)>,
    batch: u64,
    who: Who,
    run: u64,
    path: &'static str,
    /// Over how many days before today they are spread; now when absent.
    days: Option<u64>,
}

impl Events {
    /// One event a request.
    pub(crate) fn single(run: u64, who: Who) -> Self {
        Self::new(SHAPES[1].to_owned(), 1, run, who, "/v1/track")
    }

    /// What people in a shop do, in batches.
    pub(crate) fn batches(run: u64, batch: u64, who: Who) -> Self {
        Self::batch_of(&SHAPES, run, batch, who)
    }

    /// Who people are, what they agree to, and an order of each, in batches.
    pub(crate) fn people(run: u64, batch: u64) -> Self {
        Self::batch_of(&[IDENTIFY, ORDER], run, batch, Who::InTurn(2))
    }

    /// What people in a shop did in the days before today, in batches.
    pub(crate) fn history(run: u64, batch: u64, people: u64, days: u64) -> Self {
        let events = Self::batches(run, batch, Who::Anybody(people));
        Self { days: Some(days), ..events }
    }

    fn batch_of(shapes: &[&str], run: u64, batch: u64, who: Who) -> Self {
        let events: Vec<&str> = shapes.iter().copied().cycle().take(batch as usize).collect();
        let text =
            format!(r#"{{"batch":[{}],"sentAt":"@time-------------------"}}"#, events.join(","));
        Self::new(text, batch, run, who, "/v1/batch")
    }

    fn new(text: String, batch: u64, run: u64, who: Who, path: &'static str) -> Self {
        let template = text.into_bytes();
        let mut holes = Vec::new();
        let mut event = 0;
        for at in 0..template.len() {
            let found = HOLES.iter().find(|(_, mark)| template[at..].starts_with(mark));
            let Some((hole, _)) = found else { continue };
            holes.push((at, *hole, event));
            // An event's time is its last hole but for the address of an identify.
            event += u64::from(matches!(hole, Hole::Time));
        }
        // An address stands behind the time and belongs to the event before.
        for at in 1..holes.len() {
            let mail = matches!(holes[at].1, Hole::User)
                && template[holes[at].0 + 8..].starts_with(b"@example");
            if mail {
                holes[at].2 -= 1;
            }
        }
        Self { template, holes, batch, who, run, path, days: None }
    }

    /// Bytes of a body.
    pub(crate) fn size(&self) -> usize {
        self.template.len()
    }

    fn fill(&self, number: u64, body: &mut Vec<u8>) {
        body.extend_from_slice(&self.template);
        let time = now();
        for &(at, hole, event) in &self.holes {
            let event = number * self.batch + event;
            match hole {
                Hole::User => body[at..at + 8].copy_from_slice(&user(self.who, event)),
                Hole::Device => {
                    body[at..at + 8].copy_from_slice(&user(self.who, event));
                    body[at] = b'd';
                }
                Hole::Message => hex(&mut body[at..at + 16], (self.run << 44) | event),
                Hole::Time => match self.days {
                    Some(days) => body[at..at + 24].copy_from_slice(past(event, days).as_bytes()),
                    None => body[at..at + 24].copy_from_slice(time.as_bytes()),
                },
            }
        }
    }
}

/// The user id of a person.
pub(crate) fn user_id(person: u64) -> [u8; 8] {
    let mut id = *b"u0000000";
    hex(&mut id[1..], person);
    id
}

/// Numbers that look as if they were drawn, the same in every run.
pub(crate) fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[expect(clippy::disallowed_methods, reason = "events say when they happened, as an SDK's do")]
pub(crate) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An instant that looks drawn, within so many days before today.
fn past(event: u64, days: u64) -> String {
    const DAY: u64 = 24 * 3_600_000;
    let today =
        now().parse::<chrono::DateTime<Utc>>().map_or(0, |now| now.timestamp_millis() as u64);
    let until = today / DAY * DAY;
    let at = until - 1 - scatter(event ^ 0x5eed) % (days * DAY);
    let at = chrono::DateTime::from_timestamp_millis(at as i64).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn user(who: Who, event: u64) -> [u8; 8] {
    match who {
        Who::Anybody(people) => user_id(scatter(event) % people),
        Who::InTurn(events) => user_id(event / events),
    }
}

fn hex(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 15) as usize];
        number >>= 4;
    }
}

impl Requests for Events {
    fn path(&self) -> &'static str {
        self.path
    }

    fn write(&mut self, number: u64, body: &mut Vec<u8>) {
        self.fill(number, body);
    }

    fn judge(&mut self, status: StatusCode, body: &[u8]) -> Result<u64, String> {
        let wanted = format!("\"accepted\":{},\"rejected\":[]", self.batch);
        let all = body.windows(wanted.len()).any(|window| window == wanted.as_bytes());
        if status == StatusCode::OK && all {
            return Ok(self.batch);
        }
        let text: String = String::from_utf8_lossy(body).chars().take(160).collect();
        Err(format!("{status}: {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn read(events: &Events, number: u64) -> Value {
        let mut body = Vec::new();
        events.fill(number, &mut body);
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn every_event_is_whole_and_its_message_is_new() {
        let events = Events::batches(7, 100, Who::Anybody(1000));
        let mut seen = BTreeSet::new();
        for number in 0..3 {
            let body = read(&events, number);
            for event in body["batch"].as_array().unwrap() {
                assert!(seen.insert(event["messageId"].as_str().unwrap().to_owned()));
                let user = event["userId"].as_str().unwrap();
                assert!(user.starts_with('u'));
                assert_eq!(event["anonymousId"], format!("d{}", &user[1..]));
                assert!(event["timestamp"].as_str().unwrap().ends_with('Z'));
                let size = event.to_string().len();
                assert!((380..560).contains(&size), "{size}");
            }
        }
        assert_eq!(seen.len(), 300);
    }

    #[test]
    fn an_address_is_that_of_its_person() {
        let body = read(&Events::people(1, 100), 2);
        let events = body["batch"].as_array().unwrap();
        for pair in events.chunks(2) {
            let user = pair[0]["userId"].as_str().unwrap();
            assert_eq!(pair[0]["traits"]["email"], format!("{user}@example.com"));
            assert_eq!(pair[1]["userId"], user);
        }
        assert_eq!(events[0]["userId"], "u0000064");
    }

    #[test]
    fn an_answer_that_takes_less_is_a_fault() {
        let mut events = Events::batches(1, 100, Who::Anybody(10));
        let taken = br#"{"success":true,"accepted":100,"rejected":[]}"#;
        let less = br#"{"success":true,"accepted":99,"rejected":[{"index":1}]}"#;
        assert_eq!(events.judge(StatusCode::OK, taken), Ok(100));
        events.judge(StatusCode::OK, less).unwrap_err();
        events.judge(StatusCode::SERVICE_UNAVAILABLE, taken).unwrap_err();
    }
}
