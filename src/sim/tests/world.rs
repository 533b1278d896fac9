//! The world as a whole: traffic, plans and keys agree; the same seed is the same world; it ends cleanly.

use std::collections::BTreeSet;
use std::path::Path;

use tokio::net::TcpStream;

use super::super::erp::ErpPlan;
use super::super::gated::GatedPlan;
use super::super::legacy::LegacyPlan;
use super::super::plan::{Fault, Plan};
use super::super::world::{World, WorldPlan};
use super::*;
use crate::config::{self, PollFrom};
use crate::outcome::{Lane, PerLane};

const ORDERS: u64 = 150;

fn plan(seed: u64) -> WorldPlan {
    let quick = ErpPlan { commit_latency: Duration::ZERO, ..ErpPlan::default() };
    WorldPlan {
        storefront: StorefrontPlan { seed, orders: ORDERS, ..StorefrontPlan::default() },
        legacy: LegacyPlan {
            faults: Plan::none().with(7, Fault::Lose).with(11, Fault::Double),
            batch_every: Duration::from_millis(10),
            ..LegacyPlan::default()
        },
        gated: GatedPlan {
            faults: Plan::none().with(20, Fault::Lose).with(30, Fault::Double).with(40, Fault::Reject),
            ..GatedPlan::default()
        },
        erps: PerLane { legacy: quick.clone(), gated: quick },
        ..WorldPlan::default()
    }
}

/// Trades with both lanes, and says which orders have how many documents other than one.
async fn exceptions(world: &World, lane: Lane) -> BTreeMap<u64, usize> {
    let lane_addr = match lane {
        Lane::Legacy => world.legacy().addr(),
        Lane::Gated => world.gated().addr(),
    };
    let deliveries = world.trade(lane_addr).await.unwrap().deliveries;
    assert_eq!(deliveries.len() as u64, ORDERS);
    assert!(deliveries.iter().all(|delivery| delivery.answer.is_ok() && delivery.sends == 1));
    world.legacy().caught_up().await;
    let mut tally = tally(&world.erp(lane).documents());
    let counts = world.orders().map(|(number, key)| (number, tally.remove(key.as_str()).unwrap_or_default()));
    let exceptions = counts.filter(|(_, documents)| *documents != 1).collect();
    assert!(tally.is_empty(), "documents that nobody ordered: {tally:?}");
    exceptions
}

#[tokio::test]
async fn exactly_the_planned_orders_are_lost_and_doubled() {
    let world = World::start(plan(1)).await.unwrap();
    assert_eq!(exceptions(&world, Lane::Legacy).await, [(7, 0), (11, 2)].into());
    assert_eq!(exceptions(&world, Lane::Gated).await, [(20, 0), (30, 2), (40, 0)].into());
    world.stop().await;
}

#[tokio::test]
async fn the_same_seed_is_the_same_world() {
    let mut seen = BTreeSet::new();
    for seed in [1, 1, 2] {
        let world = World::start(plan(seed)).await.unwrap();
        world.trade(world.gated().addr()).await.unwrap();
        let documents = world.erp(Lane::Gated).documents();
        let orders: BTreeSet<_> = documents.iter().map(|it| (it.external_id.to_string(), it.total.clone())).collect();
        seen.insert(orders);
        world.stop().await;
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn the_configuration_is_without_fault_and_names_the_world_as_it_listens() {
    for gated_read in [true, false] {
        let mut plan = WorldPlan::default();
        plan.sidecar.lanes.gated.read = gated_read;
        let world = World::start(plan).await.unwrap();
        let journal = Path::new("/tmp/a \"b\".db");
        let checked = config::parse("world", &world.config(journal), &|_| None).unwrap();
        // That nobody reads a ledger is the one thing that a configuration is warned of.
        assert_eq!(checked.notes.list().len(), usize::from(!gated_read), "{:?}", checked.notes);
        let config = checked.config;
        assert_eq!(config.tee.journal, journal);
        for (lane, addr) in [(Lane::Legacy, world.legacy().addr()), (Lane::Gated, world.gated().addr())] {
            assert_eq!(config.lanes.get(lane).url.authority().unwrap().as_str(), addr.to_string());
        }
        let erp = world.erp(Lane::Legacy).running.addr;
        let poll = config.lanes.legacy.poll.unwrap();
        let PollFrom::Http(http) = poll.from else { panic!("the world's ledgers are HTTP APIs") };
        assert_eq!(http.url, format!("http://{erp}/ledger?since={{since}}"));
        assert_eq!(config.lanes.gated.poll.is_some(), gated_read);
        world.stop().await;
    }
}

#[tokio::test]
async fn a_world_that_stopped_listens_no_more_and_leaves_no_task() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let faults = Plan::none().with(1, Fault::TimeOut).with(2, Fault::Delay(Duration::from_secs(60)));
    let gated = GatedPlan { faults, ..GatedPlan::default() };
    let world = World::start(WorldPlan { gated, ..WorldPlan::default() }).await.unwrap();
    let addrs = [world.legacy().addr(), world.gated().addr(), world.erp(Lane::Gated).running.addr];
    let hung: Vec<_> = [1, 2]
        .map(|number| {
            let webhook = world.shop().webhook(number, Topic::Create);
            let uri = format!("http://{}/", world.gated().addr()).parse().unwrap();
            tokio::spawn(async move { Caller::new().post(uri, webhook.headers, webhook.body, CALL_MAX).await.is_ok() })
        })
        .into();
    until("the commit that is not answered", async || world.erp(Lane::Gated).documents().len() == 1).await;
    world.stop().await;
    for asking in hung {
        asking.await.unwrap();
    }
    for addr in addrs {
        assert!(TcpStream::connect(addr).await.is_err(), "{addr} still listens");
    }
    until("the end of all tasks", async || tasks() == before).await;
}
