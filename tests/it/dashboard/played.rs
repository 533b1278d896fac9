//! The dashboard in a real browser beside a scenario that plays: the demo, with its two acts, each a run of the sidecar.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use crate::support::browser::{self, Browser, WIDE};
use crate::support::{Process, one_world};

/// Longer than an act takes on a busy machine.
const ACT_MAX: Duration = Duration::from_secs(240);

#[test]
fn a_scenario_can_be_watched_while_it_plays() {
    if !browser::available("a_scenario_can_be_watched_while_it_plays") {
        return;
    }
    let _world = one_world();
    tokio::runtime::Runtime::new().unwrap().block_on(Box::pin(watch_the_demo()));
}

async fn watch_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("demo.db");
    let browser = Browser::open(WIDE).await;
    let mut demo = Command::new(env!("CARGO_BIN_EXE_paritee"));
    demo.args(["demo", "--serve", "--listen", "127.0.0.1:0", "--journal"]).arg(&journal);
    demo.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::null());
    let mut demo = Process::unheard(demo, String::new());
    let address = demo.value("Watch it at ").await.unwrap();
    let address = address.trim_end_matches(',');
    stay(&browser, address).await;

    // Facts of the first act appear by themselves: orders are committed twice.
    browser.wait("#verdict", "NO-GO").await;
    browser.wait("#verdict", "no-double-commits").await;
    assert_eq!(browser.errors().await, Vec::<String>::new());

    // The sidecar ends and another begins: the page goes on.
    demo.says_within(ACT_MAX, "Act 2").await;
    demo.says_within(ACT_MAX, "trading:").await;
    browser.wait("#about", "Run 2").await;
    browser.wait("#connection", "live").await;
    assert_stays(&browser).await;
    // That nobody was there for a moment is on the console.
    browser.errors().await;
    look_up_one_that_is_awaited(&browser, address).await;
    stay(&browser, address).await;
    pause_and_resume(&browser).await;
    assert_eq!(browser.errors().await, Vec::<String>::new());

    to_the_end(&browser, demo, &journal).await;
}

/// All is played, and the dashboard of what is finished takes the running one's place.
async fn to_the_end(browser: &Browser, mut demo: Process, journal: &Path) {
    demo.says_within(ACT_MAX, "The dashboard is at http://").await;
    browser.wait("#connection", "live").await;
    browser.wait("#about", "Run 2").await;
    browser.wait("#verdict", &decision_of_a_report(journal)).await;
    assert_stays(browser).await;

    demo.signal("INT").await;
    let (code, said) = demo.ended().await;
    // A pause may make another world of it, and so may a machine that is too slow.
    let is_promised = said.contains("Everything came out as promised");
    assert_eq!(code, Some(if is_promised { 0 } else { 2 }), "{said}");
}

/// Opens the overview, so that it is known again.
async fn stay(browser: &Browser, address: &str) {
    browser.go(address).await;
    browser.wait("#connection", "live").await;
    browser.run("window.stays = true", json!([])).await;
}

async fn assert_stays(browser: &Browser) {
    assert_eq!(browser.run("return window.stays", json!([])).await, true, "nothing was loaded anew");
}

/// What the report of the last run begins with, as a line of the page.
fn decision_of_a_report(journal: &Path) -> String {
    let report = std::process::Command::new(env!("CARGO_BIN_EXE_paritee")).arg("report").arg(journal).output().unwrap();
    let said = String::from_utf8(report.stdout).unwrap();
    format!("\n{}\n", said.split_whitespace().next().unwrap())
}

/// The way of operations, and then of customer service.
async fn look_up_one_that_is_awaited(browser: &Browser, address: &str) {
    browser.go(&format!("{address}orders?fate=pending&lane=legacy")).await;
    let awaited = browser.find("main a[href^='/orders/']").await.text().await;
    let number = awaited.trim().trim_start_matches('#');
    browser.find("#find").await.type_in(&format!("#{number}\u{E007}")).await;
    browser.wait("h1", &format!("Order {number}")).await;
    browser.wait(".tell", "To tell the customer").await;
}

/// The kill switch, for a moment.
async fn pause_and_resume(browser: &Browser) {
    browser.run("window.confirm = () => true", json!([])).await;
    for (why, then) in [("looking at the doubled ones", "Resume the shadow"), ("seen", "Pause the shadow")] {
        // While somebody writes, what they have written stays.
        browser.find("#controls input[name=why]").await.type_in(why).await;
        browser.run("document.querySelector('#controls input[name=by]').value = 'Mia'", json!([])).await;
        browser.find("#controls button").await.click().await;
        browser.wait("#controls", then).await;
    }
}
