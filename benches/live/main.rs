//! Judging while the journal grows, behind a journal of a million orders: how long the first pass takes and those that follow,
//! how long a look-up of one order, and the memory of it all: `cargo bench --bench live [-- ORDERS]`. The journal is that of
//! the `report` benchmark, copied, as orders are added to it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark's own journal and its result"
)]

#[path = "../made/mod.rs"]
mod made;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use made::{More, Plan};
use paritee::audit::{self, live::Live, live::Lookup};
use paritee::journal::{self, Reader};
use paritee::order::OrderKey;
use paritee::report;

/// Orders where nobody says how many.
const ORDERS: u64 = 1_000_000;

/// Look-ups of which the slowest is told.
const LOOKUPS: u64 = 500;

/// Longer than any commit takes on a busy machine.
const WAIT: Duration = Duration::from_secs(120);

/// A copy of the journal of a plan, to be written to.
fn journal(plan: &Plan) -> PathBuf {
    let made = plan.kept();
    let copy = made.with_file_name(format!("live-{}.db", plan.orders));
    for end in ["", "-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{end}", copy.display())));
    }
    fs::copy(&made, &copy).expect("a copy of the journal");
    copy
}

/// Resident memory now, and the most so far, in MB.
fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1_024
    };
    (of("VmRSS:"), of("VmHWM:"))
}

fn pass(what: &str, live: &mut Live) {
    let from = Instant::now();
    let passed = live.pass().expect("the journal is judged");
    let (took, (now, most)) = (from.elapsed(), memory());
    let what = if passed.is_some() { what } else { "nothing" };
    println!("{what}: {:.1} ms, {:?}, {now} MB, {most} MB at most", took.as_secs_f64() * 1e3, live.effort());
}

fn look_up(path: &Path, orders: u64) {
    let mut lookup = Lookup::open(path).expect("the journal is read");
    let mut slowest = Duration::ZERO;
    for number in 0..LOOKUPS {
        let name = OrderKey::new(&format!("#{}", 1_000 + 1 + number * 7_919 % orders)).expect("a name");
        let from = Instant::now();
        let found = lookup.order(&name).expect("an order is looked up");
        let took = from.elapsed();
        assert!(matches!(found, audit::OrderFound::Order(_)), "{name} is not there");
        match number {
            0 => println!("the first look-up: {:.1} ms", took.as_secs_f64() * 1e3),
            _ => slowest = slowest.max(took),
        }
    }
    println!("the slowest of {} others: {:.2} ms", LOOKUPS - 1, slowest.as_secs_f64() * 1e3);
}

fn main() {
    let orders = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(ORDERS);
    let plan = Plan { orders, seed: 7, twisted_per_mille: 20, census: false };
    let path = journal(&plan);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut live = Live::open(&path).expect("the journal is read");
    pass("the first pass", &mut live);
    look_up(&path, orders);
    runtime.block_on(async {
        let opened = journal::open(&path, journal::Options::default()).expect("the journal is written");
        let mut more = More::new(plan, &opened.journal);
        pass("the journal opened", &mut live);
        for count in [1, 1, 1_000, 1_000] {
            more.orders(count).await;
            pass(&format!("{count} orders came"), &mut live);
            more.readings().await;
            pass("both ledgers were read", &mut live);
        }
        let from = Instant::now();
        drop(audit::assess(&Reader::open(&path).expect("a reader"), None, None).expect("a report"));
        println!("a report: {:.1} s", from.elapsed().as_secs_f64());
        more.orders(1).await;
        let found = live.pass().expect("the journal is judged").expect("an order came");
        let expected = audit::assess(&Reader::open(&path).expect("a reader"), None, None).expect("a report");
        assert_eq!(report::json(&found).expect("JSON"), report::json(&expected).expect("JSON"));
        assert!(opened.journal.close(WAIT).await, "the journal closes");
    });
    look_up(&path, orders);
}
