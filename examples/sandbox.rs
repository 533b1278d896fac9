//! Two simulated integrations with an ERP behind each, until Ctrl-C: something to replay captures to, or to put a sidecar in front of.
//!
//! `cargo run --release --example sandbox -- sandbox.toml` writes a configuration for them, both ledgers declared sandbox, its journal
//! `sandbox.db` beside it.

#![expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::path::PathBuf;

use paritee::sim::{World, WorldPlan};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let file = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("sandbox.toml"), PathBuf::from);
    let world = World::start(WorldPlan::default()).await?;
    let config = world.config(&file.with_extension("db")).replace("ledger = \"production\"", "ledger = \"sandbox\"");
    std::fs::write(&file, config)?;
    println!("{} describes both; Ctrl-C ends them", file.display());
    tokio::signal::ctrl_c().await?;
    world.stop().await;
    Ok(())
}
