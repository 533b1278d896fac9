//! Rules that a journal suggests: two runs, documents that change by themselves, and a baseline.

use super::*;
use crate::diff::{Action, Advice, Subject, Why};
use crate::judge::{ComparePolicy, DocumentShape};
use crate::order::OrderPlaces;

/// Orders of a run; 20 are the fewest that "always" takes.
const ORDERS: usize = 21;

async fn begin(world: &mut World, label: Option<&str>, compares: bool) {
    let policy: Policy = serde_json::from_str(&policy_text()).unwrap();
    begin_with(world, label, Policy { compare: compares.then(ComparePolicy::default), ..policy }).await;
}

async fn begin_with(world: &mut World, label: Option<&str>, policy: Policy) {
    world.run += 1;
    let run = RunRow {
        number: world.run,
        kind: RunKind::Live,
        label: label.map(str::to_owned),
        policy_digest: Digest([7; 32]),
        policy: serde_json::to_string(&policy).unwrap(),
        judged_by: "{}".into(),
        tool_version: "0".into(),
    };
    world.record(vec![Record::Run(run)]).await;
}

fn document(lane: Lane, name: &str, id: &str, document: &str) -> Record {
    let Record::Outcome(outcome) = commit(lane, name, &format!("{lane}-{name}"), id) else { panic!() };
    Record::Outcome(Outcome { document: Some(Bytes::from(document.to_owned())), ..outcome })
}

/// Orders of the run with these documents of both lanes, made from their numbers; `again`: what legacy tells of them later.
async fn orders(world: &World, documents: impl Fn(Lane, usize) -> String, again: impl Fn(usize) -> Option<String>) {
    for number in 0..ORDERS {
        let name = format!("{}-{number}", world.run);
        world.capture(create(&name, &[])).await;
        let mut records: Vec<Record> = Lane::ALL
            .iter()
            .map(|lane| document(*lane, &name, &format!("{name} first"), &documents(*lane, number)))
            .collect();
        records.extend(again(number).map(|later| document(Lane::Legacy, &name, &format!("{name} later"), &later)));
        world.record(records).await;
    }
}

/// A run whose documents differ in a number of their own, in a state that legacy changes later, in a route that differs
/// by chance, and in what is ordered.
async fn noisy(world: &World) {
    let documents = |lane: Lane, n: usize| match lane {
        Lane::Legacy => format!(r#"{{"mark":"L{n}","state":"new","route":"{}","total":"5.00"}}"#, "a".repeat(n % 5)),
        Lane::Gated => format!(r#"{{"mark":"SO{n}","state":"sent","route":"{}","total":"5.01"}}"#, "b".repeat(n % 4)),
    };
    orders(world, documents, |n| {
        let later = documents(Lane::Legacy, n).replace("new", ["packed", "gone"][n % 2]);
        (n < 8).then_some(later)
    })
    .await;
}

fn rules(seen: &NoiseSeen) -> Vec<(String, Option<Why>)> {
    let rule = |advice: Advice| match advice {
        Advice::Rule(Action::Ignore, why) => Some(why),
        _ => None,
    };
    let mut rules: Vec<_> = seen.noise.suggestions().into_iter().map(|one| (one.path, rule(one.advice))).collect();
    rules.sort_by(|one, other| one.0.cmp(&other.0));
    rules
}

#[tokio::test]
async fn a_journal_suggests_what_its_own_changes_and_its_baseline_bear_out() {
    let mut world = World::new();
    begin(&mut world, Some(" Baseline "), true).await;
    let route =
        |lane: Lane, n: usize| format!(r#"{{"route":"{}"}}"#, "c".repeat(n % 5 + usize::from(lane == Lane::Gated)));
    orders(&world, route, |_| None).await;
    begin(&mut world, Some("gated build 412"), true).await;
    noisy(&world).await;
    let seen = noise(&world.reader(), None, None).unwrap();
    assert_eq!((seen.run, seen.compares, seen.baseline, seen.noise.orders()), (2, true, Some(1), 21));
    let own = ("$.mark".to_owned(), Some(Why::Ids { uuids: false }));
    let state = ("$.state".to_owned(), Some(Why::Changes { seen_again: 8, changed: 8 }));
    let total = ("$.total".to_owned(), None);
    let by_baseline = Some(Why::Baseline { orders: 21, differing: 21 });
    assert_eq!(rules(&seen), [own.clone(), ("$.route".to_owned(), by_baseline), state.clone(), total.clone()]);

    // Without a baseline the route is a difference, and the baseline by itself has nothing but that.
    begin(&mut world, None, true).await;
    noisy(&world).await;
    let seen = noise(&world.reader(), Some(3), Some(2)).unwrap();
    assert_eq!(seen.baseline, Some(2));
    let seen = noise(&world.reader(), Some(1), None).unwrap();
    assert_eq!((seen.run, seen.baseline, rules(&seen)), (1, None, vec![("$.route".to_owned(), None)]));
}

#[tokio::test]
async fn what_changes_while_a_lane_has_it_is_compared_as_it_was_last() {
    let mut world = World::new();
    begin(&mut world, None, true).await;
    let same = |_, n: usize| format!(r#"{{"state":"sent","n":{n}}}"#);
    orders(&world, same, |n| Some(format!(r#"{{"state":"packed","n":{n}}}"#))).await;
    let seen = noise(&world.reader(), None, None).unwrap();
    // Always packed beside sent, which would be a table if it didn't change.
    let why = Why::Changes { seen_again: 21, changed: 21 };
    assert_eq!(rules(&seen), [("$.state".to_owned(), Some(why))]);
    let suggestion = &seen.noise.suggestions()[0];
    assert_eq!(suggestion.example.legacy.as_deref(), Some("\"packed\""));
}

#[tokio::test]
async fn documents_in_common_terms_have_nothing_that_may_be_hidden() {
    let mut world = World::new();
    let mut policy: Policy = serde_json::from_str(&policy_text()).unwrap();
    let places = |text| serde_json::from_str::<OrderPlaces>(text).unwrap();
    policy.lanes.legacy.document = Some(places(r#"{"total":"/sum","currency":"/cur"}"#));
    policy.lanes.gated.document = Some(places(r#"{"total":"/total","currency":"/currency"}"#));
    policy.compare = Some(ComparePolicy { documents: DocumentShape::InCommonTerms, ..ComparePolicy::default() });
    begin_with(&mut world, None, policy).await;
    let documents = |lane, n| match lane {
        Lane::Legacy => format!(r#"{{"sum":"{n}.00","cur":"EUR","no":"L{n}"}}"#),
        Lane::Gated => format!(r#"{{"total":"{n}.01","currency":"EUR"}}"#),
    };
    orders(&world, documents, |_| None).await;
    let seen = noise(&world.reader(), None, None).unwrap();
    assert_eq!((seen.noise.orders(), rules(&seen)), (21, vec![("/total".to_owned(), None)]));
    let advice = &seen.noise.suggestions()[0].advice;
    let is_money = matches!(advice, Advice::Grave { subject: Subject::Money | Subject::Price, within: false });
    assert!(is_money, "{advice:?}");
}

#[tokio::test]
async fn a_run_without_comparison_and_a_baseline_that_is_none_are_told() {
    let mut world = World::new();
    begin(&mut world, None, false).await;
    noisy(&world).await;
    let seen = noise(&world.reader(), None, None).unwrap();
    assert_eq!((seen.compares, seen.noise.orders(), rules(&seen).len()), (false, 0, 0));
    for (run, baseline, expected) in [
        (Some(9), None, "find run 9: this journal has run 1 only"),
        (None, Some(9), "find run 9: this journal has run 1 only"),
        (None, Some(1), "compare run 1 with itself: name another run as its baseline"),
    ] {
        assert_eq!(noise(&world.reader(), run, baseline).unwrap_err().to_string(), expected);
    }
}
