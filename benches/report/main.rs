//! A report on a journal of a million orders: how long it takes, what it needs of processors and memory, and how long its
//! page is: `cargo bench --bench report [-- ORDERS [ROUNDS [census]]]`. The journal is made first, and kept beside other
//! results of the build, so that a second call finds it; remove it where the generator has changed.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark's own journal and its result"
)]

mod child;

#[path = "../made/mod.rs"]
mod made;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use child::{Run, run};
use made::Plan;
use paritee::journal::Reader;

/// Orders where nobody says how many.
const ORDERS: u64 = 1_000_000;

/// How often each is run where nobody says.
const ROUNDS: usize = 3;

/// The program as it is delivered.
const PARITEE: &str = env!("CARGO_BIN_EXE_paritee");

/// The journal of a plan.
fn journal(plan: &Plan) -> PathBuf {
    let from = Instant::now();
    let path = plan.kept();
    let bytes = fs::metadata(&path).expect("the journal").len();
    println!("{}: {:.2} GB, there after {:.1} s", path.display(), bytes as f64 / 1e9, from.elapsed().as_secs_f64());
    path
}

fn show(what: &str, orders: u64, runs: &[Run]) {
    let least = |of: fn(&Run) -> f64| runs.iter().map(of).fold(f64::INFINITY, f64::min);
    let (wall, cpu) = (least(|run| run.wall.as_secs_f64()), least(|run| run.cpu.as_secs_f64()));
    let peak = runs.iter().map(|run| run.peak_kib).max().unwrap_or_default() / 1024;
    let per_order = cpu * 1e6 / orders as f64;
    println!("{what}: {wall:.2} s, {cpu:.2} s of processor time ({per_order:.1} us an order), {peak} MB");
}

/// Verifies the chain alone, on this thread.
fn verify(path: &Path) {
    let from = Instant::now();
    let verified = Reader::open(path).expect("a journal").verify().expect("it is read").expect("it is whole");
    println!("the chain alone: {:.2} s for {} rows", from.elapsed().as_secs_f64(), verified.rows);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| text != "--bench").collect();
    let number = |place: usize| arguments.get(place).and_then(|text| text.parse::<u64>().ok());
    let (orders, rounds) = (number(0).unwrap_or(ORDERS), number(1).map_or(ROUNDS, |rounds| rounds as usize));
    let census = arguments.get(2).is_some_and(|text| text == "census");
    let plan = Plan { orders, seed: 7, twisted_per_mille: 20, census };
    let path = journal(&plan);
    let page = path.with_extension("html");
    let runs: Vec<Run> = (0..rounds)
        .map(|_| {
            run(
                PARITEE,
                &["report".as_ref(), path.as_ref(), "--format".as_ref(), "html".as_ref(), "-o".as_ref(), page.as_ref()],
            )
        })
        .collect();
    show("the report as a page", orders, &runs);
    println!("the page: {} bytes", fs::metadata(&page).expect("the page").len());
    verify(&path);
}
