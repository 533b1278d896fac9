//! JUnit XML: what a pipeline counts, shows, and must never be made to do.

use roxmltree::{Document, Node};

use super::evidence::nasty;
use super::*;
use crate::outcome::Witness;

fn cases<'d>(page: &'d Document<'d>) -> Vec<Node<'d, 'd>> {
    page.descendants().filter(|node| node.has_tag_name("testcase")).collect()
}

#[test]
fn each_gate_is_a_case_that_passes_fails_or_comes_to_no_verdict() {
    let mut assessment = no_go();
    assessment.gates.push(gate(GateName::LossBound, Decision::Inconclusive, "at most 0.9 %", "3,300 more are needed."));
    let page = junit(&assessment);
    let page = Document::parse(&page).unwrap();
    let found: Vec<_> = cases(&page)
        .iter()
        .map(|case| {
            let inside: Vec<_> = case.children().filter(Node::is_element).map(|node| node.tag_name().name()).collect();
            (case.attribute("classname").unwrap(), case.attribute("name").unwrap(), inside)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("paritee.gates", "evidence-intact", vec![]),
            ("paritee.gates", "no-lost-orders", vec!["failure"]),
            ("paritee.gates", "no-double-commits", vec!["failure"]),
            ("paritee.gates", "loss-bound", vec!["error"]),
        ]
    );
    for suite in page.descendants().filter(|node| node.tag_name().name().starts_with("testsuite")) {
        let counts = ["tests", "failures", "errors"].map(|name| suite.attribute(name).unwrap());
        assert_eq!(counts, ["4", "2", "1"]);
    }
}

/// A red pipeline tells what to do, and of differences whose.
#[test]
fn a_case_that_failed_says_what_would_change_it_and_names_orders() {
    let mut assessment = evidence::differing();
    let mut fields = gate(GateName::FieldsAgree, Decision::NoGo, "16 unexplained", "See the findings.");
    fields.would_change =
        Some(WouldChange { words: "A new run <that> agrees.".to_owned(), missing: Distance::default() });
    assessment.gates.push(fields);
    let page = junit(&assessment);
    let page = Document::parse(&page).unwrap();
    let case = cases(&page).into_iter().find(|case| case.attribute("name") == Some("fields-agree")).unwrap();
    let told = case.first_element_child().unwrap().text().unwrap();
    assert!(told.contains("\nWhat would change this: A new run <that> agrees.\n"), "{told}");
    assert!(told.contains("\n/lines[sku]/quantity: value differs between legacy and gated: 5001, 5002,"), "{told}");
}

#[test]
fn a_report_is_the_same_file_that_it_was() {
    let page = junit(&no_go());
    let (head, summary) = page.split_once("    <system-out>").unwrap();
    insta::assert_snapshot!(head, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="paritee" tests="3" failures="2" errors="0" time="0">
      <testsuite name="paritee" tests="3" failures="2" errors="0" skipped="0" time="0" timestamp="2026-11-20T12:20:00">
        <properties>
          <property name="schema_version" value="3"/>
          <property name="decision" value="NO-GO"/>
          <property name="run" value="2"/>
          <property name="label" value="gated build 412"/>
          <property name="begin" value="2026-11-20T09:00:00Z"/>
          <property name="until" value="2026-11-20T12:00:00Z"/>
          <property name="as_of" value="2026-11-20T12:20:00Z"/>
          <property name="policy_digest" value="9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f"/>
          <property name="journal_head" value="3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c"/>
          <property name="masked" value="false"/>
        </properties>
        <testcase classname="paritee.gates" name="evidence-intact" time="0"/>
        <testcase classname="paritee.gates" name="no-lost-orders" time="0">
          <failure message="NO-GO: 2 lost of 388. Two orders were acknowledged, and two complete readings of the ledger after their horizon have no document." type="NO-GO">Two orders were acknowledged, and two complete readings of the ledger after their horizon have no document.
    Measured: 2 lost of 388
    At worst: 2 lost of 388
    Threshold: 0
    What would change this: 259 clean orders, 2 complete readings.
    5001 lost on gated: Find out in the gated lane&apos;s log why its answer was 201; enter the order by hand.
    5002 lost on gated: Find out in the gated lane&apos;s log why its answer was 201; enter the order by hand.
    </failure>
        </testcase>
        <testcase classname="paritee.gates" name="no-double-commits" time="0">
          <failure message="NO-GO: 1 double_committed. One was made twice." type="NO-GO">One was made twice.
    Measured: 1 double_committed
    At worst: 1 double_committed
    Threshold: 0
    What would change this: 259 clean orders, 2 complete readings.
    5107 double_committed on gated (SO-77, SO-78): Cancel the later document, then find out which key lets the ERP see a repeat.
    </failure>
        </testcase>
    "#);
    let (summary, tail) = summary.split_once("</system-out>\n").unwrap();
    assert_eq!(tail, "  </testsuite>\n</testsuites>\n");
    assert_eq!(summary.replace("&quot;", "\"").replace("&apos;", "'"), text(&no_go(), 100, Style::Plain));
}

#[test]
fn a_red_case_names_its_orders_and_no_others() {
    let mut assessment = no_go();
    let act = "Look.";
    for (key, kind, lane) in [
        ("l1", ExceptionKind::Fate(Fate::Lost), Witness::Legacy),
        ("l2", ExceptionKind::Fate(Fate::Leaked), Witness::Legacy),
        ("l3", ExceptionKind::Phantom, Witness::Legacy),
        ("g3", ExceptionKind::Phantom, Witness::Gated),
        ("c1", ExceptionKind::Missing, Witness::Census),
    ] {
        assessment.exceptions.push(Exception { lane, ..exception(key, kind, &[], Owner::ErpIt, act) });
    }
    for name in [GateName::CaptureComplete, GateName::NoPhantoms, GateName::FieldsAgree] {
        assessment.gates.push(gate(name, Decision::NoGo, "some", "Some are."));
    }
    let page = junit(&assessment);
    let page = Document::parse(&page).unwrap();
    let named: Vec<(&str, Vec<&str>)> = cases(&page)
        .iter()
        .filter_map(|case| Some((case.attribute("name")?, case.first_element_child()?.text()?)))
        .map(|(name, text)| (name, text.lines().skip(5).filter_map(|line| line.split(' ').next()).collect()))
        .collect();
    assert_eq!(
        named,
        [
            ("no-lost-orders", vec!["5001", "5002"]),
            ("no-double-commits", vec!["5107", "l2"]),
            ("capture-complete", vec!["l3", "c1"]),
            ("no-phantoms", vec!["g3"]),
            ("fields-agree", vec![]),
        ]
    );
    let lost = exception("more", ExceptionKind::Fate(Fate::Lost), &[], Owner::ErpIt, act);
    assessment.exceptions.extend(std::iter::repeat_n(lost, 30));
    assert!(junit(&assessment).contains("\nand 12 more\n"));
}

#[test]
fn nothing_that_was_written_from_outside_is_markup_or_forbidden() {
    for evil in [
        "</failure></testcase><testcase name=\"x\"/>",
        "]]><![CDATA[",
        "\0\u{1}\u{1b}[2J\u{fffe}\u{ffff}\u{85}",
        "&xxe; <!DOCTYPE a [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]>",
        "[[ATTACHMENT|/etc/passwd]]",
        "\" failures=\"0",
    ] {
        let mut assessment = hostile();
        assessment.findings = nasty(evil).findings;
        assessment.run.label = Some(evil.to_owned());
        for gate in &mut assessment.gates {
            for text in [&mut gate.measured, &mut gate.worst_case, &mut gate.threshold, &mut gate.reason] {
                *text = evil.to_owned();
            }
        }
        assessment.exceptions.push(exception("5001", ExceptionKind::Fate(Fate::Lost), &[evil], Owner::Ecommerce, evil));
        let page = junit(&assessment);
        assert!(!page.chars().any(|letter| letter != '\n' && inert::acts(letter)), "{page}");
        assert!(!page.contains("[[ATTACHMENT"), "{page}");
        let page = Document::parse(&page).unwrap_or_else(|error| panic!("{error}: {page}"));
        assert_eq!(cases(&page).len(), assessment.gates.len());
        assert_eq!(page.descendants().filter(|node| node.has_tag_name("property")).count(), 10);
        let label = page.descendants().find(|node| node.attribute("name") == Some("label")).unwrap();
        assert!(label.attribute("value").is_some_and(|value| !value.is_empty()));
    }
}
