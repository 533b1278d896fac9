//! How faults look, and that no secret shows.

use super::super::Paint;
use super::{SMALL, edited, read};

const SIX_FAULTS: &str = r#"[tee]
lissen = "127.0.0.1:8080"

[[tee.route]]
path = "orders"
order_key = ["/id"]

[lane.legacy]
url = "http://127.0.0.1:9001"
ledger = "production"
poll = { url = "http://127.0.0.1:9001/ledger" }

[lane.gated]
url = "http://localhost:9001"
ledger = "production"
settle = { sla = "2" }
headers = { authorization = "Bearer s3cr3t" }
poll = { url = "http://127.0.0.1:9002/ledger" }
"#;

#[test]
fn every_fault_is_shown_with_its_line_and_what_to_write() {
    let faults = read(SIX_FAULTS).unwrap_err();
    insta::assert_snapshot!(faults.render(Paint::Plain), @r###"
error: `tee` has no key `lissen`
 --> paritee.toml:2:1
  |
2 | lissen = "127.0.0.1:8080"
  | ^^^^^^
  |
  = help: did you mean `listen`?

error: `tee.route.path` must begin with `/`
 --> paritee.toml:5:8
  |
5 | path = "orders"
  |        ^^^^^^^^
  |
  = help: write "/orders"

error: both lanes have the same target
  --> paritee.toml:14:7
   |
14 | url = "http://localhost:9001"
   |       ^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: give the shadow a url of its own: it would place every order a second time

error: the shadow lane `gated` would write to a production ledger
  --> paritee.toml:15:10
   |
15 | ledger = "production"
   |          ^^^^^^^^^^^^
   |
   = help: write ledger = "sandbox" or "dry-run", and let its url lead there; for a few orders that somebody watches there is `paritee serve --arm-production "until=TIME,orders=N,money=AMOUNT EUR"`

error: `lane.gated.settle.sla`: `2` is no duration
  --> paritee.toml:16:18
   |
16 | settle = { sla = "2" }
   |                  ^^^
   |
   = help: write a number and a unit (h, m, s, ms), such as "5s", "1h30m" or "250ms"

error: `lane.gated.headers.authorization` is a secret, and stands in the file
  --> paritee.toml:17:29
   |
17 | headers = { authorization = *************** }
   |                             ^^^^^^^^^^^^^^^
   |
   = help: put it into an environment variable and write "env:NAME", with the variable's name
"###);
}

#[test]
fn what_is_missing_is_shown_without_a_line() {
    insta::assert_snapshot!(read("").unwrap_err().render(Paint::Plain), @r###"
error: `tee.route` is missing
--> paritee.toml
 = help: write [[tee.route]] with a path and the order_key, or paritee sees no order

error: `[lane.legacy]` is missing
--> paritee.toml
 = help: write it with the url of the lane and what its ledger is

error: `[lane.gated]` is missing
--> paritee.toml
 = help: write it with the url of the lane and what its ledger is
"###);
}

#[test]
fn colours_are_for_terminals_only() {
    let faults = read(SIX_FAULTS).unwrap_err();
    assert!(!faults.render(Paint::Plain).contains('\u{1b}'));
    assert!(faults.render(Paint::Colour).contains("\u{1b}["));
}

#[test]
fn a_place_counts_characters_from_one() {
    let faults = read(&edited(SMALL, "path = \"/orders\"", "\"pfäd\" = 1\npath = \"ä\" # ö")).unwrap_err();
    let places: Vec<_> = faults.list().iter().filter_map(|fault| fault.place.clone()).collect();
    let found: Vec<_> = places.iter().map(|place| (place.line, place.columns.clone())).collect();
    assert_eq!(found, [(4, 1..7), (5, 8..11)]);
}

/// Wherever a secret stands in the file or the environment, nothing that is shown holds it.
#[test]
fn no_secret_is_ever_shown() {
    const LEDGER: &str = "ledger = \"sandbox\"";
    for (from, to) in [
        (LEDGER, "ledger = 1\nheaders = { authorization = \"Bearer s3cr3t\", x = \"s3cr3t\" }"),
        (LEDGER, "ledger = \"sandbox\"\nheadrs = { authorization = \"s3cr3t\", y = { api_key = \"s3cr3t\" } }"),
        (LEDGER, "ledger = \"sandbox\"\nheaders = { authorization = \"env:BROKEN\", x = 1 }"),
        (LEDGER, "ledger = \"sandbox\"\nheaders = { authorization = \"s3cr3t, x = 1 }"),
        (LEDGER, "ledger = \"sandbox\"\nheaders = { authorization = s3cr3t }"),
        (LEDGER, "ledger = \"sandbox\"\nheaders = [\"s3cr3t\"]"),
        (LEDGER, "ledger = \"sandbox\"\nheaders = { authorization = '''\ns3cr3t''' }"),
        ("127.0.0.1:9002\"", "h:9002/?x=1#u\"\nurl = \"http://u:s3cr3t@h\""),
        ("http://127.0.0.1:9002\"", "http://u:s3cr3t@h:9002\""),
        ("http://127.0.0.1:9002/ledger\"", "http://u:s3cr3t@h/ledger?{x}\""),
        ("[tee]\n", "[admin]\ntoken = \"s3cr3t\"\n[tee]\n"),
        ("[tee]\n", "[admin]\ntoken = [\"s3cr3t\"]\n[tee]\n"),
        ("[tee]\n", "[admin]\ntokn = \"s3cr3t\"\nlisten = { password = \"s3cr3t\" }\n[tee]\n"),
        ("[tee]\n", "[admin]\ntoken = \"s3cr3t\n[tee]\n"),
    ] {
        let faults = read(&edited(SMALL, from, to)).expect_err(to);
        for shown in [faults.to_string(), format!("{faults:?}"), faults.render(Paint::Colour)] {
            assert!(!shown.contains("s3cr3t"), "{to} is shown as\n{shown}");
        }
    }
}

/// The lines that are quoted are those of the file, but for what is masked.
#[test]
fn masking_changes_nothing_else() {
    let text = edited(SMALL, "ledger = \"sandbox\"", "headers = { authorization = \"äbc\", x = \"env:GATED_TOKEN\" }");
    let shown = read(&text).unwrap_err().render(Paint::Plain);
    assert!(shown.contains("headers = { authorization = ******, x = \"env:GATED_TOKEN\" }"), "{shown}");
}
