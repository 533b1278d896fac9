//! One entry of a HAR as a record. A HAR holds what a browser made of an exchange, not its bytes: where these can't be had
//! again, the record says so.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;

use crate::order::Json;
use crate::outcome::{Ending, Headers};
use crate::replay::formats::diagnosis::{Action, Diagnosis, Place, Reason};
use crate::replay::formats::http::{is_target, is_token, is_value, split_url};
use crate::replay::formats::record::{Incomplete, Record, RecordedAnswer};

type Refused = Diagnosis;

/// Reads an entry; beside it, what is wrong with it.
pub(super) fn record(entry: &Json<'_>, place: Place) -> Result<(Record, Vec<Diagnosis>), Refused> {
    let malformed = |detail: &str| Diagnosis::skipped(place, Reason::Malformed, detail);
    let request = get(entry, "request").ok_or_else(|| malformed("there is no `request`"))?;
    let method = text(request, "method")
        .filter(|method| is_token(method))
        .ok_or_else(|| malformed("`request.method` is none"))?;
    let url = text(request, "url").ok_or_else(|| malformed("`request.url` is missing"))?;
    let Some((authority, target)) = split_url(url) else {
        return Err(match url.split_once(':') {
            Some((scheme, _)) if is_token(scheme) => Diagnosis::new(place, Reason::OtherScheme, Action::SetAside, ""),
            _ => malformed("`request.url` is no absolute URL"),
        });
    };
    if !is_target(&target) {
        return Err(malformed("`request.url` holds what no URL does"));
    }
    let (headers, is_clean) = headers(request);
    let (body, lack) = body(request, &headers);
    let incomplete = lack.or_else(|| (!is_clean).then_some(Incomplete::NotAsSent));
    let mut remarks = Vec::new();
    let mut remark = |reason, detail: &str| remarks.push(Diagnosis::salvaged(place, reason, detail));
    if let Some(incomplete) = incomplete {
        remark(reason(incomplete), if is_clean { "" } else { "`request.headers` holds what is no header field" });
    }
    let at = text(entry, "startedDateTime").and_then(|text| text.parse::<Timestamp>().ok());
    if at.is_none() {
        remark(Reason::NoTime, "`startedDateTime`");
    }
    let answer = get(entry, "response").and_then(|response| answer(response, entry, at));
    match &answer {
        Some((_, Some(reason))) => remark(*reason, ""),
        None if get(entry, "response").is_some_and(|response| *response != Json::Null) => {
            remark(Reason::BadAnswer, "`response`");
        }
        _ => {}
    }
    let id = text(entry, "_id").or_else(|| text(entry, "_requestId")).map(str::to_owned);
    let headers = with_host(headers, authority);
    let answers = answer.map(|(answer, _)| answer).into_iter().collect();
    Ok((Record { place, id, at, method: method.to_owned(), target, headers, body, incomplete, answers }, remarks))
}

const fn reason(incomplete: Incomplete) -> Reason {
    match incomplete {
        Incomplete::BodyCut => Reason::BodyCut,
        Incomplete::BodyMissing => Reason::BodyMissing,
        Incomplete::LengthDiffers | Incomplete::AmbiguousEnd => Reason::LengthDiffers,
        Incomplete::NotAsSent => Reason::NotAsSent,
    }
}

fn get<'j>(json: &'j Json<'j>, name: &'j str) -> Option<&'j Json<'j>> {
    json.members(name).next()
}

fn text<'j>(json: &'j Json<'j>, name: &'j str) -> Option<&'j str> {
    get(json, name)?.as_str()
}

/// A number of bytes, or of milliseconds; negative ones say that it isn't known.
fn number(json: &Json<'_>, name: &str) -> Option<f64> {
    let number = match json.members(name).next()? {
        Json::Number(number) => number.text().parse::<f64>().ok()?,
        _ => return None,
    };
    (0.0..1e15).contains(&number).then_some(number)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by `number`")]
fn bytes_of(json: &Json<'_>, name: &str) -> Option<u64> {
    number(json, name).map(|number| number as u64)
}

/// Header fields, and whether all of them are some. Those that HTTP/2 puts in place of the request line (`:path`) are left out; values
/// that a browser joined by line ends stand apart again.
fn headers(message: &Json<'_>) -> (Headers, bool) {
    let mut headers = Headers::new();
    let mut is_clean = true;
    let list = message.members("headers").next().and_then(Json::as_array).unwrap_or_default();
    for field in list {
        let (Some(name), Some(value)) = (text(field, "name"), text(field, "value")) else {
            is_clean = false;
            continue;
        };
        if name.starts_with(':') {
            continue;
        }
        for value in value.split('\n') {
            let value = value.strip_suffix('\r').unwrap_or(value);
            if is_token(name) && is_value(value.as_bytes()) {
                headers.push((name.to_ascii_lowercase(), Bytes::copy_from_slice(value.as_bytes())));
            } else {
                is_clean = false;
            }
        }
    }
    (headers, is_clean)
}

fn header<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    let (_, value) = headers.iter().find(|(field, _)| field == name)?;
    std::str::from_utf8(value).ok()
}

fn with_host(mut headers: Headers, authority: &str) -> Headers {
    if header(&headers, "host").is_none() && !authority.is_empty() {
        headers.insert(0, ("host".into(), Bytes::copy_from_slice(authority.as_bytes())));
    }
    headers
}

/// The request's body, and why it is not the one that was sent.
fn body(request: &Json<'_>, headers: &Headers) -> (Bytes, Option<Incomplete>) {
    let told = header(headers, "content-length").and_then(|length| length.trim().parse().ok());
    // Who doesn't know the size writes -1 or 0.
    let told = told.or_else(|| bytes_of(request, "bodySize").filter(|size| *size > 0));
    let is_missing = told.is_some_and(|told: u64| told > 0);
    let missing = is_missing.then_some(Incomplete::BodyMissing);
    let Some(data) = get(request, "postData").filter(|data| **data != Json::Null) else {
        return (Bytes::new(), missing);
    };
    let is_base64 = text(data, "encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
    let params = get(data, "params").and_then(Json::as_array).filter(|params| !params.is_empty());
    let body = match (text(data, "text"), params) {
        (Some(text), _) if is_base64 => STANDARD.decode(text).ok().map(Bytes::from),
        (Some(text), None) => Some(Bytes::copy_from_slice(text.as_bytes())),
        (Some(text), Some(_)) if !text.is_empty() => Some(Bytes::copy_from_slice(text.as_bytes())),
        (_, Some(params)) if is_form(data) => form(params).map(Bytes::from),
        // Files of a multipart form are not in a HAR.
        (_, Some(_)) => None,
        (None, None) => return (Bytes::new(), missing),
    };
    let Some(body) = body else { return (Bytes::new(), Some(Incomplete::NotAsSent)) };
    let is_encoded = header(headers, "content-encoding").is_some_and(|value| !value.eq_ignore_ascii_case("identity"));
    let length = body.len() as u64;
    let incomplete = match told {
        // The text is what was unpacked, or what became of packed bytes as text.
        _ if is_encoded && !is_base64 => Some(Incomplete::NotAsSent),
        _ if body.is_empty() && is_missing => Some(Incomplete::BodyMissing),
        Some(told) if length < told => Some(Incomplete::BodyCut),
        Some(told) if length > told => Some(Incomplete::LengthDiffers),
        _ => None,
    };
    (body, incomplete)
}

fn is_form(data: &Json<'_>) -> bool {
    text(data, "mimeType")
        .is_some_and(|mime| mime.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"))
}

/// Parameters as a browser encodes them; `None` where one is a file.
fn form(params: &[Json<'_>]) -> Option<String> {
    let mut body = String::new();
    for param in params {
        if get(param, "fileName").is_some() {
            return None;
        }
        let (name, value) = (text(param, "name")?, text(param, "value").unwrap_or_default());
        if !body.is_empty() {
            body.push('&');
        }
        encode(name, &mut body);
        body.push('=');
        encode(value, &mut body);
    }
    Some(body)
}

/// Percent-encodes as the URL standard has it for forms. Whether the text is encoded already differs by who wrote the HAR; what
/// holds `%` and two hex digits is taken to be.
fn encode(text: &str, out: &mut String) {
    use std::fmt::Write as _;
    let is_hex = |part: &str| part.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let is_encoded = text.contains('%') && text.split('%').skip(1).all(is_hex);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b'%' | b'+' if is_encoded => out.push(char::from(byte)),
            b' ' => out.push('+'),
            // Writing to a string can't fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

/// The answer, and what is wrong with it; `None` where there is none that can be read.
fn answer(
    response: &Json<'_>,
    entry: &Json<'_>,
    started: Option<Timestamp>,
) -> Option<(RecordedAnswer, Option<Reason>)> {
    let status = number(response, "status")?;
    let took = took(entry);
    let at = started.zip(took).and_then(|(at, took)| at.checked_add(took).ok());
    let told = ["_error", "_failureText", "statusText"].into_iter().find_map(|name| text(response, name));
    let blank = RecordedAnswer {
        lane: None,
        ending: Ending::Broken,
        at,
        took,
        status: None,
        headers: Headers::new(),
        body: Bytes::new(),
        body_bytes: 0,
        error: Some(told.filter(|told| !told.is_empty()).unwrap_or("the exchange failed").to_owned()),
    };
    if status < 100.0 {
        // Status 0: the exchange failed, and no answer came.
        return (status < 1.0).then_some((blank, None));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 100 and 1000")]
    let status = if status < 1000.0 { status as u16 } else { return None };
    let (mut headers, is_clean) = headers(response);
    // The text is what was unpacked, and these speak of what was packed.
    headers.retain(|(name, _)| name != "content-encoding" && name != "content-length");
    let (body, is_whole) = content(response);
    let told = get(response, "content").and_then(|content| bytes_of(content, "size")).unwrap_or_default();
    let reason = if !is_clean {
        Some(Reason::BadAnswer)
    } else if !is_whole || (body.is_empty() && told > 0) {
        Some(Reason::AnswerCut)
    } else {
        None
    };
    let is_cut = reason == Some(Reason::AnswerCut);
    let ending = if is_cut { Ending::Cut } else { Ending::Answered };
    let body_bytes = if is_cut { told.max(body.len() as u64) } else { body.len() as u64 };
    Some((RecordedAnswer { ending, status: Some(status), headers, body, body_bytes, error: None, ..blank }, reason))
}

/// The answer's body, already unpacked, and whether it could be decoded.
fn content(response: &Json<'_>) -> (Bytes, bool) {
    let Some(content) = response.members("content").next() else { return (Bytes::new(), true) };
    let Some(Json::String(body)) = content.members("text").next() else { return (Bytes::new(), true) };
    if text(content, "encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64")) {
        let decoded = STANDARD.decode(body.as_bytes());
        return (decoded.as_deref().map(Bytes::copy_from_slice).unwrap_or_default(), decoded.is_ok());
    }
    (Bytes::copy_from_slice(body.as_bytes()), true)
}

/// From sending to the head of the answer; where its parts are not told, up to its end.
fn took(entry: &Json<'_>) -> Option<Duration> {
    let part = |name| get(entry, "timings").and_then(|timings| number(timings, name));
    let milliseconds =
        part("wait").map(|wait| wait + part("send").unwrap_or_default()).or_else(|| number(entry, "time"))?;
    Duration::try_from_secs_f64(milliseconds / 1_000.0).ok()
}
