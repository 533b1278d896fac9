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

/// What a value is about by the words of its member's name: `totalPrice`, `customer-number`, `line_id`.
#[must_use]
pub fn by_name(name: &str) -> Option<Subject> {
    let mut found = None;
    let mut word = Word::default();
    let (mut was_lower, mut was_upper) = (false, false);
    let mut letters = name.chars().chain(std::iter::once('_')).peekable();
    while let Some(letter) = letters.next() {
        // `unitPrice`, and `POAmount`: of several capitals the last begins a word, if small letters follow. The s of `IDs`
        // begins none.
        let upper = letter.is_ascii_uppercase();
        let before_small = letters.peek().is_some_and(|next| next.is_ascii_lowercase() && *next != 's');
        let begins = upper && (was_lower || (was_upper && before_small));
        (was_lower, was_upper) = (letter.is_ascii_lowercase() || letter.is_ascii_digit(), upper);
        if begins || !letter.is_alphanumeric() {
            found = found.max(of_word(word.as_str()));
            word = Word::default();
        }
        if letter.is_alphanumeric() {
            word.push(letter);
        }
    }
    found
}

/// A word in small letters; one that is longer than all that tell something, or has other letters, is none of them.
#[derive(Default)]
struct Word {
    letters: [u8; 12],
    length: usize,
}

impl Word {
    fn push(&mut self, letter: char) {
        if let Some(place) = self.letters.get_mut(self.length) {
            // Other letters are in no word that tells something, as is this sign.
            *place = if letter.is_ascii() { letter.to_ascii_lowercase() as u8 } else { b'?' };
        }
        self.length += 1;
    }

    fn as_str(&self) -> &str {
        self.letters.get(..self.length).and_then(|letters| std::str::from_utf8(letters).ok()).unwrap_or_default()
    }
}

/// What a word tells, in the plural as well; of two meanings the graver one.
fn of_word(word: &str) -> Option<Subject> {
    let one = [Some(word), word.strip_suffix('s'), word.strip_suffix("es")];
    one.into_iter().flatten().filter_map(of_noun).max()
}

/// What a noun tells. None of the money is summed: which parts and which sums there are, names don't tell.
fn of_noun(noun: &str) -> Option<Subject> {
    match noun {
        "quantity" | "qty" | "units" => Some(Subject::Quantity),
        "total" | "subtotal" | "price" | "amount" | "tax" | "vat" | "discount" | "cost" | "fee" => Some(Subject::Price),
        "id" | "sku" | "ean" | "gtin" | "upc" | "barcode" | "key" | "no" | "number" | "reference" | "customer"
        | "currency" => Some(Subject::Identity),
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
        ] {
            assert_eq!(by_name(name), expected, "{name}");
        }
    }
}
