//! The photo worker as a program of its own, for tests; the served program carries it as a
//! hidden subcommand.

fn main() -> std::process::ExitCode {
    requests::photos::worker_main()
}
