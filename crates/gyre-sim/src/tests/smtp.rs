//! The mail box, spoken to by hand.

use crate::sink::{Counts, Mail, Sink};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

/// Hands one message over, line by line.
pub(crate) fn deliver(address: SocketAddr, to: &str, headers: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut expect = |code: &str| {
        let mut line = String::new();
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            assert!(line.starts_with(code), "{line}");
            if line.as_bytes()[3] == b' ' {
                break;
            }
        }
    };
    let mut say = |line: &str| stream.write_all(line.as_bytes()).unwrap();
    expect("220");
    say("EHLO shop.example\r\n");
    expect("250");
    say("MAIL FROM:<shop@shop.example>\r\n");
    expect("250");
    say(&format!("RCPT TO:<{to}>\r\n"));
    expect("250");
    say("DATA\r\n");
    expect("354");
    say(&format!("{headers}To: {to}\r\nSubject: hello\r\n\r\nX-Gyre-Variant: body\r\n.\r\n"));
    expect("250");
    say("QUIT\r\n");
    expect("221");
}

#[test]
fn a_mail_is_in_the_box_when_it_is_acknowledged() {
    let sink = Sink::listen("127.0.0.1:0").unwrap();
    let headers = "X-Gyre-Send-Id: 0a\r\nX-Gyre-Campaign: winback\r\nx-gyre-variant: reminder\r\n\
                   X-Gyre-Token: abc\r\n def\r\n";
    deliver(sink.address(), "customer-00001@customers.example", headers);
    let mail = Mail {
        to: "customer-00001@customers.example".to_owned(),
        send: "0a".to_owned(),
        campaign: "winback".to_owned(),
        variant: "reminder".to_owned(),
        token: "abcdef".to_owned(),
    };
    assert_eq!(sink.take(), [mail]);
    assert_eq!(sink.take(), []);
    assert_eq!(sink.counts(), Counts { received: 1, duplicates: 0, nameless: 0 });
}

#[test]
fn a_send_id_that_comes_again_is_counted() {
    let sink = Sink::listen("127.0.0.1:0").unwrap();
    for send in ["1", "2", "1", "1"] {
        let headers = format!("X-Gyre-Send-Id: {send}\r\n");
        deliver(sink.address(), "customer-00002@customers.example", &headers);
    }
    deliver(sink.address(), "customer-00002@customers.example", "");
    assert_eq!(sink.counts(), Counts { received: 5, duplicates: 2, nameless: 1 });
}
