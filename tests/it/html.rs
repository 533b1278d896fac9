//! The HTML report in a real browser: it shows the decision, fits narrow and wide windows, and runs nothing.
//!
//! Skipped, loudly, where no Chromium is installed. Each call has a profile of its own and ends by itself.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::support::browser::chromium;
use crate::support::one_world;
use assert_cmd::Command;
use paritee::judge::{Assessment, AtRisk, Exception, ExceptionKind, Fate, Owner, OwnerSummary, TaskSummary};
use paritee::order::OrderKey;
use paritee::outcome::{Lane, ReasonClass};
use paritee::{audit, journal, report};

/// A guard against a browser that never ends; a slow machine needs some seconds for a call.
const GUARD: Duration = Duration::from_secs(120);

/// A phone held upright, a window just wide enough for the gates as a table, and a desk.
const WIDTHS: [u32; 3] = [390, 1030, 1280];

/// What would run if it got through: an order key that names a picture which isn't there.
const EVIL: &str = "</script><img src=x onerror=alert(1)><svg onload=parent.ran()>";

/// One call of the browser; what it printed.
async fn call(browser: &Path, profile: &Path, arguments: &[OsString]) -> String {
    let mut command = tokio::process::Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
    command.args(["--hide-scrollbars", "--virtual-time-budget=5000"]).arg(flag("--user-data-dir=", profile));
    command.args(arguments).env("HOME", profile).kill_on_drop(true).stdin(Stdio::null()).stderr(Stdio::null());
    let output = tokio::time::timeout(GUARD, command.output()).await.expect("the browser ends").unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn flag(name: &str, value: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(value);
    flag
}

fn address(file: &Path) -> OsString {
    flag("file://", file)
}

/// The run of a scenario, with orders beside it whose names mean harm or have no place to break.
fn assessment(folder: &Path) -> Assessment {
    let _world = one_world();
    let mut scenario = Command::cargo_bin("paritee").unwrap();
    scenario.args(["scenario", "run", "retry-doubles", "--keep"]).arg(folder).output().unwrap();
    let path = folder.join("retry-doubles/journal.db");
    let mut assessment = audit::assess(&journal::Reader::open(&path).unwrap(), None, None).unwrap();
    for key in [EVIL.to_owned(), "W".repeat(255)] {
        assessment.exceptions.push(Exception {
            order_key: OrderKey::new(&key).unwrap(),
            lane: Lane::Gated.into(),
            kind: ExceptionKind::Fate(Fate::Lost),
            references: vec![EVIL.to_owned(), "W".repeat(500)],
            at: None,
            age_us: None,
            reason_class: Some(ReasonClass::Tax),
            reason: Some(EVIL.to_owned()),
            money_at_risk: None,
            owner: Owner::Operations,
            next_action: EVIL.to_owned(),
        });
        assessment.exceptions_count += 1;
    }
    let at_risk = AtRisk { exceptions: 2, money_unread: 2, ..AtRisk::default() };
    let (lane, kind, next_action) = (Lane::Gated.into(), ExceptionKind::Fate(Fate::Lost), EVIL.to_owned());
    let task = TaskSummary { lane, kind, reason_class: Some(ReasonClass::Tax), next_action, at_risk: at_risk.clone() };
    assessment.owners.push(OwnerSummary { owner: Owner::Operations, at_risk, tasks: vec![task] });
    assessment.run.label = Some(EVIL.to_owned());
    assessment
}

/// A page around pages, each in a frame of its width: a script tells of each how wide it is, what is in it, and whether
/// its style applies. The pages themselves are as they are.
fn around(pages: &[(u32, &str)]) -> String {
    let frames: String = pages
        .iter()
        .map(|(width, page)| {
            let page = page.replace('&', "&amp;").replace('"', "&quot;");
            format!("<iframe width={width} height=900 style='border:0' srcdoc=\"{page}\"></iframe>")
        })
        .collect();
    format!(
        "<!DOCTYPE html><title>quiet</title><script>function ran() {{ document.title = 'ran' }}</script>{frames}<pre></pre><script>
        onload = () => {{
          const told = [...document.querySelectorAll('iframe')].map(frame => {{
            const page = frame.contentDocument, root = page.documentElement;
            const count = selector => page.querySelectorAll(selector).length;
            return [root.clientWidth, Math.max(root.scrollWidth, page.body.scrollWidth), count('script, img, iframe, link'),
              getComputedStyle(page.body).marginTop].join(' ');
          }});
          document.querySelector('pre').textContent = 'told:' + told.join('|') + ':' + document.title + ':';
        }}</script>"
    )
}

#[tokio::test]
async fn the_page_fits_its_window_and_runs_nothing() {
    let Some(browser) = chromium() else {
        _ = writeln!(
            std::io::stderr(),
            "\n!! SKIPPED the_page_fits_its_window_and_runs_nothing: no Chromium on PATH\n"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let [profile, file, wrapper] = ["profile", "report.html", "around.html"].map(|name| folder.path().join(name));
    let page = report::html(&assessment(folder.path()));
    std::fs::write(&file, &page).unwrap();

    let dom = call(&browser, &profile, &["--dump-dom".into(), address(&file)]).await;
    assert!(dom.contains("<h1>NO-GO</h1>") && dom.contains("</footer>"), "{dom}");
    assert!(!dom.contains("<script") && !dom.contains("<img"), "{dom}");

    // Then a page that does what a report must not: a check that sees nothing would show.
    let bad = "<body style='margin:7px'><div style='width:2000px'>wide</div><script>parent.ran()</script>";
    let quiet = WIDTHS.map(|width| (width, page.as_str()));
    for (pages, title) in [(quiet.to_vec(), "quiet"), (vec![(390, bad)], "ran")] {
        std::fs::write(&wrapper, around(&pages)).unwrap();
        let dom = call(&browser, &profile, &["--dump-dom".into(), address(&wrapper)]).await;
        let (_, told) = dom.rsplit_once(">told:").unwrap_or_else(|| panic!("{dom}"));
        let mut told = told.split(':');
        let frames: Vec<&str> = told.next().unwrap().split('|').collect();
        let expected = match title {
            "ran" => vec!["390 2007 1 7px".to_owned()],
            _ => WIDTHS.map(|width| format!("{width} {width} 0 0px")).to_vec(),
        };
        assert_eq!(frames, expected, "width of the window, of the page, elements that load or run, margin");
        assert_eq!(told.next(), Some(title));
    }

    for width in WIDTHS {
        let picture = folder.path().join(format!("{width}.png"));
        let size = OsString::from(format!("--window-size={width},900"));
        call(&browser, &profile, &[size, flag("--screenshot=", &picture), address(&file)]).await;
        let bytes = std::fs::read(&picture).unwrap();
        assert!(bytes.starts_with(b"\x89PNG"), "{} bytes", bytes.len());
        assert_eq!(bytes[16..20], width.to_be_bytes(), "the width in the picture's header");
    }
}
