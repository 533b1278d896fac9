//! Who acts on a difference between documents.

use crate::diff::{Class, Finding, Subject};
use crate::judge::Owner;

/// Quantities, and lines that are missing or too many, are how an integration maps an order: operations. Money and
/// prices come from the ERP's conditions and taxes, and who is meant from its master data: ERP/IT. What else differs is the
/// mapping's again, and so is a document that can't be read or compared to its end.
#[must_use]
pub const fn owner(finding: &Finding) -> Owner {
    of(finding.class, finding.subject)
}

pub(super) const fn of(class: Class, subject: Option<Subject>) -> Owner {
    match (class, subject) {
        (Class::Drift, _) => Owner::ErpIt,
        (Class::Unreadable | Class::TooComplex | Class::DuplicateMember, _) => Owner::Operations,
        (_, Some(Subject::Money | Subject::Price | Subject::Identity)) => Owner::ErpIt,
        (_, Some(Subject::Quantity) | None) => Owner::Operations,
    }
}
