//! The dashboard in a real browser beside a scenario that plays: the demo, with its two acts, each a run of the sidecar.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

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
    let (demo, mut said) = play(&folder.path().join("demo.db"));
    let line = said.until("Watch it at http://").await;
    let address = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().trim_end_matches(',');
    browser.go(address).await;
    browser.wait("#connection", "live").await;
    browser.run("window.stays = true", json!([])).await;

    // Facts of the first act appear by themselves: orders are committed twice.
    browser.wait("#verdict", "NO-GO").await;
    browser.wait("#verdict", "no-double-commits").await;
    assert_eq!(browser.errors().await, Vec::<String>::new());

    // The sidecar ends and another begins: the page goes on.
    said.until("Act 2").await;
    said.until("trading:").await;
    browser.wait("#about", "Run 2").await;
    browser.wait("#connection", "live").await;
    assert_stays(&browser).await;
    // That nobody was there for a moment is on the console.
    browser.errors().await;
    look_up_one_that_is_awaited(&browser, address).await;
    browser.go(address).await;
    browser.run("window.stays = true", json!([])).await;
    pause_and_resume(&browser).await;
    assert_eq!(browser.errors().await, Vec::<String>::new());

    to_the_end(&browser, &mut said, demo).await;
}

/// The page stays when all was played, and the dashboard of what is finished takes the running one's place.
async fn to_the_end(browser: &Browser, said: &mut Said, mut demo: Child) {
    said.until("The dashboard is at http://").await;
    browser.wait("#connection", "live").await;
    browser.wait("#about", "Run 2").await;
    // A pause may have made another world of it, and so may a machine that is too slow.
    let is_promised = said.all.contains("Everything came out as promised");
    if is_promised {
        browser.wait("#verdict", "Safe to cut over").await;
    }
    assert_stays(browser).await;

    let id = demo.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    let code = tokio::time::timeout(ACT_MAX, demo.wait()).await.unwrap().unwrap().code();
    assert_eq!(code, Some(if is_promised { 0 } else { 2 }));
}

async fn assert_stays(browser: &Browser) {
    assert_eq!(browser.run("return window.stays", json!([])).await, true, "nothing was loaded anew");
}

fn play(journal: &Path) -> (Child, Said) {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_paritee"));
    demo.args(["demo", "--serve", "--listen", "127.0.0.1:0", "--journal"]).arg(journal).env("NO_COLOR", "1");
    demo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut demo = demo.spawn().unwrap();
    let lines = BufReader::new(demo.stderr.take().unwrap()).lines();
    (demo, Said { lines, all: String::new() })
}

/// The way of operations, and then of customer service.
async fn look_up_one_that_is_awaited(browser: &Browser, address: &str) {
    browser.go(&format!("{address}orders?fate=pending&lane=legacy")).await;
    browser.find("main a[href^='/orders/']").await;
    let first = "return document.querySelector('main a[href^=\"/orders/\"]').textContent.trim()";
    let awaited = browser.run(first, json!([])).await;
    let number = awaited.as_str().unwrap().trim_start_matches('#');
    browser.find("#find").await.type_in(&format!("#{number}\u{E007}")).await;
    browser.wait("h1", &format!("Order {number}")).await;
    browser.wait(".tell", "To tell the customer").await;
}

/// The kill switch, for a moment.
async fn pause_and_resume(browser: &Browser) {
    browser.run("window.confirm = () => true", json!([])).await;
    for (why, then) in [("looking at the doubled ones", "Resume the shadow"), ("seen", "Pause the shadow")] {
        browser.run("document.querySelector('#controls input[name=by]').value = 'Mia'", json!([])).await;
        browser.find("#controls input[name=why]").await.type_in(why).await;
        browser.find("#controls button").await.click().await;
        browser.wait("#controls", then).await;
    }
}
