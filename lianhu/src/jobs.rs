//! What happens by itself: the sealer, the checkpoints, and the capabilities' jobs, each on a
//! thread of its own until the program stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gate::Gate;
use gate::seal::{ROUND_MAX, Sealer};
use web::Job;

/// The window in which an act is protected by the transaction log alone. The longer it is, the more
/// events of one community are linked together: its head and the end of its log are written once.
const SEAL_EVERY: Duration = Duration::from_secs(1);

/// A pause after sealing failed.
const SEAL_AGAIN: Duration = Duration::from_secs(5);

/// How often a grown log gets a new checkpoint.
const SIGN_EVERY: Duration = Duration::from_secs(60);

/// How soon a stop is noticed.
const NOTICE: Duration = Duration::from_millis(50);

/// The running jobs; stopping waits for the round at hand.
pub struct Jobs {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Jobs {
    pub fn start(gate: &Gate, jobs: &[&'static Job], sealer: Sealer) -> Jobs {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        let (sealing, until) = (gate.clone(), stop.clone());
        threads.push(std::thread::spawn(move || seal(&sealing, &sealer, &until)));
        for job in jobs.iter().copied() {
            let (gate, until) = (gate.clone(), stop.clone());
            threads.push(std::thread::spawn(move || repeat(&gate, job, &until)));
        }
        Jobs { stop, threads }
    }

    /// Ends all of them and waits until they have.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // A panicked job was logged by the panic hook; stopping goes on.
            let _ = thread.join();
        }
    }
}

fn seal(gate: &Gate, sealer: &Sealer, stop: &AtomicBool) {
    let mut signed = Instant::now();
    loop {
        let stopping = stop.load(Ordering::Relaxed);
        let mut more = false;
        match sealer.seal(gate.db(), gate.chance()) {
            // More is waiting: go on without a pause.
            Ok(linked) if linked == ROUND_MAX => more = true,
            Ok(_) => rest(SEAL_EVERY, stop),
            Err(error) => {
                tracing::warn!(%error, "sealing failed, trying again");
                rest(SEAL_AGAIN, stop);
            }
        }
        if stopping || signed.elapsed() >= SIGN_EVERY {
            signed = Instant::now();
            if let Err(error) = sealer.sign(gate.db(), gate.now()) {
                tracing::error!(%error, "a checkpoint was not signed");
            }
        }
        if stopping && !more {
            return;
        }
    }
}

fn repeat(gate: &Gate, job: &'static Job, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        match (job.run)(gate) {
            Ok(0) => {}
            // A round is bounded: there may be more, so the next begins without a rest.
            Ok(changed) => {
                tracing::info!(job = job.name, changed, "job done");
                continue;
            }
            Err(error) => tracing::warn!(job = job.name, %error, "job failed, trying again"),
        }
        rest(Duration::from_secs(job.every_seconds), stop);
    }
}

fn rest(time: Duration, stop: &AtomicBool) {
    let until = Instant::now() + time;
    while !stop.load(Ordering::Relaxed) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(NOTICE));
    }
}
