//! Text can be read on its ground: contrast by WCAG 2.2 (success criteria 1.4.3 and 1.4.11), in light, dark and print.

use std::collections::BTreeMap;

const SHEET: &str = include_str!("../../html/style.css");

/// Text and what it stands on, by the names of the sheet.
const TEXT: [(&str, &str); 22] = [
    ("text", "ground"),
    ("text", "panel"),
    ("muted", "ground"),
    ("muted", "panel"),
    ("link", "ground"),
    ("link", "panel"),
    ("good", "ground"),
    ("unknown", "ground"),
    ("bad", "ground"),
    ("good", "panel"),
    ("unknown", "panel"),
    ("bad", "panel"),
    ("good", "good-ground"),
    ("unknown", "unknown-ground"),
    ("bad", "bad-ground"),
    ("plain", "ground"),
    ("mark", "mark-ground"),
    ("text", "good-ground"),
    ("text", "bad-ground"),
    ("on-decision", "good-decision"),
    ("on-decision", "unknown-decision"),
    ("on-decision", "bad-decision"),
];

/// Parts of bars and charts, which need less.
const SHAPES: [(&str, &str); 5] = [
    ("plain", "plain-ground"),
    ("bad", "plain-ground"),
    ("unknown", "plain-ground"),
    ("legacy", "ground"),
    ("gated", "ground"),
];

/// The colours of each `:root`, those of the first standing where a later one names none.
fn schemes() -> Vec<BTreeMap<&'static str, u32>> {
    let mut schemes: Vec<BTreeMap<&str, u32>> = Vec::new();
    for block in SHEET.split(":root {").skip(1) {
        let mut scheme = schemes.first().cloned().unwrap_or_default();
        for declaration in block.split_once('}').unwrap().0.split(';') {
            let Some((name, value)) = declaration.trim().strip_prefix("--").and_then(|own| own.split_once(": #"))
            else {
                continue;
            };
            scheme.insert(name, u32::from_str_radix(value, 16).unwrap());
        }
        schemes.push(scheme);
    }
    schemes
}

/// Relative luminance, as WCAG defines it.
fn luminance(colour: u32) -> f64 {
    let part = |shift: u32| {
        let share = f64::from((colour >> shift) & 0xff) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
}

fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_and_shapes_stand_out_from_their_ground() {
    assert!((contrast(0x00_00_00, 0xff_ff_ff) - 21.0).abs() < 1e-9);
    assert!((contrast(0x76_76_76, 0xff_ff_ff) - 4.54).abs() < 0.01);
    let schemes = schemes();
    assert_eq!(schemes.len(), 3, "light, dark and print");
    for (at, scheme) in schemes.iter().enumerate() {
        for (pairs, least) in [(&TEXT[..], 4.5), (&SHAPES[..], 3.0)] {
            for (text, ground) in pairs {
                let found = contrast(scheme[text], scheme[ground]);
                assert!(found >= least, "scheme {at}: {text} on {ground} has {found:.2}, needs {least}");
            }
        }
    }
}

#[test]
fn the_sheet_names_no_colour_but_by_its_name() {
    for rule in SHEET.lines().filter(|line| !line.trim_start().starts_with("--")) {
        assert!(!rule.contains('#'), "{rule}");
    }
}
