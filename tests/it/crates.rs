//! What paritee is made of: licences, crates and sources as `deny.toml` allows them, by the lock file alone. `cargo deny` looks closer,
//! and isn't everywhere.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The only registry that crates come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn allowed() -> toml::Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    std::fs::read_to_string(file).unwrap().parse().unwrap()
}

/// The crates that are built here, each with its licence. Those of other platforms need not have been fetched.
fn licences_of() -> Vec<(String, String)> {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let compiler = run("rustc", &["-vV"]);
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = ["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&run(env!("CARGO"), &metadata)).unwrap();
    let text = |package: &Value, member: &str| package[member].as_str().unwrap_or("(none)").to_owned();
    metadata["packages"].as_array().unwrap().iter().map(|own| (text(own, "name"), text(own, "license"))).collect()
}

/// All crates of the lock file, for whatever platform: name and source.
fn locked() -> Vec<(String, Option<String>)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    let text = |package: &toml::Value, member: &str| package.get(member).map(|text| text.as_str().unwrap().to_owned());
    lock["package"].as_array().unwrap().iter().map(|own| (text(own, "name").unwrap(), text(own, "source"))).collect()
}

/// Whether an SPDX expression can be kept with these licences: `/` is how *or* was written once. A stack of open brackets, each
/// with what its alternatives come to, and what the one at hand comes to.
fn may_be_used(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "+WITH+");
    let mut open: Vec<(bool, bool)> = vec![(false, true)];
    for word in spaced.split_whitespace() {
        let (any, all) = open.last_mut().unwrap();
        match word {
            "OR" => (*any, *all) = (*any | *all, true),
            "AND" => {}
            "(" => open.push((false, true)),
            ")" => {
                let (any, all) = open.pop().unwrap();
                open.last_mut().unwrap().1 &= any | all;
            }
            licence => *all &= allowed.contains(licence.replace("+WITH+", " WITH ").as_str()),
        }
    }
    let [(any, all)] = open[..] else { panic!("{expression}: brackets") };
    any | all
}

#[test]
fn every_crate_is_allowed_by_licence_name_and_source() {
    let rules = allowed();
    let texts = |list: &toml::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let licences = texts(&rules["licenses"]["allow"]);
    let licences: BTreeSet<&str> = licences.iter().map(String::as_str).collect();
    let banned: BTreeSet<&str> =
        rules["bans"]["deny"].as_array().unwrap().iter().map(|ban| ban["name"].as_str().unwrap()).collect();
    let (known, locked) = (licences_of(), locked());
    assert!(known.len() > 100 && locked.len() >= known.len() && banned.len() > 2, "{} crates", known.len());
    let mut faults = Vec::new();
    for (name, licence) in known.iter().filter(|(_, licence)| !may_be_used(licence, &licences)) {
        faults.push(format!("{name} is under {licence}"));
    }
    for (name, source) in &locked {
        if banned.contains(name.as_str()) {
            faults.push(format!("{name} is banned"));
        }
        if source.as_deref().map_or(name != "paritee", |source| source != REGISTRY) {
            faults.push(format!("{name} comes from {source:?}"));
        }
    }
    assert!(faults.is_empty(), "{}\nsee deny.toml", faults.join("\n"));
}

#[test]
fn an_expression_is_kept_with_one_alternative_and_all_of_its_parts() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].into_iter().collect();
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0 OR MIT AND ISC", true),
        ("GPL-3.0 OR MIT AND BSL-1.0", false),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("(GPL-3.0 OR MIT) AND GPL-3.0", false),
        ("ISC AND (MIT OR (GPL-3.0 AND ISC))", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
        ("(none)", false),
    ] {
        assert_eq!(may_be_used(expression, &allowed), expected, "{expression}");
    }
}
