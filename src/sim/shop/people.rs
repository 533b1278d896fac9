//! Who buys from the simulated shop. Names and addresses are invented; mail addresses end in `.example`,
//! which nobody can own (RFC 2606).

use fastrand::Rng;
use serde::Serialize;

const FIRST_NAMES: [&str; 16] = [
    "Aila", "Bram", "Célia", "Dario", "Edda", "Fenna", "Göran", "Hanne", "Ilias", "Jördis", "Kasimir", "Liv", "Matteo",
    "Noé", "Oona", "Piet",
];
const LAST_NAMES: [&str; 16] = [
    "Abelson",
    "Brandvik",
    "Castellane",
    "Dervaux",
    "Eskola",
    "Fährmann",
    "Grünwald",
    "Hollander",
    "Ibsgaard",
    "Jansma",
    "Kowalczyk",
    "Lindqvist",
    "Moreau",
    "Nørgaard",
    "O’Hallion",
    "Papadaki",
];
const STREETS: [&str; 12] = [
    "Lindenallee",
    "Rue du Moulin",
    "Kanaalweg",
    "Via dei Tigli",
    "Hafengasse",
    "Søndergade",
    "Calle Olmo",
    "Mühlenstraße",
    "Ulica Lipowa",
    "Quai des Tilleuls",
    "Am Alten Markt",
    "Tuinstraat",
];
/// City, postal code, country code, country.
const CITIES: [(&str, &str, &str, &str); 10] = [
    ("Tannberg", "04177", "DE", "Germany"),
    ("Oberwiesen", "80337", "DE", "Germany"),
    ("Saint-Aubry", "69002", "FR", "France"),
    ("Zandhoven", "3011 CK", "NL", "Netherlands"),
    ("Villarosa", "20121", "IT", "Italy"),
    ("Nørrebæk", "8000", "DK", "Denmark"),
    ("Klein Glien", "14806", "DE", "Germany"),
    ("Almendral", "28013", "ES", "Spain"),
    ("Lipnica", "30-059", "PL", "Poland"),
    ("Feldbrunn", "1070", "AT", "Austria"),
];

/// An address as the storefront writes it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Address {
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) address1: String,
    pub(super) address2: Option<String>,
    pub(super) city: &'static str,
    pub(super) zip: &'static str,
    pub(super) country: &'static str,
    pub(super) country_code: &'static str,
    pub(super) phone: Option<String>,
}

/// A customer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Customer {
    pub(super) id: u64,
    pub(super) email: String,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) tags: &'static str,
}

/// A customer and where the goods go.
pub(super) fn buyer(rng: &mut Rng) -> (Customer, Address) {
    let first_name = one(rng, &FIRST_NAMES);
    let last_name = one(rng, &LAST_NAMES);
    let (city, zip, country_code, country) = CITIES.get(rng.usize(..CITIES.len())).copied().unwrap_or_default();
    let id = 6_900_000_000_000 + rng.u64(..10_000_000_000);
    let email = format!("customer.{}@post.example", id % 100_000_000);
    let customer =
        Customer { id, email, first_name, last_name, tags: if rng.u8(..5) == 0 { "newsletter" } else { "" } };
    let address = Address {
        first_name,
        last_name,
        address1: format!("{} {}", one(rng, &STREETS), rng.u8(1..120)),
        address2: (rng.u8(..6) == 0).then(|| format!("Apt {}", rng.u8(1..40))),
        city,
        zip,
        country,
        country_code,
        phone: (rng.u8(..3) == 0).then(|| format!("+00 555 {:07}", rng.u32(..10_000_000))),
    };
    (customer, address)
}

fn one(rng: &mut Rng, of: &[&'static str]) -> &'static str {
    of.get(rng.usize(..of.len())).copied().unwrap_or_default()
}
