//! Composition: from modules and a database to a gate, a router and the jobs. The same for the
//! served program and for every test.

use std::sync::Arc;

use axum::Router;
use db::{Db, Migration, Sql};
use gate::{Chance, Declared, Gate, Identify, Parts, Policy, States};
use kernel::Clock;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::app::{App, AppParts, Home};
use crate::module::{Job, MenuItem, Module, Routes};
use crate::words::Catalogue;
use crate::{openapi, server};

/// What a house is built from.
pub struct Plan<'a> {
    pub modules: &'a [&'static Module],
    pub db: Db,
    pub identify: Arc<dyn Identify>,
    pub clock: Arc<dyn Clock>,
    pub chance: Chance,
    pub home: Option<Home>,
    /// Whether callers come through a proxy of ours, whose word on their address is taken.
    pub behind_proxy: bool,
    /// Shown on a demo's first page; empty otherwise.
    pub demo_links: Vec<(String, String)>,
    pub metrics: PrometheusHandle,
}

/// A composed program.
pub struct House {
    pub gate: Gate,
    pub app: App,
    pub router: Router,
    pub jobs: Vec<&'static Job>,
    /// Every action and view the policy knows.
    pub declared: Vec<Declared>,
    /// Method and path of every route of the capabilities.
    pub paths: Vec<(&'static str, String)>,
}

/// The parts do not fit together: policies, words or migrations. A defect found at start-up.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    #[error(transparent)]
    Policy(#[from] gate::PolicyError),
    #[error(transparent)]
    Words(#[from] crate::words::WordsError),
}

/// All migrations of the gate and the modules, in the order of dependence.
pub fn migrations(modules: &[&'static Module]) -> Vec<Migration> {
    let theirs = modules.iter().flat_map(|module| module.migrations);
    gate::MIGRATIONS.iter().chain(theirs).copied().collect()
}

/// All named statements, for the test that prepares each on both engines.
pub fn statements(modules: &[&'static Module]) -> Vec<Sql> {
    let theirs = modules.iter().flat_map(|module| module.statements);
    gate::STATEMENTS.iter().chain(theirs).flat_map(|list| list.iter()).copied().collect()
}

/// All things whose rows are compared with their events.
pub fn states(modules: &[&'static Module]) -> Vec<States> {
    modules.iter().flat_map(|module| module.states).copied().collect()
}

/// Collects metrics of this process. Once per process.
///
/// # Errors
/// When a recorder is installed already.
pub fn install_metrics() -> Result<PrometheusHandle, metrics_exporter_prometheus::BuildError> {
    // Seconds; from a cached read to what a user would call slow.
    const BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0];
    let handle = PrometheusBuilder::new().set_buckets(&BUCKETS)?.install_recorder()?;
    describe_metrics();
    Ok(handle)
}

/// The HELP lines of `/metrics`.
fn describe_metrics() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!("lianhu_gate_total", "Actions and views, by how they ended.");
    describe_histogram!("lianhu_gate_seconds", "How long an action or view took, in seconds.");
    describe_counter!("lianhu_http_shed_total", "Calls turned away: too many were in work.");
    describe_gauge!("lianhu_db_write_queue", "Writes that wait.");
    describe_gauge!("lianhu_db_read_queue", "Reads that wait.");
    describe_counter!("lianhu_db_writes_total", "Writes done.");
    describe_counter!("lianhu_db_reads_total", "Reads done.");
    describe_counter!("lianhu_db_batches_total", "Commits; several writes may share one.");
    describe_counter!("lianhu_db_commit_micros_total", "Microseconds spent in commits.");
    describe_counter!("lianhu_db_shed_total", "Refused because a queue was full.");
    describe_counter!("lianhu_db_restarts_total", "Workers that had to begin anew.");
}

/// Metrics of a test: collected by nobody.
pub fn silent_metrics() -> PrometheusHandle {
    PrometheusBuilder::new().build_recorder().handle()
}

impl House {
    /// Builds the house. The database must be migrated.
    ///
    /// # Errors
    /// When policies or words do not fit what the modules declare.
    pub fn build(plan: Plan<'_>) -> Result<House, HouseError> {
        let mut routes = Routes::new();
        for module in plan.modules {
            (module.routes)(&mut routes);
        }
        let texts: Vec<(&str, &str)> =
            plan.modules.iter().map(|module| (module.name, module.policy)).collect();
        let policy = Policy::new(&routes.declared, &texts)?;
        let sources: Vec<_> = std::iter::once(crate::WORDS)
            .chain(plan.modules.iter().map(|module| module.words))
            .collect();
        let words = Catalogue::new(&sources)?;
        let mut menu: Vec<&'static MenuItem> =
            plan.modules.iter().flat_map(|module| module.menu).collect();
        // Where everybody begins comes first, whichever module brings it; upkeep comes last.
        menu.sort_by_key(|item| (item.path != "/", item.upkeep));
        let jobs = plan.modules.iter().flat_map(|module| module.jobs).collect();
        let gate = Gate::new(Parts {
            db: plan.db,
            policy,
            identify: plan.identify,
            clock: plan.clock,
            chance: plan.chance,
        });
        let openapi = openapi::document(&routes.operations, env!("CARGO_PKG_VERSION"));
        let (declared, paths) = (routes.declared.clone(), routes.paths.clone());
        let app = App::new(AppParts {
            gate: gate.clone(),
            words,
            menu,
            home: plan.home,
            behind_proxy: plan.behind_proxy,
            demo_links: plan.demo_links,
            openapi,
            limits: openapi::limits(&routes.operations),
            metrics: plan.metrics,
        });
        let router = server::router(routes, app.clone());
        Ok(House { gate, app, router, jobs, declared, paths })
    }
}
