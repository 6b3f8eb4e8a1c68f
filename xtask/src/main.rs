//! The workspace's own commands: `cargo xtask test` and others.

mod fuzz;
mod python;
mod steps;
mod test;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The workspace's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// All tests: Rust, conformance, end to end, fuzzing for a short time
    Test {
        /// Leave out what needs packages from PyPI and takes minutes
        #[arg(long)]
        quick: bool,
    },
    /// Fuzz the decoders and readers
    Fuzz {
        /// Seconds for each target
        #[arg(default_value_t = 60)]
        seconds: u32,
        /// Only this target
        #[arg(long)]
        target: Option<String>,
    },
    /// Record all conformance cases again with the CPythons of this machine, compare them with the
    /// recorded ones, and run logyard on them
    Conformance,
    /// Make the pictures of the README anew, with a browser
    Screenshots,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Test { quick } => test::run(quick),
        Command::Fuzz { seconds, target } => fuzz::run(seconds, target.as_deref()),
        Command::Conformance => test::conformance_live(),
        Command::Screenshots => web::screenshots(),
    };
    match outcome {
        Ok(steps) => steps.finish(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
