//! A PostgreSQL server of one's own, for tests, benchmarks and fault drills.
//!
//! It listens on a socket in its folder, trusts whoever comes by it, and holds only invented
//! data. A shell stands between it and us and watches a pipe: however our process
//! ends, the pipe closes and the server with it. PostgreSQL refuses to run as root; then it
//! runs as the user `postgres`.

use ::postgres::{Client, NoTls};
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A URL of a server with the right to create databases, used in place of a private one.
pub const SHARED_URL: &str = "LIANHU_TEST_POSTGRES";
/// How long a server may take to start; crash recovery included.
const START_MAX: Duration = Duration::from_secs(60);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

/// How a server is set up.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether commits wait for the disk. Only benchmarks and fault drills need that.
    pub fsync: bool,
}

/// A running server; stopped when dropped.
#[derive(Debug)]
pub struct Server {
    /// The URL of its maintenance database.
    pub url: String,
    private: Option<Private>,
}

#[derive(Debug)]
struct Private {
    dir: PathBuf,
    port: u16,
    options: Options,
    leave: Leave,
    /// The shell that ends the server when its input does.
    watch: Option<Child>,
}

/// What becomes of the server's folder when the server ends. The watch sweeps, because the
/// shared server is a static and those are never dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    Keep,
    Sweep,
}

/// A database of a test's own, dropped with this.
#[derive(Debug)]
pub struct Database {
    /// Its URL.
    pub url: String,
    name: String,
    server: String,
}

impl Server {
    /// Starts a server in `dir`, which is made if missing, without fsync.
    pub fn start(dir: &Path) -> Result<Server, Error> {
        Server::start_with(dir, Options { fsync: false })
    }

    /// Starts a server in `dir`, which is made if missing.
    pub fn start_with(dir: &Path, options: Options) -> Result<Server, Error> {
        Server::launch(dir, options, Leave::Keep)
    }

    fn launch(dir: &Path, options: Options, leave: Leave) -> Result<Server, Error> {
        make_dir(dir)?;
        let data = dir.join("data");
        if !data.exists() {
            let mut initdb = program("initdb")?;
            initdb.args(["--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8"]);
            initdb.args(["--locale", "C", "-D"]).arg(&data);
            run(initdb)?;
        }
        let (dir, port) = (dir.to_owned(), free_port()?);
        let mut private = Private { dir, port, options, leave, watch: None };
        private.launch()?;
        Ok(Server { url: private.url(), private: Some(private) })
    }

    /// The server that all tests of this process share: the one that [`SHARED_URL`] names, or a
    /// private one that is started now and removed with the process.
    pub fn shared() -> Result<&'static Server, Error> {
        static SHARED: OnceLock<Server> = OnceLock::new();
        static STARTING: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _one = STARTING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(server) = SHARED.get() {
            return Ok(server);
        }
        let server = match std::env::var(SHARED_URL) {
            Ok(url) => Server { url, private: None },
            Err(_) => {
                let dir = format!("lianhu-postgres-{}", std::process::id());
                let dir = std::env::temp_dir().join(dir);
                // A process of the same number may have left something.
                let _ = fs::remove_dir_all(&dir);
                Server::launch(&dir, Options { fsync: false }, Leave::Sweep)?
            }
        };
        Ok(SHARED.get_or_init(|| server))
    }

    /// Makes an empty database.
    pub fn fresh_database(&self) -> Result<Database, Error> {
        let name = format!("lianhu_test_{}", Uuid::new_v4().simple());
        sql(&self.url, &format!("create database {name}"))?;
        let base = self.url.split('?').next().unwrap_or(&self.url);
        let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
        Ok(Database { url: format!("{base}/{name}"), name, server: self.url.clone() })
    }

    /// Kills the postmaster with SIGKILL, as a power cut of the process would. Its children end
    /// by themselves.
    pub fn kill(&mut self) -> Result<(), Error> {
        let private = self.private_mut()?;
        private.signal("-KILL")?;
        private.stop();
        Ok(())
    }

    /// Starts the server again on the same port, after [`Server::kill`] or while it runs.
    pub fn restart(&mut self) -> Result<(), Error> {
        let private = self.private_mut()?;
        private.stop();
        private.launch()
    }

    fn private_mut(&mut self) -> Result<&mut Private, Error> {
        let shared = || Error("a shared server is not ours to kill".to_owned());
        self.private.as_mut().ok_or_else(shared)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(private) = &mut self.private {
            private.stop();
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that was killed by its test has nothing left to drop.
        let _ = sql(&self.server, &format!("drop database if exists {} with (force)", self.name));
    }
}

impl Private {
    /// Starts the server under its watch and waits until it answers.
    fn launch(&mut self) -> Result<(), Error> {
        // A killed postmaster's children may hold on to its memory for a moment; then the next
        // one refuses to start.
        let until = Instant::now() + START_MAX;
        loop {
            let mut watch = self.spawn()?;
            if self.answers(&mut watch, until) {
                self.watch = Some(watch);
                return Ok(());
            }
            if Instant::now() > until {
                let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(5).collect();
                return Err(Error(format!("PostgreSQL does not start: {}", tail.join(" | "))));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn spawn(&self) -> Result<Child, Error> {
        const WATCH: &str = r#"
            postgres=$1 dir=$2 port=$3 fsync=$4 sweep=$5
            exec 3<&0
            "$postgres" -D "$dir/data" -p "$port" -h "" -k "$dir" -c fsync="$fsync" \
                -c max_connections=500 -c shared_buffers=64MB \
                >>"$dir/log" 2>&1 </dev/null 3<&- &
            server=$!
            echo $server >"$dir/server"
            { cat <&3 >/dev/null; kill -QUIT $server; } &
            guard=$!
            wait $server
            kill $guard
            [ "$sweep" = yes ] && rm -rf "$dir"
            exit 0"#;
        let postgres = find("postgres")?;
        let mut shell = as_postgres(Command::new("sh"))?;
        shell.args(["-c", WATCH, "watch"]).arg(postgres).arg(&self.dir);
        shell.arg(self.port.to_string()).arg(if self.options.fsync { "on" } else { "off" });
        shell.arg(if self.leave == Leave::Sweep { "yes" } else { "no" }).current_dir("/");
        // A group of its own: Ctrl-C at a test must not end the watch before its work is done.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        shell.spawn().map_err(|error| Error(format!("cannot run sh: {error}")))
    }

    fn answers(&self, watch: &mut Child, until: Instant) -> bool {
        let url = self.url();
        while Instant::now() < until && matches!(watch.try_wait(), Ok(None)) {
            if sql(&url, "select 1").is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// By its socket, which takes a quarter more writes on two cores than the loopback does.
    fn url(&self) -> String {
        let socket = self.dir.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{socket}:{}/postgres", self.port)
    }

    fn signal(&self, signal: &str) -> Result<(), Error> {
        let file = self.dir.join("server");
        let pid = fs::read_to_string(&file).map_err(|error| Error(format!("no pid: {error}")))?;
        let mut kill = Command::new("kill");
        kill.args([signal, pid.trim()]);
        run(kill)
    }

    /// Closes the pipe and waits until the server is gone.
    fn stop(&mut self) {
        if let Some(mut watch) = self.watch.take() {
            drop(watch.stdin.take());
            // Nothing is left to do for a watch that cannot be waited for.
            let _ = watch.wait();
        }
    }
}

/// Runs one statement. On a thread of its own, because a test may stand inside a runtime,
/// where the driver's blocking is refused.
fn sql(url: &str, statement: &str) -> Result<(), Error> {
    std::thread::scope(|scope| {
        let run = || Client::connect(url, NoTls)?.batch_execute(statement);
        let done = scope.spawn(run).join();
        match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error(format!("{statement}: {error}"))),
            Err(_) => Err(Error(format!("{statement}: the driver panicked"))),
        }
    })
}

/// Where Debian keeps a binary: in PATH, or beside its version.
fn find(name: &str) -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    // The newest first, by number: 9 is older than 15.
    versions.sort_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        std::cmp::Reverse(version.and_then(|version| version.parse::<u32>().ok()))
    });
    std::env::split_paths(&path)
        .chain(versions)
        .map(|bin| bin.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| {
            Error(format!(
                "PostgreSQL's {name} is not on this machine: install Debian's package \
                 «postgresql», or name a server in {SHARED_URL}"
            ))
        })
}

fn program(name: &str) -> Result<Command, Error> {
    as_postgres(Command::new(find(name)?))
}

/// The user and group that PostgreSQL runs as when we are root.
fn postgres_user() -> Result<Option<(u32, u32)>, Error> {
    let own = fs::metadata("/proc/self").map_err(|error| Error(format!("/proc: {error}")))?;
    if own.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = users.lines().find_map(|line| line.strip_prefix("postgres:"));
    let mut ids = line.unwrap_or_default().split(':').skip(1).map(str::parse::<u32>);
    match (ids.next(), ids.next()) {
        (Some(Ok(user)), Some(Ok(group))) => Ok(Some((user, group))),
        _ => Err(Error("root cannot run PostgreSQL and there is no user «postgres»".to_owned())),
    }
}

fn as_postgres(mut command: Command) -> Result<Command, Error> {
    if let Some((user, group)) = postgres_user()? {
        command.uid(user).gid(group);
    }
    Ok(command)
}

fn make_dir(dir: &Path) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error(format!("{}: {error}", dir.display()));
    fs::create_dir_all(dir).map_err(failed)?;
    if let Some((user, group)) = postgres_user()? {
        std::os::unix::fs::chown(dir, Some(user), Some(group)).map_err(failed)?;
    }
    Ok(())
}

fn free_port() -> Result<u16, Error> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Error(format!("no free port: {error}")))
}

fn run(mut command: Command) -> Result<(), Error> {
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let name = command.get_program().display().to_string();
    let failed = |error: std::io::Error| Error(format!("{name}: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    let mut output = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut output).map_err(failed)?;
    }
    match child.wait().map_err(failed)?.success() {
        true => Ok(()),
        false => Err(Error(format!("{name} failed: {}", output.trim()))),
    }
}
