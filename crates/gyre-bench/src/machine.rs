//! What the figures were measured on, and what its disk and this generator can do at best.

use crate::figures::{Report, millis};
use crate::http::Target;
use crate::load::{Plan, Requests, run};
use crate::outcome::{histogram, micros};
use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How often the disk is asked.
const APPENDS: usize = 40;

/// The machine, and how long its disk takes to keep something.
pub(crate) fn describe(folder: &Path) -> anyhow::Result<Report> {
    let cores = std::thread::available_parallelism()?.get();
    let info = std::fs::read_to_string("/proc/cpuinfo").context("no /proc/cpuinfo")?;
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |line| line.trim_start_matches([' ', '\t', ':']));
    let memory = std::fs::read_to_string("/proc/meminfo").context("no /proc/meminfo")?;
    let memory = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let memory = memory.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    let gibibytes = memory.unwrap_or(0.0) / f64::from(1 << 20);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kind = file_system(folder);
    let setting = format!(
        "{cores} cores of {model}, {gibibytes:.0} GiB, Linux {}, data on {kind}",
        kernel.trim()
    );
    let mut report = Report::new("machine", setting);
    disk(&mut report, folder)?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let before = load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
    report.figure("load average before", before, "processes");
    if kind == "tmpfs" {
        report.note("tmpfs keeps nothing: figures of what is durable mean nothing here");
    }
    Ok(report)
}

/// The kind of file system a folder is on.
fn file_system(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        fields.next().zip(fields.next())
    });
    let under = mounts.filter(|(at, _)| folder.starts_with(at));
    let nearest = under.max_by_key(|(at, _)| at.len());
    nearest.map_or_else(|| "an unknown file system".to_owned(), |(_, kind)| kind.to_owned())
}

/// How long an append of 1 MiB, and of 4 KiB, takes until it is on disk.
fn disk(report: &mut Report, folder: &Path) -> anyhow::Result<()> {
    for (name, size) in [("1 MiB", 1 << 20), ("4 KiB", 4 << 10)] {
        let mut file = tempfile::tempfile_in(folder)?;
        let block = vec![0xa5; size];
        let mut found = histogram(3)?;
        for _ in 0..APPENDS {
            let began = Instant::now();
            file.write_all(&block)?;
            file.sync_data()?;
            found.saturating_record(micros(began.elapsed()));
        }
        let at = |quantile| millis(found.value_at_quantile(quantile));
        report.figure(format!("append of {name} and fdatasync, p50"), at(0.5), "ms");
        report.figure(format!("append of {name} and fdatasync, p99"), at(0.99), "ms");
    }
    Ok(())
}

/// The same load against a responder in this process that keeps nothing: what the generator costs and
/// how exact it is by itself.
pub(crate) async fn generator(
    report: &mut Report,
    plan: Plan,
    requests: impl Requests,
    answer: String,
) -> anyhow::Result<()> {
    let plan = Plan { span: Duration::from_secs(2), ..plan };
    let address = respond(answer)?;
    let target = Target { address, authorization: HeaderValue::from_static("none") };
    let outcome = run(plan, target, requests).await?;
    let latency = millis(outcome.latency.value_at_quantile(0.99));
    report.figure("reference: p99 against a responder that keeps nothing", latency, "ms");
    let came = outcome.answered as f64 / outcome.wall.as_secs_f64();
    report.figure("reference: requests it answered", came, "requests/s");
    let cores = outcome.processor.as_secs_f64() / outcome.wall.as_secs_f64();
    report.figure("reference: the generator alone", cores, "cores");
    Ok(())
}

/// Starts the responder on a thread of its own; it lives as long as this process.
fn respond(answer: String) -> anyhow::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let answer = Bytes::from(answer);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("responder".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let answer = answer.clone();
                let reply = move |request: Request<Incoming>| {
                    let answer = answer.clone();
                    async move {
                        // Read to the end, as a server must.
                        drop(request.into_body().collect().await);
                        Ok::<_, Infallible>(Response::new(Full::new(answer)))
                    }
                };
                let serve =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(reply));
                tokio::spawn(async move { drop(serve.await) });
            }
            #[expect(unreachable_code, reason = "says the type of the errors above")]
            Ok::<(), std::io::Error>(())
        })
    })?;
    Ok(address)
}
