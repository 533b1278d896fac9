//! What the rules of the ERPs' profiles, as they are read from the configuration, make of the vendors' answers: one
//! table for each vendor. Codes are the vendors', numbers and names are invented.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use paritee::config;
use paritee::outcome::{Answer, AnswerRules, Ending, Flow, Lane, Meaning, ReasonClass};

type Headers<'a> = &'a [(&'a str, &'a str)];

/// What is answered, with a name, and what it means.
type Row<'a> = (&'a str, u16, Headers<'a>, String, Meaning);

const NOT_NOW: Meaning = Meaning::NotNow { retry_after: None };
const JOB: Headers<'_> = &[("preference-applied", "respond-async"), ("location", "/services/rest/async/v1/job/88123")];

fn rules(profile: &str) -> AnswerRules {
    let text = format!(
        "[[tee.route]]\npath = \"/hook\"\nprofile = \"shopify\"\n\
         [lane.legacy]\nurl = \"http://127.0.0.1:9001\"\nledger = \"production\"\n\
         [lane.gated]\nprofile = \"{profile}\"\nurl = \"http://127.0.0.1:9002\"\nledger = \"sandbox\"\n\
         poll = {{ base = \"https://erp.example.com\" }}\n"
    );
    let checked = config::parse("test.toml", &text, &|_| None).unwrap_or_else(|faults| panic!("{faults}"));
    checked.config.lanes.gated.answer
}

fn check(profile: &str, rows: &[Row<'_>]) {
    let rules = rules(profile);
    for (what, status, headers, body, expected) in rows {
        let bytes = |value: &str| Bytes::copy_from_slice(value.as_bytes());
        let answer = Answer {
            attempt: 1,
            lane: Lane::Gated,
            ending: Ending::Answered,
            at: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            status: Some(*status),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), bytes(value))).collect(),
            body: bytes(body),
            body_bytes: body.len() as u64,
            error: None,
        };
        assert_eq!(rules.meaning(Flow::ErpGated, &answer), *expected, "{profile}: {what}");
    }
}

fn committed(reference: &str) -> Meaning {
    Meaning::Committed { reference: reference.into() }
}

fn rejected(class: ReasonClass, reason: &str) -> Meaning {
    Meaning::Rejected { class, reason: Some(reason.into()) }
}

const fn again(seconds: u64) -> Meaning {
    Meaning::NotNow { retry_after: Some(Duration::from_secs(seconds)) }
}

const TAKEN: Meaning = Meaning::Duplicate { reference: None };
const ACCEPTED: Meaning = Meaning::Accepted { reference: None };

fn of_netsuite(code: &str, detail: &str, path: &str) -> String {
    format!(
        r#"{{"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.1","title":"Bad Request","status":400,
"o:errorDetails":[{{"detail":"{detail}","o:errorCode":"{code}","o:errorPath":"{path}"}}]}}"#
    )
}

#[test]
fn netsuite_s_answers() {
    let none = String::new;
    let order: Headers<'_> = &[("location", "https://55.example.com/services/rest/record/v1/salesOrder/4711")];
    let lower: Headers<'_> = &[("location", "/services/rest/record/v1/salesorder/4711?expand=1")];
    let customer: Headers<'_> = &[("location", "/services/rest/record/v1/customer/12")];
    let busy = || of_netsuite("CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.", "");
    check(
        "netsuite",
        &[
            ("created", 204, order, none(), committed("4711")),
            ("created, in lower case", 204, lower, none(), committed("4711")),
            ("another record was created", 204, customer, none(), ACCEPTED),
            ("a job", 202, JOB, none(), ACCEPTED),
            ("a job, answered 200", 200, JOB, none(), ACCEPTED),
            ("a job's repeat", 400, JOB, of_netsuite("IDEMPOTENCY_ERROR", "already submitted", ""), TAKEN),
            ("the external id is taken", 400, &[], of_netsuite("DUP_RCRD", "exists", "externalId"), TAKEN),
            ("throttled", 429, &[], busy(), NOT_NOW),
            ("throttled, with 400", 400, &[], busy(), NOT_NOW),
            (
                "throttled by a RESTlet",
                400,
                &[],
                r#"{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"…"}}"#.into(),
                NOT_NOW,
            ),
            (
                "changed by another",
                400,
                &[],
                of_netsuite("RCRD_HAS_BEEN_CHANGED", "Record has been changed", ""),
                NOT_NOW,
            ),
            ("not logged in", 401, &[], of_netsuite("INVALID_LOGIN", "Invalid login attempt.", ""), Meaning::Unknown),
            ("no rights", 403, &[], of_netsuite("INSUFFICIENT_PERMISSION", "…", ""), Meaning::Unknown),
            ("broken", 500, &[], of_netsuite("UNEXPECTED_ERROR", "…", ""), Meaning::Unknown),
        ],
    );
}

#[test]
fn netsuite_s_rejections() {
    let invalid =
        "Error while accessing resource: You have entered an Invalid Field Value 7731 for the following field";
    let is = ReasonClass::UnknownSku;
    check(
        "netsuite",
        &[
            (
                "unknown item",
                400,
                &[],
                of_netsuite("INVALID_CONTENT", &format!("{invalid}: item"), "item.items[0].item"),
                rejected(is, "INVALID_CONTENT"),
            ),
            (
                "an item that this subsidiary has not",
                400,
                &[],
                of_netsuite("INVALID_KEY_OR_REF", "Invalid item reference key 88 for subsidiary 2.", ""),
                rejected(is, "INVALID_KEY_OR_REF"),
            ),
            (
                "unknown customer",
                400,
                &[],
                of_netsuite("INVALID_KEY_OR_REF", "Invalid entity reference key 12.", "entity"),
                rejected(ReasonClass::Customer, "INVALID_KEY_OR_REF"),
            ),
            (
                "unknown tax code",
                400,
                &[],
                of_netsuite("INVALID_KEY_OR_REF", "Invalid taxcode reference key 5.", ""),
                rejected(ReasonClass::Tax, "INVALID_KEY_OR_REF"),
            ),
            (
                "another field",
                400,
                &[],
                of_netsuite("INVALID_CONTENT", &format!("{invalid}: shipDate"), "shipDate"),
                rejected(ReasonClass::Other, "INVALID_CONTENT"),
            ),
        ],
    );
}

#[test]
fn s4_s_answers() {
    let error = |code: &str, text: &str| {
        format!(
            r#"{{"error":{{"code":"{code}","message":{{"lang":"de","value":"{text}"}},"innererror":{{"errordetails":[]}}}}}}"#
        )
    };
    let locked = "The sales order 4711 is currently being processed by user INTEGRATION";
    let created = r#"{"d":{"__metadata":{"type":"API_SALES_ORDER_SRV.A_SalesOrderType"},"SalesOrder":"4711"}}"#;
    check(
        "sap-s4",
        &[
            (
                "created",
                201,
                &[("location", "https://s4.example.com/A_SalesOrder('4711')")],
                created.into(),
                committed("4711"),
            ),
            ("locked", 400, &[], error("VL/045", locked), NOT_NOW),
            ("locked, written together", 400, &[], error("VL045", locked), NOT_NOW),
            ("locked, with a status of its own", 423, &[("retry-after", "7")], error("VL/045", locked), again(7)),
            ("another message of the class", 400, &[], error("VL/046", "…"), rejected(ReasonClass::Other, "VL/046")),
            // The words may be those of any class, in any language.
            ("a material", 400, &[], error("V1/382", "Material TEE-9 …"), rejected(ReasonClass::Other, "V1/382")),
            (
                "no code",
                400,
                &[],
                error("", "Steuerkennzeichen fehlt"),
                rejected(ReasonClass::Other, "Steuerkennzeichen fehlt"),
            ),
            (
                "no token against forged requests",
                403,
                &[("x-csrf-token", "Required")],
                "CSRF token validation failed".into(),
                Meaning::Unknown,
            ),
            ("throttled", 429, &[("retry-after", "30")], String::new(), again(30)),
            ("broken", 500, &[], error("/IWFND/CM_MGW/096", "…"), Meaning::Unknown),
        ],
    );
}

#[test]
fn business_central_s_answers() {
    let error = |code: &str, text: &str| format!(r#"{{"error":{{"code":"{code}","message":"{text}"}}}}"#);
    let relation = |table: &str| {
        let text = format!(
            "The field No. of table Sales Line contains a value (LAMP-9) that cannot be found in the related table ({table})."
        );
        error("Internal_InvalidTableRelation", &text)
    };
    let setup = |what: &str| {
        error(
            "Application_FieldValidationException",
            &format!("{what} must have a value in Customer: No.=C01002. It cannot be zero or empty."),
        )
    };
    let created = r#"{"id":"b6f4017a-0000-4000-8000-000000004711","number":"S-ORD4711","status":"Draft"}"#;
    let relates = |class| rejected(class, "Internal_InvalidTableRelation");
    check(
        "business-central",
        &[
            ("created", 201, &[], created.into(), committed("S-ORD4711")),
            ("unknown item", 400, &[], relation("Item"), relates(ReasonClass::UnknownSku)),
            ("unknown customer", 400, &[], relation("Customer"), relates(ReasonClass::Customer)),
            ("another table", 400, &[], relation("Payment Terms"), relates(ReasonClass::Other)),
            (
                "no customer",
                400,
                &[],
                error("Application_DialogException", "A customerNumber or a customerID must be provided."),
                rejected(ReasonClass::Customer, "Application_DialogException"),
            ),
            (
                "posting set-up",
                400,
                &[],
                setup("Customer Posting Group"),
                rejected(ReasonClass::Tax, "Application_FieldValidationException"),
            ),
            (
                "another field",
                400,
                &[],
                setup("Location Code"),
                rejected(ReasonClass::Other, "Application_FieldValidationException"),
            ),
            ("changed by another", 409, &[], error("Request_EntityChanged", "…"), NOT_NOW),
            ("exists", 400, &[], error("Internal_EntityWithSameKeyExists", "The Sales Header already exists."), TAKEN),
            ("throttled", 429, &[("retry-after", "9")], String::new(), again(9)),
            ("queued too long", 503, &[], String::new(), Meaning::Unknown),
            ("ran too long", 504, &[], String::new(), Meaning::Unknown),
        ],
    );
}
