//! Serving: open, listen, work until asked to stop, then finish what is in work.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use tokio::net::TcpListener;
use web::House;

use crate::Where;
use crate::compose::{self, Edge};
use crate::jobs::Jobs;

/// Requests in work at a stop get this long.
const DRAIN_MAX: Duration = Duration::from_secs(10);

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    at: Where,
    /// Address to listen on. Put a TLS proxy before it to serve beyond this machine.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
    /// Take the caller's address from the last entry of X-Forwarded-For, as the proxy before this
    /// program appends it. Only where nobody can come past the proxy: the limits on guessing go
    /// by that address.
    #[arg(long)]
    behind_proxy: bool,
}

impl Serve {
    pub fn run(self) -> Result<()> {
        let db = self.at.open(true)?;
        let set_up = crate::setup::link_if_empty(&db)?;
        let edge = Edge { behind_proxy: self.behind_proxy, ..Edge::default() };
        let house = compose::house(db, edge)?;
        run(house, &self.at, self.listen, |base| {
            if let Some(path) = set_up {
                say(&format!("set-up link, valid once: {base}{path}"));
            }
        })
    }
}

/// Serves a composed house until SIGINT or SIGTERM.
pub fn run(house: House, at: &Where, listen: SocketAddr, started: impl FnOnce(&str)) -> Result<()> {
    let sealer = at.sealer()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let gate = house.gate.clone();
    let jobs = Jobs::start(&gate, &house.jobs, sealer);
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr().context("the listening address")?;
        let base = format!("http://{address}");
        say(&format!("listening {base}"));
        started(&base);
        let service = house.router.into_make_service_with_connect_info::<SocketAddr>();
        let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            asked_to_stop().await;
            // Nobody waits for it when serving has ended by itself.
            let _ = stopping.send(());
        });
        tokio::select! {
            done = serving => done.context("serving failed"),
            () = async { let _ = stopped.await; tokio::time::sleep(DRAIN_MAX).await } => Ok(()),
        }
    });
    jobs.stop();
    runtime.shutdown_timeout(Duration::from_secs(1));
    gate.db().close();
    served
}

/// A line on standard output, whole and at once, for people and for programs that wait for it.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe must not stop the server.
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
