//! The program as a process of its own: started on a free port, watched, killed.
//!
//! Shared by the bench and, by path, by the tests that run the whole program.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

/// A start may have to recover the data of a killed one first.
const START_MAX: Duration = Duration::from_secs(60);

/// Linux tells processes their times in hundredths of a second.
const MILLISECONDS_PER_TICK: u64 = 10;

/// What a process has used since its start, and the memory it has.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub resident_kb: u64,
    pub resident_peak_kb: u64,
    /// Bytes sent to the disk.
    pub written_bytes: u64,
    /// Time on a processor, its own and the system's for it.
    pub cpu: Duration,
}

/// A running `lianhu serve`; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to the line that says where it listens.
    pub ready: Duration,
}

impl Server {
    /// Starts `program serve --listen 127.0.0.1:0` with further arguments and waits until it
    /// listens. What it logs goes where ours does.
    ///
    /// # Errors
    /// When it cannot be run, ends, or does not listen in time.
    pub fn start(program: &Path, arguments: &[&str]) -> Result<Server> {
        let started = Instant::now();
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("LIANHU_LOG", std::env::var_os("LIANHU_LOG").unwrap_or_else(|| "error".into()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let lines = lines(&mut child);
        match listening(&lines) {
            Ok(address) => Ok(Server { child, address, ready: started.elapsed() }),
            Err(error) => {
                // What does not listen is of no use; the reason is in the error already.
                let _ = child.kill().and_then(|()| child.wait());
                Err(error)
            }
        }
    }

    /// Ends it as a power cut of the process would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, and waits until it has finished what is in work.
    ///
    /// # Errors
    /// When it cannot be asked, or ends with a failure.
    pub fn stop(&mut self) -> Result<()> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status()?;
        ensure!(asked.success(), "the server cannot be asked to stop");
        let ended = self.child.wait()?;
        ensure!(ended.success(), "the server ended with {ended}");
        Ok(())
    }

    /// What the process has used until now.
    ///
    /// # Errors
    /// When it is gone.
    pub fn usage(&self) -> Result<Usage> {
        let said =
            |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()));
        let (status, io, stat) = (said("status")?, said("io")?, said("stat")?);
        // The name stands in brackets and may have blanks; user and system time are the twelfth
        // and thirteenth field behind it.
        let times = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks: u64 = times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Ok(Usage {
            resident_kb: number(&status, "VmRSS:")?,
            resident_peak_kb: number(&status, "VmHWM:")?,
            written_bytes: number(&io, "write_bytes:")?,
            cpu: Duration::from_millis(ticks * MILLISECONDS_PER_TICK),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to stop.
        let _ = self.kill();
    }
}

/// The number behind a name in a file of `/proc`.
fn number(text: &str, name: &str) -> Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).with_context(|| format!("no {name} in /proc"))
}

/// Reads the child's lines for as long as it lives, so that it never waits for a reader.
fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Nobody listens any more once the address is known, and that is well.
                let _ = sender.send(line);
            }
        });
    }
    receiver
}

fn listening(lines: &Receiver<String>) -> Result<SocketAddr> {
    let until = Instant::now() + START_MAX;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let line = lines.recv_timeout(left).map_err(|_| anyhow!("the server does not listen"))?;
        if let Some(address) = line.strip_prefix("listening http://") {
            return address.parse().context("the address it listens on");
        }
    }
}
