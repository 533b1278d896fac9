//! Other TOML files than a configuration, read by the same readers: every fault at once, with its place.

use toml::de::DeTable;

use super::fault::Faults;
use super::load::BYTES_MAX;
use super::reader::{Context, Table};
use super::syntax;

/// Reads `text` by `read`, which is given the file as a table and one without keys, and reports what is wrong. `name`
/// stands for the file in messages, `whole` for what it is: `the scenario`.
///
/// # Errors
/// With every fault.
pub(crate) fn read_toml<T>(
    name: &str,
    text: &str,
    whole: &'static str,
    read: impl for<'a> FnOnce(Table<'a>, &'a DeTable<'a>) -> Option<T>,
) -> Result<T, Faults> {
    if text.len() > BYTES_MAX {
        return Err(Faults::whole(name, format!("{whole} is longer than {BYTES_MAX} bytes")));
    }
    let Some((root, errors)) = syntax::tree(text) else {
        return Err(Faults::whole(name, format!("{whole} is nested too deep")));
    };
    let broken = syntax::faults(text, &errors);
    let nothing = |_: &str| None;
    let (empty, context) = (DeTable::new(), Context::new(&nothing, whole));
    let made = read(Table::root(&context, root.get_ref()), &empty);
    let sound = broken.is_empty() && !context.is_faulty();
    let found = syntax::beside(text, broken, context.into_found());
    match made.filter(|_| sound) {
        Some(made) => Ok(made),
        None => Err(Faults::new(name, text, text.to_owned(), found)),
    }
}
