//! Two simulated integrations with an ERP behind each, until Ctrl-C: something to replay captures to, or to put a sidecar in front of.
//!
//! `cargo run --release --example sandbox -- sandbox.toml [CAPTURE ORDERS]` writes a configuration for them, both ledgers declared sandbox, its
//! journal `sandbox.db` beside it; and a capture of so many orders that they know, as NDJSON, to be replayed to them.

#![expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use paritee::replay::formats::{Place, Record, Writer};
use paritee::sim::{Topic, World, WorldPlan};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let file = arguments.next().unwrap_or_else(|| PathBuf::from("sandbox.toml"));
    let capture = arguments.next();
    let orders = arguments.next().and_then(|orders| orders.to_str()?.parse().ok()).unwrap_or(1_000);
    let mut plan = WorldPlan::default();
    plan.storefront.orders = orders;
    plan.storefront.opened_at = paritee::clock::now();
    let world = World::start(plan).await?;
    let config = world.config(&file.with_extension("db")).replace("ledger = \"production\"", "ledger = \"sandbox\"");
    std::fs::write(&file, config)?;
    if let Some(capture) = capture {
        write(&world, &capture, orders)?;
        println!("{} has {orders} orders", capture.display());
    }
    println!("{} describes both lanes; Ctrl-C ends them", file.display());
    tokio::signal::ctrl_c().await?;
    world.stop().await;
    Ok(())
}

fn write(world: &World, path: &Path, orders: u64) -> std::io::Result<()> {
    let mut writer = Writer::new(BufWriter::new(File::create(path)?));
    for number in 1..=orders {
        let webhook = world.shop().webhook(number, Topic::Create);
        let field = |(name, value): &(hyper::header::HeaderName, hyper::header::HeaderValue)| {
            (name.to_string(), Bytes::copy_from_slice(value.as_bytes()))
        };
        let record = Record {
            place: Place::Line(number),
            id: None,
            at: Some(world.shop().placed_at(number)),
            method: "POST".into(),
            target: format!("/webhooks/{}", Topic::Create.as_str()),
            headers: webhook.headers.iter().map(field).collect(),
            body: webhook.body,
            incomplete: None,
            answers: Vec::new(),
        };
        writer.write(&record)?;
    }
    writer.finish().map(drop)
}
