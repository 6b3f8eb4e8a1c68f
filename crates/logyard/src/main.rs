//! `logyard`: a log server for Python's standard `logging`.

mod canary;
mod check;
mod check_rotate;
mod cli;
mod client;
mod configuration;
mod exit;
mod from_python;
mod journal;
mod own_log;
mod paint;
mod rotate;
mod run;
mod search;
mod serve;
mod settings;
mod split;
#[cfg(feature = "web")]
mod status;
#[cfg(feature = "web")]
mod tail;
mod tell;
#[cfg(feature = "web")]
mod watched;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error),
    };
    match cli.command {
        Command::Serve(arguments) => serve::run(&arguments, serve::Passed::default()),
        Command::Run(arguments) => run::run(arguments),
        Command::Canary(arguments) => canary::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Split(arguments) => split::run(&arguments),
        Command::Journal(arguments) => journal::run(&arguments),
        #[cfg(feature = "web")]
        Command::Status(arguments) => status::run(&arguments),
        #[cfg(feature = "web")]
        Command::Tail(arguments) => tail::run(&arguments),
        Command::Search(arguments) => search::run(&arguments),
        Command::Rotate(arguments) => rotate::run(arguments),
    }
}
