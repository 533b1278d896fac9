//! Where `:since` is found, and what is refused; SQLite itself is the oracle.

use super::*;

const BOTH: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

#[test]
fn since_is_found_where_it_is_a_parameter_and_nowhere_else() {
    use Dialect::{Postgres, Sqlite};
    for (dialect, text, expected) in [
        (Postgres, "select a from t where b >= :since", Some("select a from t where b >= $1")),
        (Postgres, "b>:since::timestamptz or:since>c", Some("b>$1::timestamptz or$1>c")),
        (Postgres, "a::since", None),
        (Postgres, "a :: since", None),
        (Postgres, "f(since := 1)", None),
        (Postgres, "':since'", None),
        (Postgres, "'it''s :since'", None),
        (Postgres, r"'\' || :since", Some(r"'\' || $1")),
        (Postgres, r"E'\':since'", None),
        (Postgres, r"e'\\' || :since", Some(r"e'\\' || $1")),
        (Postgres, r"me'\' || :since", Some(r"me'\' || $1")),
        (Postgres, "\":since\" \"a\"\":since\"", None),
        (Postgres, "a -- :since\n, b", None),
        (Postgres, "a -- it's\n>= :since", Some("a -- it's\n>= $1")),
        (Postgres, "a /* /* */ :since */ b", None),
        (Postgres, "a /* ' */ :since", Some("a /* ' */ $1")),
        (Postgres, "$$ :since $$ a", None),
        (Postgres, "$é$ $$ :since $$ $é$ :since", Some("$é$ $$ :since $$ $é$ $1")),
        (Postgres, "a$b$ >= :since", Some("a$b$ >= $1")),
        (Postgres, "a[1:n] b", None),
        (Postgres, "a[1:2] >= any(array[:since])", Some("a[1:2] >= any(array[$1])")),
        (Postgres, "d ? 'x' and d @> '{}' and :since < c", Some("d ? 'x' and d @> '{}' and $1 < c")),
        (Postgres, "'é' >= :since", Some("'é' >= $1")),
        (Sqlite, "select a from t where b >= :since", Some("select a from t where b >= :since")),
        (Sqlite, "[:since] `:since` \":since\" ':since'", None),
        (Sqlite, r"E'\' || :since || '\'", Some(r"E'\' || :since || '\'")),
        (Sqlite, "a /* /* */ >= :since", Some("a /* /* */ >= :since")),
        (Sqlite, "a /* no end :since", None),
    ] {
        let query = Query::read(text, dialect).unwrap();
        assert_eq!(query.takes_since.then_some(query.text.as_str()), expected, "{dialect:?}: {text}");
        assert!(expected.is_some() || query.text == text, "it is left as it was: {text}");
    }
}

#[test]
fn sqlite_itself_finds_the_same_parameters() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let parts = [
        "1 as [a':since]",
        "1 as \":since\"\"--\"",
        "1 as `:since`",
        "':since''/*'",
        "1 -- ':since\n",
        "1 /* ' -- :since /* */",
        ":since",
        "'\\'",
        "x'00'",
        "1e5",
        "1 as é$a",
    ];
    for one in parts {
        for other in parts {
            for third in parts {
                let text = format!("select {one},{other}, {third};");
                let query = Query::read(&text, Dialect::Sqlite).unwrap();
                let statement = connection.prepare(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(query.takes_since, statement.parameter_count() == 1, "{text}");
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_read_or_refused(text in "[ a-zE0-9:;$'\"\\\\/*()\\[\\]`?@\n-é]{0,40}") {
        for dialect in BOTH {
            if let Ok(query) = Query::read(&text, dialect) {
                proptest::prop_assert!(query.takes_since || text.starts_with(query.text.as_str()) || text.contains(';'));
            }
        }
    }
}

#[test]
fn one_statement_may_end_and_be_remarked_on() {
    for dialect in BOTH {
        let query = Query::read("select ';' as a;\n -- the end;\n;", dialect).unwrap();
        assert_eq!(query.text, "select ';' as a\n -- the end;\n");
    }
}

#[test]
fn what_is_no_query_of_a_poll_says_why() {
    use QueryError::{Empty, Limit, Parameter, Several, Unclosed};
    let parameter = |name: &str, line| Parameter(name.to_owned(), line);
    for (dialects, text, expected) in [
        (&BOTH[..], " \n-- nothing\n;", Empty),
        (&BOTH, "select 1;\nselect 2", Several(2)),
        (&BOTH, "select 1; -- then\n\ndrop table orders", Several(3)),
        (&BOTH, "select\n'no end", Unclosed("a string", 2)),
        (&BOTH, "select \"no end", Unclosed("a quoted name", 1)),
        (&BOTH, "select 1 where a >= :until", parameter(":until", 1)),
        (&BOTH, "select 1 where a >= :Since", parameter(":Since", 1)),
        (&BOTH[..1], "select ?1", parameter("?1", 1)),
        (&BOTH[..1], "select\n?", parameter("?", 2)),
        (&BOTH[..1], "select @since", parameter("@since", 1)),
        (&BOTH[..1], "select $since", parameter("$since", 1)),
        (&BOTH[..1], "select [no end", Unclosed("a quoted name", 1)),
        (&BOTH[1..], "select $1", parameter("$1", 1)),
        (&BOTH[1..], "select /* no end", Unclosed("a comment", 1)),
        (&BOTH[1..], "select $a$ no end $b$", Unclosed("a string", 1)),
        (&BOTH, "select 1\nLIMIT 100", Limit("LIMIT".into(), 2)),
        (&BOTH[1..], "select 1 fetch first 3 rows only", Limit("fetch".into(), 1)),
    ] {
        for dialect in dialects {
            assert_eq!(Query::read(text, *dialect), Err(expected.clone()), "{dialect:?}: {text}");
        }
    }
}

#[test]
fn a_limit_inside_is_the_query_s_own_business() {
    for dialect in BOTH {
        let text = "select (select a from lines limit 1) as \"limit\", 'limit' from limits";
        assert_eq!(Query::read(text, dialect).unwrap().text, text);
    }
}
