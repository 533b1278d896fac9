//! What is wanted at a marketplace, and when: made from a seed, before anything is sold. No I/O.

use std::time::Duration;

use fastrand::Rng;

use super::MarketPlan;

/// Most units in one sale.
const UNITS_MAX: u64 = 2;

/// Somebody wants to buy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// How long after the opening.
    pub(super) after: Duration,
    pub(super) sku: String,
    pub(super) units: u64,
}

/// All that is wanted, in the order of time.
pub(super) fn demand(plan: &MarketPlan) -> Vec<Wanted> {
    let mut rng = Rng::with_seed(plan.seed);
    let over = u64::try_from(plan.over.as_micros()).unwrap_or(u64::MAX);
    let mut demand = Vec::new();
    let mut left = plan.sales;
    while left > 0
        && let Some(sku) = pick(&plan.skus, &mut rng)
    {
        let units = rng.u64(1..=UNITS_MAX).min(left);
        left -= units;
        demand.push(Wanted { after: Duration::from_micros(rng.u64(..=over)), sku, units });
    }
    demand.sort_by_key(|wanted| wanted.after);
    demand
}

/// An article by chance; the first ones sell best.
fn pick(skus: &[String], rng: &mut Rng) -> Option<String> {
    let places = [(); 2].map(|()| if skus.is_empty() { 0 } else { rng.usize(..skus.len()) });
    skus.get(places.into_iter().min()?).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand_is_what_is_planned_and_follows_from_the_seed() {
        let plan = MarketPlan { sales: 1_001, over: Duration::from_secs(60), ..MarketPlan::default() };
        let wanted = demand(&plan);
        assert_eq!(wanted.iter().map(|wanted| wanted.units).sum::<u64>(), 1_001);
        assert!(wanted.is_sorted_by_key(|wanted| wanted.after));
        assert!(wanted.iter().all(|wanted| wanted.after <= plan.over && (1..=2).contains(&wanted.units)));
        assert!(wanted.last().unwrap().after > plan.over / 2);
        let of = |sku: &String| wanted.iter().filter(|wanted| wanted.sku == *sku).count();
        assert!(plan.skus.is_sorted_by(|more, less| of(more) > of(less)), "the first is wanted most");
        assert_eq!(demand(&plan), wanted);
        assert_ne!(demand(&MarketPlan { seed: 2, ..plan.clone() }), wanted);
        assert_eq!(demand(&MarketPlan { skus: Vec::new(), ..plan }), Vec::new());
    }
}
