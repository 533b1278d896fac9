//! Judging while the journal grows says what a report says, after every pass; and takes no more than it has to.

use std::ops::Range;

use tokio_util::sync::CancellationToken;

use super::growing::{Growing, Happens};
use super::*;
use crate::audit::live::{Effort, ExceptionsAsked, Listed, Live, Lookup, OrdersAsked, Why, watch};
use crate::judge::OrderLine;
use crate::outcome::{CensusOrder, Reading};
use crate::report;

/// What lists say: orders by their keys, exceptions by all that tells them apart.
fn lists(live: &Live) -> (Vec<OrderLine>, Vec<Listed>) {
    let index = live.index();
    let mut orders = index.orders(&OrdersAsked { rows: 10_000, ..OrdersAsked::default() }).unwrap().rows;
    let mut exceptions =
        index.exceptions(&ExceptionsAsked { rows: 10_000, ..ExceptionsAsked::default() }).unwrap().rows;
    orders.sort_by(|one, other| one.key.cmp(&other.key));
    exceptions.sort_by_key(|one| format!("{one:?}"));
    (orders, exceptions)
}

/// Passes, and holds what comes of it against a report on the same journal.
fn pass(live: &mut Live, world: &World) -> Effort {
    let found = live.pass().unwrap().expect("something was committed");
    let expected = assess(&world.reader(), None, None).unwrap();
    let (found, expected) = (report::json(&found).unwrap(), report::json(&expected).unwrap());
    let differing = found.lines().zip(expected.lines()).find(|(one, other)| one != other);
    assert!(found == expected, "{differing:?} {:?}", live.effort());
    live.effort()
}

/// Looks some orders up, and holds what is found against what is found without anything that was kept.
fn look_up(lookup: &mut Lookup, world: &World) {
    for name in ["k1", "#2", "3", "k7", "k19", "nobody-1", "#shared", "none"] {
        let (found, expected) = (lookup.order(&key(name)), order(&world.reader(), &key(name)));
        match (found, expected) {
            // Only without what is kept all keys are read, where none begins like it.
            (
                Ok(OrderFound::Nothing { similar, documents_on }),
                Ok(OrderFound::Nothing { similar: anywhere, documents_on: expected }),
            ) => {
                assert_eq!(documents_on, expected, "{name}");
                assert!(similar.is_empty() || similar == anywhere, "{name}: {similar:?} {anywhere:?}");
            }
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{name}"),
            (Err(found), Err(expected)) => assert_eq!(found.to_string(), expected.to_string(), "{name}"),
            both => panic!("{name}: {both:?}"),
        }
    }
}

fn same_lists(live: &Live, world: &World) {
    let mut fresh = Live::open(&world.path).unwrap();
    fresh.pass().unwrap();
    let (found, expected) = (lists(live), lists(&fresh));
    assert_eq!(found.0, expected.0);
    assert_eq!(found.1, expected.1);
}

#[derive(Default)]
struct Efforts {
    passes: u64,
    anew: u64,
    struck: u64,
    weighed: u64,
    kept: u64,
}

/// Lets a world grow, a few steps to each pass.
async fn grow(seed: u64, happens: Happens, steps: usize) -> Efforts {
    let mut growing = Box::pin(Growing::new(seed, happens)).await;
    let mut live = Live::open(&growing.world.path).unwrap();
    let mut lookup = Lookup::open(&growing.world.path).unwrap();
    let mut efforts = Efforts::default();
    for step in 0..steps {
        Box::pin(growing.step()).await;
        if step % 3 == 2 {
            Box::pin(growing.step()).await;
        }
        if growing.world.reader().head().unwrap().map(|(row, ..)| row) == live.judged_to() {
            continue;
        }
        let effort = pass(&mut live, &growing.world);
        efforts.passes += 1;
        efforts.anew += u64::from(effort.anew.is_some());
        efforts.struck += effort.struck;
        efforts.weighed += effort.weighed;
        efforts.kept += effort.kept;
        if step % 10 == 9 {
            look_up(&mut lookup, &growing.world);
        }
        if step % 40 == 39 {
            same_lists(&live, &growing.world);
        }
    }
    same_lists(&live, &growing.world);
    efforts
}

#[tokio::test]
async fn what_happens_all_the_time_is_judged_as_a_report_judges_it() {
    for seed in 1..=3 {
        let efforts = Box::pin(grow(seed, Happens::Usually, 160)).await;
        assert!(efforts.anew * 4 < efforts.passes, "seed {seed}: {} of {} passes", efforts.anew, efforts.passes);
        assert!(efforts.struck > 0, "seed {seed}: nothing that was settled was touched");
        let Efforts { weighed, kept, .. } = efforts;
        assert!(
            kept > 0 && weighed > 2 * kept,
            "seed {seed}: of {weighed} weighed {kept} were kept, and not all could be"
        );
    }
}

#[tokio::test]
async fn whatever_happens_is_judged_as_a_report_judges_it() {
    for seed in 11..=13 {
        Box::pin(grow(seed, Happens::Anything, 120)).await;
    }
}

/// A world in which orders are settled as soon as both ledgers were read after them.
async fn settled_orders(count: usize) -> (World, Live) {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    for number in 0..count {
        order_that_is_committed(&world, &format!("5{number:03}")).await;
    }
    read_both(&world).await;
    let mut live = Live::open(&world.path).unwrap();
    let effort = pass(&mut live, &world);
    assert_eq!(effort, Effort { weighed: count as u64, anew: Some(Why::First), ..Effort::default() });
    (world, live)
}

async fn order_that_is_committed(world: &World, name: &str) {
    let order = create(name, &[&format!("#{name}")]);
    // Sent as it comes, so that none has waited longest.
    let at = order.received_at;
    let (capture, _) = world.capture(order).await;
    let attempt =
        Attempt { capture, lane: Lane::Gated, number: 1, reason: SendReason::First, at, idempotency_key: None };
    world.record(vec![Record::Attempt(attempt)]).await;
    let documents = [Lane::Legacy, Lane::Gated].map(|lane| commit(lane, name, &format!("{lane}-{name}"), name));
    world.record(documents.to_vec()).await;
}

async fn read_both(world: &World) {
    let reading = |lane: Lane| {
        Record::Reading(Reading {
            lane,
            source: format!("poll:{lane}"),
            began_at: clock::now(),
            ended_at: clock::now(),
            since: None,
            complete: true,
            pages: 1,
            documents: 1,
            clock_offset_us: None,
            clock_uncertainty: None,
            error: None,
        })
    };
    world.record(vec![reading(Lane::Legacy), reading(Lane::Gated)]).await;
}

#[tokio::test]
async fn a_pass_weighs_what_came_and_what_is_open_and_nothing_else() {
    let (world, mut live) = Box::pin(settled_orders(60)).await;
    assert_eq!(live.pass().unwrap(), None, "nothing was committed since");
    order_that_is_committed(&world, "new").await;
    // What was not read yet is open; the sixty others are settled.
    let weighed = |weighed, struck| Effort { weighed, struck, ..Effort::default() };
    assert_eq!(pass(&mut live, &world), weighed(1, 0));
    read_both(&world).await;
    let needs_no_row = Effort { kept: 1, ..weighed(1, 0) };
    assert_eq!(pass(&mut live, &world), needs_no_row, "it is settled by this reading, and was kept until then");
    read_both(&world).await;
    assert_eq!(pass(&mut live, &world), weighed(0, 0));
    // A row comes for one that is settled, under another of its names.
    world.record(vec![commit(Lane::Gated, "#5007", "again", "again")]).await;
    assert_eq!(pass(&mut live, &world), weighed(1, 1));
    same_lists(&live, &world);
    // One that nobody's capture explains.
    world.record(vec![commit(Lane::Gated, "phone", "P-1", "phone")]).await;
    assert_eq!(pass(&mut live, &world), weighed(0, 0));
    same_lists(&live, &world);
}

#[tokio::test]
async fn what_concerns_all_orders_has_all_of_them_judged_anew() {
    let (mut world, mut live) = Box::pin(settled_orders(5)).await;
    let anew = |weighed, why| Effort { weighed, anew: Some(why), ..Effort::default() };
    let control =
        |kind, detail: &str| vec![Record::Control(Control { run: Some(1), kind, detail: Some(detail.to_owned()) })];
    world.record(control(ControlKind::Settings, "{}")).await;
    assert_eq!(pass(&mut live, &world), anew(5, Why::Settings));
    let allocated = Outcome {
        lane: Lane::Gated,
        kind: OutcomeKind::Allocated,
        order_key: key("5001"),
        occurred_at: Some(clock::now()),
        source: "callback".into(),
        source_id: "a".into(),
        reference: None,
        document: None,
    };
    world.record(vec![Record::Outcome(allocated)]).await;
    assert_eq!(pass(&mut live, &world), anew(5, Why::Allocations));
    let (down, now) = (GapReason::Down, clock::now());
    let gap = Gap {
        reason: down,
        began_at: now,
        ended_at: now,
        requests: None,
        lane: None,
        capture: None,
        order_key: None,
        detail: None,
    };
    world.record(vec![Record::Gap(1, gap)]).await;
    assert_eq!(pass(&mut live, &world), anew(5, Why::Ground));
    world.capture(create("other", &["#5001"])).await;
    assert_eq!(pass(&mut live, &world), anew(6, Why::Names));
    // Sent two minutes before what had been sealed.
    world.sent(clock::now() - jiff::SignedDuration::from_mins(2), create("before", &[])).await;
    assert_eq!(pass(&mut live, &world), anew(7, Why::Ground));
    let census = CensusOrder {
        source: "import:census".into(),
        source_id: "1".into(),
        order_key: key("5001"),
        placed_at: Some(clock::now()),
        excluded: None,
        document: None,
    };
    world.record(vec![Record::Census(census)]).await;
    assert_eq!(pass(&mut live, &world), anew(7, Why::Import));
    world.begin_run(RunKind::Live).await;
    assert_eq!(pass(&mut live, &world), anew(0, Why::Run));
}

/// Of exceptions only the oldest is known: which was before it isn't, once it is gone.
#[tokio::test]
async fn what_cant_be_taken_away_from_what_is_kept_has_all_orders_judged_anew() {
    let (world, mut live) = settled_orders(5).await;
    for name in ["5001", "5002"] {
        world.record(vec![commit(Lane::Gated, name, "twice", &format!("twice-{name}"))]).await;
        assert_eq!(pass(&mut live, &world), Effort { weighed: 1, struck: 1, ..Effort::default() });
    }
    world.record(vec![commit(Lane::Gated, "5001", "thrice", "thrice")]).await;
    assert_eq!(pass(&mut live, &world), Effort { weighed: 5, anew: Some(Why::Strike), ..Effort::default() });
    world.record(vec![commit(Lane::Gated, "5003", "other", "other")]).await;
    assert_eq!(pass(&mut live, &world), Effort { weighed: 1, struck: 1, ..Effort::default() }, "it goes on from there");
}

/// What is named where not all can be depends on the sequence in which orders came; it is told as a report tells it.
#[tokio::test]
async fn where_not_all_can_be_named_orders_are_judged_in_their_sequence() {
    let (world, mut live) = settled_orders(5).await;
    // More than a report names.
    let documents = |of: Range<usize>| {
        of.map(|number| {
            let Record::Outcome(outcome) = commit(Lane::Gated, "5001", "same", &format!("seen-{number}")) else {
                unreachable!()
            };
            Record::Outcome(Outcome { source: format!("callback-{number:04}"), ..outcome })
        })
    };
    world.record(documents(0..50).collect()).await;
    assert_eq!(pass(&mut live, &world).anew, None);
    world.record(documents(50..120).collect()).await;
    let in_sequence = Effort { weighed: 5, anew: Some(Why::Full), ..Effort::default() };
    assert_eq!(pass(&mut live, &world), in_sequence);
    world.record(vec![commit(Lane::Gated, "5002", "other", "other")]).await;
    assert_eq!(pass(&mut live, &world), in_sequence, "and stays so");
}

/// What was altered in rows that came since is found; older rows are for `paritee verify`.
#[tokio::test]
async fn rows_that_are_altered_before_they_are_judged_break_the_chain() {
    let (world, mut live) = Box::pin(settled_orders(3)).await;
    order_that_is_committed(&world, "new").await;
    let World { path, opened, _folder, .. } = world;
    assert!(opened.journal.close(WAIT).await);
    opened.writer.join().unwrap();
    let hand = rusqlite::Connection::open(&path).unwrap();
    hand.execute("UPDATE capture SET target = '/other' WHERE order_key = 'new'", []).unwrap();
    let found = live.pass().unwrap().unwrap();
    assert_eq!(found, assess(&Reader::open(&path).unwrap(), None, None).unwrap());
    let intact = found.gates.iter().find(|gate| gate.name == crate::judge::GateName::EvidenceIntact).unwrap();
    assert_eq!(intact.status, crate::judge::Decision::Inconclusive, "{}", intact.reason);
}

#[tokio::test]
async fn a_file_that_takes_the_place_of_the_journal_is_judged_from_its_beginning() {
    let (world, mut live) = Box::pin(settled_orders(4)).await;
    let mut lookup = Lookup::open(&world.path).unwrap();
    assert!(matches!(lookup.order(&key("5001")), Ok(OrderFound::Order(_))));
    let (other, _) = Box::pin(settled_orders(2)).await;
    for end in ["", "-wal", "-shm"] {
        let at = |world: &World| PathBuf::from(format!("{}{end}", world.path.display()));
        std::fs::rename(at(&world), format!("{}.aside{end}", world.path.display())).unwrap();
        std::fs::rename(at(&other), at(&world)).unwrap();
    }
    assert_eq!(pass(&mut live, &world), Effort { weighed: 2, anew: Some(Why::First), ..Effort::default() });
    assert!(matches!(lookup.order(&key("5003")), Ok(OrderFound::Nothing { .. })));
}

/// Of a name that none has, orders are offered that are found by how they begin, however many there are.
#[tokio::test]
async fn orders_that_may_have_been_meant_are_offered_by_how_they_begin() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    for (name, other) in [("SO-1001", "#77001"), ("SO-1002", "#77002"), ("SO-20", "#88003"), ("SO-1003", "SO-1004")] {
        world.capture(create(name, &[other])).await;
    }
    let mut lookup = Lookup::open(&world.path).unwrap();
    let mut offered = |name: &str| match lookup.order(&key(name)).unwrap() {
        OrderFound::Nothing { similar, .. } => similar.iter().map(|key| key.as_str().to_owned()).collect::<Vec<_>>(),
        OrderFound::Order(seen) => panic!("{name} is {}", seen.timeline.key),
    };
    assert_eq!(offered("SO-100"), ["SO-1001", "SO-1002", "SO-1003"], "it goes on");
    assert_eq!(offered("SO-20-2"), ["SO-20"], "it has something behind it");
    assert_eq!(offered("100"), ["SO-1001", "SO-1002", "SO-1003"], "what all begin with was left out");
    assert_eq!(offered("#7700"), ["SO-1001", "SO-1002"], "it goes on by another name");
    assert_eq!(offered("7700"), ["SO-1001", "SO-1002"]);
    assert_eq!(offered("nobody"), Vec::<String>::new());
}

/// Nobody waits until the names of all orders are gathered.
#[tokio::test]
async fn orders_are_at_hand_before_anybody_asks() {
    let (world, _) = Box::pin(settled_orders(3)).await;
    let stop = CancellationToken::new();
    let (watch, judging) = watch(world.opened.journal.clone(), stop.clone());
    let judging = tokio::spawn(judging);
    let at_hand = async {
        while watch.lookup.lock().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(WAIT, at_hand).await.unwrap();
    assert!(matches!(watch.order(&key("5001")), Ok(OrderFound::Order(_))));
    stop.cancel();
    judging.await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn judging_gives_way_with_all_its_threads_and_nothing_else_does() {
    use rustix::process::getpriority_process;

    let nice = || getpriority_process(None).unwrap();
    let before = nice();
    let both = watch::giving_way(move || (nice(), thread::spawn(nice).join().unwrap())).unwrap().await.unwrap();
    assert_eq!(both, (watch::NICE, watch::NICE));
    assert_eq!(nice(), before);
}
