//! How many clients the process's open files allow: a client needs one, and its request another one towards the live lane.
//! Raises no limit.

use std::fs;

/// Of four open files three are for clients and the live lane; the rest is for the journal, the shadow, polls and the admin port.
const OF_FOUR: u64 = 3;

/// `wanted`, or as many clients as the limit of this process allows; that is told where it is less.
pub(super) fn clients_max(wanted: usize) -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(open_files) = open_files(&limits) else { return wanted };
    let allowed = usize::try_from(open_files.saturating_mul(OF_FOUR) / 8).unwrap_or(usize::MAX).max(1);
    if allowed < wanted {
        tracing::warn!(
            connections_max = wanted,
            allowed,
            "this process may have {open_files} files open, so fewer clients are accepted at once; raise it with `ulimit -n` or LimitNOFILE="
        );
    }
    allowed.min(wanted)
}

/// The soft limit of open files, as Linux tells it; `None` where there is none, or nobody tells.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             63000                63000                processes \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(open_files(&limits.replace("1024 ", "unlimited ")), None);
        assert_eq!(open_files(""), None);
        assert!(clients_max(1) == 1 && clients_max(usize::MAX) > 1);
    }
}
