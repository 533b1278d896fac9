//! Answers that are wrong in ways of their own: bytes as a server sends them, and what is told of them. What was recorded
//! before stays as it was.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::world::{Says, World, document, page};

/// The origin of a server that answers each connection with these bytes, and then closes it.
fn saying(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(&answer);
        }
    });
    origin
}

fn with(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes(), body]
        .concat()
}

#[tokio::test]
async fn each_broken_answer_has_its_error_and_nothing_on_record_is_touched() {
    let gzip: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56, 0, 0xff];
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\nconnection: close\r\n\r\n{\"items\":[{\"id\":1".to_vec();
    for (answer, expected) in [
        (
            with("200 OK\r\ncontent-encoding: gzip", gzip),
            "page 1: a body in the encoding `gzip`, which was not asked for; have the ledger, or what stands before it, not compress answers",
        ),
        (
            with("200 OK", gzip),
            "page 1: a compressed body, which was not asked for; have the ledger, or what stands before it, not compress answers",
        ),
        (with("200 OK", b""), "page 1: an empty body where JSON is expected; check the poll's url"),
        (with("200 OK", b" \n"), "page 1: an empty body where JSON is expected; check the poll's url"),
        (with("200 OK", b"\xff\xfe{\0}\0"), "page 1: no JSON at byte 0: "),
        (with("200 OK", b"{\"items\":[{\"id\":1,\"exter"), "page 1: no JSON at byte 24: "),
        (cut, "page 1: failed to get an answer: the connection broke: "),
        (with("200 OK", b"id;external_id\n1;A\n"), "page 1: no JSON at byte 0: "),
        (
            with("302 Found\r\nlocation: https://sso.example.test/login?SAMLRequest=abc", b""),
            "page 1: answered 302 Found: redirects are not followed, and this one leads to `https://sso.example.test/login`; check the poll's url and its credentials",
        ),
        (
            with("403 Forbidden", b"{}"),
            "page 1: answered 403 Forbidden; the poll's credentials may not read this ledger, check their rights",
        ),
        (b"220 mail.example.test ESMTP\r\n".to_vec(), "page 1: failed to read the answer: no HTTP: "),
    ] {
        let mut world = World::new("", |_, _| page(&[document(1, "A", 9)], None)).await;
        assert_eq!(world.pass().await.recorded, 1);
        let before = world.outcomes("A");
        world.http().url = saying(answer);
        let pass = world.pass().await;
        let error = pass.reading.error.unwrap();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!((pass.reading.complete, pass.gone, pass.recorded), (false, 0, 0));
        assert_eq!(world.outcomes("A"), before);
    }
}

#[tokio::test]
async fn numbers_that_are_no_whole_ones_name_nothing() {
    for (item, expected) in [
        (
            "{\"id\":1e5,\"external_id\":\"A\"}",
            "at `/id`, where the reference should be, stands 1e5, which is no whole number as it is written; have the ledger write it as text",
        ),
        (
            "{\"id\":7.0,\"external_id\":\"A\"}",
            "at `/id`, where the reference should be, stands 7.0, which is no whole number as it is written; have the ledger write it as text",
        ),
        (
            "{\"id\":1,\"external_id\":1e5}",
            "at `/external_id`: the order key is a number that is no integer; if it is no order of this shop, `scope` of the lane can set it aside",
        ),
    ] {
        let items = [item.to_owned(), document(2, "B", 9)];
        let world = World::new("", move |_, _| page(&items, None)).await;
        let pass = world.pass().await;
        assert_eq!(pass.reading.error, Some(format!("page 1, document 0: {expected}")));
        assert_eq!((pass.reading.complete, world.kinds("B")), (false, vec!["committed"]));
    }
}

#[tokio::test]
async fn a_next_that_counts_backwards_or_in_circles_ends() {
    for (next, expected) in [
        ("-1", "page 1: neither a text nor null at `/next`, where the next page's URL should be"),
        (
            "{\"href\":\"/ledger?page=2\"}",
            "page 1: neither a text nor null at `/next`, where the next page's URL should be",
        ),
        ("\"http://[::1\"", "page 1: `next` is no URL"),
        ("\"javascript:alert(1)\"", "page 2: answered 404 Not Found; check the poll's url and method"),
        ("\"?page=-1\"", "page 2: `next` leads back to a page that was read already"),
    ] {
        let world =
            World::new("?page={page}", move |path, query| match (path, query.get("page").map(String::as_str)) {
                ("/ledger", Some("-1")) => Says::Ok(format!("{{\"items\":[{}],\"next\":{next}}}", document(2, "B", 9))),
                ("/ledger", _) => Says::Ok(format!("{{\"items\":[{}],\"next\":{next}}}", document(1, "A", 9))),
                _ => Says::With(404, vec![], String::new()),
            })
            .await;
        let pass = world.pass().await;
        assert_eq!((pass.reading.error.as_deref(), pass.reading.complete), (Some(expected), false), "{next}");
    }
}
