//! What values are about: as paths say, or where none does, the names of members.

use serde::{Deserialize, Serialize};

use super::path::Path;
use crate::order::{OrderPlaces, Pointer};
use crate::outcome::names;

/// What the values of a place are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Who or what is meant: SKU, customer, document number.
    Identity,
    /// An amount of the order's money. Amounts are summed where a whole subtree differs, so a path should
    /// not name both parts and their sum inside one line.
    Money,
    /// A price of one unit: as grave as money, no amount by itself.
    Price,
    /// How many units.
    Quantity,
}
names!(Subject, "subject", {
    Identity => "identity", Money => "money", Price => "price", Quantity => "quantity",
});

impl Subject {
    /// Whether texts there are read as decimals: `"19.9"` and 19.90 are the same price.
    pub(super) const fn is_decimal(self) -> bool {
        !matches!(self, Self::Identity)
    }
}

/// What the values at the places of an order's parts are about.
#[must_use]
pub fn of_places(places: &OrderPlaces) -> Vec<(Path, Subject)> {
    let top = |place: &Option<Pointer>, subject| Some((Path::to(place.as_ref()?)?, subject));
    let inner =
        |place: &Option<Pointer>, subject| Some((Path::to_each(places.lines.as_ref()?, place.as_ref()?)?, subject));
    [
        inner(&places.sku, Subject::Identity),
        inner(&places.quantity, Subject::Quantity),
        inner(&places.price, Subject::Price),
        top(&places.total, Subject::Money),
        top(&places.tax, Subject::Money),
        top(&places.currency, Subject::Identity),
        top(&places.customer, Subject::Identity),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// No word that tells something has more letters.
const LETTERS_MAX: usize = 12;

/// What a value is about by the words of its member's name: `totalPrice`, `customer-number`, `line_id`.
#[must_use]
pub fn by_name(name: &str) -> Option<Subject> {
    let bytes = name.as_bytes();
    let (mut found, mut begin) = (None, 0);
    let (mut was_lower, mut was_upper) = (false, false);
    for (at, letter) in name.char_indices() {
        // `unitPrice`, and `POAmount`: of several capitals the last begins a word, if small letters follow. The s of `IDs`
        // begins none.
        let upper = letter.is_ascii_uppercase();
        let begins = upper && (was_lower || (was_upper && bytes.get(at + 1).is_some_and(|next| is_small(*next))));
        (was_lower, was_upper) = (letter.is_ascii_lowercase() || letter.is_ascii_digit(), upper);
        let is_letter = letter.is_alphanumeric();
        if begins || !is_letter {
            found = found.max(of_word(bytes.get(begin..at)));
            begin = if is_letter { at } else { at + letter.len_utf8() };
        }
    }
    found.max(of_word(bytes.get(begin..)))
}

const fn is_small(letter: u8) -> bool {
    letter.is_ascii_lowercase() && letter != b's'
}

/// What a word tells, in capitals or not, in the plural as well; of two meanings the graver one.
fn of_word(word: Option<&[u8]>) -> Option<Subject> {
    let word = word?;
    let mut letters = [0; LETTERS_MAX];
    let small = letters.get_mut(..word.len())?;
    small.copy_from_slice(word);
    small.make_ascii_lowercase();
    let one = [Some(&*small), small.strip_suffix(b"s"), small.strip_suffix(b"es")];
    one.into_iter().flatten().filter_map(of_noun).max()
}

/// What a noun tells. None of the money is summed: which parts and which sums there are, names don't tell.
fn of_noun(noun: &[u8]) -> Option<Subject> {
    match noun {
        b"quantity" | b"qty" | b"units" => Some(Subject::Quantity),
        b"total" | b"subtotal" | b"price" | b"amount" | b"tax" | b"vat" | b"discount" | b"cost" | b"fee" => {
            Some(Subject::Price)
        }
        b"id" | b"sku" | b"ean" | b"gtin" | b"upc" | b"barcode" | b"key" | b"no" | b"number" | b"reference"
        | b"customer" | b"currency" => Some(Subject::Identity),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_by_their_words() {
        use Subject::*;
        for (name, expected) in [
            ("id", Some(Identity)),
            ("external_id", Some(Identity)),
            ("customerNumber", Some(Identity)),
            ("SKU", Some(Identity)),
            ("orderID", Some(Identity)),
            ("totalPrice", Some(Price)),
            ("total-tax", Some(Price)),
            ("TAX", Some(Price)),
            ("quantity", Some(Quantity)),
            ("line qty", Some(Quantity)),
            ("tax_number", Some(Price)),
            ("taxes", Some(Price)),
            ("Discounts", Some(Price)),
            ("line_ids", Some(Identity)),
            ("orderIDs", Some(Identity)),
            ("PONumber", Some(Identity)),
            ("SKUCode", Some(Identity)),
            ("VATAmount", Some(Price)),
            ("ERPOrderID", Some(Identity)),
            ("qty2", None),
            ("itemNo", Some(Identity)),
            ("VAT", Some(Price)),
            ("noted", None),
            ("idle", None),
            ("note", None),
            ("taxable", None),
            ("", None),
            ("größenTotal", Some(Price)),
            ("Zahlungs-ID", Some(Identity)),
            ("übertotal", None),
            ("total€", Some(Price)),
            ("€ total", Some(Price)),
            ("totalé", None),
            ("references", Some(Identity)),
            ("referencesAreLong", Some(Identity)),
        ] {
            assert_eq!(by_name(name), expected, "{name}");
        }
    }
}
