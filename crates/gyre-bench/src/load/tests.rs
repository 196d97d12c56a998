//! A server that stalls is seen to stall, by every request that was due meanwhile.

use super::*;
use hyper::header::HeaderValue;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};

const STALL: Duration = Duration::from_millis(400);

struct Nothing;

impl Requests for Nothing {
    fn path(&self) -> &'static str {
        "/"
    }
    fn write(&mut self, _number: u64, body: &mut Vec<u8>) {
        body.extend_from_slice(b"x");
    }
    fn judge(&mut self, status: StatusCode, body: &[u8]) -> Result<u64, String> {
        (status == StatusCode::OK && body == b"ok").then_some(1).ok_or(status.to_string())
    }
}

/// Answers on its one connection; `stall` says for how long each answer is held back, and no more
/// answers come when it says none.
fn server(mut stall: impl FnMut(u64) -> Option<Duration> + Send + 'static) -> Target {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        for number in 0.. {
            // The body is one letter after an empty line.
            while !seen.ends_with(b"\r\n\r\nx") {
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => return,
                    Ok(read) => seen.extend_from_slice(&buffer[..read]),
                }
            }
            seen.clear();
            let Some(held) = stall(number) else { continue };
            std::thread::sleep(held);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
        }
    });
    Target { address, authorization: HeaderValue::from_static("none") }
}

fn plan(rate: f64, connections: usize) -> Plan {
    let (span, grace) = (Duration::from_millis(200), Duration::from_secs(30));
    Plan { rate, span, connections, grace }
}

#[tokio::test]
async fn a_stall_counts_for_everything_that_was_due_in_it() {
    let target = server(|number| Some(if number == 0 { STALL } else { Duration::ZERO }));
    let outcome = run(plan(100.0, 1), target, Nothing).await.unwrap();
    assert_eq!((outcome.due, outcome.sent, outcome.answered, outcome.given), (20, 20, 20, 20));
    assert_eq!(outcome.latency.len(), 20);
    // The last was due after 190 ms and cannot have been answered before 400 ms. Counted from the
    // send, only the first would have been slow.
    let last = STALL.saturating_sub(pace::due(19, 100.0));
    assert!(outcome.latency.min() >= micros(last) * 99 / 100, "{}", outcome.latency.min());
    assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
}

#[tokio::test]
async fn what_is_never_answered_counts_as_well() {
    let target = server(|_| None);
    let plan = Plan { grace: Duration::from_millis(100), ..plan(100.0, 1) };
    let outcome = run(plan, target, Nothing).await.unwrap();
    assert_eq!((outcome.due, outcome.answered), (20, 0));
    assert_eq!(outcome.faults.values().sum::<u64>(), 20, "{:?}", outcome.faults);
    assert_eq!(outcome.latency.len(), 20);
    assert!(outcome.latency.max() >= 290_000, "{}", outcome.latency.max());
}

#[tokio::test]
async fn a_wrong_answer_gives_nothing() {
    struct Picky;
    impl Requests for Picky {
        fn path(&self) -> &'static str {
            "/"
        }
        fn write(&mut self, number: u64, body: &mut Vec<u8>) {
            Nothing.write(number, body);
        }
        fn judge(&mut self, _status: StatusCode, _body: &[u8]) -> Result<u64, String> {
            Err("not what was wanted".to_owned())
        }
    }
    let target = server(|_| Some(Duration::ZERO));
    let outcome = run(plan(50.0, 1), target, Picky).await.unwrap();
    assert_eq!((outcome.answered, outcome.given), (0, 0));
    assert_eq!(outcome.faults.get("not what was wanted"), Some(&10));
}
