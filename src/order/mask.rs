//! Personal data, by the names of members: what of an order a report does not show unless it is asked to.
//!
//! A masked value keeps its shape, and a number: within one mask equal numbers stand for equal values, so that it still shows
//! what differs. Nothing is derived from the value itself, and a digest of a phone number would be guessed in a second.
//! Of a value under a name that says nothing only e-mail addresses and phone numbers are masked: masks are for reports that go
//! from hand to hand, not a promise that nobody is named in them.

use std::collections::BTreeMap;

use super::Pointer;

/// Words of a name that make what stands under it personal.
const WORDS: [&str; 43] = [
    "addr",
    "address",
    "addressee",
    "addresses",
    "attention",
    "attn",
    "birth",
    "birthdate",
    "birthday",
    "city",
    "comment",
    "comments",
    "consignee",
    "contact",
    "email",
    "emails",
    "fax",
    "firstname",
    "gender",
    "iban",
    "instructions",
    "ip",
    "lastname",
    "latitude",
    "longitude",
    "mail",
    "memo",
    "message",
    "mobile",
    "note",
    "notes",
    "person",
    "phone",
    "postal",
    "postcode",
    "recipient",
    "remarks",
    "salutation",
    "street",
    "surname",
    "telephone",
    "username",
    "zip",
];

/// Words that make a `name` beside them a person's.
const OF_A_PERSON: [&str; 15] = [
    "bill", "billing", "company", "family", "first", "full", "given", "last", "middle", "nick", "partner", "ship",
    "shipping", "sold", "user",
];

/// Words for who ordered. Beside `order` they tell whose number it is: `PurchaseOrderByCustomer` is an order key.
const WHO: [&str; 4] = ["buyer", "client", "customer", "entity"];

/// Names of whole parties, as vendors write them; `shipping_total` is none.
const PARTIES: [&str; 11] = [
    "billing",
    "shipping",
    "bill to",
    "ship to",
    "sold to",
    "sell to",
    "billto",
    "shipto",
    "bill to party",
    "ship to party",
    "sold to party",
];

/// Longest shape, in characters: beyond it says nothing of how values differ.
const SHAPE_CHARS_MAX: usize = 40;

/// Whether what stands under a member of this name is personal.
#[must_use]
pub fn is_personal(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    has(&WORDS)
        || (has(&WHO) && !has(&["order"]))
        || (has(&["name"]) && has(&OF_A_PERSON))
        || PARTIES.contains(&words.join(" ").as_str())
        || ["post code", "user agent"].iter().any(|pair| words.join(" ").contains(pair))
}

/// Whether any member on the way to a place is.
#[must_use]
pub fn is_personal_place(place: &Pointer) -> bool {
    place.tokens().iter().any(|name| is_personal(name))
}

/// The words of a name in lower case: `billToName`, `bill_to_name` and `Bill-To Name` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in name.chars() {
        let begins = !letter.is_alphanumeric() || (letter.is_uppercase() && after_small);
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        after_small = letter.is_lowercase() || letter.is_numeric();
    }
    // `address1` and `line2` are numbered.
    words.iter().map(|word| word.trim_end_matches(|letter: char| letter.is_ascii_digit()).to_owned()).collect()
}

/// Masks values, and knows those that it has masked.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    /// The number of each value.
    numbers: BTreeMap<String, usize>,
}

impl Mask {
    /// JSON with what is personal in it masked: all of it where `personal` says so of the place that it is from. It need not be
    /// whole: examples are cut. Masked numbers become strings; true, false and null stay.
    #[must_use]
    pub fn json(&mut self, text: &str, personal: bool) -> String {
        Walk { mask: self, personal, levels: Vec::new(), is_name: false }.all(text)
    }

    /// Text of which nothing is known.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(text.to_owned()).or_insert(next);
        Self::shown(text, number)
    }

    /// Text that goes on where it was cut: whether it is like another one is not known, and it has a number of its own.
    fn cut_text(&mut self, text: &str) -> String {
        let number = self.numbers.len() + 1;
        // Only texts are looked up by what they say, and a text that says just this says it of itself alone.
        self.numbers.insert(format!("{number}\0{text}"), number);
        Self::shown(text, number)
    }

    fn shown(text: &str, number: usize) -> String {
        let shape = |letter: char| match letter {
            letter if letter.is_alphanumeric() => '•',
            ' ' | '@' | '.' | ',' | '-' | '+' | '/' | '(' | ')' | '_' | ':' => letter,
            _ => '•',
        };
        let mut masked: String = text.chars().take(SHAPE_CHARS_MAX).map(shape).collect();
        if text.chars().nth(SHAPE_CHARS_MAX).is_some() {
            masked.push('…');
        }
        format!("{masked} ‹{number}›")
    }

    /// A path for readers, whose elements are named by their keys, those masked that are personal: `/contacts[email=•••@•••.•• ‹1›]/fax`.
    #[must_use]
    pub fn path(&mut self, path: &str) -> String {
        let mut out = String::with_capacity(path.len());
        let mut rest = path;
        while let Some((before, keys)) = rest.split_once('[') {
            let end = keys.find("]/").or_else(|| keys.ends_with(']').then(|| keys.len() - 1)).unwrap_or(keys.len());
            let (keys, after) = keys.split_at(end);
            out.push_str(before);
            out.push('[');
            let is_key = |key: &str| key.split_once('=').is_some_and(|(name, _)| name.split('/').any(is_personal));
            let personal = keys.split(',').any(is_key) || before.split('/').any(is_personal);
            match keys.split_once('=').filter(|_| personal) {
                Some((name, value)) => out.push_str(&format!("{name}={}", self.text(value))),
                None => out.push_str(keys),
            }
            rest = after;
        }
        out + rest
    }
}

/// A walk over JSON text that may end anywhere.
struct Walk<'m> {
    mask: &'m mut Mask,
    /// Whether the next value is personal.
    personal: bool,
    /// Of each object or array around: whether it is an object, and personal.
    levels: Vec<(bool, bool)>,
    /// Whether a name is next.
    is_name: bool,
}

impl Walk<'_> {
    fn all(mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let end = match letter {
                '"' => string_end(rest),
                '-' | '0'..='9' => rest.find(|letter| !"+-.eE0123456789".contains(letter)).unwrap_or(rest.len()),
                _ => letter.len_utf8(),
            };
            let (token, after) = rest.split_at(end);
            match letter {
                '"' if self.is_name => {
                    let (_, around) = self.level();
                    self.personal = around || is_personal(&unquoted(token));
                    self.is_name = false;
                    out.push_str(token);
                }
                '"' if self.personal && is_whole(token) => out.push_str(&quoted(&self.mask.text(&unquoted(token)))),
                '"' if self.personal => out.push_str(&quoted(&self.mask.cut_text(&unquoted(token)))),
                '"' if token.contains(['@', '+']) => out.push_str(&self.said(token)),
                '-' | '0'..='9' if self.personal => out.push_str(&quoted(&self.mask.text(token))),
                _ => {
                    self.step(letter);
                    out.push_str(token);
                }
            }
            rest = after;
        }
        out
    }

    /// A string under a name that says nothing. One that was cut is gone through as it is written.
    fn said(&mut self, token: &str) -> String {
        match serde_json::from_str::<String>(token) {
            Ok(text) if self.mask.said(&text) == text => token.to_owned(),
            Ok(text) => quoted(&self.mask.said(&text)),
            Err(_) => self.mask.said(token),
        }
    }

    fn level(&self) -> (bool, bool) {
        self.levels.last().copied().unwrap_or((false, self.personal))
    }

    fn step(&mut self, letter: char) {
        match letter {
            '{' | '[' => {
                self.levels.push((letter == '{', self.personal));
                self.is_name = letter == '{';
            }
            '}' | ']' => {
                (_, self.personal) = self.levels.pop().unwrap_or_default();
                self.is_name = false;
            }
            ',' => (self.is_name, self.personal) = self.level(),
            _ => {}
        }
    }
}

/// Where a string ends that begins a text: behind its quote, or with the text.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at + 1,
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    text.len()
}

/// Whether a string was not cut.
fn is_whole(token: &str) -> bool {
    serde_json::from_str::<String>(token).is_ok()
}

/// What a string says; as it is written where it is not whole.
fn unquoted(token: &str) -> String {
    serde_json::from_str(token).unwrap_or_else(|_| token.trim_matches('"').to_owned())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_where_they_live_are_personal() {
        for name in [
            "email",
            "Email",
            "contact_email",
            "billToName",
            "first_name",
            "lastName",
            "shipping_address",
            "address1",
            "billing",
            "customer",
            "customerNumber",
            "sellToAddressLine1",
            "phoneNumber",
            "browser_ip",
            "ShipToParty Name",
            "note",
            "postCode",
            "SoldToParty",
        ] {
            assert!(is_personal(name), "{name}");
        }
        for name in [
            "id",
            "sku",
            "name",
            "title",
            "total",
            "shipping_total",
            "shipping_lines",
            "billing_period",
            "quantity",
            "description",
            "created_at",
            "status",
            "recipes",
            "tip",
            "capacity",
            "companion",
            "PurchaseOrderByCustomer",
            "customer_order_no",
            "",
        ] {
            assert!(!is_personal(name), "{name}");
        }
    }

    /// As the interfaces of the vendors with a profile name them: what must be masked, and what reports can't do without.
    #[test]
    fn what_vendors_call_personal_is() {
        for (vendor, personal, business) in [
            (
                "shopify",
                "email phone contact_email browser_ip user_agent customer billing_address shipping_address note \
                 note_attributes customer_locale default_address",
                "id name order_number line_items sku total_price currency tags source_name gateway financial_status token",
            ),
            (
                "woocommerce",
                "billing shipping customer_ip_address customer_user_agent customer_note customer_id",
                "id number order_key line_items name shipping_lines shipping_total shipping_tax payment_method status",
            ),
            (
                "bigcommerce",
                "billing_address ip_address ip_address_v6 customer_message staff_notes shipping_addresses customer_id",
                "id status items_total total_inc_tax products shipping_cost_inc_tax billing_status",
            ),
            (
                "netsuite",
                "entity billAddress shipAddress billingAddress shippingAddress email memo message custbody_ship_phone",
                "id tranId otherRefNum item quantity rate amount total subsidiary location status",
            ),
            (
                "sap-s4",
                "SoldToParty ShipToParty EmailAddress PhoneNumber StreetName CityName PostalCode FirstName LastName",
                "SalesOrder PurchaseOrderByCustomer Material RequestedQuantity NetAmount TransactionCurrency",
            ),
            (
                "business-central",
                "customerName customerNumber billToName sellToAddressLine1 shipToContact phoneNumber email shipToPostCode",
                "id number externalDocumentNumber lineObjectNumber quantity unitPrice currencyCode totalAmountIncludingTax",
            ),
        ] {
            personal.split_whitespace().for_each(|name| assert!(is_personal(name), "{vendor}: {name}"));
            business.split_whitespace().for_each(|name| assert!(!is_personal(name), "{vendor}: {name}"));
        }
    }

    #[test]
    fn what_is_personal_keeps_its_shape_and_what_differs_differs() {
        let mut mask = Mask::default();
        for (text, personal, expected) in [
            (r#""Jane Doe""#, true, r#""•••• ••• ‹1›""#),
            (r#""John Doe""#, true, r#""•••• ••• ‹2›""#),
            (r#""Jane\u0020Doe""#, true, r#""•••• ••• ‹1›""#),
            (r#""Jane Doe""#, false, r#""Jane Doe""#),
            ("4917", true, r#""•••• ‹3›""#),
            (r#""4917""#, true, r#""•••• ‹3›""#),
            ("null", true, "null"),
            (
                r#"{"sku":"A1","email":"j@x.de","n":[1,{"phone":49},2],"address":{"a":["x",true]},"t":1.50}"#,
                false,
                r#"{"sku":"A1","email":"•@•.•• ‹4›","n":[1,{"phone":"•• ‹5›"},2],"address":{"a":["• ‹6›",true]},"t":1.50}"#,
            ),
            (r#"{"id":1,"email":"j@x.d…"#, false, r#"{"id":1,"email":"•@•.•• ‹7›""#),
            (r#"{"customer":"a\"b\\","sku":"A1"}"#, false, r#"{"customer":"•••• ‹8›","sku":"A1"}"#),
            // What was cut may go on otherwise.
            (r#""Jane D…"#, true, r#""•••• •• ‹9›""#),
            (r#""Jane D…"#, true, r#""•••• •• ‹10›""#),
            ("", true, ""),
        ] {
            assert_eq!(mask.json(text, personal), expected, "{text}");
        }
    }

    #[test]
    fn keys_in_a_path_are_masked_where_they_are_personal() {
        let mut mask = Mask::default();
        for (path, expected) in [
            ("/lines[sku=A1]/quantity", "/lines[sku=A1]/quantity"),
            ("/contacts[email=j@x.de]/fax", "/contacts[email=•@•.•• ‹1›]/fax"),
            ("/people[id=7,email=j@x.de]", "/people[id=•,•••••••@•.•• ‹2›]"),
            ("/customer/tags[0]", "/customer/tags[0]"),
            ("/total", "/total"),
        ] {
            assert_eq!(mask.path(path), expected);
        }
    }
}
