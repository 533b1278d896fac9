//! What can be wrong with how documents and decisions are compared.

use super::super::accepted;
use super::{SMALL, check, check_text, edited};

/// Both lanes, their documents in the same shape and currency known.
const ALIKE: &str = r#"[lane.legacy.document]
lines = "/lines"
sku = "/Material"
quantity = "/Menge"
total = "/Summe"
currency = "/Waers"
[lane.gated.document]
lines = "/lines"
sku = "/Material"
quantity = "/Menge"
total = "/Summe"
currency = "/Waers"
"#;

/// The small configuration with `text` as its first lines, whose numbers are those of `text`.
fn first(text: &str, expected: &[&str]) {
    check("[tee]\n", &format!("{text}[tee]\n"), expected);
}

/// A rule with a path and whatever is in `rest`, which begins at line 3; what is known of the documents stands behind it.
fn rule(path: &str, rest: &str, documents: &str, expected: &[&str]) {
    first(&format!("[[compare.rule]]\npath = {path}\n{rest}\n{documents}"), expected);
}

#[test]
fn faults_of_a_path() {
    for (path, expected) in [
        (
            "\"lines\"",
            "fault line 2: `compare.rule.path`: a path begins with `$`, the whole document; write \"$.lines\"",
        ),
        ("\"/a/b\"", "fault line 2: `compare.rule.path`: a path begins with `$`, the whole document; write \"$.a.b\""),
        ("\"\"", "fault line 2: `compare.rule.path`: a path begins with `$`, the whole document; write \"$.\""),
        (
            "\"$.a[?@.b]\"",
            "fault line 2: `compare.rule.path`: no path at byte 4; filters are not taken: a path that looks at values",
        ),
        ("\"$.a.\"", "fault line 2: `compare.rule.path`: no path at byte 4; a name is expected"),
        ("\"$.a \"", "fault line 2: `compare.rule.path`: no path at byte 4; a path ends without white space"),
        ("7", "fault line 2: `compare.rule.path` must be text, and is an integer"),
    ] {
        rule(path, "multiset = true", "", &[expected]);
    }
    first(
        "[[compare.rule]]\nmultiset = true\n",
        &["fault line 1: `compare.rule.path` is missing; write path = \"$.lines\""],
    );
}

#[test]
fn faults_of_an_action() {
    let reason = |action: &str| format!("{action}\nreason = \"x\"");
    for (action, expected) in [
        (
            "",
            "fault line 2: this rule does nothing; write match_by = [\"sku\"], or ignore = true with a reason; there are",
        ),
        ("trim = false", "fault line 2: this rule does nothing"),
        ("trim = 1", "fault line 3: `compare.rule.trim` must be true or false, and is an integer"),
        ("match_by = []", "fault line 3: `compare.rule.match_by` names no member; write match_by = [\"sku\"]"),
        ("match_by = [\"\"]", "fault line 3: `compare.rule.match_by` is empty"),
        ("match_by = \"sku\"", "fault line 3: `compare.rule.match_by` must be a list, and is text"),
        ("map = \"x\"", "fault line 3: `compare.rule.map` must be a table, and is text"),
        (
            "map = { lane = \"legacy\" }",
            "fault line 3: `compare.rule.map` has neither of `name` and `values`; write name = \"quantity\"",
        ),
        (
            "map = { lane = \"legacy\", name = \"a\", values = { a = 1 } }",
            "fault line 3: `compare.rule.map` has both of `name` and `values`",
        ),
        ("map = { name = \"a\" }", "fault line 3: `compare.rule.map.lane` is missing; write lane = \"legacy\""),
        ("map = { lane = \"old\", name = \"a\" }", "fault line 3: `compare.rule.map.lane`: `old` is no lane"),
        ("map = { lane = \"gated\", values = {} }", "fault line 3: `compare.rule.map.values` names no value"),
        (
            "map = { lane = \"gated\", values = { a = [] } }",
            "fault line 3: `compare.rule.map.values.a` must be text, a number, true or false, and is a list",
        ),
        ("map = { lane = \"gated\", nam = \"a\", name = \"b\" }", "fault line 3: `compare.rule.map` has no key `nam`"),
    ] {
        rule("\"$.note\"", &reason(action), "", &[expected]);
    }
    rule(
        "\"$.note\"",
        "trim = true\ncase = true\nreason = \"x\"\nmultiset = true",
        "",
        &[
            "fault line 3: this rule has two actions, `multiset` and `trim`",
            "fault line 4: this rule has two actions, `multiset` and `case`; keep one of them",
        ],
    );
    rule(
        "\"$.lines[*]\"",
        "map = { lane = \"legacy\", name = \"a\" }",
        "",
        &["fault line 2: this rule can't be applied; the path of another name ends in the name that the lane has"],
    );
}

#[test]
fn faults_of_a_reason() {
    let absent = "fault line 1: a rule that can hide differences has no `reason`; write reason = ";
    for (action, expected) in [
        ("ignore = true", "fault line 1: a rule that ignores differences has no `reason`; write reason = "),
        ("same_instant = true", absent),
        ("case = true", absent),
        ("trim = true", absent),
        ("map = { lane = \"gated\", values = { a = \"b\" } }", absent),
        ("trim = true\nreason = \" \"", "fault line 4: `compare.rule.reason` is empty"),
    ] {
        rule("\"$.note\"", action, "", &[expected]);
    }
    rule("\"$.total\"", "tolerance = 1", ALIKE, &[absent]);
    for action in ["match_by = [\"a\"]", "multiset = true", "map = { lane = \"gated\", name = \"b\" }"] {
        rule("\"$.note\"", action, "", &[]);
    }
}

#[test]
fn faults_of_what_stands_beside_an_action() {
    rule(
        "\"$.note\"",
        "trim = true\nreason = \"x\"\ndangerous = true\nexpires = \"tomorrow\"\nbetween = \"lane\"\nwhy = \"\"",
        "",
        &[
            "warning line 5: `dangerous` does nothing on a rule that ignores nothing",
            "fault line 6: `compare.rule.expires`: `tomorrow` is no time with an offset",
            "fault line 7: `compare.rule.between`: `lane` is no comparison; did you mean `lanes`?",
            "fault line 8: `compare.rule` has no key `why`",
        ],
    );
    rule(
        "\"$.note\"",
        "trim = true\nreason = \"x\"\nexpires = 2026-01-05T00:00:00",
        "",
        &["fault line 5: `compare.rule.expires`"],
    );
    rule(
        "\"$.total\"",
        "trim = true\nreason = \"x\"\nbetween = \"order\"",
        "",
        &[
            "fault line 5: this rule is for orders against documents, and no lane has a `[lane.X.document]`; write it with",
        ],
    );
    rule("\"$.total\"", "trim = true\nreason = \"x\"\nbetween = \"order\"", ALIKE, &[]);
}

#[test]
fn what_an_order_is_about_is_ignored_on_purpose_only() {
    let by_name = |path: &str| {
        format!("fault line 2: `{path}` is an identity, money or a quantity, and would be ignored; if that is meant")
    };
    for path in ["$", "$.*", "$..*", "$.lines[*]", "$.lines[0]", "$.lines[1:2]", "$.id", "$.totalPrice", "$..qty"] {
        rule(&format!("\"{path}\""), "ignore = true\nreason = \"x\"", "", &[&by_name(path)]);
        rule(&format!("\"{path}\""), "ignore = true\nreason = \"x\"\ndangerous = true", "", &[]);
    }
    rule("\"$['note', 'sku']\"", "ignore = true\nreason = \"x\"", "", &[&by_name("$['note', 'sku']")]);
    for path in ["$.note", "$.lines[*].title", "$.idle", "$.lines", "$.Material"] {
        rule(&format!("\"{path}\""), "ignore = true\nreason = \"x\"", "", &[]);
    }
    for (path, said) in [
        ("$.lines[*].Material", "an identity by `[lane.legacy.document]`"),
        ("$.lines[7].Menge", "a quantity by `[lane.legacy.document]`"),
        ("$..Summe", "money by `[lane.legacy.document]`"),
        ("$['Waers']", "an identity by `[lane.legacy.document]`"),
    ] {
        let expected = format!("fault line 2: `{path}` is {said}, and would be ignored; if that is meant");
        rule(&format!("\"{path}\""), "ignore = true\nreason = \"x\"", ALIKE, &[&expected]);
    }
    rule("\"$.Material\"", "ignore = true\nreason = \"x\"", ALIKE, &[]);
    let named = edited(SMALL, "9002/ledger\"\n", "9002/ledger\"\norder_key = \"/po\"\n");
    check_text(
        &edited(&named, "[tee]\n", "[[compare.rule]]\npath = \"$['po']\"\nignore = true\nreason = \"x\"\n[tee]\n"),
        &["fault line 2: `$['po']` is an identity by the `order_key` of lane `gated`, and would be ignored"],
    );
    rule(
        "\"$.rows[*].art\"",
        "ignore = true\nreason = \"x\"",
        "[order]\nlines = \"/rows\"\nsku = \"/art\"\n",
        &["fault line 2: `$.rows[*].art` is an identity by `[order]`, and would be ignored"],
    );
}

#[test]
fn faults_of_a_tolerance() {
    let each = "fault line 3: `compare.rule.tolerance";
    for (tolerance, expected) in [
        ("-1", format!("{each}` is negative; write how many of the currency's smallest units, such as 1 or \"0.5\"")),
        ("0", format!("{each}` is zero, which tolerates nothing")),
        ("-0.0", format!("{each}` is zero, which tolerates nothing")),
        ("true", format!("{each}` must be a number, and is true or false")),
        ("\"\"", format!("{each}`: `` is no amount")),
        ("\"1,5\"", format!("{each}`: `1,5` is no amount")),
        ("nan", format!("{each}`: `nan` is no amount")),
        ("inf", format!("{each}`: `inf` is no amount")),
        ("1e400", format!("{each}`: `1e400` is no amount")),
        ("0.12345678901234567890123456789", format!("{each}`: `0.12345678901234567890123456789` is no amount")),
        ("99999999999999999999", format!("{each}` is too big")),
        ("{ order_max = 5 }", format!("{each}.minor_units` is missing; write minor_units = 1")),
        ("{ minor_units = 1, order_max = -5 }", format!("{each}.order_max` is negative")),
        ("{ minor_units = 1, most = 5 }", format!("{each}` has no key `most`")),
    ] {
        rule("\"$.total\"", &format!("tolerance = {tolerance}\nreason = \"x\""), ALIKE, &[&expected]);
    }
    let money = |path: &str, why: &str| {
        let expected =
            format!("fault line 3: a tolerance is for money, and `{path}` is {why}; select the amounts alone");
        rule(&format!("\"{path}\""), "tolerance = 1\nreason = \"x\"", ALIKE, &[&expected]);
    };
    money("$.lines[*].sku", "an identity");
    money("$.lines[*].quantity", "a quantity");
    money("$.lines[*].Menge", "a quantity by `[lane.legacy.document]`");
    money("$..*", "an identity by `[lane.legacy.document]`");
    for path in ["$.Summe", "$.total", "$.lines[*].rounding", "$.lines"] {
        rule(&format!("\"{path}\""), "tolerance = 1\nreason = \"x\"", ALIKE, &[]);
    }
}

#[test]
fn a_tolerance_needs_the_currency() {
    let tolerance = "tolerance = 1\nreason = \"x\"";
    let gated = "[lane.gated.document]\ntotal = \"/total\"\n";
    let both = "`[lane.legacy.document]` and `[lane.gated.document]`";
    rule(
        "\"$.total\"",
        tolerance,
        gated,
        &[&format!(
            "fault line 3: a tolerance needs the currency, which is not named in {both}; write currency = \
             \"/currency\", its place, or currency_else = \"EUR\", into {both}"
        )],
    );
    let known = format!("{gated}currency_else = \"EUR\"\n");
    rule(
        "\"$.total\"",
        tolerance,
        &known,
        &["fault line 3: a tolerance needs the currency, which is not named in `[lane.legacy.document]`;"],
    );
    let noted = &["note line 6: only `lane.gated` says where the parts of an order stand"];
    rule("\"$.total\"", &format!("{tolerance}\nbetween = \"order\""), &known, noted);
}

#[test]
fn faults_of_the_shape() {
    first(
        "[compare]\ndocuments = \"common\"\nrules = []\n",
        &[
            "fault line 2: `compare.documents`: `common` is no shape of documents; write one of `as-they-are`",
            "fault line 3: `compare` has no key `rules`; did you mean `rule`?",
        ],
    );
    first(
        "[compare]\ndocuments = \"in-common-terms\"\n",
        &[
            "fault line 2: documents are compared in common terms, and there is no `[lane.legacy.document]`; write it, with",
            "fault line 2: documents are compared in common terms, and there is no `[lane.gated.document]`",
        ],
    );
    let apart = "[lane.legacy.document]\ntotal = \"/total\"\n[lane.gated.document]\ntotal = \"/sum\"\nnet = true\n";
    let nothing = "the documents of the two lanes have nothing in common that could be compared; name the same parts";
    first(&format!("[compare]\ndocuments = \"in-common-terms\"\n{apart}"), &[&format!("fault line 2: {nothing}")]);
    first(apart, &[&format!("fault line 3: {nothing}")]);
    first(&format!("[compare]\ndocuments = \"as-they-are\"\n{apart}"), &[]);
}

#[test]
fn rules_are_in_common_terms_where_documents_are() {
    let apart = "[lane.legacy.document]\ntotal = \"/total\"\n[lane.gated.document]\ntotal = \"/sum\"\n";
    let trim = "trim = true\nreason = \"x\"";
    for path in ["$", "$..sku", "$.lines", "$.lines[3]", "$.lines[*].price", "$.customer"] {
        rule(&format!("\"{path}\""), trim, apart, &[]);
    }
    for path in ["$.sum", "$.sku", "$.lines[*].title"] {
        let nothing =
            format!("warning line 2: `{path}` selects nothing: it is applied to what is in common terms; select");
        rule(&format!("\"{path}\""), trim, apart, &[&nothing]);
        rule(&format!("\"{path}\""), trim, &format!("[compare]\ndocuments = \"as-they-are\"\n{apart}"), &[]);
    }
    rule(
        "\"$.total\"",
        "map = { lane = \"gated\", name = \"sum\" }",
        apart,
        &["warning line 3: another name does nothing in common terms, where both sides have the same names"],
    );
}

#[test]
fn faults_of_a_decision() {
    first(
        "[[compare.decision]]\n[[compare.decision]]\nlane = \"new\"\nclass = \"vat\"\nreason = 1\nuntil = 2\n",
        &[
            "fault line 1: `compare.decision.lane` is missing; write lane = \"gated\", the lane that rejects",
            "fault line 1: `compare.decision.class` is missing; write class = \"tax\"",
            "fault line 1: `compare.decision.reason` is missing; write reason = ",
            "fault line 3: `compare.decision.lane`: `new` is no lane",
            "fault line 4: `compare.decision.class`: `vat` is no reason class",
            "fault line 5: `compare.decision.reason` must be text, and is an integer",
            "fault line 6: `compare.decision` has no key `until`",
        ],
    );
}

#[test]
fn faults_of_the_census_s_documents() {
    first(
        "[census.document]\nlines = \"/rows\"\nnett = true\n",
        &[
            "fault line 1: `[census.document]` has `lines`, but not where SKU and quantity stand in them",
            "fault line 3: `census.document` has no key `nett`; did you mean `net`?",
        ],
    );
}

#[test]
fn documents_that_may_be_several_have_lines() {
    let split = |document: &str| {
        edited(SMALL, "[lane.gated.poll]\n", &format!("documents = \"split\"\n{document}[lane.gated.poll]\n"))
    };
    check_text(
        &split(""),
        &["fault line 14: `lane.gated.documents` is \"split\", and there is no `[lane.gated.document]`; write"],
    );
    check_text(
        &split("[lane.gated.document]\ntotal = \"/total\"\n"),
        &[
            "fault line 14: `lane.gated.documents` is \"split\", and `[lane.gated.document]` has no `lines`; write it with lines",
        ],
    );
    let lines = "[lane.gated.document]\nlines = \"/l\"\nsku = \"/s\"\nquantity = \"/q\"\n";
    assert!(accepted(&split(lines)).config.lanes.gated.document.is_some());
}

#[test]
fn one_lane_s_places_alone_are_noted() {
    let one = "[lane.gated.document]\ntotal = \"/total\"\ncurrency = \"/currency\"\n";
    let note =
        "only `lane.gated` says where the parts of an order stand in its documents, so both are compared as they are";
    first(one, &[&format!("note line 1: {note}")]);
    first(&format!("[compare]\ndocuments = \"as-they-are\"\n{one}"), &[]);
}
