//! A load of HTTP/1.1 requests over kept connections, as light as can be: what it costs is taken from the
//! same two cores as the server.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kit::{Problem, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What a load came to.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Answers a second.
    pub rate: f64,
    /// Median, milliseconds.
    pub p50: f64,
    /// 99th percentile, milliseconds.
    pub p99: f64,
    /// Answers that were not 200.
    pub failed: u64,
}

/// Loads of one kind as one: the mean of their rates and medians, the worst of their 99th percentiles.
pub fn together(loads: &[Load]) -> Load {
    let n = f64::from(u32::try_from(loads.len()).unwrap_or(u32::MAX));
    Load {
        rate: loads.iter().map(|load| load.rate).sum::<f64>() / n,
        p50: loads.iter().map(|load| load.p50).sum::<f64>() / n,
        p99: loads.iter().map(|load| load.p99).fold(0.0, f64::max),
        failed: loads.iter().map(|load| load.failed).sum(),
    }
}

/// Sends requests from `connections` at once for `span`; `body` makes the nth request's body.
pub async fn run(
    address: SocketAddr,
    path: &str,
    token: &str,
    connections: usize,
    span: Duration,
    body: impl Fn(u64) -> String + Send + Sync + 'static,
) -> Result<Load> {
    let path = path.to_owned();
    requests(address, token, connections, span, move |n| {
        (path.clone(), body(n))
    })
    .await
}

/// As [`run`]; `make` makes path and body of the nth request. An empty body is a GET.
pub async fn requests(
    address: SocketAddr,
    token: &str,
    connections: usize,
    span: Duration,
    make: impl Fn(u64) -> (String, String) + Send + Sync + 'static,
) -> Result<Load> {
    let (stop, count, failed) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
    );
    let make = Arc::new(make);
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::with_capacity(connections);
    let head = format!(
        " HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
    );
    for _ in 0..connections {
        let (stop, count, failed) = (stop.clone(), count.clone(), failed.clone());
        let (make, next, head) = (make.clone(), next.clone(), head.clone());
        tasks.push(tokio::spawn(async move {
            let mut times: Vec<u32> = Vec::new();
            let Ok(mut stream) = TcpStream::connect(address).await else {
                return times;
            };
            let _ = stream.set_nodelay(true);
            let mut buffer = vec![0; 1 << 16];
            while !stop.load(Ordering::Relaxed) {
                let (path, text) = make(next.fetch_add(1, Ordering::Relaxed));
                let verb = if text.is_empty() { "GET" } else { "POST" };
                let request = format!("{verb} {path}{head}content-length: {}\r\n\r\n{text}", text.len());
                let start = Instant::now();
                if stream.write_all(request.as_bytes()).await.is_err() {
                    break;
                }
                match answer(&mut stream, &mut buffer).await {
                    Some(true) => count.fetch_add(1, Ordering::Relaxed),
                    Some(false) => failed.fetch_add(1, Ordering::Relaxed),
                    None => break,
                };
                times.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            times
        }));
    }
    let start = Instant::now();
    tokio::time::sleep(span).await;
    let answered = count.load(Ordering::Relaxed);
    let rate = f64::from(u32::try_from(answered).unwrap_or(u32::MAX)) / start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.map_err(Problem::internal)?);
    }
    times.sort_unstable();
    let at = |part: usize| {
        times
            .get(times.len().saturating_sub(1) * part / 100)
            .map_or(0.0, |t| f64::from(*t) / 1000.0)
    };
    Ok(Load {
        rate,
        p50: at(50),
        p99: at(99),
        failed: failed.load(Ordering::Relaxed),
    })
}

/// Reads one answer; whether it was 200. `None` when the connection has ended.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Option<bool> {
    let mut filled = 0;
    loop {
        let n = stream
            .read(buffer.get_mut(filled..)?)
            .await
            .ok()
            .filter(|n| *n > 0)?;
        filled += n;
        let text = &buffer[..filled];
        let Some(end) = text.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&text[..end]).ok()?.to_ascii_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .and_then(|n| n.trim().parse().ok())
            .unwrap_or(0);
        if filled >= end + 4 + length {
            return Some(text.starts_with(b"HTTP/1.1 200"));
        }
    }
}
