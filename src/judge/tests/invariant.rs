//! Invariant 7: nothing of a comparison changes what became of an order.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::compare::{good, placed, rule, world};
use super::world::key;
use crate::diff::{Action, Rule, RuleScope};
use crate::judge::*;
use crate::outcome::Lane::Gated;

use Decision::NoGo;

fn any_rule() -> impl Strategy<Value = Rule> {
    let path =
        prop_oneof![Just("$"), Just("$..*"), Just("$.total"), Just("$.lines"), Just("$..sku"), Just("$..quantity")];
    let action = prop_oneof![
        Just(Action::Ignore),
        Just(Action::Multiset),
        Just(Action::MatchBy(vec!["sku".into()])),
        Just(Action::Tolerance { minor_units: Decimal::from(1_000_000), order_max: None }),
        Just(Action::Case),
        Just(Action::SameInstant),
    ];
    let between = prop_oneof![Just(RuleScope::Lanes), Just(RuleScope::Order)];
    (path, action, between, any::<bool>())
        .prop_map(|(path, action, between, dangerous)| Rule { dangerous, ..rule(path, action, between) })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Invariant 7: no rule, and no threshold of the comparison, changes what became of an order, or the gates about it.
    #[test]
    fn no_rules_change_what_is_lost_or_doubled(
        rules in prop::collection::vec(any_rule(), 0..6),
        most in 0..100_u64,
        terms in any::<bool>(),
    ) {
        let told = |rules: Vec<Rule>, most: u64, shape: DocumentShape| {
            let mut world = world(shape, rules);
            world.policy.gates.fields_differ_max = most;
            placed(&mut world, "lost", 500.0, &good(), &good(), &good());
            world.orders.get_mut(&key("lost")).unwrap().lanes.gated.outcomes.clear();
            placed(&mut world, "twice", 510.0, &good(), &good(), &good());
            world.on(Gated, "twice").commits("G-again", 511.0).with(&good());
            placed(&mut world, "gone", 520.0, &good(), &good(), &good());
            world.on(Gated, "gone").lacks("G-gone", 700.0).lacks("G-gone", 710.0);
            let (assessment, verdicts) = world.judge();
            let fates: Vec<_> = verdicts.into_iter().map(|(key, verdict)| (key, verdict.fates)).collect();
            let mut gates = assessment.gates;
            // Of what rules hide, these two tell.
            gates.retain(|gate| ![GateName::FieldsAgree, GateName::Sensitivity].contains(&gate.name));
            (fates, gates, assessment.fates, assessment.totals, assessment.exceptions, assessment.decision)
        };
        let shape = if terms { DocumentShape::InCommonTerms } else { DocumentShape::AsTheyAre };
        let bare = told(Vec::new(), 0, DocumentShape::AsTheyAre);
        prop_assert_eq!(bare.5, NoGo);
        prop_assert_eq!(told(rules, most, shape), bare);
    }
}
