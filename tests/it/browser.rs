//! The browser that other tests drive: it opens, finds, clicks, types and looks, and ends with its test.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::browser::{self, Browser, NARROW, WIDE};
use crate::support::{Lane, answer};

/// As strict as a page of the admin port: scripts of its own alone.
const HEADERS: &str = "Content-Type: text/html; charset=utf-8\r\n\
    Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:\r\n";

const PAGE: &str = "<!DOCTYPE html><title>orders</title><link rel=icon href='data:,'><body style='margin:0'>
    <h1 data-run=7>Orders</h1><form action=/next><input name=q><button>Look</button></form>
    <p id=late></p><script src=/late.js></script>";

const SCRIPT: &str = "fetch('/gate').catch(() => document.querySelector('#late').textContent = 'no leave to ask')";

fn page(target: &str) -> String {
    match target {
        "/late.js" => answer("200 OK", "Content-Type: text/javascript\r\n", SCRIPT),
        "/" => answer("200 OK", HEADERS, PAGE),
        other => answer("200 OK", HEADERS, &format!("<!DOCTYPE html><link rel=icon href='data:,'><h1>{other}</h1>")),
    }
}

/// How many processes have this folder as their home: the driver, the browser, and all that these have started.
fn processes_of(folder: &Path) -> usize {
    let home = format!("HOME={}\0", folder.display());
    let theirs = |environment: &Vec<u8>| String::from_utf8_lossy(environment).contains(&home);
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read(entry.ok()?.path().join("environ")).ok());
    all.filter(theirs).count()
}

#[tokio::test]
async fn a_page_is_opened_looked_at_and_used() {
    if !browser::available("a_page_is_opened_looked_at_and_used") {
        return;
    }
    let lane = Lane::bind().await;
    let url = format!("http://{}/", lane.addr());
    let _served = lane.serve(|request| page(request.head.split(' ').nth(1).unwrap()));
    let browser = Browser::open(WIDE).await;
    browser.go(&url).await;
    for width in [WIDE, NARROW] {
        browser.resize(width).await;
        assert_eq!(
            browser.run("return document.documentElement.clientWidth + arguments[0]", json!([1])).await,
            width + 1
        );
        let picture = browser.screenshot().await;
        assert!(picture.starts_with(b"\x89PNG"), "{} bytes", picture.len());
        assert_eq!(picture[16..20], width.to_be_bytes(), "the width in the picture's header");
    }
    let heading = browser.find("h1").await;
    assert_eq!(heading.text().await, "Orders");
    assert_eq!(heading.attribute("data-run").await.as_deref(), Some("7"));
    assert_eq!(heading.attribute("data-none").await, None);

    // What a page does after it was loaded, and what it has no leave to.
    browser.wait("p", "no leave").await;
    let errors = browser.errors().await;
    assert!(!errors.is_empty() && errors.iter().all(|error| error.contains("/gate")), "{errors:?}");
    assert_eq!(browser.errors().await, [""; 0], "told once");

    browser.find("input").await.type_in("1001").await;
    browser.wait("button", "Look").await.click().await;
    assert_eq!(browser.wait("h1", "next").await.text().await, "/next?q=1001");
}

#[tokio::test]
async fn it_ends_with_a_test_that_panics_and_leaves_nothing() {
    if !browser::available("it_ends_with_a_test_that_panics_and_leaves_nothing") {
        return;
    }
    let browser = Browser::open(NARROW).await;
    let folder = browser.folder().to_owned();
    assert!(folder.is_dir() && processes_of(&folder) > 3);
    let panicked = tokio::spawn(async move {
        browser.go("data:text/html,<h1>a test</h1>").await;
        assert_eq!(browser.find("h1").await.text().await, "another one");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!(processes_of(&folder), 0);
    assert!(!folder.exists());
}
