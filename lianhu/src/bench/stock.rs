//! The requests that are there before anything is measured, filed through the real action by
//! many at once, while the journal is sealed as it is in a running program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use gate::seal::{ROUND_MAX, Sealer};
use gate::{Gate, Receipt, Refusal};
use requests::actions::filing::File;
use serde_json::json;
use uuid::Uuid;
use web::Secret;

use super::scene::{self, Community, Scene};
use super::texts;
use crate::{Where, compose};

/// Filings on their way at once: about what one commit takes together.
const AT_ONCE: u64 = 256;

/// How often the progress is shown.
const SHOWN_EVERY: Duration = Duration::from_secs(5);

/// A pause of the sealer that left nothing waiting.
const IDLE: Duration = Duration::from_millis(500);

/// Files requests until there are `wanted`, spread evenly over the communities.
pub fn fill(at: &Where, scene: &Arc<Scene>, wanted: u64) -> Result<()> {
    let missing = wanted.saturating_sub(scene::stored(at)?);
    if missing == 0 {
        return Ok(());
    }
    let db = at.open(true)?;
    let gate = compose::house(db, compose::Edge::default())?.gate;
    let filled = Arc::new(AtomicBool::new(false));
    let (sealing, sealer, until) = (gate.clone(), at.sealer()?, filled.clone());
    let sealing = std::thread::spawn(move || seal(&sealing, &sealer, &until));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(file_all(&gate, scene, missing));
    filled.store(true, Ordering::Relaxed);
    let sealed = sealing.join().unwrap_or_else(|_| Err(Refusal::Defect("sealing".to_owned())));
    gate.db().checkpoint()?;
    gate.db().close();
    done.and(sealed)?;
    Ok(())
}

async fn file_all(gate: &Gate, scene: &Arc<Scene>, missing: u64) -> Result<(), Refusal> {
    let next = Arc::new(AtomicU64::new(0));
    let mut filing = Vec::new();
    for _ in 0..AT_ONCE.min(missing) {
        let (gate, scene, next) = (gate.clone(), scene.clone(), next.clone());
        filing.push(tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= missing {
                    return Ok(());
                }
                let community = number % scene.communities.len() as u64;
                file(&gate, &scene.communities[community as usize], number).await?;
            }
        }));
    }
    let started = Instant::now();
    let showing = tokio::spawn(async move {
        loop {
            tokio::time::sleep(SHOWN_EVERY).await;
            let done = next.load(Ordering::Relaxed).min(missing);
            let rate = done as f64 / started.elapsed().as_secs_f64();
            eprintln!("{done} of {missing} requests filed, {rate:.0} per second");
        }
    });
    let mut result = Ok(());
    for task in filing {
        let ended = task.await.unwrap_or_else(|error| Err(Refusal::Defect(error.to_string())));
        result = result.and(ended);
    }
    showing.abort();
    result
}

async fn file(gate: &Gate, community: &Community, number: u64) -> Result<(), Refusal> {
    let defect = |what: &str| Refusal::Defect(what.to_owned());
    let mut chance = fastrand::Rng::with_seed(number);
    let text = json!({ "text": texts::request(&mut chance) });
    let action: File =
        serde_json::from_value(text).map_err(|error| Refusal::Defect(error.to_string()))?;
    let clerk = &community.clerks[chance.usize(..2)];
    let secret = Secret::parse(&clerk.token).ok_or_else(|| defect("bench.json holds no token"))?;
    let receipt = Receipt(Uuid::from_u128(fastrand::u128(..)));
    gate.perform(secret.credential(), receipt, action).await.map(drop)
}

fn seal(gate: &Gate, sealer: &Sealer, filled: &AtomicBool) -> Result<(), Refusal> {
    loop {
        let last = filled.load(Ordering::Relaxed);
        match sealer.seal(gate.db(), gate.chance())? {
            0 if last => break,
            linked if linked < ROUND_MAX && !last => std::thread::sleep(IDLE),
            _ => {}
        }
    }
    // At most a thousand logs are signed in one go.
    while sealer.sign(gate.db(), gate.now())? > 0 {}
    Ok(())
}
