//! The connections of the generator. A client with all its comforts took a quarter more processor time,
//! and here that is taken from the server, which shares the processors.

use crate::http::Target;
use anyhow::{Context as _, bail, ensure};
use bytes::{Buf, BytesMut};
use hyper::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The most headers an answer may have.
const HEADERS: usize = 32;
/// The largest answer that is read.
const LARGEST: usize = 16 << 20;

/// A kept connection over which one route is posted to, one request at a time.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    /// What stands before the length of the body.
    head: Vec<u8>,
    received: BytesMut,
}

impl Wire {
    pub(crate) async fn open(target: &Target, path: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        let authorization = target.authorization.to_str()?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nauthorization: {authorization}\r\n\
             content-type: application/json\r\ncontent-length: ",
            target.address
        );
        Ok(Self { stream, head: head.into_bytes(), received: BytesMut::with_capacity(4096) })
    }

    /// Sends a body and waits for the whole answer.
    pub(crate) async fn post(&mut self, body: &[u8]) -> anyhow::Result<(StatusCode, BytesMut)> {
        let length = format!("{}\r\n\r\n", body.len());
        let head = Buf::chain(self.head.as_slice(), length.as_bytes());
        let mut request = Buf::chain(head, body);
        self.stream.write_all_buf(&mut request).await.context("the connection is closed")?;
        loop {
            let read = self.stream.read_buf(&mut self.received).await.context("no answer")?;
            ensure!(read > 0, "the connection was closed before the answer");
            if let Some((status, head, body)) = parse(&self.received)?
                && self.received.len() >= head + body
            {
                self.received.advance(head);
                return Ok((status, self.received.split_to(body)));
            }
        }
    }
}

/// The status, the length of the head, and that of the body; none while the head is not all there.
fn parse(received: &[u8]) -> anyhow::Result<Option<(StatusCode, usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(received).context("not HTTP")? else {
        return Ok(None);
    };
    let status = StatusCode::from_u16(answer.code.context("no status")?)?;
    let named =
        |name: &str| answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let Some(length) = named("content-length") else { bail!("an answer without a length") };
    let length = std::str::from_utf8(length.value)?.trim().parse()?;
    ensure!(length <= LARGEST, "an answer of {length} bytes");
    Ok(Some((status, head, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_head_and_a_length() {
        let all = b"HTTP/1.1 200 OK\r\ncontent-type: a\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(parse(all).unwrap(), Some((StatusCode::OK, 55, 2)));
        assert_eq!(parse(&all[..50]).unwrap(), None);
        parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").unwrap_err();
        parse(b"SMTP ready").unwrap_err();
    }
}
