//! Documents, orders and rules that hold markup and control characters.

use super::evidence::nasty;
use super::*;

#[test]
fn what_documents_hold_stays_text() {
    for evil in [
        "</script><img src=x onerror=alert(1)>",
        "a|b`c`*d*_e_",
        "one\r\n# GO\n| x |",
        "\u{1b}]0;GO\u{7}\u{202e}\u{9b}2J",
        "[x](https://evil.example) www.evil.example @all &lt;",
    ] {
        let assessment = nasty(evil);
        let (text, page, json) =
            (text(&assessment, 80, Style::Plain), markdown(&assessment), json(&assessment).unwrap());
        for out in [&text, &page, &json] {
            assert!(!out.chars().any(|letter| letter != '\n' && inert::acts(letter)), "{out}");
        }
        assert!(!text.lines().chain(page.lines()).any(|line| line.trim_start().starts_with("# GO")), "{text}");
        let bare = page.replace("<br>", "");
        for (at, letter) in bare.char_indices().filter(|(_, letter)| "<>`".contains(*letter)) {
            let digest = bare[..at].ends_with("policy: ") || bare[..at].ends_with("journal: ");
            let end = bare[at..].starts_with("`\n");
            assert!(bare[..at].ends_with('\\') || digest || end, "{letter} in {}", &bare[at.saturating_sub(20)..=at]);
        }
        for row in page.lines().filter(|line| line.starts_with('|')) {
            let columns = row.replace("\\|", "").matches('|').count();
            assert!((3..=10).contains(&columns), "{row}");
        }
        assert!(!page.replace("\\://", "").contains("://") && !page.contains("www."), "{page}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["findings"][1]["example"]["left"], evil);
    }
}
