//! The dashboard in a real browser beside a scenario that plays: the demo, with its two acts, each a run of the sidecar.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{ChildStderr, Command};

use crate::support::browser::{self, Browser, WIDE};
use crate::support::one_world;

/// Longer than an act takes on a busy machine.
const ACT_MAX: Duration = Duration::from_secs(240);

/// What the demo says.
struct Said {
    lines: Lines<BufReader<ChildStderr>>,
    all: String,
}

impl Said {
    /// Waits until it says this; the line.
    async fn until(&mut self, words: &str) -> String {
        let heard = tokio::time::timeout(ACT_MAX, async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.all.extend([line.as_str(), "\n"]);
                if line.contains(words) {
                    return Some(line);
                }
            }
            None
        });
        heard.await.ok().flatten().unwrap_or_else(|| panic!("it never said {words:?}: {}", self.all))
    }
}

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
    let browser = Browser::open(WIDE).await;
    let mut demo = Command::new(env!("CARGO_BIN_EXE_paritee"));
    demo.args(["demo", "--serve", "--listen", "127.0.0.1:0", "--journal"]).arg(folder.path().join("demo.db"));
    demo.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut demo = demo.spawn().unwrap();
    let mut said = Said { lines: BufReader::new(demo.stderr.take().unwrap()).lines(), all: String::new() };
    let line = said.until("Watch it at http://").await;
    let address = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().trim_end_matches(',');

    // Facts of the first act appear by themselves: orders are committed twice.
    browser.go(address).await;
    browser.wait("#connection", "live").await;
    browser.run("window.stays = true", json!([])).await;
    said.until("settling").await;
    browser.wait("#verdict", "NO-GO").await;
    browser.wait("#verdict", "no-double-commits").await;

    // The way of operations: what is doubled on the gated lane, and one of these orders as customer service looks it up.
    let first = browser.run("return location.href", json!([])).await;
    browser.go(&format!("{address}exceptions?fate=double_committed&lane=gated")).await;
    let doubled = "const keys = [...document.querySelectorAll('#list a[href^=\"/orders/\"]')].map((one) => one.textContent.trim()); return keys[0] || null";
    let doubled = browser.run(doubled, json!([])).await;
    let doubled = doubled.as_str().unwrap_or_else(|| panic!("none is listed: {}", said.all)).to_owned();
    browser.find("#find").await.type_in(&format!("#{}\u{E007}", doubled.trim_start_matches('#'))).await;
    browser.wait("h1", "Order ").await;
    browser.wait("main", "double_committed").await;

    // The kill switch, once nothing is to be sent any more.
    browser.go(first.as_str().unwrap()).await;
    browser.run("window.confirm = () => true; window.stays = true", json!([])).await;
    let act = async |why: &str, then: &str| {
        browser.run("document.querySelector('#controls input[name=by]').value = 'Mia'", json!([])).await;
        browser.find("#controls input[name=why]").await.type_in(why).await;
        browser.find("#controls button").await.click().await;
        browser.wait("#controls", then).await;
    };
    act("looking at the doubled ones", "Resume the shadow").await;
    act("seen", "Pause the shadow").await;
    assert_eq!(browser.errors().await, Vec::<String>::new());

    // The page stays, over the sidecar's end and the second act's beginning, to the end of it all.
    said.until("The dashboard is at http://").await;
    let is_promised = said.all.contains("Everything came out as promised");
    // Where the machine was too slow, the world was another.
    assert!(is_promised || said.all.contains("placed late by the world's clock"), "{}", said.all);
    browser.wait("#connection", "live").await;
    browser.wait("#about", "Run 2").await;
    if is_promised {
        browser.wait("#verdict", "GO\nSafe to cut over").await;
    }
    assert_eq!(browser.run("return window.stays", json!([])).await, true, "nothing was loaded anew");

    let id = demo.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    assert_eq!(
        tokio::time::timeout(ACT_MAX, demo.wait()).await.unwrap().unwrap().code(),
        Some(if is_promised { 0 } else { 2 })
    );
}
