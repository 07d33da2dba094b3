//! The one binary: configuration in, everything built, started and stopped.
//!
//! The only place that reads the environment and that ends the process. What commands do stands
//! in [`commands`]; they fail with a [`error::Failure`], whose line and exit code are given here.

mod cli;
mod cli_docs;
mod commands;
mod config;
mod demo;
mod error;
mod logging;
mod mail_access;
mod node;
mod out;
mod signals;
mod webhooks;

use std::process::ExitCode;

use actix_web::rt::System;
use clap::Parser;

use cli::{Cli, Command, Import};
use config::Effective;
use error::Failure;

/// Pages of a timeline are thousands of small strings; the C library's allocator takes a fifth of
/// their time, this one a twentieth.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threads for work that blocks, queries above all; the store's own limit is lower.
const BLOCKING_THREADS: usize = 16;

fn main() -> ExitCode {
    // One TLS implementation for the whole process; fails only when there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let load = || Effective::load(cli.config.as_deref());
    match cli.command {
        // These need neither a runtime nor a database, and no valid configuration.
        Command::Openapi => commands::openapi::run(),
        Command::CliDocs => out::line(cli_docs::markdown().trim_end()),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Config(commands::config::Command::Docs) => commands::config::docs(),
        Command::Config(commands::config::Command::Check) => commands::config::check(&load()?),
        command => start(load()?, command),
    }
}

/// Runs a command that needs the runtime, with logging around it.
fn start(config: Effective, command: Command) -> Result<(), Failure> {
    let server = matches!(command, Command::Serve(_) | Command::Worker(_));
    // Commands that a person waits for say themselves what matters.
    let quiet = !server && !config.is_set("log.filter");
    let filter = if quiet { "error" } else { config.settings.log.filter.as_str() };
    // actix-web's servers have threads of their own; this runtime carries the rest.
    System::with_tokio_rt(runtime).block_on(async {
        let logging = logging::start(&config.settings, filter)?;
        let result = dispatch(&config, command).await;
        logging.finish().await;
        result
    })
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().worker_threads(2).max_blocking_threads(BLOCKING_THREADS);
    match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => {
            // Threads or file descriptors are exhausted; nothing can be done without them.
            let failure = Failure::new(format!("cannot start threads: {error}"));
            let _ = failure.report();
            #[allow(clippy::disallowed_methods, reason = "this is the binary")]
            std::process::exit(1)
        }
    }
}

async fn dispatch(config: &Effective, command: Command) -> Result<(), Failure> {
    let settings = &config.settings;
    match command {
        Command::Serve(args) => commands::serve::run(settings, &args).await,
        Command::Worker(args) => commands::worker::run(settings, &args).await,
        Command::Migrate(args) => commands::migrate::run(settings, &args).await,
        Command::Import(Import::Mail(args)) => commands::import::run(settings, args).await,
        Command::Import(Import::Calls(args)) => commands::import::calls::run(settings, *args).await,
        Command::Import(Import::Contacts(args)) => {
            commands::import::contacts::run(settings, *args).await
        }
        Command::Agent(command) => commands::agent::run(settings, command).await,
        Command::Key(command) => commands::key::run(settings, command).await,
        Command::Inbox(command) => commands::inbox::run(settings, command).await,
        Command::Ledger(command) => commands::ledger::run(settings, command).await,
        Command::Demo(args) => commands::demo::run(settings, &args).await,
        Command::Openapi | Command::CliDocs | Command::Inspect(_) | Command::Config(_) => Ok(()),
    }
}
