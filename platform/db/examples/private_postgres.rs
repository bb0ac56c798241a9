//! A private PostgreSQL for as long as somebody holds this program's standard input.
//!
//! Prints the server's address on one line, waits until its input ends, then stops the server
//! and removes its data. With the argument `durable` commits wait for the disk. `cargo xtask
//! test` runs one for the whole suite.

use std::io::{Read, Write};
use std::process::ExitCode;

use db::private_postgres::{Error, Options, Server};

fn main() -> ExitCode {
    let fsync = std::env::args().nth(1).as_deref() == Some("durable");
    let dir = std::env::temp_dir().join(format!("lianhu-suite-{}", std::process::id()));
    let served = serve(&dir, Options { fsync });
    // What could not be removed lies in the system's temporary folder and is empty of people.
    let _ = std::fs::remove_dir_all(&dir);
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(dir: &std::path::Path, options: Options) -> Result<(), Error> {
    let server = Server::start_with(dir, options)?;
    let mut out = std::io::stdout().lock();
    // A parent that is gone closes our input as well, and we end below.
    let _ = writeln!(out, "{}", server.url).and_then(|()| out.flush());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    Ok(())
}
