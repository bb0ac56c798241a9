//! A PostgreSQL for the length of one run: a measurement, or the drill of a backup. Needs Debian's
//! package `postgresql` and is removed with this value.

use anyhow::{Context, Result};
use db::private_postgres::{Database, Options, Server};
use tempfile::TempDir;

/// An empty database on a server of its own. The order of fields is the order they end in.
pub struct OwnPostgres {
    database: Database,
    _server: Server,
    _folder: TempDir,
}

impl OwnPostgres {
    /// `durable`: commits wait for the disk.
    pub fn start(durable: bool) -> Result<OwnPostgres> {
        let folder = tempfile::tempdir().context("no room for PostgreSQL")?;
        let server = Server::start_with(folder.path(), Options { fsync: durable })?;
        let database = server.fresh_database()?;
        Ok(OwnPostgres { database, _server: server, _folder: folder })
    }

    pub fn url(&self) -> String {
        self.database.url.clone()
    }
}
