//! Interim answers on a real connection, hyper's part played by hand.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// hyper's end of a connection, the way for interim answers, and the client's end.
async fn connected() -> (ClientIo, Interim, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    stream.writable().await.unwrap();
    let (io, interim) = client_io(stream);
    (io, interim, client)
}

fn hint(number: u32) -> (HeaderMap, String) {
    let mut headers = HeaderMap::new();
    headers.insert("link", number.into());
    headers.insert("connection", "close".parse().unwrap());
    (headers, format!("HTTP/1.1 103 Early Hints\r\nLink: {number}\r\n\r\n"))
}

fn put(awaited: &Awaited, number: u32) {
    awaited.0.put(StatusCode::EARLY_HINTS, &hint(number).0);
}

/// What the client got in all.
async fn all(io: ClientIo, mut client: TcpStream) -> String {
    drop(io);
    let mut text = String::new();
    client.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn only_the_awaited_answer_is_preceded() {
    let (mut io, interim, client) = connected().await;
    let first = interim.awaited();
    put(&first, 1);
    let late = first.0.clone();
    drop(first);
    late.put(StatusCode::EARLY_HINTS, &hint(2).0);
    io.write_all(b"one ").await.unwrap();
    io.flush().await.unwrap();
    // The next request of the same connection: what still comes for the first one isn't its.
    let second = interim.awaited();
    late.put(StatusCode::EARLY_HINTS, &hint(3).0);
    put(&second, 4);
    drop(second);
    io.write_all(b"two").await.unwrap();
    assert_eq!(all(io, client).await, format!("{}one {}two", hint(1).1, hint(4).1));
    late.put(StatusCode::EARLY_HINTS, &hint(5).0);
}

#[tokio::test]
async fn nothing_is_put_into_what_hyper_has_not_flushed() {
    let (mut io, interim, client) = connected().await;
    let awaited = interim.awaited();
    io.write_all(b"HTTP/1.1 100 ").await.unwrap();
    put(&awaited, 1);
    io.write_all(b"Continue\r\n\r\n").await.unwrap();
    put(&awaited, 2);
    io.flush().await.unwrap();
    put(&awaited, 3);
    assert_eq!(all(io, client).await, format!("HTTP/1.1 100 Continue\r\n\r\n{}", hint(3).1));
}

#[tokio::test]
async fn what_the_socket_does_not_take_goes_before_hypers_next_bytes() {
    let (mut io, interim, mut client) = connected().await;
    let awaited = interim.awaited();
    // Until the socket takes no more: the client reads nothing.
    let mut said = String::new();
    let mut number = 1_000_000;
    while io.writer.state().rest.is_empty() {
        put(&awaited, number);
        said += &hint(number).1;
        number += 1;
    }
    while io.writer.state().rest.len() + hint(number).1.len() <= INTERIM_BYTES_MAX {
        put(&awaited, number);
        said += &hint(number).1;
        number += 1;
    }
    // Full: this one is left out.
    put(&awaited, number);
    drop(awaited);
    let writing = tokio::spawn(async move {
        io.write_all(b"the answer").await.unwrap();
        io.shutdown().await.unwrap();
        io
    });
    let mut got = String::new();
    client.read_to_string(&mut got).await.unwrap();
    assert!(got == said + "the answer", "{} bytes", got.len());
    drop(writing.await.unwrap());
}

#[tokio::test]
async fn a_connection_that_is_gone_takes_nothing() {
    let (io, interim, client) = connected().await;
    let awaited = interim.awaited();
    assert_eq!(all(io, client).await, "", "the way for interim answers doesn't keep it open");
    put(&awaited, 1);
    drop(awaited);
    drop(interim.awaited());
}
