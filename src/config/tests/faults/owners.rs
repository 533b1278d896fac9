//! What can be wrong with who acts on what.

use super::check;

/// The small configuration with `text` as its first lines, whose numbers are those of `text`.
fn first(text: &str, expected: &[&str]) {
    check("[tee]\n", &format!("{text}[tee]\n"), expected);
}

/// A row with these keys from line 2 on, and an owner behind them.
fn row(keys: &str, expected: &[&str]) {
    first(&format!("[[owner]]\n{keys}\nowner = \"operations\"\n"), expected);
}

#[test]
fn rows_that_select_something_are_taken() {
    for keys in [
        "",
        "lane = \"census\"",
        "lane = \"legacy\"\nfate = [\"lost\", \"phantom\"]",
        "fate = [\"missing\", \"lost\"]",
        "reason = [\"tax\", \"other\"]",
        "lane = \"gated\"\nfate = \"committed\"\nreason = \"other\"",
        "lane = \"gated\"\nfate = \"rejected\"\nreason = \"unknown_sku\"\nnext_action = \"Take the listing down.\"",
        "difference = [\"money\", \"price\", \"other\"]",
    ] {
        row(keys, &[]);
    }
}

#[test]
fn unknown_words_and_wrong_types() {
    first(
        "[[owner]]\nlane = \"new\"\nfate = [\"lots\", 3]\nreason = \"vat\"\ndifference = \"cash\"\nowner = \"erp\"\nwho = 1\n",
        &[
            "fault line 2: `owner.lane`: `new` is no lane; write one of `legacy`, `gated`, `census`",
            "fault line 3: `owner.fate`: `lots` is no kind of exception; did you mean `lost`?",
            "fault line 3: `owner.fate` must be text, and is an integer",
            "fault line 4: `owner.reason`: `vat` is no reason class",
            "fault line 5: `owner.difference`: `cash` is no kind of difference",
            "fault line 6: `owner.owner`: `erp` is no owner; write one of `e-commerce`, `ERP/IT`, `operations`, `marketplace`",
            "fault line 7: `owner` has no key `who`",
        ],
    );
    row(
        "lane = \"gated\"\nfate = \"rejected\"\nreason = \"tax\"\ndifference = \"money\"",
        &[
            "fault line 5: `owner.difference` stands beside `lane`, which is of exceptions; write a row for the differences",
            "fault line 5: `owner.difference` stands beside `fate`",
            "fault line 5: `owner.difference` stands beside `reason`",
        ],
    );
    first("[[owner]]\nfate = \"lost\"\n", &["fault line 1: `owner.owner` is missing; write owner = \"operations\""]);
    first("owner = \"operations\"\n", &["fault line 1: `owner` must be a list"]);
    row("fate = []", &["fault line 2: `owner.fate` is empty; take it out"]);
    row("fate = [\"lost\", \"lost\"]", &["fault line 2: `owner.fate` names a word twice"]);
    for text in ["", " ", "a\\nb", &"x".repeat(301)] {
        row(
            &format!("fate = \"lost\"\nnext_action = \"{text}\""),
            &["fault line 3: `owner.next_action` is no line of text; write what to do in one line of at most 300"],
        );
    }
    row(
        "difference = \"money\"\nnext_action = \"Look.\"",
        &["fault line 3: `owner.next_action` is of exceptions: a difference is its own task; take it out"],
    );
}

#[test]
fn words_that_select_nothing() {
    row(
        "lane = \"census\"\nfate = [\"missing\", \"lost\"]",
        &[
            "fault line 3: `owner.fate`: no exception by the census is `lost`; take it out; there are `missing`, `round_the_tee`, `in_doubt`, `unlisted`",
        ],
    );
    row(
        "lane = \"gated\"\nfate = \"missing\"",
        &["fault line 3: `owner.fate`: no exception on lane `gated` is `missing`"],
    );
    row(
        "fate = [\"pending\", \"excluded\"]",
        &[
            "fault line 2: `owner.fate`: no exception is `pending`",
            "fault line 2: `owner.fate`: no exception is `excluded`",
        ],
    );
    row(
        "fate = [\"rejected\", \"lost\"]\nreason = \"tax\"",
        &[
            "fault line 2: `owner.fate`: no exception for such a reason is `lost`; take it out; there are `committed_after_reject`, `rejected`",
        ],
    );
    row(
        "lane = \"census\"\nreason = \"tax\"",
        &["fault line 3: `owner.reason`: nothing that this row selects was rejected for `tax`; take it out"],
    );
    row(
        "fate = \"committed\"\nreason = [\"tax\", \"other\"]",
        &["fault line 3: `owner.reason`: nothing that this row selects was rejected for `tax`"],
    );
}

#[test]
fn rows_that_are_never_reached() {
    let never = "this row is never reached: the rows above it take all that it selects; put it above them";
    let rows = |rows: &[&str]| -> String {
        rows.iter().map(|keys| format!("[[owner]]\n{keys}\nowner = \"operations\"\n")).collect()
    };
    for (texts, line) in [
        (&["", "fate = \"lost\""][..], Some(4)),
        (&["fate = \"lost\"", "lane = \"gated\"\nfate = \"lost\""], Some(4)),
        (&["lane = \"gated\"\nfate = \"lost\"", "fate = \"lost\""], None),
        // Two of them together take it all.
        (&["lane = \"gated\"", "lane = \"legacy\"", "fate = \"lost\""], Some(7)),
        (&["lane = \"gated\"", "fate = \"lost\""], None),
        (&["difference = [\"money\", \"price\"]", "difference = \"price\""], Some(4)),
        (&["lane = \"gated\"", "difference = \"price\""], None),
        (&["reason = \"tax\"", "fate = \"rejected\"\nreason = \"tax\""], Some(4)),
        (&["fate = \"lost\"", "fate = [\"lost\", \"rejected\"]"], None),
    ] {
        let expected: Vec<String> = line.iter().map(|line| format!("fault line {line}: {never}")).collect();
        first(&rows(texts), &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}
