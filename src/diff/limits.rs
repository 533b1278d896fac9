//! The bounds of a comparison. Each is far beyond real orders, and far below what a machine notices.

/// Values that are compared. A large order has thousands; a body of 5 MB can have two million.
pub(super) const VALUES_MAX: usize = 1_000_000;

/// Differences that are listed, masked ones included. Documents with more are not the same order.
pub(super) const FINDINGS_MAX: usize = 10_000;

/// Bytes of all places and values that are listed. Names are repeated at all that lies below them, so that few values under
/// a name of a megabyte are more than any machine holds.
pub(super) const TEXT_BYTES_MAX: usize = 32 << 20;

/// Values that are looked at in search of pairs; some tens of milliseconds. Beyond it elements are taken in turn.
pub(super) const EFFORT_MAX: usize = 2_000_000;

/// Pairs of one choice whose costs are worked out: 64 elements against 64.
pub(super) const CELLS_MAX: usize = 4_096;

/// Elements on one side of an assignment, whose time grows with their cube; larger choices take the cheapest pair first.
pub(super) const ASSIGN_MAX: usize = 32;

/// Leaves of an element that are counted as what leaving it alone costs.
pub(super) const LEAVES_MAX: u32 = 1_000;

/// Members of an object whose names are compared with each other, one by one.
pub(super) const FEW_MEMBERS: usize = 32;
