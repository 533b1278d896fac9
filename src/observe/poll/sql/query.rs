//! The text of a poll's query: where `:since` stands in it, and that it is one statement. Cuts the text into words,
//! strings, quoted names and comments only, as each database's own lexer does; whether it is good SQL the database says.

#[cfg(test)]
mod tests;

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A query as it goes to the database: one statement without its semicolon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// For PostgreSQL with `$1` in the place of `:since`. Lines are those of the configuration.
    pub(super) text: String,
    pub(super) takes_since: bool,
}

/// Why a query can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum QueryError {
    #[error("it is empty")]
    Empty,
    #[error("another statement begins in line {0}; write one, that only reads")]
    Several(usize),
    #[error("{0} that begins in line {1} has no end")]
    Unclosed(&'static str, usize),
    #[error("the parameter `{0}` in line {1} is none that a poll has; it has `:since`")]
    Parameter(String, usize),
    /// What a limit leaves out would be taken for lost.
    #[error("`{0}` in line {1} leaves documents out, and what a reading leaves out looks lost; take it out")]
    Limit(String, usize),
}

impl Query {
    /// Reads a query.
    pub(super) fn read(text: &str, dialect: Dialect) -> Result<Self, QueryError> {
        let mut lexer = Lexer { text, at: 0, dialect };
        let mut read = Reading::default();
        while let Some((token, from)) = lexer.token()? {
            read.take(token, lexer.since(from), lexer.line(from), dialect)?;
        }
        if read.is_empty { Err(QueryError::Empty) } else { Ok(read.query) }
    }
}

/// What stands next in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// White space or a comment.
    Blank,
    /// A keyword, a name or a number.
    Word,
    /// A string or a quoted name.
    Quoted,
    /// A parameter of any form.
    Parameter,
    /// Anything else, by its first letter.
    Sign(char),
}

/// A query, as far as it was read.
#[derive(Debug)]
struct Reading {
    query: Query,
    is_empty: bool,
    has_ended: bool,
    /// How many parentheses are open.
    depth: u32,
    /// How many brackets are open.
    brackets: u32,
}

impl Default for Reading {
    fn default() -> Self {
        let query = Query { text: String::new(), takes_since: false };
        Self { query, is_empty: true, has_ended: false, depth: 0, brackets: 0 }
    }
}

impl Reading {
    fn take(&mut self, token: Token, text: &str, line: usize, dialect: Dialect) -> Result<(), QueryError> {
        if token == Token::Blank {
            self.query.text.push_str(text);
            return Ok(());
        }
        if token == Token::Sign(';') {
            self.has_ended = !self.is_empty;
            return Ok(());
        }
        if self.has_ended {
            return Err(QueryError::Several(line));
        }
        self.is_empty = false;
        match token {
            Token::Sign('(') => self.depth += 1,
            Token::Sign(')') => self.depth = self.depth.saturating_sub(1),
            Token::Sign('[') => self.brackets += 1,
            Token::Sign(']') => self.brackets = self.brackets.saturating_sub(1),
            Token::Word if self.depth == 0 && limits(text, dialect) => {
                return Err(QueryError::Limit(text.to_owned(), line));
            }
            Token::Parameter if text == ":since" => {
                self.query.takes_since = true;
                self.query.text.push_str(if dialect == Dialect::Postgres { "$1" } else { text });
                return Ok(());
            }
            // `a[1:n]` is a slice of an array.
            Token::Parameter if !(self.brackets > 0 && text.starts_with(':')) => {
                return Err(QueryError::Parameter(text.to_owned(), line));
            }
            _ => {}
        }
        self.query.text.push_str(text);
        Ok(())
    }
}

fn limits(word: &str, dialect: Dialect) -> bool {
    word.eq_ignore_ascii_case("limit") || dialect == Dialect::Postgres && word.eq_ignore_ascii_case("fetch")
}

/// Cuts a query into tokens.
#[derive(Debug)]
struct Lexer<'t> {
    text: &'t str,
    at: usize,
    dialect: Dialect,
}

impl<'t> Lexer<'t> {
    /// What stands next, and where it begins.
    fn token(&mut self) -> Result<Option<(Token, usize)>, QueryError> {
        let from = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let postgres = self.dialect == Dialect::Postgres;
        let token = match first {
            _ if first.is_whitespace() => self.skip(Token::Blank, char::is_whitespace),
            '-' if self.rest().starts_with("--") => self.skip(Token::Blank, |letter| letter != '\n'),
            '/' if self.rest().starts_with("/*") => self.comment()?,
            '\'' => self.quoted("a string", '\'', false)?,
            'e' | 'E' if postgres && self.rest().get(1..).is_some_and(|rest| rest.starts_with('\'')) => {
                self.at += 1;
                self.quoted("a string", '\'', true)?
            }
            '"' => self.quoted("a quoted name", '"', false)?,
            '`' if !postgres => self.quoted("a quoted name", '`', false)?,
            '[' if !postgres => self.quoted("a quoted name", ']', false)?,
            '$' if postgres => self.dollar()?,
            ':' => self.colon(),
            '?' | '@' | '$' | '#' if !postgres => self.sign_of_parameter(first),
            _ if is_of_word(first) => self.skip(Token::Word, is_of_word_or_dollar),
            sign => {
                self.at += sign.len_utf8();
                Token::Sign(sign)
            }
        };
        Ok(Some((token, from)))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// What was read since `from`.
    fn since(&self, from: usize) -> &'t str {
        self.text.get(from..self.at).unwrap_or("")
    }

    /// The line, from 1, in which `at` is.
    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or("").matches('\n').count() + 1
    }

    fn skip(&mut self, token: Token, of: impl Fn(char) -> bool) -> Token {
        let rest = self.rest();
        self.at += rest.find(|letter| !of(letter)).unwrap_or(rest.len());
        token
    }

    /// A comment between slashes and asterisks. PostgreSQL's nest; SQLite takes one without an end.
    fn comment(&mut self) -> Result<Token, QueryError> {
        let from = self.at;
        self.at += 2;
        let mut depth = 1_u32;
        while depth > 0 {
            let rest = self.rest();
            if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
            } else if rest.starts_with("/*") && self.dialect == Dialect::Postgres {
                depth += 1;
                self.at += 2;
            } else if let Some(letter) = rest.chars().next() {
                self.at += letter.len_utf8();
            } else if self.dialect == Dialect::Sqlite {
                break;
            } else {
                return Err(QueryError::Unclosed("a comment", self.line(from)));
            }
        }
        Ok(Token::Blank)
    }

    /// From an opening quote to its end; a quote inside is doubled, or escaped.
    fn quoted(&mut self, what: &'static str, end: char, escapes: bool) -> Result<Token, QueryError> {
        let from = self.at;
        self.at += 1;
        let mut letters = self.rest().char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if escapes && letter == '\\' {
                letters.next();
            } else if letter == end {
                // `[a]]` is no doubling: SQLite has none for brackets.
                if end != ']' && letters.peek().is_some_and(|(_, next)| *next == end) {
                    letters.next();
                    continue;
                }
                self.at += at + 1;
                return Ok(Token::Quoted);
            }
        }
        Err(QueryError::Unclosed(what, self.line(from)))
    }

    /// PostgreSQL: `$1` is a parameter, `$$…$$` and `$tag$…$tag$` are strings.
    fn dollar(&mut self) -> Result<Token, QueryError> {
        let from = self.at;
        let after = self.rest().get(1..).unwrap_or("");
        if after.starts_with(|letter: char| letter.is_ascii_digit()) {
            self.at += 1;
            return Ok(self.skip(Token::Parameter, |letter| letter.is_ascii_digit()));
        }
        let tag = after.find(|letter| !is_of_word(letter)).unwrap_or(after.len());
        if !after.get(tag..).is_some_and(|rest| rest.starts_with('$')) {
            self.at += 1;
            return Ok(Token::Sign('$'));
        }
        let (mark, rest) = self.rest().split_at(tag + 2);
        let Some(end) = rest.find(mark) else {
            return Err(QueryError::Unclosed("a string", self.line(from)));
        };
        self.at += 2 * mark.len() + end;
        Ok(Token::Quoted)
    }

    /// `::` casts, `:=` names an argument, and `:name` is a parameter.
    fn colon(&mut self) -> Token {
        self.at += 1;
        match self.rest().chars().next() {
            Some(':' | '=') => {
                self.at += 1;
                Token::Sign(':')
            }
            Some(letter) if is_of_word(letter) && !letter.is_ascii_digit() => {
                self.skip(Token::Parameter, is_of_word_or_dollar)
            }
            _ => Token::Sign(':'),
        }
    }

    /// SQLite's other parameters: `?`, `?1`, `@name`, `$name`, `#name`.
    fn sign_of_parameter(&mut self, sign: char) -> Token {
        self.at += 1;
        let is_named = self.rest().starts_with(is_of_word);
        self.skip(if sign == '?' || is_named { Token::Parameter } else { Token::Sign(sign) }, is_of_word)
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || !letter.is_ascii()
}

fn is_of_word_or_dollar(letter: char) -> bool {
    is_of_word(letter) || letter == '$'
}
