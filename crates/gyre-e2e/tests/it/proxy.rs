//! A proxy between an SDK and the server, which does what networks and servers do on a bad day.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to the first requests that bring events; then all goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The server has no room: 503 twice.
    Unavailable,
    /// The answer comes late.
    Slow,
    /// The source sends too much: 429 with `Retry-After`.
    Limited,
    /// The request is taken and durable, but its answer never arrives.
    Reset,
}

impl Fault {
    pub(crate) const ALL: [Self; 5] =
        [Self::None, Self::Unavailable, Self::Slow, Self::Limited, Self::Reset];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unavailable => "unavailable",
            Self::Slow => "slow",
            Self::Limited => "limited",
            Self::Reset => "reset",
        }
    }

    fn strikes(self) -> usize {
        match self {
            Self::None => 0,
            Self::Unavailable => 2,
            Self::Slow | Self::Limited | Self::Reset => 1,
        }
    }
}

/// A proxy on a free port.
pub(crate) struct Proxy {
    pub(crate) fault: Fault,
    port: u16,
    left: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) async fn start(server: u16, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let left = Arc::new(AtomicUsize::new(fault.strikes()));
        let counter = Arc::clone(&left);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server, fault, Arc::clone(&counter)));
            }
        });
        Self { fault, port, left }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether everything went wrong that was to go wrong.
    pub(crate) fn has_struck(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

async fn serve(
    mut client: TcpStream,
    server: u16,
    fault: Fault,
    left: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let Some((head, body)) = read(&mut client).await? else { return Ok(()) };
    let brings_events = head.starts_with("POST ")
        && !["/v1/m", "/flags", "/decide"].iter().any(|path| head[5..].starts_with(path));
    let strikes = brings_events
        && left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok();
    let answer = match fault {
        Fault::Unavailable if strikes => error(&head, "503 Service Unavailable", "not_stored"),
        Fault::Limited if strikes => error(&head, "429 Too Many Requests", "rate_limited"),
        _ => forward(&head, &body, server).await?,
    };
    match fault {
        // Whoever waits sees the connection go.
        Fault::Reset if strikes => return Ok(()),
        Fault::Slow if strikes => tokio::time::sleep(Duration::from_millis(1500)).await,
        _ => {}
    }
    client.write_all(&answer).await?;
    client.shutdown().await
}

/// The head of a request and its body, both as they came.
async fn read(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = find(&bytes, b"\r\n\r\n") {
            break at + 4;
        }
        if client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut body = bytes.split_off(end);
    let length = header(&head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let chunked = header(&head, "transfer-encoding").is_some();
    while if chunked { !body.ends_with(b"0\r\n\r\n") } else { body.len() < length } {
        if client.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some((head, body)))
}

async fn forward(head: &str, body: &[u8], server: u16) -> std::io::Result<Vec<u8>> {
    let mut upstream = TcpStream::connect(("127.0.0.1", server)).await?;
    let lines = head
        .trim_end()
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let mut request: String = lines.flat_map(|line| [line, "\r\n"]).collect();
    request.push_str("connection: close\r\n\r\n");
    upstream.write_all(request.as_bytes()).await?;
    upstream.write_all(body).await?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// The answer that a server gives, readable for pages of any origin.
fn error(head: &str, status: &str, code: &str) -> Vec<u8> {
    let body = format!(r#"{{"code":"{code}","message":"on purpose"}}"#);
    let origin = header(head, "origin").unwrap_or("*");
    format!(
        "HTTP/1.1 {status}\r\nretry-after: 1\r\ncontent-type: application/json\r\n\
         access-control-allow-origin: {origin}\r\naccess-control-expose-headers: retry-after\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
