//! The plan for the decision, tried out on invented builds that lose as many orders as may be lost at most, or just more:
//! how often they get a GO that they should not have. The seeds are fixed, so that the figures are the same each time.

use super::{alpha_of_run, clopper_pearson_upper, mcnemar, orders_needed, quantile_ranks};

/// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Within (0, 1].
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// How many orders come through before the next is lost, at a loss rate.
    fn clean_before_loss(&mut self, rate: f64) -> u64 {
        (self.unit().ln() / (1.0 - rate).ln()) as u64
    }
}

const ALPHA: f64 = 0.05;
const RATE: f64 = 0.001;
const TRIALS: u32 = 20_000;

/// The share of trials that `holds`.
fn share(seed: u64, mut holds: impl FnMut(&mut Random) -> bool) -> f64 {
    let mut random = Random(seed);
    f64::from((0..TRIALS).map(|_| u32::from(holds(&mut random))).sum::<u32>()) / f64::from(TRIALS)
}

/// Whether a team that starts again after each loss ends with a GO, within so many runs.
fn goes(random: &mut Random, runs: u32, level: impl Fn(u32) -> f64) -> bool {
    (1..=runs).any(|run| {
        let needed = orders_needed(RATE, level(run), 0).unwrap();
        random.clean_before_loss(RATE) >= needed
    })
}

#[test]
fn who_mends_and_starts_again_gets_no_false_go_beyond_alpha() {
    for runs in [1, 3, 11, 40] {
        let false_go = share(7, |random| goes(random, runs, |run| alpha_of_run(ALPHA, run)));
        assert!(false_go <= ALPHA, "{runs} runs: {false_go}");
    }
    // Without spending α they would: 1 - 0.95^11.
    let unspent = share(7, |random| goes(random, 11, |_| ALPHA));
    assert!((unspent - 0.431).abs() < 0.01, "{unspent}");
}

/// After each order, from the first to the last, whether the bound is met with what was lost so far.
fn peeks(random: &mut Random, orders: u64, needed: &[u64]) -> bool {
    let mut seen = 0;
    for need in needed {
        let until = seen + random.clean_before_loss(RATE);
        if (seen.max(*need)..=until.min(orders)).next().is_some() {
            return true;
        }
        seen = until + 1;
        if seen > orders {
            return false;
        }
    }
    false
}

#[test]
fn looking_after_every_order_is_free_as_long_as_none_may_be_lost() {
    let needed: Vec<u64> = (0..40).map(|lost| orders_needed(RATE, ALPHA, lost).unwrap()).collect();
    // The gate of lost orders lets no run with a loss become GO, so that only the first of these plans is ever followed.
    let none_lost = share(11, |random| peeks(random, 10_000, &needed[..1]));
    assert!((none_lost - ALPHA).abs() < 0.005, "{none_lost}");
    // What peeking would cost a plan that forgives losses: 11.9 %, as a sum over all ways says.
    let forgiving = share(11, |random| peeks(random, 10_000, &needed));
    assert!((forgiving - 0.1188).abs() < 0.005, "{forgiving}");
}

#[test]
fn a_bound_covers_the_true_rate_as_often_as_it_says() {
    for (rate, orders) in [(0.001, 5_000), (0.01, 700), (0.2, 50)] {
        let missed = share(13, |random| {
            let (mut lost, mut seen) = (0, random.clean_before_loss(rate));
            while seen < orders {
                (lost, seen) = (lost + 1, seen + 1 + random.clean_before_loss(rate));
            }
            clopper_pearson_upper(lost, orders, ALPHA) < rate
        });
        assert!(missed <= ALPHA + 0.005, "{rate} of {orders}: {missed}");
    }
}

#[test]
fn limits_of_a_quantile_cover_it_as_often_as_they_say() {
    for (n, q) in [(300, 0.99), (1_000, 0.95), (40, 0.8)] {
        let ranks = quantile_ranks(n, q, ALPHA);
        let (mut above, mut below) = (0, 0);
        _ = share(17, |random| {
            // Times are uniform, so that the quantile of q is q.
            let mut times: Vec<f64> = (0..n).map(|_| random.unit()).collect();
            times.sort_by(f64::total_cmp);
            above += u32::from(times[ranks.lower.unwrap() as usize - 1] > q);
            below += u32::from(times[ranks.upper.unwrap() as usize - 1] < q);
            false
        });
        for missed in [above, below] {
            let missed = f64::from(missed) / f64::from(TRIALS);
            assert!(missed <= ALPHA + 0.005, "{n} at {q}: {missed}");
        }
    }
}

/// Orders that are still open are late for the upper limit and in time for the lower one: however long they take in the
/// end, the verdict of those who wait for them is never the other one.
#[test]
fn open_orders_never_lead_to_a_verdict_that_waiting_would_turn_round() {
    let (n, limit) = (400_u64, 0.99);
    let turned = share(19, |random| {
        let times: Vec<f64> = (0..n).map(|_| random.unit()).collect();
        let open = random.next() % 20;
        let known = &times[open as usize..];
        let in_time = known.iter().filter(|time| **time <= limit).count() as u64;
        let all = times.iter().filter(|time| **time <= limit).count() as u64;
        let ranks = quantile_ranks(n, limit, ALPHA);
        let go = |in_time: u64| ranks.upper.is_some_and(|rank| in_time >= rank);
        let no_go = |in_time: u64| ranks.lower.is_some_and(|rank| in_time < rank);
        (go(in_time) && !go(all)) || (no_go(in_time + open) && !no_go(all))
    });
    assert!(turned == 0.0, "{turned}");
}

#[test]
fn lanes_that_lose_alike_are_told_apart_no_more_often_than_alpha() {
    let told = share(23, |random| {
        let (mut more, mut fewer) = (0, 0);
        for _ in 0..30 {
            if random.next() & 1 == 0 { more += 1 } else { fewer += 1 }
        }
        mcnemar(more, fewer) <= ALPHA
    });
    // Of thirty, ten: 4.9 %.
    assert!((told - 0.049).abs() < 0.003, "{told}");
}
