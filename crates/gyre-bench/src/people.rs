//! Fills a server with people and what they did, as fast as it takes it.

use crate::events::{Events, KEY};
use crate::load::Requests as _;
use crate::server::Server;
use crate::wire::Wire;
use anyhow::{anyhow, ensure};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Requests under way at once.
const ABREAST: usize = 8;
/// How often a batch is sent again while the server says later.
const RETRIES: usize = 60;
/// Events in a request.
pub(crate) const BATCH: u64 = 500;
/// How long the processor may take for all of it.
const PATIENCE: Duration = Duration::from_secs(900);

/// Sends so many batches, and waits until processor and archivist have dealt with them; how long both took.
pub(crate) async fn fill(
    server: &Server,
    events: &Events,
    batches: u64,
) -> anyhow::Result<(Duration, Duration)> {
    let began = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..ABREAST {
        let target = server.collection(KEY)?;
        let mut connection = Wire::open(&target, events.path()).await?;
        let (mut events, next) = (events.clone(), Arc::clone(&next));
        let mut body = Vec::new();
        workers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= batches {
                    return Ok::<(), anyhow::Error>(());
                }
                body.clear();
                events.write(number, &mut body);
                let mut last = String::new();
                let mut taken = false;
                for _ in 0..RETRIES {
                    let (status, answer) = connection.post(&body).await?;
                    match events.judge(status, &answer) {
                        Ok(_) => taken = true,
                        Err(fault) => last = fault,
                    }
                    if taken {
                        break;
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                ensure!(taken, "a batch was not taken: {last}");
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    let sent = began.elapsed();
    let caught_up = server.caught_up(true, PATIENCE).await?;
    caught_up.ok_or_else(|| anyhow!("the server did not catch up within {PATIENCE:?}"))?;
    Ok((sent, began.elapsed()))
}
