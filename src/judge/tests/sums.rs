//! What several judges counted is what one would have; and what is taken away again was never there.

use proptest::prelude::*;

use super::compare::{self, CUP, TEA, document, good, placed};
use super::world::{World, key};
use crate::diff::{Action, RuleScope};
use crate::judge::*;
use crate::outcome::{Lane, OutcomeKind};

/// Forty good orders and a dozen others, from `from` seconds on, some of them alike.
fn world(tales: &[(u8, u16)]) -> World {
    let rules = vec![compare::rule("$.note", Action::Ignore, RuleScope::Lanes)];
    let mut world = compare::world(DocumentShape::AsTheyAre, rules);
    for (number, (tale, when)) in tales.iter().enumerate() {
        let (name, when) = (format!("odd-{number}"), 100.0 + f64::from(*when));
        let cent_off = document(&[TEA, CUP], "9.99", "");
        let other_goods = document(&[TEA], "6.00", "otherwise");
        match tale % 8 {
            0 => placed(&mut world, &name, when, &good(), &good(), &cent_off),
            1 => placed(&mut world, &name, when, &good(), &other_goods, &other_goods),
            2 => {
                placed(&mut world, &name, when, &good(), &good(), &good());
                world.on(Lane::Gated, &name).commits("again", when + 7.0).with(&cent_off);
            }
            3 => {
                world.create(&name, when);
                world.on(Lane::Legacy, &name).answers(200, "{}").commits(&format!("L-{name}"), when + 2.0);
                world.on(Lane::Gated, &name).answers(422, r#"{"code":"tax"}"#);
            }
            4 => {
                placed(&mut world, &name, when, &good(), &good(), &good());
                world
                    .on(Lane::Gated, &name)
                    .lacks(&format!("G-{name}"), when + 200.0)
                    .lacks(&format!("G-{name}"), when + 300.0);
            }
            5 => {
                world.create(&name, when);
                world.on(Lane::Legacy, &name).answers(200, "{}");
                world.on(Lane::Gated, &name).times_out();
            }
            6 => {
                placed(&mut world, &name, when, &good(), &good(), &good());
                world.on(Lane::Gated, &name).says(OutcomeKind::Allocated, None, Some(when + 20.0), when + 25.0);
            }
            _ => drop(world.create(&name, 980.0).excluded.clone()),
        }
    }
    world
}

fn counted<'w>(world: &World, orders: impl Iterator<Item = &'w Timeline>) -> Judge {
    let mut judge = Judge::new(&world.policy, &world.evidence);
    for timeline in orders {
        let weighed = judge.weigh(timeline);
        judge.add(timeline, &weighed);
    }
    judge
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However orders are divided among judges, and in whatever sequence these are put together.
    #[test]
    fn judges_are_put_together_in_any_way(
        tales in prop::collection::vec((any::<u8>(), 0..600_u16), 0..12),
        parts in prop::collection::vec(0..4_usize, 60),
        turned in any::<bool>(),
    ) {
        let world = world(&tales);
        // A judge takes orders as their captures came.
        let mut orders: Vec<&Timeline> = world.orders.values().collect();
        orders.sort_by_key(|timeline| timeline.captures[0].row);
        let expected = counted(&world, orders.iter().copied()).finish(world.facts());
        let part = |part: usize| {
            let own = orders.iter().zip(&parts).filter(move |(_, own)| **own == part).map(|(order, _)| *order);
            let own: Vec<&Timeline> = if turned { own.rev().collect() } else { own.collect() };
            counted(&world, own.into_iter())
        };
        let mut all = Judge::new(&world.policy, &world.evidence);
        for number in [2, 0, 3, 1] {
            all.absorb(&part(number));
        }
        prop_assert_eq!(all.finish(world.facts()), expected);
    }

    /// The same of worlds as others invent them, with documents of nobody, gaps and a census.
    #[test]
    fn invented_worlds_are_put_together_in_any_way(
        world in super::monotonic::world(),
        parts in prop::collection::vec(0..3_usize, 80),
    ) {
        let new = || Judge::new(&world.policy, &world.evidence);
        let (mut whole, mut three) = (new(), [new(), new(), new()]);
        let mut orders: Vec<&Timeline> = world.orders.values().collect();
        orders.sort_by_key(|timeline| timeline.captures[0].row);
        let mut parts = parts.into_iter().cycle();
        for timeline in orders {
            let weighed = whole.weigh(timeline);
            whole.add(timeline, &weighed);
            three[parts.next().unwrap()].add(timeline, &weighed);
        }
        for (lane, stray) in &world.strays {
            whole.document(*lane, stray);
            three[parts.next().unwrap()].document(*lane, stray);
        }
        for listing in &world.listings {
            whole.census_order(listing);
            three[parts.next().unwrap()].census_order(listing);
        }
        for &lane in Lane::ALL {
            whole.other_runs(lane, *world.other_runs.get(lane));
            three[parts.next().unwrap()].other_runs(lane, *world.other_runs.get(lane));
        }
        let mut all = new();
        three.iter().rev().for_each(|part| all.absorb(part));
        prop_assert_eq!(all.finish(world.facts()), whole.finish(world.facts()));
    }

    /// What is left when orders are struck is what the others come to, unless it is said that this can't be told.
    #[test]
    fn what_is_struck_was_never_there(
        tales in prop::collection::vec((any::<u8>(), 0..600_u16), 0..12),
        struck in prop::collection::btree_set(0..50_usize, 0..3),
    ) {
        let world = world(&tales);
        let mut orders: Vec<&Timeline> = world.orders.values().collect();
        orders.sort_by_key(|timeline| timeline.captures[0].row);
        let (gone, left): (Vec<_>, Vec<_>) = orders.iter().enumerate().partition(|(at, _)| struck.contains(at));
        let mut judge = counted(&world, orders.iter().copied());
        let is_told = judge.strike(&counted(&world, gone.into_iter().map(|(_, order)| *order)));
        let expected = counted(&world, left.into_iter().map(|(_, order)| *order));
        if is_told {
            prop_assert_eq!(judge.finish(world.facts()), expected.finish(world.facts()));
        }
    }
}

/// Most orders can be struck, or nothing would be gained by it.
#[test]
fn a_good_order_among_others_can_be_struck() {
    let world = world(&[]);
    let mut judge = counted(&world, world.orders.values());
    let one = counted(&world, std::iter::once(&world.orders[&key("clean-7")]));
    assert!(judge.strike(&one));
    let left = counted(&world, world.orders.values().filter(|timeline| timeline.key != key("clean-7")));
    assert_eq!(judge.finish(world.facts()), left.finish(world.facts()));
}
