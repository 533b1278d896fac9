//! Messages, whole and broken.

use super::*;

fn request(text: &str) -> Result<(String, Length), &'static str> {
    let message = message(&Bytes::copy_from_slice(text.as_bytes()), Side::Request)?;
    Ok((String::from_utf8(message.body.to_vec()).unwrap(), message.length))
}

#[test]
fn bodies_end_where_their_head_says() {
    for (text, body, length) in [
        ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "abc", Length::Right),
        ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\r\n", "abc", Length::Right),
        ("POST / HTTP/1.1\nContent-Length: 3\n\nabc", "abc", Length::Right),
        ("POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\nabc", "abc", Length::Right),
        ("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabc", "abc", Length::Short(Some(4))),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nabc", "abc", Length::Long),
        ("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "abc", Length::Long),
        ("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabc", "abc", Length::Long),
        ("POST / HTTP/1.1\r\n\r\nabc", "abc", Length::Long),
        ("GET / HTTP/1.0\r\n\r\n", "", Length::Right),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            "abc",
            Length::Right,
        ),
        ("POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n2\nab\n01\nc\n0\n\n", "abc", Length::Right),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "2\r\nab\r\n", Length::Short(None)),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "zz\r\n", Length::Short(None)),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nab",
            "fffffffffffffff\r\nab",
            Length::Short(None),
        ),
    ] {
        assert_eq!(request(text), Ok((body.to_owned(), length)), "{text:?}");
    }
}

#[test]
fn an_answers_body_may_have_no_length() {
    let check = |text: &str, status, body: &str, length| {
        let message = message(&Bytes::copy_from_slice(text.as_bytes()), Side::Answer).unwrap();
        assert_eq!(
            (message.start, &message.body[..], message.length),
            (Start::Answer { status }, body.as_bytes(), length),
            "{text:?}"
        );
    };
    check("HTTP/1.1 200 OK\r\n\r\nall of it", 200, "all of it", Length::Right);
    check("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "", Length::Right);
    check("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", 201, "ok", Length::Right);
}

#[test]
fn what_is_no_message_says_why() {
    for (text, why) in [
        ("", "its head has no end"),
        ("POST / HTTP/1.1\r\nHost: a\r\n", "its head has no end"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "its version is not HTTP/1.x"),
        ("\u{1}\u{2}", "it begins with no method"),
        ("POST / HTTP/1.1\r\nbad name: a\r\n\r\n", "a header field has no valid name"),
    ] {
        assert_eq!(request(text), Err(why), "{text:?}");
    }
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(FIELDS_MAX + 1));
    assert_eq!(request(&many), Err("it has more than 1,024 header fields"));
    let some = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(FIELDS + 1));
    assert_eq!(request(&some), Ok((String::new(), Length::Right)));
}

#[test]
fn urls_are_split() {
    for (url, expected) in [
        ("https://shop.example/orders?a=1#top", Some(("shop.example", "/orders?a=1"))),
        ("HTTP://user:pw@shop.example:8080", Some(("shop.example:8080", "/"))),
        ("http://shop.example?a=/b", Some(("shop.example", "/?a=/b"))),
        ("wss://shop.example/", None),
        ("data:text/plain,x", None),
        ("/orders", None),
    ] {
        assert_eq!(split_url(url), expected.map(|(host, target)| (host, target.to_owned())), "{url}");
    }
}
