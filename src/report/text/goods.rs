//! Control totals of goods and money: a table, and under each row why a side has something else.

use crate::judge::Assessment;
use crate::report::layout::{Page, Tone, wrap};
use crate::report::words::Goods;
use crate::report::{inert, words};

/// SKUs that are listed; the JSON has up to fifty.
const SKUS_SHOWN: usize = 20;

/// Columns of a number, and of a name at least and at most.
const NUMBER: usize = 10;
const NAME_MIN: usize = 12;
const NAME_MAX: usize = 30;

/// Columns of the side under a row.
const SIDE: usize = 8;

/// The table; nothing where nothing was captured.
pub(super) fn goods(page: &mut Page, assessment: &Assessment) {
    let Some(goods) = words::goods(assessment, SKUS_SHOWN) else { return };
    let widths = widths(&goods);
    let name = page.width().saturating_sub(widths.iter().sum::<usize>()).min(NAME_MAX);
    let fits = name >= NAME_MIN;
    let header = if fits { line(&goods.columns, &widths) } else { String::new() };
    page.heading(&format!("{:<name$}{header}", "Goods and money"));
    for row in &goods.rows {
        let title = inert(&row.name);
        if fits {
            let mut lines = wrap(&title, name.saturating_sub(3));
            let last = lines.pop().unwrap_or_default();
            lines.iter().for_each(|line| page.line(&format!("  {line}")));
            page.line(&format!("  {last:<width$}{}", line(&row.cells, &widths), width = name - 2));
        } else {
            let cells: Vec<String> =
                goods.columns.iter().zip(&row.cells).map(|(column, cell)| format!("{column} {cell}")).collect();
            page.hanging(2, 4, &format!("{title}: {}", cells.join(", ")));
        }
        for cause in &row.causes {
            let lead = format!("    {:<SIDE$}", cause.side.as_str());
            let lead = if cause.broken { page.paint(Tone::Bad, &lead) } else { lead };
            page.beside(&lead, 4 + SIDE, &inert(&cause.words));
        }
    }
    goods.notes.iter().for_each(|note| page.paragraph(2, note));
}

/// Columns of each number: as wide as the widest needs.
fn widths(goods: &Goods) -> Vec<usize> {
    let column = |(at, name): (usize, &&str)| {
        let cells = goods.rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| cell.chars().count());
        cells.chain([name.chars().count()]).max().unwrap_or_default().saturating_add(2).max(NUMBER)
    };
    goods.columns.iter().enumerate().map(column).collect()
}

fn line<T: AsRef<str>>(cells: &[T], widths: &[usize]) -> String {
    cells.iter().zip(widths).map(|(cell, width)| format!("{:>width$}", cell.as_ref())).collect()
}
