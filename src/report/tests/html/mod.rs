//! The page: its structure, its words, that nothing on it acts, and that it stays small.

mod bounds;
mod colours;

use super::evidence::{differing, nasty};
use crate::judge::GapSummary;
use crate::outcome::GapReason;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::*;

/// What acts in HTML where it comes from outside.
const EVIL: &str = "</script><img src=x onerror=alert(1)>";

/// The text of a page, its tags taken off and white space put together.
fn text_of(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let mut out = String::new();
    for part in body.split('<') {
        out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        out.push(' ');
    }
    let out = out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The opening tags of a page, in their order, without the style sheet.
fn tags(page: &str) -> Vec<&str> {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let parts = head.split('<').chain(body.split('<')).filter(|part| !part.starts_with('/') && part.contains('>'));
    parts.map(|part| part.split_once('>').unwrap().0).collect()
}

/// The value of an attribute.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    Some(tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0)
}

#[test]
fn the_first_screen_says_what_is_decided_and_why() {
    for (assessment, class, expected) in [
        (go(), "good", "GO Safe to cut over: all 3 gates hold."),
        (no_go(), "bad", "NO-GO Do not cut over: no-lost-orders (2 lost of 388)"),
        (empty(), "unknown", "INCONCLUSIVE The evidence does not suffice for evidence-intact."),
    ] {
        let page = html(&assessment);
        assert!(page.contains(&format!("<header class=\"decision {class}\">")), "{page}");
        assert!(page.contains(&format!("<h1>{}</h1>", assessment.decision)), "{page}");
        assert!(text_of(&page).contains(expected), "{page}");
        assert_eq!(page, html(&assessment), "the same assessment, the same bytes");
    }
    let text = text_of(&html(&differing()));
    for expected in [
        "run 2 \"gated build 412\", live run 2",
        "Judged (UTC) 2026-11-20 09:00:00 to 2026-11-20 12:00:00",
        "Orders 400 captured, 388 judged, 12 pending",
        "Need somebody 3 exceptions, 16 unexplained differences",
        "Money EUR 24680.50 captured , legacy 24680.50 , gated 24600.00",
        "Operations Which gate stops it, and what would change that? 1 exception",
        "ERP/IT What do the two ledgers say otherwise? 2 exceptions",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// On a narrow page a cell is its column's name beside its content, in two columns: content in pieces would be strewn over both.
#[test]
fn what_stands_beside_its_columns_name_is_one_element() {
    let mut assessment = no_go();
    assessment.gates[1].reason = "Say `tee.sender_deadline`, and how long.".to_owned();
    assessment.gates[1].would_change = Some(WouldChange { words: "`more`".to_owned(), missing: Distance::default() });
    let page = html(&assessment);
    let cells: Vec<&str> = page.split("<td role=\"cell\" data-name=").skip(1).collect();
    assert!(cells.len() > 12, "{}", cells.len());
    for cell in cells {
        let content = cell.split_once('>').unwrap().1.split_once("</td>").unwrap().0;
        assert!(content.starts_with("<div>") && content.ends_with("</div>"), "{content}");
        assert_eq!((content.matches("<div").count(), content.matches("</div>").count()), (1, 1), "{content}");
    }
    assert!(page.contains("<code>tee.sender_deadline</code>"));
}

/// However many others are worse.
#[test]
fn of_each_task_some_orders_are_named() {
    let mut assessment = no_go();
    let worse =
        |n: usize| exception(&format!("worse-{n}"), ExceptionKind::Fate(Fate::Lost), &[], Owner::ErpIt, "Mend it.");
    let less = |n: usize| {
        exception(
            &format!("less-{n}"),
            ExceptionKind::Fate(Fate::Unsent),
            &[],
            Owner::Operations,
            "See `paritee order`.",
        )
    };
    assessment.exceptions = (0..120).map(worse).chain((0..8).map(less)).collect();
    count_owners(&mut assessment);
    let page = html(&assessment);
    let named = |name: &str| page.matches(&format!(">{name}-")).count();
    assert_eq!((named("worse"), named("less")), (100, 5));
    let text = text_of(&page);
    for expected in
        ["20 more orders of it", "3 more orders of it", "The worst 100 are listed, and the first 5 of every task"]
    {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(page.contains("See <code>paritee order</code>."), "what is to be typed is told apart");
}

#[test]
fn every_section_tells_what_the_other_formats_tell() {
    let mut assessment = differing();
    assessment.census = CensusSummary { imported: true, listed: 400, captured: 399, missing: 1, ..Default::default() };
    let text = text_of(&html(&assessment));
    for expected in [
        "no-lost-orders ✕ NO-GO 2 lost of 388 2 lost of 388 0 Two orders were acknowledged",
        "For ERP/IT 2 orders lost on gated Find out in the gated lane's log",
        "For operations 1 order double_committed on gated Cancel the later document, then find out which key lets the ERP see a repeat. JPY 5000 at risk, the oldest for 3 h 13 m.",
        "ERP/IT 2 EUR 119.90, not known of 1 order 3 h 13 m operations 1 JPY 5000 3 h 13 m",
        "5107 JPY 5000 3 h 13 m 2026-11-20 09:07:00 SO-77 , SO-78",
        "double_committed 0 1 two or more documents for one order",
        "legacy_only 2 only the legacy path has it",
        "legacy with gated 385 orders compared in common terms, 12 differ",
        "/lines[sku]/quantity value differs between legacy and gated 14 in 12 orders",
        "5001 , 5002 , 5003 , 5004 , 5005 and 7 more",
        "legacy at /lines/0/quantity 3 gated at /items/4/qty 2",
        "Explained /id: value differs between legacy and gated: 388 in 388 orders",
        "set aside: before_the_run 12 0 residual 0 0",
        "units, all 1234 1234 1226 gated : missing 18: differs 14, lost 4",
        "$.lines[*].tax: tolerance the ERP rounds per line, the storefront per order Look: explains 30",
        "gated unknown_sku 12 committed by legacy: a regression (5001, 5002 and 10 more)",
        "orders listed 400 captured 399 missing 1",
        "received 513 = teed 402 + passed through 100 + skipped 10 (no_json 10) + in flight 1",
        "readings 240 complete, 0 broken",
        "clock its clock 120 ms ahead",
        "paritee verify JOURNAL",
        "paritee report JOURNAL --run 2 --until 2026-11-20T12:00:00Z --format html",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// What page one and the provenance owe: money, the window's time zone, thresholds and digests, version, observers and
/// watermarks, gaps, and how it is done again.
#[test]
fn what_it_rests_on_can_be_followed_and_done_again() {
    let mut assessment = differing();
    let gap = GapSummary {
        reason: GapReason::Down,
        began_at: at(10),
        ended_at: at(12),
        requests: None,
        lane: None,
        order_key: None,
        explained: false,
    };
    let (gap_of_all, order) = (gap.clone(), Some(OrderKey::new("5009").unwrap()));
    let of_order = GapSummary { lane: Some(Lane::Gated), order_key: order, explained: true, ..gap };
    (assessment.run.gaps, assessment.run.gaps_unexplained) = (40, 1);
    assessment.run.gap_list = vec![gap_of_all, of_order];
    let text = text_of(&html(&assessment));
    let version = env!("CARGO_PKG_VERSION");
    for expected in [
        "Judged (UTC) 2026-11-20 09:00:00 to 2026-11-20 12:00:00",
        &format!("judged by {} SHA-256 over the configuration that is judged by", "9f".repeat(32)),
        &format!("written by paritee {version}, report schema {SCHEMA_VERSION}"),
        "seen up to (UTC) 2026-11-20 12:19:00 2026-11-20 12:19:00",
        "outcomes by source poll:live 398 poll:shadow 398",
        "down 2026-11-20 09:10:00 2026-11-20 09:12:00 not known no",
        "down 2026-11-20 09:10:00 2026-11-20 09:12:00 order 5009 , gated yes",
        "38 more gaps counted, not listed.",
        &format!("prints the journal head: {} , or a later one", "3c".repeat(32)),
        &format!("On a journal with this head, paritee {version} writes this page byte for byte."),
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(text_of(&html(&go())).contains("Gaps None: evidence is missing for no period and no request."));
    // Where money can't be counted, page one says so.
    assert!(text_of(&html(&go())).contains("Money not counted: see the control totals"));
    assert!(!text_of(&html(&empty())).contains("Money not counted"));
}

#[test]
fn an_example_is_marked_where_its_sides_differ() {
    let mut assessment = differing();
    let example = assessment.findings[1].example.as_mut().unwrap();
    (example.left, example.right) = (Some(r#""Rue X 1""#.to_owned()), Some(r#""Rue Y 1""#.to_owned()));
    let page = html(&assessment);
    assert!(page.contains("&quot;Rue <mark>X</mark> 1&quot;"), "{page}");
    assert!(page.contains("&quot;Rue <mark>Y</mark> 1&quot;"), "{page}");
    // Where a side has nothing, all of the other one differs, and nothing is marked.
    assert!(text_of(&page).contains(r#"{"sku":"B2","quantity":1} gated nothing"#), "{page}");
    assert!(!page.contains("<mark>{"), "{page}");
}

#[test]
fn headings_landmarks_tables_and_links_are_sound() {
    for assessment in [go(), no_go(), empty(), differing(), hostile(), nasty(EVIL)] {
        let page = html(&assessment);
        let tags = tags(&page);
        let levels = tags.iter().filter_map(|tag| tag.strip_prefix('h')?.get(..1)?.parse::<u8>().ok());
        let levels: Vec<u8> = levels.collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert!(levels.first() == Some(&1) && levels.windows(2).all(|two| two[1] <= two[0] + 1), "{levels:?}");
        for landmark in ["header", "nav", "main", "footer"] {
            let is = |tag: &&&str| tag.split_whitespace().next() == Some(landmark);
            assert_eq!(tags.iter().filter(is).count(), 1, "{landmark}");
        }
        let headers = tags.iter().filter(|tag| tag.split_whitespace().next() == Some("th"));
        headers.for_each(|tag| assert!(matches!(attribute(tag, "scope"), Some("row" | "col")), "{tag}"));
        let mut ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id occurs twice");
        for tag in &tags {
            let target = attribute(tag, "href").map(|href| href.strip_prefix('#').expect("links stay on the page"));
            assert!(target.is_none_or(|target| ids.contains(&target)), "{tag}");
            assert!(attribute(tag, "aria-labelledby").is_none_or(|id| ids.contains(&id)), "{tag}");
        }
    }
}

/// On a narrow page the rows of these tables stand below each other: each cell must bear the name of its column, and the
/// table stay one for who can't see it.
#[test]
fn a_cell_that_stands_by_itself_bears_the_name_of_its_column() {
    let mut with_reason = hostile();
    with_reason.exceptions[0].reason = Some("UNKNOWN_SKU".to_owned());
    for page in [html(&no_go()), html(&with_reason), html(&differing())] {
        let tables: Vec<&str> = page.split("<table class=\"orders\"").skip(1).collect();
        assert!(tables.len() > 1, "{page}");
        for table in tables {
            let table = table.split("</table>").next().unwrap();
            let (head, body) = table.split_once("<tbody").unwrap();
            let columns = head.split("<th ").skip(1).map(|part| part.split(['>', '<']).nth(1).unwrap());
            let columns: Vec<&str> = columns.skip(1).collect();
            for row in body.split("<tr ").skip(1) {
                // `data-name` stands first behind the role.
                let name =
                    |cell: &'_ str| cell.split_once("data-name=\"").unwrap().1.split('"').next().unwrap().to_owned();
                let names: Vec<String> = row.split("<td ").skip(1).map(name).collect();
                assert_eq!(names, columns, "{row}");
                assert!(row.contains("role=\"row\"") && row.contains("role=\"rowheader\""), "{row}");
                assert_eq!(row.matches("role=\"cell\"").count(), columns.len(), "{row}");
            }
            assert!(table.contains("role=\"table\"") && table.contains("role=\"columnheader\""), "{table}");
        }
        // A wide table scrolls by itself, with the keyboard as well, and says what it is.
        let tags = tags(&page);
        let regions = tags.iter().filter(|tag| attribute(tag, "class") == Some("scroll"));
        for tag in regions {
            assert!(attribute(tag, "aria-label").is_some() && attribute(tag, "tabindex") == Some("0"), "{tag}");
        }
        // What a colour says, a word says.
        for mark in page.split("<span class=\"mark ").skip(1) {
            let word = mark.split("</span>").nth(1).unwrap().trim();
            assert!(word.parse::<Decision>().is_ok(), "{word}");
        }
    }
}

#[test]
fn it_holds_all_that_it_shows_and_its_policy_says_so() {
    let page = html(&differing());
    assert!(
        page.starts_with("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv="),
        "{page}"
    );
    // The sheet as it stands in the page, and no other, is what the policy lets in.
    let (_, rest) = page.split_once("<style>").unwrap();
    let (sheet, _) = rest.split_once("</style>").unwrap();
    let digest = STANDARD.encode(Sha256::digest(sheet));
    assert!(page.contains(&format!("content=\"default-src 'none'; style-src 'sha256-{digest}';")), "{page}");
    for loads in ["://", "src=", "url(", "@import", "<script", "<link", "<img", "<iframe", "style=\"", "javascript:"] {
        assert!(!page.contains(loads), "{loads} in {page}");
    }
}

#[test]
fn what_comes_from_outside_is_shown_and_never_obeyed() {
    let mut pages = vec![html(&hostile())];
    for evil in
        [EVIL, "\"'><svg onload=alert(1)>", "\u{1b}]0;GO\u{7}\u{202e}\u{9b}2J", "&lt;b&gt;", "<!--", "]]></style>"]
    {
        let mut assessment = nasty(evil);
        assessment.run.label = Some(evil.to_owned());
        let key: String = evil.chars().filter(|letter| !letter.is_control()).collect();
        assessment.exceptions.push(exception(&key, ExceptionKind::Phantom, &[evil], Owner::Ecommerce, evil));
        count_owners(&mut assessment);
        pages.push(html(&assessment));
    }
    assert!(
        pages[1].contains("<bdi class=\"key\">&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;</bdi>"),
        "{}",
        pages[1]
    );
    assert!(pages[4].contains("&amp;lt;b&amp;gt;"), "{}", pages[4]);
    // The elements and attributes of a page that nobody attacks are all that there may be.
    let names = |page: &str| -> std::collections::BTreeSet<String> {
        let known = |tag: &&str| tag.split_whitespace().next().unwrap_or_default().to_owned();
        tags(page).iter().map(known).collect()
    };
    let (mut calm, plain) = (names(&html(&differing())), html(&empty()));
    calm.extend(names(&plain));
    for page in &pages {
        assert!(!page.replace('\n', "").chars().any(inert::acts), "{page}");
        assert!(!page.split_once("</style>").unwrap().1.contains('\n'), "{page}");
        assert!(names(page).is_subset(&calm), "{:?}", names(page).difference(&calm).collect::<Vec<_>>());
        for tag in tags(page) {
            let attributes = tag.split('"').step_by(2).filter_map(|part| part.trim().strip_suffix('='));
            for attribute in attributes {
                assert!(!attribute.split_whitespace().any(|name| name.starts_with("on") || name == "style"), "{tag}");
            }
        }
        assert_eq!(page.matches("<style>").count(), 1);
        assert_eq!(page.matches("</style>").count(), 1);
    }
}
