//! Where the browser comes back to: what both programs with a Rust library have in common.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use url::Url;

/// Takes the first request that has an answer in it, and says that the window may be closed.
pub fn wait_for_answer(listener: &TcpListener) -> Result<Url, Box<dyn Error>> {
    for stream in listener.incoming() {
        let mut stream: TcpStream = stream?;
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or("/");
        let url = Url::parse("http://127.0.0.1")?.join(path)?;
        let body = "You can close this window.";
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        if url.path() == "/callback" {
            return Ok(url);
        }
    }
    Err("nobody answered".into())
}
