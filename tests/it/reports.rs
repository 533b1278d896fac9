//! The reports that are kept as examples in `reports/`: the worlds that they are of come to the same again, and all forms
//! of one report are of one run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{in_time, one_world};

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reports")
}

/// The names of the reports, as the command in `reports/README.md` has them.
fn names() -> Vec<String> {
    let readme = fs::read_to_string(kept().join("README.md")).unwrap();
    let command = readme.lines().find_map(|line| line.split_once("scenario run ")).unwrap().1;
    command.split_once(" --reports").unwrap().0.split_whitespace().map(str::to_owned).collect()
}

fn read(folder: &Path, name: &str, ending: &str) -> String {
    fs::read_to_string(folder.join(format!("{name}.{ending}"))).unwrap()
}

fn report(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&read(folder, name, "json")).unwrap()
}

/// What of a report does not depend on the machine's pace.
fn essence(report: &Value) -> Value {
    let list = |of: &Value, keys: &[&str]| -> Vec<Value> {
        let one = |it: &Value| Value::from(keys.iter().map(|key| it[*key].clone()).collect::<Vec<_>>());
        of.as_array().unwrap().iter().map(one).collect()
    };
    let exceptions = list(&report["exceptions"], &["order_key", "lane", "fate", "owner", "next_action"]);
    let exceptions: BTreeSet<String> = exceptions.iter().map(ToString::to_string).collect();
    json!({
        "schema_version": report["schema_version"],
        "decision": report["decision"],
        "gates": list(&report["gates"], &["name", "status", "threshold", "reason"]),
        "fates": report["fates"],
        "parity": report["parity"],
        "totals": report["totals"],
        "census": [report["census"]["listed"], report["census"]["captured"], report["census"]["missing"]],
        "tie_out": report["tie_out"],
        "findings": list(&report["findings"], &["between", "path", "class", "count", "unexplained", "orders_count", "money"]),
        "exceptions": exceptions,
    })
}

/// What the demo's marketplaces sell depends on the pace, and with it what its ledgers hold in all.
fn without_marketplace(mut essence: Value) -> Value {
    fn strip(value: &mut Value) {
        if let Value::Object(members) = value {
            for name in ["marketplace", "before_the_run", "documents", "found"] {
                members.remove(name);
            }
            members.values_mut().for_each(strip);
        }
        if let Value::Array(items) = value {
            items.iter_mut().for_each(strip);
        }
    }
    strip(&mut essence);
    essence
}

#[test]
fn the_worlds_of_the_reports_come_to_the_same_again() {
    let _world = one_world();
    for name in names() {
        let folder = tempfile::tempdir().unwrap();
        let ended = in_time(|| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
            command.args(["scenario", "run", &name, "--reports"]).arg(folder.path());
            command
        });
        assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
        let of = |folder: &Path| match name.as_str() {
            "demo" => without_marketplace(essence(&report(folder, &name))),
            _ => essence(&report(folder, &name)),
        };
        let (wanted, found) = (of(&kept()), of(folder.path()));
        assert_eq!(found, wanted, "{name}: found {found:#}\nkept {wanted:#}");
    }
}

#[test]
fn all_forms_of_a_report_are_of_one_run() {
    for name in names() {
        let report = report(&kept(), &name);
        let head = report["run"]["journal_head"].as_str().unwrap();
        for ending in ["html", "md"] {
            let text = read(&kept(), &name, ending);
            assert!(text.contains(head), "{name}.{ending} is of another journal");
            for gate in report["gates"].as_array().unwrap() {
                assert!(text.contains(gate["name"].as_str().unwrap()), "{name}.{ending} lacks {}", gate["name"]);
            }
        }
    }
    let files: BTreeSet<String> = fs::read_dir(kept())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|file| file != "README.md")
        .collect();
    let named = names().into_iter().flat_map(|name| ["html", "json", "md"].map(|ending| format!("{name}.{ending}")));
    assert_eq!(files, named.collect());
}
