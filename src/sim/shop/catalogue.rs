//! What the simulated shop sells: a home-and-garden range, invented.

use fastrand::Rng;

/// An article.
#[derive(Clone, Copy, Debug)]
pub(super) struct Article {
    pub(super) sku: &'static str,
    pub(super) title: &'static str,
    pub(super) variant: Option<&'static str>,
    /// Gross, in euro cents.
    pub(super) euro_cents: u64,
    pub(super) grams: u32,
    /// Value-added tax that the price contains, in percent.
    pub(super) tax_percent: u64,
}

const fn article(
    sku: &'static str,
    title: &'static str,
    variant: Option<&'static str>,
    euro_cents: u64,
    grams: u32,
    tax_percent: u64,
) -> Article {
    Article { sku, title, variant, euro_cents, grams, tax_percent }
}

/// Value-added tax on most things.
pub(super) const STANDARD_RATE_PERCENT: u64 = 19;

/// Value-added tax on food and books.
pub(super) const REDUCED_RATE_PERCENT: u64 = 7;

/// The range.
const ARTICLES: [Article; 20] = [
    article("LIN-DUV-200-SND", "Linen duvet cover", Some("200 × 220 / sand"), 14_900, 1_850, STANDARD_RATE_PERCENT),
    article("LIN-DUV-200-INK", "Linen duvet cover", Some("200 × 220 / ink"), 14_900, 1_850, STANDARD_RATE_PERCENT),
    article("LIN-PIL-50-SND", "Linen pillowcase", Some("50 × 75 / sand"), 3_450, 260, STANDARD_RATE_PERCENT),
    article("WOL-THR-130-MOS", "Wool throw", Some("130 × 180 / moss"), 8_995, 1_100, STANDARD_RATE_PERCENT),
    article("CER-MUG-35-WHT", "Stoneware mug", Some("350 ml / white"), 1_850, 410, STANDARD_RATE_PERCENT),
    article("CER-MUG-35-BLU", "Stoneware mug", Some("350 ml / blue"), 1_850, 410, STANDARD_RATE_PERCENT),
    article("CER-BWL-18-WHT", "Stoneware bowl", Some("18 cm / white"), 2_400, 620, STANDARD_RATE_PERCENT),
    article("GLS-CRF-1L", "Carafe with oak stopper", None, 3_990, 900, STANDARD_RATE_PERCENT),
    article("OAK-BRD-40", "Oak serving board", Some("40 cm"), 4_250, 1_300, STANDARD_RATE_PERCENT),
    article("BRS-CND-12", "Brass candle holder", Some("12 cm"), 2_995, 540, STANDARD_RATE_PERCENT),
    article("BWX-CND-4", "Beeswax candles", Some("set of 4"), 1_690, 320, STANDARD_RATE_PERCENT),
    article("TRC-POT-22", "Terracotta pot", Some("22 cm"), 1_995, 2_400, STANDARD_RATE_PERCENT),
    article("GDN-SNP-01", "Pruning snips", None, 3_275, 210, STANDARD_RATE_PERCENT),
    article("GDN-GLV-M", "Leather gardening gloves", Some("M"), 2_650, 180, STANDARD_RATE_PERCENT),
    article("SEED-MIX-WLD", "Wildflower seed mix", Some("50 g"), 795, 60, REDUCED_RATE_PERCENT),
    article("HNY-LIN-500", "Lime blossom honey", Some("500 g"), 1_150, 740, REDUCED_RATE_PERCENT),
    article("OIL-OLV-750", "Olive oil, early harvest", Some("750 ml"), 2_290, 1_250, REDUCED_RATE_PERCENT),
    article("TEA-MNT-80", "Mountain mint tea", Some("80 g"), 690, 110, REDUCED_RATE_PERCENT),
    article("BOK-GRDN-12M", "Twelve months in the garden", Some("hardcover"), 3_400, 980, REDUCED_RATE_PERCENT),
    article("GFT-CRD-050", "Gift wrapping", None, 450, 50, STANDARD_RATE_PERCENT),
];

/// Everything that is sold.
pub(super) fn skus() -> impl Iterator<Item = &'static str> {
    ARTICLES.iter().map(|article| article.sku)
}

/// An article by chance; the first ones sell best.
pub(super) fn pick(rng: &mut Rng) -> Article {
    let place = rng.usize(..ARTICLES.len()).min(rng.usize(..ARTICLES.len()));
    let [first, ..] = ARTICLES;
    ARTICLES.get(place).copied().unwrap_or(first)
}
