//! Bodies, read within limits: on the wire, after decompression, and in time.

use crate::app::Limits;
use crate::error::{Error, Result};
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use bytes::Bytes;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use futures::StreamExt;
use std::io::{self, Write};

/// What every body may unpack to, whatever its ratio.
const SLACK: usize = 1024 * 1024;
/// A body that is too large is read and thrown away up to so many times its limit: a client that is
/// still sending sees a broken connection instead of the answer, and sends everything again.
const DRAIN: usize = 4;

/// Reads a body of at most `limit` bytes on the wire, decompressed if its header says so.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    limits: &Limits,
) -> Result<Bytes> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit.saturating_mul(DRAIN)) {
        return Err(Error::TooLarge { limit });
    }
    let sink = Sink::of(headers, announced.unwrap_or(0).min(limit), limits)?;
    match tokio::time::timeout(limits.patience, fill(body, sink, limit)).await {
        Ok(read) => read,
        Err(_) => Err(Error::Slow),
    }
}

async fn fill(body: Body, mut sink: Sink, limit: usize) -> Result<Bytes> {
    let mut stream = body.into_data_stream();
    let mut length = 0usize;
    let mut failed = None;
    while let Some(chunk) = stream.next().await {
        // The client went away: nobody reads the answer.
        let chunk = chunk.map_err(|_| Error::invalid("the body broke off", "send it again"))?;
        length = length.saturating_add(chunk.len());
        if length > limit {
            failed = Some(Error::TooLarge { limit });
        }
        match failed {
            None => failed = sink.take(chunk, length).err(),
            Some(_) if length > limit.saturating_mul(DRAIN) => break,
            Some(_) => sink = Sink::Plain(Vec::new()),
        }
    }
    match failed {
        Some(error) => Err(error),
        None => sink.finish(),
    }
}

/// Where a body goes as it arrives. No more than the limits is ever held.
enum Sink {
    /// Nothing has come yet, and it is not compressed.
    Plain(Vec<u8>),
    /// All that has come is one piece: most bodies, not copied.
    One(Bytes),
    Gzip(Box<MultiGzDecoder<Capped>>, Limits),
    Deflate(Box<ZlibDecoder<Capped>>, Limits),
}

impl Sink {
    fn of(headers: &HeaderMap, expected: usize, limits: &Limits) -> Result<Self> {
        let encoding = headers
            .get(CONTENT_ENCODING)
            .map_or("", |value| value.to_str().unwrap_or("unreadable"))
            .trim()
            .to_ascii_lowercase();
        let capped = || Capped { out: Vec::new(), allowed: SLACK.min(limits.unpacked) };
        Ok(match encoding.as_str() {
            "" | "identity" => {
                Self::Plain(Vec::with_capacity(if expected > 64 * 1024 { expected } else { 0 }))
            }
            "gzip" | "x-gzip" => Self::Gzip(Box::new(MultiGzDecoder::new(capped())), *limits),
            "deflate" => Self::Deflate(Box::new(ZlibDecoder::new(capped())), *limits),
            _ => {
                let message = "the content encoding is not known";
                return Err(Error::invalid(message, "use gzip, deflate or none"));
            }
        })
    }

    fn take(&mut self, chunk: Bytes, length: usize) -> Result<()> {
        let allowed = |limits: &Limits| {
            limits.unpacked.min(SLACK.saturating_add(length.saturating_mul(limits.ratio)))
        };
        match self {
            Self::Plain(all) if all.capacity() == 0 => *self = Self::One(chunk),
            Self::Plain(all) => all.extend_from_slice(&chunk),
            Self::One(first) => {
                let mut all = Vec::with_capacity((first.len() + chunk.len()) * 2);
                all.extend_from_slice(first);
                all.extend_from_slice(&chunk);
                *self = Self::Plain(all);
            }
            Self::Gzip(decoder, limits) => {
                decoder.get_mut().allowed = allowed(limits);
                decoder.write_all(&chunk).map_err(|why| unpacking(&why, allowed(limits)))?;
            }
            Self::Deflate(decoder, limits) => {
                decoder.get_mut().allowed = allowed(limits);
                decoder.write_all(&chunk).map_err(|why| unpacking(&why, allowed(limits)))?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Bytes> {
        match self {
            Self::Plain(all) => Ok(all.into()),
            Self::One(one) => Ok(one),
            Self::Gzip(decoder, limits) => {
                let done = decoder.finish();
                done.map(|capped| capped.out.into()).map_err(|why| unpacking(&why, limits.unpacked))
            }
            Self::Deflate(decoder, limits) => {
                let done = decoder.finish();
                done.map(|capped| capped.out.into()).map_err(|why| unpacking(&why, limits.unpacked))
            }
        }
    }
}

fn unpacking(why: &io::Error, limit: usize) -> Error {
    if why.kind() == io::ErrorKind::FileTooLarge {
        return Error::TooLarge { limit };
    }
    Error::invalid("the body cannot be decompressed", "does its content encoding say the truth?")
}

/// Takes so many bytes and no more.
struct Capped {
    out: Vec<u8>,
    allowed: usize,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.out.len().saturating_add(bytes.len()) > self.allowed {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
