//! One client: a connection that is kept alive, and one call after the other on it.
//!
//! Shared by the bench and, by path, by the tests that run the whole program: whoever measures
//! and whoever kills the server speak to it in the same way.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use tokio::net::TcpStream;
use uuid::Uuid;

/// No call may take longer: the server itself gives up after thirty seconds.
const CALL_MAX: Duration = Duration::from_secs(40);

/// What is asked of the server.
#[derive(Clone)]
pub struct Call<'a> {
    pub method: Method,
    pub path: &'a str,
    /// A bearer token; empty for none.
    pub token: &'a str,
    /// The `Idempotency-Key`.
    pub key: Option<Uuid>,
    pub body: Option<&'a Json>,
}

impl<'a> Call<'a> {
    pub fn get(token: &'a str, path: &'a str) -> Call<'a> {
        Call { method: Method::GET, path, token, key: None, body: None }
    }

    pub fn post(token: &'a str, path: &'a str, key: Uuid, body: &'a Json) -> Call<'a> {
        Call { method: Method::POST, path, token, key: Some(key), body: Some(body) }
    }
}

/// What came back, whole.
pub struct Reply {
    pub status: u16,
    /// Seconds after which a caller that was sent away may come again.
    pub retry_after: Option<u32>,
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON, when the status is the expected one.
    ///
    /// # Errors
    /// Another status, or no JSON; the body's beginning is in the message.
    pub fn json(&self, expected: u16) -> Result<Json> {
        let shown = || String::from_utf8_lossy(&self.body).chars().take(400).collect::<String>();
        if self.status != expected {
            return Err(anyhow!("{} instead of {expected}: {}", self.status, shown()));
        }
        serde_json::from_slice(&self.body).with_context(|| format!("no JSON: {}", shown()))
    }
}

/// A client's connection; opened at the first call and again after it broke.
pub struct Client {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Client {
        Client { address, sender: None }
    }

    /// Asks and waits for the whole answer.
    ///
    /// # Errors
    /// When the connection cannot be made or breaks; whether the server did it is then unknown.
    pub async fn call(&mut self, call: &Call<'_>) -> Result<Reply> {
        let done = tokio::time::timeout(CALL_MAX, self.exchange(call)).await;
        let reply = done.context("no answer in time").flatten();
        if reply.is_err() {
            self.sender = None;
        }
        reply
    }

    async fn exchange(&mut self, call: &Call<'_>) -> Result<Reply> {
        let request = self.request(call)?;
        let sender = match &mut self.sender {
            Some(sender) if !sender.is_closed() => sender,
            closed => closed.insert(connect(self.address).await?),
        };
        sender.ready().await?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|seconds| seconds.parse().ok());
        let body = body.collect().await?.to_bytes();
        Ok(Reply { status: head.status.as_u16(), retry_after, body })
    }

    fn request(&self, call: &Call<'_>) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(&call.method)
            .uri(call.path)
            .header(HOST, self.address.to_string());
        if !call.token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", call.token));
        }
        if let Some(key) = call.key {
            request = request.header("idempotency-key", key.to_string());
        }
        let body = match call.body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        request.body(Full::new(body)).context("a request that cannot be sent")
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with the sender, or when the server goes; the call at hand hears of that.
    tokio::spawn(connection);
    Ok(sender)
}
