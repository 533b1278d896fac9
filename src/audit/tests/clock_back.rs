//! A clock that was set back while a run went on.

use super::*;

/// Two orders come after this machine's clock was set back by an hour; neither one that waited for its commit, nor one whose body
/// took long, is taken for such.
#[tokio::test]
async fn a_clock_that_was_set_back_is_known_by_the_sends_after_it() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    let back = |seconds: i64| clock::now() - jiff::SignedDuration::from_secs(seconds);
    let told = |world: &World| assess(&world.reader(), None, None).unwrap().run.clock_back;
    world.sent(back(59), create("waited", &[])).await;
    world.sent(clock::now(), Capture { received_at: back(600), ..create("slow", &[]) }).await;
    assert_eq!(told(&world), None);
    let before = clock::now();
    let first = back(3_600);
    world.sent(first, create("early", &[])).await;
    world.sent(back(1_800), create("later", &[])).await;
    let seen = told(&world).unwrap();
    assert_eq!((seen.sends, seen.to), (2, first));
    assert!(seen.from >= before && seen.from <= clock::now(), "{seen:?}");
    let gate = assess(&world.reader(), None, None).unwrap().gates.swap_remove(0);
    assert!(gate.reason.contains("clock was set back"), "{}", gate.reason);

    // The clock of a simulated world is compressed; and another run is another matter.
    for kind in [RunKind::Scenario, RunKind::Live] {
        world.begin_run(kind).await;
        assert_eq!(told(&world), None);
        world.sent(back(3_600), create("again", &[])).await;
        assert_eq!(told(&world).is_some(), kind == RunKind::Live);
    }
}
