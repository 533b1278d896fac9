//! What a webhook tells, in the words of both kinds of storefronts.

/// What a webhook tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The order was placed.
    Create,
    /// Something about it changed; here a note.
    Update,
    /// The customer cancelled it.
    Cancel,
    /// It was paid, which for an integration is one more change.
    Paid,
}

impl Topic {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Cancel, Self::Paid];

    /// As `X-Shopify-Topic` has it; also the end of the webhook's path.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "orders/create",
            Self::Update => "orders/updated",
            Self::Cancel => "orders/cancelled",
            Self::Paid => "orders/paid",
        }
    }

    /// The topic of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == name)
    }

    /// As the `scope` of a thin webhook has it.
    #[must_use]
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Create => "store/order/created",
            Self::Update => "store/order/updated",
            Self::Cancel => "store/order/archived",
            Self::Paid => "store/order/statusUpdated",
        }
    }

    /// The topic of this scope.
    #[must_use]
    pub fn of_scope(scope: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.scope() == scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_scopes_lead_back_to_their_topic() {
        for topic in Topic::ALL {
            assert_eq!(Topic::named(topic.as_str()), Some(topic));
            assert_eq!(Topic::of_scope(topic.scope()), Some(topic));
        }
        for unknown in ["", "orders", "orders/edited", "store/order/refund/created"] {
            assert_eq!((Topic::named(unknown), Topic::of_scope(unknown)), (None, None));
        }
    }
}
