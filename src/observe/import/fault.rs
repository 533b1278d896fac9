//! What is wrong with an export: with the file as a whole, or with one of its rows. Each says what to do about it.

use crate::config::Encoding;
use crate::order::{KeyError, Pointer};
use crate::outcome::Witness;

/// Why a file can't be read, or not further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// The operating system says no.
    #[error("it can't be read: {0}")]
    Read(String),
    /// It is no text.
    #[error("it is {what}; {remedy}")]
    Foreign {
        /// What it is.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A text with NUL characters at its beginning.
    #[error("it holds NUL characters; if it is UTF-16 without a byte order mark, set `encoding = \"utf-16\"`")]
    Nul,
    /// Bytes that the encoding doesn't have.
    #[error("byte {byte} is no {encoding}; {}", encoding_remedy(*encoding))]
    Encoding {
        /// Offset from the beginning of the file.
        byte: u64,
        /// The encoding it was read in.
        encoding: Encoding,
    },
    /// Nothing is in it.
    #[error("it is empty; export it again, an export without orders has at least its headings or brackets")]
    Empty,
    /// Its headings lack a column.
    #[error("it has no column `{column}` ({key}); {}", there(near.as_deref(), columns))]
    NoColumn {
        /// What was looked for.
        column: String,
        /// The key of the configuration that names it.
        key: &'static str,
        /// The heading that is most like it.
        near: Option<String>,
        /// The headings there are.
        columns: Vec<String>,
    },
    /// Two of its columns have the same heading.
    #[error("the column `{column}` ({key}) stands in it twice; rename one of them in the export")]
    TwoColumns {
        /// The heading.
        column: String,
        /// The key of the configuration that names it.
        key: &'static str,
    },
    /// A pointer of several segments, and the file is a CSV.
    #[error("`{pointer}` ({key}) names no column of a CSV; write the heading itself")]
    NoHeading {
        /// The pointer.
        pointer: Pointer,
        /// The key of the configuration.
        key: &'static str,
    },
    /// A quoted value that goes on after its closing quote.
    #[error("a letter stands behind a closing quote; inside a quoted value a quote is written twice (RFC 4180)")]
    AfterQuote,
    /// A quoted value that has no end.
    #[error(
        "a quote is opened in this row and never closed; the file is cut off, or a quote inside a value isn't doubled"
    )]
    OpenQuote,
    /// A row longer than what is taken.
    #[error("the row is longer than 4 MiB; is a quote opened in it and not closed?")]
    LongRow,
    /// A JSON file that is cut off, or broken.
    #[error("{0}")]
    Json(String),
    /// No array where the rows should be.
    #[error("there is no array at `{0}`; `items` says where the rows are")]
    NoItems(Pointer),
    /// Something follows a JSON file's value.
    #[error("another value follows the first; if each line is an order of its own, set `format = \"ndjson\"`")]
    Concatenated,
}

/// Why a row can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// More or fewer values than headings.
    #[error("{found} values, and there are {columns} columns; {}", if *cut_off {
        "the file ends here without a line end, it seems cut off: export it again"
    } else {
        "quote the values that hold the separator or line ends"
    })]
    Width {
        /// Its values.
        found: usize,
        /// The headings.
        columns: usize,
        /// Whether it is the last and has no line end.
        cut_off: bool,
    },
    /// It is no JSON.
    #[error("{0}")]
    Json(String),
    /// It is JSON, and no object.
    #[error("it is no object; each row is an order as `{{…}}`")]
    NoObject,
    /// Nothing stands where something is needed.
    #[error("no {what} at `{place}`; {remedy}")]
    Absent {
        /// What.
        what: &'static str,
        /// Where.
        place: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Two members of the same name.
    #[error("`{place}` stands there twice, so that the {what} can't be known")]
    Ambiguous {
        /// What.
        what: &'static str,
        /// Where.
        place: String,
    },
    /// No order key.
    #[error("`{place}`: {error}")]
    Key {
        /// Where.
        place: String,
        /// Why.
        error: KeyError,
    },
    /// What a spreadsheet makes of a long number.
    #[error(
        "`{place}` holds {text}, no {what}: the export went through a spreadsheet or a data frame; export it again with this column as text"
    )]
    Damaged {
        /// What should be there.
        what: &'static str,
        /// Where.
        place: String,
        /// What is there.
        text: String,
    },
    /// A reference that is neither text nor number.
    #[error("`{place}` holds neither a text nor an integer, so that there is no reference")]
    Reference {
        /// Where.
        place: String,
    },
    /// A time that can't be read.
    #[error("`{place}` holds {text}: {why}")]
    Time {
        /// Where.
        place: String,
        /// What is there.
        text: String,
        /// Why, and what to export instead.
        why: &'static str,
    },
    /// The document's column holds no JSON.
    #[error("`{place}` holds no JSON document: {why}")]
    Document {
        /// Where.
        place: String,
        /// Why.
        why: String,
    },
    /// More rows than one order has.
    #[error("the order of line {line} has more than 10,000 rows, or 16 MiB; does `order_key` name the right column?")]
    Crowd {
        /// The line of its first row.
        line: u64,
    },
}

/// Why files can't be imported at all: what is missing in the configuration or on the command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// No mapping.
    #[error("import for {of}: the configuration doesn't say how its exports are read; add for example\n{example}")]
    Missing {
        /// For what.
        of: Witness,
        /// What to add.
        example: &'static str,
    },
    /// Neither number nor time.
    #[error(
        "import for {0}: a ledger's documents are told apart by their number or their commit time; add `reference` or `committed_at` to [lane.{0}.import]"
    )]
    NoIdentity(Witness),
}

fn encoding_remedy(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => {
            "export as UTF-8, or if it comes from a Western European Excel set `encoding = \"windows-1252\"`"
        }
        _ => "export as UTF-8, or set `encoding`",
    }
}

/// Columns that are named in a message at most.
const COLUMNS_SHOWN: usize = 30;

fn there(near: Option<&str>, columns: &[String]) -> String {
    let mut shown: Vec<String> = columns.iter().take(COLUMNS_SHOWN).map(|column| format!("`{column}`")).collect();
    if columns.len() > COLUMNS_SHOWN {
        shown.push(format!("and {} more", columns.len() - COLUMNS_SHOWN));
    }
    let shown = shown.join(", ");
    near.map_or_else(|| format!("there are {shown}"), |near| format!("did you mean `{near}`? There are {shown}"))
}
