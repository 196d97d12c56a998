//! A mail server that takes everything and remembers the send ids and the letters.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail server on a free port.
pub(crate) struct Sink {
    port: u16,
    ids: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let ids = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&ids);
        let letters = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&letters);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept), Arc::clone(&written)));
            }
        });
        Self { port, ids, letters }
    }
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }
    /// The letters since the last time, headers unfolded.
    pub(crate) fn letters(&self) -> Vec<String> {
        std::mem::take(&mut *self.letters.lock().unwrap())
    }
    /// The send ids since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.ids.lock().unwrap())
    }
}

async fn serve(
    stream: TcpStream,
    ids: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await?;
    let mut in_data = false;
    let mut id = None;
    let mut letter = String::new();
    while let Some(line) = lines.next_line().await? {
        if in_data {
            if line == "." {
                in_data = false;
                // Remembered before it is acknowledged, as a real server does.
                ids.lock().unwrap().push(id.take().unwrap_or_default());
                letters.lock().unwrap().push(std::mem::take(&mut letter).replace("\n ", " "));
                write.write_all(b"250 taken\r\n").await?;
                continue;
            }
            letter.push_str(&line);
            letter.push('\n');
            if let Some(value) = line.strip_prefix("X-Gyre-Send-Id:") {
                id = Some(value.trim().to_owned());
            }
            continue;
        }
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "DATA" => {
                in_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 fine\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}
