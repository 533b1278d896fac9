//! What was done about the shadow: at the top of every page where it was armed, and in the evidence.

use super::schema::full::acts;
use super::*;

fn done() -> Assessment {
    let mut assessment = go();
    assessment.run.acts = acts();
    assessment
}

#[test]
fn an_armed_shadow_stands_below_the_decision_and_each_act_in_the_evidence() {
    let armed = "The shadow was let write to a production ledger on 2026-11-20 09:10:00 UTC by ada (command line): until 2026-11-20 12:00:00 UTC, \
                 at most 50 orders, for at most EUR 500; it ended on 2026-11-20 09:20:00 UTC: its orders are sent.";
    let page = text(&done(), 1_000, Style::Plain);
    assert_eq!(page.lines().nth(1).unwrap(), format!("ARMED  {armed}"), "{page}");
    let shadow: Vec<&str> = page.lines().filter(|line| line.starts_with("  shadow  ")).collect();
    assert_eq!(
        shadow,
        [
            "  shadow  armed on 2026-11-20 09:10:00 UTC by ada (command line): until 2026-11-20 12:00:00 UTC, at most 50 orders, for at most EUR 500",
            "  shadow  disarmed on 2026-11-20 09:20:00 UTC: its orders are sent",
            "  shadow  paused on 2026-11-20 09:30:00 UTC by SIGUSR1",
            "  shadow  resumed on 2026-11-20 09:40:00 UTC by ada (admin port): the ERP is back",
        ]
    );
    assert!(html(&done()).contains(&format!("<strong>ARMED</strong> {armed}")));
    assert!(markdown(&done()).contains("**ARMED** The shadow was let write to a production ledger on 2026"));
    for page in [text(&go(), 80, Style::Plain), html(&go()), markdown(&go())] {
        assert!(!page.contains("ARMED"), "{page}");
    }
    let mut twice = done();
    twice.run.acts.extend(acts());
    assert!(text(&twice, 1_000, Style::Plain).contains(": its orders are sent. 1 arming before it."));
}

#[test]
fn who_and_why_act_on_no_page() {
    let mut assessment = done();
    for act in &mut assessment.run.acts {
        (act.by, act.why) = (Some("\u{1b}[2J<script>".to_owned()), Some("[x](https://evil.example)".to_owned()));
    }
    let pages =
        [text(&assessment, 80, Style::Plain), html(&assessment), markdown(&assessment), json(&assessment).unwrap()];
    for page in &pages {
        assert!(!page.contains('\u{1b}'), "{page}");
    }
    assert!(!pages[1].contains("<script>") && !pages[2].contains("<script>") && !pages[2].contains("[x](https://"));
}

#[test]
fn of_many_acts_the_armings_are_kept() {
    let act =
        |minute: i64, kind| crate::judge::ActSummary { at: at(minute), act: kind, by: None, why: None, arming: None };
    let mut all: Vec<_> = (0..300).map(|minute| act(minute, crate::outcome::ShadowAct::Pause)).collect();
    all.push(act(400, crate::outcome::ShadowAct::Arm));
    let listed = RunSummary::listed(all);
    assert_eq!(listed.len(), RunSummary::ACTS_MAX);
    assert_eq!(listed.last().unwrap().act, crate::outcome::ShadowAct::Arm);
}
