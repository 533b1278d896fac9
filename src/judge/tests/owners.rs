//! Worlds with exceptions: whose they are, how old, and what is at risk.

use bytes::Bytes;

use super::compare::{document, good, ordered_at, placed, world};
use super::world::{World, at, key};
use crate::judge::advice::Case;
use crate::judge::*;
use crate::outcome::{Lane, PerLane, ReasonClass, Witness};

use Lane::{Gated, Legacy};

/// An order of this total that the gated lane acknowledges and loses.
fn lost(world: &mut World, name: &str, when: f64, total: &str) {
    ordered_at(world, name, when, &document(&[], total, ""));
    world.on(Legacy, name).answers(200, "{}").commits(&format!("L-{name}"), when + 5.0);
    world.on(Gated, name).answers(202, "");
}

fn shop() -> World {
    world(DocumentShape::AsTheyAre, Vec::new())
}

fn refused(world: &mut World, name: &str, when: f64, code: &str) {
    ordered_at(world, name, when, &good());
    world.on(Legacy, name).answers(200, "{}").commits(&format!("L-{name}"), when + 5.0).with(&good());
    world.on(Gated, name).answers(422, &format!(r#"{{"code":"{code}"}}"#));
}

fn rule(owner: Owner) -> OwnerRule {
    let (lane, fates, reasons, differences, next_action) = (None, Vec::new(), Vec::new(), Vec::new(), None);
    OwnerRule { lane, fates, reasons, differences, owner, next_action }
}

/// `key owner money`, in their order.
fn told(assessment: &Assessment) -> Vec<String> {
    let money =
        |one: &Exception| one.money_at_risk.as_ref().map(|money| format!("{} {}", money.currency, money.amount));
    let tell = |one: &Exception| format!("{} {} {}", one.order_key, one.owner, money(one).unwrap_or_default());
    assessment.exceptions.iter().map(tell).collect()
}

#[test]
fn an_exception_has_its_age_and_what_it_was_captured_for() {
    let mut world = shop();
    lost(&mut world, "x", 500.0, "119.90");
    let (assessment, _) = world.judge();
    let [one] = assessment.exceptions.as_slice() else { panic!("{:?}", assessment.exceptions) };
    let json = serde_json::to_value(one).unwrap();
    // As of second 1,000; never a float.
    assert_eq!(json["age_us"], 500_000_000);
    assert_eq!(json["money_at_risk"], serde_json::json!({ "currency": "EUR", "amount": "119.9" }));
    assert_eq!((&json["owner"], &json["reason_class"], &json["reason"]), (&"erp_it".into(), &().into(), &().into()));
    for (what, ordered) in [
        ("no total", r#"{"currency":"EUR"}"#),
        ("no currency", r#"{"total":"10.00"}"#),
        ("no amount", r#"{"total":"ten","currency":"EUR"}"#),
        ("purged", ""),
        ("no JSON", "<order/>"),
    ] {
        let body = Bytes::copy_from_slice(ordered.as_bytes());
        let capture = &mut world.orders.get_mut(&key("x")).unwrap().captures[0];
        capture.payload.as_mut().unwrap().body = body;
        let (assessment, _) = world.judge();
        let json = serde_json::to_value(&assessment.exceptions[0]).unwrap();
        assert!(json["money_at_risk"].is_null(), "{what}: {json}");
        assert_eq!(assessment.owners[0].at_risk.money_unread, 1, "{what}");
    }
}

#[test]
fn the_worst_is_what_forbids_the_cutover_then_the_most_money_then_the_oldest() {
    let mut world = shop();
    lost(&mut world, "small", 500.0, "1.00");
    lost(&mut world, "big", 540.0, "900.00");
    lost(&mut world, "big and older", 530.0, "900.00");
    lost(&mut world, "not known", 550.0, "?");
    ordered_at(&mut world, "late", 480.0, &document(&[], "5000.00", ""));
    world.on(Legacy, "late").answers(200, "{}").commits("L-late", 600.0);
    world.on(Gated, "late").claims("G-late").commits("G-late", 480.1);
    assert_eq!(
        told(&world.judge().0),
        [
            "not known ERP/IT ",
            "big and older ERP/IT EUR 900",
            "big ERP/IT EUR 900",
            "small ERP/IT EUR 1",
            "late ERP/IT EUR 5000"
        ]
    );
}

#[test]
fn all_exceptions_are_summed_and_not_only_those_that_are_kept() {
    let mut world = shop();
    for n in 0..1_200 {
        lost(&mut world, &format!("x{n}"), 300.0 + f64::from(n) / 10.0, "0.10");
    }
    let (assessment, _) = world.judge();
    assert_eq!((assessment.exceptions.len(), assessment.exceptions_count), (Assessment::EXCEPTIONS_MAX, 1_200));
    let [own] = assessment.owners.as_slice() else { panic!("{:?}", assessment.owners) };
    let json = serde_json::to_value(own).unwrap();
    let task = &json["tasks"][0];
    for sum in [&json, task] {
        assert_eq!((&sum["exceptions"], &sum["money_unread"]), (&1_200.into(), &0.into()));
        assert_eq!(sum["money_at_risk"], serde_json::json!({ "EUR": "120" }));
        assert_eq!((&sum["oldest_at"], &sum["age_us"]), (&at(300.0).to_string().into(), &700_000_000.into()));
    }
    assert_eq!((&task["lane"], &task["fate"], &task["reason_class"]), (&"gated".into(), &"lost".into(), &().into()));
}

#[test]
fn an_order_that_is_an_exception_twice_has_its_money_counted_once_for_an_owner() {
    let mut world = shop();
    ordered_at(&mut world, "x", 500.0, &document(&[], "70.00", ""));
    world.on(Legacy, "x").answers(200, "{}");
    world.on(Gated, "x").answers(202, "");
    let sums = |world: &World| -> Vec<String> {
        let (assessment, _) = world.judge();
        let row = |own: &OwnerSummary| {
            let by_task: Vec<String> =
                own.tasks.iter().map(|task| format!("{:?}", task.at_risk.money_at_risk.get("EUR"))).collect();
            let AtRisk { exceptions, money_at_risk, .. } = &own.at_risk;
            format!("{} {exceptions} {:?} of {}", own.owner, money_at_risk.get("EUR"), by_task.join(", "))
        };
        assessment.owners.iter().map(row).collect()
    };
    assert_eq!(sums(&world), ["ERP/IT 2 Some(70) of Some(70), Some(70)"]);
    // Two owners have it both in their sums.
    world.policy.owners = vec![OwnerRule { lane: Some(Witness::Legacy), ..rule(Owner::Ecommerce) }];
    assert_eq!(sums(&world), ["ERP/IT 1 Some(70) of Some(70)", "e-commerce 1 Some(70) of Some(70)"]);
}

#[test]
fn a_phantom_is_for_what_its_document_says_and_a_listed_order_for_what_the_list_says() {
    let mut world = shop();
    world.stray(Gated, "ghost", 500.0, 505.0);
    world.strays[0].1.seen.outcome.document = Some(Bytes::from(document(&[], "33.00", "")));
    let (assessment, _) = world.judge();
    assert_eq!(told(&assessment), ["ghost ERP/IT EUR 33"]);
    assert_eq!(assessment.exceptions[0].age_us, Some(500_000_000));

    world.policy.census_document = Some(super::compare::places());
    (world.evidence.as_of, world.evidence.until) = (at(10_000.0), Some(at(5_000.0)));
    world.read_both(&[9_000.0, 9_010.0]);
    world.lists("never came", Some(2_000.0)).document = Some(Bytes::from(document(&[], "44.00", "")));
    let told = told(&world.judge().0);
    assert_eq!(told, ["never came e-commerce EUR 44", "ghost ERP/IT EUR 33"]);
}

#[test]
fn the_reason_of_a_rejection_is_told_in_its_class_and_as_the_lane_wrote_it() {
    let mut world = shop();
    let long = format!("tax {}", "x".repeat(500));
    refused(&mut world, "sku", 500.0, "UNKNOWN_SKU 4711");
    refused(&mut world, "tax", 501.0, &long);
    let (assessment, _) = world.judge();
    let reasons: Vec<_> = assessment.exceptions.iter().map(|one| (one.reason_class, one.reason.as_deref())).collect();
    let cut: String = long.chars().take(200).collect();
    assert_eq!(
        reasons,
        [(Some(ReasonClass::UnknownSku), Some("UNKNOWN_SKU 4711")), (Some(ReasonClass::Tax), Some(cut.as_str()))]
    );
    let tasks: Vec<_> = assessment.owners[0].tasks.iter().map(|task| task.reason_class).collect();
    assert_eq!(tasks, [Some(ReasonClass::UnknownSku), Some(ReasonClass::Tax)]);
}

#[test]
fn the_first_row_that_fits_says_whose_it_is_and_what_to_do() {
    let mut world = shop();
    refused(&mut world, "sku", 500.0, "UNKNOWN_SKU");
    refused(&mut world, "tax", 501.0, "TAX");
    lost(&mut world, "lost", 502.0, "1.00");
    let rejected = ExceptionKind::Fate(Fate::Rejected);
    let before = world.judge().0;
    world.policy.owners = vec![
        OwnerRule {
            lane: Some(Witness::Gated),
            fates: vec![rejected],
            reasons: vec![ReasonClass::UnknownSku],
            next_action: Some("Take the listing down until the ERP knows the SKU.".to_owned()),
            ..rule(Owner::Marketplace)
        },
        OwnerRule { fates: vec![rejected], ..rule(Owner::Ecommerce) },
        OwnerRule { lane: Some(Witness::Census), ..rule(Owner::Operations) },
    ];
    let (after, _) = world.judge();
    let told = |assessment: &Assessment| -> Vec<(String, Owner, String)> {
        let tell = |one: &Exception| (one.order_key.to_string(), one.owner, one.next_action.clone());
        assessment.exceptions.iter().map(tell).collect()
    };
    let (before_told, after_told) = (told(&before), told(&after));
    assert!(before_told.iter().all(|(_, owner, _)| *owner == Owner::ErpIt), "{before_told:?}");
    let words = |key: &str| before_told.iter().find(|(own, ..)| own == key).unwrap().2.clone();
    assert_eq!(
        after_told,
        [
            ("lost".to_owned(), Owner::ErpIt, words("lost")),
            ("sku".to_owned(), Owner::Marketplace, "Take the listing down until the ERP knows the SKU.".to_owned()),
            ("tax".to_owned(), Owner::Ecommerce, words("tax")),
        ]
    );
    let owners: Vec<Owner> = after.owners.iter().map(|own| own.owner).collect();
    assert_eq!(owners, [Owner::ErpIt, Owner::Ecommerce, Owner::Marketplace]);
    // Whose it is changes nothing else.
    let rest =
        |of: Assessment| (of.decision, of.gates, of.fates, of.parity, of.totals, of.findings, of.exceptions_count);
    assert_eq!(rest(after), rest(before));
}

#[test]
fn rows_give_differences_to_their_owners_as_well() {
    let mut world = shop();
    let gated = document(&[("TEA-1", 2, "2.00"), ("CUP-7", 1, "5.00")], "9.00", "hello");
    placed(&mut world, "x", 500.0, &good(), &good(), &gated);
    let owners = |world: &World| -> Vec<String> {
        let (assessment, _) = world.judge();
        let between = |row: &&FindingSummary| row.between == Between::LegacyGated;
        let mut rows: Vec<String> =
            (assessment.findings.iter().filter(between)).map(|row| format!("{} {}", row.path, row.owner)).collect();
        rows.sort();
        rows
    };
    let usual = ["/lines[sku]/price ERP/IT", "/lines[sku]/quantity operations", "/note operations", "/total ERP/IT"];
    assert_eq!(owners(&world), usual);
    world.policy.owners = vec![
        // Rows for exceptions are about none of them.
        OwnerRule { lane: Some(Witness::Gated), ..rule(Owner::Ecommerce) },
        OwnerRule { differences: vec![About::Price, About::Other], ..rule(Owner::Marketplace) },
        OwnerRule { differences: vec![About::Money], ..rule(Owner::Operations) },
    ];
    let own =
        ["/lines[sku]/price marketplace", "/lines[sku]/quantity operations", "/note marketplace", "/total operations"];
    assert_eq!(owners(&world), own);
}

/// What rows can select is what there can be: every advice that is given, and nothing else.
#[test]
fn every_exception_there_can_be_can_be_given_to_an_owner() {
    let all = Matter::all();
    let mut given: Vec<Matter> = Vec::new();
    for lane in Lane::ALL {
        for own in Fate::ALL {
            for other in Fate::ALL {
                for flags in 0..8_u8 {
                    let fates = PerLane::from_fn(|of: Lane| if of == *lane { *own } else { *other });
                    // A lane takes back only what it has: DESIGN's table has these on the gated lane alone.
                    let has = [Fate::Committed, Fate::CommittedLate, Fate::Recovered].contains(own) && *lane == Gated;
                    let took_back = flags & 1 == 1 && (has || *own == Fate::Withdrawn);
                    let (taken_elsewhere, agreed) = (flags & 2 == 2, flags & 4 == 4);
                    let case = Case { lane: *lane, fates, taken_elsewhere, agreed, took_back };
                    let reasons: Vec<Option<ReasonClass>> = match own {
                        Fate::Rejected | Fate::CommittedAfterReject => {
                            ReasonClass::ALL.iter().map(|class| Some(*class)).collect()
                        }
                        _ => vec![took_back.then_some(ReasonClass::Other)],
                    };
                    if case.advice().is_some() {
                        let kind = ExceptionKind::Fate(*own);
                        given.extend(reasons.iter().map(|of| Matter::Exception((*lane).into(), kind, *of)));
                    }
                }
            }
        }
    }
    given.sort();
    given.dedup();
    let of_orders = |matter: &&Matter| matches!(matter, Matter::Exception(_, ExceptionKind::Fate(_), _));
    let mut selectable: Vec<Matter> = all.iter().filter(of_orders).copied().collect();
    selectable.sort();
    assert_eq!(given, selectable);
    let catch_all = rule(Owner::Operations);
    assert!(all.iter().all(|matter| catch_all.selects(*matter)));
    for kind in ExceptionKind::all() {
        assert_eq!(kind.as_str().parse::<ExceptionKind>(), Ok(kind));
    }
}
