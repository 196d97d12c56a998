//! How fast collection is on one core. Run it by name, optimised:
//! `cargo test -p gyre-collect --profile quick -- --ignored --nocapture speed`.

use super::{call, stored};
use crate::{Route, SourceFacts, collect, read};
use gyre_model::Workspace;
use std::time::Instant;

#[test]
#[ignore = "a measurement, not a test"]
fn speed_of_collecting_and_reading() {
    let event = |n: usize| {
        format!(
            r#"{{"type":"track","event":"Order Completed","messageId":"ajs-next-{n:032}","userId":"user-{n}","anonymousId":"0f6c2c1e-5f0d-4a57-9c1b-{n:012}","timestamp":"2026-03-01T11:59:58.123Z","properties":{{"order_id":"o-{n}","total":129.95,"margin":31.5,"currency":"EUR","coupon":null,"products":[{{"sku":"A-1","price":99.95,"quantity":1,"name":"Trail shoe"}},{{"sku":"B-2","price":15.0,"quantity":2,"name":"Socks, wool"}}]}},"context":{{"library":{{"name":"analytics.js","version":"next-1.84.3"}},"page":{{"path":"/checkout/thanks","referrer":"https://shop.example/checkout","search":"","title":"Thank you","url":"https://shop.example/checkout/thanks"}},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36","locale":"de-CH","timezone":"Europe/Zurich","campaign":{{"name":"spring","source":"newsletter"}}}},"integrations":{{}},"_metadata":{{"bundled":["Segment.io"],"unbundled":[]}}}}"#
        )
    };
    let events: Vec<_> = (0..100).map(event).collect();
    let body = format!(r#"{{"batch":[{}],"sentAt":"2026-03-01T12:00:00Z"}}"#, events.join(","));
    let source = |_: &str| {
        Some(SourceFacts {
            workspace: Workspace::default(),
            name: "web".to_owned(),
            public: true,
            enabled: true,
            max_event_bytes: 32 * 1024,
            max_request_bytes: 4 << 20,
            max_events: 2_500,
            keep_ip: true,
        })
    };
    let rounds = 2_000;
    let start = Instant::now();
    let mut accepted = 0;
    for _ in 0..rounds {
        accepted += collect(&call(Route::Batch, body.as_bytes()), &source).unwrap().accepted;
    }
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(accepted, rounds * 100);
    println!("collect: {:.0} events/s of {} bytes", accepted as f64 / seconds, events[0].len());

    let entries = collect(&call(Route::Batch, body.as_bytes()), &source).unwrap().entries;
    let stored: Vec<_> = entries.into_iter().map(stored).collect();
    let start = Instant::now();
    let mut names = 0;
    for _ in 0..rounds / 10 {
        names += stored.iter().map(|one| read(one).unwrap().name.len()).sum::<usize>();
    }
    let seconds = start.elapsed().as_secs_f64();
    assert!(names > 0);
    println!("read: {:.0} events/s", (rounds / 10 * 100) as f64 / seconds);
}
