//! Worlds in which one lane rejects: why, and what the other one made of these orders.

use super::compare::{good, ordered_at, status, world};
use super::world::{World, at};
use crate::judge::{Decision, DecisionRule, DocumentShape, GateName};
use crate::outcome::{Lane, ReasonClass};

use Decision::{Go, NoGo};
use Lane::{Gated, Legacy};

#[test]
fn rejections_are_weighed_by_their_reason_and_by_what_the_other_lane_made_of_them() {
    let refused = r#"{"code":"TAX_ID_MISSING"}"#;
    let tell = |world: &mut World, name: &str, committed: bool, promised: bool| {
        ordered_at(world, name, 500.0, &good());
        world.on(Gated, name).answers(422, refused);
        let legacy = world.on(Legacy, name);
        match (committed, promised) {
            (true, _) => drop(legacy.answers(200, "{}").commits(&format!("L-{name}"), 505.0).with(&good())),
            (false, true) => drop(legacy.answers(200, "{}")),
            (false, false) => drop(legacy.answers(422, refused)),
        }
    };
    let row = |world: &World| {
        let (assessment, _) = world.judge();
        let rows: Vec<String> = assessment
            .decisions
            .iter()
            .map(|row| {
                format!(
                    "{} {}: {} committed, {} agreed, {} caught, {} both, {} neither, {} open",
                    row.lane, row.class, row.committed, row.agreed, row.caught, row.both, row.neither, row.open
                )
            })
            .collect();
        (rows.join("; "), status(&assessment, GateName::DecisionsAgree))
    };
    let mut caught = world(DocumentShape::AsTheyAre, Vec::new());
    tell(&mut caught, "bad", false, true);
    tell(&mut caught, "both", false, false);
    let both = "; gated tax: 0 committed, 0 agreed, 1 caught, 1 both, 0 neither, 0 open";
    let legacy = "legacy tax: 0 committed, 0 agreed, 0 caught, 1 both, 0 neither, 0 open";
    assert_eq!(row(&caught), (format!("{legacy}{both}"), Go));
    let mut regression = world(DocumentShape::AsTheyAre, Vec::new());
    tell(&mut regression, "x", true, true);
    assert_eq!(row(&regression).1, NoGo);
    let agreed = |expires, class| DecisionRule { lane: Gated, class, reason: "no tax id".into(), expires };
    for (expires, class, expected) in
        [(None, ReasonClass::Tax, Go), (Some(at(1_000.0)), ReasonClass::Tax, NoGo), (None, ReasonClass::Customer, NoGo)]
    {
        let mut world = regression.clone();
        world.policy.compare.as_mut().unwrap().decisions = vec![agreed(expires, class)];
        assert_eq!(row(&world).1, expected, "{expires:?} {class}");
        assert_eq!(world.judge().0.exceptions.is_empty(), expected == Go);
    }
}
