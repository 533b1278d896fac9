//! Text in XML 1.0: nothing of it becomes markup, and nothing is there that a parser must refuse.

use super::super::inert;

/// What some readers of JUnit files take for an order to attach a file of the machine that they run on.
const ATTACHMENT: &str = "[[ATTACHMENT";

/// One line of text, for an attribute or an element. [`inert`] writes out what acts; what XML forbids even as a
/// reference (XML 1.0, 2.2: U+FFFE and U+FFFF beside controls) is written out as well.
pub(super) fn escape(text: &str) -> String {
    escape_lines(&inert(text))
}

/// Text that was made harmless already, its line breaks kept: for an element only.
pub(super) fn escape_lines(text: &str) -> String {
    let text = text.replace(ATTACHMENT, "[\\u{5b}ATTACHMENT");
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push('\n'),
            '\u{fffe}' | '\u{ffff}' => out.extend(letter.escape_unicode()),
            letter if letter.is_control() => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_text_holds_a_parser_reads_it_as_text() {
        let all_that_acts: String =
            ('\0'..='\u{a0}').chain('\u{2028}'..='\u{202e}').chain('\u{fff0}'..='\u{10010}').collect();
        for (text, expected) in [
            ("SO-77", "SO-77"),
            ("</testcase><!-- & \"GO\" 'x' ]]>", "</testcase><!-- & \"GO\" 'x' ]]>"),
            ("a\r\n\tGO", "a\\u{d}\\u{a}\\u{9}GO"),
            ("\0\u{1b}[2J\u{fffe}\u{ffff}", "\\u{0}\\u{1b}[2J\\u{fffe}\\u{ffff}"),
            ("&#0; &lol;", "&#0; &lol;"),
            ("[[ATTACHMENT|/etc/passwd]]", "[\\u{5b}ATTACHMENT|/etc/passwd]]"),
            (
                all_that_acts.as_str(),
                inert(&all_that_acts).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}").as_str(),
            ),
        ] {
            let page = format!("<a b=\"{0}\">{0}</a>", escape(text));
            let page = roxmltree::Document::parse(&page).unwrap();
            let read = page.root_element();
            assert_eq!((read.attribute("b"), read.text()), (Some(expected), Some(expected)));
        }
    }
}
