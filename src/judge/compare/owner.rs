//! Who acts on a difference between documents.

use crate::diff::{Class, Finding, Subject};
use crate::judge::owners::{self, Matter};
use crate::judge::{Owner, OwnerRule, Policy};

/// Who acts on a finding, by the run's own rows or as usual.
///
/// Quantities, and lines that are missing or too many, are how an integration maps an order: operations. Money and
/// prices come from the ERP's conditions and taxes, and who is meant from its master data: ERP/IT. What else differs is the
/// mapping's again, and so is a document that can't be read or compared to its end.
#[must_use]
pub fn owner(finding: &Finding, policy: &Policy) -> Owner {
    of(&policy.owners, finding.class, finding.subject)
}

pub(super) fn of(rules: &[OwnerRule], class: Class, subject: Option<Subject>) -> Owner {
    let matter = Matter::Difference(subject.into());
    owners::first(rules, matter).map_or_else(|| usual(class, subject), |(_, rule)| rule.owner)
}

const fn usual(class: Class, subject: Option<Subject>) -> Owner {
    match (class, subject) {
        (Class::Drift, _) => Owner::ErpIt,
        (Class::Unreadable | Class::TooComplex | Class::DuplicateMember, _) => Owner::Operations,
        (_, Some(Subject::Money | Subject::Price | Subject::Identity)) => Owner::ErpIt,
        (_, Some(Subject::Quantity) | None) => Owner::Operations,
    }
}
