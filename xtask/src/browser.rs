//! The browser tests: a real browser against a real server with the demonstration in it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::Result;

use crate::background::{Background, free_port};
use crate::run::{self, Build};
use crate::tools::{self, Workspace};

/// Serves a new demonstration on a free port and runs Playwright against it.
pub fn browser(workspace: &Workspace) -> Result<()> {
    let chromium = tools::chromium(workspace)?;
    let program = run::build_server(workspace, Build::Tests)?;
    let address = format!("127.0.0.1:{}", free_port()?);
    let server = Background::start("fangxian", None, "TERM", |dir| {
        let data = dir.join("data");
        vec![
            program.into(),
            "demo".into(),
            "--data".into(),
            data.into(),
            "--listen".into(),
            address.clone().into(),
        ]
    })?;
    // It loads the demonstration before it is ready.
    server.wait_until(Duration::from_mins(3), || is_ready(&address))?;
    let mut playwright = workspace.node("npx", &["playwright", "test"]);
    playwright
        .env("BASE_URL", format!("http://{address}"))
        .env("CHROMIUM", chromium);
    tools::run(&mut playwright).inspect_err(|_| println!("\nThe end of the server's log:\n{}", server.log()))
}

/// Whether the server at this address says that it is ready. Waits 5 s at most for each part of the answer.
fn is_ready(address: &str) -> bool {
    let ask = || -> Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.take(10_000).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one request with this text, and says what `is_ready` makes of it.
    fn answered(text: &'static str) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a request");
            // To its end: a connection closed over something unread is reset, and the answer with it.
            let request = BufReader::new(&stream).lines().map_while(Result::ok);
            assert!(request.take_while(|line| !line.is_empty()).count() > 0);
            stream.write_all(text.as_bytes()).expect("an answer");
        });
        let ready = is_ready(&address);
        server.join().expect("it ends");
        ready
    }

    #[test]
    fn only_200_is_ready() {
        assert!(answered("HTTP/1.1 200 OK\r\n\r\n"));
        assert!(!answered("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
        assert!(!answered(""));
    }
}
