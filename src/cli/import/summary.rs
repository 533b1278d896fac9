//! What an import came to: bad rows as compilers name them, on stderr, and the sums, on stdout.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use crate::cli::output;
use crate::observe::import::{BAD_KEPT, Imported, STDIN};
use crate::outcome::Witness;
use crate::report::inert;

/// Whether what was read so far may be declared complete: every file to its end, without a bad row, and with rows. A
/// file without rows is mostly a failed export, and would make every order a lost one.
pub(super) fn may_declare(all: &[Imported]) -> bool {
    all.iter().all(|imported| imported.reading.is_whole()) && all.iter().any(|imported| imported.reading.tally.rows > 0)
}

/// Names the bad rows of a file, `file:line: what; remedy`, so that an editor goes there.
pub(super) fn complain(imported: &Imported) {
    let name = name(imported);
    let reading = &imported.reading;
    let mut lines: Vec<String> = reading.bad.iter().map(|(line, fault)| format!("{name}:{line}: {fault}")).collect();
    let more = reading.tally.bad.saturating_sub(BAD_KEPT as u64);
    if more > 0 {
        lines.push(format!("{name}: {} more bad rows", grouped(more)));
    }
    if let Some((line, fault)) = &reading.stopped {
        let end = if reading.begun { "; it is read no further" } else { "" };
        lines.push(format!("{name}:{line}: {fault}{end}"));
    }
    output::tell(&lines.join("\n"));
}

fn name(imported: &Imported) -> String {
    if imported.path.as_os_str() == STDIN { "<stdin>".to_owned() } else { imported.path.display().to_string() }
}

/// The sums of all files.
pub(super) fn text(
    of: Witness,
    all: &[Imported],
    declaration_wanted: bool,
    declared: Option<Timestamp>,
    dry_run: bool,
    took: Duration,
) -> String {
    let sum = |count: fn(&Imported) -> u64| all.iter().map(count).sum::<u64>();
    let mut text = String::new();
    for imported in all {
        _ = writeln!(text, "{}", inert(&name(imported)));
    }
    let mut row = |label: &str, count: u64| _ = writeln!(text, "  {label:<28} {:>13}", grouped(count));
    row("rows", sum(|one| one.reading.tally.rows));
    row(if of == Witness::Census { "orders" } else { "documents" }, sum(|one| one.reading.tally.orders));
    row(if dry_run { "facts that would be new" } else { "facts, new" }, sum(|one| one.new));
    row("facts, known before", sum(|one| one.known));
    row("cancelled", sum(|one| one.reading.tally.cancelled));
    for (reason, count) in excluded(all) {
        row(&format!("excluded: {}", inert(&reason)), count);
    }
    let set_aside = sum(|one| one.reading.tally.set_aside);
    let unwrapped = sum(|one| one.reading.tally.unwrapped);
    for (label, count) in [("set aside by `scope`", set_aside), ("keys unwrapped (' or =\"…\")", unwrapped)] {
        if count > 0 {
            row(label, count);
        }
    }
    row("bad rows", sum(|one| one.reading.tally.bad));
    _ = writeln!(text, "{}", watermark(all, declaration_wanted, declared, dry_run));
    _ = writeln!(
        text,
        "{}{:.1} s",
        if dry_run { "Nothing was recorded (--dry-run). " } else { "" },
        took.as_secs_f64()
    );
    text
}

fn excluded(all: &[Imported]) -> Vec<(String, u64)> {
    let mut sums = std::collections::BTreeMap::new();
    for (reason, count) in all.iter().flat_map(|imported| &imported.reading.tally.excluded) {
        *sums.entry(reason.clone()).or_default() += count;
    }
    sums.into_iter().collect()
}

/// What the files prove of orders that are not in them.
fn watermark(all: &[Imported], wanted: bool, declared: Option<Timestamp>, dry_run: bool) -> String {
    match declared {
        Some(at) if dry_run => format!("Would be declared complete through {at}."),
        Some(at) => format!("Declared complete through {at}."),
        None if !wanted => "Without --complete-through it proves no absence.".to_owned(),
        None if all.iter().all(|one| one.reading.is_whole()) => {
            "Not declared complete: there are no rows in it.".to_owned()
        }
        None => "Not declared complete: mend what is named, import again.".to_owned(),
    }
}

/// `1,234,567`
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        for (count, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), expected);
        }
    }
}
