//! The assessment as JUnit XML, for pipelines: one test case for each gate.
//!
//! NO-GO is a `failure`, INCONCLUSIVE an `error`, which is JUnit's own word for a test that came to no verdict. GitLab,
//! Jenkins and the reporters of GitHub Actions count both as failed, and those that tell them apart say which it was. GitLab shows
//! only what an element holds, Jenkins its `message` first: each has the reason. Names of suite and cases don't change from run to
//! run, so that a pipeline can say what is new. There is no time in it but those of the journal.

mod orders;
mod xml;

use std::fmt::Write;

use super::layout::Style;
use super::{SCHEMA_VERSION, text};
use crate::judge::{Assessment, Decision, Gate};
use xml::{escape, escape_lines};

/// Columns of the summary: the consoles that show it don't wrap by themselves.
const WIDTH: usize = 100;

/// The assessment as JUnit XML. The same assessment gives the same bytes.
#[must_use]
pub fn junit(assessment: &Assessment) -> String {
    let gates = &assessment.gates;
    let of = |status: Decision| gates.iter().filter(|gate| gate.status == status).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        gates.len(),
        of(Decision::NoGo),
        of(Decision::Inconclusive)
    );
    let at = assessment.run.as_of.strftime("%Y-%m-%dT%H:%M:%S");
    let mut page = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    line(&mut page, format_args!("<testsuites name=\"paritee\" {counts} time=\"0\">"));
    line(
        &mut page,
        format_args!("  <testsuite name=\"paritee\" {counts} skipped=\"0\" time=\"0\" timestamp=\"{at}\">"),
    );
    properties(&mut page, assessment);
    for gate in gates {
        case(&mut page, assessment, gate);
    }
    let summary = text(assessment, WIDTH, Style::Plain);
    line(&mut page, format_args!("    <system-out>{}</system-out>", escape_lines(&summary)));
    page.push_str("  </testsuite>\n</testsuites>\n");
    page
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    _ = page.write_fmt(text);
    page.push('\n');
}

/// What tells which run, which window and which evidence this is; times in RFC 3339.
fn properties(page: &mut String, assessment: &Assessment) {
    let run = &assessment.run;
    line(page, format_args!("    <properties>"));
    for (name, value) in [
        ("schema_version", SCHEMA_VERSION.to_string()),
        ("decision", assessment.decision.to_string()),
        ("run", run.number.to_string()),
        ("label", run.label.clone().unwrap_or_default()),
        ("begin", run.begin.to_string()),
        ("until", run.until.to_string()),
        ("as_of", run.as_of.to_string()),
        ("policy_digest", run.policy_digest.clone()),
        ("journal_head", run.journal_head.clone()),
        ("masked", assessment.masked.to_string()),
    ] {
        line(page, format_args!("      <property name=\"{name}\" value=\"{}\"/>", escape(&value)));
    }
    line(page, format_args!("    </properties>"));
}

fn case(page: &mut String, assessment: &Assessment, gate: &Gate) {
    let element = match gate.status {
        Decision::Go => None,
        Decision::NoGo => Some("failure"),
        Decision::Inconclusive => Some("error"),
    };
    let case = format!("    <testcase classname=\"paritee.gates\" name=\"{}\" time=\"0\"", gate.name);
    let Some(element) = element else {
        return line(page, format_args!("{case}/>"));
    };
    line(page, format_args!("{case}>"));
    let message = escape(&format!("{}: {}. {}", gate.status, gate.measured, gate.reason));
    line(
        page,
        format_args!("      <{element} message=\"{message}\" type=\"{}\">{}", gate.status, escape(&gate.reason)),
    );
    for (name, value) in [("Measured", &gate.measured), ("At worst", &gate.worst_case), ("Threshold", &gate.threshold)]
    {
        line(page, format_args!("{name}: {}", escape(value)));
    }
    if let Some(change) = &gate.would_change {
        line(page, format_args!("What would change this: {}", escape(&change.words)));
    }
    for order in orders::of(assessment, gate.name) {
        line(page, format_args!("{}", escape(&order)));
    }
    line(page, format_args!("</{element}>\n    </testcase>"));
}
