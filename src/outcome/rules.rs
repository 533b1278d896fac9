//! What an answer means: status and JSON Pointers, by the lane's flow. Worked out when an order is
//! judged or a resend is weighed, never on the way of an order.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::{LOCATION, RETRY_AFTER};
use super::lane::names;
use super::{Answer, Ending, Flow, pattern};
use crate::order::{Json, Pointer};

#[cfg(test)]
mod tests;

/// Why an order was rejected, in the classes that lanes are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonClass {
    /// A SKU that the ERP doesn't know.
    UnknownSku,
    /// Tax or posting set-up.
    Tax,
    /// The customer is missing or unknown.
    Customer,
    /// Anything else.
    Other,
}
names!(ReasonClass, "reason class", { UnknownSku => "unknown_sku", Tax => "tax", Customer => "customer", Other => "other" });

/// What an answer with a known error code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerClass {
    /// Rejected: a SKU that the ERP doesn't know.
    UnknownSku,
    /// Rejected: tax or posting set-up.
    Tax,
    /// Rejected: the customer is missing or unknown.
    Customer,
    /// Rejected for another reason.
    Other,
    /// An earlier send was taken.
    Duplicate,
    /// Throttled or locked: to be sent again.
    NotNow,
    /// Says nothing of the order.
    Unknown,
}
names!(AnswerClass, "answer class", {
    UnknownSku => "unknown_sku", Tax => "tax", Customer => "customer", Other => "other", Duplicate => "duplicate",
    NotNow => "not_now", Unknown => "unknown",
});

/// Which answers with a 4xx are of a class: all texts must fit. The first rule that does decides, before statuses do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassRule {
    /// Places in the answer, and what must stand there: `*` is any text, case makes no difference.
    pub when: Vec<(Pointer, String)>,
    /// What it means.
    pub class: AnswerClass,
}

/// How a lane's answers are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRules {
    /// Where the ERP's document number stands in a 2xx body; the first that yields a value.
    pub reference: Vec<Pointer>,
    /// 4xx that are final rejections.
    pub final_statuses: Vec<u16>,
    /// Where a rejection's reason stands.
    pub reason: Vec<Pointer>,
    /// Classes by error code; what fits none of them is read by its status and the words of its reason.
    #[serde(default)]
    pub classes: Vec<ClassRule>,
    /// The pattern of a `Location` whose last segment is a document's number, such as `*/salesOrder/*`; `None`: any.
    /// An asynchronous job has a location too, and it is no document.
    #[serde(default)]
    pub location: Option<String>,
}

impl Default for AnswerRules {
    fn default() -> Self {
        let reason = ["/error/code", "/code"].into_iter().filter_map(|text| Pointer::parse(text).ok()).collect();
        Self {
            reference: Vec::new(),
            final_statuses: vec![400, 409, 410, 413, 415, 422],
            reason,
            classes: Vec::new(),
            location: None,
        }
    }
}

/// What an answer means for the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The lane says that the ERP has committed it.
    Committed {
        /// The ERP's document number.
        reference: String,
    },
    /// Taken; nothing is said of a commit.
    Accepted {
        /// A number that the answer gave all the same.
        reference: Option<String>,
    },
    /// An earlier send was taken.
    Duplicate {
        /// The document of the earlier send, where the answer names it.
        reference: Option<String>,
    },
    /// Refused for good.
    Rejected {
        /// Why, in classes.
        class: ReasonClass,
        /// Why, as the lane wrote it.
        reason: Option<String>,
    },
    /// *Not now*: to be sent again, no outcome.
    NotNow {
        /// How long the lane asked to wait.
        retry_after: Option<Duration>,
    },
    /// No connection was made, so nothing was sent: to be sent again, no outcome.
    NotSent,
    /// Neither success nor loss until the ledger is read.
    Unknown,
}

impl AnswerRules {
    /// What `answer` means on a lane of this `flow`.
    #[must_use]
    pub fn meaning(&self, flow: Flow, answer: &Answer) -> Meaning {
        let status = match (answer.ending, answer.status) {
            (Ending::Refused, _) => return Meaning::NotSent,
            (Ending::Answered | Ending::Cut, Some(status)) => status,
            _ => return Meaning::Unknown,
        };
        match status {
            200..=299 => self.success(flow, status, answer),
            423 | 429 => Meaning::NotNow { retry_after: retry_after(answer) },
            400..=499 => self.refusal(status, answer),
            _ => Meaning::Unknown,
        }
    }

    fn success(&self, flow: Flow, status: u16, answer: &Answer) -> Meaning {
        let body = Json::parse(&answer.body).ok();
        let reference = self.reference(body.as_ref(), answer);
        match (flow, reference) {
            (Flow::ErpGated, Some(reference)) if status != 202 => Meaning::Committed { reference },
            (_, reference) => Meaning::Accepted { reference },
        }
    }

    /// The first pointer that yields a scalar, then the last segment of a `Location` that is a document's.
    fn reference(&self, body: Option<&Json<'_>>, answer: &Answer) -> Option<String> {
        let from_body = body.and_then(|body| first_text(&self.reference, body));
        from_body.or_else(|| location(answer, self.location.as_deref()))
    }

    /// An answer with a 4xx: by its class where its error code is known, whatever its status; else by status and words.
    fn refusal(&self, status: u16, answer: &Answer) -> Meaning {
        let is_final = self.final_statuses.contains(&status);
        if self.classes.is_empty() && !is_final {
            return Meaning::Unknown;
        }
        let body = Json::parse(&answer.body).ok();
        let body = body.as_ref();
        let class = body.and_then(|body| self.classes.iter().find(|rule| rule.fits(body))).map(|rule| rule.class);
        let reason = body.and_then(|body| first_text(&self.reason, body));
        match class {
            Some(class) => self.of_class(class, reason, body, answer),
            None if is_final => self.by_words(reason, body, answer),
            None => Meaning::Unknown,
        }
    }

    fn of_class(
        &self,
        class: AnswerClass,
        reason: Option<String>,
        body: Option<&Json<'_>>,
        answer: &Answer,
    ) -> Meaning {
        let rejected = |class| Meaning::Rejected { class, reason };
        match class {
            AnswerClass::UnknownSku => rejected(ReasonClass::UnknownSku),
            AnswerClass::Tax => rejected(ReasonClass::Tax),
            AnswerClass::Customer => rejected(ReasonClass::Customer),
            AnswerClass::Other => rejected(ReasonClass::Other),
            AnswerClass::Duplicate => Meaning::Duplicate { reference: self.reference(body, answer) },
            AnswerClass::NotNow => Meaning::NotNow { retry_after: retry_after(answer) },
            AnswerClass::Unknown => Meaning::Unknown,
        }
    }

    fn by_words(&self, reason: Option<String>, body: Option<&Json<'_>>, answer: &Answer) -> Meaning {
        let words = reason.as_deref().unwrap_or_default().to_ascii_lowercase();
        let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
        if says(&["duplicate", "already_exists", "alreadyexists", "samekeyexists", "idempotency"]) {
            return Meaning::Duplicate { reference: self.reference(body, answer) };
        }
        if says(&["throttl", "concurrency", "rate_limit", "request_limit", "entitychanged"]) || is_locked(&words) {
            return Meaning::NotNow { retry_after: retry_after(answer) };
        }
        let class = match () {
            () if says(&["sku", "item", "product", "material"]) => ReasonClass::UnknownSku,
            () if says(&["tax", "posting", "vat"]) => ReasonClass::Tax,
            () if says(&["customer", "account", "partner"]) => ReasonClass::Customer,
            () => ReasonClass::Other,
        };
        Meaning::Rejected { class, reason }
    }
}

/// What is locked is free again soon. Who is blocked is refused for good.
fn is_locked(words: &str) -> bool {
    words.match_indices("locked").any(|(at, _)| !words.get(..at).is_some_and(|before| before.ends_with('b')))
}

impl ClassRule {
    /// Whether every place is there and says what it should. A rule that asks for nothing fits nothing: it would read
    /// every refusal alike.
    #[must_use]
    pub fn fits(&self, body: &Json<'_>) -> bool {
        let says = |(place, text): &(Pointer, String)| {
            let there = place.get(body).and_then(Json::scalar_text);
            there.is_some_and(|there| pattern::fits(text, there))
        };
        !self.when.is_empty() && self.when.iter().all(says)
    }
}

fn first_text(pointers: &[Pointer], body: &Json<'_>) -> Option<String> {
    let mut texts = pointers.iter().filter_map(|pointer| pointer.get(body)?.scalar_text());
    texts.find(|text| !text.is_empty()).map(str::to_owned)
}

/// The last segment of the `Location` header, as NetSuite names a new record, where it fits `wanted`.
fn location(answer: &Answer, wanted: Option<&str>) -> Option<String> {
    let location = answer.header(LOCATION)?;
    let path = location.split(['?', '#']).next()?.trim_end_matches('/');
    if wanted.is_some_and(|wanted| !pattern::fits(wanted, path)) {
        return None;
    }
    let last = path.rsplit('/').next()?;
    (!last.is_empty()).then(|| last.to_owned())
}

/// `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3), the latter from the answer's time.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.header(RETRY_AFTER)?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()?;
    Some(Duration::try_from(until.duration_since(answer.at)).unwrap_or(Duration::ZERO))
}
