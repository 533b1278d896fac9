//! JSON written out again: numbers by their text, members in their order. It adds no white space, and changes no value.

use super::Json;

impl Json<'_> {
    /// The value as compact JSON. What was read from a text means the same: numbers keep their digits, duplicates stay.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Json::Null => text.push_str("null"),
            Json::Bool(true) => text.push_str("true"),
            Json::Bool(false) => text.push_str("false"),
            Json::Number(number) => text.push_str(number.text()),
            Json::String(string) => quote(text, string),
            Json::Array(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index > 0 { "," } else { "" });
                    item.write(text);
                }
                text.push(']');
            }
            Json::Object(members) => {
                text.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    text.push_str(if index > 0 { "," } else { "" });
                    quote(text, name);
                    text.push(':');
                    value.write(text);
                }
                text.push('}');
            }
        }
    }
}

fn quote(text: &mut String, string: &str) {
    text.push_str(&serde_json::Value::from(string).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        for (json, written) in [
            (r#" { "a" : [ 1 , 2.50 , 1e400 ] , "a" : null } "#, r#"{"a":[1,2.50,1e400],"a":null}"#),
            (r#"{"id":820982911946154508123,"t":"\u00e9\n\"\\"}"#, r#"{"id":820982911946154508123,"t":"é\n\"\\"}"#),
            ("[]", "[]"),
            ("{}", "{}"),
            ("-0", "-0"),
            ("[true,false,\"\"]", "[true,false,\"\"]"),
        ] {
            let read = Json::parse(json.as_bytes()).unwrap();
            assert_eq!(read.to_text(), written);
            assert_eq!(Json::parse(written.as_bytes()).unwrap(), read);
        }
    }
}
