//! Scenario files: every fault is told with its line, and contradictions are faults.

use std::collections::BTreeSet;

use super::super::plan::{Options, Scenario, ScenarioError};
use super::super::{Amount, library};
use crate::judge::Fate;
use crate::sim::{GatedRetry, Pattern};

const LEAST: &str = "title = \"t\"\nstory = \"s\"\nclaim = \"c\"\n[storefront]\norders = 10\n";
const EXPECT: &str = "[expect]\ndecision = \"GO\"\nlegacy = { committed = 10 }\ngated = { committed = 10 }\n";

fn parse(text: &str) -> Result<Scenario, ScenarioError> {
    Scenario::parse("test", "test.toml", text, &Options::default())
}

/// `line: what; write` of all faults.
fn faults(text: &str) -> Vec<String> {
    match parse(text) {
        Err(ScenarioError::Faulty(faults)) => faults.list().iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(more: &str, expected: &str) {
    let found = faults(&format!("{LEAST}{EXPECT}{more}"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(expected), "{}\ndoes not say\n{expected}", found[0]);
}

#[test]
fn the_least_scenario_is_read_and_everything_else_has_a_default() {
    let scenario = parse(&format!("{LEAST}{EXPECT}")).unwrap();
    assert_eq!((scenario.orders(), scenario.acts.len(), scenario.speed.get()), (10, 1, 120));
}

#[test]
fn what_is_missing_is_told_at_once() {
    let found = faults("seed = 1\n");
    for expected in ["`title` is missing", "`story` is missing", "`claim` is missing", "`[storefront]` is missing"] {
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected} is not in {found:?}");
    }
}

#[test]
fn a_fault_that_can_not_be_is_told_with_its_line() {
    for (fault, expected) in [
        (
            "at = \"warehouse\"\nwhat = \"lose\"\norders = [1]",
            "line 11: `fault.at`: `warehouse` is no system; write one of",
        ),
        (
            "at = \"gated\"\nwhat = \"loose\"\norders = [1]",
            "line 12: nothing at gated goes wrong by `loose`; did you mean `lose`?",
        ),
        (
            "at = \"gated\"\nwhat = \"lose\"\norders = [11]",
            "line 13: `fault.orders` is out of range: 11; write a number from 1 to 10",
        ),
        ("at = \"gated\"\nwhat = \"lose\"\ncount = 11", "line 13: `fault.count` is 11, and 10 orders are placed"),
        (
            "at = \"gated\"\nwhat = \"lose\"\ncount = 3\namong = \"9..\"",
            "line 13: 3 orders are to go wrong, and other faults leave 2 alone",
        ),
        (
            "at = \"gated\"\nwhat = \"lose\"\ncount = 3\namong = \"9..12\"",
            "line 14: `fault.among`: `9..12` are no positions among 10 orders",
        ),
        ("at = \"gated\"\nwhat = \"lose\"", "line 10: which orders it strikes is not said once"),
        ("at = \"gated\"\nwhat = \"lose\"\norders = [1]\nevery = 2", "which orders it strikes is not said once"),
        ("at = \"gated\"\nwhat = \"delay\"\norders = [1]", "`fault.by` is missing; write by = \"10m\""),
        ("at = \"erp.gated\"\nwhat = \"lose\"\norders = [1]", "nothing at erp.gated goes wrong by `lose`"),
        ("at = \"gated\"\nwhat = \"lose\"\norders = [1]\nwhen = 3", "`fault` has no key `when`"),
    ] {
        check(&format!("[[fault]]\n{fault}\n"), expected);
    }
}

#[test]
fn an_order_goes_wrong_once_on_one_system() {
    let lose = "[[fault]]\nid = \"a\"\nat = \"gated\"\nwhat = \"lose\"\norders = [1, 2]\n";
    let twice = "[[fault]]\nat = \"gated\"\nwhat = \"double\"\norders = [2]\n";
    check(&format!("{lose}{twice}"), "order 2 goes wrong at gated already, by the fault `a`");
    let elsewhere = "[[fault]]\nat = \"legacy\"\nwhat = \"double\"\norders = [2]\n";
    assert!(parse(&format!("{LEAST}{EXPECT}{lose}{elsewhere}")).is_ok());
    check(&format!("{lose}{}", lose.replace("[1, 2]", "[3]")), "there is a fault or an event `a` already");
}

#[test]
fn an_event_that_can_not_be_is_told_with_its_line() {
    for (event, expected) in [
        ("at = \"moon\"\nwhat = \"down\"\nfrom = \"1m\"", "`event.at`: `moon` is no system"),
        (
            "at = \"shadow\"\nwhat = \"pased\"\nfrom = \"1m\"",
            "`pased` does not happen to shadow; did you mean `paused`?",
        ),
        ("at = \"shadow\"\nwhat = \"paused\"", "`event.from` is missing"),
        ("at = \"sidecar\"\nwhat = \"killed\"\nfrom = \"1m\"", "a sidecar that does not come back judges nothing"),
        ("at = \"shadow\"\nwhat = \"paused\"\nfrom = 3", "`event.from` has no unit"),
    ] {
        check(&format!("[[event]]\n{event}\n"), expected);
    }
}

#[test]
fn expectations_that_can_not_hold_are_faults() {
    for (expect, expected) in [
        ("decision = \"MAYBE\"\nlegacy = { committed = 10 }\ngated = { committed = 10 }", "`MAYBE` is no decision"),
        (
            "decision = \"GO\"\nlegacy = { comitted = 10 }\ngated = { committed = 10 }",
            "`comitted` is no fate; did you mean `committed`?",
        ),
        (
            "decision = \"GO\"\nlegacy = { committed = 9, lost = 2 }\ngated = { committed = 10 }",
            "`legacy` expects 11 orders, and only 10 are placed",
        ),
        ("decision = \"GO\"\ngated = { committed = 10 }", "`legacy` says nothing of its 10 orders"),
        (
            "decision = \"GO\"\nlegacy = { lost = { of = [\"x\"] } }\ngated = { committed = 10 }",
            "`x` is no fault of this scenario",
        ),
        ("decision = \"GO\"\nlegacy = { committed = \"some\" }\ngated = { committed = 10 }", "`some` is no amount"),
        (
            "decision = \"GO\"\nlegacy = { committed = 10 }\ngated = { committed = 10 }\ncounts = { gasp = 1 }",
            "`gasp` is no number of the report; did you mean `gaps`?",
        ),
    ] {
        let found = faults(&format!("{LEAST}[expect]\n{expect}\n"));
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected} is not in {found:?}");
    }
}

#[test]
fn what_would_have_no_effect_is_a_fault() {
    for (more, expected) in [
        (
            "[[fault]]\nat = \"gated\"\nwhat = \"lose\"\nevery = 2\namong = \"1..4\"\n",
            "`among` says out of which orders",
        ),
        ("[[fault]]\nat = \"erp.gated\"\nwhat = \"tax\"\norders = [2]\nonce = true\n", "goes wrong once only"),
        ("[erp.gated]\nover_limit = \"429\"\n", "there is no limit to be over"),
        ("[stock]\nLIN-DUV-200-SDN = 4\n", "nobody sells `LIN-DUV-200-SDN`; did you mean `LIN-DUV-200-SND`?"),
        ("[marketplace]\nsales = 4\nover = \"1m\"\n", "a marketplace has nothing to sell from"),
        ("[legacy]\ntries = 4\n", "`legacy.tries` has no effect"),
        ("[gated]\nretry_after = \"4s\"\n", "`gated.retry_after` has no effect"),
        ("[gated]\nsla = \"4m\"\n", "`gated.sla` has no effect"),
        (
            "[[event]]\nat = \"shadow\"\nwhat = \"paused\"\nfrom = \"1m\"\nlasts = \"1m\"\n\
             [[event]]\nat = \"sidecar\"\nwhat = \"stopped\"\nfrom = \"2m\"\nlasts = \"5s\"\n",
            "`stopped` begins before `paused` is over",
        ),
    ] {
        check(more, expected);
    }
    for (legacy, expected) in [
        ("{ committed = \"rest\", lost = \"rest\" }", "gives the rest of its orders to 2 fates"),
        ("{ committed = \"18446744073709551615..\", lost = 1 }", "expects 18446744073709551615 orders"),
    ] {
        let text = format!("{LEAST}[expect]\ndecision = \"GO\"\nlegacy = {legacy}\ngated = {{ committed = 10 }}\n");
        let found = faults(&text);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected} is not in {found:?}");
    }
    let text = format!("{LEAST}{EXPECT}counts = {{ gaps = [1] }}\n");
    assert!(faults(&text)[0].contains("names orders, and is only counted"));
}

/// What an act does not write is as the scenario has it.
#[test]
fn the_build_of_an_act_is_the_scenarios_but_for_what_it_writes() {
    let text = format!(
        "{LEAST}[gated]\non_error = \"retry-with-key\"\ntries = 9\nretry_after = \"2s\"\nflow = \"ack-gated\"\nsla = \"7m\"\n\
         [[act]]\nlabel = \"a\"\ngated = {{ on_error = \"retry-blindly\" }}\n[act.expect]\ndecision = \"GO\"\n\
         legacy = {{ committed = 10 }}\ngated = {{ committed = 10 }}\n"
    );
    let gated = &parse(&text).unwrap().acts[0].gated;
    let second = std::time::Duration::from_secs(1);
    assert_eq!(gated.on_error, GatedRetry::Blindly { times: 9, after: 2 * second });
    assert_eq!(gated.pattern, Pattern::AckGated { sla: 420 * second });
}

#[test]
fn acts_place_all_orders_and_no_more() {
    let act = |orders: &str| {
        format!(
            "[[act]]\nlabel = \"a\"\n{orders}\n[act.expect]\ndecision = \"GO\"\nlegacy = {{ committed = \"rest\" }}\ngated = {{ committed = \"rest\" }}\n"
        )
    };
    let scenario = parse(&format!("{LEAST}{}{}", act("orders = 4"), act(""))).unwrap();
    assert_eq!(scenario.acts.iter().map(|act| act.orders).collect::<Vec<_>>(), [4, 6]);
    let found = faults(&format!("{LEAST}{}", act("orders = 4")));
    assert!(found[0].contains("the acts place 4 of 10 orders"), "{found:?}");
    let found = faults(&format!("{LEAST}{}{}", act("orders = 10"), act("")));
    assert!(found[0].contains("no orders are left for this act"), "{found:?}");
}

#[test]
fn what_is_left_out_must_be_there_and_is_left_out() {
    let text = format!(
        "{LEAST}[expect]\ndecision = \"GO\"\nlegacy = {{ committed = 10 }}\ngated = {{ committed = \"rest\", lost = {{ of = [\"lose\"] }} }}\n\
         [[fault]]\nat = \"gated\"\nwhat = \"lose\"\ncount = 2\n"
    );
    let whole = parse(&text).unwrap();
    let without = Options { without: vec!["lose".to_owned()], ..Options::default() };
    let fewer = Scenario::parse("test", "test.toml", &text, &without).unwrap();
    assert_eq!((whole.world.gated.faults.faults().count(), fewer.world.gated.faults.faults().count()), (2, 0));
    // What is expected stays: that is the point.
    assert_eq!(whole.acts[0].expect, fewer.acts[0].expect);
    let unknown = Options { without: vec!["loose".to_owned()], ..Options::default() };
    let error = Scenario::parse("test", "test.toml", &text, &unknown).unwrap_err().to_string();
    assert_eq!(error, "leave out `loose` of the scenario `test`: there is `lose`");
}

#[test]
fn the_seed_says_which_orders_go_wrong() {
    let text = format!(
        "{LEAST}[expect]\ndecision = \"GO\"\nlegacy = {{ committed = 10 }}\ngated = {{ committed = \"rest\", lost = {{ of = [\"lose\"] }} }}\n\
         [[fault]]\nat = \"gated\"\nwhat = \"lose\"\ncount = 3\n"
    );
    let lost = |seed| {
        let options = Options { seed: Some(seed), ..Options::default() };
        let scenario = Scenario::parse("test", "test.toml", &text, &options).unwrap();
        match &scenario.acts[0].expect.fates.gated[&Fate::Lost] {
            Amount::Orders(orders) => orders.clone(),
            other => panic!("{other}"),
        }
    };
    assert_eq!(lost(1), lost(1));
    let all: BTreeSet<BTreeSet<u64>> = (1..=20).map(lost).collect();
    assert!(all.len() > 10, "{} different choices", all.len());
    assert!(all.iter().all(|orders| orders.len() == 3));
}

#[test]
fn every_scenario_that_comes_with_paritee_is_without_fault() {
    let listed = library::listed().unwrap();
    assert!(listed.len() >= 26, "{}", listed.len());
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|it| it == "toml"));
    let files: BTreeSet<String> = files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(listed.iter().map(|it| it.name.to_owned()).collect::<BTreeSet<_>>(), files);
}
